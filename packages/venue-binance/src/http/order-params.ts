/** Our orders as request parameters. Pure; what cannot be asked for is said before anything is sent. */
import { type Decimal, decimalText, hasLimitPrice, isConditional, msFromUs, type OrderTerms } from '@fillwright/domain';
import type { ModifyRequest, OrderRef, SubmitRequest } from '@fillwright/venue';
import { malformed, type Parsed, parsed } from '../common/parsed.ts';
import type { Params } from '../common/query-text.ts';
import { NOT_AFTER } from '../common/recv-window.ts';
import { symbolOf } from '../common/symbol.ts';
import { TYPE_TEXT } from '../parse/order-words.ts';

export const SELF_TRADE_MODES = ['EXPIRE_MAKER', 'EXPIRE_TAKER', 'EXPIRE_BOTH'] as const;
/** The venue's own default differs between its endpoints, so it is always sent. */
export type SelfTradeMode = (typeof SELF_TRADE_MODES)[number];

export function placeParams(request: SubmitRequest, selfTradeMode: SelfTradeMode): Parsed<Params> {
  const { terms, clientOrderId } = request;
  const problem = termsProblem(terms);
  if (problem !== undefined) return malformed(problem);
  const common = { ...commonParams(terms, selfTradeMode), [NOT_AFTER]: request.notAfterTs?.toString() };
  return parsed(
    isConditional(terms.type)
      ? { algoType: 'CONDITIONAL', ...common, ...triggerParams(terms), clientAlgoId: clientOrderId }
      : { ...common, newClientOrderId: clientOrderId },
  );
}

function commonParams(terms: OrderTerms, selfTradeMode: SelfTradeMode): Params {
  return {
    symbol: symbolOf(terms.instrument),
    side: terms.side === 'buy' ? 'BUY' : 'SELL',
    type: TYPE_TEXT[terms.type],
    // Market types take none (−1106).
    timeInForce: hasLimitPrice(terms.type) ? terms.timeInForce : undefined,
    // closePosition excludes quantity and reduceOnly (−4137, −4138).
    quantity: terms.closePosition ? undefined : decimalText(terms.qty),
    price: optionalText(terms.price),
    reduceOnly: terms.reduceOnly && !terms.closePosition ? 'true' : undefined,
    goodTillDate: isGoodTill(terms) && terms.goodTillTs !== undefined ? String(msFromUs(terms.goodTillTs)) : undefined,
    selfTradePreventionMode: selfTradeMode,
    newOrderRespType: 'RESULT',
  };
}

function triggerParams(terms: OrderTerms): Params {
  const trigger = terms.trigger;
  return {
    triggerPrice: optionalText(trigger?.price),
    workingType: trigger?.working === 'mark' ? 'MARK_PRICE' : 'CONTRACT_PRICE',
    callbackRate: optionalText(trigger?.callbackPercent),
    activatePrice: optionalText(trigger?.activationPrice),
    closePosition: terms.closePosition ? 'true' : undefined,
  };
}

/** The venue's grammar; whether the values fit filters and margin is not asked here. */
function termsProblem(terms: OrderTerms): string | undefined {
  const isTrailing = terms.type === 'trailing-stop-market';
  if (hasLimitPrice(terms.type) !== (terms.price !== undefined))
    return `a ${terms.type} order ${terms.price ? 'takes no' : 'needs a'} price`;
  if (isConditional(terms.type) && terms.trigger === undefined) return `a ${terms.type} order needs a trigger`;
  if (isConditional(terms.type) && !isTrailing && terms.trigger?.price === undefined) return `a ${terms.type} order needs a trigger price`;
  if (isTrailing && terms.trigger?.callbackPercent === undefined) return 'a trailing stop needs a callback percentage';
  if (terms.closePosition && !terms.type.endsWith('-market')) return `closePosition is for stop-market and take-profit-market`;
  if (isGoodTill(terms) && terms.goodTillTs === undefined) return 'GTD needs a time until which it is good';
  return undefined;
}

function isGoodTill(terms: OrderTerms): boolean {
  return terms.timeInForce === 'GTD' && hasLimitPrice(terms.type);
}

/** One name is enough; the venue's own number wins, as it does at the venue. */
export function orderParams(order: OrderRef): Params {
  return {
    symbol: symbolOf(order.instrument),
    ...(order.venueOrderId === undefined ? { origClientOrderId: order.clientOrderId } : { orderId: order.venueOrderId }),
  };
}

/** Algo ids count per symbol and the endpoint takes no symbol: the client id is the safe name, and every Algo order has one. */
export function algoParams(order: OrderRef): Params {
  return order.clientOrderId === '' ? { algoId: order.algoId } : { clientAlgoId: order.clientOrderId };
}

/** Price and quantity are both mandatory since June 2026. */
export function modifyParams(request: ModifyRequest): Params {
  return {
    ...orderParams(request.order),
    side: request.terms.side === 'buy' ? 'BUY' : 'SELL',
    quantity: decimalText(request.qty),
    price: decimalText(request.price),
    [NOT_AFTER]: request.notAfterTs?.toString(),
  };
}

function optionalText(value: Decimal | undefined): string | undefined {
  return value === undefined ? undefined : decimalText(value);
}
