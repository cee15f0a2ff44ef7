/**
 * A position as signed lots and the exact money paid for them, with the open orders that would enlarge it. Realised profit is rounded
 * once, when part of the cost leaves, so over all accounts `Σ (realised − cost)` never changes by a trade.
 */
import type { Market } from '../market/market.ts';
import { averagePrice, notionalOf, type SymbolSpec, worthOf } from '../market/symbol-spec.ts';
import { divideRounded, type Sign, type Units } from '../numbers/units.ts';
import type { Order } from '../order/order.ts';

/** `BOTH` in one-way mode; in hedge mode there is one of each of the others, which never changes its sign. */
export type PositionSide = 'BOTH' | 'LONG' | 'SHORT';

export class Position {
  readonly market: Market;
  readonly side: PositionSide;
  /** Positive = long. */
  lots = 0;
  /** Entry notional with the sign of `lots`. */
  cost: Units = 0n;
  /** Realised profit over the account's life, before fees (`cr`). */
  realized: Units = 0n;
  /** Fees and realised profit since the position was last flat: what the break-even price must earn back. */
  carried: Units = 0n;
  /** Money of its own while its margin is isolated; part of the account's wallet. */
  isolatedWallet: Units = 0n;
  /** Notionals of open orders that may enlarge it, at their limit prices. */
  bidNotional: Units = 0n;
  askNotional: Units = 0n;
  /** Open orders on it, reducing ones too. */
  openOrders = 0;
  updatedMs = 0;

  constructor(market: Market, side: PositionSide) {
    this.market = market;
    this.side = side;
  }

  get spec(): SymbolSpec {
    return this.market.spec;
  }

  /** Whether there is anything to say about it in an account snapshot. */
  get active(): boolean {
    return this.lots !== 0 || this.openOrders > 0;
  }

  /** Adds (or with negative lots takes away) open exposure at the order's limit price. */
  exposureChanged(order: Order, lots: number): void {
    if (order.reduceOnly || order.type !== 'LIMIT') return;
    const notional = notionalOf(this.spec, order.ticks, lots);
    if (order.sign === 1) this.bidNotional += notional;
    else this.askNotional += notional;
  }

  /**
   * Books a fill; returns the profit it realised. With a leverage its margin is isolated: what opens brings its initial margin in, what
   * closes takes its share of the position's money out, profit included.
   */
  fill(sign: Sign, lots: number, notional: Units, fee: Units, timeMs: number, isolatedAt?: number): Units {
    this.updatedMs = timeMs;
    const held = Math.abs(this.lots);
    const opposite = this.lots * sign < 0;
    const closing = opposite ? Math.min(held, lots) : 0;
    let profit = 0n;
    if (closing > 0) {
      const costOut = closing === held ? this.cost : divideRounded(this.cost * BigInt(closing), BigInt(held));
      const closedNotional = closing === lots ? notional : (notional / BigInt(lots)) * BigInt(closing);
      profit = (sign === 1 ? -closedNotional : closedNotional) - costOut;
      this.cost -= costOut;
      this.lots += sign * closing;
      notional -= closedNotional;
      if (isolatedAt !== undefined) this.#release(profit, closing, held);
    }
    const opening = lots - closing;
    if (this.lots === 0) this.carried = 0n;
    else this.carried += profit - fee;
    if (opening > 0) {
      // Of a fill that crosses zero only the part that opens costs the new position.
      if (this.lots === 0) this.carried = -divideRounded(fee * BigInt(opening), BigInt(lots));
      this.lots += sign * opening;
      this.cost += sign === 1 ? notional : -notional;
      if (isolatedAt !== undefined) this.isolatedWallet += divideRounded(notional, BigInt(isolatedAt));
    }
    this.realized += profit;
    return profit;
  }

  #release(profit: Units, closing: number, held: number): void {
    const money = this.isolatedWallet + profit;
    this.isolatedWallet = closing === held ? 0n : money - divideRounded(money * BigInt(closing), BigInt(held));
  }

  /** In 10^-8; 0 when flat. */
  get entryPrice(): Units {
    return averagePrice(this.spec, this.cost, this.lots);
  }

  /** The exit price at which profit covers what was paid in fees. */
  get breakEvenPrice(): Units {
    return averagePrice(this.spec, this.cost - this.carried, this.lots);
  }

  /** Signed, at the mark. */
  get notional(): Units {
    return this.lots === 0 ? 0n : worthOf(this.spec, this.lots, this.market.mark);
  }

  get unrealized(): Units {
    return this.lots === 0 ? 0n : this.notional - this.cost;
  }
}
