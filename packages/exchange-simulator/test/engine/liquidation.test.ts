import { beforeEach, describe, expect, it } from '@jest/globals';
import { unitsOf } from '../../src/numbers/units.ts';
import { simulatorOptions } from '../../src/options/options.ts';
import { type Loose, type TestClient, TestVenue } from '../kit.ts';

let test: TestVenue;
let client: TestClient;
let other: TestClient;

beforeEach(async () => {
  test = await TestVenue.quiet({
    accountUpdateOrder: 'after',
    accounts: [
      { name: 'demo', apiKey: 'a', apiSecret: 'b', balanceUsdt: '1000', makerFee: '0', takerFee: '0' },
      { name: 'second', apiKey: 'c', apiSecret: 'd', balanceUsdt: '100000', makerFee: '0', takerFee: '0' },
    ],
  });
  client = test.client('demo');
  other = test.client('second');
});

function mark(price: string): void {
  test.control('POST', 'mark', { symbol: 'SOLUSDT', price });
}

function long(quantity: string): void {
  other.limit('SELL', '180.0000', quantity);
  client.limit('BUY', '180.0000', quantity);
}

/** Wallets less entry costs, the fund and the fees included. */
function money(): bigint {
  const { engine } = test.venue;
  let sum = engine.settlement.feesCollected;
  for (const account of engine.accounts()) {
    sum += account.wallet;
    for (const { positions } of account.holdings()) for (const { cost } of positions) sum -= cost;
  }
  return sum;
}

describe('liquidation', () => {
  it('warns once, then closes into the book, fees to the fund, and lets the client trade again', () => {
    long('50');
    client.limit('BUY', '155.0000', '1');
    other.limit('BUY', '160.6000', '60');
    const stream = client.userStream();
    const forced = test.connect('/market/ws/solusdt@forceOrder');
    mark('160.8');
    mark('160.7');
    mark('160.5');
    const shapes = stream
      .take()
      .map(({ e, a, o }) => (o === undefined ? `${e} ${a?.m ?? ''}`.trim() : `${e} ${o.c.split('-')[0]} ${o.x}/${o.X} ${o.er}`));
    expect(shapes.map((shape) => shape.replace(/ORDER_TRADE_UPDATE (?!autoclose)\S+/, 'ORDER_TRADE_UPDATE own'))).toEqual([
      'MARGIN_CALL',
      'ORDER_TRADE_UPDATE own EXPIRED/EXPIRED 5',
      'ORDER_TRADE_UPDATE autoclose NEW/NEW 0',
      'TRADE_LITE',
      'ORDER_TRADE_UPDATE autoclose TRADE/FILLED 0',
      'ACCOUNT_UPDATE ORDER',
      'ACCOUNT_UPDATE INSURANCE_CLEAR',
    ]);
    expect(client.position().positionAmt).toBe('0.00');
    // 1000 − 50 × 19.4 = 30 is less than the liquidation fee: all of it goes to the fund.
    expect(client.wallet()).toBe('0.00000000');
    expect(test.venue.engine.insuranceFund.wallet).toBe(unitsOf('30'));
    expect(forced.take()).toMatchObject([{ e: 'forceOrder', o: { s: 'SOLUSDT', S: 'SELL', z: '50.00', ap: '160.6000' } }]);
    expect(client.call('GET', '/fapi/v1/forceOrders').json).toMatchObject([{ type: 'LIQUIDATION', status: 'FILLED' }]);
    test.control('POST', 'deposit', { account: 'demo', amount: '100' });
    expect(client.limit('BUY', '160.0000', '1').status).toBe(200);
    expect(money()).toBe(unitsOf('101100'));
  });

  it('hands to the fund what the book cannot take, at the price where the account is worth nothing', () => {
    long('50');
    const stream = client.userStream();
    mark('150');
    const last = stream.take().filter(({ o }) => o?.x === 'CALCULATED');
    expect(last).toMatchObject([{ o: { X: 'FILLED', l: '50.00', L: '160.0000' } }]); // 180 − 1000 / 50
    expect(client.wallet()).toBe('0.00000000');
    expect(client.position().positionAmt).toBe('0.00');
    const fund = test.venue.engine.insuranceFund;
    expect([...fund.holdings()].map(({ positions }) => positions[0]?.lots)).toEqual([5000]);
    expect(money()).toBe(unitsOf('101000'));
  });

  it('leaves an account alone that has just enough', () => {
    long('50');
    mark('160.65');
    expect(client.position().positionAmt).toBe('50.00');
    mark('160.64');
    expect(client.position().positionAmt).toBe('0.00');
  });

  it('liquidates shorts upwards', () => {
    other.limit('BUY', '180.0000', '50');
    client.limit('SELL', '180.0000', '50');
    mark('199.2');
    expect(client.position().positionAmt).toBe('-50.00');
    mark('199.21');
    expect(client.position().positionAmt).toBe('0.00');
    expect(money()).toBe(unitsOf('101000'));
  });
});

describe('who closes at a price beyond its money', () => {
  it('owes nothing: the fund pays', () => {
    client.call('POST', '/fapi/v1/leverage', { symbol: 'SOLUSDT', leverage: 100 });
    long('300'); // 54 000 on 1 000
    other.limit('BUY', '175.0000', '300');
    const stream = client.userStream();
    client.market('SELL', '300'); // 5 each are lost: 1 500
    expect(client.wallet()).toBe('0.00000000');
    expect(test.venue.engine.insuranceFund.wallet).toBe(unitsOf('-500'));
    expect(stream.take().at(-1)).toMatchObject({ a: { m: 'INSURANCE_CLEAR', B: [{ wb: '0.00000000', bc: '500' }] } });
    expect(money()).toBe(unitsOf('101000'));
  });
});

describe('a large position', () => {
  /** At 100: a second bracket from 5 000 on, with 5 % instead of 1 %. */
  beforeEach(async () => {
    const symbols = simulatorOptions().symbols.map((symbol) => {
      return { ...symbol, flow: 'none' as const, brackets: [[50, 5_000, '0.01'] as const, [20, 100_000, '0.05'] as const] };
    });
    test = await TestVenue.quiet({
      symbols,
      accounts: [
        { name: 'demo', apiKey: 'a', apiSecret: 'b', balanceUsdt: '900', makerFee: '0', takerFee: '0' },
        { name: 'second', apiKey: 'c', apiSecret: 'd', balanceUsdt: '100000', makerFee: '0', takerFee: '0' },
      ],
    });
    client = test.client('demo');
    other = test.client('second');
    long('100');
  });

  it('is cut to the bracket below, and stays when that is enough', () => {
    other.limit('BUY', '177.5000', '200');
    mark('177.90'); // 900 − 210 ≥ 17 790 × 5 % − 200
    expect(client.position().positionAmt).toBe('100.00');
    mark('177.89');
    // 5 000 / 177.89 stay. 71.9 lose 2.5 each, and cost 1.25 % of 12 762.25.
    expect(client.position().positionAmt).toBe('28.10');
    expect(client.wallet()).toBe('560.72187500'); // 900 − 179.75 − 159.528125
    expect(client.call('GET', '/fapi/v1/forceOrders').json).toMatchObject([{ origQty: '71.90', executedQty: '71.90' }]);
    expect(money()).toBe(unitsOf('100900'));
  });

  it('goes on to the end when it is not', () => {
    const tape = test.connect('/market/ws/!forceOrder@arr');
    mark('165');
    expect(tape.take()).toMatchObject([{ e: 'forceOrder', o: { s: 'SOLUSDT', z: '69.70' } }]);
    test.clock.advance(999);
    expect(tape.take()).toEqual([]); // one per second
    test.clock.advance(1);
    expect(tape.take()).toMatchObject([{ o: { z: '30.30' } }]);
    expect(client.position().positionAmt).toBe('0.00');
    const forced = client.call('GET', '/fapi/v1/forceOrders').json;
    expect(forced.map((row: Loose) => row.origQty)).toEqual(['69.70', '30.30']); // 5 000 / 165 stay at first
    expect(new Set(forced.map((row: Loose) => row.clientOrderId)).size).toBe(2);
    expect(client.wallet()).toBe('0.00000000');
    expect(money()).toBe(unitsOf('100900'));
  });
});

describe('funding', () => {
  it('moves money from longs to shorts at the hour, and says so', () => {
    long('50');
    const stream = client.userStream();
    test.clock.advance(8 * 3_600_000 - 1);
    client.keyed('PUT', '/fapi/v1/listenKey');
    expect(client.wallet()).toBe('1000.00000000');
    test.clock.advance(1);
    expect(client.wallet()).toBe('999.10000000'); // 50 × 180 × 0.01 %
    expect(other.wallet()).toBe('100000.90000000');
    expect(stream.take().filter(({ e }) => e === 'ACCOUNT_UPDATE')).toEqual([]); // the listen key has expired long ago
    const [row] = client.call('GET', '/fapi/v1/income', { incomeType: 'FUNDING_FEE' }).json;
    expect(row).toMatchObject({ symbol: 'SOLUSDT', income: '-0.90000000', asset: 'USDT' });
    expect(money()).toBe(unitsOf('101000'));
  });

  it('takes another rate from the control API and settles at once', () => {
    long('33.33');
    const stream = client.userStream();
    test.control('POST', 'funding', { symbol: 'SOLUSDT', rate: '-0.00012345' });
    const [frame] = stream.take();
    expect(frame?.a).toMatchObject({ m: 'FUNDING_FEE', S: 'SOLUSDT', P: [], B: [{ bc: '0.74062593' }] });
    expect(money()).toBe(unitsOf('101000'));
  });
});
