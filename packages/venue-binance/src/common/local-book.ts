/**
 * One order book kept from a snapshot and the diff events after it. It is either in sync or says that it is not: an event that does
 * not continue the one before drops the book. Pure; who fetches snapshots and when is not its business.
 */
import type { UsTime } from '@fillwright/domain';
import { BookSide, type Level } from './book-side.ts';

/** `U`, `u` and `pu` of the venue: first and last update in this event, last update of the event before. */
export interface DepthDiff {
  readonly firstId: number;
  readonly lastId: number;
  readonly previousLastId: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  readonly venueTs: UsTime;
}

export interface DepthSnapshot {
  readonly lastUpdateId: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  readonly venueTs: UsTime;
}

/**
 * `applied`: in sync, the book changed. `stale`: known already, dropped. `held`: kept for the snapshot that is still to come.
 * `gap`: continuity is lost, the book is empty again and holds events for a new snapshot.
 */
export type DiffResult = 'applied' | 'stale' | 'held' | 'gap';

/** One second at 100 ms is ten events; a snapshot takes less than this or is not worth waiting for. */
const MAX_HELD = 1_000;

export class LocalBook {
  readonly bids = new BookSide('best-is-highest');
  readonly asks = new BookSide('best-is-lowest');
  #held: DepthDiff[] = [];
  #lastUpdateId: number | undefined;
  /** Until the first event after a snapshot, continuity follows another rule. */
  #isFresh = false;
  #venueTs: UsTime | undefined;

  get inSync(): boolean {
    return this.#lastUpdateId !== undefined;
  }

  /** Of the newest change; `undefined` while not in sync. */
  get state(): { readonly updateId: number; readonly venueTs: UsTime } | undefined {
    if (this.#lastUpdateId === undefined || this.#venueTs === undefined) return undefined;
    return { updateId: this.#lastUpdateId, venueTs: this.#venueTs };
  }

  /** Empties the book; events are held until the next snapshot. */
  reset(): void {
    this.#held = [];
    this.#lastUpdateId = undefined;
    this.bids.clear();
    this.asks.clear();
  }

  onDiff(diff: DepthDiff): DiffResult {
    if (this.#lastUpdateId === undefined) {
      this.#hold(diff);
      return 'held';
    }
    if (diff.lastId < this.#lastUpdateId || (diff.lastId === this.#lastUpdateId && !this.#isFresh)) return 'stale';
    if (!this.#continues(diff, this.#lastUpdateId)) {
      this.reset();
      this.#hold(diff);
      return 'gap';
    }
    this.#apply(diff);
    return 'applied';
  }

  /** `false`: the snapshot is older than the events held, or they do not continue it; ask for a newer one. */
  onSnapshot(snapshot: DepthSnapshot): boolean {
    const held = this.#held.filter((diff) => diff.lastId >= snapshot.lastUpdateId);
    const first = held[0];
    if (first !== undefined && !joins(first, snapshot.lastUpdateId)) {
      // Newer than the snapshot: still good for the next one. Events held that do not chain among themselves show up below.
      this.reset();
      this.#held = held;
      return false;
    }
    this.reset();
    this.bids.fill(snapshot.bids);
    this.asks.fill(snapshot.asks);
    this.#lastUpdateId = snapshot.lastUpdateId;
    this.#venueTs = snapshot.venueTs;
    this.#isFresh = true;
    // After a gap among them the rest is held for the next snapshot.
    for (const diff of held) this.onDiff(diff);
    return this.inSync;
  }

  #continues(diff: DepthDiff, lastUpdateId: number): boolean {
    return this.#isFresh ? joins(diff, lastUpdateId) : diff.previousLastId === lastUpdateId;
  }

  #apply(diff: DepthDiff): void {
    for (const level of diff.bids) this.bids.set(level);
    for (const level of diff.asks) this.asks.set(level);
    this.#lastUpdateId = diff.lastId;
    this.#venueTs = diff.venueTs;
    this.#isFresh = false;
  }

  /** At the bound the oldest go: a snapshot taken later does not need them. */
  #hold(diff: DepthDiff): void {
    this.#held.push(diff);
    if (this.#held.length > MAX_HELD) this.#held.shift();
  }
}

/**
 * The venue's rule for the first event after a snapshot is `U ≤ lastUpdateId ≤ u`. In a quiet market that event may have passed before
 * we listened; then the next one names the snapshot as its predecessor, which proves the same.
 */
function joins(diff: DepthDiff, lastUpdateId: number): boolean {
  return (diff.firstId <= lastUpdateId && lastUpdateId <= diff.lastId) || diff.previousLastId === lastUpdateId;
}
