/**
 * Keeps the venue's dead man's switch wound up where we have orders, from the engine's own loop: an engine that is stuck or dead lets it
 * fire, and the venue cancels what nobody watches. Where no order of ours is left it is taken back, because it spares nobody's orders.
 */
import type { InstrumentId } from '@fillwright/domain';
import type { Metrics } from '@fillwright/runtime';
import { type Outcome, refused } from '@fillwright/venue';
import type { EngineContext } from '../context.ts';
import { EXTERNAL } from '../order/report-desk.ts';
import type { WatchOptions } from './watch-options.ts';

/** After a refresh without a confirmation; it doubles up to the usual interval. */
const AGAIN_US = 2_000_000;
/** Refreshes begun in one look: many symbols come due together, and each costs request weight. */
const AT_ONCE = 10;
/** What an orderly stop may spend on taking it back. */
const RELEASE_MS = 1_000;

const NOT_OFFERED = refused('NOT_OFFERED', 'the venue has no dead man’s switch');

interface Winding {
  /** Confirmed at least once. */
  isWound: boolean;
  /** Confirmed last for the whole countdown; before the first time, when it was to begin. */
  sinceUs: number;
  /** The next word to the venue is due. */
  dueUs: number;
  isAsking: boolean;
  failures: number;
  /** The alarm was given. */
  isLate: boolean;
}

export class DeadMansSwitch {
  readonly #context: Pick<EngineContext, 'adapter' | 'book' | 'clock' | 'inputs' | 'lanes' | 'log'>;
  readonly #countdownMs: number;
  readonly #refreshUs: number;
  readonly #windings = new Map<InstrumentId, Winding>();
  readonly #gauges;
  #isFirstLook = true;
  #isReleasing = false;
  #onReleased: () => void = () => undefined;

  constructor(
    context: Pick<EngineContext, 'adapter' | 'book' | 'clock' | 'inputs' | 'lanes' | 'log'>,
    options: Pick<WatchOptions, 'deadManCountdownMs' | 'deadManRefreshMs'>,
    metrics: Metrics,
  ) {
    this.#context = context;
    this.#countdownMs = context.adapter.cancelAllAfter ? options.deadManCountdownMs : 0;
    this.#refreshUs = Math.min(options.deadManRefreshMs, options.deadManCountdownMs / 2) * 1000;
    this.#gauges = {
      wound: metrics.gauge('fillwright_engine_dead_man_wound', "Symbols on which the venue's dead man's switch is wound up"),
      late: metrics.gauge('fillwright_engine_dead_man_late', 'Symbols on which it could not be wound up in time'),
    };
    if (options.deadManCountdownMs > 0 && this.#countdownMs === 0)
      context.log.warn('dead-man-not-offered', { exchange: context.adapter.exchange });
  }

  /** Where it is wound up, and where that should have been confirmed by now and was not. */
  get facts(): { readonly wound: readonly string[]; readonly late: readonly string[] } {
    const all = [...this.#windings].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      wound: all.filter(([, { isWound }]) => isWound).map(([instrument]) => instrument),
      late: all.filter(([, { isLate }]) => isLate).map(([instrument]) => instrument),
    };
  }

  /** Once a second. */
  look(): void {
    // Wound once more during a release, it would be taken back where it shall fire.
    if (this.#countdownMs === 0 || this.#isReleasing) return;
    const nowUs = this.#context.clock.monotonicUs();
    const ours = this.#instruments();
    for (const instrument of ours) this.#begin(instrument, nowUs);
    // Where an engine before us wound it up, and nothing of ours is left, it would strike others.
    if (this.#isFirstLook) for (const instrument of this.#context.book.exposedInstruments()) this.#begin(instrument, nowUs);
    this.#isFirstLook = false;
    let begun = 0;
    for (const [instrument, winding] of this.#windings) {
      this.#watch(instrument, winding, nowUs);
      if (winding.isAsking || winding.dueUs > nowUs || begun === AT_ONCE) continue;
      begun += 1;
      this.#ask(instrument, winding, ours.has(instrument) ? this.#countdownMs : 0);
    }
    const { wound, late } = this.facts;
    this.#gauges.wound.set(wound.length);
    this.#gauges.late.set(late.length);
  }

  /** An orderly stop: taken back where no order of ours is left; elsewhere it shall fire. Resolves soon in any case. */
  release(): Promise<void> {
    this.#isReleasing = true;
    const left = this.#instruments();
    for (const [instrument, winding] of this.#windings) {
      // What is being said to the venue just now may have to be taken back.
      if (winding.isAsking) continue;
      if (left.has(instrument)) this.#windings.delete(instrument);
      else this.#ask(instrument, winding, 0);
    }
    if (this.#windings.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#context.clock.after(RELEASE_MS, resolve);
      this.#onReleased = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  #begin(instrument: InstrumentId, nowUs: number): void {
    if (!this.#windings.has(instrument)) this.#windings.set(instrument, newWinding(nowUs));
  }

  /** With orders of ours that the venue has, or may have soon. */
  #instruments(): ReadonlySet<InstrumentId> {
    const found = new Set<InstrumentId>();
    for (const { owner, terms } of this.#context.book.liveOrders()) if (owner !== EXTERNAL) found.add(terms.instrument);
    return found;
  }

  /** One alarm per lapse, also of a word that still waits for room or an answer: the venue may cancel any moment, or would not if we died. */
  #watch(instrument: InstrumentId, winding: Winding, nowUs: number): void {
    if (winding.isLate || nowUs - winding.sinceUs < this.#countdownMs * 1000) return;
    winding.isLate = true;
    this.#context.log.error('dead-man-not-wound', { code: 'ENG_DEAD_MAN_LATE', instrument, countdownMs: this.#countdownMs });
  }

  #ask(instrument: InstrumentId, winding: Winding, countdownMs: number): void {
    const { adapter, inputs, lanes, clock } = this.#context;
    winding.isAsking = true;
    // The venue starts the countdown when it hears of it: later than we count from, which is the safe side.
    const queued = lanes.schedule('cancel', () => {
      const sentUs = clock.monotonicUs();
      const asked = adapter.cancelAllAfter?.(instrument, countdownMs) ?? Promise.resolve(NOT_OFFERED);
      return inputs.after(asked, (outcome) => this.#answered(instrument, winding, { countdownMs, sentUs, outcome }));
    });
    if (!queued) this.#failed(instrument, winding, 'too many requests are waiting');
  }

  #answered(
    instrument: InstrumentId,
    winding: Winding,
    { countdownMs, sentUs, outcome }: { readonly countdownMs: number; readonly sentUs: number; readonly outcome: Outcome<undefined> },
  ): void {
    winding.isAsking = false;
    if (outcome.type !== 'confirmed') this.#failed(instrument, winding, `${outcome.reason.code}: ${outcome.reason.text}`);
    if (this.#isReleasing) this.#toldInRelease(instrument, winding, countdownMs, outcome.type === 'confirmed');
    if (this.#isReleasing || outcome.type !== 'confirmed') return;
    if (countdownMs === 0) {
      this.#windings.delete(instrument);
      return;
    }
    if (winding.isLate) this.#context.log.info('dead-man-wound-again', { instrument });
    Object.assign(winding, { isWound: true, sinceUs: sentUs, dueUs: sentUs + this.#refreshUs, failures: 0, isLate: false });
  }

  /** The word that the stop met on its way may be the wrong one; whether it was taken or not, the right one follows. */
  #toldInRelease(instrument: InstrumentId, winding: Winding, countdownMs: number, isConfirmed: boolean): void {
    const wantedMs = this.#instruments().has(instrument) ? this.#countdownMs : 0;
    if (countdownMs !== wantedMs) {
      this.#ask(instrument, winding, wantedMs);
      return;
    }
    if (!isConfirmed && wantedMs === 0) return;
    this.#windings.delete(instrument);
    if (this.#windings.size === 0) this.#onReleased();
  }

  #failed(instrument: InstrumentId, winding: Winding, reason: string): void {
    winding.isAsking = false;
    winding.dueUs = this.#context.clock.monotonicUs() + Math.min(this.#refreshUs, AGAIN_US * 2 ** Math.min(winding.failures, 10));
    winding.failures += 1;
    if (winding.failures === 1) this.#context.log.warn('dead-man-refresh-failed', { instrument, reason });
  }
}

function newWinding(nowUs: number): Winding {
  return { isWound: false, sinceUs: nowUs, dueUs: nowUs, isAsking: false, failures: 0, isLate: false };
}
