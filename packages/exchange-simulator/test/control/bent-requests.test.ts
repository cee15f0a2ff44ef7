/** Faults that bend a command or its answer: somebody trades first, half a batch is refused, the venue has become newer than the client. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type FakeSocket, type TestClient, TestVenue } from '../kit.ts';

let test: TestVenue;
let client: TestClient;

beforeEach(async () => {
  test = await TestVenue.quiet();
  client = test.client('demo');
});

const rule = (kind: string, more: Record<string, unknown> = {}) => test.control('POST', 'faults', { kind, count: 1, ...more });

describe('a trade that comes first', () => {
  const cancel = (orderId: string) => client.call('DELETE', '/fapi/v1/order', { symbol: 'SOLUSDT', orderId }).json;
  const status = (orderId: string) => client.call('GET', '/fapi/v1/order', { symbol: 'SOLUSDT', orderId }).json;

  it('fills the order, and its cancel finds it gone', () => {
    client.limit('BUY', '179.5', '3');
    const { orderId } = client.limit('BUY', '179', '2').json;
    rule('filled-first', { method: 'DELETE' });

    expect(cancel(orderId)).toEqual({ code: -2011, msg: 'Unknown order sent.' });
    expect(status(orderId)).toMatchObject({ status: 'FILLED', executedQty: '2.00' });
  });

  it('fills half of it, and the cancel ends the rest', () => {
    const { orderId } = client.limit('BUY', '179', '2').json;
    rule('half-filled-first', { method: 'DELETE' });

    expect(cancel(orderId)).toMatchObject({ status: 'CANCELED', executedQty: '1.00' });
  });

  it('spoils a modify, too, and nothing that names no order', () => {
    const { orderId } = client.limit('BUY', '179', '2').json;
    rule('filled-first', { count: 2 });
    const change = { symbol: 'SOLUSDT', orderId, side: 'BUY', price: '178', quantity: '2' };
    expect(client.call('PUT', '/fapi/v1/order', change).json.code).toBe(-2011);
    expect(client.limit('BUY', '178', '1').json.status).toBe('NEW');
  });
});

describe('half a batch', () => {
  it('is refused, the other half is placed', () => {
    rule('batch-half-refused', { path: '/fapi/v1/batchOrders' });
    const order = { symbol: 'SOLUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '179', quantity: '1' };
    const rows = client.call('POST', '/fapi/v1/batchOrders', { batchOrders: JSON.stringify([order, order, order]) });

    expect(rows.status).toBe(200);
    expect(rows.json.map((row: { code?: number; status?: string }) => row.code ?? row.status)).toEqual(['NEW', -1001, 'NEW']);
    expect(client.call('GET', '/fapi/v1/openOrders').json).toHaveLength(2);
  });
});

describe('protection of the whole system', () => {
  it('spares what only reduces, as it says', () => {
    client.limit('BUY', '179', '2');
    test.control('POST', 'trades', { symbol: 'SOLUSDT', side: 'SELL', quantity: '2', price: '179.0000' });
    rule('throttled', { method: 'POST', count: undefined });
    expect(client.limit('SELL', '181', '1').json.code).toBe(-1008);
    expect(client.limit('SELL', '181', '1', { reduceOnly: true }).status).toBe(200);
  });
});

describe('limits', () => {
  const ping = () => test.now(test.raw('GET', '/fapi/v1/ping'));

  it('come with the time to wait, or without', () => {
    const seconds = (headers: Readonly<Record<string, string>>) => headers['retry-after'];
    rule('rate-limit');
    expect([ping()].map(({ status, headers }) => [status, seconds(headers)])).toEqual([[429, undefined]]);
    test.clock.advance(15_000);
    rule('rate-limit-retry-after');
    expect([ping()].map(({ status, headers }) => [status, seconds(headers)])).toEqual([[429, '45']]);
    rule('ban');
    expect([ping()].map(({ status, headers }) => [status, seconds(headers)])).toEqual([[418, undefined]]);
    rule('ban-retry-after');
    expect([ping()].map(({ status, headers }) => [status, seconds(headers)])).toEqual([[418, '120']]);
    expect(ping().status).toBe(200);
  });
});

describe('a listen key', () => {
  it('is gone when it is to be renewed, once', () => {
    client.keyed('POST', '/fapi/v1/listenKey');
    rule('listen-key-unknown', { method: 'PUT' });
    expect(client.keyed('PUT', '/fapi/v1/listenKey').json.code).toBe(-1125);
    expect(client.keyed('PUT', '/fapi/v1/listenKey').status).toBe(200);
  });
});

describe('a venue newer than its clients', () => {
  it('has fields in its answers that nobody knows', () => {
    rule('new-fields', { method: 'POST' });
    expect(client.limit('BUY', '179', '1', { newClientOrderId: 'a' }).json).toMatchObject({
      newField: { of: ['the', 'venue', 1] },
      clientOrderId: 'a',
    });
  });

  it('has values that nobody knows', () => {
    rule('new-enum', { method: 'POST' });
    expect(client.limit('BUY', '179', '1').json).toMatchObject({ selfTradePreventionMode: 'EXPIRE_NEW', workingType: 'NEW_PRICE' });
  });

  it('does so over the WS-API, too', () => {
    const socket: FakeSocket = test.connect('/ws-fapi/v1');
    rule('new-fields', { method: 'WS', path: 'time' });
    socket.send({ id: 1, method: 'time' });
    expect(socket.take()[0]).toMatchObject({ id: 1, status: 200, result: { newField: {}, serverTime: test.clock.nowMs } });
  });
});
