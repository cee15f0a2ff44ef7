/** How fast the venue's clock runs against ours, told once two samples lie far enough apart for their errors not to matter. */

/** One answer of the venue, seen on our monotonic clock. */
export interface ClockSample {
  readonly serverUs: number;
  /** When the venue looked at its clock, give or take half of the round trip. */
  readonly monotonicUs: number;
  readonly roundTripUs: number;
}

/** The rate is told when it is certain to so much. */
const CERTAIN_PPM = 20;
/** Clocks change their rate with the weather: what is older than six hours says little. */
const WINDOW_US = 6 * 3_600_000_000;

export class DriftMeter {
  #first: ClockSample | undefined;
  #ppm: number | undefined;

  /** Undefined until it is certain. */
  get ppm(): number | undefined {
    return this.#ppm;
  }

  /** Begins anew from here: what was seen before belongs to another clock, or to one that was set. */
  start(sample: ClockSample): void {
    this.#first = sample;
    this.#ppm = undefined;
  }

  add(sample: ClockSample): void {
    const first = this.#first;
    if (first === undefined) {
      this.start(sample);
      return;
    }
    const spanUs = sample.monotonicUs - first.monotonicUs;
    const unsureUs = (first.roundTripUs + sample.roundTripUs) / 2 + 1_000;
    if (spanUs <= 0 || (unsureUs / spanUs) * 1e6 > CERTAIN_PPM) return;
    this.#ppm = Math.round(((sample.serverUs - first.serverUs - spanUs) / spanUs) * 1e7) / 10;
    if (spanUs > WINDOW_US) this.#first = sample;
  }
}
