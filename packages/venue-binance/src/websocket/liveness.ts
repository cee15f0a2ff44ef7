/** Proof of life of a connection: pings it when it is quiet and calls once when nothing at all came back in time. */
import type { Clock, Timer } from '@fillwright/runtime/ports';

export interface LivenessOptions {
  /** After this long without anything from the peer a ping goes out. */
  readonly quietMs: number;
  /** After this much longer without anything the connection is dead. */
  readonly patienceMs: number;
}

/** The venue pings every three minutes only; a half-open connection should be seen within half a minute. */
export const DEFAULT_LIVENESS: LivenessOptions = { quietMs: 15_000, patienceMs: 10_000 };

export class Liveness {
  readonly #clock: Clock;
  readonly #options: LivenessOptions;
  readonly #ping: () => void;
  readonly #onDead: (silentMs: number) => void;
  #lastUs: number;
  /** Nothing came since the ping. Not a comparison of times: an answer may come within the same microsecond. */
  #isAwaiting = false;
  #timer: Timer | undefined;

  constructor(clock: Clock, options: LivenessOptions, ping: () => void, onDead: (silentMs: number) => void) {
    this.#clock = clock;
    this.#options = options;
    this.#ping = ping;
    this.#onDead = onDead;
    this.#lastUs = clock.monotonicUs();
  }

  start(): void {
    this.#lastUs = this.#clock.monotonicUs();
    this.#isAwaiting = false;
    this.#checkAfter(this.#options.quietMs);
  }

  /** Anything came from the peer. Cheap: no timer is touched. */
  heard(): void {
    this.#lastUs = this.#clock.monotonicUs();
    this.#isAwaiting = false;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #checkAfter(ms: number): void {
    this.#timer = this.#clock.after(ms, () => this.#check());
  }

  #check(): void {
    const silentMs = (this.#clock.monotonicUs() - this.#lastUs) / 1000;
    if (this.#isAwaiting) {
      this.stop();
      this.#onDead(Math.round(silentMs));
      return;
    }
    if (silentMs < this.#options.quietMs) {
      this.#checkAfter(Math.max(1, this.#options.quietMs - silentMs));
      return;
    }
    this.#isAwaiting = true;
    this.#checkAfter(this.#options.patienceMs);
    this.#ping();
  }
}
