/** Faults that bend how a command runs, not how its answer looks: somebody trades first, a read sees the past, half a batch is refused. */
import type { Account } from '../account/account.ts';
import { type AccountCall, type Call, type Endpoint, runEndpoint } from '../http/endpoint.ts';
import { findOrder } from '../http/order-params.ts';
import type { JsonValue } from '../numbers/json.ts';
import type { Order } from '../order/order.ts';
import type { FaultRule } from './fault-desk.ts';
import type { PastBooks } from './past-books.ts';
import type { Replicas } from './replicas.ts';

/** What looks back. */
export interface Past {
  readonly replicas: Replicas;
  readonly books: PastBooks;
}

/** Reads that a lagging replica may answer; others know nothing of the past. */
const LAGGING = /\/(?:order|openOrder|openOrders|allOrders|account|balance|positionRisk|accountConfig|symbolConfig)$/;

/** `name` is the endpoint's, like `GET /fapi/v1/order`. */
export function runBent(fault: FaultRule, name: string, endpoint: Endpoint, call: Call, account: Account | undefined): JsonValue {
  const { kind, delayMs } = fault;
  if (kind === 'stale-depth') {
    const honest = runEndpoint(endpoint, call, account);
    return pastDepth(delayMs, name, call) ?? honest;
  }
  if (account === undefined) return runEndpoint(endpoint, call, account);
  if (kind === 'filled-first') tradeFirst({ ...call, account }, 1);
  if (kind === 'half-filled-first') tradeFirst({ ...call, account }, 0.5);
  if (kind === 'batch-half-refused') return runEndpoint(endpoint, { ...call, refusesItem: (index) => index % 2 === 1 }, account);
  const lags = kind === 'read-lag' && name.startsWith('GET ') && LAGGING.test(name);
  return runEndpoint(endpoint, call, lags ? call.venue.past.replicas.lagged(account, delayMs) : account);
}

function pastDepth(agoMs: number, name: string, { venue, params }: Call): JsonValue | undefined {
  const market = venue.engine.market(params.text('symbol') ?? '');
  if (!name.endsWith('/depth') || market === undefined) return undefined;
  return venue.past.books.snapshot(market, Number(params.text('limit') ?? 500), agoMs);
}

/** A taker from outside comes before the command and takes this share of the order that it names, and all that stands in front of it. */
function tradeFirst(call: AccountCall, share: number): void {
  const { engine, prng } = call.venue;
  const market = engine.market(call.params.text('symbol') ?? '');
  const taker = engine.account('external');
  const named = call.params.has('orderId') || call.params.has('origClientOrderId');
  const order = market === undefined || !named ? undefined : findOrder(call.account, market, call.params);
  if (order?.isOpen !== true || order.level === undefined || taker === undefined) return;
  engine.place({
    ...{ account: taker, market: order.market, sign: order.sign === 1 ? -1 : 1, type: 'LIMIT', tif: 'IOC', ticks: order.ticks },
    ...{ lots: lotsBefore(order) + Math.max(1, Math.floor(order.openLots * share)), reduceOnly: false, clientId: `first-${prng.text(12)}` },
    ...{ stp: 'NONE', priceMatch: 'NONE', goodTillMs: 0 },
  });
}

function lotsBefore(order: Order): number {
  const side = order.market.book.side(order.sign);
  let lots = 0;
  for (let n = 0; ; n += 1) {
    const level = side.nth(n);
    if (level === undefined || level === order.level) break;
    lots += level.lots;
  }
  for (let ahead = order.previous; ahead !== undefined; ahead = ahead.previous) lots += ahead.openLots;
  return lots;
}
