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
  expect(client.call('POST', '/fapi/v1/marginType', { symbol: SYMBOL, marginType: 'ISOLATED' }).json).toEqual({
    code: 200,
    msg: 'success',
  });
  stream = client.userStream();
});

function trade(side: 'BUY' | 'SELL', price: string, quantity: string): void {
  other.limit(side === 'BUY' ? 'SELL' : 'BUY', price, quantity);
  expect(client.limit(side, price, quantity).status).toBe(200);
}

function risk(): Loose {
  return client.call('GET', '/fapi/v2/positionRisk', { symbol: SYMBOL }).json[0];
}

function balance(): Loose {
  return client.call('GET', '/fapi/v3/balance').json[0];
}

function move(type: 1 | 2, amount: string): Loose {
  return client.call('POST', '/fapi/v1/positionMargin', { symbol: SYMBOL, type, amount }).json;
}

describe('isolated margin', () => {
  it('is told, and changed only while nothing is open', () => {
    expect(client.call('GET', '/fapi/v1/symbolConfig', { symbol: SYMBOL }).json[0].marginType).toBe('ISOLATED');
    const change = (marginType: string) => client.call('POST', '/fapi/v1/marginType', { symbol: SYMBOL, marginType }).json.code;
    expect(change('ISOLATED')).toBe(-4046);
    client.limit('BUY', '175', '1');
    expect(change('CROSSED')).toBe(-4047);
    client.call('DELETE', '/fapi/v1/allOpenOrders', { symbol: SYMBOL });
    trade('BUY', '180', '1');
    expect(change('CROSSED')).toBe(-4048);
  });

  it('takes the initial margin out of the cross wallet at each fill and gives it back with the profit', () => {
    trade('BUY', '180', '10');
    // 1 800 / 20 = 90; taker fee 0.9.
    expect(risk()).toMatchObject({ marginType: 'isolated', isolatedWallet: '90.00000000', isolatedMargin: '90.00000000' });
    expect(balance()).toMatchObject({
      balance: '99999.10000000',
      crossWalletBalance: '99909.10000000',
      availableBalance: '99909.10000000',
    });
    test.control('POST', 'mark', { symbol: SYMBOL, price: '182' });
    expect(risk()).toMatchObject({ isolatedWallet: '90.00000000', isolatedMargin: '110.00000000' });
    expect(balance()).toMatchObject({ crossUnPnl: '0.00000000', availableBalance: '99909.10000000' });
    trade('SELL', '182', '4');
    // 90 + 4 × 2 profit, of which 4 in 10 leave.
    expect(risk()).toMatchObject({ positionAmt: '6.00', isolatedWallet: '58.80000000' });
    trade('SELL', '182', '6');
    expect(risk()).toMatchObject({ positionAmt: '0.00', isolatedWallet: '0.00000000' });
    expect(balance()).toMatchObject({ balance: '100018.19000000', crossWalletBalance: '100018.19000000' });
    const updates = stream.take().filter(({ a }) => a?.m === 'ORDER');
    expect(updates.map(({ a }) => [a.B[0].cw, a.P[0].mt, a.P[0].iw])).toEqual([
      ['99909.10000000', 'isolated', '90.00000000'],
      ['99947.93600000', 'isolated', '58.80000000'],
      ['100018.19000000', 'isolated', '0.00000000'],
    ]);
  });

  it('takes more money in and gives back what the position does not need', () => {
    trade('BUY', '180', '10');
    expect(move(1, '30')).toEqual({ amount: 30, code: 200, msg: 'Successfully modify position margin.', type: 1 });
    expect(risk().isolatedWallet).toBe('120.00000000');
    expect(balance().availableBalance).toBe('99879.10000000');
    expect(move(2, '30.00000001').code).toBe(-4051);
    expect(move(2, '20').code).toBe(200);
    expect(risk().isolatedWallet).toBe('100.00000000');
    expect(move(1, '1000000').code).toBe(-4050);
    expect(move(1, '0').code).toBe(-4055);
    const history = client.call('GET', '/fapi/v1/positionMargin/history', { symbol: SYMBOL }).json;
    expect(history.map((row: Loose) => [row.type, row.amount])).toEqual([
      [1, '30.0'],
      [2, '20.0'],
    ]);
    expect(stream.take().filter(({ a }) => a?.m === 'MARGIN_TRANSFER')).toMatchObject([
      { a: { B: [{ bc: '0' }], P: [{ iw: '120.00000000' }] } },
      { a: { P: [{ iw: '100.00000000' }] } },
    ]);
  });

  it.each([
    ['of a cross position', 'BTCUSDT', -4049],
    ['of none', SYMBOL, -4054],
  ])('refuses to move margin %s', (_name, symbol, code) => {
    expect(client.call('POST', '/fapi/v1/positionMargin', { symbol, type: 1, amount: '10' }).json.code).toBe(code);
  });

  it('refuses a lower leverage while a position is held', () => {
    trade('BUY', '180', '10');
    const set = (leverage: number) => client.call('POST', '/fapi/v1/leverage', { symbol: SYMBOL, leverage }).json;
    expect(set(10).code).toBe(-4161);
    expect(set(25)).toMatchObject({ leverage: 25 });
  });

  it('pays funding out of the position', () => {
    trade('BUY', '180', '10');
    stream.take();
    test.control('POST', 'funding', { symbol: SYMBOL, rate: '0.001' });
    expect(risk().isolatedWallet).toBe('88.20000000'); // 90 − 1 800 × 0.1 %
    expect(balance()).toMatchObject({ balance: '99997.30000000', crossWalletBalance: '99909.10000000' });
    expect(stream.take()).toMatchObject([
      { a: { m: 'FUNDING_FEE', B: [{ bc: '-1.8' }], P: [{ s: SYMBOL, iw: '88.20000000' }], S: SYMBOL } },
    ]);
  });

  it('liquidates the position alone, at the price that was told, and costs no more than its own money', () => {
    trade('BUY', '180', '10');
    // (90 − 1 800 + 0) / (10 × 0.004 − 10)
    expect(risk().liquidationPrice).toBe('171.68674699');
    stream.take();
    test.control('POST', 'mark', { symbol: SYMBOL, price: '171.69' });
    expect(risk().positionAmt).toBe('10.00');
    test.control('POST', 'mark', { symbol: SYMBOL, price: '171.68' });
    expect(risk()).toMatchObject({ positionAmt: '0.00', isolatedWallet: '0.00000000' });
    // Nobody bids: the fund takes it at 171, where the 90 are gone. The cross wallet is as it was.
    expect(balance()).toMatchObject({ balance: '99909.10000000', crossWalletBalance: '99909.10000000' });
    const seen = stream.take();
    expect(seen.filter(({ e }) => e === 'MARGIN_CALL')).toMatchObject([{ p: [{ mt: 'ISOLATED', iw: '90.00000000', mm: '6.86760000' }] }]);
    expect(seen.find(({ o }) => o?.o === 'LIQUIDATION' && o.x === 'CALCULATED')).toMatchObject({ o: { L: '171.0000' } });
  });
});
