/** Every REST endpoint the adapter uses, in one table: method, path and what it needs to be allowed in. */
import type { HttpMethod } from '@fillwright/runtime/ports';

export interface Endpoint {
  /** Stable label for metrics. */
  readonly name: string;
  readonly method: HttpMethod;
  readonly path: string;
  /** `key` = header only; `signed` = header, timestamp and signature. */
  readonly security: 'public' | 'key' | 'signed';
  /** The method of the WebSocket API that does the same. */
  readonly webSocketMethod?: string;
}

function endpoint(name: string, method: HttpMethod, path: string, security: Endpoint['security'], webSocketMethod?: string): Endpoint {
  return { name, method, path, security, ...(webSocketMethod !== undefined && { webSocketMethod }) };
}

export const ENDPOINTS = {
  ping: endpoint('ping', 'GET', '/fapi/v1/ping', 'public'),
  time: endpoint('time', 'GET', '/fapi/v1/time', 'public'),
  exchangeInfo: endpoint('exchange-info', 'GET', '/fapi/v1/exchangeInfo', 'public'),
  depth: endpoint('depth', 'GET', '/fapi/v1/depth', 'public'),
  placeOrder: endpoint('place-order', 'POST', '/fapi/v1/order', 'signed', 'order.place'),
  placeBatch: endpoint('place-batch', 'POST', '/fapi/v1/batchOrders', 'signed'),
  modifyOrder: endpoint('modify-order', 'PUT', '/fapi/v1/order', 'signed', 'order.modify'),
  cancelOrder: endpoint('cancel-order', 'DELETE', '/fapi/v1/order', 'signed', 'order.cancel'),
  countdownCancelAll: endpoint('countdown-cancel-all', 'POST', '/fapi/v1/countdownCancelAll', 'signed'),
  queryOrder: endpoint('query-order', 'GET', '/fapi/v1/order', 'signed', 'order.status'),
  openOrders: endpoint('open-orders', 'GET', '/fapi/v1/openOrders', 'signed'),
  userTrades: endpoint('user-trades', 'GET', '/fapi/v1/userTrades', 'signed'),
  income: endpoint('income', 'GET', '/fapi/v1/income', 'signed'),
  placeAlgo: endpoint('place-algo', 'POST', '/fapi/v1/algoOrder', 'signed', 'algoOrder.place'),
  cancelAlgo: endpoint('cancel-algo', 'DELETE', '/fapi/v1/algoOrder', 'signed', 'algoOrder.cancel'),
  queryAlgo: endpoint('query-algo', 'GET', '/fapi/v1/algoOrder', 'signed'),
  openAlgoOrders: endpoint('open-algo-orders', 'GET', '/fapi/v1/openAlgoOrders', 'signed'),
  balance: endpoint('balance', 'GET', '/fapi/v3/balance', 'signed'),
  positionRisk: endpoint('position-risk', 'GET', '/fapi/v3/positionRisk', 'signed'),
  positionMode: endpoint('position-mode', 'GET', '/fapi/v1/positionSide/dual', 'signed'),
  createListenKey: endpoint('create-listen-key', 'POST', '/fapi/v1/listenKey', 'key'),
  extendListenKey: endpoint('extend-listen-key', 'PUT', '/fapi/v1/listenKey', 'key'),
} as const satisfies Readonly<Record<string, Endpoint>>;
