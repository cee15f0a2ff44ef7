/** Admission of orders: filters, bands, reduce-only, count and margin, in the venue's order of precedence. Pure. */
import { canAfford } from '../account/account-margin.ts';
import { notionalCap } from '../account/margin.ts';
import type { Market } from '../market/market.ts';
import { notionalOf, priceText, type SymbolSpec, worthOf } from '../market/symbol-spec.ts';
import { type Amount, absUnits, maxUnits, type Sign, trimmedText, type Units, unitsText } from '../numbers/units.ts';
import type { OrderRequest } from '../order/order.ts';
import { REFUSALS, Refusal } from '../order/refusal.ts';

/** Open orders a symbol takes per account (MAX_NUM_ORDERS). */
export const MAX_OPEN_ORDERS = 200;

interface StopPrices {
  readonly market: Market;
  readonly sign: Sign;
  readonly ticks: number;
  readonly triggerTicks: number;
}

/** PRICE_FILTER; ticks of a price that passes. */
export function ticksOf(spec: SymbolSpec, price: Amount): number | Refusal {
  if (price.units < 0) return REFUSALS.priceNegative;
  if (price.places > spec.options.pricePrecision) return REFUSALS.precision;
  if (price.units > spec.maxPriceUnits) return REFUSALS.priceHigh;
  if (price.units < spec.minPriceUnits) return REFUSALS.priceLow;
  if ((price.units - spec.minPriceUnits) % spec.tickUnits !== 0) return REFUSALS.tick;
  return price.units / spec.tickUnits;
}

/** LOT_SIZE or MARKET_LOT_SIZE; lots of a quantity that passes. */
export function lotsOf(spec: SymbolSpec, quantity: Amount, market: boolean): number | Refusal {
  if (quantity.units <= 0) return REFUSALS.quantityZero;
  if (quantity.places > spec.options.quantityPrecision) return REFUSALS.precision;
  if (quantity.units < spec.minQtyUnits) return REFUSALS.quantityLow;
  if (quantity.units > (market ? spec.marketMaxQtyUnits : spec.maxQtyUnits)) return REFUSALS.quantityHigh;
  if ((quantity.units - spec.minQtyUnits) % spec.stepUnits !== 0) return REFUSALS.step;
  return quantity.units / spec.stepUnits;
}

/** PERCENT_PRICE: only the dangerous side is bounded. */
export function checkBand(market: Market, sign: Sign, ticks: number): Refusal | undefined {
  const { spec, mark } = market;
  if (sign === 1) {
    const bound = market.ticksBelow((mark * spec.multiplierUp) / 100_000_000n);
    return ticks > bound ? new Refusal(-4016, `Limit price can't be higher than ${priceText(spec, bound)}.`) : undefined;
  }
  const exact = (mark * spec.multiplierDown) / 100_000_000n;
  const bound = market.ticksBelow(exact) + (exact % BigInt(spec.tickUnits) === 0n ? 0 : 1);
  return ticks < bound ? new Refusal(-4024, `Limit price can't be lower than ${priceText(spec, bound)}.`) : undefined;
}

/** The limit price of a conditional order against its own trigger: like PERCENT_PRICE, only the dangerous side is bounded. */
export function checkStopBand({ market, sign, ticks, triggerTicks }: StopPrices): Refusal | undefined {
  if (ticks === 0 || triggerTicks === 0) return undefined;
  const { spec } = market;
  const [up, down] = [BigInt(triggerTicks) * spec.multiplierUp, BigInt(triggerTicks) * spec.multiplierDown];
  if (sign === 1) {
    const bound = Number(up / 100_000_000n);
    return ticks > bound ? new Refusal(-4183, `Limit price can't be higher than ${priceText(spec, bound)}.`) : undefined;
  }
  const bound = Number((down + 99_999_999n) / 100_000_000n);
  return ticks < bound ? new Refusal(-4184, `Limit price can't be lower than ${priceText(spec, bound)}.`) : undefined;
}

/** MIN_NOTIONAL: market orders are valued at the mark, reduce-only ones are exempt; a change is refused with a code of its own. */
export function checkNotional(market: Market, ticks: number, lots: number, code: -4164 | -5029 = -4164): Refusal | undefined {
  const { spec } = market;
  const notional = ticks === 0 ? worthOf(spec, lots, market.mark) : notionalOf(spec, ticks, lots);
  if (notional >= spec.minNotional) return undefined;
  const least = `Order's notional must be no smaller than ${trimmedText(spec.minNotional)}`;
  return new Refusal(code, code === -5029 ? least : `${least} (unless you choose reduce only).`);
}

/** What an order may cost at worst: the price margin is taken on, and its distance beyond the mark. */
function assumedNotional(market: Market, request: OrderRequest, ticks: number): Units {
  const { spec, book } = market;
  const { lots, sign } = request;
  if (sign === 1) {
    if (request.type === 'LIMIT') return notionalOf(spec, ticks, lots);
    const ask = book.asks.best();
    return ask === undefined ? worthOf(spec, lots, market.mark) : (notionalOf(spec, ask.ticks, lots) * 10_005n) / 10_000n;
  }
  const bid = book.bids.best();
  const floor = bid === undefined ? 0n : notionalOf(spec, bid.ticks, lots);
  if (request.type === 'LIMIT') return maxUnits(notionalOf(spec, ticks, lots), floor);
  return floor === 0n ? worthOf(spec, lots, market.mark) : floor;
}

/** Room at the leverage's bracket, then margin. Reduce-only orders need neither. */
export function checkMargin(request: OrderRequest, ticks: number): Refusal | undefined {
  const { account, market, sign, lots } = request;
  if (account.house || request.reduceOnly) return undefined;
  const holding = account.holding(market);
  const position = holding.position(request.positionSide ?? 'BOTH');
  const notional = assumedNotional(market, request, ticks);
  const { spec } = market;
  const held = position.notional;
  const bids = position.bidNotional + (sign === 1 ? notional : 0n);
  const asks = position.askNotional + (sign === -1 ? notional : 0n);
  const worst = sign === 1 ? absUnits(held + bids) : absUnits(held - asks);
  if (worst > absUnits(held) && worst > notionalCap(spec, holding.leverage)) return REFUSALS.maxPosition;
  const atMark = worthOf(spec, lots, market.mark);
  const lossAtMark = maxUnits(0n, sign === 1 ? notional - atMark : atMark - notional);
  return canAfford(account, holding, position, { sign, notional, lossAtMark }) ? undefined : REFUSALS.margin;
}

/** A market order needs a counter price inside the band. */
export function checkCounterPrice(market: Market, sign: Sign): Refusal | undefined {
  const best = market.book.side(sign === 1 ? -1 : 1).best();
  if (best === undefined || checkBand(market, sign, best.ticks) === undefined) return undefined;
  return REFUSALS.bestPriceBand;
}

/** Something to reduce, and in hedge mode enough of it beside what other closing orders want; in one-way mode the rest is cut off. */
export function checkReduceOnly(request: OrderRequest): Refusal | undefined {
  if (!request.reduceOnly) return undefined;
  const holding = request.account.holding(request.market);
  const side = request.positionSide ?? 'BOTH';
  const { lots } = holding.position(side);
  if (lots * request.sign >= 0) return REFUSALS.reduceOnly;
  if (side === 'BOTH') return undefined;
  let free = Math.abs(lots);
  for (const order of holding.open) if (order.reduceOnly && order.positionSide === side) free -= order.openLots;
  return request.lots > free ? REFUSALS.reduceOnly : undefined;
}

/** Price of the requested level, `OPPONENT_5` = fifth best of the other side; a refusal when there is no such level. */
export function matchedTicks(market: Market, sign: Sign, priceMatch: string): number | Refusal {
  const [kind, level = '1'] = priceMatch.split('_');
  const side = market.book.side(kind === 'QUEUE' ? sign : sign === 1 ? -1 : 1);
  return side.nth(Number(level) - 1)?.ticks ?? REFUSALS.noDepth;
}

/** For logs and errors. */
export function markText(market: Market): string {
  return unitsText(market.mark);
}
