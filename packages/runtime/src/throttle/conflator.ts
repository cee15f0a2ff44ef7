/** Runs a job at most once per interval: at once when that is due, else once at its end, however often it was asked for meanwhile. */
import type { Clock, Timer } from '../ports/clock.ts';

export class Conflator {
  readonly #clock: Clock;
  readonly #intervalUs: number;
  readonly #job: () => void;
  #lastUs: number | undefined;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(clock: Clock, intervalMs: number, job: () => void) {
    this.#clock = clock;
    this.#intervalUs = intervalMs * 1000;
    this.#job = job;
  }

  ask(): void {
    if (this.#timer !== undefined || this.#isStopped) return;
    const waitUs = this.#lastUs === undefined ? 0 : this.#lastUs + this.#intervalUs - this.#clock.monotonicUs();
    if (waitUs <= 0) this.now();
    else this.#timer = this.#clock.after(Math.ceil(waitUs / 1000), () => this.now());
  }

  /** Without waiting; the interval begins anew, and what was asked for before is done with this. */
  now(): void {
    if (this.#isStopped) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#lastUs = this.#clock.monotonicUs();
    this.#job();
  }

  /** What was asked for and is not done yet is dropped; nothing runs afterwards. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }
}
