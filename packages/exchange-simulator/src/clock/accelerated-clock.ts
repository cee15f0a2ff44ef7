/** A clock that runs a given number of times as fast as its source, from a time of one's own. */
import { type UsTime, usTime } from '@fillwright/domain/time';
import type { Clock, Timer } from '@fillwright/runtime/ports';

export class AcceleratedClock implements Clock {
  readonly #source: Clock;
  readonly #factor: number;
  readonly #startUs: number;
  readonly #sourceStartUs: number;

  constructor(source: Clock, factor: number, startUs: number) {
    this.#source = source;
    this.#factor = factor;
    this.#startUs = startUs;
    this.#sourceStartUs = source.monotonicUs();
  }

  wallUs(): UsTime {
    return usTime(this.#startUs + this.monotonicUs());
  }

  monotonicUs(): number {
    return Math.floor((this.#source.monotonicUs() - this.#sourceStartUs) * this.#factor);
  }

  after(delayMs: number, callback: () => void): Timer {
    const dueUs = this.monotonicUs() + Math.max(0, Math.round(delayMs * 1000));
    let running: Timer;
    let canceled = false;
    // A timer of the machine may be a moment early; times the factor that would be before the hour it waits for.
    const look = (): void => {
      if (canceled) return;
      const leftUs = dueUs - this.monotonicUs();
      if (leftUs <= 0) callback();
      else running = this.#source.after(leftUs / 1000 / this.#factor, look);
    };
    running = this.#source.after(Math.max(0, delayMs) / this.#factor, look);
    return {
      cancel: () => {
        canceled = true;
        running.cancel();
      },
    };
  }
}
