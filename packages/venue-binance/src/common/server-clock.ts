/**
 * The venue's time, as requests must state it. Anchored on the monotonic clock, so a step of the machine's wall clock cannot spoil a
 * timestamp; sampled over the fastest of a few round trips, because half of the round trip is the error.
 */
import { type UsTime, usTime } from '@fillwright/domain';
import type { Clock, Timer } from '@fillwright/runtime/ports';

const SAMPLES = 3;
/** Quartz drifts by up to ~50 ppm: 30 ms in ten minutes, far inside any receive window. */
const REFRESH_MS = 600_000;

export class ServerClock {
  readonly #clock: Clock;
  readonly #askServerMs: () => Promise<number | undefined>;
  #anchor: { readonly serverUs: number; readonly monotonicUs: number } | undefined;
  #sampling: Promise<boolean> | undefined;
  #refresh: Timer | undefined;
  #closed = false;

  /** `askServerMs` asks the venue once; `undefined` when it did not answer. */
  constructor(clock: Clock, askServerMs: () => Promise<number | undefined>) {
    this.#clock = clock;
    this.#askServerMs = askServerMs;
  }

  /** Milliseconds of the venue; the wall clock until the first sample. */
  nowMs(): number {
    return Math.floor(this.#nowUs() / 1000);
  }

  /** How far the venue is ahead of our wall clock. */
  get offsetMs(): number {
    return Math.round((this.#nowUs() - this.#clock.wallUs()) / 1000);
  }

  /** A time of the venue on our wall clock. */
  toWall(serverMs: number): UsTime {
    return usTime(Math.max(0, Math.round(serverMs - this.offsetMs) * 1000));
  }

  /** Takes a new sample; calls that come meanwhile share it. False when the venue did not answer: the old anchor stays. */
  resample(): Promise<boolean> {
    this.#sampling ??= this.#sample().finally(() => {
      this.#sampling = undefined;
    });
    return this.#sampling;
  }

  /** Samples again every ten minutes until `close`. */
  keepFresh(): void {
    this.#refresh?.cancel();
    if (this.#closed) return;
    this.#refresh = this.#clock.after(REFRESH_MS, () => {
      void this.resample();
      this.keepFresh();
    });
  }

  close(): void {
    this.#closed = true;
    this.#refresh?.cancel();
  }

  #nowUs(): number {
    if (this.#anchor === undefined) return this.#clock.wallUs();
    return this.#anchor.serverUs + this.#clock.monotonicUs() - this.#anchor.monotonicUs;
  }

  async #sample(): Promise<boolean> {
    let bestRoundTripUs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < SAMPLES; i++) {
      const startUs = this.#clock.monotonicUs();
      const serverMs = await this.#askServerMs();
      const roundTripUs = this.#clock.monotonicUs() - startUs;
      if (serverMs === undefined) break;
      if (roundTripUs >= bestRoundTripUs) continue;
      bestRoundTripUs = roundTripUs;
      this.#anchor = { serverUs: serverMs * 1000, monotonicUs: startUs + Math.floor(roundTripUs / 2) };
    }
    return bestRoundTripUs !== Number.POSITIVE_INFINITY;
  }
}
