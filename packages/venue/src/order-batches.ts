/** Several orders in one request, where a venue takes them so. */
import type { RateTicket } from '@fillwright/domain';
import type { SubmitRequest } from './adapter.ts';
import type { Outcome } from './outcome.ts';
import type { OrderReport } from './reports.ts';

export interface TicketedOrder {
  readonly request: SubmitRequest;
  /** As of `ExecutionAdapter.submit`; without one an order leaves alone. */
  readonly ticket?: RateTicket | undefined;
}

/** An order that was written, or refused without being written. */
export interface HandedOrder {
  readonly outcome: Promise<Outcome<OrderReport>>;
  /** It shares a request with one before it. */
  readonly isCompanion: boolean;
}

export interface OrderBatches {
  /** Orders in one request at most: no use to bring together more. */
  readonly most: number;
  /** It pays now to hand over together what is ready in the same turn of the loop. */
  readonly isOpen: boolean;
  /**
   * As `ExecutionAdapter.submit` for each, all in this turn; what leaves in one request and what alone is the adapter's choice. One for
   * each, in the order given, and each proven for itself. What befalls a request as a whole is one and the same outcome for all that left in it.
   */
  submit(orders: readonly TicketedOrder[]): readonly HandedOrder[];
}
