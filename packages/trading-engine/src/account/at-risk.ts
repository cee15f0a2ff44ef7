/** What the live orders of each instrument could still trade, kept as sums: a look before an order costs the same with one or a thousand open. */
import { atRiskQty, type Decimal, type InstrumentId, type Order, ZERO } from '@fillwright/domain';

interface Sides {
  readonly buys: Decimal;
  readonly sells: Decimal;
}

const NOTHING: Sides = { buys: ZERO, sells: ZERO };

export class AtRisk {
  readonly #sums = new Map<InstrumentId, Sides>();

  /** An order changed; `before` is absent for a new one. Side and instrument of an order never change. */
  changed(before: Order | undefined, after: Order): void {
    const delta = worstQty(after).minus(before ? worstQty(before) : ZERO);
    if (delta.isZero()) return;
    const { instrument, side } = after.terms;
    const { buys, sells } = this.of(instrument);
    const sum = side === 'buy' ? { buys: buys.plus(delta), sells } : { buys, sells: sells.plus(delta) };
    if (sum.buys.isZero() && sum.sells.isZero()) this.#sums.delete(instrument);
    else this.#sums.set(instrument, sum);
  }

  of(instrument: InstrumentId): Sides {
    return this.#sums.get(instrument) ?? NOTHING;
  }

  /** With something at risk; in no particular order. */
  instruments(): MapIterator<InstrumentId> {
    return this.#sums.keys();
  }
}

/** A modify without a proven outcome may take effect or not, also when a cancel has overtaken it: the larger of both counts. */
export function worstQty(order: Order): Decimal {
  const now = atRiskQty(order);
  if (order.state === 'closed' || !order.request?.qty) return now;
  const asked = order.request.qty.minus(order.filledQty);
  return asked.gt(now) ? asked : now;
}
