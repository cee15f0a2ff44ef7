import { beforeEach, describe, expect, it } from '@jest/globals';
import { TestVenue } from '../kit.ts';

let test: TestVenue;

beforeEach(async () => {
  test = await TestVenue.quiet();
});

function place(side: string, price: string, quantity: string): void {
  test.control('POST', 'orders', { symbol: 'SOLUSDT', side, price, quantity });
}

describe('market streams', () => {
  it('sends depth only when something changed, joined by pu, with jumping ids', () => {
    const socket = test.connect('/public/ws/solusdt@depth@100ms');
    place('BUY', '179.0000', '1');
    place('BUY', '179.0000', '2');
    test.clock.advance(100);
    place('SELL', '181.0000', '1');
    test.clock.advance(300);
    const [first, second, ...rest] = socket.take();
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ e: 'depthUpdate', s: 'SOLUSDT', b: [['179.0000', '3.00']], a: [], st: 1 });
    expect(second).toMatchObject({ b: [], a: [['181.0000', '1.00']], pu: first?.u });
    expect(second?.U).toBeGreaterThan(Number(first?.u) + 1);
  });

  it('sends a partial book of the levels asked for', () => {
    for (let n = 0; n < 7; n += 1) place('BUY', `${179 - n}.0000`, '1');
    const socket = test.connect('/public/stream?streams=solusdt@depth5@100ms');
    test.clock.advance(100);
    const [frame] = socket.take();
    expect(frame).toMatchObject({ stream: 'solusdt@depth5@100ms', data: { e: 'depthUpdate' } });
    expect(frame?.data.b).toHaveLength(5);
    expect(frame?.data.b[0]).toEqual(['179.0000', '1.00']);
  });

  it('sends the book ticker at once when the touch changes, and only then', () => {
    const socket = test.connect('/public/ws/solusdt@bookTicker');
    place('BUY', '179.0000', '1');
    place('BUY', '178.0000', '1');
    place('SELL', '181.0000', '2');
    expect(socket.take()).toMatchObject([
      { e: 'bookTicker', b: '179.0000', B: '1.00', a: '0.0000', A: '0.00' },
      { b: '179.0000', B: '1.00', a: '181.0000', A: '2.00' },
    ]);
  });

  it('merges the fills of one taker at one price into an aggregate, and shows single trades on /public', () => {
    const market = test.connect('/market/ws/solusdt@aggTrade');
    const trades = test.connect('/public/ws/solusdt@trade');
    place('SELL', '180.0000', '1');
    place('SELL', '180.0000', '2');
    place('SELL', '180.5000', '1');
    test.control('POST', 'trades', { symbol: 'SOLUSDT', side: 'BUY', quantity: '4' });
    expect(market.take()).toMatchObject([
      { e: 'aggTrade', p: '180.0000', q: '3.00', nq: '3.00', f: 6100000001, l: 6100000002, m: false },
      { p: '180.5000', q: '1.00', f: 6100000003, l: 6100000003 },
    ]);
    expect(trades.take().map(({ t, q }) => [t, q])).toEqual([[6100000001, '1.00'], [6100000002, '2.00'], [6100000003, '1.00']]); // biome-ignore format: a table
  });

  it('sends marks every 3 s or every second, tickers and arrays at their pace', () => {
    const names = ['solusdt@markPrice', 'solusdt@markPrice@1s', 'solusdt@miniTicker', '!markPrice@arr@1s', '!ticker@arr'];
    const socket = test.connect(`/market/stream?streams=${names.join('/')}`);
    test.clock.advance(3000);
    const counts: Record<string, number> = {};
    for (const { stream } of socket.take()) counts[stream] = (counts[stream] ?? 0) + 1;
    expect(counts).toEqual({
      'solusdt@markPrice': 1,
      'solusdt@markPrice@1s': 3,
      'solusdt@miniTicker': 6,
      '!markPrice@arr@1s': 3,
      '!ticker@arr': 3,
    });
  });

  it('sends candles as they change and closes them', () => {
    const socket = test.connect('/market/ws/solusdt@kline_1m');
    place('SELL', '180.0000', '2');
    test.control('POST', 'trades', { symbol: 'SOLUSDT', side: 'BUY', quantity: '1' });
    test.clock.advance(60_000);
    expect(socket.take().map(({ k }) => [k.x, k.c, k.v])).toEqual([[false, '180.0000', '1.00'], [true, '180.0000', '1.00']]); // biome-ignore format: a table
  });

  it('acknowledges a stream of another route and never delivers it', () => {
    const socket = test.connect('/market/ws');
    socket.send({ id: 'a', method: 'SUBSCRIBE', params: ['solusdt@bookTicker', 'solusdt@aggTrade'] });
    const old = test.connect('/ws/solusdt@aggTrade');
    place('SELL', '180.0000', '1');
    test.control('POST', 'trades', { symbol: 'SOLUSDT', side: 'BUY', quantity: '1' });
    expect(socket.take().map(({ e, id }) => e ?? id)).toEqual(['a', 'aggTrade']);
    expect(old.take()).toEqual([]);
    expect(test.connect('/ws/solusdt@bookTicker')).toBeDefined();
  });

  it('subscribes, lists, unsubscribes, and answers with the id as it came', () => {
    const socket = test.connect('/public/ws/0');
    socket.send({ id: 'text', method: 'SUBSCRIBE', params: ['solusdt@bookTicker', 'nonsense@stream'] });
    socket.send({ id: 7, method: 'LIST_SUBSCRIPTIONS' });
    socket.send({ id: 8, method: 'UNSUBSCRIBE', params: ['solusdt@bookTicker'] });
    socket.send({ id: 9, method: 'SET_PROPERTY', params: ['combined', true] });
    place('BUY', '179.0000', '1');
    expect(socket.take()).toEqual([
      { result: null, id: 'text' },
      { result: ['solusdt@bookTicker', 'nonsense@stream'], id: 7 },
      { result: null, id: 8 },
      { result: null, id: 9 },
    ]);
  });

  it.each([
    'not json',
    '[]',
    '{"id":1}',
    '{"id":{},"method":"SUBSCRIBE"}',
    '{"id":1,"method":"SUBSCRIBE","params":[5]}',
    '{"id":1,"method":"FLY"}',
  ])('answers %s with an error and stays open', (text) => {
    const socket = test.connect('/public/ws');
    socket.send(text);
    expect(socket.take()).toMatchObject([{ error: { code: 2, msg: expect.stringContaining('Invalid request') } }]);
    expect(socket.closed).toBeUndefined();
  });

  it('closes a client that sends too much', () => {
    const socket = test.connect('/public/ws');
    for (let n = 0; n < 11; n += 1) socket.send({ id: n, method: 'LIST_SUBSCRIPTIONS' });
    expect(socket.closed).toEqual({ code: 1008, reason: 'Too many requests' });
  });

  it('pings every 3 min, cuts without an echo after 10, and ends after 24 h', () => {
    const [echoing, mute] = [test.connect('/public/ws'), test.connect('/public/ws')];
    echoing.answersPings = false;
    mute.answersPings = false;
    for (let n = 0; n < 5; n += 1) {
      test.clock.advance(180_000);
      expect(echoing.pings).toHaveLength(1);
      echoing.pong(echoing.pings.splice(0)[0] ?? '');
      mute.pong('unsolicited');
    }
    expect(mute.closed).toEqual({ code: 1006, reason: 'terminated' });
    expect(echoing.closed).toBeUndefined();
    while (test.clock.nowMs < 1_793_491_200_000 + 86_400_000) {
      test.clock.advance(180_000);
      echoing.pong(echoing.pings.splice(0).at(-1) ?? '');
    }
    expect(echoing.closed?.code).toBe(1001);
  });

  it('offers no socket elsewhere', () => {
    expect(() => test.connect('/other')).toThrow('no socket');
  });
});
