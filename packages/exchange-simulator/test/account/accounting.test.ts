import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { assetMargin, availableIn } from '../../src/account/account-margin.ts';
import { unitsOf } from '../../src/numbers/units.ts';
import { type TestClient, TestVenue } from '../kit.ts';

let test: TestVenue;
let client: TestClient;
let other: TestClient;

beforeEach(async () => {
  test = await TestVenue.quiet();
  client = test.client('demo');
  other = test.client('second');
});

/** Lets `client` trade at an exact price against the other account. */
function trade(side: 'BUY' | 'SELL', price: string, quantity: string): void {
  other.limit(side === 'BUY' ? 'SELL' : 'BUY', price, quantity);
  client.limit(side, price, quantity);
}

describe('worked examples', () => {
  it('takes taker and maker fees from the wallets', () => {
    trade('BUY', '180.0000', '10');
    expect(client.wallet()).toBe('99999.10000000'); // 1800 × 0.05 %
    expect(other.wallet()).toBe('99999.64000000'); // 1800 × 0.02 %
  });

  it('averages the entry of a growing position and keeps it while it shrinks', () => {
    trade('BUY', '180.0000', '10');
    trade('BUY', '183.0000', '20');
    expect(client.position()).toMatchObject({ positionAmt: '30.00', entryPrice: '182.0' });
    trade('SELL', '184.0000', '10');
    expect(client.position()).toMatchObject({ positionAmt: '20.00', entryPrice: '182.0' });
    const [row] = client.call('GET', '/fapi/v1/userTrades', { symbol: 'SOLUSDT', limit: 1 }).json;
    expect(row.realizedPnl).toBe('20'); // 10 × (184 − 182)
  });

  it('closes and opens when a fill crosses zero', () => {
    trade('BUY', '180.0000', '10');
    trade('SELL', '178.0000', '15');
    expect(client.position()).toMatchObject({ positionAmt: '-5.00', entryPrice: '178.0' });
    const [row] = client.call('GET', '/fapi/v1/userTrades', { symbol: 'SOLUSDT', limit: 1 }).json;
    expect(row.realizedPnl).toBe('-20'); // 10 × (178 − 180)
    expect(client.wallet()).toBe('99977.76500000'); // −20 − 0.9 − 1.335
  });

  it('shows unrealised profit, margin and what is available at the mark', () => {
    trade('BUY', '180.0000', '10');
    test.control('POST', 'mark', { symbol: 'SOLUSDT', price: '182' });
    const account = client.call('GET', '/fapi/v3/account').json;
    expect(account).toMatchObject({
      totalWalletBalance: '99999.10000000',
      totalUnrealizedProfit: '20.00000000', // 10 × (182 − 180)
      totalMarginBalance: '100019.10000000',
      totalPositionInitialMargin: '91.00000000', // 1820 / 20
      totalMaintMargin: '7.28000000', // 1820 × 0.4 %
      availableBalance: '99928.10000000',
      maxWithdrawAmount: '99908.10000000',
    });
    expect(account.positions).toHaveLength(1);
  });

  it('asks margin for open orders on the worse side only', () => {
    const margin = () => client.call('GET', '/fapi/v3/account').json.totalOpenOrderInitialMargin;
    client.limit('BUY', '180.0000', '10');
    expect(margin()).toBe('90.00000000'); // 1800 / 20
    client.limit('SELL', '185.0000', '8');
    expect(margin()).toBe('90.00000000');
    client.limit('SELL', '185.0000', '8');
    expect(margin()).toBe('148.00000000'); // 2960 / 20
    client.call('DELETE', '/fapi/v1/allOpenOrders', { symbol: 'SOLUSDT' });
    expect(margin()).toBe('0.00000000');
  });

  it('needs no margin for an order that only closes', () => {
    trade('BUY', '180.0000', '10');
    client.limit('SELL', '185.0000', '10');
    expect(client.call('GET', '/fapi/v3/account').json.totalOpenOrderInitialMargin).toBe('0.00000000');
  });

  it('puts the break-even price where the fees are earned back', () => {
    trade('BUY', '180.0000', '10');
    expect(client.position().breakEvenPrice).toBe('180.09'); // 180 + 0.9 / 10
  });

  it('computes the liquidation price by the published formula', async () => {
    test = await TestVenue.quiet({
      accounts: [
        { name: 'demo', apiKey: 'a', apiSecret: 'b', balanceUsdt: '1000', makerFee: '0', takerFee: '0' },
        { name: 'second', apiKey: 'c', apiSecret: 'd', balanceUsdt: '100000' },
      ],
    });
    client = test.client('demo');
    other = test.client('second');
    trade('BUY', '180.0000', '50');
    // (1000 + 0 − 50 × 180) / (50 × 0.004 − 50)
    expect(client.position().liquidationPrice).toBe('160.64257028');
    trade('SELL', '180.0000', '100');
    // (1000 + 0 + 50 × 180) / (50 × 0.004 + 50)
    expect(client.position().liquidationPrice).toBe('199.20318725');
  });

  it('raises maintenance margin bracket by bracket without a jump', () => {
    const [{ brackets }] = client.call('GET', '/fapi/v1/leverageBracket', { symbol: 'SOLUSDT' }).json;
    expect(brackets.slice(0, 4)).toEqual([
      { bracket: 1, initialLeverage: 125, notionalCap: 50000, notionalFloor: 0, maintMarginRatio: 0.004, cum: 0 },
      { bracket: 2, initialLeverage: 100, notionalCap: 600000, notionalFloor: 50000, maintMarginRatio: 0.005, cum: 50 },
      { bracket: 3, initialLeverage: 75, notionalCap: 3000000, notionalFloor: 600000, maintMarginRatio: 0.0065, cum: 950 },
      { bracket: 4, initialLeverage: 50, notionalCap: 12000000, notionalFloor: 3000000, maintMarginRatio: 0.01, cum: 11450 },
    ]);
  });

  it('books income for profit, fees and deposits', () => {
    trade('BUY', '180.0000', '10');
    trade('SELL', '181.0000', '10');
    test.control('POST', 'deposit', { account: 'demo', amount: '5' });
    const rows = client.call('GET', '/fapi/v1/income').json as { incomeType: string; income: string }[];
    expect(rows.map(({ incomeType, income }) => [incomeType, income])).toEqual([
      ['COMMISSION', '-0.90000000'],
      ['REALIZED_PNL', '10.00000000'],
      ['COMMISSION', '-0.90500000'],
      ['TRANSFER', '5.00000000'],
    ]);
  });

  it('gives each income an id that is unique within its type', () => {
    trade('BUY', '180.0000', '10');
    for (const symbol of ['SOLUSDT', 'ETHUSDT']) {
      const order = { symbol, type: 'LIMIT', timeInForce: 'GTC', price: symbol === 'SOLUSDT' ? '180' : '3100', quantity: '1' };
      client.order({ ...order, side: 'SELL', selfTradePreventionMode: 'NONE' });
      client.order({ ...order, side: 'BUY', selfTradePreventionMode: 'NONE' }); // both halves of a trade
    }
    const rows = client.call('GET', '/fapi/v1/income', { incomeType: 'COMMISSION' }).json as { tranId: number }[];
    expect(rows).toHaveLength(5);
    expect(new Set(rows.map(({ tranId }) => tranId)).size).toBe(5);
  });

  it('sets leverage, and refuses one that the margin cannot carry', () => {
    expect(client.call('POST', '/fapi/v1/leverage', { symbol: 'SOLUSDT', leverage: 5 }).json).toEqual({
      leverage: 5,
      maxNotionalValue: '480000000',
      symbol: 'SOLUSDT',
    });
    trade('BUY', '180.0000', '2000');
    expect(client.call('POST', '/fapi/v1/leverage', { symbol: 'SOLUSDT', leverage: 3 }).json.code).toBe(-2028);
    expect(client.call('GET', '/fapi/v1/symbolConfig', { symbol: 'SOLUSDT' }).json[0].leverage).toBe(5);
  });
});

const step = fc.record({
  who: fc.integer({ min: 0, max: 2 }),
  side: fc.constantFrom('BUY', 'SELL'),
  market: fc.boolean(),
  price: fc.integer({ min: 17_500, max: 18_500 }),
  quantity: fc.integer({ min: 3, max: 5_000 }),
  reduceOnly: fc.boolean(),
  cancelFirst: fc.boolean(),
});

describe('conservation', () => {
  it('keeps the sum of all money to the last unit over random trading', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
        const accounts = ['a', 'b', 'c'].map((name) => ({
          name,
          apiKey: name,
          apiSecret: name,
          balanceUsdt: '2000',
          makerFee: '0.00017',
          takerFee: '0.00043',
        }));
        const venue = await TestVenue.quiet({ accounts });
        const clients = accounts.map(({ name }) => venue.client(name));
        const { engine } = venue.venue;
        clients[0]?.call('POST', '/fapi/v1/marginType', { symbol: 'SOLUSDT', marginType: 'ISOLATED' });
        for (const { who, side, market, price, quantity, reduceOnly, cancelFirst } of steps) {
          const trader = clients[who] as TestClient;
          if (cancelFirst) trader.call('DELETE', '/fapi/v1/allOpenOrders', { symbol: 'SOLUSDT' });
          const size = (quantity / 100).toFixed(2);
          if (market) trader.market(side as 'BUY', size, { reduceOnly });
          else trader.limit(side as 'BUY', (price / 100).toFixed(2), size, { reduceOnly });
          venue.clock.advance(1000);
          let money = engine.settlement.feesCollected;
          let lots = 0;
          for (const account of engine.accounts()) {
            money += account.wallet;
            // What an order may cost is reckoned by itself, for speed: never otherwise than the account says.
            expect(availableIn(account, 'USDT')).toBe(assetMargin(account, 'USDT').available);
            for (const { positions } of account.holdings()) {
              for (const position of positions) {
                money -= position.cost;
                lots += position.lots;
                if (position.lots === 0) expect(position.cost).toBe(0n);
                if (position.openOrders === 0) expect([position.bidNotional, position.askNotional]).toEqual([0n, 0n]);
              }
            }
          }
          expect(money).toBe(unitsOf('6000'));
          expect(lots).toBe(0);
        }
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});
