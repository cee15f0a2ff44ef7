/** One third-party client behind one face, so that the same checks run on all: what it sends and how it parses stays its own. */
import type { Break } from '../breaks/break.ts';
import type { ClientDesk } from './client-desk.ts';
import type { DeskVenue } from './desk-venue.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers of five clients in five shapes, asserted by the tests
export type Loose = any;
export type Side = 'BUY' | 'SELL';

export interface OrderSpec {
  /** Default: the quiet symbol. */
  readonly symbol?: string;
  readonly side: Side;
  /** Default LIMIT with a price, else MARKET. */
  readonly type?: string;
  readonly quantity: string;
  readonly price?: string;
  /** Default GTC for limit orders. */
  readonly timeInForce?: string;
  readonly clientId?: string;
  readonly reduceOnly?: boolean;
  /** Further parameters by their names at the venue. */
  readonly extra?: Readonly<Record<string, string>>;
}

export interface OrderRef {
  readonly symbol?: string;
  readonly orderId: string;
}

export interface OrderView {
  readonly orderId: string;
  readonly clientId: string;
  readonly status: string;
  readonly price: string;
  readonly quantity: string;
  readonly filled: string;
}

export interface TradeView {
  readonly orderId: string;
  readonly price: string;
  readonly quantity: string;
  readonly fee: string;
  readonly profit: string;
  readonly maker: boolean;
}

export interface PositionView {
  readonly amount: string;
  readonly entryPrice: string;
  readonly unrealized: string;
}

export interface BalanceView {
  readonly wallet: string;
  readonly available: string;
}

export interface StopSpec {
  readonly type: 'STOP' | 'STOP_MARKET' | 'TAKE_PROFIT' | 'TAKE_PROFIT_MARKET' | 'TRAILING_STOP_MARKET';
  readonly side: Side;
  readonly trigger?: string;
  readonly quantity?: string;
  readonly price?: string;
  readonly callbackRate?: string;
  readonly reduceOnly?: boolean;
  readonly closePosition?: boolean;
  readonly clientId?: string;
}

export interface StopView {
  readonly algoId: string;
  readonly clientId: string;
  readonly status: string;
}

export interface MarketView {
  readonly tick: string;
  readonly step: string;
  readonly minNotional: string;
}

/** What a user stream told, as far as the client passes it on. */
export type UserEvent =
  | {
      readonly type: 'order';
      readonly clientId: string;
      readonly execution: string;
      readonly status: string;
      readonly last: string;
      readonly filled: string;
    }
  | { readonly type: 'account'; readonly wallet: string; readonly amounts: Readonly<Record<string, string>> }
  | { readonly type: 'algo'; readonly clientId: string; readonly status: string }
  | { readonly type: 'other'; readonly name: string };

export interface UserStream {
  readonly events: readonly UserEvent[];
}

/** What market streams told, oldest first. */
export interface MarketFeed {
  /** Side of the taker, quantity, price. */
  readonly trades: readonly string[];
  /** Best bid and ask. */
  readonly best: readonly string[];
  readonly marks: readonly string[];
}

/** A book as the client, or the documented procedure on its feeds, keeps it; best first, plain decimals. */
export interface KeptBook {
  /** Frames taken in. */
  readonly frames: number;
  /** Gaps that made it start over from a new snapshot. */
  readonly restarts: number;
  rows(levels: number): { readonly bids: string[][]; readonly asks: string[][] };
}

export interface Refused {
  readonly code: number;
  readonly msg: string;
}

export interface ClientUnderTest {
  markets(): Promise<Readonly<Record<string, MarketView>>>;
  place(spec: OrderSpec): Promise<OrderView>;
  amend(ref: OrderRef, change: { readonly side: Side; readonly price: string; readonly quantity: string }): Promise<OrderView>;
  cancel(ref: OrderRef): Promise<OrderView>;
  cancelAll(symbol: string): Promise<void>;
  order(ref: OrderRef): Promise<OrderView>;
  openOrders(symbol: string): Promise<OrderView[]>;
  trades(symbol: string): Promise<TradeView[]>;
  position(symbol: string): Promise<PositionView>;
  balance(): Promise<BalanceView>;
  /** The rows of the answer: orders and refusals in the order sent. */
  batch(specs: readonly OrderSpec[]): Promise<(OrderView | Refused)[]>;
  setLeverage(symbol: string, leverage: number): Promise<void>;
  placeStop(spec: StopSpec): Promise<StopView>;
  stop(algoId: string): Promise<StopView>;
  openStops(): Promise<StopView[]>;
  cancelStop(algoId: string): Promise<void>;
  userStream(): Promise<UserStream>;
  /** Asks for more life of the listen key, as the client's own timer would. */
  keepAlive(): Promise<void>;
  marketFeed(symbol: string): Promise<MarketFeed>;
  keepBook(symbol: string): Promise<KeptBook>;
  /** Any signed request the client has no function for, through its own transport and signature. */
  raw(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, params: Readonly<Record<string, string>>): Promise<Loose>;
  close(): Promise<void>;
}

/** An order life through the WS-API; rows as the venue spells them. */
export interface SocketTrader {
  place(order: Readonly<Record<string, string>>): Promise<Loose>;
  modify(change: Readonly<Record<string, string>>): Promise<Loose>;
  cancel(ref: Readonly<Record<string, string>>): Promise<Loose>;
  /** Absent when the client does not offer it on this market. */
  status?(ref: Readonly<Record<string, string>>): Promise<Loose>;
  wallet(): Promise<string>;
  /** Code of a refusal as this side of the client tells it. */
  codeOf(error: unknown): number | undefined;
  close(): Promise<void>;
}

/** A check that the client passes in another way than the common one. */
export interface OwnWay {
  readonly how: string;
  /** Absent: those of the common check. */
  readonly breaks?: readonly Break[];
  run(desk: ClientDesk): Promise<void>;
}

export interface Candidate {
  readonly name: string;
  /** Its package. */
  readonly dependency: string;
  /** Checks that it cannot pass because it lacks what they look at, by their ids, each with its reason. */
  readonly excused: Readonly<Record<string, string>>;
  /** Checks by their ids. */
  readonly ownWays: Readonly<Record<string, OwnWay>>;
  /** What a reader of the matrix should know of a check that it does pass, by its id. */
  readonly notes: Readonly<Record<string, string>>;
  /** Codes of refusals that it does not pass on, each with its reason. */
  readonly unheardCodes: Readonly<Record<string, string>>;
  /** Whether it makes one of several updates of an order that arrive in one turn. */
  readonly mergesEvents: boolean;
  /** Whether it keeps all 19 digits of an order id. */
  readonly keepsLongIds: boolean;
  /** Client ids without it make the client complain. */
  readonly idPrefix: string;
  /** Code and text of what the client threw; `undefined` when it was no refusal of the venue. */
  refusalOf(error: unknown): Refused | undefined;
  /** Through its WS-API; absent when it has none for this market. */
  socketTrader?(venue: DeskVenue): Promise<SocketTrader>;
  open(venue: DeskVenue, account: string, credentials?: { readonly key: string; readonly secret: string }): Promise<ClientUnderTest>;
}
