/** Follows every order by what is told of it: no impossible move of its status, no fill that takes anything back. */
import type { ExecutionType, VenueListener } from '../../src/engine/events.ts';
import type { Order, OrderStatus } from '../../src/order/order.ts';

interface Seen {
  readonly status: OrderStatus;
  readonly filledLots: number;
}

/** What may be told after what; the statuses that are no key are ends. */
const MOVES: Readonly<Partial<Record<OrderStatus, readonly OrderStatus[]>>> = {
  NEW: ['NEW', 'PARTIALLY_FILLED', 'FILLED', 'CANCELED', 'EXPIRED', 'EXPIRED_IN_MATCH'],
  PARTIALLY_FILLED: ['PARTIALLY_FILLED', 'FILLED', 'CANCELED', 'EXPIRED', 'EXPIRED_IN_MATCH'],
};

const TOLD_AS: Readonly<Record<ExecutionType, readonly OrderStatus[]>> = {
  NEW: ['NEW'],
  AMENDMENT: ['NEW', 'PARTIALLY_FILLED'],
  TRADE: ['PARTIALLY_FILLED', 'FILLED'],
  CALCULATED: ['PARTIALLY_FILLED', 'FILLED'],
  CANCELED: ['CANCELED'],
  EXPIRED: ['EXPIRED', 'EXPIRED_IN_MATCH'],
};

export class LifeWitness implements VenueListener {
  readonly #open = new Map<Order, Seen>();
  readonly #ended = new WeakSet<Order>();
  /** The first that was wrong. */
  fault: string | undefined;
  ends = 0;

  orderChanged(order: Order, type: ExecutionType): void {
    const wrong = this.#look(order, type);
    if (wrong !== undefined) this.fault ??= `${order.clientId} (${order.id}): ${wrong}`;
    if (order.isOpen) {
      this.#open.set(order, { status: order.status, filledLots: order.filledLots });
      return;
    }
    this.#open.delete(order);
    this.#ended.add(order);
    this.ends += 1;
  }

  #look(order: Order, type: ExecutionType): string | undefined {
    const { status, filledLots, openLots, lots } = order;
    const before = this.#open.get(order);
    if (this.#ended.has(order)) return `told as ${type} after its end`;
    // Deleveraging and settlement are told in one piece.
    const first = type === 'NEW' || (type === 'CALCULATED' && order.type === 'LIQUIDATION');
    if (before === undefined ? !first : type === 'NEW') return `${type} as ${before === undefined ? 'the first' : 'a further'} event`;
    if (!TOLD_AS[type].includes(status)) return `${type} with status ${status}`;
    if (before !== undefined && MOVES[before.status]?.includes(status) !== true) return `from ${before.status} to ${status}`;
    const traded = type === 'TRADE' || type === 'CALCULATED';
    const grew = filledLots - (before?.filledLots ?? 0);
    if (traded ? grew <= 0 : grew !== 0) return `${type} moved its fill by ${grew}`;
    if (filledLots > lots || (order.isOpen && filledLots + openLots !== lots)) return `${filledLots} of ${lots} filled, ${openLots} open`;
    return status === 'FILLED' && filledLots !== lots ? `FILLED with ${filledLots} of ${lots}` : undefined;
  }
}
