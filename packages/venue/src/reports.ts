/** What a venue tells about orders, trades, positions and money, in domain terms. Raw payloads never leave the adapter. */
import type { Decimal, Fill, InstrumentId, OrderTerms, Reason, UsTime, VenueOrderId } from '@fillwright/domain';

/** Where the venue says the order stands. `triggered` = an Algo order that became a normal one (`venueOrderId`). */
export type VenueOrderPhase = 'new' | 'partially-filled' | 'filled' | 'canceled' | 'expired' | 'rejected' | 'triggered';

/** One order as the venue states it, from any source. */
export interface OrderReport {
  /** As the venue shows it; '' when the venue has none. May be of any length and alphabet when it is not ours. */
  readonly clientOrderId: string;
  readonly venueOrderId?: VenueOrderId;
  /** Set when the report is about an order of the Algo service. */
  readonly algoId?: VenueOrderId;
  readonly terms: OrderTerms;
  readonly phase: VenueOrderPhase;
  readonly filledQty: Decimal;
  /** Absent where the venue does not state it (place and cancel answers of Binance futures since June 2026). */
  readonly averagePrice?: Decimal;
  /** Why it ended, in our words, with the venue's code. */
  readonly reason?: Reason;
  readonly venueTs: UsTime;
  readonly source: 'answer' | 'query' | 'stream';
  /** The stream says this is what just happened; absent on answers and queries. */
  readonly change?: 'new' | 'trade' | 'canceled' | 'expired' | 'amended' | 'liquidation';
  /** The trade that caused this report. */
  readonly fill?: Fill;
  /** The venue made this order itself. */
  readonly venueMade?: 'liquidation' | 'adl' | 'settlement';
}

export interface BalanceReport {
  readonly asset: string;
  readonly wallet: Decimal;
  readonly delta?: Decimal;
  readonly cause: 'trade' | 'funding' | 'transfer' | 'adjustment' | 'snapshot' | 'other';
  /** Funding only, where the venue names it. */
  readonly instrument?: InstrumentId;
  readonly venueTs: UsTime;
}

export interface PositionReport {
  readonly instrument: InstrumentId;
  /** Signed. */
  readonly qty: Decimal;
  readonly entryPrice: Decimal;
  readonly venueTs: UsTime;
}

/** One frame of the private stream may carry several of these; they are delivered in the order of the frame. */
export type VenueEvent =
  | { readonly type: 'order'; readonly report: OrderReport }
  | { readonly type: 'balance'; readonly report: BalanceReport }
  | { readonly type: 'position'; readonly report: PositionReport }
  /** Fast trade notice without fee; a hint only, never booked. */
  | { readonly type: 'trade-hint'; readonly clientOrderId: string; readonly instrument: InstrumentId }
  /** The venue changed leverage, margin mode … : reported, not interpreted. */
  | { readonly type: 'notice'; readonly code: string; readonly text: string; readonly venueTs: UsTime }
  /** A frame that matters and could not be read: state is in doubt, recovery must run. */
  | { readonly type: 'unreadable'; readonly text: string };
