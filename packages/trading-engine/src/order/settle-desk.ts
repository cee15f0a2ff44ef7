/**
 * Settles by an operator's word what nobody could prove. Only what is unknown can be settled; who, why and what was believed is journaled
 * before anything changes. Evidence that contradicts it later is booked all the same: see `isNamesake` and strays of the report desk.
 */
import { createHash } from 'node:crypto';
import {
  applyOrderEvent,
  type Decimal,
  decimal,
  decimalText,
  type Fill,
  type Order,
  parseTradeId,
  type Reason,
  ZERO,
} from '@fillwright/domain';
import { type MessageData, orderView } from '@fillwright/messages';
import type { OrderEventBody } from '../account/account-log.ts';
import type { EngineContext } from '../context.ts';
import type { ControlResult } from '../feeds/engine-feeds.ts';
import type { ReportDesk } from './report-desk.ts';
import { SETTLED_BY_HAND, unknownSince } from './settled.ts';

export type SettleRequest = MessageData<'service.settle-order'>;

export class SettleDesk {
  readonly #context: EngineContext;
  readonly #reports: ReportDesk;

  constructor(context: EngineContext, reports: ReportDesk) {
    this.#context = context;
    this.#reports = reports;
  }

  handle(request: SettleRequest): ControlResult {
    const { book, records, log } = this.#context;
    const order = book.order(request.clientOrderId);
    if (!order) return refuse('ENG_ORDER_NOT_HERE', `no order ${request.clientOrderId} here`);
    const sinceTs = unknownSince(order);
    if (sinceTs === undefined)
      return refuse('ENG_NOT_UNKNOWN', `${order.clientOrderId} is ${order.phase}: only what is unknown is settled by hand`);
    const plan = eventsOf(order, request, records.now());
    if ('fault' in plan) return plan.fault;
    const { who, why, outcome, filledQty, price } = request;
    const ageMs = Math.max(0, Math.round((records.now() - sinceTs) / 1000));
    records.write({
      k: 'settlement',
      ts: records.now(),
      clientOrderId: order.clientOrderId,
      outcome,
      ...(filledQty !== undefined && { filledQty }),
      ...(price !== undefined && { price }),
      who,
      why,
      believed: orderView(order),
      ageMs,
    });
    log.warn('order-settled-by-hand', { clientOrderId: order.clientOrderId, outcome, who, why, ageMs });
    for (const body of plan.events) records.order(order.clientOrderId, body);
    // Trades that might have been this order's can be told now.
    this.#reports.settleDeferred();
    this.#reports.onOrderChanged(book.order(order.clientOrderId) ?? order);
    return {
      text: `${order.clientOrderId} is ${book.order(order.clientOrderId)?.phase} by the word of ${who}; it was unknown for ${ageMs} ms`,
    };
  }
}

type Plan = { readonly events: readonly OrderEventBody[] } | { readonly fault: ControlResult };

/** All or nothing: each event must be a legal move after the ones before. */
function eventsOf(order: Order, request: SettleRequest, ts: Order['updatedTs']): Plan {
  const reason: Reason = { code: SETTLED_BY_HAND, text: `${request.outcome} by the word of ${request.who}: ${request.why}` };
  const added = request.filledQty === undefined ? ZERO : decimal(request.filledQty).minus(order.filledQty);
  const problem = faultOf(order, request, added);
  if (problem !== undefined) return { fault: refuse('ENG_SETTLE_CONTRADICTS', problem) };
  const fill = added.isZero() ? undefined : settledFill(order, request, added, ts);
  const events: OrderEventBody[] = fill ? [{ type: 'filled', fill }] : [];
  if (request.outcome === 'rejected' || request.outcome === 'never-existed') events.push({ type: 'rejected', reason });
  else if (request.outcome !== 'filled') events.push({ type: request.outcome, reason });
  let after = order;
  for (const body of events) {
    const result = applyOrderEvent(after, { ...body, clientOrderId: order.clientOrderId, ts } as Parameters<typeof applyOrderEvent>[1]);
    if (result.type !== 'applied') return { fault: refuse('ENG_SETTLE_CONTRADICTS', result.text) };
    after = result.order;
  }
  return { events };
}

/** What keeps this verdict from being possible, given what is proven about the order. */
function faultOf(order: Order, { outcome, filledQty, price, venueOrderId }: SettleRequest, added: Decimal): string | undefined {
  const known = `${decimalText(order.filledQty)} of ${decimalText(order.terms.qty)} filled`;
  const isEmpty = outcome === 'rejected' || outcome === 'never-existed';
  if (isEmpty && filledQty !== undefined) return `${outcome} takes no filled quantity`;
  if (isEmpty && !order.filledQty.isZero()) return `not ${outcome}: ${known}`;
  if (outcome === 'never-existed' && order.state === 'open') return 'the venue has confirmed this order: it existed';
  if (outcome === 'filled' && filledQty === undefined) return 'filled needs the filled quantity and the price';
  if (filledQty === undefined) return undefined;
  if (added.isNegative() && !added.isZero()) return `${filledQty} is less than what is proven: ${known}`;
  if (outcome === 'filled' && !order.terms.closePosition && !decimal(filledQty).eq(order.terms.qty))
    return `filled means all of ${decimalText(order.terms.qty)}; with a rest that will not fill it is canceled or expired`;
  if (added.isZero()) return undefined;
  if (price === undefined) return 'a filled quantity needs its average price';
  if (venueOrderId === undefined && order.venueOrderId === undefined)
    return 'a filled quantity needs the number of the order at the venue: its trades are recognised by it';
  if (venueOrderId !== undefined && order.venueOrderId !== undefined && venueOrderId !== order.venueOrderId)
    return `the venue's number of this order is ${order.venueOrderId}, not ${venueOrderId}`;
  return undefined;
}

/** The same verdict always makes the same trade. */
function settledFill(order: Order, { price, venueOrderId }: SettleRequest, qty: Decimal, ts: Order['updatedTs']): Fill {
  const number = order.venueOrderId ?? venueOrderId;
  if (price === undefined || number === undefined) throw new Error('checked before: a settled quantity has a price and an order number');
  const purpose = `settled|${order.terms.instrument}|${order.clientOrderId}|${decimalText(order.filledQty)}|${decimalText(qty)}`;
  return {
    instrument: order.terms.instrument,
    tradeId: parseTradeId(`SYN-${createHash('sha256').update(purpose).digest('hex').slice(0, 24)}`),
    venueOrderId: number,
    clientOrderId: order.clientOrderId,
    side: order.terms.side,
    qty,
    price: decimal(price),
    liquidity: 'unknown',
    fee: ZERO,
    feeAsset: '',
    venueTs: ts,
    synthetic: true,
  };
}

function refuse(code: string, text: string): ControlResult {
  return { code, text };
}
