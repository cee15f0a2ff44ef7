/** Answers from a server that lags behind: reads of an account, snapshots of a book. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type TestClient, TestVenue } from '../kit.ts';

let test: TestVenue;
let client: TestClient;

beforeEach(async () => {
  test = await TestVenue.quiet();
  client = test.client('demo');
});

const SYMBOL = { symbol: 'SOLUSDT' } as const;

describe('read lag', () => {
  const lag = (more: Record<string, unknown> = {}) => test.control('POST', 'faults', { kind: 'read-lag', delayMs: 300, ...more });
  const query = (orderId: string) => client.call('GET', '/fapi/v1/order', { ...SYMBOL, orderId }).json;

  it('says -2013 of an order that was just accepted, and finds it later', () => {
    lag();
    const { orderId } = client.limit('BUY', '179', '1').json;
    expect(query(orderId).code).toBe(-2013);
    expect(client.call('GET', '/fapi/v1/openOrders').json).toEqual([]);
    test.clock.advance(299);
    expect(query(orderId).code).toBe(-2013);
    test.clock.advance(1);

    expect(query(orderId)).toMatchObject({ status: 'NEW' });
    expect(client.call('GET', '/fapi/v1/openOrders').json).toHaveLength(1);
  });

  it('shows fills, cancels, positions and money late, each as it was', () => {
    const [first, second] = ['179', '178'].map((price) => client.limit('BUY', price, '2').json.orderId);
    test.clock.advance(1_000);
    lag();
    test.control('POST', 'trades', { ...SYMBOL, side: 'SELL', quantity: '2', price: '179.0000' });
    client.call('DELETE', '/fapi/v1/order', { ...SYMBOL, orderId: second });
    const wallet = () => client.wallet();
    const before = wallet();
    expect([query(first).status, query(second).status]).toEqual(['NEW', 'NEW']);
    expect(client.position().positionAmt).toBe('0.00');
    expect(client.call('GET', '/fapi/v3/account').json.totalOpenOrderInitialMargin).not.toBe('0.00000000');
    test.clock.advance(300);

    expect([query(first).status, query(second).status]).toEqual(['FILLED', 'CANCELED']);
    expect(client.position()).toMatchObject({ positionAmt: '2.00', entryPrice: expect.stringMatching(/^179\.0/) });
    expect(wallet()).not.toBe(before);
    test.control('DELETE', 'faults');
    const [late, now] = [client.call('GET', '/fapi/v3/account').text, client.call('GET', '/fapi/v3/account').text];
    expect(late).toBe(now);
  });

  it('is the truth again, to the byte, once nothing happens any more', () => {
    lag({ probability: '0.5', path: '/fapi/v3/account' });
    lag({ probability: '0.5', path: '/fapi/v1/openOrders' });
    client.limit('BUY', '179', '3');
    client.limit('SELL', '181', '2');
    test.control('POST', 'trades', { ...SYMBOL, side: 'SELL', quantity: '1', price: '179.0000' });
    client.call('POST', '/fapi/v1/leverage', { ...SYMBOL, leverage: 7 });
    test.clock.advance(1_000);

    for (const path of ['/fapi/v3/account', '/fapi/v1/openOrders']) {
      const answers = Array.from({ length: 20 }, () => client.call('GET', path).text);
      expect(new Set(answers).size).toBe(1);
    }
  });

  it('lets the venue itself see everything at once', () => {
    lag();
    const { orderId } = client.limit('BUY', '179', '1').json;
    expect(client.call('DELETE', '/fapi/v1/order', { ...SYMBOL, orderId }).json.status).toBe('CANCELED');
    expect(client.limit('BUY', '179', '1', { newClientOrderId: 'twice' }).status).toBe(200);
    expect(client.limit('BUY', '179', '1', { newClientOrderId: 'twice' }).json.code).toBe(-4116);
  });
});

describe('a snapshot that lags behind the stream', () => {
  const depth = () => test.now(test.raw('GET', '/fapi/v1/depth?symbol=SOLUSDT&limit=5')).json;

  it('is older than the first frames, and new enough when asked again later', () => {
    client.limit('BUY', '179', '1');
    test.control('POST', 'faults', { kind: 'stale-depth', delayMs: 600 });
    const stream = test.connect('/public/ws/solusdt@depth@100ms');
    const old = depth();
    for (let n = 0; n < 5; n += 1) {
      client.limit('BUY', '178', '1');
      test.clock.advance(100);
    }
    const [first] = stream.take();
    const stale = depth();
    expect(stale.lastUpdateId).toBe(old.lastUpdateId);
    expect(stale.bids).toEqual([['179.0000', '1.00']]);
    expect(stale.lastUpdateId).toBeLessThan(first?.U);
    test.clock.advance(1_000);

    const { lastUpdateId, bids } = depth();
    expect(bids).toEqual([['179.0000', '1.00'], ['178.0000', '5.00']]); // biome-ignore format: a book
    expect(lastUpdateId).toBeGreaterThanOrEqual(first?.u);
  });

  it('comes over the WS-API, too, and is refused as ever when asked wrongly', () => {
    client.limit('BUY', '179', '1');
    test.control('POST', 'faults', { kind: 'stale-depth', delayMs: 600 });
    client.limit('BUY', '178', '1');
    const socket = test.connect('/ws-fapi/v1');
    socket.send({ id: 1, method: 'depth', params: { symbol: 'SOLUSDT', limit: 5 } });

    expect(socket.take()[0]?.result.bids).toEqual([['179.0000', '1.00']]);
    expect(test.now(test.raw('GET', '/fapi/v1/depth?symbol=SOLUSDT&limit=7')).json.code).toBe(-4021);
  });
});
