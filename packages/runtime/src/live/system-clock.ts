/** Time of the machine. */
import { type UsTime, usTime } from '@fillwright/domain/time';
import type { Clock } from '../ports/clock.ts';

/** Further from the system's own clock than this, ours is set again. */
const MAX_DRIFT_US = 5_000;
/** The longest wait a Node timer takes; a longer one would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * Wall time runs with the monotonic clock, for microseconds, and follows the system's clock (which NTP corrects) when the two part.
 */
export function createSystemClock(): Clock {
  let offsetUs = performance.timeOrigin * 1_000;
  return {
    wallUs: (): UsTime => {
      const sinceStartUs = performance.now() * 1_000;
      const systemUs = Date.now() * 1_000;
      if (Math.abs(offsetUs + sinceStartUs - systemUs) > MAX_DRIFT_US) offsetUs = systemUs - sinceStartUs;
      return usTime(Math.floor(offsetUs + sinceStartUs));
    },
    monotonicUs: () => Math.floor(performance.now() * 1_000),
    after: (delayMs, callback) => {
      // A timer of 0 ms takes at least one; who asks for "right after this turn" (the journal's group commit) should not wait for it.
      if (delayMs <= 0) {
        const next = setImmediate(callback).unref();
        return { cancel: () => clearImmediate(next) };
      }
      const timer = setTimeout(callback, Math.min(delayMs, MAX_TIMER_MS)).unref();
      return { cancel: () => clearTimeout(timer) };
    },
  };
}
