/**
 * What each endpoint takes from the venue's limits: weight per address, orders per account. The WebSocket API costs the same and uses the
 * same limits. Facts: Binance USDⓈ-M futures, endpoint pages and `exchangeInfo.rateLimits` (November 2026); where sources differ, the
 * larger figure.
 */
import type { Lane, RateCost } from '@fillwright/domain';
import type { Params } from '../common/query-text.ts';
import { ENDPOINTS, type Endpoint } from './endpoints.ts';

/** Names of limits: the venue's, and our own ceiling for requests of every kind but cancels. */
export const POOLS = { weight: 'weight', orders10s: 'orders-10s', orders1m: 'orders-1m', requests: 'requests-1m' } as const;

export interface EndpointCost {
  readonly cost: RateCost;
  readonly lane: Lane;
}

function asks(weight: number, lane: Lane = 'query'): EndpointCost {
  return { cost: { [POOLS.weight]: weight, ...(lane !== 'cancel' && { [POOLS.requests]: 1 }) }, lane };
}

const ORDER: EndpointCost = { cost: { [POOLS.orders10s]: 1, [POOLS.orders1m]: 1, [POOLS.requests]: 1 }, lane: 'new' };
/** Orders that one request may carry. */
export const MOST_IN_BATCH = 5;
const CANCEL = asks(1, 'cancel');
/** Without it nothing else works: it goes before other questions. */
const FIRST = asks(1, 'reduce');

/** Opening the WebSocket API; what a session that logs on costs is not documented for futures. */
export const HANDSHAKE = asks(5, 'reduce');

type Row = EndpointCost | ((params: Params) => EndpointCost);

const COSTS: Readonly<Record<keyof typeof ENDPOINTS, Row>> = {
  ping: asks(1),
  time: FIRST,
  exchangeInfo: asks(1),
  depth: ({ limit }) => asks(depthWeight(Number(limit ?? 500))),
  placeOrder: ORDER,
  placeBatch: batchCost(MOST_IN_BATCH),
  modifyOrder: ORDER,
  cancelOrder: CANCEL,
  countdownCancelAll: asks(10, 'cancel'),
  queryOrder: asks(1),
  openOrders: ({ symbol }) => asks(symbol === undefined ? 40 : 1),
  userTrades: asks(5),
  income: asks(30),
  placeAlgo: ORDER,
  cancelAlgo: CANCEL,
  queryAlgo: asks(1),
  openAlgoOrders: ({ symbol }) => asks(symbol === undefined ? 40 : 1),
  balance: asks(5),
  positionRisk: asks(5),
  positionMode: asks(30),
  createListenKey: FIRST,
  extendListenKey: FIRST,
};

const ROWS = new Map<Endpoint, Row>(Object.entries(COSTS).map(([name, row]) => [ENDPOINTS[name as keyof typeof ENDPOINTS], row]));

export function costOf(endpoint: Endpoint, params: Params): EndpointCost {
  const row = ROWS.get(endpoint);
  if (row === undefined) throw new Error(`no cost is known of ${endpoint.name}: only endpoints of the table can be called`);
  return typeof row === 'function' ? row(params) : row;
}

/** What an order, a change of one, or a cancel takes. */
export function commandCost(lane: Lane): RateCost {
  return (lane === 'cancel' ? CANCEL : ORDER).cost;
}

/** However few orders it carries, the venue counts five in ten seconds; in the minute one, or each of them: sources differ. */
export function batchCost(orders: number): EndpointCost {
  const cost = { [POOLS.weight]: 5, [POOLS.orders10s]: MOST_IN_BATCH, [POOLS.orders1m]: orders, [POOLS.requests]: 1 };
  return { cost, lane: 'new' };
}

function depthWeight(levels: number): number {
  if (levels <= 50) return 2;
  if (levels <= 100) return 5;
  return levels <= 500 ? 10 : 20;
}
