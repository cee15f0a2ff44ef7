/** Time. The only way any code outside `runtime` learns or waits for it. */
import type { UsTime } from '@fillwright/domain/time';

export interface Timer {
  /** Idempotent; after it the callback never runs. */
  cancel(): void;
}

export interface Clock {
  /** Wall clock, microseconds since 1970; may step in either direction. For stamps, never for durations. */
  wallUs(): UsTime;
  /** Never goes back; arbitrary zero. For durations and deadlines inside one process. */
  monotonicUs(): number;
  /** Runs `callback` once, not before `delayMs` have passed. Timers never hold the process open. */
  after(delayMs: number, callback: () => void): Timer;
}
