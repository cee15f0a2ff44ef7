/** What an operator sees of the requests to the venue and of frames that said nothing to us. */
import type { Metrics } from '@fillwright/runtime';
import type { AdapterObserver } from '@fillwright/venue';

export function venueMetrics(metrics: Metrics): AdapterObserver {
  const requests = metrics.counter('fillwright_venue_requests_total', 'Requests to the venue by endpoint and status', 'result');
  const elapsed = metrics.histogram('fillwright_venue_request_us', 'Microseconds from request to answer', 'endpoint');
  const used = metrics.gauge('fillwright_venue_rate_used', 'Used part of a rate limit as the venue states it', 'pool');
  const skipped = metrics.counter('fillwright_venue_skipped_total', 'Events of the venue that say nothing to us', 'kind');
  return {
    onRequest: (endpoint, status, elapsedUs) => {
      requests.add(1, `${endpoint} ${status}`);
      elapsed.observe(elapsedUs, endpoint);
    },
    onRateUsage: (usage) => used.set(usage.used, usage.pool),
    onSkippedEvent: (event, known) => skipped.add(1, known ? event : 'unknown'),
  };
}
