/** Trades of the history that may be those of an order whose venue id we do not know yet: they wait until that can be told. */
import { type Fill, fillKey, type InstrumentId, type Order } from '@fillwright/domain';
import type { AccountBook } from '../account/account-book.ts';
import { venueName } from '../account/order-archive.ts';

/** Trades that wait for their order at the most; beyond it the oldest no longer waits. */
const BOUND = 1_000;

export class DeferredTrades {
  readonly #book: AccountBook;
  readonly #waiting = new Map<string, Fill>();
  /** Instrument and side → the trades of it: they wait for the same doubt. */
  readonly #groups = new Map<string, Map<string, Fill>>();

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
    const key = fillKey(fill);
    const group = this.#groups.get(groupOf(fill)) ?? new Map();
    this.#waiting.set(key, fill);
    this.#groups.set(groupOf(fill), group.set(key, fill));
    const oldest = this.#waiting.values().next().value;
    if (this.#waiting.size <= BOUND || oldest === undefined) return undefined;
    this.#remove(oldest);
    return oldest;
  }

  /**
   * Takes out those that can be told now: their order was identified, or none of ours is in doubt any more. `changed`: only this order can
   * have been identified since the last look, so that one does not go through all that wait for each of many orders.
   */
  takeSettled(changed?: Order): readonly Fill[] {
    if (this.#waiting.size === 0) return [];
    const names = changed && new Set(this.#book.namesOf(changed.clientOrderId));
    const settled: Fill[] = [];
    for (const group of this.#groups.values()) {
      const first = group.values().next().value;
      if (first === undefined) continue;
      const isOpen = this.#book.hasNamelessOrder(first.instrument, first.side);
      if (isOpen && changed && (names?.size === 0 || changed.terms.instrument !== first.instrument || changed.terms.side !== first.side))
        continue;
      for (const fill of group.values()) if (!isOpen || this.#isIdentified(fill, names)) settled.push(fill);
    }
    if (settled.length === 0) return [];
    const taken = new Set(settled);
    const inOrder = [...this.#waiting.values()].filter((fill) => taken.has(fill));
    for (const fill of inOrder) this.#remove(fill);
    return inOrder;
  }

  /** While this holds, a difference of positions may be nothing but such a trade. */
  has(instrument: InstrumentId): boolean {
    return this.#groups.has(`${instrument}|buy`) || this.#groups.has(`${instrument}|sell`);
  }

  #isIdentified({ instrument, venueOrderId }: Fill, names: ReadonlySet<string> | undefined): boolean {
    return names ? names.has(venueName(instrument, venueOrderId)) : this.#book.orderByVenueId(instrument, venueOrderId) !== undefined;
  }

  #remove(fill: Fill): void {
    const group = this.#groups.get(groupOf(fill));
    this.#waiting.delete(fillKey(fill));
    group?.delete(fillKey(fill));
    if (group?.size === 0) this.#groups.delete(groupOf(fill));
  }
}

function groupOf({ instrument, side }: Fill): string {
  return `${instrument}|${side}`;
}
