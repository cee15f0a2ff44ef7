/** Balances, positions, settings, income and listen keys. */

import { accountMargin } from '../account/account-margin.ts';
import { adlQuantile } from '../account/adl-rank.ts';
import type { Position } from '../account/position.ts';
import type { JsonValue } from '../numbers/json.ts';
import { trimmedText, unitsText } from '../numbers/units.ts';
import { REFUSALS, refuse } from '../order/refusal.ts';
import { accountV2, accountV3, balanceRows, positionRiskV2, positionRiskV3 } from '../render/account-json.ts';
import { leverageBracketRow, symbolConfigRow } from '../render/market-json.ts';
import { listedOrderRow } from '../render/order-json.ts';
import { type AccountCall, type EndpointTable, keyed, marketOf, marketsOf, signed, weightBySymbol } from './endpoint.ts';
import { readSpan } from './order-endpoints.ts';

function holdings(call: AccountCall) {
  return marketsOf(call).map((market) => call.account.holding(market));
}

/** Three months. */
const INCOME_KEPT_MS = 90 * 86_400_000;

function income(call: AccountCall): JsonValue {
  const { params, account } = call;
  const limit = params.limit(100, 1000);
  const { fromMs, tillMs } = readSpan(params, call.nowMs);
  const symbol = params.text('symbol');
  const type = params.text('incomeType');
  const page = params.integer('page') ?? 1;
  const rows = account.income.filter((row) => {
    if (symbol !== undefined && row.symbol !== symbol) return false;
    if (type !== undefined && row.incomeType !== type) return false;
    if (row.timeMs < call.nowMs - INCOME_KEPT_MS) return false;
    return row.timeMs >= fromMs && row.timeMs <= tillMs;
  });
  return rows.slice((page - 1) * limit, page * limit).map((row) => ({
    ...{ symbol: row.symbol, incomeType: row.incomeType, income: trimmedText(row.income, 8), asset: row.asset },
    ...{ info: row.incomeType, time: row.timeMs, tranId: row.tranId, tradeId: row.tradeId },
  }));
}

function orderLimits(call: AccountCall): JsonValue {
  const { limits } = call.venue;
  const counts = limits.orderCounts(call.account.name, call.nowMs);
  return [
    { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: limits.options.ordersPer10Seconds, count: counts.tenSeconds },
    { rateLimitType: 'ORDERS', interval: 'MINUTE', intervalNum: 1, limit: limits.options.ordersPerMinute, count: counts.minute },
  ];
}

function commissionRate(call: AccountCall): JsonValue {
  const { fees } = call.account;
  return {
    symbol: marketOf(call).spec.symbol,
    makerCommissionRate: trimmedText(fees.maker, 4),
    takerCommissionRate: trimmedText(fees.taker, 4),
    rpiCommissionRate: '0.0000',
  };
}

/** One-way: BOTH. Hedge: LONG and SHORT, the same for both where they share their margin, which HEDGE instead of BOTH says. */
function adlQuantiles(call: AccountCall): JsonValue {
  const { account, venue } = call;
  const held = holdings(call).filter((holding) => !holding.flat);
  return held.map(({ market, positions, isolated }) => {
    const [first, second] = positions.map((position) => adlQuantile(venue.engine.accounts(), position));
    const sides = account.dual ? { LONG: first ?? 0, SHORT: second ?? 0 } : { LONG: 0, SHORT: 0 };
    const together = account.dual && !isolated ? { HEDGE: 0 } : { BOTH: account.dual ? 0 : (first ?? 0) };
    return { symbol: market.spec.symbol, adlQuantile: { ...sides, ...together } };
  });
}

/** Forced orders of both kinds, told apart by the ids that the venue gives them. */
function forceOrders(call: AccountCall): JsonValue {
  const limit = call.params.limit(50, 100);
  const kind = call.params.oneOf('autoCloseType', ['LIQUIDATION', 'ADL']);
  const { fromMs, tillMs } = readSpan(call.params, call.nowMs);
  const prefix = kind === undefined ? '' : kind === 'ADL' ? 'adl_autoclose' : 'autoclose-';
  const forced = holdings(call).flatMap((holding) => [...holding.orders()].filter(({ type }) => type === 'LIQUIDATION'));
  const found = forced.filter(({ clientId, createdMs }) => clientId.startsWith(prefix) && createdMs >= fromMs && createdMs <= tillMs);
  return found.slice(-limit).map(listedOrderRow);
}

/** Nobody here has a portfolio margin account; what can be withdrawn is told all the same. */
function portfolioMargin({ account, params, venue }: AccountCall): JsonValue {
  const asset = venue.engine.assets.of(params.required('asset')) ?? refuse(REFUSALS.asset);
  const free = accountMargin(account).assets.find((one) => one.asset === asset.name)?.withdrawable ?? 0n;
  return { maxWithdrawAmountUSD: unitsText(asset.worth(free)), asset: asset.name, maxWithdrawAmount: unitsText(free) };
}

function openListenKey({ venue, account, nowMs }: AccountCall): JsonValue {
  return { listenKey: venue.listenKeys.open(account, nowMs) };
}

function extendListenKey({ venue, account, nowMs }: AccountCall): JsonValue {
  return { listenKey: venue.listenKeys.extend(account, nowMs) ?? refuse(REFUSALS.listenKey) };
}

function closeListenKey({ venue, account }: AccountCall): JsonValue {
  return venue.listenKeys.close(account) ? {} : refuse(REFUSALS.listenKey);
}

function accountConfig({ account }: AccountCall): JsonValue {
  return {
    ...{ feeTier: 0, canTrade: true, canDeposit: true, canWithdraw: true, dualSidePosition: account.dual },
    ...{ updateTime: 0, multiAssetsMargin: account.multiAssets, tradeGroupId: -1 },
  };
}

function rankOf({ venue }: AccountCall): (position: Position) => number {
  return (position) => adlQuantile(venue.engine.accounts(), position);
}

export const ACCOUNT_ENDPOINTS: EndpointTable = {
  'GET /fapi/v2/balance': signed(5, (call) => balanceRows(call.account)),
  'GET /fapi/v3/balance': signed(5, (call) => balanceRows(call.account)),
  'GET /fapi/v2/account': signed(5, (call) => accountV2(call.account, holdings(call))),
  'GET /fapi/v3/account': signed(5, (call) => accountV3(call.account)),
  'GET /fapi/v2/positionRisk': signed(5, (call) => positionRiskV2(call.account, holdings(call))),
  'GET /fapi/v3/positionRisk': signed(5, (call) => positionRiskV3(call.account, holdings(call), rankOf(call))),
  'GET /fapi/v1/accountConfig': signed(5, accountConfig),
  'GET /fapi/v1/symbolConfig': signed(5, (call) => holdings(call).map(symbolConfigRow)),
  'GET /fapi/v1/leverageBracket': signed(1, (call) => marketsOf(call).map(({ spec }) => leverageBracketRow(spec))),
  'GET /fapi/v1/commissionRate': signed(20, commissionRate, { mandatory: ['symbol'] }),
  'GET /fapi/v1/income': signed(30, income),
  'GET /fapi/v1/rateLimit/order': signed(1, orderLimits),
  'GET /fapi/v1/adlQuantile': signed(5, adlQuantiles),
  'GET /fapi/v1/forceOrders': signed(weightBySymbol(20, 50), forceOrders),
  'GET /fapi/v1/apiTradingStatus': signed(weightBySymbol(1, 10), ({ nowMs }) => ({ indicators: {}, updateTime: nowMs })),
  'GET /fapi/v1/pmAccountInfo': signed(5, portfolioMargin, { mandatory: ['asset'] }),
  'POST /fapi/v1/stock/contract': signed(50, () => ({ code: 200, msg: 'success' })),
  'POST /fapi/v1/listenKey': keyed(1, openListenKey),
  'PUT /fapi/v1/listenKey': keyed(1, extendListenKey),
  'DELETE /fapi/v1/listenKey': keyed(1, closeListenKey),
};
