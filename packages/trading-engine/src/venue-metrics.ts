/** What the engine's operator sees of the venue: requests by endpoint, their time, and the room left in the rate limits. */
import type { Log, Metrics } from '@fillwright/runtime';
import type { AdapterObserver } from '@fillwright/venue';

export function venueMetrics(metrics: Metrics, log: Log): AdapterObserver {
  const requests = metrics.counter('fillwright_venue_requests_total', 'Requests to the venue by endpoint and status', 'result');
  const elapsed = metrics.histogram('fillwright_venue_request_us', 'Microseconds from request to answer', 'endpoint');
  const used = metrics.gauge('fillwright_venue_rate_used', 'Used part of a rate limit as the venue states it', 'pool');
  const connections = metrics.gauge('fillwright_venue_private_connections', 'Open connections of the private stream', 'which');
  return {
    onPrivateConnections: (open, wanted) => {
      connections.set(open, 'open');
      connections.set(wanted, 'wanted');
    },
    onRequest: (endpoint, status, elapsedUs) => {
      requests.add(1, `${endpoint} ${status}`);
      elapsed.observe(elapsedUs, endpoint);
    },
    onRateUsage: (usage) => used.set(usage.used, usage.pool),
    onBan: (untilTs, text) => log.error('venue-ban', { code: 'ENG_VENUE_BAN', untilTs, text }),
  };
}
