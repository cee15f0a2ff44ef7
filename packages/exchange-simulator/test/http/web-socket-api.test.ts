import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type FakeSocket, TestVenue } from '../kit.ts';

const KEY = 'fillwrightdemokey00000000000000000000000000000000000000000000main';
const SECRET = 'fillwrightdemosecret000000000000000000000000000000000000000000main';

let test: TestVenue;
let socket: FakeSocket;

beforeEach(async () => {
  test = await TestVenue.quiet();
  socket = test.connect('/ws-fapi/v1');
});

type Values = Record<string, string | number | boolean>;

function payload(values: Values): string {
  return Object.keys(values)
    .sort()
    .map((name) => `${name}=${values[name]}`)
    .join('&');
}

function signed(values: Values): Values {
  const params = { ...values, apiKey: KEY, timestamp: test.clock.nowMs };
  return { ...params, signature: createHmac('sha256', SECRET).update(payload(params)).digest('hex') };
}

function call(method: string, params: Values = {}, id: string | number = 1) {
  socket.send({ id, method, params });
  const [answer] = socket.take();
  return answer ?? {};
}

const ORDER = { symbol: 'SOLUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '179', quantity: '1' };

describe('the WS-API', () => {
  it('places, asks, modifies and cancels like REST, with its own envelope', () => {
    const placed = call('order.place', signed({ ...ORDER, newClientOrderId: 'a' }), 'text-id');
    expect(placed).toMatchObject({
      id: 'text-id',
      status: 200,
      result: { clientOrderId: 'a', status: 'NEW', selfTradePreventionMode: 'NONE' },
    });
    expect(placed.rateLimits).toHaveLength(3);
    const { orderId } = placed.result;
    expect(call('order.status', signed({ symbol: 'SOLUSDT', orderId }))).toMatchObject({ id: 1, result: { orderId, avgPrice: '0.0000' } });
    expect(call('order.modify', signed({ symbol: 'SOLUSDT', orderId, side: 'BUY', price: '178', quantity: '2' }))).toMatchObject({
      result: { price: '178.0000' },
    });
    expect(call('order.cancel', signed({ symbol: 'SOLUSDT', orderId }))).toMatchObject({ result: { status: 'CANCELED' } });
    expect(call('order.cancel', signed({ symbol: 'SOLUSDT', orderId }))).toMatchObject({
      status: 400,
      error: { code: -2011, msg: 'Unknown order sent.' },
    });
  });

  it('keeps every digit of an order id sent as a number', () => {
    const placed = call('order.place', signed({ ...ORDER, symbol: 'ETHUSDT', price: '3000' }));
    const { orderId } = placed.result;
    expect(orderId).toBe('8389765700000000001');
    const text = JSON.stringify({ id: 1, method: 'order.status', params: signed({ symbol: 'ETHUSDT', orderId }) });
    socket.send(text.replace('"8389765700000000001"', '8389765700000000001'));
    expect(socket.take()).toMatchObject([{ status: 200, result: { orderId } }]);
  });

  it('answers accounts and market data', () => {
    expect(call('v2/account.balance', signed({})).result[0].balance).toBe('100000.00000000');
    expect(call('account.status', signed({})).result.totalWalletBalance).toBe('100000.00000000');
    expect(call('ticker.price', { symbol: 'SOLUSDT' }).result).toMatchObject({ symbol: 'SOLUSDT', price: '180.0000' });
    expect(call('depth', { symbol: 'SOLUSDT' }).result.bids).toEqual([]);
    expect(call('time').result).toEqual({ serverTime: test.clock.nowMs });
  });

  it('refuses like REST', () => {
    expect(call('order.place', { ...signed(ORDER), price: '178' })).toMatchObject({ status: 400, error: { code: -1022 } });
    expect(call('order.place', { ...ORDER, apiKey: 'nobody' })).toMatchObject({ status: 401, error: { code: -2015 } });
    expect(call('order.place', ORDER)).toMatchObject({ status: 401, error: { code: -2014 } });
    expect(call('fly')).toMatchObject({ status: 400, error: { code: -1000 } });
    expect(call('session.logon', signed({}))).toMatchObject({ error: { code: -4056 } });
    socket.send('garbage');
    expect(socket.take()).toMatchObject([{ id: null, status: 400 }]);
  });

  it('leaves the limits out when told to, on the connection or in the call', () => {
    expect(call('order.place', signed({ ...ORDER, returnRateLimits: false }))).not.toHaveProperty('rateLimits');
    socket = test.connect('/ws-fapi/v1?returnRateLimits=false');
    expect(call('time')).not.toHaveProperty('rateLimits');
  });

  it('lets a session log on with an Ed25519 key and act without signatures', async () => {
    const pair = generateKeyPairSync('ed25519');
    const publicKeyPem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    test = await TestVenue.quiet({ accounts: [{ name: 'a', apiKey: 'key-a', publicKeyPem, balanceUsdt: '1000' }] });
    socket = test.connect('/ws-fapi/v1');
    const params = { apiKey: 'key-a', timestamp: test.clock.nowMs };
    const signature = sign(null, Buffer.from(payload(params)), pair.privateKey).toString('base64');
    expect(call('session.logon', { ...params, signature }).result).toMatchObject({ apiKey: 'key-a' });
    expect(call('order.place', { ...ORDER, timestamp: test.clock.nowMs })).toMatchObject({ status: 200 });
    expect(call('session.logout').result.apiKey).toBeNull();
    expect(call('order.place', { ...ORDER, timestamp: test.clock.nowMs })).toMatchObject({ status: 401 });
  });

  it('goes wrong by rule', () => {
    test.control('POST', 'faults', { kind: 'unknown-executed', method: 'WS', path: 'order.place', count: 1 });
    test.control('POST', 'faults', { kind: 'executed-reply-lost', method: 'WS', path: 'order.cancel', count: 1 });
    expect(call('order.place', signed({ ...ORDER, newClientOrderId: 'a' }))).toMatchObject({ status: 503 });
    expect(test.client().call('GET', '/fapi/v1/openOrders').json).toHaveLength(1);
    socket.send({ id: 2, method: 'order.cancel', params: signed({ symbol: 'SOLUSDT', origClientOrderId: 'a' }) });
    expect(socket.closed?.code).toBe(1006);
    expect(test.client().call('GET', '/fapi/v1/openOrders').json).toEqual([]);
  });
});
