/**
 * Compares our positions with the venue's. A difference is first explained by trades we lack; only what stands twice, with nothing
 * booked in between, becomes a synthetic fill with an id that is a pure function of what it repairs.
 */
import { createHash } from 'node:crypto';
import {
  type Decimal,
  decimalText,
  type Fill,
  type InstrumentId,
  type Position,
  parseTradeId,
  parseVenueOrderId,
  type UsTime,
} from '@fillwright/domain';
import type { PositionReport } from '@fillwright/venue';

export interface PositionDifference {
  readonly instrument: InstrumentId;
  readonly ours: Decimal;
  readonly venue: Decimal;
  readonly entryPrice: Decimal;
}

/** Instruments in which both sides differ, by id. `reports` must be the venue's complete answer: an instrument it lacks is flat there. */
export function comparePositions(ours: readonly Position[], reports: readonly PositionReport[]): readonly PositionDifference[] {
  const venue = new Map(reports.map((report) => [report.instrument, report]));
  const instruments = new Set([...ours.map((position) => position.instrument), ...venue.keys()]);
  const differences: PositionDifference[] = [];
  for (const instrument of [...instruments].sort()) {
    const own = ours.find((position) => position.instrument === instrument);
    const report = venue.get(instrument);
    const ownQty = own?.qty ?? report?.qty.times(0);
    const venueQty = report?.qty ?? own?.qty.times(0);
    if (!ownQty || !venueQty || ownQty.eq(venueQty)) continue;
    differences.push({ instrument, ours: ownQty, venue: venueQty, entryPrice: report?.entryPrice ?? ownQty.times(0) });
  }
  return differences;
}

export function sameDifference(a: PositionDifference, b: PositionDifference): boolean {
  return a.instrument === b.instrument && a.ours.eq(b.ours) && a.venue.eq(b.venue);
}

/** The fill that closes the difference, at the venue's entry price. The same difference always makes the same trade id. */
export function syntheticFill(difference: PositionDifference, lastFillPos: number, venueTs: UsTime, feeAsset: string): Fill {
  const delta = difference.venue.minus(difference.ours);
  const purpose = [
    difference.instrument,
    decimalText(difference.ours),
    decimalText(difference.venue),
    decimalText(difference.entryPrice),
    lastFillPos,
  ].join('|');
  const hash = createHash('sha256').update(purpose).digest('hex').slice(0, 24);
  return {
    instrument: difference.instrument,
    tradeId: parseTradeId(`SYN-${hash}`),
    venueOrderId: parseVenueOrderId(`SYN-${hash}`),
    side: delta.isPositive() ? 'buy' : 'sell',
    qty: delta.abs(),
    price: difference.entryPrice,
    liquidity: 'unknown',
    fee: delta.times(0),
    feeAsset,
    venueTs,
    synthetic: true,
  };
}
