/**
 * All orders of the account by every name they have. Live ones stay for as long as they live; of the closed ones the newest are kept,
 * and of those that had to go the ids, so that a late copy of a command is still recognised.
 */
import { type InstrumentId, isClosed, type Order } from '@fillwright/domain';

export interface ShelfBounds {
  /** Closed orders kept; the one that closed first goes first. */
  readonly closed: number;
  /** Ids of orders that went; the oldest are forgotten first. Copies older than that are fenced by epoch or deadline. */
  readonly ids: number;
}

/** Hours of the busiest account; about 1.5 kB an order and 80 bytes an id. */
const BOUNDS: ShelfBounds = { closed: 100_000, ids: 500_000 };

export class OrderShelf {
  readonly #bounds: ShelfBounds;
  readonly #orders = new Map<string, Order>();
  /** In the order of their creation. */
  readonly #live = new Map<string, Order>();
  /** In the order in which they closed. */
  readonly #closed = new Set<string>();
  readonly #gone = new Set<string>();
  /** `instrument|venue order id` → client order id; Algo ids likewise with `algo|`. */
  readonly #byVenueId = new Map<string, string>();

  constructor(bounds: ShelfBounds = BOUNDS) {
    this.#bounds = bounds;
  }

  put(order: Order): void {
    const { clientOrderId } = order;
    this.#orders.set(clientOrderId, order);
    const { instrument } = order.terms;
    if (order.venueOrderId) this.#byVenueId.set(`${instrument}|${order.venueOrderId}`, clientOrderId);
    if (order.algoId) this.#byVenueId.set(`${instrument}|algo|${order.algoId}`, clientOrderId);
    if (!isClosed(order)) {
      this.#live.set(clientOrderId, order);
      return;
    }
    this.#live.delete(clientOrderId);
    this.#closed.add(clientOrderId);
    if (this.#closed.size > this.#bounds.closed) this.#forgetOldest();
  }

  get(clientOrderId: string): Order | undefined {
    return this.#orders.get(clientOrderId);
  }

  byVenueId(instrument: InstrumentId, id: string): Order | undefined {
    return this.#indexed(`${instrument}|${id}`);
  }

  byAlgoId(instrument: InstrumentId, id: string): Order | undefined {
    return this.#indexed(`${instrument}|algo|${id}`);
  }

  /** Whether an order of this id was here and closed so long ago that only its id is left. */
  isForgotten(clientOrderId: string): boolean {
    return this.#gone.has(clientOrderId);
  }

  live(): MapIterator<Order> {
    return this.#live.values();
  }

  get liveCount(): number {
    return this.#live.size;
  }

  #indexed(key: string): Order | undefined {
    const id = this.#byVenueId.get(key);
    return id === undefined ? undefined : this.#orders.get(id);
  }

  #forgetOldest(): void {
    const id = first(this.#closed);
    const order = id === undefined ? undefined : this.#orders.get(id);
    if (id === undefined || !order) return;
    this.#closed.delete(id);
    this.#orders.delete(id);
    for (const key of [`${order.terms.instrument}|${order.venueOrderId}`, `${order.terms.instrument}|algo|${order.algoId}`])
      if (this.#byVenueId.get(key) === id) this.#byVenueId.delete(key);
    this.#gone.add(id);
    const oldest = first(this.#gone);
    if (this.#gone.size > this.#bounds.ids && oldest !== undefined) this.#gone.delete(oldest);
  }
}

function first(set: ReadonlySet<string>): string | undefined {
  return set.values().next().value;
}
