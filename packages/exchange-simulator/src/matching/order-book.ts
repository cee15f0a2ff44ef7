/** Price-time matching of one symbol in integer ticks and lots. Pure and synchronous; the book is never crossed between two calls. */
import type { Sign } from '../numbers/units.ts';
import { type BookOrder, type Level, PriceLevels } from './price-levels.ts';

/** What becomes of a pair that would trade with itself. */
export type Prevention = 'trade' | 'expire-taker' | 'expire-maker' | 'expire-both';

/** The caller's side of a match. Calls happen after the book has changed; they may take other orders out of the book. */
export interface MatchRules<O> {
  prevent(taker: O, maker: O): Prevention;
  /** `lots` changed hands at the maker's price; both `openLots` are already reduced, a filled maker is out of the book. */
  traded(taker: O, maker: O, lots: number, ticks: number): void;
  /** The maker was taken out by self-trade prevention. */
  prevented(maker: O): void;
}

/** Told of every level whose size changed; the new size is absolute, 0 = gone. */
export type LevelListener = (sign: Sign, ticks: number, lots: number) => void;

export class OrderBook<O extends BookOrder<O>> {
  readonly bids = new PriceLevels<O>(1);
  readonly asks = new PriceLevels<O>(-1);
  readonly #changed: LevelListener;

  constructor(changed: LevelListener = () => {}) {
    this.#changed = changed;
  }

  side(sign: Sign): PriceLevels<O> {
    return sign === 1 ? this.bids : this.asks;
  }

  /** Rests an order at the back of its price's queue. The caller has matched it first. */
  add(order: O): void {
    this.side(order.sign).add(order);
    this.#changed(order.sign, order.ticks, order.level?.lots ?? 0);
  }

  /** Takes a resting order out; nothing when it does not rest. */
  remove(order: O): void {
    const level = order.level;
    if (level === undefined) return;
    this.side(order.sign).remove(order);
    this.#changed(order.sign, level.ticks, level.lots);
  }

  /** Makes a resting order smaller without loss of its place. */
  shrink(order: O, openLots: number): void {
    const level = order.level;
    if (level === undefined || openLots >= order.openLots) return;
    level.lots -= order.openLots - openLots;
    order.openLots = openLots;
    this.#changed(order.sign, level.ticks, level.lots);
  }

  /** Whether an order of this side at `limitTicks` would trade at once. */
  crosses(sign: Sign, limitTicks: number): boolean {
    const best = this.side(sign === 1 ? -1 : 1).best();
    return best !== undefined && (best.ticks - limitTicks) * sign <= 0;
  }

  /**
   * Trades `taker` against the other side while prices are within `limitTicks`. What is left stays in `taker.openLots`.
   * Returns whether self-trade prevention stopped the taker.
   */
  match(taker: O, limitTicks: number, rules: MatchRules<O>): boolean {
    const makers = this.side(taker.sign === 1 ? -1 : 1);
    while (taker.openLots > 0) {
      const level = makers.best();
      if (level === undefined || (level.ticks - limitTicks) * taker.sign > 0) return false;
      const maker = level.head as O;
      const prevention = rules.prevent(taker, maker);
      if (prevention !== 'trade') {
        if (prevention !== 'expire-taker') {
          this.remove(maker);
          rules.prevented(maker);
        }
        if (prevention !== 'expire-maker') return true;
        continue;
      }
      const lots = Math.min(taker.openLots, maker.openLots);
      taker.openLots -= lots;
      this.#take(makers, level, maker, lots);
      rules.traded(taker, maker, lots, level.ticks);
    }
    return false;
  }

  #take(makers: PriceLevels<O>, level: Level<O>, maker: O, lots: number): void {
    maker.openLots -= lots;
    level.lots -= lots;
    if (maker.openLots === 0) makers.remove(maker);
    this.#changed(maker.sign, level.ticks, level.lots);
  }

  /** Lots that `taker` could trade within `limitTicks`, counted up to `enough`; pairs that may not trade are left out. */
  fillable(taker: O, limitTicks: number, enough: number, prevent: MatchRules<O>['prevent']): number {
    const makers = this.side(taker.sign === 1 ? -1 : 1);
    let lots = 0;
    for (let n = 0; lots < enough; n += 1) {
      const level = makers.nth(n);
      if (level === undefined || (level.ticks - limitTicks) * taker.sign > 0) return lots;
      for (let maker = level.head; maker !== undefined && lots < enough; maker = maker.next) {
        const prevention = prevent(taker, maker);
        if (prevention === 'trade') lots += maker.openLots;
        else if (prevention !== 'expire-maker') return lots;
      }
    }
    return lots;
  }
}
