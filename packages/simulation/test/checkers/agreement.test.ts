import { describe, expect, it } from '@jest/globals';
import { type AccountBooks, booksOfVenue, booksOfViews } from '../../src/checkers/account-books.ts';
import { differences } from '../../src/checkers/agreement.ts';

const VENUE = {
  asset: 'USDT',
  walletBalance: '99999.50000000',
  positions: [
    { symbol: 'BTCUSDT', positionAmt: '0.010' },
    { symbol: 'ETHUSDT', positionAmt: '0.000' },
  ],
  openAlgoOrders: [],
  openOrders: [{ symbol: 'BTCUSDT', clientOrderId: 'q1a1', side: 'BUY', price: '92000.10', origQty: '0.005', executedQty: '0.001' }],
};
const BTC = 'BTCUSDT-PERP.BINANCE';
const ORDER = { clientOrderId: 'q1a1', instrument: BTC, side: 'buy', price: '92000.1', qty: '0.005', filledQty: '0.001', phase: 'new' };
const POSITION = { instrument: BTC, qty: '0.01' };
const BALANCE = { asset: 'USDT', wallet: '99999.5' };

function compare(engine: Partial<Parameters<typeof booksOfViews>[0]> = {}, positions: Partial<AccountBooks> = {}): readonly string[] {
  const held = { positions: [POSITION], balances: [BALANCE] };
  return differences({
    venue: booksOfVenue(VENUE, 'BINANCE'),
    engine: booksOfViews({ orders: [ORDER], ...held, ...engine }),
    positions: { ...booksOfViews(held), ...positions },
  });
}

describe('the books of venue, engine and position-server', () => {
  it('agree when all amounts are equal, however they are written', () => {
    expect(compare()).toEqual([]);
  });

  it.each([
    ['an order that only the venue has', compare({ orders: [] }), 'open order q1a1: venue buy 0.005'],
    ['an order that only the engine has', compare({ orders: [ORDER, { ...ORDER, clientOrderId: 'q1x' }] }), 'open order q1x: venue none'],
    ['an order that is not open here', compare({ orders: [{ ...ORDER, phase: 'unknown' }] }), '0.001 filled, unknown'],
    ['another filled quantity', compare({ orders: [{ ...ORDER, filledQty: '0' }] }), '0 filled'],
    [
      'another position',
      compare({ positions: [{ ...POSITION, qty: '0.011' }] }),
      `position ${BTC}: venue 0.01; engine 0.011; position-server 0.01`,
    ],
    ['another position of the ledger', compare({}, { positions: new Map() }), 'position-server none'],
    [
      'one unit of money',
      compare({ balances: [{ asset: 'USDT', wallet: '99999.50000001' }] }),
      'balance USDT: venue 99999.5; engine 99999.50000001',
    ],
  ])('differ by %s', (_what, said, expected) => {
    expect(said).toEqual([expect.stringContaining(expected)]);
  });
});
