/** Delays deliveries outside of the core without reordering them: one lane per connection and channel. */
import type { Clock } from '@fillwright/runtime/ports';
import type { Prng } from '../numbers/prng.ts';

/** Every delivery waits `delayMs` and, by seed, up to `jitterMs` more. What waits is bounded by the delay times the rate of events. */
export interface LaneTiming {
  readonly delayMs: number;
  readonly jitterMs: number;
}

export class Lane {
  readonly #clock: Clock;
  readonly #prng: Prng;
  readonly #timing: () => LaneTiming;
  #lastDueUs = 0;

  /** `timing` is asked for each delivery. */
  constructor(clock: Clock, prng: Prng, timing: () => LaneTiming) {
    this.#clock = clock;
    this.#prng = prng;
    this.#timing = timing;
  }

  /** Runs `deliver` now or after the lane's delay, never before an earlier one of the same lane. */
  send(deliver: () => void, extraMs = 0): void {
    const { delayMs, jitterMs } = this.#timing();
    const nowUs = this.#clock.monotonicUs();
    const delayUs = (delayMs + extraMs + (jitterMs > 0 ? this.#prng.float() * jitterMs : 0)) * 1000;
    const dueUs = Math.max(nowUs + delayUs, this.#lastDueUs);
    if (dueUs <= nowUs && this.#lastDueUs <= nowUs) {
      deliver();
      return;
    }
    this.#lastDueUs = dueUs;
    this.#clock.after((dueUs - nowUs) / 1000, deliver);
  }

  /** Beside the order of the lane. */
  later(delayMs: number, deliver: () => void): void {
    this.#clock.after(delayMs, deliver);
  }
}
