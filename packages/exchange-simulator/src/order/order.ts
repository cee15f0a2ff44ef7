/** An order as the venue keeps it. It is also what rests in the book, so the links of the price queue live here. */
import type { Account } from '../account/account.ts';
import type { PositionSide } from '../account/position.ts';
import type { Market } from '../market/market.ts';
import type { Level } from '../matching/price-levels.ts';
import type { Sign, Units } from '../numbers/units.ts';

export type OrderType = 'LIMIT' | 'MARKET' | 'LIQUIDATION';
export type TimeInForce = 'GTC' | 'IOC' | 'FOK' | 'GTX' | 'GTD' | 'RPI';
export type OrderStatus = 'NEW' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'EXPIRED' | 'EXPIRED_IN_MATCH';
export type StpMode = 'NONE' | 'EXPIRE_TAKER' | 'EXPIRE_MAKER' | 'EXPIRE_BOTH';
export type WorkingType = 'CONTRACT_PRICE' | 'MARK_PRICE';

/** Why an order expired (`er` of ORDER_TRADE_UPDATE). */
export const EXPIRY = {
  none: 0,
  selfTrade: 1,
  iocRemainder: 2,
  iocSelfTrade: 3,
  reduceOnlyCrowdedOut: 4,
  liquidation: 5,
  gteUnmet: 6,
  delisting: 7,
  childAfterTrigger: 8,
  marketRemainder: 9,
} as const;
export type ExpiryReason = (typeof EXPIRY)[keyof typeof EXPIRY];

/** What a placement asks for, already on the symbol's grid. */
export interface OrderRequest {
  readonly account: Account;
  readonly market: Market;
  readonly sign: Sign;
  readonly type: OrderType;
  readonly tif: TimeInForce;
  readonly lots: number;
  /** 0 for MARKET. */
  readonly ticks: number;
  /** In hedge mode every order that closes, sent or not. */
  readonly reduceOnly: boolean;
  /** Absent = BOTH. */
  readonly positionSide?: PositionSide;
  readonly clientId: string;
  readonly stp: StpMode;
  readonly priceMatch: string;
  readonly goodTillMs: number;
  /** Of the conditional order whose child this is. */
  readonly origin?: OrderOrigin;
}

export interface OrderOrigin {
  readonly type: string;
  readonly stopTicks: number;
  readonly workingType: WorkingType;
  readonly priceProtect: boolean;
  readonly closePosition: boolean;
  /** Of a trailing stop: where it began to follow, and how far behind, in 10^-8. */
  readonly trailing?: { readonly activation: Units; readonly callback: Units };
}

const PLAIN_ORIGIN: OrderOrigin = { type: '', stopTicks: 0, workingType: 'CONTRACT_PRICE', priceProtect: false, closePosition: false };

export interface Amendment {
  readonly id: number;
  readonly timeMs: number;
  readonly ticksBefore: number;
  readonly ticksAfter: number;
  readonly lotsBefore: number;
  readonly lotsAfter: number;
  /** As the client named the change; empty without. */
  readonly modifyId: string;
}

export class Order {
  readonly id: bigint;
  readonly clientId: string;
  readonly account: Account;
  readonly market: Market;
  readonly sign: Sign;
  readonly type: OrderType;
  readonly tif: TimeInForce;
  readonly reduceOnly: boolean;
  readonly positionSide: PositionSide;
  readonly priceMatch: string;
  readonly goodTillMs: number;
  readonly origType: string;
  readonly origin: OrderOrigin;
  readonly createdMs: number;
  stp: StpMode;
  status: OrderStatus = 'NEW';
  expiry: ExpiryReason = EXPIRY.none;
  ticks: number;
  lots: number;
  /** Still to be filled; 0 once the order is closed. */
  openLots: number;
  filledLots = 0;
  filledNotional: Units = 0n;
  updatedMs: number;
  amendments: Amendment[] = [];
  /** Older ones, forgotten since. */
  amendmentsForgotten = 0;
  modifyId = '';
  /** Resting place. */
  level: Level<Order> | undefined = undefined;
  previous: Order | undefined = undefined;
  next: Order | undefined = undefined;

  constructor(id: bigint, request: OrderRequest, timeMs: number) {
    this.id = id;
    this.clientId = request.clientId;
    this.account = request.account;
    this.market = request.market;
    this.sign = request.sign;
    this.type = request.type;
    this.tif = request.tif;
    this.reduceOnly = request.reduceOnly;
    this.positionSide = request.positionSide ?? 'BOTH';
    this.priceMatch = request.priceMatch;
    this.goodTillMs = request.goodTillMs;
    this.origin = request.origin ?? PLAIN_ORIGIN;
    this.origType = request.origin?.type ?? request.type;
    this.createdMs = timeMs;
    this.updatedMs = timeMs;
    this.stp = request.stp;
    this.ticks = request.ticks;
    this.lots = request.lots;
    this.openLots = request.lots;
  }

  get isOpen(): boolean {
    return this.status === 'NEW' || this.status === 'PARTIALLY_FILLED';
  }

  get side(): 'BUY' | 'SELL' {
    return this.sign === 1 ? 'BUY' : 'SELL';
  }
}
