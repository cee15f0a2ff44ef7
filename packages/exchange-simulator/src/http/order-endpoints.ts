/** Order commands and order queries. */
import { lotsOf, ticksOf } from '../engine/checks.ts';
import type { Market } from '../market/market.ts';
import type { JsonValue } from '../numbers/json.ts';
import { Order, type StpMode } from '../order/order.ts';
import { invalidParameter, missingParameter, REFUSALS, Refusal, RefusedRequest, refuse, searchWindow } from '../order/refusal.ts';
import { amendmentRow, listedOrderRow, orderReply, orderReplyText, orderRow, userTradeRow } from '../render/order-json.ts';
import { type AccountCall, type EndpointTable, granted, marketOf, marketsOf, signed, weightBySymbol } from './endpoint.ts';
import { findOrder, isForgotten, paramsOfObject, readArray, readOrder, readPriceMatch, readSide } from './order-params.ts';
import { Params } from './params.ts';

const MOST_PLACED = 5;
const MOST_CANCELED = 10;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** Trades and changes are told for three months. */
const KEPT_MS = 90 * DAY_MS;

function place(call: AccountCall, standardStp: StpMode): JsonValue {
  const { request, responseType } = readOrder(call, standardStp);
  const order = granted(call.venue.engine.place(request));
  return orderReply(order, { acknowledged: responseType === 'ACK', legacy: call.venue.options.legacyOrderReply });
}

/** `POST order` of REST. */
function placeOne(call: AccountCall): JsonValue {
  const { defaultStp, legacyOrderReply } = call.venue.options;
  if (legacyOrderReply) return place(call, defaultStp);
  const { request, responseType } = readOrder(call, defaultStp);
  return orderReplyText(granted(call.venue.engine.place(request)), responseType === 'ACK');
}

function openOrder(call: AccountCall, market: Market): Order {
  const order = findOrder(call.account, market, call.params);
  return order?.isOpen === true ? order : refuse(REFUSALS.unknownOrder);
}

function modify(call: AccountCall): JsonValue {
  const { params, venue } = call;
  const market = marketOf(call);
  const order = findOrder(call.account, market, params) ?? refuse(REFUSALS.noSuchOrder);
  if (order.type !== 'LIMIT') refuse(REFUSALS.modifyLimitOnly);
  const sign = readSide(params);
  const priceMatch = readPriceMatch(params, true);
  const lots = granted(lotsOf(market.spec, params.requiredAmount('quantity'), false));
  const ticks = priceMatch === 'NONE' ? granted(ticksOf(market.spec, params.requiredAmount('price'))) : 0;
  if (!order.isOpen) refuse(REFUSALS.unknownOrder);
  if (order.sign !== sign) refuse(REFUSALS.side);
  const modifyId = params.bigInteger('modifyId')?.toString() ?? '';
  const reduceOnly = params.flag('reduceOnly');
  const change = { ticks, lots, priceMatch, modifyId, ...(reduceOnly === undefined ? {} : { reduceOnly }) };
  const changed = granted(venue.engine.modify(order, change));
  const reply = orderReply(changed, { legacy: venue.options.legacyOrderReply });
  return { ...reply, pair: market.spec.symbol, ...(modifyId === '' ? {} : { modifyId: BigInt(modifyId) }) };
}

/** Runs one item of a batch: its refusal is its row. */
function item(run: () => JsonValue): JsonValue {
  try {
    return run();
  } catch (error) {
    if (error instanceof RefusedRequest) return { code: error.refusal.code, msg: error.refusal.msg };
    throw error;
  }
}

function batch(call: AccountCall, run: (call: AccountCall) => JsonValue): JsonValue {
  const items = readArray(call.params, 'batchOrders') ?? refuse(missingParameter('batchOrders'));
  if (items.length === 0 || items.length > MOST_PLACED) refuse(REFUSALS.batchSize);
  return items.map((value, index) => {
    const params = paramsOfObject(value);
    if (params === undefined) return refuse(invalidParameter('batchOrders'));
    return item(() => (call.refusesItem?.(index) === true ? refuse(REFUSALS.internal) : run({ ...call, params: new Params(params) })));
  });
}

function cancelOne(call: AccountCall): JsonValue {
  const order = openOrder(call, marketOf(call));
  return orderReply(granted(call.venue.engine.cancel(order)), { legacy: call.venue.options.legacyOrderReply });
}

function cancelMany(call: AccountCall): JsonValue {
  const symbol = marketOf(call).spec.symbol;
  const ids = readArray(call.params, 'orderIdList');
  const clientIds = ids === undefined ? readArray(call.params, 'origClientOrderIdList') : undefined;
  const keys = ids ?? clientIds ?? refuse(missingParameter('orderIdList'));
  if (keys.length === 0) refuse(REFUSALS.batchSize);
  if (keys.length > MOST_CANCELED) refuse(REFUSALS.cancelSize);
  const name = ids === undefined ? 'origClientOrderId' : 'orderId';
  return keys.map((key, index) =>
    item(() => {
      if (call.refusesItem?.(index) === true) refuse(REFUSALS.internal);
      const params = new Params(
        new Map([
          ['symbol', symbol],
          [name, String(key)],
        ]),
      );
      return cancelOne({ ...call, params });
    }),
  );
}

function cancelAll(call: AccountCall): JsonValue {
  call.venue.engine.cancelAll(call.account, marketOf(call));
  return { code: 200, msg: 'The operation of cancel all open order is done.' };
}

function countdown(call: AccountCall): JsonValue {
  const market = marketOf(call);
  const countdownMs = call.params.integer('countdownTime') ?? 0;
  call.venue.countdowns.wind(call.account, market, countdownMs);
  return { symbol: market.spec.symbol, countdownTime: String(countdownMs) };
}

/** The span asked for, at most 7 days; by default the last 7. */
export function readSpan(params: Params, nowMs: number): { readonly fromMs: number; readonly tillMs: number } {
  const start = params.integer('startTime');
  const end = params.integer('endTime');
  if (start !== undefined && end !== undefined) {
    if (start > end) refuse(new Refusal(-1023, 'Start time is greater than end time.'));
    if (end - start > WEEK_MS) refuse(new Refusal(-4165, 'Invalid time interval. Maximum time interval is 7 days.'));
  }
  if (start !== undefined) return { fromMs: start, tillMs: end ?? start + WEEK_MS };
  const tillMs = end ?? nowMs;
  return { fromMs: tillMs - WEEK_MS, tillMs };
}

function allOrders(call: AccountCall): JsonValue {
  const { params, account } = call;
  const limit = params.limit(500, 1000);
  const fromId = params.bigInteger('orderId');
  const { fromMs, tillMs } = readSpan(params, call.nowMs);
  const found: Order[] = [];
  for (const market of marketsOf(call)) {
    for (const order of account.holding(market).orders()) {
      if (isForgotten(order, call.nowMs)) continue;
      if (fromId !== undefined ? order.id >= fromId : order.createdMs >= fromMs && order.createdMs <= tillMs) found.push(order);
    }
  }
  return (fromId === undefined ? found.slice(-limit) : found.slice(0, limit)).map(listedOrderRow);
}

function userTrades(call: AccountCall): JsonValue {
  const { params, account, nowMs } = call;
  const market = marketOf(call);
  const limit = params.limit(500, 1000);
  const orderId = params.bigInteger('orderId');
  const fromId = params.integer('fromId');
  const timed = params.has('startTime') || params.has('endTime');
  if (fromId !== undefined && timed) refuse(REFUSALS.parameterCombination);
  const { fromMs, tillMs } = readSpan(params, nowMs);
  if (timed && fromMs < nowMs - KEPT_MS) refuse(searchWindow('90 days'));
  const anchored = fromId !== undefined || params.integer('startTime') !== undefined;
  const found = account.holding(market).trades.filter((trade) => {
    if (orderId !== undefined && trade.order.id !== orderId) return false;
    if (fromId !== undefined) return trade.id >= fromId;
    return orderId !== undefined || (trade.timeMs >= fromMs && trade.timeMs <= tillMs);
  });
  return (anchored ? found.slice(0, limit) : found.slice(-limit)).map((trade) => userTradeRow(market.spec, trade));
}

function openOrders(call: AccountCall): JsonValue {
  const rows: JsonValue[] = [];
  for (const market of marketsOf(call)) for (const order of call.account.holding(market).open) rows.push(orderRow(order));
  return rows;
}

function knownOrder(call: AccountCall): Order {
  const order = findOrder(call.account, marketOf(call), call.params);
  return order === undefined || isForgotten(order, call.nowMs) ? refuse(REFUSALS.noSuchOrder) : order;
}

function queryOpen(call: AccountCall): JsonValue {
  const order = knownOrder(call);
  return orderRow(order.isOpen ? order : refuse(REFUSALS.noSuchOrder));
}

/** What the order would be told as; it has no id. */
function test(call: AccountCall): JsonValue {
  const { request } = readOrder(call, 'NONE');
  const ticks = granted(call.venue.engine.check(request));
  return orderReply(new Order(0n, { ...request, ticks }, call.nowMs), { legacy: true });
}

function amendments(call: AccountCall): JsonValue {
  const order = knownOrder(call);
  const [start, end] = [call.params.integer('startTime') ?? 0, call.params.integer('endTime') ?? call.nowMs];
  const from = Math.max(start, call.nowMs - KEPT_MS);
  const rows = order.amendments.map((amendment, at) => ({ amendment, index: order.amendmentsForgotten + at }));
  const told = rows.filter(({ amendment }) => amendment.timeMs >= from && amendment.timeMs <= end).slice(-call.params.limit(50, 100));
  return told.map(({ amendment, index }) => amendmentRow(order, amendment, index));
}

const PLACING = ['symbol', 'side', 'type'] as const;
const CHANGING = ['symbol', 'side', 'quantity'] as const;
const SYMBOL = { mandatory: ['symbol'] } as const;
const BATCH = { orders: [5, 1], mandatory: ['batchOrders'] } as const;

export const ORDER_ENDPOINTS: EndpointTable = {
  'POST /fapi/v1/order': signed(0, placeOne, { orders: [1, 1], mandatory: PLACING }),
  /** `order.place` of the WS-API: without a mode there is no self-trade prevention. */
  'WS /fapi/v1/order': signed(0, (call) => place(call, 'NONE'), { orders: [1, 1], mandatory: PLACING }),
  'POST /fapi/v1/order/test': signed(0, test, { mandatory: PLACING }),
  'PUT /fapi/v1/order': signed(0, modify, { orders: [1, 1], mandatory: CHANGING }),
  'DELETE /fapi/v1/order': signed(1, cancelOne, SYMBOL),
  'GET /fapi/v1/order': signed(1, (call) => orderRow(knownOrder(call)), SYMBOL),
  'POST /fapi/v1/batchOrders': signed(5, (call) => batch(call, (one) => place(one, 'NONE')), BATCH),
  'PUT /fapi/v1/batchOrders': signed(5, (call) => batch(call, modify), BATCH),
  'DELETE /fapi/v1/batchOrders': signed(1, cancelMany, SYMBOL),
  'DELETE /fapi/v1/allOpenOrders': signed(1, cancelAll, SYMBOL),
  'POST /fapi/v1/countdownCancelAll': signed(10, countdown, { mandatory: ['symbol', 'countdownTime'] }),
  'GET /fapi/v1/openOrder': signed(1, queryOpen, SYMBOL),
  'GET /fapi/v1/openOrders': signed(weightBySymbol(1, 40), openOrders),
  'GET /fapi/v1/allOrders': signed(5, allOrders),
  'GET /fapi/v1/userTrades': signed(5, userTrades, SYMBOL),
  'GET /fapi/v1/orderAmendment': signed(1, amendments, SYMBOL),
};
