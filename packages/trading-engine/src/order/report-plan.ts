/** From what the venue states about an order to the events we lack. Pure: the same report twice yields nothing the second time. */
import {
  applyOrderEvent,
  type Decimal,
  type Fill,
  type Order,
  type OrderEvent,
  type UsTime,
  type VenueOrderId,
  ZERO,
} from '@fillwright/domain';
import type { OrderReport } from '@fillwright/venue';
import type { OrderEventBody } from '../account/account-log.ts';

export interface ReportPlan {
  readonly events: readonly OrderEventBody[];
  /** Quantity the venue proves and we have no trades for. The end of the order waits for them. */
  readonly missingQty: Decimal;
}

export interface ReportFacts {
  readonly ts: UsTime;
  readonly isBooked: (fill: Fill) => boolean;
  /** Whether the venue once called this order so and now calls it otherwise. */
  readonly isFormerId: (venueOrderId: VenueOrderId) => boolean;
}

/** Order of events for one order: accepted, triggered, modified, fills, terminal. */
export function planReport(order: Order, report: OrderReport, facts: ReportFacts): ReportPlan {
  const plan = new Plan(order, facts.ts);
  const fresh = report.venueTs >= (order.venueTs ?? 0);
  const isRefusal = report.phase === 'rejected' && report.filledQty.isZero();
  // A new leg that was refused leaves the old one as it is.
  if (isRefusal && isOtherLeg(order, report)) return plan.done(ZERO);
  if (isRefusal) {
    plan.push({
      type: 'rejected',
      reason: report.reason ?? { code: 'VENUE_REJECTED', text: 'rejected by the venue' },
      venueTs: report.venueTs,
    });
    return plan.done(ZERO);
  }
  // The old leg of a replaced order: its trades are ours, what else it says is past, also when both legs were told in the same millisecond.
  if (isSuperseded(order, report, fresh, facts)) {
    if (report.fill && !facts.isBooked(report.fill)) plan.push({ type: 'filled', fill: report.fill });
    return plan.done(ZERO);
  }
  plan.accept(report);
  if (fresh) plan.amend(report);
  if (report.fill && !facts.isBooked(report.fill)) plan.push({ type: 'filled', fill: report.fill });
  const missing = report.filledQty.minus(plan.order.filledQty);
  if (missing.isPositive() && !missing.isZero()) return plan.done(missing);
  plan.end(report);
  return plan.done(ZERO);
}

function isSuperseded(order: Order, report: OrderReport, fresh: boolean, facts: ReportFacts): boolean {
  return isOtherLeg(order, report) && (!fresh || (report.venueOrderId !== undefined && facts.isFormerId(report.venueOrderId)));
}

/** Of one order under two ids of the venue; an Algo order and what it fires are not meant. */
function isOtherLeg(order: Order, report: OrderReport): boolean {
  if (order.algoId !== undefined || report.algoId !== undefined) return false;
  return order.venueOrderId !== undefined && report.venueOrderId !== undefined && order.venueOrderId !== report.venueOrderId;
}

class Plan {
  order: Order;
  readonly #ts: UsTime;
  readonly #events: OrderEventBody[] = [];

  constructor(order: Order, ts: UsTime) {
    this.order = order;
    this.#ts = ts;
  }

  /** Keeps the event when it is a legal move of the order as it stands after the ones before. */
  push(body: OrderEventBody): void {
    const event = { ...body, clientOrderId: this.order.clientOrderId, ts: this.#ts } as Exclude<OrderEvent, { type: 'initialized' }>;
    const result = applyOrderEvent(this.order, event);
    if (result.type !== 'applied') return;
    this.order = result.order;
    this.#events.push(body);
  }

  /** Only when it says something new: the order is confirmed for the first time, or an id becomes known. */
  accept(report: OrderReport): void {
    const newAlgoId = report.algoId !== undefined && this.order.algoId === undefined;
    const fired = this.order.algoId !== undefined || report.algoId !== undefined;
    const newVenueId = report.venueOrderId !== undefined && this.order.venueOrderId !== report.venueOrderId;
    if (this.order.state === 'pending' || newAlgoId || (newVenueId && !fired && this.order.state === 'open')) {
      this.push({
        type: 'accepted',
        venueTs: report.venueTs,
        ...(report.algoId && { algoId: report.algoId }),
        ...(report.venueOrderId && !fired && { venueOrderId: report.venueOrderId }),
      });
    }
    if (fired && newVenueId && report.venueOrderId)
      this.push({ type: 'triggered', venueOrderId: report.venueOrderId, venueTs: report.venueTs });
  }

  /** The venue's quantity or price differs: somebody amended the order. */
  amend(report: OrderReport): void {
    const { qty, price } = report.terms;
    // What the Algo service shows of an order that has fired are the terms it was made with; the fired order has its own.
    if (report.phase === 'triggered' && this.order.venueOrderId !== undefined) return;
    // Cancelled down to what is filled: the cancel says it better.
    if (!isLive(report) && report.phase !== 'filled' && qty.lte(this.order.filledQty)) return;
    const priceChanged = price !== undefined && this.order.terms.price !== undefined && !price.eq(this.order.terms.price);
    const qtyChanged = !qty.isZero() && !qty.eq(this.order.terms.qty);
    const asked = this.order.state === 'open' && this.order.request?.type === 'modify' && report.change === 'amended';
    if (!priceChanged && !qtyChanged && !asked) return;
    this.push({ type: 'modified', qty, venueTs: report.venueTs, ...(price && { price }) });
  }

  /** Only when nothing is missing: an ended order takes no more fills as a matter of course. */
  end(report: OrderReport): void {
    const { phase, venueTs } = report;
    const reason = report.reason ?? { code: `VENUE_${phase.toUpperCase()}`, text: `${phase} at the venue` };
    if (phase === 'canceled' || phase === 'expired') this.push({ type: phase, reason, venueTs });
    // Filled there and a rest open here: the venue has shrunk the order (reduce-only, closePosition) to what was filled.
    if (phase === 'filled' && this.order.state === 'open' && !this.order.filledQty.isZero())
      this.push({ type: 'modified', qty: this.order.filledQty, venueTs });
  }

  done(missingQty: Decimal): ReportPlan {
    return { events: this.#events, missingQty };
  }
}

function isLive({ phase }: OrderReport): boolean {
  return phase === 'new' || phase === 'partially-filled' || phase === 'triggered';
}
