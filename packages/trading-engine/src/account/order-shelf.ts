/**
 * All orders of the account by every name they have. Live ones stay for as long as they live; closed ones leave memory after a time and are
 * then read from the archive: whoever asks sees no difference.
 */
import { type InstrumentId, isClosed, type Order, type UsTime } from '@fillwright/domain';
import { type OrderView, orderView } from '@fillwright/messages';
import { algoName, namesIn, type OrderArchive, venueName } from './order-archive.ts';

export interface ShelfBounds {
  /** Closed orders kept in memory; the one that closed first goes first. Without an archive nothing goes. */
  readonly closed: number;
  /** Closed longer ago than this, it goes. */
  readonly closedUs: number;
}

/** Copies of commands and late fills come soon; an order takes about 2 kB of memory, and the archive tells the same. */
const BOUNDS: ShelfBounds = { closed: 2_000, closedUs: 3_600_000_000 };

/** A closed order that the archive may not have yet. */
export interface ClosedAt {
  readonly order: Order;
  /** Journal position of its newest change. */
  readonly pos: number;
}

export class OrderShelf {
  #archive: OrderArchive | undefined;
  readonly #bounds: ShelfBounds;
  /** In memory. */
  readonly #orders = new Map<string, Order>();
  /** In the order of their creation. */
  readonly #live = new Map<string, Order>();
  /** Position of the newest change of each closed order in memory, in that order. */
  readonly #closed = new Map<string, number>();
  /** What the venue calls an order → client order id, for those in memory. */
  readonly #byName = new Map<string, string>();
  /** The inverse: an order that was replaced at the venue has more than one name. */
  readonly #names = new Map<string, string[]>();

  constructor(bounds: ShelfBounds = BOUNDS) {
    this.#bounds = bounds;
  }

  /** To be called before the first order. */
  attach(archive: OrderArchive): void {
    this.#archive = archive;
  }

  /** `view` shows `order`. */
  put(order: Order, pos: number, view: OrderView = orderView(order)): void {
    const { clientOrderId } = order;
    this.#orders.set(clientOrderId, order);
    for (const name of namesIn(view)) this.name(name, clientOrderId);
    if (!isClosed(order)) {
      this.#live.set(clientOrderId, order);
      return;
    }
    this.#live.delete(clientOrderId);
    this.#closed.delete(clientOrderId);
    this.#closed.set(clientOrderId, pos);
    this.#archive?.note(view, pos, this.namesOf(clientOrderId));
  }

  /** Another name of an order in memory. */
  name(name: string, clientOrderId: string): void {
    if (this.#byName.get(name) === clientOrderId) return;
    this.#byName.set(name, clientOrderId);
    const names = this.#names.get(clientOrderId);
    if (names) names.push(name);
    else this.#names.set(clientOrderId, [name]);
  }

  get(clientOrderId: string): Order | undefined {
    return this.#orders.get(clientOrderId) ?? this.#archive?.find(clientOrderId);
  }

  byVenueId(instrument: InstrumentId, id: string): Order | undefined {
    return this.#named(venueName(instrument, id));
  }

  byAlgoId(instrument: InstrumentId, id: string): Order | undefined {
    return this.#named(algoName(instrument, id));
  }

  isLive(clientOrderId: string): boolean {
    return this.#live.has(clientOrderId);
  }

  live(): MapIterator<Order> {
    return this.#live.values();
  }

  get liveCount(): number {
    return this.#live.size;
  }

  get closedCount(): number {
    return this.#closed.size;
  }

  /** The names that lead to an order in memory, oldest first. */
  namesOf(clientOrderId: string): readonly string[] {
    return (this.#names.get(clientOrderId) ?? []).filter((name) => this.#byName.get(name) === clientOrderId);
  }

  /** Closed and not in the archive yet, in the order of their newest change. */
  unarchived(): readonly ClosedAt[] {
    const archived = this.#archive?.pos ?? 0;
    const found: ClosedAt[] = [];
    for (const [id, pos] of this.#closed) {
      const order = pos > archived ? this.#orders.get(id) : undefined;
      if (order) found.push({ order, pos });
    }
    return found;
  }

  /** Lets closed orders go that are over a bound and in the archive; at most `limit`. Returns how many went. */
  forget(now: UsTime, limit: number): number {
    const archived = this.#archive?.pos ?? 0;
    let gone = 0;
    for (const [id, pos] of this.#closed) {
      const order = this.#orders.get(id);
      const isOver = this.#closed.size > this.#bounds.closed || (order && now - order.updatedTs > this.#bounds.closedUs);
      if (gone >= limit || pos > archived || !isOver) break;
      this.#forget(id);
      gone += 1;
    }
    return gone;
  }

  #forget(id: string): void {
    this.#closed.delete(id);
    this.#orders.delete(id);
    for (const name of this.#names.get(id) ?? []) if (this.#byName.get(name) === id) this.#byName.delete(name);
    this.#names.delete(id);
  }

  #named(name: string): Order | undefined {
    const id = this.#byName.get(name) ?? this.#archive?.findName(name);
    return id === undefined ? undefined : this.get(id);
  }
}
