/** The trader's own view of its orders: what it asked for, and what the engine says became of it. */
import { type InstrumentId, isClosed, type Order } from '@fillwright/domain';
import { type OrderView, orderFromView } from '@fillwright/messages';

/** Closed orders kept so that a late fill still finds its order; the oldest go first. */
const CLOSED_KEPT = 1_000;

export class OwnOrders {
  readonly #live = new Map<string, Order>();
  readonly #closed = new Map<string, Order>();

  get(clientOrderId: string): Order | undefined {
    return this.#live.get(clientOrderId) ?? this.#closed.get(clientOrderId);
  }

  /** Not closed, oldest first; of one instrument or of all. */
  live(instrument?: InstrumentId): readonly Order[] {
    return [...this.#live.values()].filter((order) => !instrument || order.terms.instrument === instrument);
  }

  get liveCount(): number {
    return this.#live.size;
  }

  /** An order we are about to ask for. */
  intend(order: Order): void {
    this.#live.set(order.clientOrderId, order);
  }

  /**
   * What the engine says. `undefined` when it is older than what we know: answers and events travel on different topics,
   * and a closed order never comes back to life.
   */
  update(view: OrderView): Order | undefined {
    const known = this.get(view.clientOrderId);
    const order = orderFromView(view);
    if (known && isOlder(order, known)) return undefined;
    this.#keep(order);
    return order;
  }

  /** The engine never heard of it and never will. */
  drop(order: Order): void {
    this.#keep(order);
  }

  /** Orders the engine does not list as live, asked for before `ts`: their end was missed. */
  missingFrom(listed: ReadonlySet<string>): readonly Order[] {
    return this.live().filter((order) => !listed.has(order.clientOrderId));
  }

  #keep(order: Order): void {
    if (!isClosed(order)) {
      this.#live.set(order.clientOrderId, order);
      return;
    }
    this.#live.delete(order.clientOrderId);
    this.#closed.delete(order.clientOrderId);
    this.#closed.set(order.clientOrderId, order);
    if (this.#closed.size <= CLOSED_KEPT) return;
    const oldest = this.#closed.keys().next().value;
    if (oldest !== undefined) this.#closed.delete(oldest);
  }
}

function isOlder(order: Order, known: Order): boolean {
  if (isClosed(known) && !isClosed(order)) return true;
  // The end is never old news, whatever clocks say: they may have been set back.
  if (isClosed(order) && !isClosed(known)) return false;
  if (order.filledQty.lt(known.filledQty)) return true;
  // Our own intent carries our clock; everything after it carries the engine's.
  return known.phase !== 'intent' && order.updatedTs < known.updatedTs;
}
