/**
 * Keeps the engine's instruments current: read again every hour, and soon when a symbol turns up that is not among them, or
 * is wanted while it was last seen halted.
 */
import type { InstrumentId } from '@fillwright/domain';
import type { Timer } from '@fillwright/runtime';
import type { EngineContext } from '../context.ts';

const EVERY_MS = 3_600_000;
/** Between two readings that unknown and halted symbols cause, however many of them there are. */
const SOON_MS = 60_000;

export class InstrumentList {
  readonly #context: EngineContext;
  #lastUs: number | undefined;
  #isReading = false;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(context: EngineContext) {
    this.#context = context;
  }

  /** After the first reading, which is the engine's own. */
  start(): void {
    this.#lastUs = this.#context.clock.monotonicUs();
    this.#arm(EVERY_MS, 'an hour has passed');
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Something happened on this instrument. */
  seen(instrument: InstrumentId): void {
    const known = this.#context.instruments.get(instrument);
    if (!known?.trading) this.#readSoon(`${known ? 'halted' : 'unknown'} instrument ${instrument}`);
  }

  #arm(delayMs: number, reason: string): void {
    this.#timer?.cancel();
    this.#timer = this.#context.clock.after(delayMs, () => this.#context.inputs.run(() => this.#read(reason)));
  }

  #readSoon(reason: string): void {
    if (this.#lastUs === undefined || this.#isReading || this.#stopped) return;
    const sinceMs = (this.#context.clock.monotonicUs() - this.#lastUs) / 1000;
    if (sinceMs >= SOON_MS) this.#read(reason);
    else this.#arm(SOON_MS - sinceMs, reason);
  }

  #read(reason: string): void {
    if (this.#isReading || this.#stopped) return;
    const { adapter, lanes, inputs, clock, instruments, log } = this.#context;
    this.#lastUs = clock.monotonicUs();
    this.#isReading = lanes.schedule('query', () =>
      inputs.after(adapter.prepare(), (outcome) => {
        this.#isReading = false;
        if (this.#stopped) return;
        if (outcome.type !== 'confirmed') {
          log.warn('instruments-not-read', { reason: outcome.reason });
          return;
        }
        // One that is listed no more stays: its orders and trades may still be told of.
        const listed = new Set(outcome.value.instruments.map(({ id }) => id));
        for (const [id, known] of instruments) if (!listed.has(id)) instruments.set(id, { ...known, trading: false });
        for (const instrument of outcome.value.instruments) instruments.set(instrument.id, instrument);
        log.info('instruments-read', { reason, instruments: instruments.size });
      }),
    );
    this.#arm(EVERY_MS, 'an hour has passed');
  }
}
