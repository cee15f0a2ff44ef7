/**
 * The venue's time, as requests must state it. Anchored on the monotonic clock, so a step of the machine's wall clock cannot spoil a
 * timestamp. Half of a round trip is the error of a sample: the fastest of a few counts, and a slow one does not replace a better one
 * unless the two cannot both be true.
 */
import { type UsTime, usTime } from '@fillwright/domain';
import type { Clock, Timer } from '@fillwright/runtime/ports';
import type { VenueClock } from '@fillwright/venue';
import { type ClockSample, DriftMeter } from './drift-meter.ts';

const SAMPLES = 3;
/** Quartz drifts by up to ~50 ppm: 30 ms in ten minutes, far inside any receive window. */
const REFRESH_MS = 600_000;
/** Two clocks may drift apart by so much, and the sample's error grows by it. */
const WORST_DRIFT = 100e-6;
/** The venue states whole milliseconds. */
const GRAIN_US = 1_000;

/** By how much the venue's time read from this sample can be wrong at `monotonicUs`. */
function errorUs(sample: ClockSample, monotonicUs: number): number {
  return sample.roundTripUs / 2 + GRAIN_US + Math.abs(monotonicUs - sample.monotonicUs) * WORST_DRIFT;
}

export class ServerClock {
  readonly #clock: Clock;
  readonly #askServerMs: () => Promise<number | undefined>;
  readonly #drift = new DriftMeter();
  #anchor: ClockSample | undefined;
  #sampling: Promise<boolean> | undefined;
  #refresh: Timer | undefined;
  #isDistrusted = false;
  #closed = false;

  /** `askServerMs` asks the venue once; `undefined` when it did not answer, or may not be asked. */
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
    // Never the negative zero.
    return Math.round((this.#nowUs() - this.#clock.wallUs()) / 1000) + 0;
  }

  /** Undefined before the first sample. */
  get reading(): VenueClock | undefined {
    const anchor = this.#anchor;
    if (anchor === undefined) return undefined;
    const nowUs = this.#clock.monotonicUs();
    const { ppm } = this.#drift;
    return {
      offsetMs: this.offsetMs,
      errorMs: Math.ceil(errorUs(anchor, nowUs) / 1000),
      roundTripMs: Math.round(anchor.roundTripUs / 1000),
      ageMs: Math.round((nowUs - anchor.monotonicUs) / 1000),
      ...(ppm !== undefined && { driftPpm: ppm }),
    };
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

  /** The venue refused a timestamp: whatever the anchor's error should be, the newest sample counts. */
  distrust(): Promise<boolean> {
    this.#isDistrusted = true;
    return this.resample();
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
    let best: ClockSample | undefined;
    for (let i = 0; i < SAMPLES; i++) {
      const startUs = this.#clock.monotonicUs();
      const serverMs = await this.#askServerMs();
      const roundTripUs = this.#clock.monotonicUs() - startUs;
      if (serverMs === undefined) break;
      if (best !== undefined && roundTripUs >= best.roundTripUs) continue;
      best = { serverUs: serverMs * 1000, monotonicUs: startUs + Math.floor(roundTripUs / 2), roundTripUs };
    }
    if (best === undefined) return false;
    if (this.#isBetter(best) || this.#isDistrusted) this.#anchor = best;
    this.#isDistrusted = false;
    return true;
  }

  /** More exact than what the anchor has become by now, or in contradiction to it: then the anchor is wrong (a clock was set, or slept). */
  #isBetter(sample: ClockSample): boolean {
    const anchor = this.#anchor;
    if (anchor === undefined) {
      this.#drift.start(sample);
      return true;
    }
    const anchorErrorUs = errorUs(anchor, sample.monotonicUs);
    const sampleErrorUs = errorUs(sample, sample.monotonicUs);
    const apartUs = sample.serverUs - (anchor.serverUs + sample.monotonicUs - anchor.monotonicUs);
    const isContradiction = Math.abs(apartUs) > anchorErrorUs + sampleErrorUs;
    if (isContradiction) this.#drift.start(sample);
    else this.#drift.add(sample);
    return isContradiction || sampleErrorUs <= anchorErrorUs;
  }
}
