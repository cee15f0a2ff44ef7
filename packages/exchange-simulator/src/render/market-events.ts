/** Market data events of the streams, as JSON text. */
import type { MarginAsset } from '../market/margin-assets.ts';
import type { Market } from '../market/market.ts';
import { averagePrice, priceText, qtyText } from '../market/symbol-spec.ts';
import type { AggregateTrade, Candle, PublicTrade } from '../market/trade-tape.ts';
import { jsonText } from '../numbers/json.ts';
import { trimmedText, UNITS_PER_ONE, type Units, unitsOf, unitsText } from '../numbers/units.ts';
import type { Order } from '../order/order.ts';
import { changePercent, dayStatistics, nextFundingMs, ONBOARD_MS, PERPETUAL_DELIVERY_MS } from './market-json.ts';
import { quoteText } from './order-json.ts';

/** 1 = USDⓈ-M: the arrays of all markets carry both kinds since June 2026. */
const USD_M = 1;

export interface KlineTerms {
  readonly interval: string;
  readonly intervalMs: number;
  readonly continuous: boolean;
}

export interface DepthFrame {
  readonly firstId: number;
  readonly lastId: number;
  readonly previousId: number;
  readonly bids: readonly (readonly string[])[];
  readonly asks: readonly (readonly string[])[];
}

export function depthUpdate(market: Market, frame: DepthFrame, nowMs: number): string {
  const symbol = market.spec.symbol;
  return jsonText({
    ...{ e: 'depthUpdate', E: nowMs, T: market.lastChangeMs, s: symbol, ps: symbol, U: frame.firstId, u: frame.lastId },
    ...{ pu: frame.previousId, b: frame.bids, a: frame.asks, st: USD_M },
  });
}

export function bookTickerEvent(market: Market, timeMs: number): string {
  const { spec, book } = market;
  const bid = book.bids.best();
  const ask = book.asks.best();
  return jsonText({
    ...{ e: 'bookTicker', u: market.lastUpdateId, s: spec.symbol, ps: spec.symbol },
    ...{ b: priceText(spec, bid?.ticks ?? 0), B: qtyText(spec, bid?.lots ?? 0) },
    ...{ a: priceText(spec, ask?.ticks ?? 0), A: qtyText(spec, ask?.lots ?? 0), T: timeMs, E: timeMs, st: USD_M },
  });
}

export function aggregateTradeEvent(market: Market, trade: AggregateTrade, timeMs: number): string {
  const { spec } = market;
  const qty = qtyText(spec, trade.lots);
  return jsonText({
    ...{ e: 'aggTrade', E: timeMs, a: trade.id, s: spec.symbol, p: priceText(spec, trade.ticks), q: qty, nq: qty },
    ...{ f: trade.firstId, l: trade.lastId, T: trade.timeMs, m: trade.buyerIsMaker, st: USD_M },
  });
}

export function tradeEvent(market: Market, trade: PublicTrade): string {
  const { spec } = market;
  return jsonText({
    ...{ e: 'trade', E: trade.timeMs, T: trade.timeMs, s: spec.symbol, t: trade.id, p: priceText(spec, trade.ticks) },
    ...{ q: qtyText(spec, trade.lots), X: 'MARKET', m: trade.buyerIsMaker, st: USD_M },
  });
}

export function markPriceEvent(market: Market, nowMs: number): string {
  return jsonText({
    ...{ e: 'markPriceUpdate', E: nowMs, s: market.spec.symbol, p: unitsText(market.mark), ap: unitsText(market.mark) },
    ...{ i: unitsText(market.index), P: unitsText(market.index), r: unitsText(market.fundingRate), T: nextFundingMs(nowMs), st: USD_M },
  });
}

/** As the candle of a symbol, or `continuous` as that of a pair's perpetual. */
export function klineEvent(market: Market, candle: Candle, { interval, intervalMs, continuous }: KlineTerms, nowMs: number): string {
  const { spec } = market;
  const endMs = candle.openMs + intervalMs - 1;
  const about = continuous
    ? { e: 'continuous_kline', E: nowMs, ps: spec.symbol, ct: 'PERPETUAL' }
    : { e: 'kline', E: nowMs, s: spec.symbol };
  return jsonText({
    ...about,
    k: {
      ...{ t: candle.openMs, T: endMs, ...(continuous ? {} : { s: spec.symbol }), i: interval, f: candle.firstId, L: candle.lastId },
      ...{
        o: priceText(spec, candle.open),
        c: priceText(spec, candle.close),
        h: priceText(spec, candle.high),
        l: priceText(spec, candle.low),
      },
      ...{ v: qtyText(spec, candle.lots), n: candle.trades, x: nowMs > endMs, q: quoteText(spec, candle.notional) },
      ...{ V: qtyText(spec, candle.takerBuyLots), Q: quoteText(spec, candle.takerBuyNotional), B: '0' },
    },
    st: USD_M,
  });
}

/** Price and buffers of a margin asset. */
export function assetIndexEvent(asset: MarginAsset, nowMs: number): string {
  const { options } = asset;
  const buffer = (text: string): string => unitsText(unitsOf(text));
  return jsonText({
    ...{ e: 'assetIndexUpdate', E: nowMs, s: `${asset.name}USD`, i: unitsText(asset.index) },
    ...{ b: buffer(options.bidBuffer), a: buffer(options.askBuffer), B: unitsText(asset.bidRate), A: unitsText(asset.askRate) },
    ...{ q: buffer(options.autoExchangeBidBuffer), g: buffer(options.autoExchangeAskBuffer) },
    ...{ Q: unitsText(asset.autoExchangeBidRate), G: unitsText(asset.autoExchangeAskRate) },
  });
}

/** A contract that was listed, halted, settled; with its leverage table. */
export function contractInfoEvent(market: Market, nowMs: number): string {
  const { spec, status } = market;
  const most = (cap: Units): number => Number(cap / UNITS_PER_ONE);
  return jsonText({
    ...{
      e: 'contractInfo',
      E: nowMs,
      s: spec.symbol,
      ct: 'PERPETUAL',
      dt: PERPETUAL_DELIVERY_MS,
      ot: ONBOARD_MS,
      cs: status,
    },
    bks: spec.brackets.map(({ bracket, floor, cap, rate, cum, initialLeverage }) => ({
      ...{
        bs: bracket,
        bnf: most(floor),
        bnc: most(cap),
        mmr: Number(unitsText(rate)),
        cf: Number(unitsText(cum)),
        mi: 1,
        ma: initialLeverage,
      },
    })),
    st: USD_M,
  });
}

export function miniTickerEvent(market: Market, nowMs: number): string {
  const { spec } = market;
  const day = dayStatistics(market, nowMs);
  return jsonText({
    ...{ e: '24hrMiniTicker', E: nowMs, s: spec.symbol, ps: spec.symbol, c: priceText(spec, day.close), o: priceText(spec, day.open) },
    ...{
      h: priceText(spec, day.high),
      l: priceText(spec, day.low),
      v: qtyText(spec, day.lots),
      q: quoteText(spec, day.notional),
      st: USD_M,
    },
  });
}

export function tickerEvent(market: Market, nowMs: number): string {
  const { spec } = market;
  const day = dayStatistics(market, nowMs);
  return jsonText({
    ...{ e: '24hrTicker', E: nowMs, s: spec.symbol, ps: spec.symbol, p: priceText(spec, day.close - day.open), P: changePercent(day) },
    ...{ w: trimmedText(averagePrice(spec, day.notional, day.lots), spec.options.pricePrecision), c: priceText(spec, day.close) },
    ...{ Q: qtyText(spec, day.lastLots), o: priceText(spec, day.open), h: priceText(spec, day.high), l: priceText(spec, day.low) },
    ...{ v: qtyText(spec, day.lots), q: quoteText(spec, day.notional), O: day.openMs, C: nowMs, F: day.firstId, L: day.lastId },
    ...{ n: day.trades, st: USD_M },
  });
}

export function forceOrderEvent(order: Order, nowMs: number): string {
  const { spec } = order.market;
  const price = priceText(spec, order.ticks);
  return jsonText({
    ...{ e: 'forceOrder', E: nowMs, ps: spec.symbol, st: USD_M },
    o: {
      ...{ s: spec.symbol, S: order.side, o: 'LIMIT', f: 'IOC', q: qtyText(spec, order.lots), p: price },
      ...{ ap: trimmedText(averagePrice(spec, order.filledNotional, order.filledLots), spec.options.pricePrecision), X: order.status },
      ...{ l: qtyText(spec, order.filledLots), z: qtyText(spec, order.filledLots), T: order.updatedMs },
    },
  });
}
