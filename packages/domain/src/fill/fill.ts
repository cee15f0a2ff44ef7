/** A trade of ours, as the venue booked it, and the key under which it is booked once. */
import type { Decimal } from '../decimal.ts';
import type { ClientOrderId, InstrumentId, TradeId, VenueOrderId } from '../ids.ts';
import type { Side } from '../order/terms.ts';
import type { UsTime } from '../time.ts';

export interface Fill {
  readonly instrument: InstrumentId;
  readonly tradeId: TradeId;
  readonly venueOrderId: VenueOrderId;
  /** Absent for trades of orders the venue made itself without a client id. */
  readonly clientOrderId?: ClientOrderId;
  readonly side: Side;
  /** Base units, positive. */
  readonly qty: Decimal;
  readonly price: Decimal;
  readonly liquidity: 'maker' | 'taker' | 'unknown';
  /** Positive = paid by us. In `feeAsset` units. */
  readonly fee: Decimal;
  readonly feeAsset: string;
  /** Realised profit as the venue states it, before the fee; in the quote asset. Absent when it says nothing. */
  readonly venueRealisedPnl?: Decimal;
  readonly venueTs: UsTime;
  /** Made by reconciliation because the venue proves a quantity but not its trades. */
  readonly synthetic?: true;
  /** Older than our ledger: it belongs to its order, but the position we started from contains it already. */
  readonly beforeLedger?: true;
}

/** One fill is booked once per (instrument, trade id, side): both halves of a self-trade carry the same trade id. Account is implied. */
export function fillKey(fill: Pick<Fill, 'instrument' | 'tradeId' | 'side'>): string {
  return `${fill.instrument}|${fill.tradeId}|${fill.side}`;
}
