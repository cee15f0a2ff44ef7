import type { ServerReply } from '@fillwright/runtime/ports';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type TestClient, TestVenue } from '../kit.ts';

let test: TestVenue;
let client: TestClient;

beforeEach(async () => {
  test = await TestVenue.quiet();
  client = test.client('demo');
});

const ORDER = { symbol: 'SOLUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '179', quantity: '1' } as const;

function fault(kind: string, more: Record<string, unknown> = {}) {
  return test.control('POST', 'faults', { kind, method: 'POST', path: '/fapi/v1/order', count: 1, ...more });
}

function place(): ServerReply | Promise<ServerReply> {
  return client.start('POST', '/fapi/v1/order', ORDER);
}

function openOrders(): number {
  return client.call('GET', '/fapi/v1/openOrders').json.length;
}

describe('request faults', () => {
  it.each([
    ['executed-reply-lost', { type: 'reset' }, 1],
    ['not-executed-reply-lost', { type: 'reset' }, 0],
    ['unknown-executed', { status: 503, body: expect.stringContaining('Unknown error, please check your request or try again later.') }, 1],
    ['unknown-not-executed', { status: 503, body: expect.stringContaining('Unknown error') }, 0],
    ['service-unavailable', { status: 503, body: expect.stringContaining('Service Unavailable.') }, 0],
    ['internal-error', { status: 503, body: expect.stringContaining('-1001') }, 0],
    ['throttled', { status: 503, body: expect.stringContaining('-1008') }, 0],
    ['timeout-executed', { status: 408, body: expect.stringContaining('-1007') }, 1],
    ['timeout-not-executed', { status: 408, body: expect.stringContaining('-1007') }, 0],
    ['gateway-timeout-executed', { status: 504 }, 1],
    ['gateway-timeout-not-executed', { status: 504 }, 0],
    ['bad-gateway-executed', { status: 502, body: expect.stringContaining('<html>') }, 1],
    ['bad-gateway-not-executed', { status: 502 }, 0],
    ['rate-limit', { status: 429, body: expect.stringContaining('-1003') }, 0],
    ['ban', { status: 418, body: expect.stringContaining('banned until') }, 0],
    ['forbidden', { status: 403, body: expect.stringContaining('<html>') }, 0],
    ['clock-skew', { status: 400, body: expect.stringContaining('-1021') }, 0],
    ['maintenance', { status: 503, body: expect.stringContaining('-1016') }, 0],
    ['empty-body', { status: 200, body: '' }, 1],
    ['invalid-json', { status: 200, body: expect.not.stringMatching(/}$/) }, 1],
    ['stale-fill', { type: 'reply', status: 200, body: expect.stringContaining('"executedQty":"0"') }, 1],
    ['truncated', { type: 'truncate', bytes: expect.any(Number) }, 1],
  ])('%s looks so from outside and leaves %j, %d orders', (kind, seen, orders) => {
    expect(fault(kind).status).toBe(200);
    expect(place()).toMatchObject(seen);
    expect(openOrders()).toBe(orders);
    expect(place()).toMatchObject({ type: 'reply', status: 200 });
  });

  it('delays the answer of an executed order', async () => {
    fault('delay', { delayMs: 300 });
    const reply = place();
    expect(openOrders()).toBe(1);
    let answered: ServerReply | undefined;
    const settled = Promise.resolve(reply).then((value) => {
      answered = value;
    });
    test.clock.advance(299);
    expect(answered).toBeUndefined();
    test.clock.advance(1);
    await settled;
    expect(answered).toMatchObject({ type: 'reply', status: 200 });
  });

  it('executes late, after the client was told nothing', () => {
    fault('late-execution', { delayMs: 4_000 });
    expect(place()).toMatchObject({ status: 503 });
    expect(openOrders()).toBe(0);
    test.clock.advance(4_000);
    expect(openOrders()).toBe(1);
  });

  it('refuses at the engine what waited beyond its window', async () => {
    fault('delay-before', { delayMs: 5_001 });
    const reply = place() as Promise<ServerReply>;
    test.clock.advance(5_001);
    expect(await reply).toMatchObject({ status: 400, body: expect.stringContaining('-5028') });
    expect(openOrders()).toBe(0);
  });

  it('strikes by account, symbol, count and probability', () => {
    fault('throttled', { account: 'second', count: undefined });
    fault('throttled', { symbol: 'BTCUSDT', count: undefined });
    fault('throttled', { count: 2, probability: '0.5' });
    const codes = Array.from({ length: 40 }, () => (test.now(place()).status === 503 ? 1 : 0) as number);
    expect(codes.reduce((sum, n) => sum + n, 0)).toBe(2);
    const rules = test.control('GET', 'faults').json as { struck: number; left: number | null }[];
    expect(rules.map(({ struck, left }) => [struck, left])).toEqual([[0, null], [0, null], [2, 0]]); // biome-ignore format: a table
    test.control('DELETE', 'faults');
    expect(test.control('GET', 'faults').json).toEqual([]);
  });

  it('says what it knows when asked for an unknown one', () => {
    expect(test.control('POST', 'faults', { kind: 'meteor' })).toMatchObject({
      status: 400,
      json: { error: expect.stringContaining('executed-reply-lost') },
    });
  });
});

describe('stream faults', () => {
  it('drops, doubles and delays user events', () => {
    const stream = client.userStream();
    const types = () => stream.take().map(({ o }) => o.x);
    fault('event-drop', { method: undefined, path: undefined, event: 'ORDER_TRADE_UPDATE' });
    place();
    expect(types()).toEqual([]);
    fault('event-duplicate', { method: undefined, path: undefined, account: 'demo' });
    place();
    expect(types()).toEqual(['NEW', 'NEW']);
    fault('event-delay', { method: undefined, path: undefined, delayMs: 200 });
    place();
    place();
    expect(types()).toEqual([]);
    test.clock.advance(200);
    expect(types()).toEqual(['NEW', 'NEW']);
  });

  it('cuts, closes, silences and floods sockets', () => {
    const [user, market] = [client.userStream(), test.connect('/public/ws/solusdt@bookTicker')];
    expect(test.control('POST', 'sockets', { action: 'silence', account: 'demo' }).json.connections).toBe(1);
    place();
    expect(user.take()).toEqual([]);
    expect(user.closed).toBeUndefined();
    expect(user.pongsPaused).toBe(true);
    test.control('POST', 'sockets', { action: 'ping-flood', route: 'public' });
    expect(market.pings).toHaveLength(100);
    test.control('POST', 'sockets', { action: 'close', route: 'public' });
    expect(market.closed?.code).toBe(1001);
    test.control('POST', 'sockets', { action: 'cut' });
    expect(user.closed?.code).toBe(1006);
  });

  it('expires a listen key on demand', () => {
    const stream = client.userStream();
    expect(test.control('POST', 'listen-keys', { account: 'demo' }).json).toEqual({ expired: true });
    expect(stream.take()).toMatchObject([{ e: 'listenKeyExpired' }]);
    expect(client.keyed('PUT', '/fapi/v1/listenKey').json.code).toBe(-1125);
  });

  it('keeps the order of frames under delay and jitter, and lets the answer overtake them', async () => {
    test = await TestVenue.quiet({ delays: { replyMs: 0, userMs: 20, marketMs: 5, jitterMs: 30 } });
    client = test.client('demo');
    const opening = client.start('POST', '/fapi/v1/listenKey') as Promise<ServerReply>;
    test.clock.advance(100);
    const stream = test.connect(`/private/ws/${test.now(await opening).json.listenKey}`);
    const replies: unknown[] = [];
    for (let n = 0; n < 20; n += 1) {
      replies.push(client.start('POST', '/fapi/v1/order', { ...ORDER, newClientOrderId: `n${n}` }));
      test.clock.advance(3);
    }
    test.clock.advance(1_000);
    expect(stream.take().map(({ o }) => o.c)).toEqual(Array.from({ length: 20 }, (_, n) => `n${n}`));
    expect(await Promise.all(replies)).toHaveLength(20);
  });

  it('changes delays while sockets are open', () => {
    const [user, book] = [client.userStream(), test.connect('/public/ws/solusdt@bookTicker')];
    expect(test.control('POST', 'delays', { userMs: 300, marketMs: 100 }).json).toEqual({
      replyMs: 0,
      userMs: 300,
      marketMs: 100,
      jitterMs: 0,
    });
    expect(test.now(place()).status).toBe(200);
    test.clock.advance(100);
    expect([user.take().length, book.take().length]).toEqual([0, 1]);
    test.clock.advance(200);
    expect(user.take()).toHaveLength(1);
    expect(test.control('POST', 'delays', { replyMs: 60_001 }).status).toBe(400);
    test.control('POST', 'delays', { userMs: 0 });
    place();
    expect(user.take()).toHaveLength(1);
  });

  it('moves the venue’s clock', () => {
    test.control('POST', 'clock', { skewMs: 7_000 });
    expect(test.now(test.raw('GET', '/fapi/v1/time')).json.serverTime).toBe(test.clock.nowMs + 7_000);
    expect(test.now(place()).json.code).toBe(-1021);
  });
});
