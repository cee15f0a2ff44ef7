/** What a venue adapter is. The engine knows venues only through this; nothing here retries, decides or keeps order state. */
import type {
  ClientOrderId,
  Decimal,
  Fill,
  Instrument,
  InstrumentId,
  Lane,
  NamedRateRoom,
  OrderTerms,
  RateTicket,
  TradeId,
  UsTime,
  VenueOrderId,
} from '@fillwright/domain';
import type { OrderBatches } from './order-batches.ts';
import type { Answer, Lookup, Outcome } from './outcome.ts';
import type { BalanceReport, OrderReport, PositionReport, VenueEvent } from './reports.ts';

export interface SubmitRequest {
  readonly clientOrderId: ClientOrderId;
  readonly terms: OrderTerms;
  /** On our wall clock: what reaches the venue later must not be carried out. Absent: the adapter's own bound. */
  readonly notAfterTs?: UsTime;
}

/** Names an order at the venue; `conditional` tells in which place it lives first. */
export interface OrderRef {
  readonly instrument: InstrumentId;
  readonly clientOrderId: string;
  readonly venueOrderId?: VenueOrderId;
  readonly algoId?: VenueOrderId;
  readonly conditional: boolean;
}

export interface ModifyRequest {
  readonly order: OrderRef;
  readonly terms: OrderTerms;
  readonly price: Decimal;
  /** Total quantity, filled part included. */
  readonly qty: Decimal;
  /** As of `SubmitRequest`. */
  readonly notAfterTs?: UsTime;
}

/** Delivered to the one consumer of a private stream, in order, never inside a call of ours. */
export interface PrivateStreamEvents {
  onEvent(event: VenueEvent): void;
  /** Exactly once; nothing comes after it. The reason is for people and logs. */
  onDown(reason: string): void;
  /** A ping of the venue or any frame: proof of life of the transport, not of the events. */
  onAlive?(): void;
}

/** An open private stream: events flow from the moment the promise of `openPrivateStream` settles (earlier ones are kept for it). */
export interface PrivateStream {
  /** Orderly end; no `onDown` follows. Does not invalidate credentials another stream of the account shares. */
  close(): void;
}

/** The rate-limit room as the venue states it in its answers. */
export interface RateUsage {
  readonly pool: 'weight' | 'orders-10s' | 'orders-1m';
  readonly used: number;
  readonly ts: UsTime;
  /** When that was asked which the answer answers, on the monotonic clock: it tells which window the count is about. */
  readonly askedUs?: number;
}

/** The lanes of what changes orders. */
export type CommandLane = Exclude<Lane, 'query'>;

/** The venue's rate limits, as the adapter counts them: commands are admitted before they are journaled, the adapter counts the rest itself. */
export interface RateDesk {
  /** Microseconds until a command of this lane may leave; 0 = now. */
  waitUs(lane: CommandLane): number;
  /** Takes the room for one command, to be handed to the adapter with it. */
  take(lane: CommandLane): RateTicket;
  /** Nothing was written for it; does nothing when something was. */
  giveBack(ticket: RateTicket): void;
  /** Orders and changes that were written before this process began, by their age in microseconds. Once the venue's time is known. */
  recall(agesUs: readonly number[]): void;
  room(): readonly NamedRateRoom[];
}

export interface AdapterObserver {
  onRateUsage?(usage: RateUsage): void;
  /** 429 or 418 seen: nothing of this address may be sent before. */
  onBan?(untilTs: UsTime, text: string): void;
  /** One venue request ended; for metrics. */
  onRequest?(endpoint: string, status: number | 'failed', elapsedUs: number): void;
  /** Connections of the private stream that are open, and how many there should be. */
  onPrivateConnections?(open: number, wanted: number): void;
  /** A stream event that says nothing to us was skipped; `known` = on the adapter's list of such events. For metrics. */
  onSkippedEvent?(event: string, known: boolean): void;
}

/** The venue's clock as far as it is known: what signed requests state, and how far the machine's own is from it. */
export interface VenueClock {
  /** How far the venue is ahead of our wall clock; negative when it is behind. */
  readonly offsetMs: number;
  /** The offset can be wrong by so much: half of the round trip of the sample, and what a clock may have drifted since. */
  readonly errorMs: number;
  /** Of the sample that counts. */
  readonly roundTripMs: number;
  /** How much faster than ours the venue's clock runs, parts per million; absent until it was seen for long enough. */
  readonly driftPpm?: number;
  /** Age of that sample. */
  readonly ageMs: number;
}

/** The account side of a venue. One instance = one account. */
export interface ExecutionAdapter {
  readonly exchange: string;
  /** The longest the venue may still execute a request after it was written (its processing limit + receive window), ms. */
  readonly executionHorizonMs: number;
  /** Set while the venue wants to hear nothing from us (418, 429): what is asked before is refused or failed without being sent. */
  readonly quietUntilTs?: UsTime | undefined;
  /** Another process of this address was told to be quiet until then. */
  keepQuiet?(untilTs: UsTime): void;
  /** Absent where the venue has no limits. */
  readonly rates?: RateDesk;
  /**
   * Up to so many instruments it is cheaper to ask for the open orders of each than for those of the whole account. Absent: the lists are of
   * the whole account, whatever is asked.
   */
  readonly listsByInstrument?: number;
  /** Absent where the venue's time is of no importance, undefined before it was asked. */
  readonly venueClock?: VenueClock | undefined;

  /** Reads server time (and keeps the offset that signing uses), instruments and account mode. Refused = cannot trade, with the reason. */
  prepare(): Promise<Outcome<{ readonly instruments: readonly Instrument[]; readonly clockOffsetMs: number }>>;

  /**
   * These sign and write in the same turn in which they are called, so that nothing comes between the journal and the wire; without a ticket
   * of `rates` they first wait for room.
   */
  submit(request: SubmitRequest, ticket?: RateTicket): Promise<Outcome<OrderReport>>;
  cancel(order: OrderRef, ticket?: RateTicket): Promise<Outcome<OrderReport | undefined>>;
  modify(request: ModifyRequest, ticket?: RateTicket): Promise<Outcome<OrderReport>>;
  /** Absent where each order takes a request of its own. */
  readonly batches?: OrderBatches;

  /** Looks in every place where such an order can live (normal and Algo). */
  lookUpOrder(order: OrderRef): Promise<Lookup<OrderReport>>;
  /** Of the whole account, or of one instrument (see `listsByInstrument`): that list says nothing about orders of others. */
  openOrders(instrument?: InstrumentId): Promise<Answer<readonly OrderReport[]>>;
  /** As `openOrders`, of the conditional orders that have not fired. */
  openAlgoOrders(instrument?: InstrumentId): Promise<Answer<readonly OrderReport[]>>;
  /** Trades of one instrument, oldest first, after `fromId` (exclusive) or since `sinceTs`; pages until complete. */
  trades(instrument: InstrumentId, from: { readonly afterId?: TradeId; readonly sinceTs?: UsTime }): Promise<Answer<readonly Fill[]>>;
  /** Instruments whose trades or funding moved money since then; absent where the venue cannot tell. */
  paidInstruments?(sinceTs: UsTime): Promise<Answer<readonly InstrumentId[]>>;
  positions(): Promise<Answer<readonly PositionReport[]>>;
  balances(): Promise<Answer<readonly BalanceReport[]>>;

  /**
   * Dead man's switch: the venue cancels all open orders of the instrument, whoever made them, unless it is told again within that time; 0
   * takes it back. Says nothing about conditional orders. Absent where the venue offers no such thing.
   */
  cancelAllAfter?(instrument: InstrumentId, countdownMs: number): Promise<Outcome<undefined>>;
  /** Asks for the venue's time anew; false when it did not answer. Present where `venueClock` is. */
  sampleClock?(): Promise<boolean>;

  openPrivateStream(events: PrivateStreamEvents): Promise<Outcome<PrivateStream>>;
  close(): Promise<void>;
}

export interface MarketEvents {
  onTicker(ticker: {
    readonly instrument: InstrumentId;
    readonly bid: Decimal;
    readonly bidQty: Decimal;
    readonly ask: Decimal;
    readonly askQty: Decimal;
    readonly venueTs: UsTime;
  }): void;
  /** A book in sync; best first; called on each change. */
  onDepth(depth: {
    readonly instrument: InstrumentId;
    readonly bids: readonly (readonly [price: string, qty: string])[];
    readonly asks: readonly (readonly [price: string, qty: string])[];
    readonly updateId: string;
    readonly venueTs: UsTime;
  }): void;
  onTrade(trade: {
    readonly instrument: InstrumentId;
    readonly tradeId: TradeId;
    readonly price: Decimal;
    readonly qty: Decimal;
    readonly aggressor: 'buy' | 'sell';
    readonly venueTs: UsTime;
  }): void;
  onMark(mark: {
    readonly instrument: InstrumentId;
    readonly mark: Decimal;
    readonly index: Decimal;
    readonly fundingRate: Decimal;
    readonly nextFundingTs: UsTime;
    readonly venueTs: UsTime;
  }): void;
  /**
   * A connection came up or went down; the adapter reconnects by itself, for ever. The name `book <instrument id>` stands for one book:
   * up = in sync, so a book that is up and without levels is known to be empty.
   */
  onLink(link: { readonly name: string; readonly up: boolean; readonly reason: string }): void;
  onBan?(untilTs: UsTime, text: string): void;
}

/** The public side of a venue: no keys. */
export interface MarketAdapter {
  readonly exchange: string;
  instruments(): Promise<Answer<readonly Instrument[]>>;
  /** Starts the streams of these symbols (venue spelling) and keeps them up until `close`. */
  start(symbols: readonly string[], options: { readonly depthLevels: number }, events: MarketEvents): void;
  /** Another process of this address was told to be quiet until then. */
  keepQuiet?(untilTs: UsTime): void;
  /** The room in the limits of this address. */
  rateRoom?(): readonly NamedRateRoom[];
  close(): Promise<void>;
}
