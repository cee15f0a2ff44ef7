/** What a strategy trades through: the state of its world, and orders. */
import type { Decimal, Instrument, InstrumentId, Order, OrderType, Reason, TimeInForce, Trigger, UsTime } from '@fillwright/domain';
import type { LogFields } from '@fillwright/runtime';
import type { Mark, PositionState, Ticker } from './strategy.ts';

/** A plain decimal text such as `'0.002'`, or a Decimal. */
export type Amount = string | Decimal;

export interface OrderOptions {
  /** Present: a limit order, else a market order (unless `type` says more). */
  readonly price?: Amount;
  /** Limit orders: GTC unless said; `GTX` = post only. */
  readonly timeInForce?: TimeInForce;
  readonly reduceOnly?: boolean;
  readonly goodTillTs?: UsTime;
  /** Conditional orders. */
  readonly type?: OrderType;
  readonly trigger?: Trigger;
  /** Time from now after which the engine must not send it any more; default ORDER_DEADLINE_MS. */
  readonly deadlineMs?: number;
}

/** `ok` = journaled and on its way; its fate comes as `onOrder`. Not ok = nothing was sent and nothing will be. */
export type Placed = { readonly ok: true; readonly order: Order } | { readonly ok: false; readonly reason: Reason };
export type Asked = { readonly ok: true } | { readonly ok: false; readonly reason: Reason };

export interface Desk {
  readonly now: UsTime;
  /** PARAM_* keys of the [STRATEGY] section, without the prefix, in lower case. */
  readonly params: Readonly<Record<string, string>>;
  /** Instruments of this trader, in the order of the INI. */
  readonly instruments: readonly InstrumentId[];
  instrument(id: InstrumentId): Instrument | undefined;
  ticker(id: InstrumentId): Ticker | undefined;
  mark(id: InstrumentId): Mark | undefined;
  position(id: InstrumentId): PositionState | undefined;
  /** Our own orders that are not closed, oldest first. */
  orders(id?: InstrumentId): readonly Order[];
  /** May orders be opened now? False while syncing, paused, or without a healthy engine; cancels are always possible. */
  readonly canOpen: boolean;

  buy(instrument: InstrumentId, qty: Amount, options?: OrderOptions): Placed;
  sell(instrument: InstrumentId, qty: Amount, options?: OrderOptions): Placed;
  cancel(order: Order): Asked;
  /** Price and total quantity as they shall be; what is left out stays. Limit orders only. */
  modify(order: Order, change: { readonly price?: Amount; readonly qty?: Amount }): Asked;
  cancelAll(instrument?: InstrumentId): Asked;
  log(event: string, fields?: LogFields): void;
}
