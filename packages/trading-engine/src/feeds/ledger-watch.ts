/** Compares the position-server's ledger with the engine's own fold at the same journal position; neither is trusted alone. */
import { decimal, type InstrumentId, type Reason } from '@fillwright/domain';
import type { MessageData } from '@fillwright/messages';
import type { Clock, Log } from '@fillwright/runtime';
import type { AccountBook } from '../account/account-book.ts';

/** Changes kept per instrument; a ledger further behind is not compared but is stale. */
const HISTORY = 1_000;

interface Change {
  readonly pos: number;
  /** Quantity after the fill at `pos`. */
  readonly qty: string;
}

export class LedgerWatch {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #book: AccountBook;
  readonly #staleMs: number;
  readonly #history = new Map<InstrumentId, Change[]>();
  /** Changes up to this position are forgotten. */
  #floor = 0;
  #heardUs: number | undefined;
  /** A fill that the ledger had not booked when it spoke, and since when that is waited for. */
  #awaited: { readonly pos: number; readonly sinceUs: number } | undefined;
  #difference: string | undefined;

  /** `staleMs` zero: the ledger is compared when it speaks and not missed when it is silent. */
  constructor(parts: { clock: Clock; log: Log; book: AccountBook; staleMs: number }) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#book = parts.book;
    this.#staleMs = parts.staleMs;
  }

  /** What is held now is what the fills up to `pos` made of it; of anything older nothing is known in this run. */
  begin(pos: number): void {
    this.#floor = pos;
    for (const { instrument, qty } of this.#book.positions.all()) this.#history.set(instrument, [{ pos, qty: qty.toString() }]);
  }

  /** After a fill was booked at `pos`. */
  booked(instrument: InstrumentId, pos: number): void {
    const changes = this.#history.get(instrument) ?? [{ pos: this.#floor, qty: '0' }];
    this.#history.set(instrument, changes);
    changes.push({ pos, qty: this.#book.positions.qty(instrument).toString() });
    if (changes.length > HISTORY * 2) {
      this.#floor = Math.max(this.#floor, changes[HISTORY]?.pos ?? 0);
      changes.splice(0, HISTORY);
    }
  }

  ledger(message: MessageData<'ledger.positions'>): void {
    this.#heardUs = this.#clock.monotonicUs();
    this.#await(message.appliedPos);
    if (message.appliedPos < this.#floor) return;
    const theirs = new Map(message.positions.map((position) => [position.instrument, position.qty]));
    const instruments = [...new Set([...this.#history.keys(), ...theirs.keys()])].sort();
    const found = instruments
      .map((instrument) => ({ instrument, ours: this.#qtyAt(instrument, message.appliedPos), theirs: theirs.get(instrument) ?? '0' }))
      .filter(({ ours, theirs: ledger }) => ours !== undefined && !decimal(ours).eq(decimal(ledger)))
      .map(({ instrument, ours, theirs: ledger }) => `${instrument}: engine ${ours}, ledger ${ledger}`)
      .join('; ');
    const difference = found === '' ? undefined : `at journal position ${message.appliedPos} ${found}`;
    if (difference && difference !== this.#difference) this.#log.error('ledger-differs', { code: 'ENG_LEDGER_DIFFERS', difference });
    if (!difference && this.#difference) this.#log.info('ledger-agrees-again', { pos: message.appliedPos });
    this.#difference = difference;
  }

  /** Why only orders that reduce may pass; undefined when both sides agree. */
  doubt(): Reason | undefined {
    if (this.#difference) return { code: 'LEDGER_DIFFERS', text: this.#difference };
    if (this.#staleMs === 0) return undefined;
    if (this.#heardUs === undefined) return { code: 'LEDGER_STALE', text: 'the position-server has not been heard yet' };
    const ageMs = this.#ageMs(this.#heardUs);
    if (ageMs > this.#staleMs) return { code: 'LEDGER_STALE', text: `the position-server is silent for ${ageMs} ms` };
    const behindMs = this.#awaited ? this.#ageMs(this.#awaited.sinceUs) : 0;
    if (behindMs <= this.#staleMs) return undefined;
    return {
      code: 'LEDGER_STALE',
      text: `the position-server speaks, but has not booked journal position ${this.#awaited?.pos} for ${behindMs} ms`,
    };
  }

  /** In a busy market it is always a little behind; it must only get on. */
  #await(appliedPos: number): void {
    if (this.#awaited && appliedPos < this.#awaited.pos) return;
    const { lastFillPos } = this.#book;
    this.#awaited = appliedPos < lastFillPos ? { pos: lastFillPos, sinceUs: this.#clock.monotonicUs() } : undefined;
  }

  #ageMs(sinceUs: number): number {
    return Math.round((this.#clock.monotonicUs() - sinceUs) / 1000);
  }

  /** Undefined when what we had then is not known any more: before the first change in this run. */
  #qtyAt(instrument: InstrumentId, pos: number): string | undefined {
    const changes = this.#history.get(instrument);
    if (!changes) return this.#book.positions.qty(instrument).toString();
    for (let at = changes.length - 1; at >= 0; at--) {
      const change = changes[at];
      if (change && change.pos <= pos) return change.qty;
    }
    return undefined;
  }
}
