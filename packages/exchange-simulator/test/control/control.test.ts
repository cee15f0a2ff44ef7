import { beforeEach, describe, expect, it } from '@jest/globals';
import { type TestClient, TestVenue } from '../kit.ts';

let test: TestVenue;
let client: TestClient;

beforeEach(async () => {
  test = await TestVenue.quiet();
  client = test.client('demo');
});

describe('the control API', () => {
  it('wants its token and knows its commands', () => {
    expect(test.now(test.raw('GET', '/__sim/state', {}, '', 5090)).status).toBe(401);
    expect(test.control('GET', 'nothing')).toMatchObject({
      status: 404,
      json: { commands: expect.arrayContaining(['GET state', 'POST faults']) },
    });
    expect(test.now(test.raw('GET', '/__sim/state', { authorization: 'Bearer token' })).status).toBe(404);
  });

  it('seeds a book, replaces it, and trades against it', () => {
    const seeded = { symbol: 'SOLUSDT', bids: [['179.0000', '5'], ['178.0000', '7']], asks: [['181.0000', '3']] }; // biome-ignore format: a table
    expect(test.control('POST', 'book', seeded).json).toEqual({ placed: 3 });
    test.control('POST', 'book', { symbol: 'SOLUSDT', bids: [['179.5000', '5']] });
    const { bids, asks } = test.now(test.raw('GET', '/fapi/v1/depth?symbol=SOLUSDT')).json;
    expect([bids, asks]).toEqual([[['179.5000', '5.00']], []]);
    const { orderId } = client.limit('BUY', '180.0000', '2').json;
    expect(test.control('POST', 'trades', { symbol: 'SOLUSDT', side: 'SELL', quantity: '1', price: '180.0000' }).json).toMatchObject({
      executedQty: '1.00',
    });
    expect(client.call('GET', '/fapi/v1/order', { symbol: 'SOLUSDT', orderId }).json.status).toBe('PARTIALLY_FILLED');
  });

  it('places and cancels for any account', () => {
    const placed = test.control('POST', 'orders', {
      account: 'demo',
      symbol: 'SOLUSDT',
      side: 'BUY',
      price: '179.0000',
      quantity: '1',
      clientOrderId: 'hand',
    });
    expect(placed.json).toMatchObject({ clientOrderId: 'hand', status: 'NEW' });
    expect(client.call('GET', '/fapi/v1/openOrders').json).toHaveLength(1);
    expect(test.control('DELETE', 'orders?symbol=SOLUSDT&account=demo&clientOrderId=hand').json).toEqual({ canceled: 1 });
    expect(client.call('GET', '/fapi/v1/openOrders').json).toEqual([]);
  });

  it('dumps what the accounts have, with counts', () => {
    test.control('POST', 'book', { symbol: 'SOLUSDT', asks: [['180.0000', '3']] });
    client.market('BUY', '2');
    client.limit('BUY', '170.0000', '1');
    client.limit('BUY', '1.0000', '1');
    const { accounts, markets } = test.control('GET', 'state').json;
    expect(accounts.map((row: { name: string }) => row.name)).toEqual(['demo', 'second']);
    expect(accounts[0]).toMatchObject({
      ...{ walletBalance: '99999.82000000', ordersAccepted: 2, trades: 1 },
      positions: [{ symbol: 'SOLUSDT', positionAmt: '2.00', entryPrice: '180' }],
    });
    expect(accounts[0].openOrders).toHaveLength(1);
    expect(accounts[0].lastTrades).toHaveLength(1);
    expect(markets.find((row: { symbol: string }) => row.symbol === 'SOLUSDT')).toMatchObject({ flowing: false, lastPrice: '180.0000' });
  });

  it('pauses flow and lets it go on', async () => {
    test = await TestVenue.open();
    expect(test.control('POST', 'flow', { state: 'off', symbol: 'BTCUSDT' }).json).toEqual({ flowing: ['ETHUSDT'] });
    expect(test.control('POST', 'flow', { state: 'off' }).json).toEqual({ flowing: [] });
    const before = test.control('GET', 'markets').text;
    test.clock.advance(10_000);
    expect(test.control('GET', 'markets').text).toBe(before);
    expect(test.control('POST', 'flow', { state: 'on' }).json).toEqual({ flowing: ['BTCUSDT', 'ETHUSDT'] });
    test.clock.advance(1_000);
    expect(test.control('GET', 'markets').text).not.toBe(before);
  });

  it.each([
    ['POST', 'mark', { symbol: 'SOLUSDT', price: '0' }],
    ['POST', 'mark', { symbol: 'SOLUSDT', price: 'x' }],
    ['POST', 'mark', { symbol: 'NOPE', price: '1' }],
    ['POST', 'book', { symbol: 'SOLUSDT', bids: [['1']] }],
    ['POST', 'book', { symbol: 'SOLUSDT', bids: 'x' }],
    ['POST', 'orders', { symbol: 'SOLUSDT', side: 'BUY', quantity: '0.001', price: '180.0000' }],
    ['POST', 'deposit', { account: 'nobody', amount: '1' }],
    ['POST', 'sockets', { action: 'explode' }],
    ['POST', 'clock', { skewMs: '1.5' }],
    ['POST', 'faults', { kind: 'delay', probability: '2' }],
  ])('refuses %s %s %j', (method, path, body) => {
    const reply = test.control(method, path, body);
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(reply.json.error).toEqual(expect.any(String));
  });
});

describe('the venue log', () => {
  it('has every request as received, every fault and fill, and the final state', async () => {
    test = await TestVenue.quiet({ venueLog: 'venue.ndjson' });
    client = test.client('demo');
    test.client('second').limit('SELL', '180.0000', '1');
    client.market('BUY', '1', { newClientOrderId: 'mine' });
    client.limit('BUY', '1.0000', '1', { newClientOrderId: 'refused' });
    client.limit('BUY', '170.0000', '1', { newClientOrderId: 'open' });
    test.control('POST', 'faults', { kind: 'not-executed-reply-lost', count: 1 });
    client.start('POST', '/fapi/v1/order', { symbol: 'SOLUSDT', side: 'BUY', type: 'MARKET', quantity: '1', newClientOrderId: 'lost' });
    await test.venue.stop();
    await test.venue.stop();
    const lines = test.disk.lines('venue.ndjson');
    const of = (type: string) => lines.filter((line) => line.type === type);
    expect(lines[0]).toEqual({ t: 1_793_491_200_000_000, type: 'start', version: 1 });
    expect(of('request').map(({ clientId, status, code }) => [clientId, status, code])).toEqual([
      [undefined, 200, undefined],
      ['mine', 200, undefined],
      ['refused', 400, -4164],
      ['open', 200, undefined],
    ]);
    expect(of('request')[1]).toMatchObject({
      method: 'POST',
      path: '/fapi/v1/order',
      account: 'demo',
      query: expect.stringContaining('newClientOrderId=mine'),
    });
    expect(of('fault')).toMatchObject([{ kind: 'not-executed-reply-lost', query: expect.stringContaining('lost') }]);
    expect(of('fill')).toMatchObject([
      { account: 'second', maker: true, side: 'SELL', price: '180.0000', qty: '1.00' },
      { account: 'demo', maker: false, side: 'BUY', clientId: 'mine', fee: '0.09000000', status: 'FILLED' },
    ]);
    expect(of('final-balance')).toMatchObject([{ account: 'demo', wallet: '99999.91000000', trades: 1 }, { account: 'second' }]);
    expect(of('final-position')).toMatchObject([
      { account: 'demo', symbol: 'SOLUSDT', amount: '1.00' },
      { account: 'second', amount: '-1.00' },
    ]);
    expect(of('final-order').filter(({ account }) => account === 'demo')).toMatchObject([
      { order: { clientOrderId: 'mine', status: 'FILLED', type: 'MARKET' } },
      { order: { clientOrderId: 'open', status: 'NEW', type: 'LIMIT' } },
    ]);
    expect(lines.at(-1)?.type).toBe('end');
  });
});
