/** One look at the whole account over REST. A part that failed makes the whole incomplete; it is never read as "nothing there". */
import { decimal, type Fill, type InstrumentId, isConditional, type Order, type Reason, type UsTime, usTime } from '@fillwright/domain';
import type { Answer, BalanceReport, Lookup, OrderReport, PositionReport } from '@fillwright/venue';
import type { EngineContext } from '../context.ts';
import { orderRef } from '../order/dispatcher.ts';

export interface VenueSnapshot {
  readonly orders: readonly OrderReport[];
  readonly trades: readonly Fill[];
  readonly balances: readonly BalanceReport[];
  readonly positions: readonly PositionReport[];
  /** Locally live orders that the lists lack, asked one by one. */
  readonly lookups: readonly { readonly order: Order; readonly answer: Lookup<OrderReport> }[];
  /** Which questions were asked. */
  readonly asked: readonly string[];
}

export type SnapshotResult =
  | { readonly type: 'complete'; readonly snapshot: VenueSnapshot }
  | { readonly type: 'incomplete'; readonly reason: Reason };

/** Trades are asked for from a little before the newest one we have; repeats are dropped by their key. */
const OVERLAP_US = 60_000_000;

class Incomplete extends Error {
  readonly reason: Reason;

  constructor(what: string, reason: Reason) {
    super(what);
    this.reason = { code: reason.code, text: `${what}: ${reason.text}` };
  }
}

/** Orders first, trades after them: a fill between the two is then in the trades, never lost between both. */
export async function takeVenueSnapshot(context: EngineContext, ledgerStartTs: UsTime): Promise<SnapshotResult> {
  const { adapter, book } = context;
  try {
    const [open, algo, balances, positions] = await Promise.all([
      adapter.openOrders(),
      adapter.openAlgoOrders(),
      adapter.balances(),
      adapter.positions(),
    ]);
    const orders = [...need('open orders', open), ...need('open Algo orders', algo)];
    const positionReports = need('positions', positions);
    const balanceReports = need('balances', balances);
    const lookups: { order: Order; answer: Lookup<OrderReport> }[] = [];
    for (const order of missingOrders(book.liveOrders(), orders)) {
      const answer = await adapter.lookUpOrder(orderRef(order));
      if (answer.type === 'failed') throw new Incomplete(`order ${order.clientOrderId}`, answer.reason);
      lookups.push({ order, answer });
    }
    const trades: Fill[] = [];
    const paid = need('paid instruments', await paidInstruments(context, balanceReports));
    const instruments = tradedInstruments(context, orders, positionReports, paid);
    for (const instrument of instruments) {
      const since = Math.max(ledgerStartTs, book.lastFillTs(instrument) ?? 0) - OVERLAP_US;
      trades.push(...need(`trades of ${instrument}`, await adapter.trades(instrument, { sinceTs: usTime(Math.max(0, since)) })));
    }
    const asked = [
      'open-orders',
      'algo-orders',
      'balances',
      'positions',
      ...instruments.map((instrument) => `trades ${instrument}`),
      ...lookups.map(({ order }) => `order ${order.clientOrderId}`),
    ];
    return {
      type: 'complete',
      snapshot: { orders, trades, balances: balanceReports, positions: positionReports, lookups, asked: asked.slice(0, 50) },
    };
  } catch (error) {
    if (error instanceof Incomplete) return { type: 'incomplete', reason: error.reason };
    throw error;
  }
}

/**
 * Where money moved that we did not hear of. A position opened and closed meanwhile in an instrument that we never held shows in nothing
 * else; while every wallet is as we have it, nobody is asked.
 */
export async function paidInstruments(
  context: EngineContext,
  balances: readonly BalanceReport[],
): Promise<Answer<readonly InstrumentId[]>> {
  const { adapter, book } = context;
  const moved = balances.flatMap(({ asset, wallet }) => {
    const held = book.balance(asset);
    return held !== undefined && !wallet.eq(decimal(held.wallet)) ? [held.venueTs] : [];
  });
  if (moved.length === 0 || adapter.paidInstruments === undefined) return { type: 'answered', value: [] };
  return adapter.paidInstruments(usTime(Math.max(0, Math.min(...moved) - OVERLAP_US)));
}

function need<T>(
  what: string,
  answer: { readonly type: 'answered'; readonly value: T } | { readonly type: 'failed'; readonly reason: Reason },
): T {
  if (answer.type === 'failed') throw new Incomplete(what, answer.reason);
  return answer.value;
}

/** Whether the venue may hold it: what was never sent is nowhere but here. */
export function isAtVenue({ phase }: Order): boolean {
  return phase !== 'intent' && phase !== 'waiting';
}

/** Orders that could be at the venue and are in none of its lists. Those never sent are not asked for. */
export function missingOrders(live: readonly Order[], listed: readonly OrderReport[]): readonly Order[] {
  const seen = new Set<string>();
  for (const report of listed) {
    const { instrument } = report.terms;
    seen.add(`${instrument}|client|${report.clientOrderId}`);
    if (report.venueOrderId) seen.add(`${instrument}|${report.venueOrderId}`);
    if (report.algoId) seen.add(`${instrument}|algo|${report.algoId}`);
  }
  return live.filter((order) => {
    if (!isAtVenue(order)) return false;
    const { instrument } = order.terms;
    const byVenueId = order.venueOrderId && seen.has(`${instrument}|${order.venueOrderId}`);
    const byAlgoId = order.algoId && isConditional(order.terms.type) && seen.has(`${instrument}|algo|${order.algoId}`);
    return !seen.has(`${instrument}|client|${order.clientOrderId}`) && !byVenueId && !byAlgoId;
  });
}

function tradedInstruments(
  context: EngineContext,
  orders: readonly OrderReport[],
  positions: readonly PositionReport[],
  paid: readonly InstrumentId[],
): readonly InstrumentId[] {
  const { book } = context;
  const instruments = new Set<InstrumentId>(paid);
  for (const position of book.positions.all()) instruments.add(position.instrument);
  for (const order of book.liveOrders()) instruments.add(order.terms.instrument);
  for (const report of orders) instruments.add(report.terms.instrument);
  for (const position of positions) if (!position.qty.isZero()) instruments.add(position.instrument);
  return [...instruments].sort();
}
