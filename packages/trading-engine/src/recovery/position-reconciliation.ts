/**
 * Compares our positions with the venue's. A difference is first explained by trades we lack; only what stands twice, with nothing
 * booked in between, becomes synthetic fills with ids that are pure functions of what they repair.
 */
import {
  type Decimal,
  decimalText,
  entryPrice,
  type Fill,
  flatPosition,
  type InstrumentId,
  type Position,
  parseVenueOrderId,
  quotient,
  type UsTime,
  ZERO,
} from '@fillwright/domain';
import type { PositionReport } from '@fillwright/venue';
import { syntheticTradeId } from './synthetic-id.ts';

/** Digits of a price we had to work out. */
const PRICE_PLACES = 12;

export interface PositionDifference {
  readonly instrument: InstrumentId;
  readonly ours: Position;
  /** Signed quantity and average entry at the venue; zero when flat there. */
  readonly venueQty: Decimal;
  readonly venueEntry: Decimal;
}

/** Instruments in which both sides differ, by id. `reports` must be the venue's complete answer: an instrument it lacks is flat there. */
export function comparePositions(ours: readonly Position[], reports: readonly PositionReport[]): readonly PositionDifference[] {
  const own = new Map(ours.map((position) => [position.instrument, position]));
  const venue = new Map(reports.map((report) => [report.instrument, report]));
  return [...new Set([...own.keys(), ...venue.keys()])].sort().flatMap((instrument) => {
    const position = own.get(instrument) ?? flatPosition(instrument);
    const report = venue.get(instrument);
    const venueQty = report?.qty ?? ZERO;
    return position.qty.eq(venueQty) ? [] : [{ instrument, ours: position, venueQty, venueEntry: report?.entryPrice ?? ZERO }];
  });
}

export function sameDifference(a: PositionDifference, b: PositionDifference): boolean {
  return a.instrument === b.instrument && a.ours.qty.eq(b.ours.qty) && a.venueQty.eq(b.venueQty);
}

export interface RepairFacts {
  /** Journal position of our newest fill of this instrument: the same difference at another time is another repair. */
  readonly lastFillPos: number;
  readonly venueTs: UsTime;
  readonly feeAsset: string;
  /** For a position that neither side can price. */
  readonly mark: Decimal | undefined;
}

/**
 * The fills that close the difference. Crossing zero takes two: one that closes, one that opens. Prices are chosen so that the average
 * entry becomes the venue's where that is possible, and so that no profit or loss is made up where it is not.
 */
export function syntheticFills(difference: PositionDifference, facts: RepairFacts): readonly Fill[] {
  const { ours, venueQty } = difference;
  const crosses = !ours.qty.isZero() && !venueQty.isZero() && ours.qty.isPositive() !== venueQty.isPositive();
  if (!crosses) return [syntheticFill(difference, facts, { purpose: 'repair', qty: venueQty.minus(ours.qty), price: priceOf(difference) })];
  return [
    syntheticFill(difference, facts, { purpose: 'close', qty: ours.qty.negated(), price: entryPrice(ours) }),
    syntheticFill(difference, facts, { purpose: 'open', qty: venueQty, price: difference.venueEntry }),
  ];
}

/** For a change that does not cross zero. Undefined when neither side gives a price. */
function priceOf({ ours, venueQty, venueEntry }: PositionDifference): Decimal {
  const shrinks = venueQty.abs().lt(ours.qty.abs());
  // A reduction leaves the entry as it is: at our own entry it realises nothing.
  if (shrinks) return entryPrice(ours);
  if (ours.qty.isZero()) return venueEntry;
  const added = venueQty.abs().minus(ours.qty.abs());
  const price = quotient(venueEntry.times(venueQty.abs()).minus(ours.openCost), added, PRICE_PLACES);
  return price.gt(0) ? price : venueEntry;
}

function syntheticFill(
  difference: PositionDifference,
  { lastFillPos, venueTs, feeAsset, mark }: RepairFacts,
  part: { readonly purpose: string; readonly qty: Decimal; readonly price: Decimal },
): Fill {
  const { instrument, ours, venueQty, venueEntry } = difference;
  const numbers = [ours.qty, venueQty, venueEntry].map(decimalText);
  const tradeId = syntheticTradeId([part.purpose, instrument, ...numbers, lastFillPos].join('|'));
  const price = part.price.gt(0) ? part.price : (mark ?? entryPrice(ours));
  return {
    instrument,
    tradeId,
    venueOrderId: parseVenueOrderId(tradeId),
    side: part.qty.isPositive() ? 'buy' : 'sell',
    qty: part.qty.abs(),
    price,
    liquidity: 'unknown',
    fee: ZERO,
    feeAsset,
    venueTs,
    synthetic: true,
  };
}
