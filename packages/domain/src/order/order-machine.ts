/** The order state machine: one table says which event may meet which phase; `applyOrderEvent` is the only way an order changes. */
import { type Decimal, maxOf, ZERO } from '../decimal.ts';
import type { UsTime } from '../time.ts';
import type { ClosedOrder, ClosedPhase, OpenOrder, Order, OrderPhase, PendingOrder, PendingRequest, Reason } from './order.ts';
import type { OrderEvent, OrderEventType, OrderFilled, OrderInitialized, OrderModified } from './order-event.ts';

export type ApplyResult =
  | { readonly type: 'applied'; readonly order: Order }
  /** Not a legal move: nothing changed. `stale` = an event about a past the order has left behind; else it contradicts us. */
  | { readonly type: 'refused'; readonly code: 'stale' | 'illegal' | 'overfill'; readonly text: string };

/** An order that nobody has seen yet. */
type Building<T> = { -readonly [K in keyof T]: T[K] };
type Common = Pick<Order, Exclude<keyof Order, 'state' | 'phase'>>;

const UNSENT: readonly OrderPhase[] = ['intent', 'waiting'];
const AT_STAKE: readonly OrderPhase[] = ['sending', 'unknown'];
const OPEN: readonly OrderPhase[] = ['new', 'partially-filled'];
const LIVE: readonly OrderPhase[] = [...UNSENT, ...AT_STAKE, ...OPEN];

/** Event → phases it may meet. `filled` on a closed order is the late fill: legal after cancel, expiry and a refusal the venue took back. */
export const MOVES: Readonly<Record<Exclude<OrderEventType, 'initialized'>, readonly OrderPhase[]>> = {
  denied: [...UNSENT, 'sending'],
  sending: [...UNSENT, 'sending'],
  'outcome-unknown': AT_STAKE,
  accepted: [...AT_STAKE, ...OPEN],
  triggered: [...AT_STAKE, ...OPEN],
  rejected: [...AT_STAKE, 'new'],
  filled: [...AT_STAKE, ...OPEN, 'canceled', 'expired', 'rejected'],
  'cancel-requested': LIVE,
  'modify-requested': OPEN,
  'request-sending': [...AT_STAKE, ...OPEN],
  'request-unknown': [...AT_STAKE, ...OPEN],
  'request-refused': LIVE,
  modified: OPEN,
  canceled: LIVE,
  expired: [...AT_STAKE, ...OPEN],
};

/** The order as it begins. An external one is already at the venue, so it starts as if sent. */
export function initialOrder(event: OrderInitialized): PendingOrder {
  return {
    state: 'pending',
    phase: event.external ? 'sending' : 'intent',
    clientOrderId: event.clientOrderId,
    owner: event.owner,
    strategy: event.strategy,
    terms: event.terms,
    filledQty: ZERO,
    filledQuote: ZERO,
    createdTs: event.ts,
    updatedTs: event.ts,
  };
}

export function mayApply(phase: OrderPhase, type: Exclude<OrderEventType, 'initialized'>): boolean {
  return MOVES[type].includes(phase);
}

/** Pure. Same order and event, same result. */
export function applyOrderEvent(order: Order, event: Exclude<OrderEvent, OrderInitialized>): ApplyResult {
  if (!mayApply(order.phase, event.type)) {
    return {
      type: 'refused',
      code: order.state === 'closed' ? 'stale' : 'illegal',
      text: `${event.type} on ${order.phase} order ${order.clientOrderId}`,
    };
  }
  // The hot one: an order is copied once for it.
  if (event.type === 'filled') return fill(order, event);
  const at = { ...order, updatedTs: event.ts };
  switch (event.type) {
    case 'denied':
      return close(at, 'denied', event.ts, event.reason);
    case 'rejected':
      return close(withVenueTs(at, event.venueTs), 'rejected', event.ts, event.reason);
    case 'canceled':
      return close(withVenueTs(at, event.venueTs), 'canceled', event.ts, event.reason);
    case 'expired':
      return close(withVenueTs(at, event.venueTs), 'expired', event.ts, event.reason);
    case 'sending':
      return applied(pending(at, 'sending'));
    case 'outcome-unknown':
      return applied({ ...pending(at, 'unknown'), unknownSinceTs: (order.state === 'pending' && order.unknownSinceTs) || event.ts });
    case 'accepted':
      return applied(opened(withVenueTs({ ...at, ...ids(event) }, event.venueTs)));
    case 'triggered':
      return applied(opened(withVenueTs({ ...at, venueOrderId: event.venueOrderId }, event.venueTs)));
    case 'modified':
      return modify(at, event);
    default:
      return request(at, event);
  }
}

type RequestEvent = Extract<
  OrderEvent,
  { type: 'cancel-requested' | 'modify-requested' | 'request-sending' | 'request-unknown' | 'request-refused' }
>;

function request(order: Order, event: RequestEvent): ApplyResult {
  if (order.state === 'closed') return { type: 'refused', code: 'stale', text: `${event.type} on a closed order` };
  const current = order.request;
  switch (event.type) {
    case 'cancel-requested':
    case 'modify-requested': {
      const type = event.type === 'cancel-requested' ? 'cancel' : 'modify';
      // A cancel may overtake a modify; nothing else may wait behind a request.
      if (current && !(type === 'cancel' && current.type === 'modify')) {
        return { type: 'refused', code: 'illegal', text: `${order.clientOrderId} already has a ${current.type} in flight` };
      }
      // A modify on its way may still take effect behind the cancel: its quantity must go on to count.
      const qty = event.qty ?? (current && current.phase !== 'waiting' ? current.qty : undefined);
      const asked: PendingRequest = {
        type,
        commandId: event.commandId,
        sinceTs: event.ts,
        phase: 'waiting',
        ...(event.price && { price: event.price }),
        ...(qty && { qty }),
      };
      return applied({ ...order, request: asked });
    }
    case 'request-sending':
    case 'request-unknown':
      if (current?.commandId !== event.commandId)
        return { type: 'refused', code: 'stale', text: `no request ${event.commandId} in flight` };
      return applied({ ...order, request: { ...current, phase: event.type === 'request-sending' ? 'sending' : 'unknown' } });
    case 'request-refused':
      if (current?.commandId !== event.commandId)
        return { type: 'refused', code: 'stale', text: `no request ${event.commandId} in flight` };
      return applied(withoutRequest(order));
  }
}

function applied(order: Order): ApplyResult {
  return { type: 'applied', order };
}

/** A live order keeps its request; what only pending orders have is dropped on the way out. */
function pending(order: Order, phase: PendingOrder['phase']): PendingOrder {
  const after = common(order) as Building<PendingOrder>;
  after.state = 'pending';
  after.phase = phase;
  if (order.state !== 'closed' && order.request) after.request = order.request;
  return after;
}

function opened(order: Order): OpenOrder {
  return asOpen(common(order), order);
}

function asOpen(common: Building<Common>, before: Order): OpenOrder {
  const after = common as Building<OpenOrder>;
  after.state = 'open';
  after.phase = after.filledQty.isZero() ? 'new' : 'partially-filled';
  if (before.state !== 'closed' && before.request) after.request = before.request;
  return after;
}

function close(order: Order, phase: ClosedPhase, ts: UsTime, reason?: Reason): ApplyResult {
  return applied(asClosed(common(order), phase, ts, reason));
}

function asClosed(common: Building<Common>, phase: ClosedPhase, ts: UsTime, reason: Reason | undefined): ClosedOrder {
  const after = common as Building<ClosedOrder>;
  after.state = 'closed';
  after.phase = phase;
  after.closedTs = ts;
  if (reason) after.reason = reason;
  return after;
}

function withoutRequest(order: PendingOrder | OpenOrder): Order {
  const { request: _request, ...rest } = order;
  return rest;
}

function fill(order: Order, event: OrderFilled): ApplyResult {
  const filledQty = order.filledQty.plus(event.fill.qty);
  const openEnded = order.terms.closePosition && order.terms.qty.isZero();
  if (!openEnded && filledQty.gt(order.terms.qty)) {
    return { type: 'refused', code: 'overfill', text: `${order.clientOrderId}: ${filledQty} filled of ${order.terms.qty}` };
  }
  const { qty, price, venueOrderId, venueTs } = event.fill;
  const booked = common(order);
  booked.updatedTs = event.ts;
  booked.filledQty = filledQty;
  booked.filledQuote = order.filledQuote.plus(qty.times(price));
  booked.venueOrderId ??= venueOrderId;
  booked.venueTs = later(order.venueTs, venueTs);
  if (!openEnded && filledQty.gte(order.terms.qty)) return applied(asClosed(booked, 'filled', event.ts, undefined));
  if (order.state !== 'closed') return applied(asOpen(booked, order));
  // A late fill on a closed order: what it says is booked, the order stays closed; one the venue had refused did live after all.
  return applied(asClosed(booked, order.phase === 'rejected' ? 'canceled' : order.phase, order.closedTs, order.reason));
}

/** A quantity that is all filled already is the end of the order: the venue has taken back the rest. */
function modify(order: Order, event: OrderModified): ApplyResult {
  if (event.qty.lt(order.filledQty)) {
    return { type: 'refused', code: 'overfill', text: `${order.clientOrderId}: ${order.filledQty} filled, cannot become ${event.qty}` };
  }
  const terms = { ...order.terms, qty: event.qty, ...(event.price && { price: event.price }) };
  const changed = withVenueTs({ ...order, terms }, event.venueTs);
  const cleared = changed.state !== 'closed' && changed.request?.type === 'modify' ? withoutRequest(changed) : changed;
  const isDone = !event.qty.isZero() && event.qty.eq(order.filledQty);
  return isDone ? close(cleared, 'filled', event.ts) : applied(opened(cleared));
}

function ids(event: { readonly venueOrderId?: Order['venueOrderId']; readonly algoId?: Order['algoId'] }) {
  return { ...(event.venueOrderId && { venueOrderId: event.venueOrderId }), ...(event.algoId && { algoId: event.algoId }) };
}

function withVenueTs<T extends Order>(order: T, venueTs: UsTime | undefined): T {
  if (venueTs === undefined) return order;
  return { ...order, venueTs: later(order.venueTs, venueTs) };
}

function later(known: UsTime | undefined, venueTs: UsTime): UsTime {
  return known !== undefined && known > venueTs ? known : venueTs;
}

/** A copy without what belongs to one state. Member by member: spreads of conditions cost more than the rest of a move. */
function common(order: Order): Building<Common> {
  const { clientOrderId, owner, strategy, terms, filledQty, filledQuote, createdTs, updatedTs } = order;
  const copy: Building<Common> = { clientOrderId, owner, strategy, terms, filledQty, filledQuote, createdTs, updatedTs };
  if (order.venueOrderId) copy.venueOrderId = order.venueOrderId;
  if (order.algoId) copy.algoId = order.algoId;
  if (order.venueTs !== undefined) copy.venueTs = order.venueTs;
  return copy;
}

/** The quantity that counts against limits: everything that could still trade, unknown orders as if they were open. */
export function atRiskQty(order: Order): Decimal {
  return order.state === 'closed' ? ZERO : maxOf(order.terms.qty.minus(order.filledQty), ZERO);
}
