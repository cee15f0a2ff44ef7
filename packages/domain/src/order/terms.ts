/** What an order asks for, in the words traders use. */
import type { Decimal } from '../decimal.ts';
import type { InstrumentId } from '../ids.ts';
import type { UsTime } from '../time.ts';

export const SIDES = ['buy', 'sell'] as const;
export type Side = (typeof SIDES)[number];

export const ORDER_TYPES = ['limit', 'market', 'stop', 'stop-market', 'take-profit', 'take-profit-market', 'trailing-stop-market'] as const;
export type OrderType = (typeof ORDER_TYPES)[number];

/** GTX = post only. GTD needs `goodTillTs`. */
export const TIMES_IN_FORCE = ['GTC', 'IOC', 'FOK', 'GTX', 'GTD'] as const;
export type TimeInForce = (typeof TIMES_IN_FORCE)[number];

export const WORKING_PRICES = ['mark', 'last'] as const;
export type WorkingPrice = (typeof WORKING_PRICES)[number];

/** Trigger of a conditional order. On USDⓈ-M futures such an order lives in the Algo service until it fires. */
export interface Trigger {
  /** Absent for a trailing stop. */
  readonly price?: Decimal;
  readonly working: WorkingPrice;
  /** Trailing stop only: distance in percent, and where the trailing starts. */
  readonly callbackPercent?: Decimal;
  readonly activationPrice?: Decimal;
}

export interface OrderTerms {
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  /** Base units (contracts for linear futures); positive. Zero only with `closePosition`. */
  readonly qty: Decimal;
  /** Absent for market types. */
  readonly price?: Decimal;
  /** Only on conditional types. */
  readonly trigger?: Trigger;
  readonly reduceOnly: boolean;
  /** Conditional market types only: closes whatever is open when it fires. */
  readonly closePosition: boolean;
  /** GTD only. */
  readonly goodTillTs?: UsTime;
}

/** A conditional order waits at the venue for its trigger. */
export function isConditional(type: OrderType): boolean {
  return type !== 'limit' && type !== 'market';
}

/** Whether the order carries a limit price when it executes. */
export function hasLimitPrice(type: OrderType): boolean {
  return type === 'limit' || type === 'stop' || type === 'take-profit';
}

export function oppositeSide(side: Side): Side {
  return side === 'buy' ? 'sell' : 'buy';
}

/** +1 for a buy, −1 for a sell. */
export function sideSign(side: Side): 1 | -1 {
  return side === 'buy' ? 1 : -1;
}
