/**
 * A position as signed lots and the exact money paid for them. Realised profit is rounded once, when part of the cost leaves, so over
 * all accounts `Σ (realised − cost)` never changes by a trade.
 */
import { averagePrice, type SymbolSpec, worthOf } from '../market/symbol-spec.ts';
import { divideRounded, type Sign, type Units } from '../numbers/units.ts';

export class Position {
  readonly spec: SymbolSpec;
  /** Positive = long. */
  lots = 0;
  /** Entry notional with the sign of `lots`. */
  cost: Units = 0n;
  /** Realised profit of this symbol over the account's life, before fees (`cr`). */
  realized: Units = 0n;
  /** Fees and realised profit since the position was last flat: what the break-even price must earn back. */
  carried: Units = 0n;
  updatedMs = 0;

  constructor(spec: SymbolSpec) {
    this.spec = spec;
  }

  /** Books a fill; returns the profit it realised. */
  fill(sign: Sign, lots: number, notional: Units, fee: Units, timeMs: number): Units {
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
    }
    const opening = lots - closing;
    if (this.lots === 0) this.carried = 0n;
    else this.carried += profit - fee;
    if (opening > 0) {
      if (this.lots === 0) this.carried = -fee;
      this.lots += sign * opening;
      this.cost += sign === 1 ? notional : -notional;
    }
    this.realized += profit;
    return profit;
  }

  /** In 10^-8; 0 when flat. */
  get entryPrice(): Units {
    return averagePrice(this.spec, this.cost, this.lots);
  }

  /** The exit price at which profit covers what was paid in fees. */
  get breakEvenPrice(): Units {
    return averagePrice(this.spec, this.cost - this.carried, this.lots);
  }

  valueAt(mark: Units): Units {
    return worthOf(this.spec, this.lots, mark);
  }

  unrealized(mark: Units): Units {
    return this.lots === 0 ? 0n : this.valueAt(mark) - this.cost;
  }
}
