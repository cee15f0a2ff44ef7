/** Market data streams: frames at once for ticks and trades, on timers for the rest. A stream costs nothing while nobody listens. */
import type { Clock, Timer } from '@fillwright/runtime/ports';
import type { Engine } from '../engine/engine.ts';
import type { VenueListener } from '../engine/events.ts';
import { INTERVALS } from '../http/market-endpoints.ts';
import type { Market } from '../market/market.ts';
import type { AggregateTrade, PublicTrade } from '../market/trade-tape.ts';
import type { Order } from '../order/order.ts';
import * as render from '../render/market-events.ts';
import { levelRows, touchOf } from '../render/market-json.ts';
import { DepthStream } from './depth-stream.ts';
import type { Hub, HubListener } from './hub.ts';

/** A stream that is looked at on a timer. */
interface Periodic {
  readonly everyMs: number;
  /** The frame due now, if any. */
  frame(nowMs: number): string | undefined;
  stop?(): void;
}

const DEPTH = /^depth(5|10|20)?(?:@(100|250|500)ms)?$/;
const FORCE_ORDER_MS = 1_000;
const CONTINUOUS = /^(\w+)_perpetual@continuousKline_(\w+)$/;
const ARRAY = /^!(markPrice|miniTicker|ticker|bookTicker)(?:@arr)?(?:@1s)?$/;

export class MarketStreams implements VenueListener, HubListener {
  readonly #clock: Clock;
  readonly #engine: Engine;
  readonly #hub: Hub;
  readonly #running = new Map<string, { readonly periodic: Periodic; timer: Timer }>();
  readonly #touches = new Map<Market, string>();
  readonly #forced = new Map<Market, { readonly timer: Timer; latest: Order | undefined }>();
  readonly #bySymbol = new Map<string, Market>();

  constructor(clock: Clock, engine: Engine, hub: Hub) {
    this.#clock = clock;
    this.#engine = engine;
    this.#hub = hub;
    for (const market of engine.markets()) this.#bySymbol.set(market.spec.symbol.toLowerCase(), market);
  }

  opened(stream: string): void {
    const periodic = this.#periodic(stream);
    if (periodic === undefined) return;
    const run = { periodic, timer: this.#clock.after(periodic.everyMs, () => this.#tick(stream)) };
    this.#running.set(stream, run);
  }

  closed(stream: string): void {
    const run = this.#running.get(stream);
    if (run === undefined) return;
    run.timer.cancel();
    run.periodic.stop?.();
    this.#running.delete(stream);
  }

  stop(): void {
    for (const stream of [...this.#running.keys()]) this.closed(stream);
    for (const { timer } of this.#forced.values()) timer.cancel();
    this.#forced.clear();
  }

  #tick(stream: string): void {
    const run = this.#running.get(stream);
    if (run === undefined) return;
    run.timer = this.#clock.after(run.periodic.everyMs, () => this.#tick(stream));
    const frame = run.periodic.frame(this.#engine.nowMs());
    if (frame !== undefined) this.#hub.publish(stream, frame);
  }

  /** `undefined` for streams that send on events, and for names that never send anything. */
  #periodic(stream: string): Periodic | undefined {
    if (stream === '!assetIndex@arr') return this.#assetIndexes();
    if (stream.startsWith('!')) return this.#array(stream);
    const at = stream.indexOf('@');
    const continuous = CONTINUOUS.exec(stream);
    if (continuous !== null) return this.#continuous(continuous[1] ?? '', continuous[2] ?? '');
    const market = this.#bySymbol.get(stream.slice(0, at));
    return market === undefined ? undefined : this.#ofMarket(market, stream.slice(at + 1));
  }

  #ofMarket(market: Market, kind: string): Periodic | undefined {
    const depth = DEPTH.exec(kind);
    if (depth !== null) return this.#depth(market, depth[1], Number(depth[2] ?? 250));
    if (kind === 'rpiDepth@500ms') return this.#depth(market, undefined, 500);
    if (kind === 'markPrice' || kind === 'markPrice@1s') {
      return { everyMs: kind === 'markPrice' ? 3_000 : 1_000, frame: (nowMs) => render.markPriceEvent(market, nowMs) };
    }
    if (kind === 'miniTicker') return { everyMs: 500, frame: (nowMs) => render.miniTickerEvent(market, nowMs) };
    if (kind === 'ticker') return { everyMs: 2_000, frame: (nowMs) => render.tickerEvent(market, nowMs) };
    return kind.startsWith('kline_') ? klines(market, kind.slice('kline_'.length), false) : undefined;
  }

  /** All contracts here are perpetual, and a pair is called like its contract. */
  #continuous(pair: string, interval: string): Periodic | undefined {
    const market = this.#bySymbol.get(pair);
    return market === undefined ? undefined : klines(market, interval, true);
  }

  #assetIndexes(): Periodic {
    const assets = [...this.#engine.assets.all()];
    return { everyMs: 1_000, frame: (nowMs) => `[${assets.map((asset) => render.assetIndexEvent(asset, nowMs)).join(',')}]` };
  }

  #depth(market: Market, levels: string | undefined, everyMs: number): Periodic {
    if (levels === undefined) {
      const stream = new DepthStream(market);
      return { everyMs, frame: (nowMs) => stream.frame(nowMs), stop: () => stream.stop() };
    }
    let previousId = market.lastUpdateId;
    let first = true;
    return {
      everyMs,
      frame: (nowMs) => {
        const lastId = market.lastUpdateId;
        if (lastId === previousId && !first) return undefined;
        first = false;
        const [bids, asks] = [market.book.bids, market.book.asks].map((side) => levelRows(market.spec, side, Number(levels)));
        const frame = { firstId: previousId, lastId, previousId, bids: bids ?? [], asks: asks ?? [] };
        previousId = lastId;
        return render.depthUpdate(market, frame, nowMs);
      },
    };
  }

  #array(stream: string): Periodic | undefined {
    const kind = ARRAY.exec(stream)?.[1];
    if (kind === 'bookTicker') {
      // The all-symbols book ticker comes symbol by symbol, every 5 s, not as an array.
      return {
        everyMs: 5_000,
        frame: () => {
          for (const market of this.#engine.markets()) this.#hub.publish(stream, render.bookTickerEvent(market, this.#engine.nowMs()));
          return undefined;
        },
      };
    }
    const row = { markPrice: render.markPriceEvent, miniTicker: render.miniTickerEvent, ticker: render.tickerEvent }[kind ?? ''];
    if (row === undefined) return undefined;
    const everyMs = kind === 'markPrice' && !stream.endsWith('@1s') ? 3_000 : 1_000;
    return { everyMs, frame: (nowMs) => `[${[...this.#engine.markets()].map((market) => row(market, nowMs)).join(',')}]` };
  }

  #stream(market: Market, kind: string): string | undefined {
    const name = `${market.spec.symbol.toLowerCase()}@${kind}`;
    return this.#hub.has(name) ? name : undefined;
  }

  settled(market: Market, timeMs: number): void {
    const stream = this.#stream(market, 'bookTicker');
    if (stream === undefined) return;
    const touch = touchOf(market);
    if (touch === this.#touches.get(market)) return;
    this.#touches.set(market, touch);
    this.#hub.publish(stream, render.bookTickerEvent(market, timeMs));
  }

  aggregated(market: Market, aggregates: readonly AggregateTrade[], timeMs: number): void {
    const stream = this.#stream(market, 'aggTrade');
    if (stream === undefined) return;
    for (const aggregate of aggregates) this.#hub.publish(stream, render.aggregateTradeEvent(market, aggregate, timeMs));
  }

  /** At most one per second and symbol: the first at once, of those that follow within the second only the latest. */
  liquidated(order: Order): void {
    const waiting = this.#forced.get(order.market);
    if (waiting === undefined) this.#tellForced(order);
    else waiting.latest = order;
  }

  #tellForced(order: Order): void {
    const { market } = order;
    const frame = render.forceOrderEvent(order, this.#engine.nowMs());
    for (const name of [`${market.spec.symbol.toLowerCase()}@forceOrder`, '!forceOrder@arr']) this.#hub.publish(name, frame);
    const timer = this.#clock.after(FORCE_ORDER_MS, () => {
      const latest = this.#forced.get(market)?.latest;
      this.#forced.delete(market);
      if (latest !== undefined) this.#tellForced(latest);
    });
    this.#forced.set(market, { timer, latest: undefined });
  }

  marketStatusChanged(market: Market, timeMs: number): void {
    if (this.#hub.has('!contractInfo')) this.#hub.publish('!contractInfo', render.contractInfoEvent(market, timeMs));
  }

  traded(market: Market, trade: PublicTrade, _taker: Order, _maker: Order): void {
    const stream = this.#stream(market, 'trade');
    if (stream !== undefined) this.#hub.publish(stream, render.tradeEvent(market, trade));
  }

  /** What a dump of the venue keeps of the private fields (`state/`). */
  hiddenState() {
    return { touches: this.#touches };
  }

  restoreHidden({ touches }: ReturnType<MarketStreams['hiddenState']>): void {
    for (const [market, touch] of touches) this.#touches.set(market, touch);
  }
}

/** The candle of now, when it changed; the closing one once more with `x`. */
function klines(market: Market, interval: string, continuous: boolean): Periodic | undefined {
  const intervalMs = INTERVALS[interval];
  if (intervalMs === undefined) return undefined;
  let sent = '';
  return {
    everyMs: 250,
    frame: (nowMs) => {
      const candles = market.tape.candles(intervalMs);
      const candle = candles[candles.length - 1];
      if (candle === undefined) return undefined;
      const state = `${candle.openMs}:${candle.lastId}:${nowMs >= candle.openMs + intervalMs}`;
      if (state === sent) return undefined;
      sent = state;
      return render.klineEvent(market, candle, { interval, intervalMs, continuous }, nowMs);
    },
  };
}
