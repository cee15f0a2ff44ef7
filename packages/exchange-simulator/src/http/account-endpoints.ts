/** Balances, positions, settings, income and listen keys. */
import { accountMargin, notionalCap } from '../account/margin.ts';
import type { JsonValue } from '../numbers/json.ts';
import { absUnits, trimmedText } from '../numbers/units.ts';
import { REFUSALS, Refusal, refuse } from '../order/refusal.ts';
import { accountV2, accountV3, balanceRows, positionRiskV2, positionRiskV3 } from '../render/account-json.ts';
import { leverageBracketRow, symbolConfigRow } from '../render/market-json.ts';
import { orderRow } from '../render/order-json.ts';
import { type AccountCall, type EndpointTable, keyed, marketOf, marketsOf, signed, weightBySymbol } from './endpoint.ts';
import { readSpan } from './order-endpoints.ts';

function holdings(call: AccountCall) {
  return marketsOf(call).map((market) => call.account.holding(market));
}

function setLeverage(call: AccountCall): JsonValue {
  const market = marketOf(call);
  const text = call.params.required('leverage');
  const leverage = Number(text);
  if (!Number.isInteger(leverage) || leverage < 1 || leverage > 125) refuse(new Refusal(-4028, `Leverage ${text} is not valid`));
  const holding = call.account.holding(market);
  const notional = absUnits(holding.position.valueAt(market.mark));
  if (notional > notionalCap(market.spec, leverage)) refuse(REFUSALS.maxPosition);
  const before = holding.leverage;
  holding.leverage = leverage;
  const margin = accountMargin(call.account);
  holding.leverage = before;
  if (leverage < before && margin.balance < margin.positionMargin + margin.orderMargin) refuse(REFUSALS.leverageForPosition);
  call.venue.engine.setLeverage(call.account, market, leverage);
  return { leverage, maxNotionalValue: trimmedText(notionalCap(market.spec, leverage)), symbol: market.spec.symbol };
}

/** Only cross margin in this version: asking for it again is "no change", anything else is not available. */
function setMarginType(call: AccountCall): JsonValue {
  const market = marketOf(call);
  const type = call.params.required('marginType');
  if (type === 'CROSSED') refuse(REFUSALS.marginTypeSame);
  if (type !== 'ISOLATED') refuse(new Refusal(-4023, 'Invalid margin type'));
  const holding = call.account.holding(market);
  if (holding.open.size > 0) refuse(REFUSALS.marginTypeOrders);
  if (holding.position.lots !== 0) refuse(REFUSALS.marginTypePosition);
  return refuse(REFUSALS.notAvailable);
}

function setPositionMode(call: AccountCall): JsonValue {
  const dual = call.params.flag('dualSidePosition') ?? false;
  if (!dual) refuse(REFUSALS.positionModeSame);
  for (const holding of call.account.holdings()) {
    if (holding.open.size > 0) refuse(new Refusal(-4067, 'Position side cannot be changed if there exists open orders.'));
    if (holding.position.lots !== 0) refuse(new Refusal(-4068, 'Position side cannot be changed if there exists position.'));
  }
  return refuse(REFUSALS.notAvailable);
}

function setMultiAssets(call: AccountCall): JsonValue {
  return refuse(call.params.flag('multiAssetsMargin') === true ? REFUSALS.notAvailable : REFUSALS.multiAssetsSame);
}

/** There is no BNB here to pay fees with. */
function setFeeBurn(call: AccountCall): JsonValue {
  if (call.params.flag('feeBurn') === true) refuse(REFUSALS.notAvailable);
  return { code: 200, msg: 'success' };
}

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
    return row.timeMs >= fromMs && row.timeMs <= tillMs;
  });
  return rows.slice((page - 1) * limit, page * limit).map((row) => ({
    ...{ symbol: row.symbol, incomeType: row.incomeType, income: trimmedText(row.income, 8), asset: 'USDT' },
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

function activePositions(call: AccountCall): JsonValue {
  const active = holdings(call).filter((holding) => holding.active);
  return positionRiskV3(call.account, active);
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

function adlQuantiles(call: AccountCall): JsonValue {
  return holdings(call).map(({ market, position: { lots } }) => ({
    symbol: market.spec.symbol,
    adlQuantile: { LONG: lots > 0 ? 1 : 0, SHORT: lots < 0 ? 1 : 0, BOTH: lots === 0 ? 0 : 1 },
  }));
}

function forceOrders(call: AccountCall): JsonValue {
  const limit = call.params.limit(50, 100);
  const forced = holdings(call).flatMap((holding) => [...holding.orders()].filter(({ type }) => type === 'LIQUIDATION'));
  if (call.params.text('autoCloseType') === 'ADL') return [];
  return forced.slice(-limit).map(orderRow);
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

const ACCOUNT_CONFIG = {
  ...{ feeTier: 0, canTrade: true, canDeposit: true, canWithdraw: true, dualSidePosition: false },
  ...{ updateTime: 0, multiAssetsMargin: false, tradeGroupId: -1 },
} as const;

export const ACCOUNT_ENDPOINTS: EndpointTable = {
  'GET /fapi/v2/balance': signed(5, (call) => balanceRows(call.account)),
  'GET /fapi/v3/balance': signed(5, (call) => balanceRows(call.account)),
  'GET /fapi/v2/account': signed(5, (call) => accountV2(call.account, holdings(call))),
  'GET /fapi/v3/account': signed(5, (call) => accountV3(call.account)),
  'GET /fapi/v2/positionRisk': signed(5, (call) => positionRiskV2(call.account, holdings(call))),
  'GET /fapi/v3/positionRisk': signed(5, activePositions),
  'GET /fapi/v1/accountConfig': signed(5, () => ACCOUNT_CONFIG),
  'GET /fapi/v1/symbolConfig': signed(5, (call) => holdings(call).map(({ market, leverage }) => symbolConfigRow(market, leverage))),
  'GET /fapi/v1/leverageBracket': signed(1, (call) => marketsOf(call).map(({ spec }) => leverageBracketRow(spec))),
  'GET /fapi/v1/commissionRate': signed(20, commissionRate, { mandatory: ['symbol'] }),
  'GET /fapi/v1/income': signed(30, income),
  'GET /fapi/v1/rateLimit/order': signed(1, orderLimits),
  'GET /fapi/v1/positionSide/dual': signed(30, () => ({ dualSidePosition: false })),
  'POST /fapi/v1/positionSide/dual': signed(1, setPositionMode, { mandatory: ['dualSidePosition'] }),
  'GET /fapi/v1/multiAssetsMargin': signed(30, () => ({ multiAssetsMargin: false })),
  'POST /fapi/v1/multiAssetsMargin': signed(1, setMultiAssets, { mandatory: ['multiAssetsMargin'] }),
  'POST /fapi/v1/leverage': signed(1, setLeverage, { mandatory: ['symbol', 'leverage'] }),
  'POST /fapi/v1/marginType': signed(1, setMarginType, { mandatory: ['symbol', 'marginType'] }),
  'GET /fapi/v1/feeBurn': signed(30, () => ({ feeBurn: false })),
  'POST /fapi/v1/feeBurn': signed(1, setFeeBurn, { mandatory: ['feeBurn'] }),
  'GET /fapi/v1/adlQuantile': signed(5, adlQuantiles),
  'GET /fapi/v1/forceOrders': signed(weightBySymbol(20, 50), forceOrders),
  'POST /fapi/v1/listenKey': keyed(1, openListenKey),
  'PUT /fapi/v1/listenKey': keyed(1, extendListenKey),
  'DELETE /fapi/v1/listenKey': keyed(1, closeListenKey),
};
