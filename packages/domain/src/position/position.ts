/** A net position in a linear contract as the fold over its fills: average entry, realised profit, fees. Immutable. */
import { type Decimal, decimalText, minOf, quotient, ZERO } from '../decimal.ts';
import type { Fill } from '../fill/fill.ts';
import type { InstrumentId } from '../ids.ts';
import { sideSign } from '../order/terms.ts';

export interface Position {
  readonly instrument: InstrumentId;
  /** Signed: positive = long. */
  readonly qty: Decimal;
  /** Cost of what is open: |qty| × average entry, kept instead of the average so that nothing is rounded twice. */
  readonly openCost: Decimal;
  /** Before fees, settle asset. */
  readonly realisedPnl: Decimal;
  /** Asset → Σ fees paid, in order of first appearance. */
  readonly fees: ReadonlyMap<string, Decimal>;
}

/** Digits of an average price on the wire. */
const ENTRY_PLACES = 12;

export function flatPosition(instrument: InstrumentId): Position {
  return { instrument, qty: ZERO, openCost: ZERO, realisedPnl: ZERO, fees: new Map() };
}

/** Average entry price; zero when flat. */
export function entryPrice(position: Position): Decimal {
  return position.qty.isZero() ? ZERO : quotient(position.openCost, position.qty.abs(), ENTRY_PLACES);
}

/** qty × (mark − entry), without rounding the entry. */
export function unrealisedPnl(position: Position, mark: Decimal): Decimal {
  const value = position.qty.abs().times(mark);
  return position.qty.isNegative() ? position.openCost.minus(value) : value.minus(position.openCost);
}

/**
 * Increase: entry is the weighted mean. Reduce: entry stays, profit is realised. Crossing zero = close, then open the rest.
 * (Binance USDⓈ-M, one-way mode; the same arithmetic as its help pages.)
 */
export function applyFill(position: Position, fill: Fill): Position {
  const sign = sideSign(fill.side);
  const fees = new Map(position.fees);
  if (!fill.fee.isZero()) fees.set(fill.feeAsset, (fees.get(fill.feeAsset) ?? ZERO).plus(fill.fee));
  const held = position.qty.abs();
  const reduces = !position.qty.isZero() && position.qty.isPositive() !== sign > 0;
  if (!reduces) {
    return {
      ...position,
      qty: position.qty.plus(fill.qty.times(sign)),
      openCost: position.openCost.plus(fill.qty.times(fill.price)),
      fees,
    };
  }
  const closed = minOf(held, fill.qty);
  const closedCost = closed.eq(held) ? position.openCost : position.openCost.times(closed).div(held);
  const proceeds = closed.times(fill.price);
  // A sell that reduces a long earns proceeds − cost; a buy that reduces a short earns cost − proceeds.
  const profit = sign < 0 ? proceeds.minus(closedCost) : closedCost.minus(proceeds);
  const opened = fill.qty.minus(closed);
  return {
    ...position,
    qty: position.qty.plus(fill.qty.times(sign)),
    openCost: position.openCost.minus(closedCost).plus(opened.times(fill.price)),
    realisedPnl: position.realisedPnl.plus(profit),
    fees,
  };
}

/** For digests and comparisons: the same position always gives the same text. */
export function positionText(position: Position): string {
  return `${position.instrument} ${decimalText(position.qty)} @ ${decimalText(entryPrice(position))}`;
}
