import { usTime } from '@fillwright/domain';
import { describe, expect, it } from '@jest/globals';
import { BTC, basicAnswers, createWorld, ID, LIMIT_BUY, type World } from '../adapter-world.ts';
import { EXCHANGE_INFO, orderAnswer } from '../payloads.ts';
import { settle, type VirtualClock } from '../virtual-clock.ts';

const OPEN_ORDERS = 'GET /fapi/v1/openOrders';
const ORDER = 'POST /fapi/v1/order';
const CANCEL = 'DELETE /fapi/v1/order';
const REF = { instrument: BTC, clientOrderId: ID, conditional: false };
/** The clock of the venue is 40 ms ahead and stands at 40 s of a minute; the gate holds back half a second more around a turn. */
const TO_NEXT_MINUTE_MS = 20_000 - 40 + 500;

interface Quotas {
  readonly weight: number;
  readonly orders10s: number;
}

function exchangeInfo({ weight, orders10s }: Quotas) {
  const rateLimits = [
    { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: weight },
    { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: orders10s },
    { rateLimitType: 'ORDERS', interval: 'MINUTE', intervalNum: 1, limit: 1_000 },
    { rateLimitType: 'RAW_REQUESTS', interval: 'MINUTE', intervalNum: 5, limit: 1 },
  ];
  return { ...EXCHANGE_INFO, rateLimits };
}

function answers(clock: VirtualClock, quotas: Quotas) {
  return (what: string): readonly [number, unknown] | undefined => {
    if (what === 'GET /fapi/v1/exchangeInfo') return [200, exchangeInfo(quotas)];
    if (what === OPEN_ORDERS) return [200, []];
    if (what === 'GET /fapi/v3/balance' || what === 'GET /fapi/v3/positionRisk') return [200, []];
    if (what === ORDER || what === CANCEL) return [200, orderAnswer()];
    return basicAnswers(what, clock);
  };
}

async function makeWorld(quotas: Partial<Quotas> = {}, overrides: Parameters<typeof createWorld>[0] = {}): Promise<World> {
  const world = createWorld(overrides);
  world.http.auto = answers(world.clock, { weight: 2_400, orders10s: 300, ...quotas });
  expect((await world.adapter.prepare()).type).toBe('confirmed');
  return world;
}

function left({ adapter }: World, pool: string): number | undefined {
  return adapter.rates?.room().find((room) => room.pool === pool)?.left;
}

describe('the gate to the venue', () => {
  it('takes the limits from the exchange info, and counts what it asked for already', async () => {
    const world = await makeWorld({ weight: 1_000, orders10s: 7 }, { limits: { weightShare: 0.5 } });

    // Three times for the clock, the exchange info, the position mode.
    expect(left(world, 'weight')).toBe(500 - 3 - 1 - 30);
    expect(left(world, 'orders-10s')).toBe(7);
  });

  it('lets questions wait for the next window when there is no room, and answers them then', async () => {
    const world = await makeWorld({ weight: 100 });
    const first = await world.adapter.openOrders();
    const second = world.adapter.openOrders();
    await world.clock.pass(TO_NEXT_MINUTE_MS - 1_000);
    expect(first.type).toBe('answered');
    expect(world.http.count(OPEN_ORDERS)).toBe(1);

    await world.clock.pass(1_000);
    expect(world.http.count(OPEN_ORDERS)).toBe(2);
    expect((await second).type).toBe('answered');
  });

  it('asks at once for limits that are larger than the usual ones, when the venue counts more than those', async () => {
    const world = createWorld();
    const answer = answers(world.clock, { weight: 100_000, orders10s: 300 });
    const used = { 'x-mbx-used-weight-1m': '2447' };
    world.http.auto = (what) => {
      const [status, body] = answer(what) ?? [200, {}];
      return [status, body, used];
    };
    const preparing = world.adapter.prepare();
    await settle();

    expect((await preparing).type).toBe('confirmed');
    expect(left(world, 'weight')).toBeGreaterThan(97_000);
  });

  it('lets a cancel pass while questions wait: a part of the weight is kept for it', async () => {
    const world = await makeWorld({ weight: 100 });
    void world.adapter.openOrders();
    void world.adapter.openOrders();
    await settle();
    const canceled = world.adapter.cancel(REF);

    expect(world.http.count(CANCEL)).toBe(1);
    expect((await canceled).type).toBe('confirmed');
  });

  it('admits an order by a ticket that is used up when it is written, and given back when it is not', async () => {
    const world = await makeWorld({ orders10s: 10 });
    const { rates } = world.adapter;
    if (!rates) throw new Error('no rates');
    const used = rates.take('new');
    const unused = rates.take('new');
    expect(left(world, 'orders-10s')).toBe(8);

    await world.adapter.submit({ clientOrderId: ID, terms: LIMIT_BUY }, used);
    rates.giveBack(used);
    rates.giveBack(unused);
    expect(left(world, 'orders-10s')).toBe(9);
    expect(rates.waitUs('new')).toBe(0);
    for (let taken = 0; taken < 8; taken += 1) rates.take('new');
    expect(rates.waitUs('new')).toBeGreaterThan(0);
    expect(rates.waitUs('reduce')).toBe(0);
    expect(rates.waitUs('cancel')).toBe(0);
  });

  it('counts orders of a process before it, by their age', async () => {
    const world = await makeWorld({ orders10s: 10 });
    await world.clock.pass(2_000);
    world.adapter.rates?.recall([100_000, 1_900_000, 9_000_000, 30_000_000]);

    expect(left(world, 'orders-10s')).toBe(8);
    expect(left(world, 'orders-1m')).toBe(1_000 - 4);
  });

  it('makes room for what others use of the address or the account', async () => {
    const world = await makeWorld({ orders10s: 10 });
    world.http.auto = () => undefined;
    // Near the turn of a window it would not be certain which one is meant.
    await world.clock.pass(2_000);
    const placed = world.adapter.submit({ clientOrderId: ID, terms: LIMIT_BUY });
    world.http.last(ORDER).answer(200, orderAnswer(), { 'x-mbx-order-count-10s': '6', 'x-mbx-used-weight-1m': '2000' });
    await placed;

    expect(left(world, 'orders-10s')).toBe(4);
    expect(left(world, 'weight')).toBe(400);
  });

  it('refuses everything during a ban, whoever was told of it: further pages and listen keys as well', async () => {
    const world = await makeWorld();
    world.adapter.keepQuiet?.(usTime(world.clock.wallUs() + 30e6));
    expect(world.adapter.quietUntilTs).toBe(world.clock.wallUs() + 30e6);
    const before = world.http.asked.length;
    const results = await Promise.all([
      world.adapter.openOrders(),
      world.adapter.trades(BTC, {}),
      world.adapter.openPrivateStream({ onEvent: () => undefined, onDown: () => undefined }),
      world.adapter.submit({ clientOrderId: ID, terms: LIMIT_BUY }),
      world.adapter.cancel(REF),
      world.adapter.prepare(),
    ]);

    expect(results.map(({ type }) => type)).toEqual(['failed', 'failed', 'refused', 'refused', 'refused', 'unknown']);
    expect(world.http.asked).toHaveLength(before);
    await world.clock.pass(30_000);
    expect(world.adapter.quietUntilTs).toBeUndefined();
    expect((await world.adapter.openOrders()).type).toBe('answered');
  });

  it('asks for no further page once the venue has had enough', async () => {
    const world = await makeWorld();
    const trades = 'GET /fapi/v1/userTrades';
    const row = (id: number) => ({
      ...{ symbol: 'BTCUSDT', id, orderId: 1, side: 'BUY', price: '1', qty: '1', realizedPnl: '0', quoteQty: '1', commission: '0' },
      ...{ commissionAsset: 'USDT', time: 1_794_400_000_000, positionSide: 'BOTH', buyer: true, maker: false },
    });
    const asked = world.adapter.trades(BTC, { sinceTs: usTime(world.clock.wallUs() - 60e6) });
    await settle();
    const other = world.adapter.positions();
    world.http.auto = () => undefined;
    const first = world.http.last(trades);
    void world.adapter.balances();
    await settle();
    world.http.last('GET /fapi/v3/balance').answer(418, { code: -1003, msg: 'banned' }, { 'retry-after': '60' });
    await settle();
    first.answer(
      200,
      Array.from({ length: 1000 }, (_, index) => row(index + 1)),
    );

    expect(await asked).toMatchObject({ type: 'failed', reason: { code: 'NOT_SENT' } });
    expect(world.http.count(trades)).toBe(1);
    await other;
  });

  it('ends what waits when a ban comes, and when it is closed', async () => {
    const world = await makeWorld({ weight: 100 });
    await world.adapter.openOrders();
    const waiting = world.adapter.openOrders();
    world.adapter.keepQuiet?.(usTime(world.clock.wallUs() + 30e6));
    expect(await waiting).toMatchObject({ type: 'failed', reason: { text: expect.stringContaining('30 s') } });

    const closed = await makeWorld({ weight: 100 });
    await closed.adapter.openOrders();
    const late = closed.adapter.openOrders();
    await closed.adapter.close();
    expect(await late).toMatchObject({ type: 'failed', reason: { text: expect.stringContaining('closed') } });
  });

  it('gives up on a question that found no room for longer than any window', async () => {
    const world = await makeWorld({ weight: 100 });
    // Others use all of it, minute after minute.
    world.http.auto = (what) => (what === OPEN_ORDERS ? undefined : [200, []]);
    const all = Array.from({ length: 4 }, () => world.adapter.openOrders());
    for (let minute = 0; minute < 3; minute += 1) {
      await world.clock.pass(30_000);
      for (const asked of world.http.asked) if (asked.what === OPEN_ORDERS) asked.answer(200, []);
      await world.clock.pass(30_000);
    }

    const results = await Promise.all(all);
    expect(results.at(-1)).toMatchObject({ type: 'failed', reason: { code: 'NOT_SENT', text: expect.stringContaining('no room') } });
  });

  it('keeps to ceilings of our own, which are not for cancels', async () => {
    const world = await makeWorld({}, { limits: { pace: { perSecond: 10, burst: 5 }, requestsPerMinute: 100 } });
    const before = world.http.asked.length;
    const all = Array.from({ length: 4 }, () => world.adapter.positions());
    await settle();
    // The five of the preparation used up the burst.
    expect(world.http.asked).toHaveLength(before);
    expect((await world.adapter.cancel(REF)).type).toBe('confirmed');

    await world.clock.pass(400);
    expect((await Promise.all(all)).map(({ type }) => type)).toEqual(Array(4).fill('answered'));
    expect(left(world, 'requests-1m')).toBe(100 - 5 - 4);
  });

  it('weighs each attempt to open the WebSocket API', async () => {
    const world = createWorld({ orderTransport: 'ws', wsApiUrl: 'ws://venue.test/ws-fapi/v1' });
    world.http.auto = answers(world.clock, { weight: 2_400, orders10s: 300 });
    const prepared = world.adapter.prepare();
    await world.clock.pass(0);
    world.connector.to('ws-fapi').open();
    await prepared;

    expect(left(world, 'weight')).toBe(2_400 - 34 - 5);
  });

  it('does not knock at the WebSocket API during a ban, and takes 429 at its door for one', async () => {
    const world = createWorld({ orderTransport: 'ws', wsApiUrl: 'ws://venue.test/ws-fapi/v1' });
    world.http.auto = answers(world.clock, { weight: 2_400, orders10s: 300 });
    const prepared = world.adapter.prepare();
    await world.clock.pass(0);
    world.connector.to('ws-fapi').refuse(429);
    await prepared;
    const attempts = () => world.connector.sockets.filter(({ options }) => options.url.includes('ws-fapi')).length;
    expect(world.bans).toEqual([[world.clock.wallUs() + 60e6, expect.any(String)]]);
    expect(attempts()).toBe(1);

    await world.clock.pass(59_000);
    expect(attempts()).toBe(1);
    await world.clock.pass(40_000);
    expect(attempts()).toBeGreaterThan(1);
  });
});
