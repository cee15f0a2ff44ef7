/**
 * Lets a symbol's book follow one from elsewhere, a recording or another exchange, while clients trade in it. What stands there stands here
 * as orders of the house. Queues: what joins a price joins behind everybody; what leaves it leaves from behind; recorded trades take from
 * the front. A client's order thus moves up only by trades, or when less stands there than stood in front of it. What clients take from a
 * price is back with the next news of that price: they have no lasting impact.
 */
import type { Account } from '../account/account.ts';
import type { Engine } from '../engine/engine.ts';
import type { Market } from '../market/market.ts';
import type { Sign } from '../numbers/units.ts';
import type { Order, TimeInForce } from '../order/order.ts';
import { Refusal } from '../order/refusal.ts';
import type { House } from './feed.ts';

/** The size that stands at a price now; 0 = none. */
export interface LevelChange {
  readonly sign: Sign;
  readonly ticks: number;
  readonly lots: number;
}

export class BookMirror {
  readonly #engine: Engine;
  readonly #market: Market;
  readonly #house: House<Account>;
  /** The house's orders at a price (`sign × ticks`), first in the queue first. */
  #levels = new Map<number, Order[]>();
  #orders = 0;

  constructor(engine: Engine, market: Market, house: House<Account>) {
    this.#engine = engine;
    this.#market = market;
    this.#house = house;
  }

  /** What leaves goes first, so that a book on the move does not trade with itself. */
  apply(changes: readonly LevelChange[]): void {
    for (const change of changes) this.#lessen(change);
    for (const change of changes) this.#increase(change);
    this.#engine.bookChanged(this.#market);
  }

  /** The whole book: what is not named is gone. */
  replace(levels: readonly LevelChange[]): void {
    const named = new Set(levels.map(({ sign, ticks }) => sign * ticks));
    const gone = [...this.#levels.keys()].filter((key) => !named.has(key));
    this.apply([...gone.map((key): LevelChange => ({ sign: key > 0 ? 1 : -1, ticks: Math.abs(key), lots: 0 })), ...levels]);
  }

  /**
   * A trade that took place there: whoever stands here at its price or better is in it first, then the house for the rest. Better prices of
   * the house are stale: had they been there, the trade would have been at them.
   */
  trade(takerSign: Sign, ticks: number, lots: number): void {
    for (const key of [...this.#levels.keys()]) {
      if (key * takerSign < 0 && (Math.abs(key) - ticks) * takerSign < 0)
        this.#lessen({ sign: takerSign === 1 ? -1 : 1, ticks: Math.abs(key), lots: 0 });
    }
    const makers = this.#market.book.side(takerSign === 1 ? -1 : 1);
    let there = 0;
    for (let n = 0; there < lots; n += 1) {
      const level = makers.nth(n);
      if (level === undefined || (level.ticks - ticks) * takerSign > 0) break;
      there += level.lots;
    }
    if (there < lots) this.#add(takerSign === 1 ? -1 : 1, ticks, lots - there);
    this.#place(this.#house.taker, takerSign, ticks, lots, 'IOC');
  }

  #openAt(sign: Sign, ticks: number): Order[] {
    const open = (this.#levels.get(sign * ticks) ?? []).filter((order) => order.isOpen);
    if (open.length === 0) this.#levels.delete(sign * ticks);
    else this.#levels.set(sign * ticks, open);
    return open;
  }

  #lessen({ sign, ticks, lots }: LevelChange): void {
    const open = this.#openAt(sign, ticks);
    let over = open.reduce((sum, order) => sum + order.openLots, 0) - lots;
    for (const order of open.toReversed()) {
      if (over <= 0) return;
      const less = Math.min(over, order.openLots);
      over -= less;
      if (less === order.openLots) this.#engine.cancel(order);
      else this.#shrink(order, less);
    }
  }

  /** Keeps its place in the queue. */
  #shrink(order: Order, less: number): void {
    this.#market.book.shrink(order, order.openLots - less);
    order.lots -= less;
    order.account.holding(this.#market).position(order.positionSide).exposureChanged(order, -less);
  }

  #increase({ sign, ticks, lots }: LevelChange): void {
    const missing = lots - this.#openAt(sign, ticks).reduce((sum, order) => sum + order.openLots, 0);
    if (missing > 0) this.#add(sign, ticks, missing);
  }

  #add(sign: Sign, ticks: number, lots: number): void {
    const placed = this.#place(this.#house.maker, sign, ticks, lots, 'GTC');
    if (placed?.isOpen !== true) return;
    const standing = this.#levels.get(sign * ticks);
    if (standing === undefined) this.#levels.set(sign * ticks, [placed]);
    else standing.push(placed);
  }

  /** Where the house would meet itself, the standing order was stale. */
  #place(account: Account, sign: Sign, ticks: number, lots: number, tif: TimeInForce): Order | undefined {
    this.#orders += 1;
    const placed = this.#engine.place({
      ...{ account, market: this.#market, sign, type: 'LIMIT', tif, lots, ticks, reduceOnly: false },
      ...{
        clientId: `${account.name}-${this.#market.spec.symbol}-${this.#orders}`,
        stp: 'EXPIRE_MAKER',
        priceMatch: 'NONE',
        goodTillMs: 0,
      },
    });
    return placed instanceof Refusal ? undefined : placed;
  }

  /** What a dump of the venue keeps of the private fields (`state/`). */
  hiddenState() {
    return { levels: this.#levels, orders: this.#orders };
  }

  restoreHidden({ levels, orders }: ReturnType<BookMirror['hiddenState']>): void {
    this.#levels = levels;
    this.#orders = orders;
  }
}
