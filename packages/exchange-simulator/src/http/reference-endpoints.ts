/** Public data beside the book and its trades: mark, index and premium candles, constituents, insurance, schedules, statistics. */
import type { MarginAsset } from '../market/margin-assets.ts';
import type { Market } from '../market/market.ts';
import type { PriceCandle } from '../market/price-candles.ts';
import type { JsonValue } from '../numbers/json.ts';
import { divideRounded, type Units, unitsOf, unitsText } from '../numbers/units.ts';
import { REFUSALS, refuse } from '../order/refusal.ts';
import { depthSnapshot } from '../render/market-json.ts';
import { type Call, type EndpointTable, marketOf, marketsOf, open, weightBySymbol } from './endpoint.ts';
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

/** One fund per asset; symbols by what they are margined in. */
function insurance(call: Call): JsonValue {
  const { deleveraging } = call.venue.engine;
  const markets = [...call.venue.engine.markets()];
  const row = (asset: string): JsonValue => ({
    symbols: markets.filter(({ spec }) => spec.marginAsset === asset).map(({ spec }) => spec.symbol),
    assets: [{ asset, marginBalance: unitsText(deleveraging.balance(asset)), updateTime: call.nowMs }],
  });
  if (call.params.text('symbol') !== undefined) return row(marketOf(call).spec.marginAsset);
  return [...new Set(markets.map(({ spec }) => spec.marginAsset))].map(row);
}

function assetIndexRow(asset: MarginAsset, nowMs: number): JsonValue {
  const { name, options } = asset;
  return {
    ...{ symbol: `${name}USD`, time: nowMs, index: unitsText(asset.index) },
    ...{ bidBuffer: unitsText(unitsOf(options.bidBuffer)), askBuffer: unitsText(unitsOf(options.askBuffer)) },
    ...{ bidRate: unitsText(asset.bidRate), askRate: unitsText(asset.askRate) },
    autoExchangeBidBuffer: unitsText(unitsOf(options.autoExchangeBidBuffer)),
    autoExchangeAskBuffer: unitsText(unitsOf(options.autoExchangeAskBuffer)),
    autoExchangeBidRate: unitsText(asset.autoExchangeBidRate),
    autoExchangeAskRate: unitsText(asset.autoExchangeAskRate),
  };
}

function assetIndex(call: Call): JsonValue {
  const { assets } = call.venue.engine;
  const symbol = call.params.text('symbol');
  if (symbol === undefined) return [...assets.all()].map((asset) => assetIndexRow(asset, call.nowMs));
  return assetIndexRow(assets.of(symbol.replace(/USD$/, '')) ?? refuse(REFUSALS.symbol), call.nowMs);
}

/** No symbol here is an index of several. */
function indexInfo(call: Call): JsonValue {
  marketsOf(call);
  return [];
}

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
    each(call, (market) => {
      const adlRisk = call.venue.engine.deleveraging.risk(market);
      return { symbol: market.spec.symbol, adlRisk, updateTime: call.nowMs };
    }),
  ),
  'GET /fapi/v1/tradingSchedule': open(5, ({ nowMs }) => ({ updateTime: nowMs, marketSchedules: {} })),
  'GET /fapi/v1/assetIndex': open(weightBySymbol(1, 10), assetIndex),
  'GET /fapi/v1/indexInfo': open(1, indexInfo),
};
