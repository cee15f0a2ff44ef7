/**
 * `/futures/data`: statistics by period. Taker volume and basis come from the candles; open interest and the ratios of longs to shorts are
 * not recorded, so they have one row, of the running period.
 */
import type { Account } from '../account/account.ts';
import { accountMargin } from '../account/account-margin.ts';
import type { Market } from '../market/market.ts';
import { qtyText, worthOf } from '../market/symbol-spec.ts';
import type { JsonValue } from '../numbers/json.ts';
import { divideRounded, trimmedText, UNITS_PER_ONE, type Units, unitsText } from '../numbers/units.ts';
import { invalidParameter, REFUSALS, refuse } from '../order/refusal.ts';
import { type Call, type EndpointTable, marketOf, open } from './endpoint.ts';
import { INTERVALS } from './market-endpoints.ts';

const PERIODS = ['5m', '15m', '30m', '1h', '2h', '4h', '6h', '12h', '1d'] as const;
const YEAR_MS = 365 * 86_400_000;

function periodMs(call: Call): number {
  call.params.required('period');
  const period = call.params.oneOf('period', PERIODS) ?? PERIODS[0];
  return INTERVALS[period] ?? 0;
}

function pairMarket(call: Call): Market {
  return call.venue.engine.market(call.params.required('pair')) ?? refuse(REFUSALS.symbol);
}

/** Newest last, at most `limit` (30, up to 500), within the times asked for. */
function within<T extends { readonly openMs: number }>(call: Call, rows: readonly T[]): T[] {
  const limit = call.params.limit(30, 500);
  const [start, end] = [call.params.integer('startTime') ?? 0, call.params.integer('endTime') ?? call.nowMs];
  return rows.filter(({ openMs }) => openMs >= start && openMs <= end).slice(-limit);
}

function nowRow(call: Call, row: (openMs: number) => JsonValue): JsonValue {
  const span = periodMs(call);
  return within(call, [{ openMs: call.nowMs - (call.nowMs % span) }]).map(({ openMs }) => row(openMs));
}

interface Interest {
  readonly account: Account;
  readonly longs: number;
  readonly shorts: number;
}

function interests({ venue }: Call, market: Market): Interest[] {
  const rows: Interest[] = [];
  for (const account of venue.engine.accounts()) {
    let [longs, shorts] = [0, 0];
    for (const { lots } of account.holding(market).positions) {
      longs += Math.max(0, lots);
      shorts += Math.max(0, -lots);
    }
    if (longs + shorts > 0) rows.push({ account, longs, shorts });
  }
  return rows;
}

function openInterest(call: Call): JsonValue {
  const market = marketOf(call);
  const lots = interests(call, market).reduce((sum, { longs }) => sum + longs, 0);
  return nowRow(call, (timestamp) => ({
    ...{ symbol: market.spec.symbol, sumOpenInterest: qtyText(market.spec, lots) },
    ...{ sumOpenInterestValue: unitsText(worthOf(market.spec, lots, market.mark)), CMCCirculatingSupply: '0', timestamp },
  }));
}

/** A fifth of the holders, those with the most margin; at least one. */
function topHolders(rows: readonly Interest[]): Interest[] {
  const ranked = rows.map((row) => ({ row, balance: accountMargin(row.account).balance }));
  ranked.sort((a, b) => (a.balance < b.balance ? 1 : a.balance > b.balance ? -1 : 0));
  return ranked.slice(0, Math.max(1, Math.ceil(rows.length / 5))).map(({ row }) => row);
}

function share(part: number, whole: number): string {
  return trimmedText(whole === 0 ? 0n : divideRounded(BigInt(part) * UNITS_PER_ONE, BigInt(whole)), 4);
}

function ratioRow(call: Call, long: number, short: number): JsonValue {
  const { symbol } = marketOf(call).spec;
  const [longAccount, shortAccount] = [share(long, long + short), share(short, long + short)];
  return nowRow(call, (timestamp) => ({ symbol, longShortRatio: share(long, short), longAccount, shortAccount, timestamp }));
}

function accountRatio(call: Call, top: boolean): JsonValue {
  const all = interests(call, marketOf(call));
  const rows = top ? topHolders(all) : all;
  return ratioRow(call, rows.filter((row) => row.longs > row.shorts).length, rows.filter((row) => row.shorts > row.longs).length);
}

function positionRatio(call: Call): JsonValue {
  const rows = topHolders(interests(call, marketOf(call)));
  const sum = (side: 'longs' | 'shorts'): number => rows.reduce((total, row) => total + row[side], 0);
  return ratioRow(call, sum('longs'), sum('shorts'));
}

function takerVolume(call: Call): JsonValue {
  const { spec, tape } = marketOf(call);
  return within(call, tape.candles(periodMs(call))).map(({ openMs, lots, takerBuyLots }) => ({
    buySellRatio: share(takerBuyLots, lots - takerBuyLots),
    sellVol: qtyText(spec, lots - takerBuyLots),
    buyVol: qtyText(spec, takerBuyLots),
    timestamp: openMs,
  }));
}

function basis(call: Call): JsonValue {
  const market = pairMarket(call);
  const contractType = call.params.required('contractType');
  if (contractType !== 'PERPETUAL') refuse(invalidParameter('contractType'));
  const span = periodMs(call);
  const index = new Map(market.indexCandles.candles(span).map(({ openMs, close }) => [openMs, close]));
  return within(call, market.markCandles.candles(span)).map(({ openMs, close }) => {
    const base: Units = index.get(openMs) ?? close;
    const rate = divideRounded((close - base) * UNITS_PER_ONE, base);
    return {
      ...{ indexPrice: trimmedText(base), contractType, basisRate: trimmedText(rate, 4), futuresPrice: trimmedText(close) },
      ...{ annualizedBasisRate: trimmedText((rate * BigInt(YEAR_MS)) / BigInt(span), 4), basis: trimmedText(close - base) },
      ...{ pair: market.spec.symbol, timestamp: openMs },
    };
  });
}

/** Perpetuals are never delivered. */
function deliveryPrice(call: Call): JsonValue {
  pairMarket(call);
  return [];
}

const BY_SYMBOL = ['symbol', 'period'] as const;

export const STATISTICS_ENDPOINTS: EndpointTable = {
  'GET /futures/data/openInterestHist': open(0, openInterest, BY_SYMBOL),
  'GET /futures/data/topLongShortPositionRatio': open(0, positionRatio, BY_SYMBOL),
  'GET /futures/data/topLongShortAccountRatio': open(0, (call) => accountRatio(call, true), BY_SYMBOL),
  'GET /futures/data/globalLongShortAccountRatio': open(0, (call) => accountRatio(call, false), BY_SYMBOL),
  'GET /futures/data/takerlongshortRatio': open(0, takerVolume, BY_SYMBOL),
  'GET /futures/data/basis': open(0, basis, ['pair', 'contractType', 'period']),
  'GET /futures/data/delivery-price': open(0, deliveryPrice, ['pair']),
};
