/** Waiting times between attempts: doubling from a floor to a ceiling, each shortened by up to half at random so that peers spread out. */
import type { Random } from '@fillwright/runtime/ports';

export class Backoff {
  readonly #random: Random;
  readonly #floorMs: number;
  readonly #ceilingMs: number;
  #nextMs: number;

  constructor(random: Random, floorMs = 1_000, ceilingMs = 30_000) {
    this.#random = random;
    this.#floorMs = floorMs;
    this.#ceilingMs = ceilingMs;
    this.#nextMs = floorMs;
  }

  /** Between half of the current step and the whole of it; the step then doubles. */
  nextMs(): number {
    const stepMs = this.#nextMs;
    this.#nextMs = Math.min(this.#ceilingMs, stepMs * 2);
    return Math.round(stepMs * (0.5 + this.#random.float() / 2));
  }

  reset(): void {
    this.#nextMs = this.#floorMs;
  }
}
