/**
 * Positions of one account from its fills, whatever the order or number of their arrivals: a fill is booked once, and fills that
 * arrive late are folded in at their place in the venue's time.
 */
import type { Decimal } from '../decimal.ts';
import type { Fill } from '../fill/fill.ts';
import type { InstrumentId } from '../ids.ts';
import { applyFill, flatPosition, type Position } from './position.ts';
import { TradeKeys, type TradeKeysState } from './trade-keys.ts';

/** Fills kept for re-folding, per instrument. An older fill than all of these is applied last: quantity and cash are still exact. */
const WINDOW = 250;
/** Trades surely remembered per instrument. */
const KEYS = 50_000;

/** All that is known of one instrument; a book restored from it goes on exactly like the one it was taken from. */
export interface PositionState {
  /** Fold of everything older than `recent`. */
  readonly base: Position;
  /** Newest fills, sorted as the venue made them: one that arrives late is folded in at its place among them. */
  readonly recent: readonly Fill[];
  readonly keys: TradeKeysState;
}

interface Track {
  /** Fold of everything older than `recent`. */
  base: Position;
  /** Sorted by venue time, then trade id, then side. */
  readonly recent: Fill[];
  readonly keys: TradeKeys;
  current: Position;
}

export class PositionBook {
  readonly #tracks = new Map<InstrumentId, Track>();

  /** False when this trade was booked before: nothing changes then. */
  book(fill: Fill): boolean {
    const track = this.#track(fill.instrument);
    if (track.keys.has(fill)) return false;
    track.keys.add(fill);
    if (fill.beforeLedger) return true;
    const last = track.recent.at(-1);
    if (last === undefined || compareFills(last, fill) < 0) {
      track.recent.push(fill);
      track.current = applyFill(track.current, fill);
    } else {
      insert(track.recent, fill);
      track.current = track.recent.reduce(applyFill, track.base);
    }
    if (track.recent.length > WINDOW * 2) {
      for (const old of track.recent.splice(0, WINDOW)) track.base = applyFill(track.base, old);
    }
    return true;
  }

  has(fill: Pick<Fill, 'instrument' | 'tradeId' | 'side'>): boolean {
    return this.#tracks.get(fill.instrument)?.keys.has(fill) ?? false;
  }

  get(instrument: InstrumentId): Position {
    return this.#tracks.get(instrument)?.current ?? flatPosition(instrument);
  }

  qty(instrument: InstrumentId): Decimal {
    return this.get(instrument).qty;
  }

  /** All instruments ever booked, by id. */
  all(): readonly Position[] {
    return [...this.#tracks.keys()].sort().map((instrument) => this.get(instrument));
  }

  /** Undefined for an instrument that was never booked. */
  state(instrument: InstrumentId): PositionState | undefined {
    const track = this.#tracks.get(instrument);
    return track && { base: track.base, recent: [...track.recent], keys: track.keys.state() };
  }

  /** Replaces what is known of the instrument. */
  restore({ base, recent, keys }: PositionState): void {
    const current = recent.reduce(applyFill, base);
    const track: Track = { base, recent: [...recent], keys: new TradeKeys(KEYS), current };
    track.keys.restore(keys);
    this.#tracks.set(base.instrument, track);
  }

  #track(instrument: InstrumentId): Track {
    let track = this.#tracks.get(instrument);
    if (!track) {
      const flat = flatPosition(instrument);
      track = { base: flat, recent: [], keys: new TradeKeys(KEYS), current: flat };
      this.#tracks.set(instrument, track);
    }
    return track;
  }
}

function insert(fills: Fill[], fill: Fill): void {
  let at = fills.length;
  while (at > 0 && compareFills(fills[at - 1] as Fill, fill) > 0) at--;
  fills.splice(at, 0, fill);
}

/** Venue time, then trade id as a number, then side: the order in which the venue made them. */
export function compareFills(a: Fill, b: Fill): number {
  return a.venueTs - b.venueTs || compareTradeIds(a.tradeId, b.tradeId) || (a.side < b.side ? -1 : a.side > b.side ? 1 : 0);
}

function compareTradeIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
