/** Public market data as the REST API prints it. */
import type { Holding } from '../account/holding.ts';
import { notionalCap } from '../account/margin.ts';
import type { LimitOptions } from '../http/rate-limits.ts';
import type { Market } from '../market/market.ts';
import { averagePrice, priceText, qtyText, type SymbolSpec } from '../market/symbol-spec.ts';
import type { AggregateTrade, Candle, PublicTrade } from '../market/trade-tape.ts';
import type { PriceLevels } from '../matching/price-levels.ts';
import type { JsonValue } from '../numbers/json.ts';
import { divideRounded, trimmedText, type Units, unitsText } from '../numbers/units.ts';
import type { Order } from '../order/order.ts';
import { type JsonObject, quoteText } from './order-json.ts';

export const PERPETUAL_DELIVERY_MS = 4_133_404_800_000;
export const ONBOARD_MS = 1_569_398_400_000;
export const FUNDING_INTERVAL_MS = 8 * 3_600_000;

export function nextFundingMs(nowMs: number): number {
  return nowMs - (nowMs % FUNDING_INTERVAL_MS) + FUNDING_INTERVAL_MS;
}

function filters(spec: SymbolSpec): JsonValue {
  const { options } = spec;
  return [
    { filterType: 'PRICE_FILTER', minPrice: options.minPrice, maxPrice: options.maxPrice, tickSize: options.tickSize },
    { filterType: 'LOT_SIZE', minQty: options.minQty, maxQty: options.maxQty, stepSize: options.stepSize },
    { filterType: 'MARKET_LOT_SIZE', minQty: options.minQty, maxQty: options.marketMaxQty, stepSize: options.stepSize },
    { filterType: 'MAX_NUM_ORDERS', limit: 200 },
    { filterType: 'MIN_NOTIONAL', notional: options.minNotional },
    {
      ...{ filterType: 'PERCENT_PRICE', multiplierUp: options.multiplierUp, multiplierDown: options.multiplierDown },
      multiplierDecimal: '4',
    },
    { filterType: 'POSITION_RISK_CONTROL', positionControlSide: 'NONE' },
  ];
}

function symbolInfo(market: Market): JsonObject {
  const { options } = market.spec;
  return {
    symbol: options.symbol,
    pair: options.symbol,
    contractType: 'PERPETUAL',
    deliveryDate: PERPETUAL_DELIVERY_MS,
    onboardDate: ONBOARD_MS,
    status: market.status,
    maintMarginPercent: '2.5000',
    requiredMarginPercent: '5.0000',
    baseAsset: options.baseAsset,
    quoteAsset: options.quoteAsset,
    marginAsset: options.quoteAsset,
    pricePrecision: options.pricePrecision,
    quantityPrecision: options.quantityPrecision,
    baseAssetPrecision: 8,
    quotePrecision: 8,
    underlyingType: 'COIN',
    underlyingSubType: ['PoW'],
    settlePlan: 0,
    triggerProtect: options.triggerProtect,
    liquidationFee: options.liquidationFee,
    marketTakeBound: options.marketTakeBound,
    maxMoveOrderLimit: 10_000,
    filters: filters(market.spec),
    orderTypes: ['LIMIT', 'MARKET', 'STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TAKE_PROFIT_MARKET', 'TRAILING_STOP_MARKET'],
    timeInForce: ['GTC', 'IOC', 'FOK', 'GTX', 'GTD', 'RPI'],
    permissionSets: ['GRID', 'COPY'],
  };
}

export function rateLimitRows(limits: LimitOptions): JsonObject[] {
  return [
    { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: limits.weightPerMinute },
    { rateLimitType: 'ORDERS', interval: 'MINUTE', intervalNum: 1, limit: limits.ordersPerMinute },
    { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: limits.ordersPer10Seconds },
  ];
}

export function exchangeInfo(markets: Iterable<Market>, limits: LimitOptions, nowMs: number): JsonObject {
  return {
    timezone: 'UTC',
    serverTime: nowMs,
    futuresType: 'U_MARGINED',
    rateLimits: rateLimitRows(limits),
    exchangeFilters: [],
    assets: [{ asset: 'USDT', marginAvailable: true, autoAssetExchange: '-10000' }],
    symbols: [...markets].map(symbolInfo),
  };
}

export function levelRows(spec: SymbolSpec, side: PriceLevels<Order>, depth: number): string[][] {
  const rows: string[][] = [];
  for (let n = 0; n < depth; n += 1) {
    const level = side.nth(n);
    if (level === undefined) break;
    rows.push([priceText(spec, level.ticks), qtyText(spec, level.lots)]);
  }
  return rows;
}

export function depthSnapshot(market: Market, depth: number, nowMs: number): JsonObject {
  const { spec, book } = market;
  return {
    lastUpdateId: market.lastUpdateId,
    E: nowMs,
    T: market.lastChangeMs,
    bids: levelRows(spec, book.bids, depth),
    asks: levelRows(spec, book.asks, depth),
  };
}

export function tradeRow(spec: SymbolSpec, trade: PublicTrade): JsonObject {
  return {
    ...{ id: trade.id, price: priceText(spec, trade.ticks), qty: qtyText(spec, trade.lots), quoteQty: quoteText(spec, trade.notional) },
    ...{ time: trade.timeMs, isBuyerMaker: trade.buyerIsMaker, isRPITrade: false },
  };
}

export function aggregateRow(spec: SymbolSpec, trade: AggregateTrade): JsonObject {
  const qty = qtyText(spec, trade.lots);
  return {
    ...{ a: trade.id, p: priceText(spec, trade.ticks), q: qty, nq: qty, f: trade.firstId, l: trade.lastId },
    ...{ T: trade.timeMs, m: trade.buyerIsMaker },
  };
}

export function candleRow(spec: SymbolSpec, candle: Candle, intervalMs: number): JsonValue {
  return [
    ...[candle.openMs, priceText(spec, candle.open), priceText(spec, candle.high), priceText(spec, candle.low)],
    ...[priceText(spec, candle.close), qtyText(spec, candle.lots), candle.openMs + intervalMs - 1, quoteText(spec, candle.notional)],
    ...[candle.trades, qtyText(spec, candle.takerBuyLots), quoteText(spec, candle.takerBuyNotional), '0'],
  ];
}

export function premiumIndex(market: Market, nowMs: number): JsonObject {
  return {
    symbol: market.spec.symbol,
    markPrice: unitsText(market.mark),
    indexPrice: unitsText(market.index),
    estimatedSettlePrice: unitsText(market.index),
    lastFundingRate: unitsText(market.fundingRate),
    interestRate: '0.00010000',
    nextFundingTime: nextFundingMs(nowMs),
    time: nowMs,
  };
}

export function bookTicker(market: Market, nowMs: number): JsonObject {
  const { spec, book } = market;
  const bid = book.bids.best();
  const ask = book.asks.best();
  return {
    symbol: spec.symbol,
    bidPrice: priceText(spec, bid?.ticks ?? 0),
    bidQty: qtyText(spec, bid?.lots ?? 0),
    askPrice: priceText(spec, ask?.ticks ?? 0),
    askQty: qtyText(spec, ask?.lots ?? 0),
    time: nowMs,
    lastUpdateId: market.lastUpdateId,
  };
}

export function priceTicker(market: Market, nowMs: number): JsonObject {
  return { symbol: market.spec.symbol, price: trimmedText(market.lastPrice, market.spec.options.pricePrecision), time: nowMs };
}

/** The last 24 hours of one-minute candles in one. */
export interface DayStatistics {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly lots: number;
  readonly notional: Units;
  readonly trades: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly openMs: number;
  readonly lastLots: number;
}

const DAY_MS = 86_400_000;

export function dayStatistics(market: Market, nowMs: number): DayStatistics {
  const fallback = market.ticksBelow(market.lastPrice);
  const minutes = market.tape.minutes.filter((candle) => candle.openMs > nowMs - DAY_MS);
  const first = minutes[0];
  const last = minutes[minutes.length - 1];
  let high = first?.high ?? fallback;
  let low = first?.low ?? fallback;
  let lots = 0;
  let notional = 0n;
  let trades = 0;
  for (const candle of minutes) {
    high = Math.max(high, candle.high);
    low = Math.min(low, candle.low);
    lots += candle.lots;
    notional += candle.notional;
    trades += candle.trades;
  }
  const { trades: tape } = market.tape;
  return {
    ...{ open: first?.open ?? fallback, high, low, close: last?.close ?? fallback, lots, notional, trades },
    ...{ firstId: first?.firstId ?? -1, lastId: last?.lastId ?? -1, openMs: first?.openMs ?? nowMs - DAY_MS },
    lastLots: tape[tape.length - 1]?.lots ?? 0,
  };
}

export function changePercent(day: DayStatistics): string {
  if (day.open === 0) return '0.000';
  const share = divideRounded(BigInt(day.close - day.open) * 10_000_000_000n, BigInt(day.open));
  return trimmedText(share, 3);
}

export function dayTicker(market: Market, nowMs: number): JsonObject {
  const { spec } = market;
  const day = dayStatistics(market, nowMs);
  return {
    symbol: spec.symbol,
    priceChange: priceText(spec, day.close - day.open),
    priceChangePercent: changePercent(day),
    weightedAvgPrice: trimmedText(averagePrice(spec, day.notional, day.lots), spec.options.pricePrecision),
    lastPrice: priceText(spec, day.close),
    lastQty: qtyText(spec, day.lastLots),
    openPrice: priceText(spec, day.open),
    highPrice: priceText(spec, day.high),
    lowPrice: priceText(spec, day.low),
    volume: qtyText(spec, day.lots),
    quoteVolume: quoteText(spec, day.notional),
    openTime: day.openMs,
    closeTime: nowMs,
    firstId: day.firstId,
    lastId: day.lastId,
    count: day.trades,
  };
}

/** Numbers, not strings: as the real endpoint does. */
export function leverageBracketRow(spec: SymbolSpec): JsonObject {
  return {
    symbol: spec.symbol,
    brackets: spec.brackets.map((row) => ({
      ...{ bracket: row.bracket, initialLeverage: row.initialLeverage, notionalCap: Number(row.cap / 100_000_000n) },
      ...{
        notionalFloor: Number(row.floor / 100_000_000n),
        maintMarginRatio: Number(unitsText(row.rate)),
        cum: Number(unitsText(row.cum)),
      },
    })),
  };
}

export function symbolConfigRow({ market, leverage, isolated }: Holding): JsonObject {
  const cap = trimmedText(notionalCap(market.spec, leverage));
  const marginType = isolated ? 'ISOLATED' : 'CROSSED';
  return { symbol: market.spec.symbol, marginType, isAutoAddMargin: false, leverage, maxNotionalValue: cap };
}

/** Best prices as one comparable text, to see whether they changed. */
export function touchOf(market: Market): string {
  const bid = market.book.bids.best();
  const ask = market.book.asks.best();
  return `${bid?.ticks ?? 0}:${bid?.lots ?? 0}:${ask?.ticks ?? 0}:${ask?.lots ?? 0}`;
}
