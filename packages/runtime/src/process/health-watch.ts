/** Looks at a service's health in intervals: a change is logged once, with its reasons, and shown as a metric. */
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Health, Service } from './service.ts';

export interface HealthWatchPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

export function watchHealth({ clock, log, metrics }: HealthWatchPorts, service: Service, intervalMs: number): void {
  const readyGauge = metrics.gauge('fillwright_process_ready', '1 when the process does its whole job');
  let before = '';
  const look = () => {
    const health = service.health();
    readyGauge.set(health.ready ? 1 : 0);
    const now = fingerprint(health);
    if (now !== before) log.info('health-changed', { ready: health.ready, state: health.state, reasons: health.reasons });
    before = now;
    clock.after(intervalMs, look);
  };
  look();
}

/** Numbers in reasons (ages, counts) change all the time: they are no change of health. */
function fingerprint({ ready, state, reasons }: Health): string {
  return [ready, state, ...reasons.map((reason) => reason.replace(/\d+/g, '#'))].join('|');
}
