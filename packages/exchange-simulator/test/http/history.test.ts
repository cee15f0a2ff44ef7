import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Loose, type TestClient, TestVenue } from '../kit.ts';

const SYMBOL = 'SOLUSDT';
const DAY_MS = 86_400_000;

let test: TestVenue;
let client: TestClient;
let other: TestClient;

beforeEach(async () => {
  test = await TestVenue.quiet();
  client = test.client('demo');
  other = test.client('second');
});

function get(path: string, values: Record<string, string | number> = {}): Loose {
  return client.call('GET', path, values).json;
}

function open(target: string): Loose {
  return test.now(test.raw('GET', target)).json;
}

function trade(side: 'BUY' | 'SELL', price: string, quantity: string): Loose {
  other.limit(side === 'BUY' ? 'SELL' : 'BUY', price, quantity);
  return client.limit(side, price, quantity).json;
}

describe('what is told of orders and trades', () => {
  it('forgets an order without a fill after three days and one with a fill after ninety', () => {
    const canceled = client.limit('BUY', '175', '1').json.orderId;
    client.call('DELETE', '/fapi/v1/order', { symbol: SYMBOL, orderId: canceled });
    const filled = trade('BUY', '180', '1').orderId;
    const open = client.limit('BUY', '175', '1').json.orderId;
    const known = () => [canceled, filled, open].map((orderId) => get('/fapi/v1/order', { symbol: SYMBOL, orderId }).code === undefined);
    expect(known()).toEqual([true, true, true]);
    test.clock.advance(3 * DAY_MS + 1_000);
    expect(known()).toEqual([false, true, true]);
    const since = { symbol: SYMBOL, orderId: 1 };
    expect(get('/fapi/v1/allOrders', since).map((row: Loose) => row.orderId)).toEqual([filled, open]);
    test.clock.advance(87 * DAY_MS);
    expect(known()).toEqual([false, false, true]);
  });

  it('adds pair and base amount where the exchange does', () => {
    trade('BUY', '180', '2');
    expect(get('/fapi/v1/allOrders', { symbol: SYMBOL })[0]).toMatchObject({ pair: SYMBOL, cumBase: '2.00' });
    expect(get('/fapi/v1/userTrades', { symbol: SYMBOL })[0]).toMatchObject({ pair: SYMBOL, baseQty: '2.00', marginAsset: 'USDT' });
  });

  it.each([
    ['userTrades', { symbol: SYMBOL, fromId: 1, startTime: 1 }, -1128, 'Combination of optional parameters invalid.'],
    ['userTrades', { symbol: SYMBOL, startTime: 1, endTime: 2 }, -4166, 'Search window is restricted to recent 90 days only.'],
    ['order', { symbol: SYMBOL }, -1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"],
    ['algoOrder', {}, -1102, "Param 'clientAlgoId' or 'algoId' must be sent, but both were empty/null!"],
    ['pmAccountInfo', { asset: 'DOGE' }, -1108, 'Invalid asset.'],
    ['income/asyn', { startTime: 1, endTime: 400 * DAY_MS }, -4165, 'Invalid time interval. Maximum time interval is 366 days.'],
    ['positionMargin/history', { symbol: SYMBOL, startTime: 1, endTime: 2e13 }, -4165, /30 days/],
  ])('refuses %s %j with %d', (path, values, code, msg) => {
    expect(get(`/fapi/v1/${path}`, values as Record<string, string>)).toEqual({
      code,
      msg: typeof msg === 'string' ? msg : expect.stringMatching(msg),
    });
  });

  it('refuses to cancel more than ten at once', () => {
    const orderIdList = JSON.stringify(Array.from({ length: 11 }, (_, n) => n + 1));
    const reply = client.call('DELETE', '/fapi/v1/batchOrders', { symbol: SYMBOL, orderIdList });
    expect(reply.json).toEqual({ code: -4032, msg: 'Exceed maximum cancel order size.' });
  });

  it('tells changes of an order with their ids, by time', () => {
    const { orderId } = client.limit('BUY', '175', '1').json;
    const change = (price: string, modifyId: number) =>
      client.call('PUT', '/fapi/v1/order', { symbol: SYMBOL, orderId, side: 'BUY', quantity: '1', price, modifyId }).json;
    expect(change('174', 7)).toMatchObject({ modifyId: 7, pair: SYMBOL });
    const between = test.clock.nowMs + 500;
    test.clock.advance(1_000);
    change('173', 8);
    const told = (values: Record<string, number> = {}) =>
      get('/fapi/v1/orderAmendment', { symbol: SYMBOL, orderId, ...values }).map(({ amendment }: Loose) => [
        amendment.count,
        amendment.modifyId,
      ]);
    expect(told()).toEqual([
      [1, 7],
      [2, 8],
    ]);
    expect(told({ startTime: between })).toEqual([[2, 8]]);
    expect(told({ endTime: between })).toEqual([[1, 7]]);
  });
});

describe('public history', () => {
  it('lists every funding that was settled, special ones too, oldest first', () => {
    const rates = (query = '') =>
      open(`/fapi/v1/fundingRate?symbol=${SYMBOL}${query}`).map((row: Loose) => [row.fundingRate, row.rateType]);
    expect(rates()).toEqual([['0.00010000', 'Regular']]); // the hour before the venue opened
    trade('BUY', '180', '10');
    test.control('POST', 'funding', { symbol: SYMBOL, rate: '0.0002' });
    test.clock.advance(1_000);
    const later = test.clock.nowMs;
    test.control('POST', 'funding', { symbol: SYMBOL, rate: '-0.0003', special: true });
    expect(rates()).toEqual([
      ['0.00020000', 'Regular'],
      ['-0.00030000', 'Special'],
    ]);
    expect(rates(`&startTime=${later}`)).toHaveLength(1);
    expect(rates('&limit=1')).toEqual([['-0.00030000', 'Special']]);
    const incomes = get('/fapi/v1/income').map((row: Loose) => row.incomeType);
    expect(incomes).toEqual(['COMMISSION', 'FUNDING_FEE', 'SPECIAL_FUNDING_FEE']);
  });

  it('looks up older trades from an id', () => {
    for (const quantity of ['1', '2', '3']) trade('BUY', '180', quantity);
    const rows = client.keyed('GET', `/fapi/v1/historicalTrades?symbol=${SYMBOL}`).json;
    const from = client.keyed('GET', `/fapi/v1/historicalTrades?symbol=${SYMBOL}&fromId=${rows[1].id}&limit=1`).json;
    expect(from).toEqual([rows[1]]);
  });

  it('looks no farther back than two days, an hour at a time', () => {
    const code = (startTime: number, endTime: number) =>
      open(`/fapi/v1/aggTrades?symbol=${SYMBOL}&startTime=${startTime}&endTime=${endTime}`).code;
    const now = test.clock.nowMs;
    expect(code(now - 3 * DAY_MS, now - 3 * DAY_MS + 1)).toBe(-4166);
    expect(code(now - 2 * 3_600_000, now)).toBe(-1127);
    expect(code(now - 3_600_000, now)).toBeUndefined();
  });

  it('has statistics of the running period', () => {
    trade('BUY', '180', '10');
    const one = (path: string) => open(`/futures/data/${path}?symbol=${SYMBOL}&period=5m`)[0];
    expect(one('openInterestHist')).toMatchObject({ sumOpenInterest: '10.00', sumOpenInterestValue: '1800.00000000' });
    expect(one('globalLongShortAccountRatio')).toMatchObject({ longShortRatio: '1.0000', longAccount: '0.5000', shortAccount: '0.5000' });
    expect(one('topLongShortPositionRatio')).toMatchObject({ symbol: SYMBOL });
    expect(one('takerlongshortRatio')).toMatchObject({ buyVol: '10.00', sellVol: '0.00' });
    test.control('POST', 'mark', { symbol: SYMBOL, price: '181.8', index: '180' });
    expect(open(`/futures/data/basis?pair=${SYMBOL}&contractType=PERPETUAL&period=5m`)[0]).toMatchObject({
      basis: '1.8',
      basisRate: '0.0100',
    });
    expect(open(`/futures/data/openInterestHist?symbol=${SYMBOL}&period=7m`).code).toBe(-1130);
  });
});

describe('an export', () => {
  it.each([
    ['income', 'incomeType', 'COMMISSION'],
    ['order', 'status', 'FILLED'],
    ['trade', 'commissionAsset', 'USDT'],
  ])('of %s is ready after some seconds, as a file of its own', (kind, column, value) => {
    trade('BUY', '180', '1');
    const { downloadId } = get(`/fapi/v1/${kind}/asyn`, { startTime: test.clock.nowMs - 1_000, endTime: test.clock.nowMs });
    const link = () => get(`/fapi/v1/${kind}/asyn/id`, { downloadId });
    expect(link()).toMatchObject({ downloadId, status: 'processing', url: '' });
    test.clock.advance(5_000);
    const { status, url } = link();
    expect(status).toBe('completed');
    const [head = '', row = ''] = Buffer.from(url.split('base64,')[1], 'base64').toString().split('\n');
    expect(row.split(',')[head.split(',').indexOf(column)]).toBe(value);
    test.clock.advance(7 * DAY_MS + 1);
    expect(link()).toMatchObject({ url: '', isExpired: true });
    expect(other.call('GET', `/fapi/v1/${kind}/asyn/id`, { downloadId }).json.code).toBe(-1130);
  });
});

describe('converting', () => {
  const balance = (asset: string) => get('/fapi/v3/balance').find((row: Loose) => row.asset === asset)?.balance;
  const quote = (values: Record<string, string>) => client.call('POST', '/fapi/v1/convert/getQuote', values).json;

  it('exchanges at the price that was quoted, while it holds', () => {
    const stream = client.userStream();
    const made = quote({ fromAsset: 'USDT', toAsset: 'BTC', fromAmount: '9200' });
    expect(made).toMatchObject({ ratio: '0.00001086', fromAmount: '9200', toAmount: '0.1', validTimestamp: test.clock.nowMs + 10_000 });
    const accept = () => client.call('POST', '/fapi/v1/convert/acceptQuote', { quoteId: made.quoteId }).json;
    const { orderId } = accept();
    expect([balance('USDT'), balance('BTC')]).toEqual(['90800.00000000', '0.10000000']);
    expect(get('/fapi/v1/convert/orderStatus', { orderId })).toMatchObject({ orderStatus: 'SUCCESS', fromAsset: 'USDT', toAsset: 'BTC' });
    expect(stream.take().map(({ a }) => [a.m, a.B[0].a, a.B[0].bc])).toEqual([
      ['COIN_SWAP_WITHDRAW', 'USDT', '-9200'],
      ['COIN_SWAP_DEPOSIT', 'BTC', '0.1'],
    ]);
    expect(accept().code).toBe(-1130); // once only
  });

  it('gives no id for what is not there, and none holds for ever', () => {
    expect(quote({ fromAsset: 'USDC', toAsset: 'USDT', fromAmount: '5' }).quoteId).toBeUndefined();
    const { quoteId } = quote({ fromAsset: 'USDT', toAsset: 'USDC', toAmount: '5', validTime: '30s' });
    test.clock.advance(30_001);
    expect(client.call('POST', '/fapi/v1/convert/acceptQuote', { quoteId }).json.code).toBe(-1130);
    expect(open('/fapi/v1/convert/exchangeInfo?fromAsset=USDT')).toHaveLength(4);
  });
});

describe('fees in BNB', () => {
  it('are a tenth less, while there is enough of it', () => {
    test.control('POST', 'deposit', { account: 'demo', asset: 'BNB', amount: '0.002' });
    client.call('POST', '/fapi/v1/feeBurn', { feeBurn: true });
    expect(get('/fapi/v1/feeBurn')).toEqual({ feeBurn: true });
    const stream = client.userStream();
    trade('BUY', '180', '20');
    // 3 600 × 0.05 % × 0.9 / 900
    expect(get('/fapi/v1/userTrades', { symbol: SYMBOL })[0]).toMatchObject({ commission: '0.00180000', commissionAsset: 'BNB' });
    const frames = stream.take();
    expect(frames.find(({ o }) => o?.x === 'TRADE')).toMatchObject({ o: { N: 'BNB', n: '0.00180000' } });
    expect(frames.find(({ a }) => a !== undefined)?.a.B.map((row: Loose) => [row.a, row.wb])).toEqual([
      ['USDT', '100000.00000000'],
      ['BNB', '0.00020000'],
    ]);
    trade('BUY', '180', '20');
    expect(get('/fapi/v1/userTrades', { symbol: SYMBOL })[1]).toMatchObject({ commission: '1.80000000', commissionAsset: 'USDT' });
    expect(test.venue.engine.settlement.feesIn('BNB')).toBe(180_000n);
  });
});
