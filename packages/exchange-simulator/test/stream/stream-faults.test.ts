/** What goes wrong on sockets: events out of order or spoilt, answers behind frames, ends announced, limits of connections and frames. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type TestClient, TestVenue } from '../kit.ts';

let test: TestVenue;
let client: TestClient;

beforeEach(async () => {
  test = await TestVenue.quiet();
  client = test.client('demo');
});

const rule = (kind: string, more: Record<string, unknown> = {}) => test.control('POST', 'faults', { kind, count: 1, ...more });
const place = (id: string) => client.limit('BUY', '179', '1', { newClientOrderId: id });

describe('user events', () => {
  it('come in another order', () => {
    const stream = client.userStream();
    rule('event-reorder');
    for (const id of ['a', 'b', 'c']) place(id);
    expect(stream.take().map(({ o }) => o.c)).toEqual(['b', 'a', 'c']);
  });

  it('out of order come at last, if nothing overtakes them', () => {
    const stream = client.userStream();
    rule('event-reorder', { delayMs: 500 });
    place('a');
    test.clock.advance(499);
    expect(stream.take()).toEqual([]);
    test.clock.advance(1);
    expect(stream.take()).toHaveLength(1);
    place('b');
    expect(stream.take()).toHaveLength(1);
  });

  it('are lost together with the connection, and a new one goes on behind the gap', () => {
    const stream = client.userStream();
    rule('event-gap');
    place('lost');
    expect(stream.closed?.code).toBe(1006);
    place('lost, too');
    const next = client.userStream();
    place('c');
    expect(stream.take()).toEqual([]);
    expect(next.take().map(({ o }) => o.c)).toEqual(['c']);
  });

  it('are cut in the middle', () => {
    const stream = client.userStream();
    rule('event-truncate');
    place('a');
    const [frame] = stream.frames.splice(0);
    expect(frame).toMatch(/^\{"e":"ORDER_TRADE_UPDATE"/);
    expect(() => JSON.parse(frame ?? '')).toThrow(SyntaxError);
    place('b');
    expect(stream.take()).toHaveLength(1);
  });

  it('carry fields and values that nobody knows, and are of kinds that nobody knows', () => {
    const stream = client.userStream();
    rule('event-new-fields');
    place('a');
    expect(stream.take()).toMatchObject([{ newField: {}, o: { newField: {}, c: 'a' } }]);
    rule('event-new-enum');
    place('b');
    expect(stream.take()).toMatchObject([{ o: { V: 'EXPIRE_NEW', c: 'b' } }]);
    rule('event-unknown');
    place('c');
    expect(stream.take().map(({ e }) => e)).toEqual(['SOMETHING_NEW', 'ORDER_TRADE_UPDATE']);
  });
});

describe('an answer to SUBSCRIBE', () => {
  const subscribe = { id: 7, method: 'SUBSCRIBE', params: ['solusdt@bookTicker'] };

  it('comes behind the first frame', () => {
    rule('late-subscribe-reply', { path: '/public' });
    const socket = test.connect('/public/ws');
    socket.send({ id: 6, method: 'LIST_SUBSCRIPTIONS' });
    socket.send(subscribe);
    place('a');
    expect(socket.take().map(({ id, e }) => id ?? e)).toEqual([6, 'bookTicker', 7]);
  });

  it('comes after a second, when there is no frame', () => {
    rule('late-subscribe-reply');
    const socket = test.connect('/public/ws');
    socket.send(subscribe);
    test.clock.advance(999);
    expect(socket.take()).toEqual([]);
    test.clock.advance(1);
    expect(socket.take()).toEqual([{ result: null, id: 7 }]);
    place('a');
    expect(socket.take()).toHaveLength(1);
  });
});

describe('planned maintenance', () => {
  it('is told on every socket in its own form, closes them after the notice, and refuses requests until it is over', () => {
    const [raw, combined, api] = [client.userStream(), test.connect('/public/stream'), test.connect('/ws-fapi/v1')];
    expect(test.control('POST', 'maintenance', { state: 'on', noticeMs: 5_000 }).json).toEqual({ state: 'on', told: 3 });
    const told = { e: 'serverShutdown', E: test.clock.nowMs };
    expect(raw.take()).toEqual([told]);
    expect(combined.take()).toEqual([{ stream: '!serverShutdown', data: told }]);
    expect(api.take()).toEqual([{ event: told }]);
    api.send({ id: 1, method: 'time' });
    expect(api.take()[0]).toMatchObject({ status: 503, error: { code: -1016 } });
    expect(place('a')).toMatchObject({ status: 503, json: { code: -1016 } });
    test.clock.advance(4_999);
    expect(raw.closed).toBeUndefined();
    test.clock.advance(1);
    expect([raw, combined, api].map(({ closed }) => closed?.code)).toEqual([1001, 1001, 1001]);
    expect(() => test.connect('/public/ws')).toThrow('no socket');
    test.control('POST', 'maintenance', { state: 'off' });

    expect(place('a').status).toBe(200);
    expect(test.connect('/public/ws').closed).toBeUndefined();
  });
});

describe('an address', () => {
  it('may open 300 sockets of both kinds in five minutes', () => {
    for (let n = 0; n < 300; n += 1) {
      const socket = test.connect(n % 2 === 0 ? '/public/ws' : '/ws-fapi/v1');
      expect(socket.closed).toBeUndefined();
      socket.end(1000, '');
      if (n === 200) test.clock.advance(50_000);
    }
    expect(test.connect('/market/ws').closed).toEqual({ code: 1008, reason: 'Too many connections' });
    test.clock.advance(300_000);
    expect(test.connect('/market/ws').closed).toBeUndefined();
  });
});

describe('a WS-API socket', () => {
  it('that never answers pings is cut at its deadline', () => {
    const socket = test.connect('/ws-fapi/v1');
    socket.answersPings = false;
    test.clock.advance(180_000);
    expect(socket.pings).toHaveLength(1);
    socket.pong('unasked for');
    test.clock.advance(599_999);
    expect(socket.closed).toBeUndefined();
    test.clock.advance(1);
    expect(socket.closed?.code).toBe(1006);
  });

  it('that answers pings lives for a day', () => {
    const socket = test.connect('/ws-fapi/v1');
    test.clock.advance(86_399_999);
    expect(socket.closed).toBeUndefined();
    test.clock.advance(1);
    expect(socket.closed?.code).toBe(1001);
  });

  it('may send five pongs a second', () => {
    const socket = test.connect('/ws-fapi/v1');
    for (let second = 0; second < 3; second += 1) {
      for (let n = 0; n < 5; n += 1) socket.pong('unasked for');
      test.clock.advance(1_000);
    }
    expect(socket.closed).toBeUndefined();
    for (let n = 0; n < 6; n += 1) socket.pong('unasked for');
    expect(socket.closed).toEqual({ code: 1008, reason: 'Too many requests' });
  });

  it('is cut, silenced and left without pings like any other', () => {
    const [silent, pingless, cut] = [0, 1, 2].map(() => test.connect('/ws-fapi/v1'));
    const act = (action: string) => test.control('POST', 'sockets', { action, route: 'ws-api' }).json.connections;
    expect(act('no-ping')).toBe(3);
    test.clock.advance(1_000_000);
    expect([silent, pingless, cut].map((socket) => [socket?.pings.length, socket?.closed])).toEqual(Array(3).fill([0, undefined]));
    expect(act('silence')).toBe(3);
    silent?.send({ id: 1, method: 'time' });
    expect(silent?.take()).toEqual([]);
    expect(act('cut')).toBe(3);
    expect(cut?.closed?.code).toBe(1006);
  });

  it('is told when to come back after a breach', () => {
    const socket = test.connect('/ws-fapi/v1');
    for (let n = 0; n < 120; n += 1) test.raw('GET', '/fapi/v1/depth?symbol=SOLUSDT&limit=1000');
    socket.send({ id: 1, method: 'time' });
    const minuteEndsMs = test.clock.nowMs + 60_000;
    expect(socket.take()[0]).toMatchObject({
      status: 429,
      error: { code: -1003, data: { serverTime: test.clock.nowMs, retryAfter: minuteEndsMs } },
    });
  });
});

describe('the funding pool', () => {
  it('takes 500 requests in five minutes for both endpoints, beside the weights', () => {
    const ask = (n: number) => test.now(test.raw('GET', `/fapi/v1/${n % 2 === 0 ? 'fundingRate?symbol=SOLUSDT' : 'fundingInfo'}`));
    for (let n = 0; n < 500; n += 1) expect(ask(n).status).toBe(200);
    expect(ask(0)).toMatchObject({ status: 429, headers: { 'retry-after': '300', 'x-mbx-used-weight-1m': '0' }, json: { code: -1003 } });
    expect(test.now(test.raw('GET', '/fapi/v1/ping')).status).toBe(200);
    test.clock.advance(300_000);
    expect(ask(1).status).toBe(200);
  });
});
