import { beforeEach, describe, expect, it } from '@jest/globals';
import { type FakeSocket, type TestClient, TestVenue } from '../kit.ts';

let test: TestVenue;
let client: TestClient;
let other: TestClient;

beforeEach(async () => {
  test = await TestVenue.quiet({ accountUpdateOrder: 'after' });
  client = test.client('demo');
  other = test.client('second');
});

function shapes(stream: FakeSocket): string[] {
  return stream.take().map(({ e, o }) => (e === 'ORDER_TRADE_UPDATE' ? `${o.x}/${o.X}` : e === 'ALGO_UPDATE' ? `ALGO/${o.X}` : e));
}

describe('the user stream', () => {
  it('tells of a taker in order: new, then each trade with its lite and account events, then what expired', () => {
    other.limit('SELL', '180.0000', '1');
    other.limit('SELL', '180.5000', '1');
    const [mine, theirs] = [client.userStream(), other.userStream()];
    client.limit('BUY', '181.0000', '3', { timeInForce: 'IOC' });
    expect(shapes(mine)).toEqual([
      ...['NEW/NEW', 'TRADE_LITE', 'TRADE/PARTIALLY_FILLED', 'ACCOUNT_UPDATE'],
      ...['TRADE_LITE', 'TRADE/PARTIALLY_FILLED', 'ACCOUNT_UPDATE', 'EXPIRED/EXPIRED'],
    ]);
    expect(shapes(theirs)).toEqual(['TRADE_LITE', 'TRADE/FILLED', 'ACCOUNT_UPDATE', 'TRADE_LITE', 'TRADE/FILLED', 'ACCOUNT_UPDATE']);
  });

  it('fills every field of a trade', () => {
    other.limit('SELL', '180.0000', '1');
    const stream = client.userStream();
    const { orderId } = client.limit('BUY', '181.0000', '3', { newClientOrderId: 'mine' }).json;
    const [, lite, update, account] = stream.take();
    const T = test.clock.nowMs;
    expect(update).toEqual({
      e: 'ORDER_TRADE_UPDATE',
      E: T,
      T,
      o: {
        ...{ s: 'SOLUSDT', c: 'mine', S: 'BUY', o: 'LIMIT', f: 'GTC', q: '3.00', p: '181.0000', ap: '180.0000', sp: '0.0000' },
        ...{ x: 'TRADE', X: 'PARTIALLY_FILLED', i: orderId, l: '1.00', z: '1.00', L: '180.0000', N: 'USDT', n: '0.09000000' },
        ...{ T, t: 6100000001, b: '362', a: '0', m: false, R: false, wt: 'CONTRACT_PRICE', ot: 'LIMIT', ps: 'BOTH', cp: false },
        ...{ rp: '0', pP: false, si: 0, ss: 0, V: 'EXPIRE_MAKER', pm: 'NONE', gtd: 0, er: '0' },
      },
    });
    expect(lite).toEqual({
      ...{ e: 'TRADE_LITE', E: T, T, s: 'SOLUSDT', q: '3.00', p: '181.0000', m: false, c: 'mine', S: 'BUY', L: '180.0000' },
      ...{ l: '1.00', t: 6100000001, i: orderId },
    });
    expect(account).toEqual({
      ...{ e: 'ACCOUNT_UPDATE', E: T, T },
      a: {
        m: 'ORDER',
        B: [{ a: 'USDT', wb: '99999.91000000', cw: '99999.91000000', bc: '0' }],
        P: [{ s: 'SOLUSDT', pa: '1.00', ep: '180', bep: '180.09', cr: '0', up: '0.00000000', mt: 'cross', iw: '0', ps: 'BOTH' }],
      },
    });
  });

  it('tells of the maker as maker, without a fee asset while nothing traded', () => {
    const stream = other.userStream();
    other.limit('SELL', '180.0000', '1');
    client.market('BUY', '1');
    const [placed, lite, traded] = stream.take();
    expect(placed?.o).not.toHaveProperty('N');
    expect(lite?.m).toBe(true);
    expect(traded?.o).toMatchObject({ m: true, n: '0.03600000', x: 'TRADE', X: 'FILLED' });
  });

  it('says nothing of refused orders, and no account event for new and cancelled ones', () => {
    const stream = client.userStream();
    client.limit('BUY', '1.0000', '1');
    client.limit('BUY', '179.0000', '1', { newClientOrderId: 'x' });
    client.call('DELETE', '/fapi/v1/order', { symbol: 'SOLUSDT', origClientOrderId: 'x' });
    expect(shapes(stream)).toEqual(['NEW/NEW', 'CANCELED/CANCELED']);
  });

  it('tells of amendments with their id', () => {
    const { orderId } = client.limit('BUY', '179.0000', '1').json;
    const stream = client.userStream();
    client.call('PUT', '/fapi/v1/order', { symbol: 'SOLUSDT', side: 'BUY', orderId, price: '178.0000', quantity: '1', modifyId: '77' });
    const [frame] = stream.take();
    expect(frame?.o).toMatchObject({ x: 'AMENDMENT', X: 'NEW', M: '77', p: '178.0000' });
  });

  it('tells of leverage and deposits', () => {
    const stream = client.userStream();
    client.call('POST', '/fapi/v1/leverage', { symbol: 'SOLUSDT', leverage: 7 });
    test.control('POST', 'deposit', { account: 'demo', amount: '12.5' });
    const [config, account] = stream.take();
    expect(config).toMatchObject({ e: 'ACCOUNT_CONFIG_UPDATE', ac: { s: 'SOLUSDT', l: 7 } });
    expect(account?.a).toEqual({ m: 'DEPOSIT', B: [{ a: 'USDT', wb: '100012.50000000', cw: '100012.50000000', bc: '12.5' }], P: [] });
  });

  it('lets a client rebuild its position and wallet from the stream alone', () => {
    const stream = client.userStream();
    for (const [side, price, quantity] of [
      ['BUY', '180', '3'],
      ['BUY', '182', '1'],
      ['SELL', '181', '5'],
      ['BUY', '179', '2'],
    ] as const) {
      // biome-ignore format: a table
      other.limit(side === 'BUY' ? 'SELL' : 'BUY', price, quantity);
      client.limit(side, price, quantity);
    }
    const frames = stream.take();
    let wallet = 100_000;
    let position = 0;
    for (const { o } of frames.filter((frame) => frame.o?.x === 'TRADE')) {
      wallet += Number(o.rp) - Number(o.n);
      position += Number(o.l) * (o.S === 'BUY' ? 1 : -1);
    }
    expect(wallet.toFixed(8)).toBe(client.wallet());
    expect(position.toFixed(2)).toBe(client.position().positionAmt);
    const last = frames.filter((frame) => frame.e === 'ACCOUNT_UPDATE').at(-1);
    expect(last?.a.B[0].wb).toBe(client.wallet());
    expect(last?.a.P[0].pa).toBe(client.position().positionAmt);
  });

  it('emits the account event before or after the order event by seed', async () => {
    const seen = new Set<string>();
    test = await TestVenue.quiet();
    client = test.client('demo');
    const stream = client.userStream();
    for (let n = 0; n < 20; n += 1) {
      test.client('second').limit('SELL', '180.0000', '1');
      client.market('BUY', '1');
      seen.add(shapes(stream).join(' '));
    }
    expect([...seen].sort()).toEqual(['NEW/NEW TRADE_LITE ACCOUNT_UPDATE TRADE/FILLED', 'NEW/NEW TRADE_LITE TRADE/FILLED ACCOUNT_UPDATE']);
  });
});

describe('listen keys', () => {
  const key = () => client.keyed('POST', '/fapi/v1/listenKey').json.listenKey as string;

  it('has 64 characters, and stays the same while it is alive', () => {
    expect(key()).toMatch(/^[0-9A-Za-z]{64}$/);
    expect(key()).toBe(key());
  });

  it('expires an hour after the last renewal, says so, and is silent then', () => {
    const stream = client.userStream();
    const listenKey = key();
    test.clock.advance(3_599_999);
    expect(client.keyed('PUT', '/fapi/v1/listenKey').json).toEqual({ listenKey });
    test.clock.advance(3_599_999);
    expect(stream.take()).toEqual([]);
    test.clock.advance(1);
    expect(stream.take()).toEqual([{ e: 'listenKeyExpired', E: test.clock.nowMs, listenKey }]);
    client.limit('BUY', '179.0000', '1');
    expect(stream.take()).toEqual([]);
    expect(client.keyed('PUT', '/fapi/v1/listenKey').json.code).toBe(-1125);
    expect(key()).not.toBe(listenKey);
  });

  it('is silent after the client closed it', () => {
    const stream = client.userStream();
    client.keyed('DELETE', '/fapi/v1/listenKey');
    client.limit('BUY', '179.0000', '1');
    expect(stream.take()).toEqual([]);
  });

  it('serves every shape of connection, wraps on /stream, filters events, and replays nothing', () => {
    client.limit('BUY', '178.0000', '1');
    const listenKey = key();
    const plain = test.connect(`/private/ws?listenKey=${listenKey}`);
    const filtered = test.connect(`/private/ws?listenKey=${listenKey}&events=ACCOUNT_UPDATE`);
    const combined = test.connect(`/private/stream?listenKey=${listenKey}`);
    const subscribed = test.connect('/private/stream?streams=');
    subscribed.send({ id: 1, method: 'SUBSCRIBE', params: [listenKey] });
    expect(subscribed.take()).toEqual([{ result: null, id: 1 }]);
    client.limit('BUY', '179.0000', '1');
    expect(plain.take()).toMatchObject([{ e: 'ORDER_TRADE_UPDATE' }]);
    expect(filtered.take()).toEqual([]);
    expect(combined.take()).toMatchObject([{ stream: listenKey, data: { e: 'ORDER_TRADE_UPDATE' } }]);
    expect(subscribed.take()).toMatchObject([{ stream: listenKey, data: { e: 'ORDER_TRADE_UPDATE' } }]);
  });

  it('accepts a connection with an unknown key and stays silent, as on any other route', () => {
    const wrong = test.connect(`/private/ws/${'x'.repeat(64)}`);
    const foreign = test.connect(`/public/ws/${key()}`);
    client.limit('BUY', '179.0000', '1');
    expect([wrong.take(), foreign.take()]).toEqual([[], []]);
  });
});
