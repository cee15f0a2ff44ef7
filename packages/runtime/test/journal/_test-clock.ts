/** A clock that stands still until it is told to go on. */
import { type UsTime, usTime } from '@fillwright/domain/time';
import type { Clock, Timer } from '../../src/ports/clock.ts';

export class TestClock implements Clock {
  nowUs: UsTime;
  #timers: { readonly atUs: number; readonly callback: () => void }[] = [];

  constructor(unixSeconds: number) {
    this.nowUs = usTime(unixSeconds * 1_000_000);
  }

  wallUs(): UsTime {
    return this.nowUs;
  }

  monotonicUs(): number {
    return this.nowUs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { atUs: this.nowUs + delayMs * 1000, callback };
    this.#timers.push(timer);
    return { cancel: () => this.#remove(timer) };
  }

  get pending(): number {
    return this.#timers.length;
  }

  /** Runs what is due now, also what that makes due. */
  run(): void {
    for (let due = this.#due(); due !== undefined; due = this.#due()) {
      this.#remove(due);
      due.callback();
    }
  }

  #due(): { readonly atUs: number; readonly callback: () => void } | undefined {
    return this.#timers.find((timer) => timer.atUs <= this.nowUs);
  }

  #remove(timer: object): void {
    this.#timers = this.#timers.filter((one) => one !== timer);
  }
}
