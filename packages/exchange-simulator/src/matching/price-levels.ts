/** One side of a book: price levels, best last, each a first-in-first-out queue of resting orders linked through the orders themselves. */
import type { Sign } from '../numbers/units.ts';

/** What the book needs to know of an order; the links belong to the book. */
export interface BookOrder<O> {
  readonly sign: Sign;
  ticks: number;
  openLots: number;
  level: Level<O> | undefined;
  previous: O | undefined;
  next: O | undefined;
}

export interface Level<O> {
  readonly ticks: number;
  lots: number;
  orders: number;
  head: O | undefined;
  tail: O | undefined;
}

export class PriceLevels<O extends BookOrder<O>> {
  readonly sign: Sign;
  readonly #byTicks = new Map<number, Level<O>>();
  /** `sign × ticks`, ascending: the best price is the last element for bids and asks alike. */
  readonly #sorted: number[] = [];

  constructor(sign: Sign) {
    this.sign = sign;
  }

  get size(): number {
    return this.#sorted.length;
  }

  best(): Level<O> | undefined {
    const last = this.#sorted[this.#sorted.length - 1];
    return last === undefined ? undefined : this.#byTicks.get(last * this.sign);
  }

  /** The `n`-th best level, 0 = best. */
  nth(n: number): Level<O> | undefined {
    const key = this.#sorted[this.#sorted.length - 1 - n];
    return key === undefined ? undefined : this.#byTicks.get(key * this.sign);
  }

  at(ticks: number): Level<O> | undefined {
    return this.#byTicks.get(ticks);
  }

  /** Appends at the end of the queue of its price. */
  add(order: O): void {
    let level = this.#byTicks.get(order.ticks);
    if (level === undefined) {
      level = { ticks: order.ticks, lots: 0, orders: 0, head: undefined, tail: undefined };
      this.#byTicks.set(order.ticks, level);
      this.#insert(order.ticks * this.sign);
    }
    order.level = level;
    order.next = undefined;
    order.previous = level.tail;
    if (level.tail === undefined) level.head = order;
    else level.tail.next = order;
    level.tail = order;
    level.lots += order.openLots;
    level.orders += 1;
  }

  /** Takes an order out; a level without orders disappears. */
  remove(order: O): void {
    const level = order.level;
    if (level === undefined) return;
    if (order.previous === undefined) level.head = order.next;
    else order.previous.next = order.next;
    if (order.next === undefined) level.tail = order.previous;
    else order.next.previous = order.previous;
    level.lots -= order.openLots;
    level.orders -= 1;
    order.level = undefined;
    order.previous = undefined;
    order.next = undefined;
    if (level.orders === 0) {
      this.#byTicks.delete(level.ticks);
      this.#sorted.splice(this.#indexOf(level.ticks * this.sign), 1);
    }
  }

  /** Lowest index whose key is not below `key`. */
  #indexOf(key: number): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] as number) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #insert(key: number): void {
    const last = this.#sorted[this.#sorted.length - 1];
    if (last === undefined || last < key) this.#sorted.push(key);
    else this.#sorted.splice(this.#indexOf(key), 0, key);
  }
}
