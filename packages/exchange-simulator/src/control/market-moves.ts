/** Control commands that move a market or an account: marks, books, orders and trades of any account, money. */
import type { Account } from '../account/account.ts';
import { lotsOf, ticksOf } from '../engine/checks.ts';
import { granted } from '../http/endpoint.ts';
import { readClientId, readPurpose, readSide } from '../http/order-params.ts';
import { MAIN_ASSET } from '../market/margin-assets.ts';
import type { Market } from '../market/market.ts';
import type { JsonValue } from '../numbers/json.ts';
import { parseAmount, type Sign, unitsOf, unitsText } from '../numbers/units.ts';
import type { Order, TimeInForce } from '../order/order.ts';
import { Refusal, refuse } from '../order/refusal.ts';
import { orderRow } from '../render/order-json.ts';
import type { ControlCall } from './control-api.ts';

/** The house account for orders from outside the story: no margin, no limits. */
export const EXTERNAL = 'external';

function marketOf({ venue, params }: ControlCall): Market {
  const symbol = params.required('symbol');
  return venue.engine.market(symbol) ?? refuse(new Refusal(404, `no symbol ${symbol}`, 404));
}

function accountOf({ venue, params }: ControlCall): Account {
  const name = params.text('account') ?? EXTERNAL;
  return venue.engine.account(name) ?? refuse(new Refusal(404, `no account ${name}`, 404));
}

function unitsParam({ params }: ControlCall, name: string): bigint {
  try {
    return unitsOf(params.required(name));
  } catch (error) {
    if (error instanceof RangeError) return refuse(new Refusal(400, `${name}: ${error.message}`));
    throw error;
  }
}

/** `symbol`, `price`, optional `index`. */
export function setMark(call: ControlCall): JsonValue {
  const market = marketOf(call);
  const mark = unitsParam(call, 'price');
  if (mark <= 0n) refuse(new Refusal(400, 'price must be positive'));
  call.venue.engine.setMark(market, mark, call.params.has('index') ? unitsParam(call, 'index') : mark);
  return { symbol: market.spec.symbol, markPrice: unitsText(market.mark) };
}

function place(
  call: ControlCall,
  account: Account,
  market: Market,
  sign: Sign,
  price: string | undefined,
  quantity: string,
  tif: TimeInForce,
): Order {
  const limit = price !== undefined;
  const lots = granted(lotsOf(market.spec, parseAmount(quantity) ?? refuse(new Refusal(400, 'quantity must be a decimal')), !limit));
  const ticks = limit ? granted(ticksOf(market.spec, parseAmount(price) ?? refuse(new Refusal(400, 'price must be a decimal')))) : 0;
  return granted(
    call.venue.engine.place({
      ...{ account, market, sign, type: limit ? 'LIMIT' : 'MARKET', tif, lots, ticks, stp: 'NONE', priceMatch: 'NONE', goodTillMs: 0 },
      ...readPurpose(call.params, account, sign),
      clientId: readClientId(call.params, 'clientOrderId', () => `sim-${call.venue.nextExternalId()}`),
    }),
  );
}

/** `symbol`, `side`, `quantity`, optional `price` (absent = market), `account`, `timeInForce`, `clientOrderId`, `reduceOnly`. */
export function placeFor(call: ControlCall): JsonValue {
  const { params } = call;
  const tif = params.oneOf('timeInForce', ['GTC', 'IOC', 'FOK', 'GTX']) ?? 'GTC';
  return orderRow(place(call, accountOf(call), marketOf(call), readSide(params), params.text('price'), params.required('quantity'), tif));
}

/** `symbol`, optional `account`, `orderId` or `clientOrderId`; without either all of the account on the symbol. */
export function cancelFor(call: ControlCall): JsonValue {
  const { params, venue } = call;
  const account = accountOf(call);
  const market = marketOf(call);
  const id = params.bigInteger('orderId');
  const clientId = params.text('clientOrderId');
  if (id === undefined && clientId === undefined) return { canceled: venue.engine.cancelAll(account, market) };
  const holding = account.holding(market);
  const order = id === undefined ? holding.orderByClientId(clientId ?? '') : holding.orderById(id);
  granted(venue.engine.cancel(order ?? refuse(new Refusal(404, 'no such order', 404))));
  return { canceled: 1 };
}

/** A taker from outside: `symbol`, `side`, `quantity`, optional `price` as its limit. */
export function tradeFor(call: ControlCall): JsonValue {
  const { params } = call;
  const price = params.text('price');
  const order = place(
    call,
    accountOf(call),
    marketOf(call),
    readSide(params),
    price,
    params.required('quantity'),
    price === undefined ? 'GTC' : 'IOC',
  );
  return orderRow(order);
}

/** `{symbol, bids: [[price, quantity], …], asks: […]}`: replaces what the external account has resting. */
export function seedBook(call: ControlCall): JsonValue {
  const account = accountOf(call);
  const market = marketOf(call);
  call.venue.engine.cancelAll(account, market);
  const sides = call.body as { readonly bids?: unknown; readonly asks?: unknown } | undefined;
  let placed = 0;
  for (const [sign, rows] of [[1, sides?.bids ?? []] as const, [-1, sides?.asks ?? []] as const]) {
    if (!Array.isArray(rows)) refuse(new Refusal(400, 'bids and asks must be lists of [price, quantity]'));
    for (const row of rows as readonly unknown[]) {
      const [price, quantity] = Array.isArray(row) ? (row as readonly unknown[]) : [];
      if (typeof price !== 'string' || typeof quantity !== 'string') return refuse(new Refusal(400, 'a level is ["price", "quantity"]'));
      place(call, account, market, sign, price, quantity, 'GTC');
      placed += 1;
    }
  }
  return { placed };
}

/** `account`, `amount` (negative = withdrawal), optional `asset`. */
export function deposit(call: ControlCall): JsonValue {
  const account = accountOf(call);
  const asset = call.params.text('asset') ?? MAIN_ASSET;
  if (call.venue.engine.assets.of(asset) === undefined) refuse(new Refusal(404, `no margin asset ${asset}`, 404));
  call.venue.engine.deposit(account, unitsParam(call, 'amount'), asset);
  return { account: account.name, asset, walletBalance: unitsText(account.walletOf(asset)) };
}

/** `symbol`, optional `rate`, `special`: settles funding now, at that rate, which stays unless it is a special one. */
export function settleFunding(call: ControlCall): JsonValue {
  const market = marketOf(call);
  const regular = market.fundingRate;
  if (call.params.has('rate')) market.fundingRate = unitsParam(call, 'rate');
  const special = call.params.flag('special') ?? false;
  call.venue.fund(market, special);
  if (special) market.fundingRate = regular;
  return { symbol: market.spec.symbol, fundingRate: unitsText(market.fundingRate) };
}
