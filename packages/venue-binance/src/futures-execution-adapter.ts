/**
 * The account side of Binance USDⓈ-M futures, one-way mode. Commands sign and write in the turn of the call; what is not proven is
 * unknown; nothing here retries, decides or keeps order state.
 */
import {
  type Fill,
  hasLimitPrice,
  type Instrument,
  type InstrumentId,
  isConditional,
  msFromUs,
  type RateTicket,
  type TradeId,
  type UsTime,
} from '@fillwright/domain';
import { AppError } from '@fillwright/runtime/ports';
import type {
  AdapterObserver,
  Answer,
  BalanceReport,
  ExecutionAdapter,
  Lookup,
  ModifyRequest,
  OrderBatches,
  OrderRef,
  OrderReport,
  Outcome,
  PositionReport,
  PrivateStream,
  PrivateStreamEvents,
  SubmitRequest,
  VenueClock,
} from '@fillwright/venue';
import { confirmed, refused, unknown } from '@fillwright/venue';
import { Fields } from './common/fields.ts';
import { LiveCredentials } from './common/live-credentials.ts';
import type { Parsed } from './common/parsed.ts';
import type { Params } from './common/query-text.ts';
import { ServerClock } from './common/server-clock.ts';
import type { SigningKey } from './common/sign.ts';
import { EXCHANGE, symbolOf } from './common/symbol.ts';
import { WarmConnections } from './common/warm-connections.ts';
import type { AdapterPorts, FuturesExecutionOptions } from './futures-options.ts';
import * as defaults from './futures-options.ts';
import { commandOutcome, queryAnswer } from './http/answers.ts';
import { CommandTransport } from './http/command-transport.ts';
import { countedBy, countingHandshakes } from './http/counted.ts';
import { ENDPOINTS, type Endpoint } from './http/endpoints.ts';
import { LISTS_BY_INSTRUMENT, openAlgoOrders, openOrders } from './http/open-orders.ts';
import { FuturesOrderBatches } from './http/order-batches.ts';
import { about, lookUpOrder } from './http/order-lookup.ts';
import { algoParams, modifyParams, orderParams, placeParams, type SelfTradeMode } from './http/order-params.ts';
import type { CommandKind } from './http/outcome-table.ts';
import { paidInstruments } from './http/paid-instruments.ts';
import { RateGate } from './http/rate-gate.ts';
import { type Credentials, RestClient, type RestResult } from './http/rest-client.ts';
import { allTrades } from './http/trade-pages.ts';
import { failureReason } from './http/venue-failure.ts';
import { parseBalances, parseHedgeMode, parsePositions } from './parse/account.ts';
import { parseAlgoCancel, parseAlgoOrder } from './parse/algo-order.ts';
import { parseCountdown } from './parse/countdown.ts';
import { type ExchangeInfo, parseExchangeInfo } from './parse/exchange-info.ts';
import { parseOrder } from './parse/order.ts';
import { parseServerTime } from './parse/public-answers.ts';
import type { ExtendResult } from './websocket/listen-key.ts';
import { OrderChannel } from './websocket/order-channel.ts';
import { openPrivateStream, privateStreamUrl } from './websocket/private-stream.ts';

/** The venue's own limit on how long it may work on a request. */
const PROCESSING_LIMIT_MS = 10_000;
/** Failures in a row to open the private stream before the other address is tried. */
const FAILURES_BEFORE_NEXT_URL = 3;
const MAX_LOGGED_EVENTS = 100;
/** For trades without a commission on a symbol we never heard of: the fee is zero, the asset only has to exist. */
const DEFAULT_SETTLE_ASSET = 'USDT';
const LISTEN_KEY_GONE = -1125;
/** Signature, key format, key or permission. */
const KEY_REFUSED: readonly number[] = [-1022, -2014, -2015];

/** @throws AppError `BIN_BAD_KEY` | `BIN_BAD_URL` when the options cannot work. */
export function createBinanceFuturesExecution(ports: AdapterPorts, options: FuturesExecutionOptions): ExecutionAdapter {
  return new FuturesExecution(ports, options);
}

class FuturesExecution implements ExecutionAdapter {
  readonly exchange = EXCHANGE;
  readonly listsByInstrument = LISTS_BY_INSTRUMENT;
  readonly executionHorizonMs: number;
  readonly rates: RateGate;
  readonly batches?: OrderBatches;
  readonly #ports: AdapterPorts;
  readonly #options: FuturesExecutionOptions;
  readonly #observer: AdapterObserver;
  readonly #rest: RestClient;
  readonly #transport: CommandTransport;
  readonly #serverClock: ServerClock;
  readonly #keys: LiveCredentials;
  readonly #warm: WarmConnections;
  readonly #commandTimeoutMs: number;
  readonly #queryTimeoutMs: number;
  readonly #settleAssets = new Map<string, string>();
  readonly #streams = new Set<PrivateStream>();
  readonly #loggedEvents = new Set<string>();
  readonly #privateUrls: readonly string[];
  #privateUrlIndex = 0;
  #connectFailures = 0;
  #closed = false;

  constructor(ports: AdapterPorts, options: FuturesExecutionOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#observer = options.observer ?? {};
    this.#privateUrls = [options.wsPrivateUrl, options.wsPrivateBackupUrl].filter((url) => url !== undefined);
    for (const url of this.#privateUrls) privateStreamUrl(url, 'checked-before-use');
    const recvWindowMs = options.recvWindowMs ?? defaults.DEFAULT_RECV_WINDOW_MS;
    this.executionHorizonMs = PROCESSING_LIMIT_MS + recvWindowMs;
    this.#commandTimeoutMs = options.commandTimeoutMs ?? defaults.DEFAULT_COMMAND_TIMEOUT_MS;
    this.#queryTimeoutMs = options.queryTimeoutMs ?? defaults.DEFAULT_QUERY_TIMEOUT_MS;
    const serverClock = new ServerClock(ports.clock, () => this.#askServerMs());
    this.#serverClock = serverClock;
    const { apiKey, apiSecret, authMethod, refresh } = options;
    const keys = new LiveCredentials(ports, { apiKey, apiSecret }, { method: authMethod, refresh });
    this.#keys = keys;
    const credentials: Credentials = {
      get apiKey() {
        return keys.apiKey;
      },
      sign: (payload) => keys.sign(payload),
      recvWindowMs,
      nowMs: () => serverClock.nowMs(),
      toWall: (serverMs) => serverClock.toWall(serverMs),
      onClockDoubt: () => serverClock.distrust(),
    };
    this.rates = new RateGate(ports.clock, () => serverClock.nowMs(), options.limits);
    const observer = countedBy(this.rates, this.#observer);
    this.#rest = new RestClient({
      baseUrl: options.baseUrl,
      clock: ports.clock,
      http: ports.http,
      observer,
      gate: this.rates,
      credentials,
    });
    const channel = createChannel(
      countingHandshakes(ports, this.rates, (untilTs, text) => observer.onBan?.(untilTs, text)),
      { ...options, observer },
      credentials,
      () => keys.method,
    );
    this.#transport = new CommandTransport(this.#rest, channel, options.orderTransport ?? 'rest', this.rates);
    keys.onChange = () => this.#transport.renew();
    if (options.orderBatching === 'auto') this.batches = this.#orderBatches();
    this.#warm = new WarmConnections(ports.clock, () => this.#ask(ENDPOINTS.ping), options.warmConnections ?? 0);
  }

  get quietUntilTs(): UsTime | undefined {
    return this.rates.quietUntilTs;
  }

  keepQuiet(untilTs: UsTime): void {
    this.rates.keepQuiet(untilTs);
  }

  get venueClock(): VenueClock | undefined {
    return this.#serverClock.reading;
  }

  sampleClock(): Promise<boolean> {
    return this.#serverClock.resample();
  }

  async prepare(): Promise<Outcome<{ readonly instruments: readonly Instrument[]; readonly clockOffsetMs: number }>> {
    if (!(await this.#serverClock.resample())) return unknown('NO_SERVER_TIME', 'the venue did not answer the question for its time');
    this.#serverClock.keepFresh();
    const [listing, mode] = await Promise.all([this.#askListing(), this.#ask(ENDPOINTS.positionMode)]);
    const hedge = commandOutcome('setup', mode, parseHedgeMode);
    if (hedge.type !== 'confirmed') return hedge;
    if (hedge.value)
      return refused('HEDGE_MODE', 'the account is in hedge mode; switch it to one-way mode (position mode in the account settings)');
    if (listing.type !== 'confirmed') return listing;
    await Promise.all([this.#transport.start(), this.#warm.start()]);
    return confirmed({ instruments: listing.value.instruments, clockOffsetMs: this.#serverClock.offsetMs });
  }

  submit(request: SubmitRequest, ticket?: RateTicket): Promise<Outcome<OrderReport>> {
    const params = placeParams(request, this.#selfTradeMode);
    if (params.type === 'malformed') return Promise.resolve(refused('BAD_TERMS', params.problem));
    const order = { instrument: request.terms.instrument, clientOrderId: request.clientOrderId };
    return isConditional(request.terms.type)
      ? this.#command('algo-place', ENDPOINTS.placeAlgo, params.value, (raw) => about(order, parseAlgoOrder(raw, 'answer')), ticket)
      : this.#command('place', ENDPOINTS.placeOrder, params.value, (raw) => about(order, parseOrder(raw, 'answer')), ticket);
  }

  cancel(order: OrderRef, ticket?: RateTicket): Promise<Outcome<OrderReport | undefined>> {
    // A conditional order that has fired is a normal one.
    if (order.conditional && order.venueOrderId === undefined)
      return this.#command('algo-cancel', ENDPOINTS.cancelAlgo, algoParams(order), parseAlgoCancel, ticket);
    return this.#command('cancel', ENDPOINTS.cancelOrder, orderParams(order), (raw) => about(order, parseOrder(raw, 'answer')), ticket);
  }

  modify(request: ModifyRequest, ticket?: RateTicket): Promise<Outcome<OrderReport>> {
    const { order, terms } = request;
    if (!hasLimitPrice(terms.type) || (order.conditional && order.venueOrderId === undefined))
      return Promise.resolve(
        refused('MODIFY_UNSUPPORTED', `this venue cannot modify a ${terms.type} order here; cancel it and place a new one`),
      );
    return this.#command('modify', ENDPOINTS.modifyOrder, modifyParams(request), (raw) => about(order, parseOrder(raw, 'answer')), ticket);
  }

  lookUpOrder(order: OrderRef): Promise<Lookup<OrderReport>> {
    return lookUpOrder(this.#transport, order, { nowMs: this.#serverClock.nowMs(), timeoutMs: this.#queryTimeoutMs });
  }

  openOrders(instrument?: InstrumentId): Promise<Answer<readonly OrderReport[]>> {
    return openOrders((endpoint, params) => this.#ask(endpoint, params), instrument);
  }

  openAlgoOrders(instrument?: InstrumentId): Promise<Answer<readonly OrderReport[]>> {
    return openAlgoOrders((endpoint, params) => this.#ask(endpoint, params), instrument);
  }

  trades(instrument: InstrumentId, from: { readonly afterId?: TradeId; readonly sinceTs?: UsTime }): Promise<Answer<readonly Fill[]>> {
    return allTrades(this.#rest, { instrument, ...from, nowMs: this.#serverClock.nowMs(), timeoutMs: this.#queryTimeoutMs });
  }

  paidInstruments(sinceTs: UsTime): Promise<Answer<readonly InstrumentId[]>> {
    return paidInstruments(this.#rest, msFromUs(sinceTs), this.#queryTimeoutMs);
  }

  async positions(): Promise<Answer<readonly PositionReport[]>> {
    return queryAnswer(await this.#ask(ENDPOINTS.positionRisk), parsePositions);
  }

  async balances(): Promise<Answer<readonly BalanceReport[]>> {
    return queryAnswer(await this.#ask(ENDPOINTS.balance), parseBalances);
  }

  async cancelAllAfter(instrument: InstrumentId, countdownMs: number): Promise<Outcome<undefined>> {
    const symbol = symbolOf(instrument);
    const params = { symbol, countdownTime: String(countdownMs) };
    const result = await this.#rest.call(ENDPOINTS.countdownCancelAll, params, this.#commandTimeoutMs);
    return commandOutcome('setup', result, (raw) => parseCountdown(raw, symbol, countdownMs));
  }

  async openPrivateStream(events: PrivateStreamEvents): Promise<Outcome<PrivateStream>> {
    const key = commandOutcome('setup', await this.#ask(ENDPOINTS.createListenKey), parseListenKey);
    if (key.type !== 'confirmed') return key;
    const { clock, random, webSocket } = this.#ports;
    const { liveness, maxMessageBytes, connectTimeoutMs = defaults.DEFAULT_CONNECT_TIMEOUT_MS, privateStreams = 1 } = this.#options;
    const urls = this.#privateUrls.map((base) => privateStreamUrl(base, key.value));
    // The address that is due comes first, the others are for further connections.
    const inTurn = [...urls.slice(this.#privateUrlIndex), ...urls.slice(0, this.#privateUrlIndex)];
    const opened = await openPrivateStream(
      {
        clock,
        random,
        webSocket,
        extendKey: () => this.#extendKey(),
        renewKey: () => this.#renewKey(key.value),
        feeAssetOf: (symbol) => this.#settleAssets.get(symbol) ?? DEFAULT_SETTLE_ASSET,
        onSkipped: (event, known) => this.#skipped(event, known),
        onConnections: (open, wanted, why) => this.#connections(open, wanted, why),
      },
      {
        urls: inTurn,
        size: privateStreams,
        connectTimeoutMs,
        ...(maxMessageBytes !== undefined && { maxMessageBytes }),
        ...(liveness !== undefined && { liveness }),
      },
      events,
    );
    if (opened.type === 'failed') {
      this.#noteConnectFailure();
      return unknown('STREAM_NOT_OPEN', opened.text);
    }
    this.#connectFailures = 0;
    if (this.#closed) {
      opened.stream.close();
      return unknown('STREAM_NOT_OPEN', 'the adapter was closed while the stream was opening');
    }
    return confirmed(this.#tracked(opened.stream));
  }

  /** Streams are closed; the listen key is left to run out, because other programs of the account may listen on the same one. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#serverClock.close();
    this.#keys.close();
    this.#warm.close();
    this.#transport.close();
    this.rates.close();
    for (const stream of this.#streams) stream.close();
    this.#streams.clear();
  }

  get #selfTradeMode(): SelfTradeMode {
    return this.#options.selfTradePreventionMode ?? 'EXPIRE_MAKER';
  }

  #orderBatches(): OrderBatches {
    return new FuturesOrderBatches({
      clock: this.#ports.clock,
      rest: this.#rest,
      gate: this.rates,
      timeoutMs: this.#commandTimeoutMs,
      selfTradeMode: this.#selfTradeMode,
      usesRest: () => this.#transport.usesRest,
      submitAlone: (request, ticket) => this.submit(request, ticket),
      checked: (result) => this.#checked(result),
      onClockDoubt: () => this.#serverClock.distrust(),
    });
  }

  async #command<T>(
    kind: CommandKind,
    endpoint: Endpoint,
    params: Params,
    read: (raw: unknown) => Parsed<T>,
    ticket: RateTicket | undefined,
  ): Promise<Outcome<T>> {
    return commandOutcome(kind, this.#checked(await this.#transport.call(endpoint, params, this.#commandTimeoutMs, ticket)), read);
  }

  /** The limits count from the answer on: what is asked beside it may wait for room that only a guess denies. */
  async #askListing(): Promise<Outcome<ExchangeInfo>> {
    const listing = commandOutcome('setup', await this.#ask(ENDPOINTS.exchangeInfo), parseExchangeInfo);
    if (listing.type !== 'confirmed') return listing;
    for (const problem of listing.value.problems) this.#ports.log.warn('instrument-unreadable', { exchange: EXCHANGE, problem });
    this.#rememberSettleAssets(listing.value.instruments);
    this.rates.state(listing.value.limits);
    return listing;
  }

  async #ask(endpoint: Endpoint, params: Params = {}): Promise<RestResult> {
    return this.#checked(await this.#rest.call(endpoint, params, this.#queryTimeoutMs));
  }

  /** Keys that the venue refuses may have been changed: they are read again. */
  #checked(result: RestResult): RestResult {
    if (result.type === 'failure' && result.failure.kind === 'error' && KEY_REFUSED.includes(result.failure.code ?? 0))
      this.#keys.refused();
    return result;
  }

  async #askServerMs(): Promise<number | undefined> {
    const answer = queryAnswer(await this.#ask(ENDPOINTS.time), parseServerTime);
    return answer.type === 'answered' ? answer.value : undefined;
  }

  async #extendKey(): Promise<ExtendResult> {
    const result = await this.#ask(ENDPOINTS.extendListenKey);
    if (result.type === 'answer') return { type: 'extended' };
    const { failure } = result;
    const isGone = failure.kind === 'error' && failure.code === LISTEN_KEY_GONE;
    return { type: isGone ? 'gone' : 'failed', text: failureReason(failure).text };
  }

  async #renewKey(known: string): Promise<ExtendResult> {
    const key = commandOutcome('setup', await this.#ask(ENDPOINTS.createListenKey), parseListenKey);
    if (key.type !== 'confirmed') return { type: 'failed', text: key.reason.text };
    return key.value === known ? { type: 'extended' } : { type: 'gone', text: 'it gave another one' };
  }

  #connections(open: number, wanted: number, why: string | undefined): void {
    this.#observer.onPrivateConnections?.(open, wanted);
    if (why !== undefined) this.#ports.log.warn('private-connection-lost', { exchange: EXCHANGE, reason: why, open, wanted });
  }

  #noteConnectFailure(): void {
    this.#connectFailures++;
    if (this.#connectFailures % FAILURES_BEFORE_NEXT_URL !== 0) return;
    this.#privateUrlIndex = (this.#privateUrlIndex + 1) % this.#privateUrls.length;
  }

  #tracked(stream: PrivateStream): PrivateStream {
    this.#streams.add(stream);
    return {
      close: () => {
        this.#streams.delete(stream);
        stream.close();
      },
    };
  }

  /** Each unknown type is logged once; metrics count the rest. */
  #skipped(event: string, known: boolean): void {
    this.#observer.onSkippedEvent?.(event, known);
    if (known || this.#loggedEvents.has(event) || this.#loggedEvents.size >= MAX_LOGGED_EVENTS) return;
    this.#loggedEvents.add(event);
    this.#ports.log.warn('venue-event-unknown', { exchange: EXCHANGE, venueEvent: event.slice(0, 60) });
  }

  #rememberSettleAssets(instruments: readonly Instrument[]): void {
    this.#settleAssets.clear();
    for (const { symbol, settleAsset } of instruments) this.#settleAssets.set(symbol, settleAsset);
  }
}

function parseListenKey(raw: unknown): Parsed<string> {
  const fields = new Fields(raw, 'listen key');
  const key = fields.text('listenKey');
  if (key === '') fields.reject('listenKey is empty');
  return fields.result(key);
}

/** Only where orders may go over it: a connection that nobody uses costs weight. */
function createChannel(
  ports: AdapterPorts,
  options: FuturesExecutionOptions,
  credentials: Credentials,
  method: () => SigningKey['method'],
): OrderChannel | undefined {
  const { wsApiUrl, orderTransport = 'rest', observer = {}, liveness, maxMessageBytes, reconnectMs } = options;
  if (orderTransport === 'rest') return undefined;
  if (wsApiUrl === undefined || !/^wss?:\/\/[^\s/]+/.test(wsApiUrl))
    throw new AppError('BIN_BAD_URL', `orders over WebSocket need its address, e.g. wss://host/ws-fapi/v1; there is ${wsApiUrl ?? 'none'}`);
  return new OrderChannel(ports, {
    url: wsApiUrl,
    connectTimeoutMs: options.connectTimeoutMs ?? defaults.DEFAULT_CONNECT_TIMEOUT_MS,
    maxInFlight: options.wsInFlight ?? defaults.DEFAULT_WS_IN_FLIGHT,
    credentials,
    get canLogOn() {
      return method() === 'ED25519';
    },
    observer,
    ...(liveness !== undefined && { liveness }),
    ...(maxMessageBytes !== undefined && { maxMessageBytes }),
    ...(reconnectMs !== undefined && { reconnectMs }),
  });
}
