/**
 * What cards are played on: a running engine with two traders, the adapter by itself as the venue's own word, and, where the venue is
 * ours to break, its troubles. Whoever runs cards implements this; cards know nothing of processes, sockets and clocks.
 */
import type { ClientOrderId, Decimal, Instrument, InstrumentId } from '@fillwright/domain';
import type { ExecutionAdapter, MarketEvents } from '../adapter.ts';

/** Terms of an order as traders say them, in texts. */
export interface CardTerms {
  readonly side: 'buy' | 'sell';
  readonly type: 'limit' | 'market' | 'stop' | 'stop-market' | 'take-profit' | 'take-profit-market' | 'trailing-stop-market';
  readonly qty: string;
  /** Default GTC, for a market order IOC. */
  readonly timeInForce?: string;
  readonly price?: string;
  readonly trigger?: {
    readonly price?: string;
    readonly working: 'mark' | 'last';
    readonly callbackPercent?: string;
    readonly activationPrice?: string;
  };
  readonly reduceOnly?: boolean;
  readonly goodTillTs?: number;
  /** Default: the one that the cards trade. */
  readonly instrument?: string;
}

/** An order as the engine tells it. */
export interface CardOrder {
  readonly clientOrderId: string;
  readonly owner: string;
  readonly instrument: string;
  readonly side: string;
  readonly type: string;
  readonly timeInForce: string;
  readonly qty: string;
  readonly price?: string | undefined;
  readonly trigger?: { readonly price?: string | undefined } | undefined;
  readonly reduceOnly: boolean;
  readonly goodTillTs?: number | undefined;
  readonly phase: string;
  readonly filledQty: string;
  readonly averagePrice?: string | undefined;
  readonly venueOrderId?: string | undefined;
  readonly algoId?: string | undefined;
  readonly request?: { readonly type: string } | undefined;
  readonly reason?: { readonly code: string; readonly text: string } | undefined;
}

/** One thing that happened to an order, with the order after it. */
export interface CardEvent {
  readonly change: string;
  readonly order: CardOrder;
  readonly fill?:
    | { readonly tradeId: string; readonly qty: string; readonly price: string; readonly fee: string; readonly liquidity: string }
    | undefined;
  readonly reason?: { readonly code: string; readonly text: string } | undefined;
}

export interface CardAnswer {
  readonly verdict: string;
  readonly order?: CardOrder | undefined;
  readonly reason?: { readonly code: string; readonly text: string } | undefined;
}

/** A trader whose every word is the card's. Each call returns the id of the command; an order's id is that of its place command. */
export interface CardTrader {
  readonly owner: string;
  place(terms: CardTerms): ClientOrderId;
  /** Asks the engine about an order; its `answer` tells. */
  query(id: string): string;
  /** The same words again, under the same id. */
  repeat(id: ClientOrderId): void;
  cancel(id: string): string;
  cancelAll(): string;
  modify(id: string, change: { readonly price?: string; readonly qty?: string }): string;
  answer(commandId: string): Promise<CardAnswer>;
  /** All that this trader heard about the order, oldest first. */
  events(id: string): readonly CardEvent[];
  /** All that it heard, of anybody's orders. */
  all(): readonly CardEvent[];
  /** The newest view; absent until it was heard of. */
  order(id: string): CardOrder | undefined;
}

export interface EngineAccount {
  /** All that are not closed. */
  readonly orders: readonly CardOrder[];
  readonly positions: readonly { readonly instrument: string; readonly qty: string; readonly entryPrice: string }[];
  readonly unknownOrders: number;
}

export interface CardEngine {
  account(): Promise<EngineAccount>;
  control(action: 'pause' | 'resume' | 'flatten'): Promise<void>;
  /** In order; resolves when it is gone. */
  stop(): Promise<void>;
  /** Without a word to anybody. */
  kill(): Promise<void>;
  /** Resolves when it is ready to trade and hears both traders. */
  start(): Promise<void>;
  /** Repairs that it had to invent; there must be none. */
  inventions(): number;
}

/** `batch`: several submits in one request. */
export type Command = 'submit' | 'batch' | 'cancel' | 'modify';

/** What goes wrong with a command; `-done`: the venue carried it out, `-lost`: it never will. */
export type Lie =
  | 'cut-done'
  | 'cut-lost'
  | 'unknown-done'
  | 'unknown-lost'
  | 'timeout-done'
  | 'timeout-lost'
  | 'gateway-done'
  | 'gateway-lost'
  | 'empty-done'
  | 'unreadable-done'
  | 'truncated-done'
  | 'slow-done'
  | 'banned'
  | 'stale-time';

/** The other side of the venue, where it is ours. */
export interface CardTrouble {
  /** The next commands of this kind are struck; `delayMs` for `slow-done`. */
  strike(command: Command, lie: Lie, options?: { readonly count?: number; readonly delayMs?: number }): Promise<void>;
  /** The next order events of the private stream. */
  disturbEvents(how: 'drop' | 'duplicate' | 'delay', options: { readonly count: number; readonly delayMs?: number }): Promise<void>;
  /** Ends streams without a closing handshake: the private one, or those of the market too. */
  cut(what: 'private-stream' | 'all-streams'): Promise<void>;
  /** Somebody else sends as many orders as the account may in a window. */
  exhaustOrders(): Promise<void>;
  /** Somebody else takes. */
  trade(side: 'buy' | 'sell', qty: string, price: string): Promise<void>;
  halt(isHalted: boolean): Promise<void>;
  /** The venue's clock minus ours. */
  skewClock(ms: number): Promise<void>;
  /** As the owner does it in a browser. */
  setHedgeMode(isHedge: boolean): Promise<void>;
  /** Commands that reached the venue with this client id, answered or not. */
  received(command: Command, clientOrderId: string): Promise<number>;
  /** How many orders were in the request with which this one came, answered or not; 0: none came. */
  company(clientOrderId: string): Promise<number>;
  /** Orders that the venue took on under this client id. */
  takenOn(clientOrderId: string): Promise<number>;
  /** What the venue was sent with the last such command, as `name=value` texts. */
  sent(command: Command, clientOrderId: string): Promise<readonly string[]>;
  /** Ends faults, skew and halt. */
  calm(): Promise<void>;
}

type Seen<K extends keyof MarketEvents> = Parameters<NonNullable<MarketEvents[K]>>[0];

/** All that a market adapter said since it was started for this card, newest last, within a bound. */
export interface MarketWatch {
  readonly instrument: InstrumentId;
  readonly tickers: readonly Seen<'onTicker'>[];
  readonly depths: readonly Seen<'onDepth'>[];
  readonly trades: readonly Seen<'onTrade'>[];
  readonly marks: readonly Seen<'onMark'>[];
  readonly links: readonly Seen<'onLink'>[];
  close(): Promise<void>;
}

export interface CardBench {
  readonly venue: string;
  readonly transport: string;
  /** Orders that are ready at once leave in one request. */
  readonly takesBatches: boolean;
  /** Reason codes of this venue's refusals. */
  readonly codes: { readonly postOnlyWouldTake: string; readonly nothingToReduce: string };
  /** What the cards trade; nobody else does where the venue is ours. */
  readonly instrument: Instrument;
  /** A quantity well above every minimum. */
  readonly qty: Decimal;
  /** The account as the venue tells it, on a connection of its own. Orders through it are those of somebody's own hand. */
  readonly adapter: ExecutionAdapter;
  readonly trader: CardTrader;
  readonly second: CardTrader;
  readonly engine: CardEngine;
  readonly trouble: CardTrouble | undefined;
  /** Best prices now. */
  quote(): Promise<{ readonly bid: Decimal; readonly ask: Decimal }>;
  /** A market that moves, watched until `close`. */
  watchMarket(depthLevels: number): Promise<MarketWatch>;
  instruments(): Promise<readonly Instrument[]>;
  /** A client order id that no trader of the engine can have made. */
  handId(): ClientOrderId;
  nowUs(): number;
  /** Looks until there is something other than `undefined` and `false`. @throws CardFailure naming `what` when it never comes. */
  until<T>(what: string, look: () => T | undefined | false | Promise<T | undefined | false>, withinMs?: number): Promise<T>;
  /** Before a card: quiet market, nothing open, flat. What it finds after one is what that card left; what cannot be cleared or does not agree is returned. */
  tidy(): Promise<readonly string[]>;
}
