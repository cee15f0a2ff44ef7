import {
  applyFill,
  decimal,
  entryPrice,
  type Fill,
  flatPosition,
  type Position,
  parseInstrumentId,
  parseTradeId,
  parseVenueOrderId,
  usTime,
} from '@fillwright/domain';
import type { PositionReport } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { comparePositions, type PositionDifference, syntheticFills } from '../../src/recovery/position-reconciliation.ts';
import { BTC } from '../_world.ts';

const ETH = parseInstrumentId('ETHUSDT-PERP.BINANCE');
const FACTS = { lastFillPos: 7, venueTs: usTime(1), feeAsset: 'USDT', mark: decimal('55') };

function position(qty: string, entry: string, instrument = BTC): Position {
  return { ...flatPosition(instrument), qty: decimal(qty), openCost: decimal(qty).abs().times(decimal(entry)) };
}

function report(qty: string, entry: string, instrument = BTC): PositionReport {
  return { instrument, qty: decimal(qty), entryPrice: decimal(entry), venueTs: usTime(1) };
}

function difference(ours: Position, venue: PositionReport): PositionDifference {
  const [found] = comparePositions([ours], [venue]);
  if (!found) throw new Error('no difference');
  return found;
}

const text = (fills: readonly Fill[]) => fills.map(({ side, qty, price }) => `${side} ${qty} @ ${price}`);

describe('comparing positions', () => {
  it('finds what differs on either side and nothing else, by instrument', () => {
    const found = comparePositions([position('1', '100', ETH), position('2', '100')], [report('1', '90', ETH), report('3', '100')]);

    expect(found.map(({ instrument }) => instrument)).toEqual([BTC]);
  });

  it('takes what a complete answer lacks for flat, and what we never traded too', () => {
    expect(comparePositions([position('1', '100')], [])).toMatchObject([{ instrument: BTC, venueQty: decimal('0') }]);
    expect(comparePositions([], [report('-1', '100')])).toMatchObject([{ instrument: BTC, venueQty: decimal('-1') }]);
    expect(comparePositions([position('0', '0')], [report('0', '0', ETH)])).toEqual([]);
  });
});

describe('what closes a difference', () => {
  it.each([
    ['opens at the venue’s entry', position('0', '0'), report('2', '100'), ['buy 2 @ 100']],
    ['adds at the price that makes the entry the venue’s', position('1', '100'), report('2', '110'), ['buy 1 @ 120']],
    ['adds to a short likewise', position('-1', '100'), report('-3', '90'), ['sell 2 @ 85']],
    ['adds at the venue’s entry when no price could do that', position('1', '100'), report('2', '40'), ['buy 1 @ 40']],
    ['reduces at our entry: no profit is made up', position('5', '100'), report('3', '80'), ['sell 2 @ 100']],
    ['closes at our entry', position('-5', '100'), report('0', '0'), ['buy 5 @ 100']],
    ['crosses zero in two steps', position('2', '100'), report('-1', '90'), ['sell 2 @ 100', 'sell 1 @ 90']],
    ['takes the mark when nobody knows a price', position('0', '0'), report('1', '0'), ['buy 1 @ 55']],
  ])('%s', (_what, ours, venue, fills) => {
    expect(text(syntheticFills(difference(ours, venue), FACTS))).toEqual(fills);
  });

  it('has the same ids for the same difference and others for another, or at another time', () => {
    const ids = (ours: Position, lastFillPos = 7) =>
      syntheticFills(difference(ours, report('-1', '90')), { ...FACTS, lastFillPos }).map(({ tradeId }) => tradeId);
    const all = [...ids(position('2', '100')), ...ids(position('3', '100')), ...ids(position('2', '100'), 8)];

    expect(ids(position('2', '100'))).toEqual(ids(position('2', '100')));
    expect(new Set(all).size).toBe(all.length);
  });

  it('always ends at the venue’s quantity, without a loss or a profit when it does not cross a real price', () => {
    const lots = fc.integer({ min: -50, max: 50 }).map((n) => decimal(String(n)).div(10));
    const price = fc.integer({ min: 1, max: 1_000 }).map((n) => decimal(String(n)));
    fc.assert(
      fc.property(lots, price, lots, price, (own, ownPrice, venueQty, venueEntry) => {
        const ours: Position = { ...flatPosition(BTC), qty: own, openCost: own.abs().times(ownPrice) };
        const [found] = comparePositions([ours], [{ instrument: BTC, qty: venueQty, entryPrice: venueEntry, venueTs: usTime(1) }]);
        if (!found) return;
        const after = syntheticFills(found, FACTS).reduce(applyFill, ours);
        expect(after.qty.eq(venueQty)).toBe(true);
        expect(after.realisedPnl.toDecimalPlaces(6).isZero()).toBe(true);
        expect(entryPrice(after).isNegative()).toBe(false);
      }),
    );
  });

  it('is a fill like any other, marked as made up', () => {
    const [fill] = syntheticFills(difference(position('0', '0'), report('2', '100')), FACTS);

    expect(fill).toMatchObject({ synthetic: true, liquidity: 'unknown', feeAsset: 'USDT' });
    expect(() => [parseTradeId(fill?.tradeId ?? ''), parseVenueOrderId(fill?.venueOrderId ?? '')]).not.toThrow();
  });
});
