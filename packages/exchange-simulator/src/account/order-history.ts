/**
 * The orders of one account on one symbol, found by either id; of closed ones a bounded number, those that closed first are forgotten first.
 * Placing an order only appends to lists: what a search by client id needs is made when somebody searches.
 */
import type { Order } from '../order/order.ts';

/** Orders kept unless the options say otherwise; beyond it the oldest closed ones are forgotten. */
export const HISTORY_KEPT = 20_000;
/** Holes beyond what is kept before the lists are drawn together. */
const SPARE_HOLES = 1_000;
/** Changes of a closed order that are kept: what a query tells at most. */
const AMENDMENTS_KEPT = 100;

export class OrderHistory {
  readonly #firstId: bigint;
  #keepsClosed: boolean;
  /** By rising id; a forgotten one leaves a hole until the lists are drawn together. */
  #orders: (Order | undefined)[] = [];
  /** Beside each its id counted from the symbol's first: small numbers compare much faster than those of 19 digits. */
  #ids: number[] = [];
  #holes = 0;
  /** In the order in which they closed, from `#firstClosed` on. */
  readonly #closed: Order[] = [];
  #firstClosed = 0;
  /** The newest of each client id among the first `#indexed` places. */
  readonly #newestByClientId = new Map<string, Order>();
  #indexed = 0;

  constructor(firstId: bigint, keepsClosed: boolean) {
    this.#firstId = firstId;
    this.#keepsClosed = keepsClosed;
  }

  get size(): number {
    return this.#orders.length - this.#holes;
  }

  /** Its id is higher than all before. */
  opened(order: Order): void {
    this.#orders.push(order);
    this.#ids.push(Number(order.id - this.#firstId));
  }

  /** At most `kept` are known then, and those that are open. */
  closed(order: Order, kept = HISTORY_KEPT): void {
    const surplus = order.amendments.length - AMENDMENTS_KEPT;
    if (surplus > 0) {
      order.amendments.splice(0, surplus);
      order.amendmentsForgotten += surplus;
    }
    if (!this.#keepsClosed) {
      this.#forget(order);
      return;
    }
    this.#closed.push(order);
    if (this.size > kept) this.#forgetOldest();
  }

  byId(id: bigint): Order | undefined {
    const order = this.#orders[this.#placeOf(id)];
    return order?.id === id ? order : undefined;
  }

  /** The newest order that carried this client id: an id may be used again once its order is closed. */
  byClientId(clientId: string): Order | undefined {
    for (; this.#indexed < this.#orders.length; this.#indexed += 1) {
      const order = this.#orders[this.#indexed];
      if (order !== undefined) this.#newestByClientId.set(order.clientId, order);
    }
    return this.#newestByClientId.get(clientId);
  }

  /** By rising id. */
  *[Symbol.iterator](): IterableIterator<Order> {
    for (const order of this.#orders) if (order !== undefined) yield order;
  }

  /** The first place whose id is not lower. */
  #placeOf(id: bigint): number {
    const wanted = Number(id - this.#firstId);
    let [low, high] = [0, this.#ids.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ids[middle] as number) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #forget(order: Order): void {
    const place = this.#placeOf(order.id);
    this.#orders[place] = undefined;
    this.#holes += 1;
    if (place < this.#indexed && this.#newestByClientId.get(order.clientId) === order) this.#newestByClientId.delete(order.clientId);
    if (this.#holes > this.size + SPARE_HOLES) this.#drawTogether();
  }

  #drawTogether(): void {
    if (this.#holes === 0) return;
    this.#indexed = this.#orders.slice(0, this.#indexed).filter((order) => order !== undefined).length;
    this.#ids = this.#ids.filter((_id, place) => this.#orders[place] !== undefined);
    this.#orders = this.#orders.filter((order) => order !== undefined);
    this.#holes = 0;
  }

  #forgetOldest(): void {
    const oldest = this.#closed[this.#firstClosed];
    if (oldest === undefined) return;
    this.#firstClosed += 1;
    this.#forget(oldest);
    if (this.#firstClosed < SPARE_HOLES) return;
    this.#closed.splice(0, this.#firstClosed);
    this.#firstClosed = 0;
  }

  /** What a dump of the venue keeps, as `Holding` tells it. The index follows from it. */
  saved() {
    this.#drawTogether();
    return { orders: this.#orders, ids: this.#ids, closed: this.#closed.slice(this.#firstClosed), keepsClosed: this.#keepsClosed };
  }

  /** The orders themselves may still be blank. */
  restore({ orders, ids, closed, keepsClosed }: ReturnType<OrderHistory['saved']>): void {
    this.#orders = orders;
    this.#ids = ids;
    this.#closed.push(...closed);
    this.#keepsClosed = keepsClosed;
  }
}
