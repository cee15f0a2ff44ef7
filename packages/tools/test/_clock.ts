/** A clock that tests move by hand; promises that wait for it settle between two steps. */
import { usTime } from '@fillwright/domain/time';
import type { Clock, Timer } from '@fillwright/runtime';

interface Due {
  readonly dueUs: number;
  readonly callback: () => void;
}

export class TestClock implements Clock {
  #nowUs = 1_000_000;
  #timers: readonly Due[] = [];

  wallUs() {
    return usTime(1_793_534_400_000_000 + this.#nowUs);
  }

  monotonicUs(): number {
    return this.#nowUs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const due = { dueUs: this.#nowUs + Math.max(0, delayMs) * 1_000, callback };
    this.#timers = [...this.#timers, due];
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== due);
      },
    };
  }

  /** Runs what falls due on the way, each at its time, with all promises settled in between. */
  async advance(ms: number): Promise<void> {
    const endUs = this.#nowUs + ms * 1_000;
    await settle();
    for (;;) {
      const next = this.#timers.filter(({ dueUs }) => dueUs <= endUs).toSorted((a, b) => a.dueUs - b.dueUs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#nowUs = Math.max(this.#nowUs, next.dueUs);
      next.callback();
      await settle();
    }
    this.#nowUs = endUs;
  }
}

/** Microtasks of any depth that a test can have. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}
