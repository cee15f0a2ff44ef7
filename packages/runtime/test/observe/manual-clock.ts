/** A clock that tests move by hand. */
import { usTime } from '@fillwright/domain/time';
import type { Clock } from '../../src/ports/clock.ts';

export class ManualClock implements Clock {
  #nowUs = 0;
  #timers: { readonly dueUs: number; readonly callback: () => void }[] = [];

  wallUs() {
    return usTime(this.#nowUs);
  }

  monotonicUs(): number {
    return this.#nowUs;
  }

  after(delayMs: number, callback: () => void) {
    const timer = { dueUs: this.#nowUs + delayMs * 1_000, callback };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  get pending(): number {
    return this.#timers.length;
  }

  /** Runs what falls due on the way, each at its time. */
  advance(ms: number): void {
    const endUs = this.#nowUs + ms * 1_000;
    for (;;) {
      const next = this.#timers.filter(({ dueUs }) => dueUs <= endUs).toSorted((a, b) => a.dueUs - b.dueUs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#nowUs = Math.max(this.#nowUs, next.dueUs);
      next.callback();
    }
    this.#nowUs = endUs;
  }

  /** The loop was busy: time passes, and nothing runs. */
  block(ms: number): void {
    this.#nowUs += ms * 1_000;
  }
}
