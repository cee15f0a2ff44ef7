/** Everything that can happen to an order. The journal holds these; an order is the fold over them. */
import type { Decimal } from '../decimal.ts';
import type { Fill } from '../fill/fill.ts';
import type { ClientOrderId, VenueOrderId } from '../ids.ts';
import type { UsTime } from '../time.ts';
import type { Reason } from './order.ts';
import type { OrderTerms } from './terms.ts';

interface Base {
  readonly clientOrderId: ClientOrderId;
  /** When the engine decided or learned it. */
  readonly ts: UsTime;
}

/** Admitted: journaled before anything else happens. `external` = first seen at the venue, not made by us. */
export interface OrderInitialized extends Base {
  readonly type: 'initialized';
  readonly owner: string;
  readonly strategy: string;
  readonly terms: OrderTerms;
  readonly external: boolean;
}

/** A promise that this id was never and will never be sent. */
export interface OrderDenied extends Base {
  readonly type: 'denied';
  readonly reason: Reason;
}

/** Journaled before the bytes are written. Also marks a cancel or modify request about to be written. */
export interface OrderSending extends Base {
  readonly type: 'sending';
  readonly attempt: number;
}

export interface OrderOutcomeUnknown extends Base {
  readonly type: 'outcome-unknown';
  readonly reason: Reason;
}

export interface OrderAccepted extends Base {
  readonly type: 'accepted';
  readonly venueOrderId?: VenueOrderId;
  readonly algoId?: VenueOrderId;
  readonly venueTs?: UsTime;
}

/** A conditional order fired and became a normal one. */
export interface OrderTriggered extends Base {
  readonly type: 'triggered';
  readonly venueOrderId: VenueOrderId;
  readonly venueTs?: UsTime;
}

export interface OrderRejected extends Base {
  readonly type: 'rejected';
  readonly reason: Reason;
  readonly venueTs?: UsTime;
}

export interface OrderFilled extends Base {
  readonly type: 'filled';
  readonly fill: Fill;
}

export interface RequestStarted extends Base {
  readonly type: 'cancel-requested' | 'modify-requested';
  readonly commandId: string;
  readonly price?: Decimal;
  readonly qty?: Decimal;
}

export interface RequestSending extends Base {
  readonly type: 'request-sending';
  readonly commandId: string;
  readonly attempt: number;
}

export interface RequestUnknown extends Base {
  readonly type: 'request-unknown';
  readonly commandId: string;
  readonly reason: Reason;
}

/** The venue or the engine refused a cancel or a modify; the order is as it was. */
export interface RequestRefused extends Base {
  readonly type: 'request-refused';
  readonly commandId: string;
  readonly reason: Reason;
}

export interface OrderModified extends Base {
  readonly type: 'modified';
  readonly price?: Decimal;
  readonly qty: Decimal;
  readonly venueTs?: UsTime;
}

export interface OrderCanceled extends Base {
  readonly type: 'canceled';
  readonly reason: Reason;
  readonly venueTs?: UsTime;
}

export interface OrderExpired extends Base {
  readonly type: 'expired';
  readonly reason: Reason;
  readonly venueTs?: UsTime;
}

export type OrderEvent =
  | OrderInitialized
  | OrderDenied
  | OrderSending
  | OrderOutcomeUnknown
  | OrderAccepted
  | OrderTriggered
  | OrderRejected
  | OrderFilled
  | RequestStarted
  | RequestSending
  | RequestUnknown
  | RequestRefused
  | OrderModified
  | OrderCanceled
  | OrderExpired;

export type OrderEventType = OrderEvent['type'];
