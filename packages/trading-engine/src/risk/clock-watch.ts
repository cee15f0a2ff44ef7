/**
 * Forbids what adds risk while our clock and the venue's are too far apart, or the difference is not known well enough: deadlines would mean
 * something else here than there. Well again means well within the limit, not just below it.
 */
import type { Reason } from '@fillwright/domain';
import type { Metrics } from '@fillwright/runtime';
import type { VenueClock } from '@fillwright/venue';
import type { EngineContext } from '../context.ts';

/** While in doubt the venue is asked for its time so often. */
const ASK_EVERY_US = 10_000_000;
/** Of the limit. */
const WELL_AGAIN = 0.8;

export class ClockWatch {
  readonly #context: Pick<EngineContext, 'adapter' | 'clock' | 'inputs' | 'log'>;
  readonly #limitMs: number;
  readonly #gauges;
  #doubt: Reason | undefined;
  #askedUs = Number.NEGATIVE_INFINITY;

  /** `limitMs` 0: only measured. */
  constructor(context: Pick<EngineContext, 'adapter' | 'clock' | 'inputs' | 'log'>, limitMs: number, metrics: Metrics) {
    this.#context = context;
    this.#limitMs = limitMs;
    this.#gauges = {
      offset: metrics.gauge('fillwright_engine_clock_offset_ms', "How far the venue's clock is ahead of ours"),
      error: metrics.gauge('fillwright_engine_clock_error_ms', 'By how much that offset can be wrong'),
      drift: metrics.gauge('fillwright_engine_clock_drift_ppm', "How much faster the venue's clock runs than ours; 0 until it is certain"),
    };
  }

  /** Why nothing that adds risk may pass. */
  doubt(): Reason | undefined {
    return this.#doubt;
  }

  /** Once a second. */
  look(): void {
    const reading = this.#context.adapter.venueClock;
    if (!reading) return;
    this.#gauges.offset.set(reading.offsetMs);
    this.#gauges.error.set(reading.errorMs);
    this.#gauges.drift.set(reading.driftPpm ?? 0);
    if (this.#limitMs === 0) return;
    const limitMs = this.#doubt ? this.#limitMs * WELL_AGAIN : this.#limitMs;
    const isOff = Math.abs(reading.offsetMs) > limitMs || reading.errorMs > limitMs;
    if (isOff !== (this.#doubt !== undefined)) this.#say(isOff, reading);
    this.#doubt = isOff ? { code: 'CLOCK_OFF', text: `${figures(reading)}; the limit is ${this.#limitMs} ms` } : undefined;
    if (isOff) this.#askAgain();
  }

  #say(isOff: boolean, reading: VenueClock): void {
    const { log } = this.#context;
    if (isOff) log.error('clock-off', { code: 'ENG_CLOCK_OFF', limitMs: this.#limitMs, ...reading });
    else log.info('clock-well', { ...reading });
  }

  #askAgain(): void {
    const { adapter, clock, inputs } = this.#context;
    const nowUs = clock.monotonicUs();
    if (!adapter.sampleClock || nowUs - this.#askedUs < ASK_EVERY_US) return;
    this.#askedUs = nowUs;
    void inputs.after(adapter.sampleClock(), () => this.look());
  }
}

function figures({ offsetMs, errorMs, roundTripMs, driftPpm }: VenueClock): string {
  const where = offsetMs < 0 ? 'ahead of' : 'behind';
  const drift = driftPpm === undefined ? '' : `, drift ${driftPpm} ppm`;
  return `our clock is ${Math.abs(offsetMs)} ms ${where} the venue's (give or take ${errorMs} ms, round trip ${roundTripMs} ms${drift})`;
}
