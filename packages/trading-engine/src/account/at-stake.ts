/** How many orders of ours were written and have no proven outcome, kept as counts: nobody need go through all orders to find one. */
import type { InstrumentId, Order, Side } from '@fillwright/domain';

export class AtStake {
  readonly #orders = new Map<string, number>();
  readonly #nameless = new Map<string, number>();

  /** An order changed; `before` is absent for a new one. Side and instrument of an order never change. */
  changed(before: Order | undefined, after: Order): void {
    const { instrument, side } = after.terms;
    const was = before !== undefined && isAtStake(before);
    const is = isAtStake(after);
    add(this.#orders, instrument, Number(is) - Number(was));
    add(this.#nameless, `${instrument}|${side}`, Number(is && isNameless(after)) - Number(was && isNameless(before)));
  }

  /** It may have traded without our knowing. */
  has(instrument: InstrumentId): boolean {
    return this.#orders.has(instrument);
  }

  /** The same, of one side, when not even the venue's number of the order is known. */
  hasNameless(instrument: InstrumentId, side: Side): boolean {
    return this.#nameless.has(`${instrument}|${side}`);
  }
}

function isAtStake({ phase }: Order): boolean {
  return phase === 'sending' || phase === 'unknown';
}

function isNameless({ venueOrderId }: Order): boolean {
  return venueOrderId === undefined;
}

function add(counts: Map<string, number>, key: string, delta: number): void {
  const count = (counts.get(key) ?? 0) + delta;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
