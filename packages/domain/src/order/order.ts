/** An order as a sum type: what state it is in, and only the facts that exist in that state. Immutable. */
import type { Decimal } from '../decimal.ts';
import type { ClientOrderId, VenueOrderId } from '../ids.ts';
import type { UsTime } from '../time.ts';
import type { OrderTerms } from './terms.ts';

/** Why an order ended, or why a request about it was refused. `code` is stable and searchable. */
export interface Reason {
  readonly code: string;
  readonly text: string;
}

/** A request about a live order that has no proven outcome yet. */
export interface PendingRequest {
  readonly type: 'cancel' | 'modify';
  /** Id of the command that asked. */
  readonly commandId: string;
  readonly sinceTs: UsTime;
  /** `sending` → `unknown` when its answer was lost; never folded into failure. */
  readonly phase: 'waiting' | 'sending' | 'unknown';
  /** Modify: what was asked. A cancel that overtook a modify on its way keeps the quantity of that one. */
  readonly price?: Decimal;
  readonly qty?: Decimal;
}

export type PendingPhase = 'intent' | 'waiting' | 'sending' | 'unknown';
export type OpenPhase = 'new' | 'partially-filled';
export type ClosedPhase = 'filled' | 'canceled' | 'expired' | 'rejected' | 'denied';
export type OrderPhase = PendingPhase | OpenPhase | ClosedPhase;

interface Common {
  readonly clientOrderId: ClientOrderId;
  /** Tag of the owner, or EXTERNAL: made by hand, by the venue, or by somebody else. */
  readonly owner: string;
  /** Name the trader gave; '' when none. */
  readonly strategy: string;
  readonly terms: OrderTerms;
  /** Σ quantity and Σ price × quantity of booked fills. */
  readonly filledQty: Decimal;
  readonly filledQuote: Decimal;
  readonly createdTs: UsTime;
  readonly updatedTs: UsTime;
  /** Known as soon as the venue confirmed it. */
  readonly venueOrderId?: VenueOrderId;
  /** Conditional orders: id in the Algo service; `venueOrderId` is then the order it fired. */
  readonly algoId?: VenueOrderId;
  /** Venue's time of the newest report applied; an older report never overwrites a newer one. */
  readonly venueTs?: UsTime;
}

export interface PendingOrder extends Common {
  readonly state: 'pending';
  readonly phase: PendingPhase;
  /** Cancel asked for while it was not at the venue yet, or its fate unknown. */
  readonly request?: PendingRequest;
  /** When it became unknown. */
  readonly unknownSinceTs?: UsTime;
}

export interface OpenOrder extends Common {
  readonly state: 'open';
  readonly phase: OpenPhase;
  readonly request?: PendingRequest;
}

export interface ClosedOrder extends Common {
  readonly state: 'closed';
  readonly phase: ClosedPhase;
  readonly reason?: Reason;
  readonly closedTs: UsTime;
}

export type Order = PendingOrder | OpenOrder | ClosedOrder;

export function isClosed(order: Order): order is ClosedOrder {
  return order.state === 'closed';
}

/** Quantity that may still trade; 0 when closed. */
export function leavesQty(order: Order): Decimal {
  const rest = order.terms.qty.minus(order.filledQty);
  return order.state === 'closed' || rest.isNegative() ? rest.times(0) : rest;
}
