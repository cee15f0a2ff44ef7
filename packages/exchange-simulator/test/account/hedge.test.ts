import { beforeEach, describe, expect, it } from '@jest/globals';
import { type FakeSocket, type Loose, type TestClient, TestVenue } from '../kit.ts';

let test: TestVenue;
let client: TestClient;
let other: TestClient;
let stream: FakeSocket;

const SYMBOL = 'SOLUSDT';

beforeEach(async () => {
  test = await TestVenue.quiet();
  client = test.client('demo');
  other = test.client('second');
  expect(client.call('POST', '/fapi/v1/positionSide/dual', { dualSidePosition: true })).toMatchObject({ status: 200, json: { code: 200 } });
  stream = client.userStream();
});

/** `client` trades at an exact price with the other account. */
function trade(side: 'BUY' | 'SELL', positionSide: 'LONG' | 'SHORT', price: string, quantity: string): Loose {
  other.limit(side === 'BUY' ? 'SELL' : 'BUY', price, quantity);
  return client.limit(side, price, quantity, { positionSide }).json;
}

function risks(): Loose[] {
  return client.call('GET', '/fapi/v3/positionRisk', { symbol: SYMBOL }).json;
}

describe('hedge mode', () => {
  it('is told by every place that tells the mode, and changed only while nothing is open', () => {
    expect(client.call('GET', '/fapi/v1/positionSide/dual').json).toEqual({ dualSidePosition: true });
    expect(client.call('GET', '/fapi/v1/accountConfig').json.dualSidePosition).toBe(true);
    const change = () => client.call('POST', '/fapi/v1/positionSide/dual', { dualSidePosition: false }).json.code;
    expect(client.call('POST', '/fapi/v1/positionSide/dual', { dualSidePosition: true }).json.code).toBe(-4059);
    client.limit('BUY', '175', '1', { positionSide: 'LONG' });
    expect(change()).toBe(-4067);
    client.call('DELETE', '/fapi/v1/allOpenOrders', { symbol: SYMBOL });
    trade('BUY', 'LONG', '180', '1');
    expect(change()).toBe(-4068);
    trade('SELL', 'LONG', '180', '1');
    expect(change()).toBe(200);
  });

  it('keeps a long and a short position apart, each with its own entry and profit', () => {
    trade('BUY', 'LONG', '180', '2');
    trade('SELL', 'SHORT', '182', '3');
    trade('SELL', 'LONG', '181', '1');
    trade('BUY', 'SHORT', '180', '1');
    expect(risks()).toMatchObject([
      { positionSide: 'LONG', positionAmt: '1.00', entryPrice: '180.0' },
      { positionSide: 'SHORT', positionAmt: '-2.00', entryPrice: '182.0' },
    ]);
    const trades = client.call('GET', '/fapi/v1/userTrades', { symbol: SYMBOL }).json;
    expect(trades.map((row: Loose) => [row.positionSide, row.realizedPnl])).toEqual([
      ['LONG', '0'],
      ['SHORT', '0'],
      ['LONG', '1'], // 181 − 180
      ['SHORT', '2'], // 182 − 180
    ]);
    const updates = stream.take().filter(({ e }) => e === 'ACCOUNT_UPDATE');
    expect(updates.map(({ a }) => a.P.map((row: Loose) => [row.ps, row.pa, row.cr]))).toEqual([
      [['LONG', '2.00', '0']],
      [['SHORT', '-3.00', '0']],
      [['LONG', '1.00', '1']],
      [['SHORT', '-2.00', '2']],
    ]);
  });

  it('asks margin of each side for itself, and none for closing', () => {
    client.limit('BUY', '180', '10', { positionSide: 'LONG' });
    client.limit('SELL', '182', '10', { positionSide: 'SHORT' });
    // 1800 / 20 and 1820 / 20: both, not the worse one.
    expect(client.call('GET', '/fapi/v3/account').json.totalOpenOrderInitialMargin).toBe('181.00000000');
    client.call('DELETE', '/fapi/v1/allOpenOrders', { symbol: SYMBOL });
    trade('BUY', 'LONG', '180', '10');
    client.limit('SELL', '185', '10', { positionSide: 'LONG' });
    expect(client.call('GET', '/fapi/v3/account').json.totalOpenOrderInitialMargin).toBe('0.00000000');
  });

  it.each([
    ['no position side', {}, -4061],
    ['BOTH', { positionSide: 'BOTH' }, -4061],
    ['an unknown side', { positionSide: 'UP' }, -4060],
    ['reduce-only', { positionSide: 'LONG', reduceOnly: true }, -1106],
  ])('refuses an order with %s', (_name, more, code) => {
    expect(client.limit('BUY', '175', '1', more).json.code).toBe(code);
  });

  it('refuses to close more than is there beside other closing orders', () => {
    trade('BUY', 'LONG', '180', '2');
    expect(client.limit('SELL', '185', '3', { positionSide: 'LONG' }).json.code).toBe(-2022);
    expect(client.limit('SELL', '185', '1.5', { positionSide: 'LONG' }).status).toBe(200);
    expect(client.limit('SELL', '186', '1', { positionSide: 'LONG' }).json.code).toBe(-2022);
    expect(client.limit('SELL', '186', '0.5', { positionSide: 'LONG' }).status).toBe(200);
    expect(client.limit('BUY', '175', '1', { positionSide: 'SHORT' }).json.code).toBe(-2022);
  });

  it('closes one side with a conditional order, and only the side it fits', () => {
    trade('BUY', 'LONG', '180', '2');
    trade('SELL', 'SHORT', '180', '1');
    const stop = { algoType: 'CONDITIONAL', symbol: SYMBOL, side: 'SELL', type: 'STOP_MARKET', triggerPrice: '179', closePosition: true };
    expect(client.call('POST', '/fapi/v1/algoOrder', { ...stop, positionSide: 'SHORT' }).json.code).toBe(-4061);
    expect(client.call('POST', '/fapi/v1/algoOrder', { ...stop, positionSide: 'LONG' }).json).toMatchObject({ positionSide: 'LONG' });
    test.control('POST', 'book', { symbol: SYMBOL, bids: [['178.5', '50']], asks: [] });
    test.control('POST', 'trades', { symbol: SYMBOL, side: 'SELL', quantity: '0.1', price: '178.5', account: 'second' });
    expect(risks()).toMatchObject([{ positionSide: 'SHORT', positionAmt: '-1.00' }]);
  });

  it('liquidates both sides together when the cross margin is gone', () => {
    test.control('POST', 'deposit', { account: 'demo', amount: '-99000' });
    trade('BUY', 'LONG', '180', '60');
    trade('SELL', 'SHORT', '180', '10');
    test.control('POST', 'mark', { symbol: SYMBOL, price: '161' }); // −50 × 19 beyond what 1 000 carry with maintenance
    expect(risks()).toEqual([]);
    const closed = stream.take().filter(({ o }) => o?.o === 'LIQUIDATION' && o.X === 'FILLED');
    expect(closed.map(({ o }) => [o.ps, o.S])).toEqual([
      ['LONG', 'SELL'],
      ['SHORT', 'BUY'],
    ]);
  });
});
