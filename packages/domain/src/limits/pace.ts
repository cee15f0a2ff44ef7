/** So many requests per second on average, some of them at once: the generic cell rate algorithm, which keeps one number. Pure. */

export interface PaceLimit {
  readonly perSecond: number;
  /** Requests that may leave at once after a rest. */
  readonly burst: number;
}

export class Pace {
  readonly #intervalUs: number;
  /** How far ahead of the average requests may run. */
  readonly #leadUs: number;
  /** When the next one would be due on average. */
  #dueUs = 0;

  constructor({ perSecond, burst }: PaceLimit) {
    this.#intervalUs = 1e6 / perSecond;
    this.#leadUs = (burst - 1) * this.#intervalUs;
  }

  /** Microseconds until one more may leave; 0 = now. */
  waitUs(nowUs: number): number {
    return Math.max(0, Math.ceil(this.#due(nowUs) - this.#leadUs - nowUs));
  }

  charge(nowUs: number): void {
    this.#dueUs = Math.max(this.#due(nowUs), nowUs) + this.#intervalUs;
  }

  /** One that was charged did not leave. */
  refund(): void {
    this.#dueUs -= this.#intervalUs;
  }

  /** Never farther ahead than a whole burst: a clock that was set back must not silence us. */
  #due(nowUs: number): number {
    return Math.min(this.#dueUs, nowUs + this.#leadUs + this.#intervalUs);
  }
}
