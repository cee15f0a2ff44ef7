/** Reads orders, changes and order keys from parameters, with every refusal the venue gives to a malformed one. */
import type { Account } from '../account/account.ts';
import type { PositionSide } from '../account/position.ts';
import { lotsOf, ticksOf } from '../engine/checks.ts';
import type { Market } from '../market/market.ts';
import type { Sign } from '../numbers/units.ts';
import type { Order, OrderRequest, StpMode, TimeInForce } from '../order/order.ts';
import { invalidParameter, missingEither, missingParameter, REFUSALS, refuse, surplusParameter } from '../order/refusal.ts';
import { type AccountCall, granted, marketOf } from './endpoint.ts';
import type { Params } from './params.ts';

const CLIENT_ID = /^[.A-Z:/a-z0-9_-]{1,36}$/;
const LONGEST_CLIENT_ID = 36;
const CONDITIONAL = ['STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TAKE_PROFIT_MARKET', 'TRAILING_STOP_MARKET'];
const TIMES_IN_FORCE: readonly TimeInForce[] = ['GTC', 'IOC', 'FOK', 'GTX', 'GTD', 'RPI'];
const STP_MODES: readonly StpMode[] = ['NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'];
/** OPPONENT_10 and OPPONENT_20 are refused since October 2025. */
const PRICE_MATCHES = ['NONE', 'OPPONENT', 'OPPONENT_5', 'QUEUE', 'QUEUE_5', 'QUEUE_10', 'QUEUE_20'];
const DAY_MS = 86_400_000;
const GTD_LEAD_MS = 600_000;
const GTD_MAX_MS = 253_402_300_799_000;

export type ResponseType = 'ACK' | 'RESULT';

export interface PlacedOrder {
  readonly request: OrderRequest;
  readonly responseType: ResponseType;
}

export function readSide(params: Params): Sign {
  const side = params.required('side').toUpperCase();
  if (side === 'BUY') return 1;
  return side === 'SELL' ? -1 : refuse(REFUSALS.side);
}

export function readClientId(params: Params, name: string, made: () => string): string {
  const id = params.text(name);
  if (id === undefined) return made();
  if (id.length > LONGEST_CLIENT_ID) refuse(REFUSALS.clientIdLength);
  return CLIENT_ID.test(id) ? id : refuse(REFUSALS.clientId);
}

export function readStp(params: Params, standard: StpMode): StpMode {
  const mode = params.text('selfTradePreventionMode');
  if (mode === undefined) return standard;
  return STP_MODES.find((known) => known === mode) ?? refuse(REFUSALS.stpMode);
}

export function readPriceMatch(params: Params, limit: boolean): string {
  const match = params.text('priceMatch') ?? 'NONE';
  if (match === 'NONE') return match;
  if (!PRICE_MATCHES.includes(match)) refuse(REFUSALS.priceMatch);
  if (!limit) refuse(REFUSALS.priceMatchType);
  if (params.has('price')) refuse(surplusParameter('price'));
  return match;
}

/** Which position an order works on, and whether it can only reduce it. */
export interface Purpose {
  readonly positionSide: PositionSide;
  readonly reduceOnly: boolean;
}

/** One-way mode: BOTH or nothing, and a flag. Hedge mode: LONG or SHORT, which says by itself whether an order closes. */
export function readPurpose(params: Params, account: Account, sign: Sign): Purpose {
  const side = params.text('positionSide') ?? 'BOTH';
  if (side !== 'BOTH' && side !== 'LONG' && side !== 'SHORT') refuse(REFUSALS.positionSide);
  const positionSide = side as PositionSide;
  if ((positionSide === 'BOTH') === account.dual) refuse(REFUSALS.positionSideMismatch);
  if (!account.dual) return { positionSide, reduceOnly: params.flag('reduceOnly') ?? false };
  if (params.text('reduceOnly') !== undefined) refuse(surplusParameter('reduceonly'));
  return { positionSide, reduceOnly: (positionSide === 'LONG') === (sign === -1) };
}

export function readGoodTill(params: Params, tif: string, nowMs: number): number {
  if (tif !== 'GTD') return 0;
  const tillMs = params.integer('goodTillDate') ?? refuse(missingParameter('goodTillDate'));
  if (tillMs <= nowMs + GTD_LEAD_MS || tillMs >= GTD_MAX_MS) refuse(REFUSALS.goodTillDate);
  return tillMs - (tillMs % 1000);
}

function readTimeInForce(params: Params): TimeInForce {
  const tif = params.required('timeInForce');
  return TIMES_IN_FORCE.find((known) => known === tif) ?? refuse(REFUSALS.timeInForce);
}

export function readOrder(call: AccountCall, standardStp: StpMode): PlacedOrder {
  const { params, account, venue, nowMs } = call;
  const market = marketOf(call);
  const sign = readSide(params);
  const type = params.required('type').toUpperCase();
  if (CONDITIONAL.includes(type)) refuse(REFUSALS.conditionalElsewhere);
  if (type !== 'LIMIT' && type !== 'MARKET') refuse(REFUSALS.orderType);
  const limit = type === 'LIMIT';
  if (!limit && params.text('timeInForce') !== undefined) refuse(surplusParameter('timeinforce'));
  if (!limit && params.text('price') !== undefined) refuse(surplusParameter('price'));
  if (params.flag('closePosition') === true) refuse(REFUSALS.conditionalElsewhere);
  const purpose = readPurpose(params, account, sign);
  const tif = limit ? readTimeInForce(params) : 'GTC';
  const priceMatch = readPriceMatch(params, limit);
  const lots = granted(lotsOf(market.spec, params.requiredAmount('quantity'), !limit));
  const ticks = limit && priceMatch === 'NONE' ? granted(ticksOf(market.spec, params.requiredAmount('price'))) : 0;
  const responseType = params.text('newOrderRespType') ?? 'ACK';
  if (responseType !== 'ACK' && responseType !== 'RESULT') refuse(REFUSALS.responseType);
  const request: OrderRequest = {
    account,
    market,
    sign,
    type,
    tif,
    lots,
    ticks,
    ...purpose,
    clientId: readClientId(params, 'newClientOrderId', () => venue.prng.text(22)),
    stp: readStp(params, standardStp),
    priceMatch,
    goodTillMs: readGoodTill(params, tif, nowMs),
  };
  return { request, responseType };
}

/** Closed without a fill it is told for three days, else for ninety. */
export function isForgotten(order: Order, nowMs: number): boolean {
  if (order.isOpen) return false;
  const ageMs = nowMs - order.createdMs;
  return ageMs > 90 * DAY_MS || (order.filledLots === 0 && ageMs > 3 * DAY_MS);
}

/** By `orderId` first, else `origClientOrderId`. Finds closed orders too. */
export function findOrder(account: Account, market: Market, params: Params): Order | undefined {
  const id = params.bigInteger('orderId');
  const holding = account.holding(market);
  if (id !== undefined) return holding.orderById(id);
  const clientId = params.text('origClientOrderId');
  if (clientId === undefined) return refuse(missingEither('origClientOrderId', 'orderId'));
  const open = account.openOrderByClientId(clientId);
  // An open one is the newest that carried this id.
  return open?.market === market ? open : holding.orderByClientId(clientId);
}

/** A JSON array sent as the text of one parameter. ccxt writes the names of these in small letters. */
export function readArray(params: Params, name: string): readonly unknown[] | undefined {
  const text = params.text(name) ?? params.text(name.toLowerCase());
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text.replace(/(?<=[[,]\s*)(\d{16,})(?=\s*[,\]])/g, '"$1"'));
    return Array.isArray(value) ? value : refuse(invalidParameter(name));
  } catch {
    return refuse(invalidParameter(name)); // not JSON at all
  }
}

/** One element of `batchOrders` as parameters. */
export function paramsOfObject(value: unknown): ReadonlyMap<string, string> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const params = new Map<string, string>();
  for (const [name, member] of Object.entries(value)) {
    if (typeof member === 'string' || typeof member === 'number' || typeof member === 'boolean') params.set(name, String(member));
  }
  return params;
}
