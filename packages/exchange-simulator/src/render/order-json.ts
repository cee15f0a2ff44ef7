/** Orders and trades as the REST API prints them. */
import type { UserTrade } from '../account/holding.ts';
import type { AlgoOrder } from '../algo/algo-order.ts';
import { averagePrice, averageText, priceText, qtyText, type SymbolSpec } from '../market/symbol-spec.ts';
import { JsonText, type JsonValue, jsonText } from '../numbers/json.ts';
import { integerText, trimmedText, type Units, unitsText } from '../numbers/units.ts';
import type { Amendment, Order } from '../order/order.ts';

export type JsonObject = { readonly [key: string]: JsonValue };

export function quoteText(spec: SymbolSpec, notional: Units): string {
  return trimmedText(notional, Math.min(8, spec.options.pricePrecision + spec.options.quantityPrecision));
}

/** What an order that was a trailing stop shows beside. */
function trailingFields({ origin, market }: Order): JsonObject {
  const { trailing } = origin;
  if (trailing === undefined) return {};
  return {
    activatePrice: trimmedText(trailing.activation, market.spec.options.pricePrecision),
    priceRate: callbackText(trailing.callback),
  };
}

/** Reply to a place, modify or cancel command; `acknowledged` shows the order as it was on acceptance. */
export function orderReply(order: Order, options: { readonly acknowledged?: boolean; readonly legacy?: boolean } = {}): JsonObject {
  const { spec } = order.market;
  const filledLots = options.acknowledged === true ? 0 : order.filledLots;
  const filled = qtyText(spec, filledLots);
  const legacy =
    options.legacy === true
      ? { avgPrice: averageText(spec, order.filledNotional, order.filledLots), cumQuote: quoteText(spec, order.filledNotional) }
      : {};
  return {
    orderId: order.id,
    symbol: spec.symbol,
    status: options.acknowledged === true ? 'NEW' : order.status,
    clientOrderId: order.clientId,
    price: priceText(spec, order.ticks),
    ...legacy,
    origQty: qtyText(spec, order.lots),
    executedQty: filled,
    cumQty: filled,
    timeInForce: order.tif,
    type: order.type,
    reduceOnly: order.reduceOnly,
    closePosition: order.origin.closePosition,
    side: order.side,
    positionSide: order.positionSide,
    stopPrice: priceText(spec, order.origin.stopTicks),
    workingType: order.origin.workingType,
    priceProtect: order.origin.priceProtect,
    origType: order.origType,
    priceMatch: order.priceMatch,
    selfTradePreventionMode: order.stp,
    goodTillDate: order.goodTillMs,
    ...trailingFields(order),
    updateTime: order.updatedMs,
  };
}

/**
 * The same bytes as those of `orderReply`, printed by hand: nothing is answered more often, and making an object first costs as much again.
 * Client ids, as all texts here, have no character that would need escaping.
 */
export function orderReplyText(order: Order, acknowledged: boolean): JsonText {
  const { market, origin } = order;
  const { spec } = market;
  if (origin.trailing !== undefined) return new JsonText(jsonText(orderReply(order, { acknowledged })));
  const filled = qtyText(spec, acknowledged ? 0 : order.filledLots);
  return new JsonText(
    `{"orderId":${order.id},"symbol":"${spec.symbol}","status":"${acknowledged ? 'NEW' : order.status}","clientOrderId":"${order.clientId}",` +
      `"price":"${priceText(spec, order.ticks)}","origQty":"${qtyText(spec, order.lots)}","executedQty":"${filled}","cumQty":"${filled}",` +
      `"timeInForce":"${order.tif}","type":"${order.type}","reduceOnly":${order.reduceOnly},"closePosition":${origin.closePosition},` +
      `"side":"${order.side}","positionSide":"${order.positionSide}","stopPrice":"${priceText(spec, origin.stopTicks)}",` +
      `"workingType":"${origin.workingType}","priceProtect":${origin.priceProtect},"origType":"${order.origType}",` +
      `"priceMatch":"${order.priceMatch}","selfTradePreventionMode":"${order.stp}","goodTillDate":${order.goodTillMs},` +
      `"updateTime":${order.updatedMs}}`,
  );
}

/** A row of `GET order`, `openOrders`, `allOrders`. */
export function orderRow(order: Order): JsonObject {
  const { spec } = order.market;
  return {
    orderId: order.id,
    symbol: spec.symbol,
    status: order.status,
    clientOrderId: order.clientId,
    price: priceText(spec, order.ticks),
    avgPrice: averageText(spec, order.filledNotional, order.filledLots),
    origQty: qtyText(spec, order.lots),
    executedQty: qtyText(spec, order.filledLots),
    cumQuote: quoteText(spec, order.filledNotional),
    timeInForce: order.tif,
    type: order.type,
    reduceOnly: order.reduceOnly,
    closePosition: order.origin.closePosition,
    side: order.side,
    positionSide: order.positionSide,
    stopPrice: priceText(spec, order.origin.stopTicks),
    workingType: order.origin.workingType,
    priceProtect: order.origin.priceProtect,
    origType: order.origType,
    priceMatch: order.priceMatch,
    selfTradePreventionMode: order.stp,
    goodTillDate: order.goodTillMs,
    ...trailingFields(order),
    time: order.createdMs,
    updateTime: order.updatedMs,
  };
}

/** A row of `allOrders` and `forceOrders`: since August 2026 with pair and base amount. */
export function listedOrderRow(order: Order): JsonObject {
  const { spec } = order.market;
  return { ...orderRow(order), pair: spec.symbol, cumBase: qtyText(spec, order.filledLots) };
}

export function userTradeRow(spec: SymbolSpec, trade: UserTrade): JsonObject {
  const { order } = trade;
  const qty = qtyText(spec, trade.lots);
  return {
    symbol: spec.symbol,
    pair: spec.symbol,
    id: trade.id,
    orderId: order.id,
    side: order.side,
    positionSide: order.positionSide,
    price: priceText(spec, trade.ticks),
    qty,
    quoteQty: quoteText(spec, trade.notional),
    baseQty: qty,
    marginAsset: spec.options.quoteAsset,
    realizedPnl: trimmedText(trade.profit),
    commission: unitsText(trade.fee),
    commissionAsset: trade.feeAsset,
    buyer: order.sign === 1,
    maker: trade.maker,
    time: trade.timeMs,
  };
}

export function amendmentRow(order: Order, amendment: Amendment, index: number): JsonObject {
  const { spec } = order.market;
  return {
    amendmentId: amendment.id,
    symbol: spec.symbol,
    pair: spec.symbol,
    orderId: order.id,
    clientOrderId: order.clientId,
    time: amendment.timeMs,
    amendment: {
      price: { before: priceText(spec, amendment.ticksBefore), after: priceText(spec, amendment.ticksAfter) },
      origQty: { before: qtyText(spec, amendment.lotsBefore), after: qtyText(spec, amendment.lotsAfter) },
      count: index + 1,
      ...(amendment.modifyId === '' ? {} : { modifyId: Number(amendment.modifyId) }),
    },
  };
}

/** Reply to a conditional placement; queries add what became of it. */
export function algoRow(algo: AlgoOrder, queried = false): JsonObject {
  const { request, child } = algo;
  const { spec } = request.market;
  const became = queried
    ? {
        actualOrderId: child === undefined ? '' : child.id.toString(),
        actualPrice: child === undefined ? '0.00000' : averageText(spec, child.filledNotional, child.filledLots),
        actualType: child === undefined ? '' : child.type,
        actualQty: child === undefined ? '0' : qtyText(spec, child.filledLots),
        ...noTakeProfit(spec),
      }
    : {};
  return {
    algoId: algo.id,
    clientAlgoId: request.clientId,
    algoType: 'CONDITIONAL',
    orderType: request.type,
    symbol: spec.symbol,
    side: request.sign === 1 ? 'BUY' : 'SELL',
    positionSide: algo.positionSide,
    timeInForce: request.tif,
    quantity: qtyText(spec, request.lots),
    algoStatus: algo.status,
    ...became,
    triggerPrice: priceText(spec, request.triggerTicks),
    price: priceText(spec, request.ticks),
    icebergQuantity: null,
    selfTradePreventionMode: request.stp,
    workingType: request.workingType,
    priceMatch: request.priceMatch,
    closePosition: request.closePosition,
    priceProtect: request.priceProtect,
    reduceOnly: request.reduceOnly || request.closePosition,
    activatePrice: algo.isTrailing ? trimmedText(request.activation, spec.options.pricePrecision) : '',
    callbackRate: algo.isTrailing ? callbackText(request.callback) : '',
    createTime: algo.createdMs,
    updateTime: algo.updatedMs,
    triggerTime: algo.triggeredMs,
    goodTillDate: request.goodTillMs,
  };
}

/** Fields of a kind of order that has a stop and a take-profit of its own; conditional orders have none. */
function noTakeProfit(spec: SymbolSpec): JsonObject {
  const none = priceText(spec, 0);
  return { tpTriggerPrice: none, tpPrice: none, slTriggerPrice: none, slPrice: none, tpOrderType: '' };
}

/** In percent, one place at least. */
export function callbackText(share: Units): string {
  return trimmedText(share * 100n, 1);
}

export function averageOf(order: Order): string {
  return order.filledLots === 0
    ? integerText(0, order.market.spec.options.pricePrecision)
    : trimmedText(averagePrice(order.market.spec, order.filledNotional, order.filledLots), order.market.spec.options.pricePrecision);
}
