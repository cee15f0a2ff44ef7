/** A conditional order: it lives apart from the book, holds no margin, and becomes an ordinary order when its trigger fires. */
import type { Account } from '../account/account.ts';
import type { PositionSide } from '../account/position.ts';
import type { Market } from '../market/market.ts';
import type { Sign, Units } from '../numbers/units.ts';
import type { Order, StpMode, WorkingType } from '../order/order.ts';

export type AlgoType = 'STOP' | 'STOP_MARKET' | 'TAKE_PROFIT' | 'TAKE_PROFIT_MARKET' | 'TRAILING_STOP_MARKET';
export type AlgoStatus = 'NEW' | 'TRIGGERING' | 'TRIGGERED' | 'FINISHED' | 'CANCELED' | 'REJECTED' | 'EXPIRED';

export interface AlgoRequest {
  readonly account: Account;
  readonly market: Market;
  readonly sign: Sign;
  readonly type: AlgoType;
  readonly tif: 'GTC' | 'IOC' | 'FOK' | 'GTX' | 'GTD' | 'GTE_GTC';
  readonly lots: number;
  readonly ticks: number;
  /** 0 for a trailing stop. */
  readonly triggerTicks: number;
  readonly workingType: WorkingType;
  readonly priceMatch: string;
  readonly closePosition: boolean;
  readonly priceProtect: boolean;
  readonly reduceOnly: boolean;
  /** Absent = BOTH. */
  readonly positionSide?: PositionSide;
  readonly stp: StpMode;
  readonly goodTillMs: number;
  readonly clientId: string;
  /** Trailing only: price in 10^-8 at which it starts to follow, 0 = at once. */
  readonly activation: Units;
  /** Trailing only: share in 10^-8. */
  readonly callback: Units;
}

export class AlgoOrder {
  readonly id: number;
  readonly request: AlgoRequest;
  readonly createdMs: number;
  status: AlgoStatus = 'NEW';
  updatedMs: number;
  triggeredMs = 0;
  /** The ordinary order it became. */
  child: Order | undefined = undefined;
  rejectReason = '';
  /** Trailing: whether it follows, and the best price since. */
  active: boolean;
  extreme: Units = 0n;

  constructor(id: number, request: AlgoRequest, timeMs: number) {
    this.id = id;
    this.request = request;
    this.createdMs = timeMs;
    this.updatedMs = timeMs;
    this.active = request.type !== 'TRAILING_STOP_MARKET' || request.activation === 0n;
  }

  get positionSide(): PositionSide {
    return this.request.positionSide ?? 'BOTH';
  }

  get isTrailing(): boolean {
    return this.request.type === 'TRAILING_STOP_MARKET';
  }

  get becomes(): 'LIMIT' | 'MARKET' {
    return this.request.type === 'STOP' || this.request.type === 'TAKE_PROFIT' ? 'LIMIT' : 'MARKET';
  }

  /** Whether it fires when the price rises to the trigger (else when it falls to it). */
  get firesUpwards(): boolean {
    const takesProfit = this.request.type === 'TAKE_PROFIT' || this.request.type === 'TAKE_PROFIT_MARKET';
    return takesProfit === (this.request.sign === -1);
  }

  get isLive(): boolean {
    return this.status === 'NEW';
  }
}
