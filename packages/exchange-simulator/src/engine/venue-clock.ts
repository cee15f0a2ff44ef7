/** The venue's own clock: the port's, plus a skew that drills may change. Everything inside the venue reads this one. */
import type { UsTime } from '@fillwright/domain/time';
import type { Clock, Timer } from '@fillwright/runtime/ports';

export class VenueClock implements Clock {
  readonly #clock: Clock;
  skewMs: number;

  constructor(clock: Clock, skewMs: number) {
    this.#clock = clock;
    this.skewMs = skewMs;
  }

  wallUs(): UsTime {
    return (this.#clock.wallUs() + this.skewMs * 1000) as UsTime;
  }

  monotonicUs(): number {
    return this.#clock.monotonicUs();
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.#clock.after(delayMs, callback);
  }
}
