/** Orders as the venue's own parameters, for the clients that take them by these names. */
import type { OrderSpec, StopSpec } from './client-under-test.ts';
import { SYMBOL } from './desk-venue.ts';

export function orderParams(spec: OrderSpec): Record<string, string> {
  const type = spec.type ?? (spec.price === undefined ? 'MARKET' : 'LIMIT');
  return {
    symbol: spec.symbol ?? SYMBOL,
    side: spec.side,
    type,
    ...(spec.quantity === '' ? {} : { quantity: spec.quantity }),
    ...(spec.price === undefined ? {} : { price: spec.price }),
    ...(type === 'LIMIT' ? { timeInForce: spec.timeInForce ?? 'GTC' } : {}),
    ...(spec.reduceOnly === undefined ? {} : { reduceOnly: String(spec.reduceOnly) }),
    ...(spec.clientId === undefined ? {} : { newClientOrderId: spec.clientId }),
    ...spec.extra,
  };
}

export function stopParams(spec: StopSpec): Record<string, string> {
  return {
    algoType: 'CONDITIONAL',
    symbol: SYMBOL,
    side: spec.side,
    type: spec.type,
    ...(spec.trigger === undefined ? {} : { triggerPrice: spec.trigger }),
    ...(spec.quantity === undefined ? {} : { quantity: spec.quantity }),
    ...(spec.price === undefined ? {} : { price: spec.price, timeInForce: 'GTC' }),
    ...(spec.callbackRate === undefined ? {} : { callbackRate: spec.callbackRate }),
    ...(spec.reduceOnly === undefined ? {} : { reduceOnly: String(spec.reduceOnly) }),
    ...(spec.closePosition === undefined ? {} : { closePosition: String(spec.closePosition) }),
    ...(spec.clientId === undefined ? {} : { clientAlgoId: spec.clientId }),
  };
}
