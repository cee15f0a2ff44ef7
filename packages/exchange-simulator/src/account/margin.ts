/** Margin of one position: brackets, initial and maintenance margin, what its open orders need. Pure. */
import type { Bracket, SymbolSpec } from '../market/symbol-spec.ts';
import { absUnits, divideRounded, maxUnits, type Units } from '../numbers/units.ts';
import type { Holding } from './holding.ts';
import type { Position } from './position.ts';

/** All in the asset that the symbol is margined in. */
export interface PositionMargin {
  readonly holding: Holding;
  readonly position: Position;
  /** Signed value at the mark. */
  readonly notional: Units;
  readonly unrealized: Units;
  readonly positionMargin: Units;
  readonly orderMargin: Units;
  readonly maintenance: Units;
}

export function bracketOf(spec: SymbolSpec, notional: Units): Bracket {
  const rows = spec.brackets;
  for (const row of rows) if (notional <= row.cap) return row;
  return rows[rows.length - 1] as Bracket;
}

/** Largest notional allowed at a leverage. */
export function notionalCap(spec: SymbolSpec, leverage: number): Units {
  let cap = 0n;
  for (const row of spec.brackets) if (row.initialLeverage >= leverage) cap = row.cap;
  return cap;
}

export function maintenanceOf(spec: SymbolSpec, notional: Units): Units {
  const size = absUnits(notional);
  if (size === 0n) return 0n;
  const row = bracketOf(spec, size);
  return divideRounded(size * row.rate, 100_000_000n) - row.cum;
}

/** What open orders need beyond the position itself: the worse side counts. */
export function orderMarginOf(notional: Units, bids: Units, asks: Units, leverage: number): Units {
  if (bids === 0n && asks === 0n) return 0n;
  const held = absUnits(notional);
  const worst = maxUnits(absUnits(notional + bids), absUnits(notional - asks));
  return worst <= held ? 0n : divideRounded(worst - held, BigInt(leverage));
}

export function positionMarginOf(notional: Units, leverage: number): Units {
  return notional === 0n ? 0n : divideRounded(absUnits(notional), BigInt(leverage));
}

export function marginOf(holding: Holding, position: Position): PositionMargin {
  const { notional } = position;
  const { leverage } = holding;
  return {
    holding,
    position,
    notional,
    unrealized: notional - position.cost,
    positionMargin: positionMarginOf(notional, leverage),
    orderMargin: orderMarginOf(notional, position.bidNotional, position.askNotional, leverage),
    maintenance: maintenanceOf(holding.market.spec, notional),
  };
}
