/** Trades of the history that may be those of an order whose venue id we do not know yet: they wait until that can be told. */
import { type Fill, fillKey, type InstrumentId } from '@fillwright/domain';
import type { AccountBook } from '../account/account-book.ts';

/** Trades that wait for their order at the most; beyond it the oldest no longer waits. */
const BOUND = 1_000;

export class DeferredTrades {
  readonly #book: AccountBook;
  readonly #waiting = new Map<string, Fill>();

  constructor(book: AccountBook) {
    this.#book = book;
  }

  /** Whether it is too early to say whose trade this is: its order is not known, and one of ours that may have traded has no venue id. */
  mustWait(fill: Fill): boolean {
    if (this.#book.orderByVenueId(fill.instrument, fill.venueOrderId) !== undefined) return false;
    return this.#book.hasNamelessOrder(fill.instrument, fill.side);
  }

  /** Returns the trade that has to go because of the bound. */
  add(fill: Fill): Fill | undefined {
    this.#waiting.set(fillKey(fill), fill);
    const oldest = this.#waiting.values().next().value;
    if (this.#waiting.size <= BOUND || oldest === undefined) return undefined;
    this.#waiting.delete(fillKey(oldest));
    return oldest;
  }

  /** Takes out those that can be told now: their order was identified, or none of ours is in doubt any more. */
  takeSettled(): readonly Fill[] {
    const settled = [...this.#waiting.values()].filter((fill) => !this.mustWait(fill));
    for (const fill of settled) this.#waiting.delete(fillKey(fill));
    return settled;
  }

  /** While this holds, a difference of positions may be nothing but such a trade. */
  has(instrument: InstrumentId): boolean {
    for (const fill of this.#waiting.values()) if (fill.instrument === instrument) return true;
    return false;
  }
}
