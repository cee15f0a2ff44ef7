/** Public data beside the book and its trades: mark, index and premium candles, constituents, insurance, schedules, statistics. */
import type { Market } from '../market/market.ts';
import type { PriceCandle } from '../market/price-candles.ts';
import type { JsonValue } from '../numbers/json.ts';
import { divideRounded, type Units, unitsText } from '../numbers/units.ts';
import { REFUSALS, refuse } from '../order/refusal.ts';
import { depthSnapshot } from '../render/market-json.ts';
import { type Call, type EndpointTable, marketOf, marketsOf, open } from './endpoint.ts';
import { INTERVALS, klines, klineWeight } from './market-endpoints.ts';

/** A pair is called like its perpetual here. */
function ofPair(call: Call): Market {
  return call.venue.engine.market(call.params.required('pair')) ?? refuse(REFUSALS.symbol);
}

function priceRow({ openMs, open: first, high, low, close }: PriceCandle, intervalMs: number): JsonValue {
  const prices = [first, high, low, close].map((price) => unitsText(price));
  return [openMs, ...prices, '0', openMs + intervalMs - 1, '0', 0, '0', '0', '0'];
}

function priceKlines(call: Call, candles: (intervalMs: number) => readonly PriceCandle[]): JsonValue {
  const intervalMs = INTERVALS[call.params.required('interval')] ?? refuse(REFUSALS.interval);
  const limit = call.params.limit(500, 1500);
  const start = call.params.integer('startTime');
  const end = call.params.integer('endTime') ?? call.nowMs;
  const found = candles(intervalMs).filter(({ openMs }) => openMs >= (start ?? 0) && openMs <= end);
  return (start === undefined ? found.slice(-limit) : found.slice(0, limit)).map((candle) => priceRow(candle, intervalMs));
}

/** How far the mark is above the index, as a share of the index. */
function premiumCandles({ markCandles, indexCandles }: Market, intervalMs: number): PriceCandle[] {
  const index = new Map(indexCandles.candles(intervalMs).map((candle) => [candle.openMs, candle]));
  return markCandles.candles(intervalMs).flatMap((mark) => {
    const base = index.get(mark.openMs);
    if (base === undefined) return [];
    const share = (a: Units, b: Units) => divideRounded((a - b) * 100_000_000n, b);
    const [first, close] = [share(mark.open, base.open), share(mark.close, base.close)];
    return [{ openMs: mark.openMs, open: first, high: first > close ? first : close, low: first < close ? first : close, close }];
  });
}

/** One object when a symbol is named, else a list. */
function each(call: Call, row: (market: Market) => JsonValue): JsonValue {
  const rows = marketsOf(call).map(row);
  return call.params.text('symbol') === undefined ? rows : (rows[0] ?? null);
}

function rpiDepth(call: Call): JsonValue {
  return depthSnapshot(marketOf(call), call.params.limit(1000, 1000), call.nowMs);
}

function constituents(call: Call): JsonValue {
  const { spec, index } = marketOf(call);
  const one = { exchange: 'simulator', symbol: spec.symbol, price: unitsText(index), weight: '1.00000000' };
  return { symbol: spec.symbol, time: call.nowMs, constituents: [one] };
}

function insurance(call: Call): JsonValue {
  const { insuranceFund } = call.venue.engine;
  const assets = [{ asset: 'USDT', marginBalance: unitsText(insuranceFund.wallet), updateTime: call.nowMs }];
  const row = { symbols: [...call.venue.engine.markets()].map(({ spec }) => spec.symbol), assets };
  return call.params.text('symbol') === undefined ? [row] : row;
}

/** Nobody collects these statistics on a venue of this size. */
const NOTHING = open(0, () => []);

export const REFERENCE_ENDPOINTS: EndpointTable = {
  'GET /fapi/v1/rpiDepth': open(20, rpiDepth, ['symbol']),
  'GET /fapi/v1/continuousKlines': open(klineWeight, (call) => klines(call, ofPair(call)), ['pair', 'contractType', 'interval']),
  'GET /fapi/v1/markPriceKlines': open(
    klineWeight,
    (call) => priceKlines(call, (intervalMs) => marketOf(call).markCandles.candles(intervalMs)),
    ['symbol', 'interval'],
  ),
  'GET /fapi/v1/indexPriceKlines': open(
    klineWeight,
    (call) => priceKlines(call, (intervalMs) => ofPair(call).indexCandles.candles(intervalMs)),
    ['pair', 'interval'],
  ),
  'GET /fapi/v1/premiumIndexKlines': open(
    klineWeight,
    (call) => priceKlines(call, (intervalMs) => premiumCandles(marketOf(call), intervalMs)),
    ['symbol', 'interval'],
  ),
  'GET /fapi/v1/constituents': open(2, constituents, ['symbol']),
  'GET /fapi/v1/insuranceBalance': open(1, insurance),
  'GET /fapi/v1/symbolAdlRisk': open(1, (call) =>
    each(call, ({ spec }) => ({ symbol: spec.symbol, adlRisk: 'low', updateTime: call.nowMs })),
  ),
  'GET /fapi/v1/tradingSchedule': open(5, ({ nowMs }) => ({ updateTime: nowMs, marketSchedules: {} })),
  'GET /fapi/v1/assetIndex': NOTHING,
  'GET /fapi/v1/indexInfo': NOTHING,
  'GET /futures/data/openInterestHist': NOTHING,
  'GET /futures/data/topLongShortPositionRatio': NOTHING,
  'GET /futures/data/topLongShortAccountRatio': NOTHING,
  'GET /futures/data/globalLongShortAccountRatio': NOTHING,
  'GET /futures/data/takerlongshortRatio': NOTHING,
  'GET /futures/data/basis': NOTHING,
  'GET /futures/data/delivery-price': NOTHING,
};
