/** Faults by seed, and rules that are there from the start. */
import type { ServerReply } from '@fillwright/runtime/ports';
import { describe, expect, it } from '@jest/globals';
import { INCIDENT_KINDS } from '../../src/fault/storm-incidents.ts';
import { TestVenue } from '../kit.ts';

const LONG = {
  weightPerMinute: 1e9,
  ordersPer10Seconds: 1e9,
  ordersPerMinute: 1e9,
  strikesToBan: 1e9,
  banMs: 1,
  connectionsPer5Minutes: 1e9,
};

/** A stubborn client: what it asked and what it was told, faults and all. */
async function minutes(test: TestVenue, many: number): Promise<string> {
  const client = test.client();
  const heard: string[] = [];
  for (let n = 0; n < many * 12; n += 1) {
    const id = `${test.clock.nowMs}`;
    const terms = { symbol: 'SOLUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '179', quantity: '1', newClientOrderId: id };
    const asked: (ServerReply | Promise<ServerReply>)[] = [client.start('POST', '/fapi/v1/order', terms)];
    test.clock.advance(2_500);
    asked.push(client.start('DELETE', '/fapi/v1/order', { symbol: 'SOLUSDT', origClientOrderId: id }));
    asked.push(client.start('GET', '/fapi/v3/account'));
    asked.push(client.start('POST', '/fapi/v1/listenKey'));
    test.clock.advance(2_500);
    heard.push(...(await Promise.all(asked)).map((reply) => JSON.stringify(reply)));
  }
  return heard.join('\n');
}

function stormy(test: TestVenue, more: Record<string, unknown> = {}): void {
  expect(test.control('POST', 'storm', { perMinute: 60, ...more }).status).toBe(200);
}

describe('a storm', () => {
  it('is the same with the same seed, another with another, and none without', async () => {
    const run = async (seed: string, blows: boolean) => {
      const test = await TestVenue.quiet({ seed, limits: LONG });
      if (blows) stormy(test);
      return minutes(test, 4);
    };
    const [one, same, other, calm] = [await run('a', true), await run('a', true), await run('b', true), await run('a', false)];
    expect(same).toBe(one);
    expect(other).not.toBe(one);
    expect(one).toMatch(/-100[0-9]|Unknown error|"reset"/);
    expect(calm).not.toMatch(/-100[0-9]|Unknown error|"reset"/);
  });

  it('goes on from a dump as if nothing had been', async () => {
    const test = await TestVenue.quiet({ limits: LONG });
    stormy(test, {
      perMinute: 40,
      kinds: INCIDENT_KINDS.filter((kind) => !/^(read-lag|stale-depth|late-execution|delay)/.test(kind)).join(','),
    });
    await minutes(test, 2);
    test.control('POST', 'dump', { file: 'storm.state' });
    const other = await TestVenue.quiet({ limits: LONG });
    other.clock.advance(test.clock.nowMs - other.clock.nowMs);
    other.disk.writeAtomic('storm.state', test.disk.readWhole('storm.state'));
    test.control('POST', 'load', { file: 'storm.state' });
    other.control('POST', 'load', { file: 'storm.state' });

    expect(await minutes(other, 3)).toBe(await minutes(test, 3));
  });

  it.each(INCIDENT_KINDS)('of %s passes, and leaves the venue as it was', async (kind) => {
    const test = await TestVenue.quiet({ limits: LONG });
    const published = test.now(test.raw('GET', '/fapi/v1/exchangeInfo')).json.symbols;
    stormy(test, { perMinute: 120, kinds: kind });
    const sockets = [test.client().userStream(), test.connect('/public/ws/solusdt@bookTicker'), test.connect('/ws-fapi/v1')];
    await minutes(test, 1);
    test.control('POST', 'storm', { perMinute: 0 });
    for (const socket of sockets) socket.end(1000, '');
    test.clock.advance(60_000);

    expect(test.control('GET', 'faults').json).toEqual([]);
    expect(test.now(test.raw('GET', '/fapi/v1/exchangeInfo')).json.symbols).toEqual(published);
    expect(test.now(test.raw('GET', '/fapi/v1/time')).json.serverTime).toBe(test.clock.nowMs);
    const { symbols, ...ends } = { symbols: 'SOLUSDT', price: '171' };
    const order = test.client().limit('BUY', ends.price, '1', { symbol: symbols });
    expect(order).toMatchObject({ status: 200, json: { status: 'NEW' } });
    const stream = test.client().userStream();
    test.client().call('DELETE', '/fapi/v1/order', { symbol: 'SOLUSDT', orderId: order.json.orderId });
    expect(stream.take().map(({ o }) => o.X)).toEqual(['CANCELED']);
  });

  it('is refused with an unknown kind', async () => {
    const test = await TestVenue.quiet();
    expect(test.control('POST', 'storm', { perMinute: 5, kinds: 'meteor' })).toMatchObject({
      status: 400,
      json: { error: expect.stringContaining('clock-jump') },
    });
  });

  it('blows from the start when the options say so, rules too', async () => {
    const test = await TestVenue.quiet({
      storm: { perMinute: 600, kinds: ['halt'] },
      faults: [{ kind: 'ban', method: 'GET', probability: 1, delayMs: 0, left: 1 }],
    });
    expect(test.now(test.raw('GET', '/fapi/v1/ping')).status).toBe(418);
    expect(test.now(test.raw('GET', '/fapi/v1/ping')).status).toBe(200);
    test.clock.advance(10_000);
    expect(test.control('GET', 'markets').text).toContain('TRADING_HALT');
  });
});

describe('filters that change', () => {
  it('bind new orders at once, are published, and leave what rests', async () => {
    const test = await TestVenue.quiet();
    const client = test.client();
    client.limit('BUY', '179', '1');
    expect(test.control('POST', 'filters', { symbol: 'SOLUSDT', minNotional: '500', maxQty: '50' }).status).toBe(200);
    expect(client.limit('BUY', '179', '1').json.code).toBe(-4164);
    expect(client.limit('BUY', '179', '51').json.code).toBe(-4005);
    expect(client.limit('BUY', '179', '3').status).toBe(200);
    expect(client.call('GET', '/fapi/v1/openOrders').json).toHaveLength(2);
    const { filters } = test
      .now(test.raw('GET', '/fapi/v1/exchangeInfo'))
      .json.symbols.find((one: { readonly symbol: string }) => one.symbol === 'SOLUSDT');
    expect(filters).toContainEqual(expect.objectContaining({ filterType: 'MIN_NOTIONAL', notional: '500' }));
    test.control('POST', 'dump', { file: 'f' });
    test.control('POST', 'load', { file: 'f' });
    expect(test.client().limit('BUY', '179', '1').json.code).toBe(-4164);
  });

  it.each([{ minNotional: '-1' }, { tickSize: '1' }, { minPrice: '0.001' }])('are refused when they make no sense: %j', async (wrong) => {
    const test = await TestVenue.quiet();
    expect(test.control('POST', 'filters', { symbol: 'SOLUSDT', ...wrong }).status).toBe(400);
  });
});

describe('the child of a conditional order', () => {
  it('is refused at its trigger, once', async () => {
    const test = await TestVenue.quiet();
    const client = test.client();
    test.control('POST', 'algo', { rejectNext: 1 });
    const stream = client.userStream();
    const stop = {
      symbol: 'SOLUSDT',
      algoType: 'CONDITIONAL',
      side: 'BUY',
      type: 'STOP',
      quantity: '1',
      price: '185',
      triggerPrice: '182',
    };
    for (const clientAlgoId of ['first', 'second']) {
      client.call('POST', '/fapi/v1/algoOrder', { ...stop, timeInForce: 'GTC', workingType: 'MARK_PRICE', clientAlgoId });
    }
    test.control('POST', 'mark', { symbol: 'SOLUSDT', price: '183' });
    const updates = stream.take().filter(({ e }) => e === 'ALGO_UPDATE');
    const last = (id: string) => updates.findLast(({ o }) => o.caid === id)?.o;

    expect(last('first')).toMatchObject({ X: 'REJECTED', rm: 'Margin is insufficient.' });
    expect(last('second')).toMatchObject({ X: 'TRIGGERED' });
  });
});
