import { createHmac, generateKeyPairSync, verify } from 'node:crypto';
import { usTime } from '@fillwright/domain';
import { Secret } from '@fillwright/runtime/ports';
import type { OrderReport, Outcome } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { createWorld, ID, LIMIT_BUY, STOP_SELL, type World } from '../adapter-world.ts';
import type { FakeSocket } from '../fake-venue.ts';
import { orderAnswer } from '../payloads.ts';

const API = 'ws://venue.test/ws-fapi/v1';
const NEW_ORDER = orderAnswer();

interface Frame {
  readonly id: string;
  readonly method: string;
  readonly params: Readonly<Record<string, string | number>>;
}

async function openWorld(overrides: Parameters<typeof createWorld>[0] = {}): Promise<World & { readonly socket: FakeSocket }> {
  const world = createWorld({ orderTransport: 'ws', wsApiUrl: API, ...overrides });
  const prepared = world.adapter.prepare();
  await world.clock.pass(0);
  const socket = world.connector.to('ws-fapi');
  socket.open();
  if (overrides.apiSecret === undefined) expect((await prepared).type).toBe('confirmed');
  return { ...world, socket };
}

/** Prepared while the WebSocket API could not be reached. */
async function createUnreachable(orderTransport: 'ws' | 'auto'): Promise<World> {
  const world = createWorld({ orderTransport, wsApiUrl: API });
  const prepared = world.adapter.prepare();
  await world.clock.pass(0);
  world.connector.to('ws-fapi').cut();
  expect((await prepared).type).toBe('confirmed');
  return world;
}

function frames(socket: FakeSocket): readonly Frame[] {
  return socket.sent.map((text) => JSON.parse(text) as Frame);
}

function lastFrame(socket: FakeSocket): Frame {
  const frame = frames(socket).at(-1);
  if (frame === undefined) throw new Error('nothing was written');
  return frame;
}

const place = ({ adapter }: World): Promise<Outcome<OrderReport>> => adapter.submit({ clientOrderId: ID, terms: LIMIT_BUY });

describe('an order over the WebSocket API', () => {
  it('is written in the turn of the call, with the signature over its sorted values, and read as an answer of REST is', async () => {
    const world = await openWorld();
    const outcome = place(world);
    const { id, method, params } = lastFrame(world.socket);
    expect(method).toBe('order.place');
    const { signature, ...signed } = params;
    const payload = Object.entries(signed)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`)
      .join('&');
    expect(signature).toBe(createHmac('sha256', 'secret').update(payload).digest('hex'));
    expect(params).toMatchObject({ apiKey: 'key', newClientOrderId: ID, price: '92000', recvWindow: 5000, timestamp: expect.any(Number) });
    world.socket.receive({ id, status: 200, result: NEW_ORDER, rateLimits: [] });
    expect(await outcome).toMatchObject({ type: 'confirmed', value: { clientOrderId: ID, phase: 'new' } });
    expect(world.http.count('POST /fapi/v1/order')).toBe(0);
  });

  it('has a narrower window where it is to be refused sooner', async () => {
    const world = await openWorld();
    void world.adapter.submit({ clientOrderId: ID, terms: LIMIT_BUY, notAfterTs: usTime(world.clock.wallUs() + 900_000) });

    const { signature, ...signed } = lastFrame(world.socket).params;
    expect(signed.recvWindow).toBe(900);
    const sorted = Object.entries(signed).sort(([a], [b]) => (a < b ? -1 : 1));
    const payload = sorted.map(([name, value]) => `${name}=${value}`).join('&');
    expect(signature).toBe(createHmac('sha256', 'secret').update(payload).digest('hex'));
  });

  it('goes to the Algo service when it is conditional, and its cancel too', async () => {
    const world = await openWorld();
    void world.adapter.submit({ clientOrderId: ID, terms: STOP_SELL });
    void world.adapter.cancel({ instrument: STOP_SELL.instrument, clientOrderId: ID, conditional: true });
    expect(frames(world.socket).map(({ method }) => method)).toEqual(['algoOrder.place', 'algoOrder.cancel']);
  });

  it('keeps all digits of a venue id as a number', async () => {
    const world = await openWorld();
    const venueOrderId = '8389765543210987654' as never;
    void world.adapter.cancel({ instrument: LIMIT_BUY.instrument, clientOrderId: ID, venueOrderId, conditional: false });
    expect(world.socket.sent.at(-1)).toContain('"orderId":8389765543210987654');
  });

  it.each([
    [400, { code: -2019, msg: 'Margin is insufficient.' }, { type: 'refused', reason: { code: 'BINANCE_2019' }, retry: false }],
    [400, { code: -1021, msg: 'Timestamp for this request is outside of the recvWindow.' }, { type: 'refused', retry: true }],
    [408, { code: -1007, msg: 'Timeout waiting for response from backend server.' }, { type: 'unknown' }],
    [503, { code: -1000, msg: 'Unknown error, please check your request or try again later.' }, { type: 'unknown' }],
    [500, { msg: 'no code' }, { type: 'unknown' }],
  ])('has the outcome of the same table: %d %j', async (status, error, expected) => {
    const world = await openWorld();
    const outcome = place(world);
    world.socket.receive({ id: lastFrame(world.socket).id, status, error });
    expect(await outcome).toMatchObject(expected);
  });

  it('is unknown when the connection ends before its answer', async () => {
    const world = await openWorld();
    const outcome = place(world);
    world.socket.cut();
    expect(await outcome).toMatchObject({ type: 'unknown', reason: { code: 'NO_ANSWER' } });
  });

  it('is unknown when no answer comes in time, and an answer that comes later belongs to nobody', async () => {
    const world = await openWorld({ commandTimeoutMs: 1_000 });
    const first = place(world);
    const { id } = lastFrame(world.socket);
    await world.clock.pass(1_001);
    expect(await first).toMatchObject({ type: 'unknown', reason: { code: 'NO_ANSWER' } });
    const second = place(world);
    world.socket.receive({ id, status: 400, error: { code: -2019, msg: 'Margin is insufficient.' } });
    world.socket.receive({ id: lastFrame(world.socket).id, status: 200, result: NEW_ORDER });
    expect(await second).toMatchObject({ type: 'confirmed' });
  });

  it('is unknown when its answer has neither result nor error, and answers that are no JSON end nothing', async () => {
    const world = await openWorld();
    const outcome = place(world);
    world.socket.receive('{"id":');
    world.socket.receive({ id: lastFrame(world.socket).id, status: 200 });
    expect(await outcome).toMatchObject({ type: 'unknown', reason: { code: 'UNREADABLE_ANSWER' } });
    expect(world.logged).toContain('venue-answer-unreadable');
  });

  it('matches answers by id, in whatever order they come', async () => {
    const world = await openWorld();
    const first = place(world);
    const second = place(world);
    const [a, b] = frames(world.socket);
    world.socket.receive({ id: b?.id, status: 400, error: { code: -2019, msg: 'Margin is insufficient.' } });
    world.socket.receive({ id: a?.id, status: 200, result: NEW_ORDER });
    expect([(await first).type, (await second).type]).toEqual(['confirmed', 'refused']);
  });
});

describe('which way a command goes', () => {
  it('auto: REST while the channel is down, WebSocket while it is up, and never both for one order', async () => {
    const world = await createUnreachable('auto');
    void place(world);
    expect(world.http.count('POST /fapi/v1/order')).toBe(1);
    await world.clock.pass(1_500);
    const socket = world.connector.to('ws-fapi');
    socket.open();
    void place(world);
    expect([world.http.count('POST /fapi/v1/order'), socket.sent.length]).toEqual([1, 1]);
    socket.cut();
    void place(world);
    expect([world.http.count('POST /fapi/v1/order'), socket.sent.length]).toEqual([2, 1]);
  });

  it('ws: an order is refused with the proof that it was not sent, a cancel goes over REST', async () => {
    const world = await createUnreachable('ws');
    expect(await place(world)).toMatchObject({ type: 'refused', reason: { code: 'NOT_SENT' }, retry: true });
    void world.adapter.cancel({ instrument: LIMIT_BUY.instrument, clientOrderId: ID, conditional: false });
    expect(world.http.count('DELETE /fapi/v1/order')).toBe(1);
  });

  it('auto: what does not fit into the channel goes over REST', async () => {
    const world = await openWorld({ orderTransport: 'auto', wsInFlight: 2 });
    for (let n = 0; n < 3; n++) void place(world);
    expect([world.socket.sent.length, world.http.count('POST /fapi/v1/order')]).toEqual([2, 1]);
  });

  it('ws: cancels and questions take no place of an order', async () => {
    const world = await openWorld({ wsInFlight: 2 });
    const order = { instrument: LIMIT_BUY.instrument, clientOrderId: ID, conditional: false };
    for (let n = 0; n < 5; n++) void world.adapter.cancel(order);
    for (let n = 0; n < 5; n++) void world.adapter.lookUpOrder(order);
    await world.clock.pass(0);
    for (let n = 0; n < 2; n++) void place(world);
    expect(
      frames(world.socket)
        .map(({ method }) => method)
        .sort(),
    ).toEqual([...Array(5).fill('order.cancel'), ...Array(2).fill('order.place'), ...Array(5).fill('order.status')]);
    expect(await place(world)).toMatchObject({ type: 'refused', reason: { code: 'NOT_SENT' } });
  });

  it('ws: a question is asked over REST when the channel is down, or does not answer', async () => {
    const order = { instrument: LIMIT_BUY.instrument, clientOrderId: ID, conditional: false };
    const down = await createUnreachable('ws');
    void down.adapter.lookUpOrder(order);
    await down.clock.pass(0);
    expect(down.http.count('GET /fapi/v1/order')).toBe(1);

    const world = await openWorld({ queryTimeoutMs: 1_000 });
    const asked = world.adapter.lookUpOrder(order);
    await world.clock.pass(0);
    expect([lastFrame(world.socket).method, world.http.count('GET /fapi/v1/order')]).toEqual(['order.status', 0]);
    world.socket.receive({ id: lastFrame(world.socket).id, status: 400, error: { code: -2013, msg: 'Order does not exist.' } });
    expect(await asked).toEqual({ type: 'absent' });
    void world.adapter.lookUpOrder(order);
    await world.clock.pass(1_001);
    expect(world.http.count('GET /fapi/v1/order')).toBe(1);
  });

  it('rest: nobody connects to the WebSocket API', async () => {
    const world = createWorld({ wsApiUrl: API });
    await world.adapter.prepare();
    expect(world.connector.sockets).toEqual([]);
  });

  it('names what is missing when there is no address', () => {
    expect(() => createWorld({ orderTransport: 'auto' })).toThrow(expect.objectContaining({ code: 'BIN_BAD_URL' }));
  });
});

describe('the connection of orders', () => {
  it('comes back after a cut', async () => {
    const world = await openWorld();
    world.socket.cut();
    await world.clock.pass(1_500);
    const next = world.connector.to('ws-fapi');
    expect(next).not.toBe(world.socket);
    next.open();
    void place(world);
    expect(next.sent).toHaveLength(1);
  });

  it('is replaced when the venue announces its end: used until the next one is open, left when nothing is on its way', async () => {
    const world = await openWorld();
    const first = place(world);
    world.socket.receive({ event: { e: 'serverShutdown', E: 1_763_000_000_000 } });
    const next = world.connector.to('ws-fapi');
    const second = place(world);
    expect([world.socket.sent.length, next === world.socket]).toEqual([2, false]);
    next.open();
    const third = place(world);
    expect([world.socket.sent.length, next.sent.length, world.socket.state]).toEqual([2, 1, 'open']);
    for (const { id } of frames(world.socket)) world.socket.receive({ id, status: 200, result: NEW_ORDER });
    next.receive({ id: lastFrame(next).id, status: 200, result: NEW_ORDER });
    expect([(await first).type, (await second).type, (await third).type]).toEqual(['confirmed', 'confirmed', 'confirmed']);
    expect([world.socket.state, next.state]).toEqual(['closed', 'open']);
  });

  it('is replaced at most once a minute, also by one that hears of its own end at once', async () => {
    const world = await openWorld({ liveness: { quietMs: 48 * 3_600_000, patienceMs: 1_000 } });
    const opened = (): number => world.connector.sockets.length;
    const shutdown = { event: { e: 'serverShutdown', E: 1_763_000_000_000 } };
    const { length } = world.connector.sockets;
    world.socket.receive(shutdown);
    for (let minute = 1; minute <= 3; minute++) {
      const next = world.connector.to('ws-fapi');
      next.open();
      next.receive(shutdown);
      next.receive(shutdown);
      await world.clock.pass(58_000);
      expect(opened()).toBe(length + minute);
      await world.clock.pass(2_000);
    }
    expect(opened()).toBe(length + 4);
    const last = world.connector.to('ws-fapi');
    last.open();
    await world.clock.pass(180_000);
    void place(world);

    expect([opened(), last.sent.length]).toEqual([length + 4, 1]);
  });

  it('that went down while a cancel waited for its turn leaves it to REST', async () => {
    const world = await openWorld();
    void place(world);
    const rateLimits = [{ rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 2400, count: 2400 }];
    world.socket.receive({ id: lastFrame(world.socket).id, status: 200, result: NEW_ORDER, rateLimits });
    const canceled = world.adapter.cancel({ instrument: LIMIT_BUY.instrument, clientOrderId: ID, conditional: false });
    expect(frames(world.socket).map(({ method }) => method)).toEqual(['order.place']);
    world.socket.cut();
    await world.clock.pass(61_000);

    world.http.last('DELETE /fapi/v1/order').answer(200, { ...NEW_ORDER, status: 'CANCELED' });
    expect(await canceled).toMatchObject({ type: 'confirmed' });
  });

  it('is replaced before it is 24 h old, and goes on when the next one cannot be opened', async () => {
    const world = await openWorld({ liveness: { quietMs: 48 * 3_600_000, patienceMs: 1_000 } });
    await world.clock.pass((24 * 60 - 10) * 60_000);
    const next = world.connector.to('ws-fapi');
    expect(next).not.toBe(world.socket);
    next.cut();
    void place(world);
    expect(world.socket.sent).toHaveLength(1);
    world.socket.cut();
    await world.clock.pass(1_500);
    const last = world.connector.to('ws-fapi');
    last.open();
    void place(world);
    expect(last.sent).toHaveLength(1);
  });

  it('logs on once with an Ed25519 key and then signs no more; a refused logon means a signature each', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const apiSecret = new Secret(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    const world = await openWorld({ apiSecret, orderTransport: 'auto' });
    const logon = lastFrame(world.socket);
    expect(logon.method).toBe('session.logon');
    const { signature, ...signed } = logon.params;
    const payload = `apiKey=key&recvWindow=${signed.recvWindow}&timestamp=${signed.timestamp}`;
    expect(verify(null, Buffer.from(payload), publicKey, Buffer.from(String(signature), 'base64'))).toBe(true);
    void place(world);
    expect([world.socket.sent.length, world.http.count('POST /fapi/v1/order')]).toEqual([1, 1]);
    world.socket.receive({ id: logon.id, status: 200, result: { apiKey: 'key' } });
    await world.clock.pass(0);
    void place(world);
    expect(lastFrame(world.socket).params).not.toHaveProperty('signature');

    world.socket.cut();
    await world.clock.pass(1_500);
    const next = world.connector.to('ws-fapi');
    next.open();
    next.receive({ id: lastFrame(next).id, status: 400, error: { code: -4056, msg: 'Only Ed25519 keys may log on.' } });
    await world.clock.pass(0);
    void place(world);
    expect(lastFrame(next).params).toHaveProperty('signature');
  });

  it('reports used weight and order counts, and a ban with its end', async () => {
    const world = await openWorld();
    void place(world);
    const { id } = lastFrame(world.socket);
    const rateLimits = [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 2400, count: 70 },
      { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 300, count: 3 },
      { rateLimitType: 'ORDERS', interval: 'MINUTE', intervalNum: 1, limit: 1200, count: 9 },
    ];
    const until = Math.floor(world.clock.wallUs() / 1000) + 130_000;
    const msg = `Way too many requests; IP(10.0.0.1) banned until ${until}. Please use the websocket for live updates to avoid bans.`;
    world.socket.receive({ id, status: 418, error: { code: -1003, msg }, rateLimits });
    const told = world.usage.slice(-3).map(({ pool, used }) => [pool, used]);
    expect(told).toEqual([
      ['weight', 70],
      ['orders-10s', 3],
      ['orders-1m', 9],
    ]);
    // The venue's clock is 40 ms ahead of ours.
    expect(world.bans.map(([untilTs]) => Math.round(untilTs / 1000))).toEqual([until - 40]);
  });
});
