/** Conditional orders: the Algo service. */
import type { AlgoOrder, AlgoRequest, AlgoType } from '../algo/algo-order.ts';
import { lotsOf, ticksOf } from '../engine/checks.ts';
import type { Market } from '../market/market.ts';
import type { JsonValue } from '../numbers/json.ts';
import type { Amount } from '../numbers/units.ts';
import { invalidParameter, missingEither, missingParameter, REFUSALS, refuse } from '../order/refusal.ts';
import { algoRow } from '../render/order-json.ts';
import { type AccountCall, type EndpointTable, granted, marketOf, marketsOf, signed, weightBySymbol } from './endpoint.ts';
import { readSpan } from './order-endpoints.ts';
import { readClientId, readGoodTill, readPriceMatch, readPurpose, readSide, readStp } from './order-params.ts';

const TYPES: readonly AlgoType[] = ['STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TAKE_PROFIT_MARKET', 'TRAILING_STOP_MARKET'];
const TIMES_IN_FORCE = ['GTC', 'IOC', 'FOK', 'GTX', 'GTD', 'GTE_GTC'] as const;
const DAY_MS = 86_400_000;
/** In percent. */
const LEAST_CALLBACK = 10_000_000;
const MOST_CALLBACK = 2_000_000_000;

function triggerTicks(market: Market, price: Amount): number {
  if (price.units <= 0) refuse(REFUSALS.stopNegative);
  if (price.units > market.spec.maxPriceUnits) refuse(REFUSALS.stopHigh);
  return granted(ticksOf(market.spec, price));
}

function readQuantity(call: AccountCall, market: Market, type: AlgoType, closePosition: boolean): number {
  const quantity = call.params.amount('quantity');
  if (closePosition) {
    if (type !== 'STOP_MARKET' && type !== 'TAKE_PROFIT_MARKET') refuse(REFUSALS.closePositionType);
    if (quantity !== undefined && quantity.units !== 0) refuse(REFUSALS.closePositionQuantity);
    if (call.params.text('reduceOnly') !== undefined) refuse(REFUSALS.closePositionReduceOnly);
    return 0;
  }
  const limit = type === 'STOP' || type === 'TAKE_PROFIT';
  return granted(lotsOf(market.spec, quantity ?? refuse(missingParameter('quantity')), !limit));
}

function readTrailing(call: AccountCall, type: AlgoType): { readonly activation: bigint; readonly callback: bigint } {
  if (type !== 'TRAILING_STOP_MARKET') return { activation: 0n, callback: 0n };
  const rate = call.params.requiredAmount('callbackRate');
  if (rate.units < LEAST_CALLBACK || rate.units > MOST_CALLBACK) refuse(invalidParameter('callbackRate'));
  const activation = call.params.amount('activatePrice') ?? call.params.amount('activationPrice');
  if (activation !== undefined && !(activation.units > 0 && Number.isFinite(activation.units))) refuse(REFUSALS.activationPrice);
  return { activation: BigInt(activation?.units ?? 0), callback: BigInt(rate.units) / 100n };
}

function readAlgo(call: AccountCall): AlgoRequest {
  const { params, venue, nowMs } = call;
  if (params.required('algoType') !== 'CONDITIONAL') refuse(invalidParameter('algoType'));
  const market = marketOf(call);
  const sign = readSide(params);
  const named = params.required('type');
  const type = TYPES.find((known) => known === named) ?? refuse(REFUSALS.orderType);
  const limit = type === 'STOP' || type === 'TAKE_PROFIT';
  const purpose = readPurpose(params, call.account, sign);
  const tif = params.oneOf('timeInForce', TIMES_IN_FORCE) ?? 'GTC';
  const closePosition = params.flag('closePosition') ?? false;
  if (closePosition && call.account.dual && !purpose.reduceOnly) refuse(REFUSALS.positionSideMismatch);
  const priceMatch = readPriceMatch(params, limit);
  const trailing = readTrailing(call, type);
  const workingType = params.text('workingType') ?? 'CONTRACT_PRICE';
  if (workingType !== 'CONTRACT_PRICE' && workingType !== 'MARK_PRICE') refuse(REFUSALS.workingType);
  return {
    account: call.account,
    market,
    sign,
    type,
    tif,
    lots: readQuantity(call, market, type, closePosition),
    ticks: limit && priceMatch === 'NONE' ? granted(ticksOf(market.spec, params.requiredAmount('price'))) : 0,
    triggerTicks: type === 'TRAILING_STOP_MARKET' ? 0 : triggerTicks(market, params.requiredAmount('triggerPrice')),
    workingType,
    priceMatch,
    closePosition,
    priceProtect: params.flag('priceProtect') ?? false,
    ...purpose,
    stp: readStp(params, 'NONE'),
    goodTillMs: readGoodTill(params, tif, nowMs),
    clientId: readClientId(params, 'clientAlgoId', () => venue.prng.text(22)),
    ...trailing,
  };
}

/** As with ordinary orders: ended without a fill it is told for three days, else for ninety. */
function isForgotten(algo: AlgoOrder, nowMs: number): boolean {
  if (algo.isLive || algo.child?.isOpen === true) return false;
  const ageMs = nowMs - algo.createdMs;
  return ageMs > 90 * DAY_MS || ((algo.child?.filledLots ?? 0) === 0 && ageMs > 3 * DAY_MS);
}

function find(call: AccountCall): AlgoOrder | undefined {
  const id = call.params.integer('algoId');
  const clientId = call.params.text('clientAlgoId');
  if (id === undefined && clientId === undefined) return refuse(missingEither('clientAlgoId', 'algoId'));
  return call.venue.engine.algo.find(call.account, id === undefined ? { clientId: clientId ?? '' } : { id });
}

function cancel(call: AccountCall): JsonValue {
  const algo = find(call) ?? refuse(REFUSALS.unknownOrder);
  granted(call.venue.engine.algo.cancel(algo));
  return { algoId: algo.id, clientAlgoId: algo.request.clientId, code: '200', msg: 'success' };
}

function listOpen(call: AccountCall): JsonValue {
  const markets = marketsOf(call);
  const id = call.params.integer('algoId');
  const open = call.venue.engine.algo.open(call.account);
  return open
    .filter((algo) => markets.includes(algo.request.market) && (id === undefined || algo.id === id))
    .map((algo) => algoRow(algo, true));
}

function listAll(call: AccountCall): JsonValue {
  const market = marketOf(call);
  const { fromMs, tillMs } = readSpan(call.params, call.nowMs);
  const id = call.params.integer('algoId');
  const found = call.venue.engine.algo.all(call.account).filter((algo) => {
    if (algo.request.market !== market || isForgotten(algo, call.nowMs)) return false;
    return id === undefined ? algo.createdMs >= fromMs && algo.createdMs <= tillMs : algo.id >= id;
  });
  return found.slice(-call.params.limit(500, 1000)).map((algo) => algoRow(algo, true));
}

function query(call: AccountCall): JsonValue {
  const algo = find(call);
  return algo === undefined || isForgotten(algo, call.nowMs) ? refuse(REFUSALS.noSuchOrder) : algoRow(algo, true);
}

function cancelAll(call: AccountCall): JsonValue {
  call.venue.engine.algo.cancelAll(call.account, marketOf(call));
  return { code: 200, msg: 'The operation of cancel all open order is done.' };
}

export const ALGO_ENDPOINTS: EndpointTable = {
  'POST /fapi/v1/algoOrder': signed(0, (call) => algoRow(granted(call.venue.engine.algo.place(readAlgo(call)))), {
    orders: [1, 1],
    mandatory: ['algoType', 'symbol', 'side', 'type'],
  }),
  'GET /fapi/v1/algoOrder': signed(1, query),
  'DELETE /fapi/v1/algoOrder': signed(1, cancel),
  'GET /fapi/v1/openAlgoOrders': signed(weightBySymbol(1, 40), listOpen),
  'GET /fapi/v1/allAlgoOrders': signed(5, listAll, { mandatory: ['symbol'] }),
  'DELETE /fapi/v1/algoOpenOrders': signed(1, cancelAll, { mandatory: ['symbol'] }),
};
