/** A clock whose time passes only when a test says so. Timers run in order of time, then of making; microtasks are drained between. */
import { type UsTime, usTime } from '@fillwright/domain';
import type { Clock, Random, Timer } from '@fillwright/runtime/ports';

interface Entry {
  readonly atUs: number;
  readonly number: number;
  readonly run: () => void;
}

export class VirtualClock implements Clock {
  #nowUs = 0;
  #wallStartUs: number;
  #made = 0;
  #entries: Entry[] = [];

  constructor(wallStartMs = 1_794_400_000_000) {
    this.#wallStartUs = wallStartMs * 1000;
  }

  wallUs(): UsTime {
    return usTime(this.#wallStartUs + this.#nowUs);
  }

  monotonicUs(): number {
    return this.#nowUs;
  }

  stepWall(ms: number): void {
    this.#wallStartUs += ms * 1000;
  }

  after(delayMs: number, callback: () => void): Timer {
    const entry = { atUs: this.#nowUs + delayMs * 1000, number: this.#made++, run: callback };
    this.#entries.push(entry);
    return {
      cancel: () => {
        this.#entries = this.#entries.filter((other) => other !== entry);
      },
    };
  }

  get timers(): number {
    return this.#entries.length;
  }

  async pass(ms: number): Promise<void> {
    const endUs = this.#nowUs + ms * 1000;
    for (;;) {
      await settle();
      const [next] = this.#entries.filter((entry) => entry.atUs <= endUs).sort((a, b) => a.atUs - b.atUs || a.number - b.number);
      if (next === undefined) break;
      this.#entries = this.#entries.filter((entry) => entry !== next);
      this.#nowUs = Math.max(this.#nowUs, next.atUs);
      next.run();
    }
    this.#nowUs = endUs;
    await settle();
  }
}

/** Drains microtasks: every promise chain of a few dozen links is through afterwards. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

export const fixedRandom: Random = {
  float: () => 0.5,
  below: (bound) => Math.floor(bound / 2),
  bytes: (length) => new Uint8Array(length),
};
