import type { OrderView } from '@fillwright/messages';
import { describe, expect, it } from '@jest/globals';
import { compareBooks, differenceText } from '../../src/compare/agreement.ts';
import { booksOfExchange, booksOfViews, type ExchangeAccount } from '../../src/compare/books.ts';

const ACCOUNT: ExchangeAccount = {
  name: 'demo',
  asset: 'USDT',
  walletBalance: '100000.71900000',
  ordersAccepted: 12,
  trades: 3,
  positions: [
    { symbol: 'BTCUSDT', positionAmt: '0.006', entryPrice: '91990.12345679' },
    { symbol: 'ETHUSDT', positionAmt: '0.000', entryPrice: '0.0' },
  ],
  openOrders: [
    { symbol: 'ETHUSDT', clientOrderId: 'q1b', side: 'SELL', price: '3100.00', origQty: '0.081', executedQty: '0.010' },
    { symbol: 'BTCUSDT', clientOrderId: 'q1a', side: 'BUY', price: '91998.30', origQty: '0.003', executedQty: '0.000' },
  ],
};

function view(change: Partial<OrderView>): OrderView {
  return {
    clientOrderId: 'q1a',
    instrument: 'BTCUSDT-PERP.BINANCE',
    side: 'buy',
    price: '91998.3',
    qty: '0.003',
    filledQty: '0',
    ...change,
  } as OrderView;
}

const ENGINE = {
  orders: [
    view({}),
    view({
      clientOrderId: 'q1b' as never,
      instrument: 'ETHUSDT-PERP.BINANCE' as never,
      side: 'sell',
      price: '3100',
      qty: '0.081',
      filledQty: '0.01',
    }),
  ],
  positions: [
    { instrument: 'BTCUSDT-PERP.BINANCE', qty: '0.006', entryPrice: '91990.123456789012' },
    { instrument: 'SOLUSDT-PERP.BINANCE', qty: '0', entryPrice: '0' },
  ],
  balances: [
    { asset: 'USDT', wallet: '100000.719', updatedTs: 1 as never },
    { asset: 'BNB', wallet: '0', updatedTs: 1 as never },
  ],
};
const LEDGER = { positions: ENGINE.positions, balances: ENGINE.balances };

function compare(change: { exchange?: Partial<ExchangeAccount>; engine?: Partial<typeof ENGINE>; ledger?: Partial<typeof LEDGER> } = {}) {
  return compareBooks({
    exchange: booksOfExchange({ ...ACCOUNT, ...change.exchange }, 'BINANCE'),
    engine: booksOfViews({ ...ENGINE, ...change.engine }),
    positionServer: booksOfViews({ ...LEDGER, ...change.ledger }),
  });
}

describe('the comparison of books', () => {
  it('agrees when all say the same in their own words', () => {
    expect(compare()).toMatchObject({ openOrdersAgree: true, positionsAgree: true, balancesAgree: true, differences: [] });
    expect(compare().orders.exchange).toEqual(compare().orders.engine);
    expect(compare().positions.exchange).toHaveLength(1);
  });

  it('names an order that only one side knows', () => {
    const { openOrdersAgree, positionsAgree, differences } = compare({ engine: { orders: ENGINE.orders.slice(1) } });

    expect([openOrdersAgree, positionsAgree]).toEqual([false, true]);
    expect(differences.map(differenceText)).toEqual(['order q1a open: exchange open, engine absent']);
  });

  it.each([
    [{ filledQty: '0.001' }, 'order q1a filled: exchange 0, engine 0.001'],
    [{ price: '91998.2' }, 'order q1a price: exchange 91998.3, engine 91998.2'],
    [{ side: 'sell' as const }, 'order q1a side: exchange buy, engine sell'],
    [{ qty: '0.0031' }, 'order q1a qty: exchange 0.003, engine 0.0031'],
  ])('sees %j', (change, text) => {
    const { openOrdersAgree, differences } = compare({ engine: { orders: [view(change), ...ENGINE.orders.slice(1)] } });

    expect(openOrdersAgree).toBe(false);
    expect(differences.map(differenceText)).toEqual([text]);
  });

  it.each(['engine', 'ledger'] as const)('sees one lot too much at the %s', (party) => {
    const positions = [{ instrument: 'BTCUSDT-PERP.BINANCE', qty: '0.007', entryPrice: '91990.123456789012' }];
    const { positionsAgree, differences } = compare({ [party]: { positions } });

    expect(positionsAgree).toBe(false);
    expect(differences).toHaveLength(1);
    expect(differences[0]).toMatchObject({ about: 'position', field: 'qty', said: { exchange: '0.006' } });
  });

  it('forgives the last digits of an average entry, which the exchange rounds, and nothing more', () => {
    const withEntry = (entryPrice: string) =>
      compare({ ledger: { positions: [{ instrument: 'BTCUSDT-PERP.BINANCE', qty: '0.006', entryPrice }] } });

    expect(withEntry('91990.13').positionsAgree).toBe(true);
    expect(withEntry('91991').positionsAgree).toBe(false);
  });

  it('sees the last digit of a balance', () => {
    const { balancesAgree, differences } = compare({ exchange: { walletBalance: '100000.71900001' } });

    expect(balancesAgree).toBe(false);
    expect(differences.map(differenceText)).toEqual([
      'balance USDT wallet: exchange 100000.71900001, engine 100000.719, positionServer 100000.719',
    ]);
  });
});
