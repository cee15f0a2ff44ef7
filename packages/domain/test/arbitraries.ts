/** Random orders and fills for the property tests of this package. */
import fc from 'fast-check';
import {
  decimal,
  type Fill,
  type OrderTerms,
  parseClientOrderId,
  parseInstrumentId,
  parseTradeId,
  parseVenueOrderId,
  usTime,
} from '../src/mod.ts';

export const INSTRUMENT = parseInstrumentId('BTCUSDT-PERP.BINANCE');
export const ORDER_ID = parseClientOrderId('q1abcdef1');

export function terms(qty: string, side: 'buy' | 'sell' = 'buy'): OrderTerms {
  return {
    instrument: INSTRUMENT,
    side,
    type: 'limit',
    timeInForce: 'GTC',
    qty: decimal(qty),
    price: decimal('100'),
    reduceOnly: false,
    closePosition: false,
  };
}

export function fill(tradeId: number, side: 'buy' | 'sell', qty: string, price: string, venueTs = tradeId): Fill {
  return {
    instrument: INSTRUMENT,
    tradeId: parseTradeId(String(tradeId)),
    venueOrderId: parseVenueOrderId('1'),
    clientOrderId: ORDER_ID,
    side,
    qty: decimal(qty),
    price: decimal(price),
    liquidity: 'maker',
    fee: decimal('0.01'),
    feeAsset: 'USDT',
    venueTs: usTime(venueTs),
  };
}

/** A day of trades in venue order, both sides. */
export const tradeHistory = fc
  .array(
    fc.record({
      side: fc.constantFrom('buy' as const, 'sell' as const),
      lots: fc.integer({ min: 1, max: 50 }),
      ticks: fc.integer({ min: 900, max: 1100 }),
    }),
    {
      maxLength: 60,
    },
  )
  .map((rows) => rows.map((row, index) => fill(index + 1, row.side, String(row.lots / 10), String(row.ticks / 10))));

/** Some order of arrival, with repeats. */
export function arrivals<T>(items: readonly T[]): fc.Arbitrary<readonly T[]> {
  return fc
    .tuple(fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length }), fc.subarray([...items]))
    .map(([all, repeated]) => [...all, ...repeated]);
}
