/** Public market data. */

import type { Market } from '../market/market.ts';
import { qtyText } from '../market/symbol-spec.ts';
import type { JsonValue } from '../numbers/json.ts';
import { unitsText } from '../numbers/units.ts';
import { REFUSALS, Refusal, refuse, searchWindow } from '../order/refusal.ts';
import {
  aggregateRow,
  bookTicker,
  candleRow,
  dayTicker,
  depthSnapshot,
  exchangeInfo,
  FUNDING_INTERVAL_MS,
  premiumIndex,
  priceTicker,
  tradeRow,
} from '../render/market-json.ts';
import { type Call, type EndpointTable, keyed, marketOf, marketsOf, open, pooled, weightBySymbol } from './endpoint.ts';
import type { Params } from './params.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Kline intervals; a month is taken as 30 days. */
export const INTERVALS: Readonly<Record<string, number>> = {
  '1m': MINUTE_MS,
  '3m': 3 * MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '30m': 30 * MINUTE_MS,
  '1h': HOUR_MS,
  '2h': 2 * HOUR_MS,
  '4h': 4 * HOUR_MS,
  '6h': 6 * HOUR_MS,
  '8h': 8 * HOUR_MS,
  '12h': 12 * HOUR_MS,
  '1d': DAY_MS,
  '3d': 3 * DAY_MS,
  '1w': 7 * DAY_MS,
  '1M': 30 * DAY_MS,
};

const DEPTHS = [5, 10, 20, 50, 100, 500, 1000];
const HISTORY_MS = 48 * HOUR_MS;

function depthWeight(params: Params): number {
  const limit = Number(params.text('limit') ?? 500);
  return limit <= 50 ? 2 : limit <= 100 ? 5 : limit <= 500 ? 10 : 20;
}

export function klineWeight(params: Params): number {
  const limit = Number(params.text('limit') ?? 500);
  return limit < 100 ? 1 : limit < 500 ? 2 : limit <= 1000 ? 5 : 10;
}

function depth(call: Call): JsonValue {
  const market = marketOf(call);
  const limit = call.params.integer('limit') ?? 500;
  if (!DEPTHS.includes(limit)) refuse(new Refusal(-4021, `${limit} is not valid depth limit.`));
  return depthSnapshot(market, limit, call.nowMs);
}

function trades(call: Call): JsonValue {
  const { spec, tape } = marketOf(call);
  return tape.trades.slice(-call.params.limit(500, 1000)).map((trade) => tradeRow(spec, trade));
}

function olderTrades(call: Call): JsonValue {
  const fromId = call.params.integer('fromId');
  if (fromId === undefined) return trades(call);
  const { spec, tape } = marketOf(call);
  const found = tape.trades.filter(({ id }) => id >= fromId);
  return found.slice(0, call.params.limit(500, 1000)).map((trade) => tradeRow(spec, trade));
}

function aggregateTrades(call: Call): JsonValue {
  const { params, nowMs } = call;
  const { spec, tape } = marketOf(call);
  const limit = params.limit(500, 1000);
  const fromId = params.integer('fromId');
  const start = params.integer('startTime');
  const end = params.integer('endTime') ?? nowMs;
  if (start !== undefined && start < nowMs - HISTORY_MS) refuse(searchWindow('2 days'));
  const timed = start !== undefined && params.has('endTime');
  if (timed && end - start > HOUR_MS) refuse(new Refusal(-1127, 'More than 1 hours between startTime and endTime.'));
  const found = tape.aggregates.filter((trade) =>
    fromId === undefined ? trade.timeMs >= (start ?? 0) && trade.timeMs <= end : trade.id >= fromId,
  );
  const anchored = fromId !== undefined || start !== undefined;
  return (anchored ? found.slice(0, limit) : found.slice(-limit)).map((trade) => aggregateRow(spec, trade));
}

export function klines(call: Call, market: Market = marketOf(call)): JsonValue {
  const { spec, tape } = market;
  const intervalMs = INTERVALS[call.params.required('interval')] ?? refuse(REFUSALS.interval);
  const limit = call.params.limit(500, 1500);
  const start = call.params.integer('startTime');
  const end = call.params.integer('endTime') ?? call.nowMs;
  const found = tape.candles(intervalMs).filter((candle) => candle.openMs >= (start ?? 0) && candle.openMs <= end);
  return (start === undefined ? found.slice(-limit) : found.slice(0, limit)).map((candle) => candleRow(spec, candle, intervalMs));
}

/** One object when a symbol is named, else a list. */
function oneOrAll(call: Call, row: (market: Market, nowMs: number) => JsonValue): JsonValue {
  const rows = marketsOf(call).map((market) => row(market, call.nowMs));
  return call.params.text('symbol') === undefined ? rows : (rows[0] ?? null);
}

/** Oldest first. Before the first funding of this venue there is one row, of the hour before. */
function fundingRate(call: Call): JsonValue {
  const { params, nowMs } = call;
  const limit = params.limit(100, 1000);
  const start = params.integer('startTime');
  const end = params.integer('endTime') ?? nowMs;
  const rows = marketsOf(call).flatMap((market) => {
    const opening = { timeMs: nowMs - (nowMs % FUNDING_INTERVAL_MS), rate: market.fundingRate, mark: market.mark, special: false };
    return (market.fundings.length === 0 ? [opening] : market.fundings).map((funding) => ({ market, funding }));
  });
  rows.sort((a, b) => a.funding.timeMs - b.funding.timeMs);
  const found = rows.filter(({ funding }) => funding.timeMs >= (start ?? 0) && funding.timeMs <= end);
  return (start === undefined ? found.slice(-limit) : found.slice(0, limit)).map(({ market, funding }) => ({
    ...{ symbol: market.spec.symbol, fundingRate: unitsText(funding.rate), fundingTime: funding.timeMs },
    ...{ markPrice: unitsText(funding.mark), rateType: funding.special ? 'Special' : 'Regular' },
  }));
}

/** Longs of all accounts. */
function openInterest(call: Call): JsonValue {
  const market = marketOf(call);
  let lots = 0;
  for (const account of call.venue.engine.accounts())
    for (const position of account.holding(market).positions) lots += Math.max(0, position.lots);
  return { openInterest: qtyText(market.spec, lots), symbol: market.spec.symbol, time: call.nowMs };
}

export const MARKET_ENDPOINTS: EndpointTable = {
  'GET /fapi/v1/ping': open(1, () => ({})),
  'GET /fapi/v1/time': open(1, ({ nowMs }) => ({ serverTime: nowMs })),
  'GET /fapi/v1/exchangeInfo': open(1, ({ venue, nowMs }) => exchangeInfo(venue.engine.markets(), venue.options.limits, nowMs)),
  'GET /fapi/v1/depth': open(depthWeight, depth, ['symbol']),
  'GET /fapi/v1/trades': open(5, trades, ['symbol']),
  'GET /fapi/v1/historicalTrades': keyed(200, olderTrades, ['symbol']),
  'GET /fapi/v1/aggTrades': open(20, aggregateTrades, ['symbol']),
  'GET /fapi/v1/klines': open(klineWeight, (call) => klines(call), ['symbol', 'interval']),
  'GET /fapi/v1/premiumIndex': open(weightBySymbol(1, 10), (call) => oneOrAll(call, premiumIndex)),
  'GET /fapi/v1/fundingRate': pooled(fundingRate),
  'GET /fapi/v1/fundingInfo': pooled(() => []),
  'GET /fapi/v1/openInterest': open(1, openInterest, ['symbol']),
  'GET /fapi/v1/ticker/24hr': open(weightBySymbol(1, 40), (call) => oneOrAll(call, dayTicker)),
  'GET /fapi/v1/ticker/price': open(weightBySymbol(1, 2), (call) => oneOrAll(call, priceTicker)),
  'GET /fapi/v2/ticker/price': open(weightBySymbol(1, 2), (call) => oneOrAll(call, priceTicker)),
  'GET /fapi/v1/ticker/bookTicker': open(weightBySymbol(2, 5), (call) => oneOrAll(call, bookTicker)),
};
