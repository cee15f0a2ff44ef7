/** What the engine tells the outside, synchronously and in engine order. Listeners must not call back into the engine. */
import type { Account } from '../account/account.ts';
import type { PositionMargin } from '../account/margin.ts';
import type { Position } from '../account/position.ts';
import type { AlgoOrder } from '../algo/algo-order.ts';
import type { Market } from '../market/market.ts';
import type { AggregateTrade, PublicTrade } from '../market/trade-tape.ts';
import type { Units } from '../numbers/units.ts';
import type { Order } from '../order/order.ts';

export type ExecutionType = 'NEW' | 'TRADE' | 'CANCELED' | 'EXPIRED' | 'AMENDMENT' | 'CALCULATED';

/** The order's half of one trade. */
export interface Execution {
  readonly tradeId: number;
  readonly ticks: number;
  readonly lots: number;
  readonly fee: Units;
  readonly feeAsset: string;
  readonly profit: Units;
  readonly maker: boolean;
}

export type AccountChangeReason =
  | 'ORDER'
  | 'FUNDING_FEE'
  | 'DEPOSIT'
  | 'WITHDRAW'
  | 'INSURANCE_CLEAR'
  | 'MARGIN_TRANSFER'
  | 'MARGIN_TYPE_CHANGE'
  | 'AUTO_EXCHANGE'
  | 'COIN_SWAP_DEPOSIT'
  | 'COIN_SWAP_WITHDRAW';

/** By asset, leaving out profit and fees; an asset that is told without a change has 0. */
export type BalanceChanges = ReadonlyMap<string, Units>;

export interface VenueListener {
  /** After the order's state has changed. */
  orderChanged?(order: Order, type: ExecutionType, timeMs: number, execution?: Execution): void;
  /** After wallet or position changed; `position` is absent when none is concerned. */
  accountChanged?(account: Account, reason: AccountChangeReason, timeMs: number, position?: Position, changes?: BalanceChanges): void;
  /** A trade was booked on both halves. */
  traded?(market: Market, trade: PublicTrade, taker: Order, maker: Order): void;
  aggregated?(market: Market, aggregates: readonly AggregateTrade[], timeMs: number): void;
  /** A command on this market is complete: the book is settled. */
  settled?(market: Market, timeMs: number): void;
  markChanged?(market: Market, timeMs: number): void;
  algoChanged?(algo: AlgoOrder, timeMs: number): void;
  leverageChanged?(account: Account, market: Market, leverage: number, timeMs: number): void;
  assetsModeChanged?(account: Account, timeMs: number): void;
  marketStatusChanged?(market: Market, timeMs: number): void;
  /** A position was closed by force. */
  liquidated?(order: Order, timeMs: number): void;
  /** `rows` are what the call is about: the cross positions together, or one isolated one. */
  marginCalled?(account: Account, timeMs: number, rows: readonly PositionMargin[]): void;
}

/** Whether a user frame about a trade goes before or after ACCOUNT_UPDATE: the real exchange promises neither. */
export type AccountUpdateOrder = 'before' | 'after' | 'seeded';
