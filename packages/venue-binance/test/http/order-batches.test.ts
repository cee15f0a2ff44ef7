/** Several orders in one request: what leaves, what each row proves, what befalls the request as a whole, and what it takes from the limits. */
import { parseClientOrderId, type RateTicket, usTime } from '@fillwright/domain';
import type { OrderReport, Outcome, TicketedOrder } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createWorld, LIMIT_BUY, STOP_SELL, type World } from '../adapter-world.ts';
import { orderAnswer } from '../payloads.ts';

const BATCH = 'POST /fapi/v1/batchOrders';
const SINGLE = 'POST /fapi/v1/order';
const IDS = ['a', 'b', 'c', 'd', 'e'].map((last) => parseClientOrderId(`q1tkr3x0${last}`));

function ticketOf({ adapter }: World): RateTicket {
  if (!adapter.rates) throw new Error('no rates');
  return adapter.rates.take('new');
}

function orders(world: World, count: number): readonly TicketedOrder[] {
  return IDS.slice(0, count).map((clientOrderId) => ({ request: { clientOrderId, terms: LIMIT_BUY }, ticket: ticketOf(world) }));
}

function submit(world: World, given: readonly TicketedOrder[]): readonly Promise<Outcome<OrderReport>>[] {
  const { batches } = world.adapter;
  if (!batches) throw new Error('no batches');
  const before = world.http.asked.length;
  const handed = batches.submit(given);
  // Each request has one order that stands for it; what has no words is none.
  const requests = world.http.asked.length - before;
  expect(handed.filter(({ isCompanion }) => isCompanion).length).toBeLessThanOrEqual(Math.max(0, given.length - requests));
  return handed.map(({ outcome }) => outcome);
}

const row = (index: number, more = {}) => orderAnswer({ clientOrderId: IDS[index], orderId: 100 + index, ...more });

/** What becomes of three orders when the batch is answered so. */
async function outcomes(status: number, body: unknown): Promise<readonly string[]> {
  const world = createWorld({ orderBatching: 'auto' });
  const pending = submit(world, orders(world, 3));
  world.http.last(BATCH).answer(status, body);
  return verdicts(pending);
}

async function verdicts(pending: readonly Promise<Outcome<OrderReport>>[]): Promise<readonly string[]> {
  return (await Promise.all(pending)).map((one) => (one.type === 'refused' && one.retry ? 'retry' : one.type));
}

const left = ({ adapter }: World, pool: string) => adapter.rates?.room().find((room) => room.pool === pool)?.left ?? Number.NaN;

describe('orders that leave together', () => {
  it('are one signed request, written in the turn of the call, with the words of single orders', () => {
    const world = createWorld({ orderBatching: 'auto' });
    void submit(world, orders(world, 5));
    const { params } = world.http.last(BATCH);
    const sent = JSON.parse(params.get('batchOrders') ?? '') as readonly Readonly<Record<string, string>>[];

    expect(world.http.asked.map(({ what }) => what)).toEqual([BATCH]);
    expect(params.get('signature')).toMatch(/^[0-9a-f]{64}$/);
    expect(sent.map(({ newClientOrderId }) => newClientOrderId)).toEqual(IDS);
    expect(sent[0]).toEqual({
      ...{ symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '0.01', price: '92000' },
      ...{ selfTradePreventionMode: 'EXPIRE_MAKER', newOrderRespType: 'RESULT', newClientOrderId: IDS[0] },
    });
  });

  it.each([
    [1, [SINGLE]],
    [2, [SINGLE, SINGLE]],
    [3, [BATCH]],
    [5, [BATCH]],
  ])('are worth a batch from three on: %i', (count, expected) => {
    const world = createWorld({ orderBatching: 'auto' });
    void submit(world, orders(world, count));

    expect(world.http.asked.map(({ what }) => what)).toEqual(expected);
  });

  it('leave alone when they are fewer than five and a quarter of the ten seconds is used, for a batch costs as much as five', () => {
    for (const [count, expected] of [
      [4, [SINGLE, SINGLE, SINGLE, SINGLE]],
      [5, [BATCH]],
    ] as const) {
      const world = createWorld({ orderBatching: 'auto' });
      while (left(world, 'orders-10s') > 227) ticketOf(world);
      void submit(world, orders(world, count));

      expect(world.http.asked.map(({ what }) => what)).toEqual(expected);
    }
  });

  it('leave those alone that only reduce: alone they pass where the venue throttles', () => {
    const world = createWorld({ orderBatching: 'auto' });
    const [first, ...others] = orders(world, 4);
    if (!first) throw new Error('four');
    void submit(world, [...others, { ...first, request: { ...first.request, terms: { ...LIMIT_BUY, reduceOnly: true } } }]);

    expect(world.http.asked.map(({ what }) => what)).toEqual([BATCH, SINGLE]);
    expect(world.http.last(SINGLE).params.get('reduceOnly')).toBe('true');
  });

  it('leave those alone that have no ticket, are conditional, have no words, or are close to their deadline', async () => {
    const world = createWorld({ orderBatching: 'auto' });
    const [first, second, third] = orders(world, 3);
    if (!first || !second || !third) throw new Error('three');
    const { price: _none, ...unpriced } = LIMIT_BUY;
    const close = { ...first.request, notAfterTs: usTime(world.clock.wallUs() + 499_000) };
    const pending = submit(world, [
      { request: { ...first.request, terms: STOP_SELL }, ticket: ticketOf(world) },
      { ...first, request: close },
      second,
      { request: { ...first.request, terms: unpriced }, ticket: ticketOf(world) },
      { request: third.request },
    ]);

    expect(world.http.asked.map(({ what }) => what)).toEqual(['POST /fapi/v1/algoOrder', SINGLE, SINGLE, SINGLE]);
    expect(await pending[3]).toMatchObject({ type: 'refused', reason: { code: 'BAD_TERMS' } });
  });

  it('have the window of the earliest deadline among them', () => {
    const world = createWorld({ orderBatching: 'auto' });
    const deadlines = [3_000_000, 900_000, 2_000_000].map((us) => usTime(world.clock.wallUs() + us));
    const given = orders(world, 3).map((order, index) => ({
      ...order,
      request: { ...order.request, notAfterTs: deadlines[index] as never },
    }));
    void submit(world, given);

    expect(world.http.last(BATCH).params.get('recvWindow')).toBe('900');
    expect(world.http.last(BATCH).params.has('notAfter')).toBe(false);
    expect(world.http.last(BATCH).params.get('batchOrders')).not.toContain('notAfter');
  });

  it('take what a batch costs instead of what they had, and no more when it is answered', async () => {
    const world = createWorld({ orderBatching: 'auto' });
    const before = ['weight', 'orders-10s', 'orders-1m'].map((pool) => left(world, pool));
    const given = orders(world, 3);
    const pending = submit(world, given);
    world.http.last(BATCH).answer(200, [row(0), row(1), row(2)]);
    await Promise.all(pending);
    for (const { ticket } of given) if (ticket) world.adapter.rates?.giveBack(ticket);

    const after = ['weight', 'orders-10s', 'orders-1m'].map((pool) => left(world, pool));
    expect(before.map((room, at) => room - (after[at] ?? 0))).toEqual([5, 5, 3]);
  });

  it('leave alone when a batch has no room in the limits', () => {
    const world = createWorld({ orderBatching: 'auto' });
    const given = orders(world, 3);
    while (world.adapter.rates?.waitUs('new') === 0) ticketOf(world);
    void submit(world, given);

    expect(world.http.asked.map(({ what }) => what)).toEqual([SINGLE, SINGLE, SINGLE]);
  });

  it('give all room back when nothing was written, and may be sent again', async () => {
    const world = createWorld({ orderBatching: 'auto' });
    const before = left(world, 'orders-10s');
    const given = orders(world, 3);
    world.adapter.keepQuiet?.(usTime(world.clock.wallUs() + 30e6));

    expect(await verdicts(submit(world, given))).toEqual(['retry', 'retry', 'retry']);
    expect(world.http.asked).toEqual([]);
    expect(left(world, 'orders-10s')).toBe(before);
  });

  it('have no such way unless it is wanted, nor while the WebSocket API is up', () => {
    expect(createWorld().adapter.batches).toBeUndefined();
    const wsOnly = createWorld({ orderBatching: 'auto', orderTransport: 'ws', wsApiUrl: 'ws://venue.test/api' });
    expect(wsOnly.adapter.batches?.isOpen).toBe(false);
    const either = createWorld({ orderBatching: 'auto', orderTransport: 'auto', wsApiUrl: 'ws://venue.test/api' });
    expect(either.adapter.batches?.isOpen).toBe(true);
  });
});

const MARGIN = { code: -2019, msg: 'Margin is insufficient.' };

describe('an order that leaves with others', () => {
  it('shares a request with the first of them, and is no companion when it leaves alone', () => {
    const world = createWorld({ orderBatching: 'auto' });
    const companions = (count: number) => world.adapter.batches?.submit(orders(world, count)).map(({ isCompanion }) => isCompanion);

    expect(companions(5)).toEqual([false, true, true, true, true]);
    expect(companions(2)).toEqual([false, false]);
  });
});

describe('what a row of the answer proves', () => {
  it.each([
    ['an order', row(1), 'confirmed'],
    ['margin, position, market', MARGIN, 'refused'],
    ['a filter', { code: -4164, msg: 'notional' }, 'refused'],
    ['post only would take', { code: -5022, msg: 'Post Only order will be rejected.' }, 'refused'],
    ['a bad parameter', { code: -1111, msg: 'Precision' }, 'refused'],
    ['too late at the engine', { code: -5028, msg: 'outside of the ME recvWindow' }, 'retry'],
    ['throttled', { code: -1008, msg: 'throttled' }, 'retry'],
    ['too many orders', { code: -1015, msg: 'Too many new orders.' }, 'retry'],
    ['execution status unknown', { code: -1007, msg: 'Timeout' }, 'unknown'],
    ['an internal error', { code: -1001, msg: 'Internal error' }, 'unknown'],
    ['a duplicate id', { code: -4116, msg: 'ClientOrderId is duplicated.' }, 'unknown'],
    ['a code of tomorrow', { code: -9999, msg: 'new' }, 'unknown'],
    ['an order of which a word is new', row(1, { status: 'ODD' }), 'unknown'],
    ['nothing', null, 'unknown'],
    ['a success without an order', { code: 200, msg: 'ok' }, 'unknown'],
  ])('%s', async (_name, answer, expected) => {
    expect(await outcomes(200, [row(0), answer, row(2)])).toEqual(['confirmed', expected, 'confirmed']);
  });

  it('is nothing when it is about another order, and refusals beside it may be about another, too', async () => {
    expect(await outcomes(200, [row(0), row(2), MARGIN])).toEqual(['confirmed', 'unknown', 'unknown']);
    expect(await outcomes(200, [row(1), row(0), row(2)])).toEqual(['unknown', 'unknown', 'confirmed']);
    expect(await outcomes(200, [row(0, { symbol: 'ETHUSDT' }), MARGIN, row(2)])).toEqual(['unknown', 'unknown', 'confirmed']);
  });

  it('is nothing of those that have none: with too few or too many rows no refusal has a certain order', async () => {
    expect(await outcomes(200, [row(0), MARGIN])).toEqual(['confirmed', 'unknown', 'unknown']);
    expect(await outcomes(200, [row(0), MARGIN, row(2), row(3)])).toEqual(['confirmed', 'unknown', 'confirmed']);
    expect(await outcomes(200, [])).toEqual(['unknown', 'unknown', 'unknown']);
  });

  it('samples the clock anew before what came too late is sent again', async () => {
    const world = createWorld({ orderBatching: 'auto' });
    const pending = submit(world, orders(world, 3));
    world.http.last(BATCH).answer(200, [row(0), { code: -5028, msg: 'late' }, row(2)]);

    expect(await verdicts(pending)).toEqual(['confirmed', 'retry', 'confirmed']);
    expect(world.http.count('GET /fapi/v1/time')).toBe(3);
  });
});

describe('what befalls a batch as a whole', () => {
  it.each([
    [200, '<html>', 'unknown'],
    [200, '', 'unknown'],
    [200, {}, 'unknown'],
    [200, MARGIN, 'unknown'],
    [500, '', 'unknown'],
    [502, 'Bad Gateway', 'unknown'],
    [504, '', 'unknown'],
    [408, '', 'unknown'],
    [503, 'Unknown error, please check your request or try again later.', 'unknown'],
    [503, 'Service Unavailable.', 'retry'],
    [503, { code: -1008, msg: 'throttled' }, 'retry'],
    [400, { code: -1007, msg: 'Timeout' }, 'unknown'],
    // Said of one order, it says nothing of the others.
    [400, MARGIN, 'unknown'],
    [400, { code: -1111, msg: 'Precision' }, 'unknown'],
    [400, { code: -4164, msg: 'notional' }, 'unknown'],
    [400, { code: -5022, msg: 'Post Only order will be rejected.' }, 'unknown'],
    [400, { code: -5028, msg: 'outside of the ME recvWindow' }, 'unknown'],
    [400, { code: -4083, msg: 'batch failed' }, 'unknown'],
    [400, { code: -4082, msg: 'Invalid number of batch place orders.' }, 'refused'],
    [400, { code: -1130, msg: "Data sent for parameter 'batchOrders' is not valid." }, 'refused'],
    [400, { code: -1021, msg: 'outside of the recvWindow' }, 'retry'],
    [401, { code: -2015, msg: 'Invalid API-key' }, 'refused'],
    [403, '<html>Forbidden</html>', 'refused'],
    [429, { code: -1003, msg: 'Too many requests.' }, 'retry'],
  ])('HTTP %s, %j: %s', async (status, body, expected) => {
    expect(await outcomes(status, body)).toEqual([expected, expected, expected]);
  });

  it('tells "never sent" from "perhaps sent", as one outcome of all', async () => {
    const world = createWorld({ orderBatching: 'auto' });
    const refused = submit(world, orders(world, 3));
    world.http.last(BATCH).fail({ reason: 'refused', sent: 'no', message: 'ECONNREFUSED' });
    expect(await verdicts(refused)).toEqual(['retry', 'retry', 'retry']);

    const cut = submit(world, orders(world, 3));
    world.http.last(BATCH).fail({ reason: 'cut', sent: 'maybe', message: 'socket hang up' });
    const all = await Promise.all(cut);
    expect(new Set(all).size).toBe(1);
    expect(all[0]?.type).toBe('unknown');
  });
});

describe('whatever the venue answers', () => {
  const rows = [
    ...IDS.map((_, index) => row(index)),
    ...[MARGIN, { code: -1007, msg: 'Timeout' }, { code: -5022, msg: 'post only' }, null, 17, 'text', {}, []],
  ];

  it('confirms only the order that its own row names, and refuses only where every row has its place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...rows), { maxLength: 7 }), async (answer) => {
        const world = createWorld({ orderBatching: 'auto' });
        const pending = submit(world, orders(world, 4));
        world.http.last(BATCH).answer(200, answer);
        const all = await Promise.all(pending);
        const isStrange = (one: unknown, at: number) => (one as { clientOrderId?: string } | null)?.clientOrderId !== IDS[at];
        const misplaced = answer.slice(0, 4).some((one, at) => rows.indexOf(one) < IDS.length && isStrange(one, at));

        expect(all).toHaveLength(4);
        for (const [at, outcome] of all.entries()) {
          if (outcome.type === 'confirmed') expect([outcome.value.clientOrderId, answer[at]]).toEqual([IDS[at], row(at)]);
          if (outcome.type === 'refused') expect([answer.length, misplaced]).toEqual([4, false]);
        }
      }),
      { numRuns: 300 },
    );
  });
});
