/** The public side of Binance USDⓈ-M futures: instruments over REST, books, tickers, trades and marks over streams that stay up. */
import type { Instrument, NamedRateRoom, UsTime } from '@fillwright/domain';
import { AppError } from '@fillwright/runtime/ports';
import type { AdapterObserver, Answer, MarketAdapter, MarketEvents } from '@fillwright/venue';
import type { DepthSnapshot } from './common/local-book.ts';
import { malformed, type Parsed } from './common/parsed.ts';
import { ServerClock } from './common/server-clock.ts';
import { EXCHANGE, tryInstrumentOf } from './common/symbol.ts';
import type { AdapterPorts, FuturesMarketOptions } from './futures-options.ts';
import * as defaults from './futures-options.ts';
import { queryAnswer } from './http/answers.ts';
import { countedBy } from './http/counted.ts';
import { ENDPOINTS } from './http/endpoints.ts';
import { RateGate } from './http/rate-gate.ts';
import { RestClient } from './http/rest-client.ts';
import { parseExchangeInfo } from './parse/exchange-info.ts';
import { parseDepthSnapshot, parseServerTime } from './parse/public-answers.ts';
import { MarketStreams, type NamedSymbol } from './websocket/market-streams.ts';

/** Two streams of each symbol on each route; the venue allows 1024, but what one lost connection takes along should stay small. */
const SYMBOLS_PER_LINK = 50;

export function createBinanceFuturesMarket(ports: AdapterPorts, options: FuturesMarketOptions): MarketAdapter {
  return new FuturesMarket(ports, options);
}

class FuturesMarket implements MarketAdapter {
  readonly exchange = EXCHANGE;
  readonly #ports: AdapterPorts;
  readonly #options: FuturesMarketOptions;
  readonly #observer: AdapterObserver;
  readonly #rest: RestClient;
  #streams: readonly MarketStreams[] | undefined;
  #events: MarketEvents | undefined;
  readonly #serverClock: ServerClock;
  readonly #gate: RateGate;
  #knowsTime = false;
  #closed = false;

  constructor(ports: AdapterPorts, options: FuturesMarketOptions) {
    this.#ports = ports;
    this.#options = options;
    const observer = options.observer ?? {};
    this.#observer = observer;
    const serverClock = new ServerClock(ports.clock, () => this.#askServerMs());
    this.#serverClock = serverClock;
    this.#gate = new RateGate(ports.clock, () => serverClock.nowMs(), options.limits);
    this.#rest = new RestClient({
      baseUrl: options.baseUrl,
      clock: ports.clock,
      http: ports.http,
      gate: this.#gate,
      observer: countedBy(this.#gate, {
        ...observer,
        onBan: (untilTs, text) => {
          observer.onBan?.(untilTs, text);
          this.#events?.onBan?.(untilTs, text);
        },
      }),
    });
  }

  keepQuiet(untilTs: UsTime): void {
    this.#gate.keepQuiet(untilTs);
  }

  rateRoom(): readonly NamedRateRoom[] {
    return this.#gate.room();
  }

  async instruments(): Promise<Answer<readonly Instrument[]>> {
    const answer = queryAnswer(await this.#rest.call(ENDPOINTS.exchangeInfo, {}, this.#queryTimeoutMs), parseExchangeInfo);
    if (answer.type === 'failed') return answer;
    this.#gate.state(answer.value.limits);
    this.#followTime();
    for (const problem of answer.value.problems) this.#ports.log.warn('instrument-unreadable', { exchange: EXCHANGE, problem });
    return { type: 'answered', value: answer.value.instruments };
  }

  start(symbols: readonly string[], options: { readonly depthLevels: number }, events: MarketEvents): void {
    if (this.#streams !== undefined || this.#closed)
      throw new AppError('BIN_ALREADY_STARTED', 'the market adapter starts once; make a new one');
    this.#events = events;
    const named = symbols.map(namedSymbol);
    const groups = Array.from({ length: Math.ceil(named.length / SYMBOLS_PER_LINK) }, (_, index) =>
      named.slice(index * SYMBOLS_PER_LINK, (index + 1) * SYMBOLS_PER_LINK),
    );
    this.#streams = groups.map((group, index) => this.#streamsOf(group, index + 1, options.depthLevels, events));
    for (const streams of this.#streams) streams.start();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#serverClock.close();
    this.#gate.close();
    for (const streams of this.#streams ?? []) streams.close();
  }

  /** Limits are counted in windows of the venue's clock. */
  #followTime(): void {
    if (this.#knowsTime) return;
    this.#knowsTime = true;
    void this.#serverClock.resample();
    this.#serverClock.keepFresh();
  }

  async #askServerMs(): Promise<number | undefined> {
    const answer = queryAnswer(await this.#rest.call(ENDPOINTS.time, {}, this.#queryTimeoutMs), parseServerTime);
    return answer.type === 'answered' ? answer.value : undefined;
  }

  get #queryTimeoutMs(): number {
    return this.#options.queryTimeoutMs ?? defaults.DEFAULT_QUERY_TIMEOUT_MS;
  }

  #streamsOf(group: readonly NamedSymbol[], number: number, depthLevels: number, events: MarketEvents): MarketStreams {
    const {
      wsPublicUrl,
      wsMarketUrl,
      liveness,
      maxMessageBytes,
      reconnectMs,
      connectTimeoutMs = defaults.DEFAULT_CONNECT_TIMEOUT_MS,
    } = this.#options;
    const { clock, random, webSocket, log } = this.#ports;
    return new MarketStreams(
      {
        clock,
        random,
        webSocket,
        log,
        fetchSnapshot: (symbol, limit) => this.#fetchSnapshot(symbol, limit),
        onSkipped: (event, known) => this.#observer.onSkippedEvent?.(event, known),
      },
      {
        ...{ wsPublicUrl, wsMarketUrl, connectTimeoutMs, depthLevels, number },
        ...(liveness !== undefined && { liveness }),
        ...(maxMessageBytes !== undefined && { maxMessageBytes }),
        ...(reconnectMs !== undefined && { reconnectMs }),
      },
      group,
      events,
    );
  }

  async #fetchSnapshot(symbol: string, limit: number): Promise<Parsed<DepthSnapshot>> {
    const answer = queryAnswer(
      await this.#rest.call(ENDPOINTS.depth, { symbol, limit: String(limit) }, this.#queryTimeoutMs),
      parseDepthSnapshot,
    );
    return answer.type === 'answered' ? { type: 'parsed', value: answer.value } : malformed(answer.reason.text);
  }
}

function namedSymbol(symbol: string): NamedSymbol {
  const instrument = tryInstrumentOf(symbol);
  if (instrument === undefined) throw new AppError('BIN_BAD_SYMBOL', `${symbol} is no symbol; use the venue's spelling, e.g. BTCUSDT`);
  return [symbol, instrument];
}
