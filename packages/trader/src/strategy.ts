/** What a strategy is: a class with the events it cares about. It never blocks, never throws for market reasons, and trades through its desk. */
import type { Decimal, Fill, InstrumentId, Order, UsTime } from '@fillwright/domain';
import type { Desk } from './desk.ts';

/** Best bid and ask; an empty side is undefined. */
export interface Ticker {
  readonly instrument: InstrumentId;
  readonly bid: Decimal | undefined;
  readonly bidQty: Decimal;
  readonly ask: Decimal | undefined;
  readonly askQty: Decimal;
  readonly venueTs: UsTime;
}

export interface PublicTrade {
  readonly instrument: InstrumentId;
  readonly price: Decimal;
  readonly qty: Decimal;
  readonly aggressor: 'buy' | 'sell';
  readonly venueTs: UsTime;
}

export interface Mark {
  readonly instrument: InstrumentId;
  readonly mark: Decimal;
  readonly index: Decimal;
  readonly fundingRate: Decimal;
  readonly venueTs: UsTime;
}

/** The account's net position in one instrument, from the ledger of the position-server. */
export interface PositionState {
  readonly instrument: InstrumentId;
  readonly qty: Decimal;
  readonly entryPrice: Decimal;
  readonly realisedPnl: Decimal;
  readonly unrealisedPnl: Decimal | undefined;
}

/**
 * Extend it, override what you need. `this.desk` is there from `onStart` on.
 * An exception in a handler stops this trader: its orders are cancelled, the process ends with an error.
 *
 * @example
 * export class BuyOnce extends Strategy {
 *   override onBook({ instrument, bid }: Ticker) {
 *     if (bid && this.desk.orders(instrument).length === 0) this.desk.buy(instrument, '0.002', { price: bid });
 *   }
 * }
 */
export abstract class Strategy {
  /** Set by the trader before `onStart`. */
  desk!: Desk;

  /** All feeds are in sync for the first time; orders of an earlier run are known. */
  onStart(): void {}
  /** Best bid or ask changed. */
  onBook(_ticker: Ticker): void {}
  onTrade(_trade: PublicTrade): void {}
  onMark(_mark: Mark): void {}
  /** One of our orders changed, with the order after it. */
  onOrder(_order: Order): void {}
  onFill(_fill: Fill, _order: Order | undefined): void {}
  onPosition(_position: PositionState): void {}
  /** Every `PARAM_TIMER_MS` (default 1 000). */
  onTimer(_now: UsTime): void {}
  /** Before the trader stops; its open orders are cancelled right after. */
  onStop(): void {}
}
