import type { Outcome, PrivateStream, VenueEvent } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { createWorld, type World } from './adapter-world.ts';
import { orderUpdate } from './payloads.ts';
import { settle } from './virtual-clock.ts';

const MINUTE = 60_000;
const CREATE = 'POST /fapi/v1/listenKey';
const EXTEND = 'PUT /fapi/v1/listenKey';

interface Listener {
  readonly events: VenueEvent[];
  readonly downs: string[];
  alive: number;
  readonly outcome: Promise<Outcome<PrivateStream>>;
}

function listen(world: World): Listener {
  const events: VenueEvent[] = [];
  const downs: string[] = [];
  const listener = { events, downs, alive: 0 };
  const outcome = world.adapter.openPrivateStream({
    onEvent: (event) => events.push(event),
    onDown: (reason) => downs.push(reason),
    onAlive: () => {
      listener.alive++;
    },
  });
  return Object.assign(listener, { outcome });
}

async function opened(world: World = createWorld()): Promise<{ world: World; listener: Listener; stream: PrivateStream }> {
  const listener = listen(world);
  await settle();
  world.connector.last.open();
  const outcome = await listener.outcome;
  if (outcome.type !== 'confirmed') throw new Error(outcome.reason.text);
  await world.clock.pass(1);
  return { world, listener, stream: outcome.value };
}

describe('the private stream', () => {
  it('connects with a listen key on the private route', async () => {
    const { world } = await opened();
    expect(world.http.count(CREATE)).toBe(1);
    expect(world.http.last(CREATE).request.headers['X-MBX-APIKEY']).toBe('key');
    expect(world.http.last(CREATE).params.has('signature')).toBe(false);
    expect(world.connector.last.options.url).toBe('ws://venue.test/private/ws?listenKey=listen-key-1');
  });

  it('keeps frames that come before the consumer can listen, in order', async () => {
    const world = createWorld();
    const listener = listen(world);
    await settle();
    world.connector.last.open();
    world.connector.last.receive(orderUpdate({ t: 1 }));
    world.connector.last.receive(orderUpdate({ t: 2 }));
    expect(listener.events).toEqual([]);
    expect((await listener.outcome).type).toBe('confirmed');
    expect(listener.events).toEqual([]);

    await world.clock.pass(1);
    world.connector.last.receive(orderUpdate({ t: 3 }));
    expect(listener.events.map((event) => event.type === 'order' && event.report.fill?.tradeId)).toEqual(['1', '2', '3']);
  });

  it('goes down once for a cut and says nothing afterwards', async () => {
    const { world, listener } = await opened();
    world.connector.last.cut('ECONNRESET');
    world.connector.last.receive(orderUpdate());
    await world.clock.pass(60 * MINUTE);
    expect(listener.downs).toEqual(['ECONNRESET, code 1006']);
    expect(listener.events).toEqual([]);
    expect(world.clock.timers).toBe(0);
  });

  it('goes down when the key expires, and delivers nothing behind it', async () => {
    const { world, listener } = await opened();
    world.connector.last.receive({ e: 'listenKeyExpired', E: 1, listenKey: 'listen-key-1' });
    world.connector.last.receive(orderUpdate());
    await settle();
    expect(listener.downs).toEqual(['the listen key expired']);
    expect(listener.events).toEqual([]);
    expect(world.connector.last.state).toBe('closed');
  });

  it('says nothing after close, and never deletes the key', async () => {
    const { world, listener, stream } = await opened();
    stream.close();
    stream.close();
    await world.clock.pass(60 * MINUTE);
    expect(listener.downs).toEqual([]);
    expect(world.connector.last.state).toBe('closed');
    expect(world.clock.timers).toBe(0);
    await world.adapter.close();
    expect(world.http.asked.some((one) => one.request.method === 'DELETE')).toBe(false);
  });

  it('allows two streams at once on one key: the old one flows until it is closed', async () => {
    const { world, listener: first, stream } = await opened();
    const firstSocket = world.connector.last;
    const { listener: second } = await opened(world);
    expect(world.connector.sockets.length).toBe(2);

    firstSocket.receive(orderUpdate());
    world.connector.last.receive(orderUpdate());
    expect([first.events.length, second.events.length]).toEqual([1, 1]);
    stream.close();
    await settle();
    world.connector.last.receive(orderUpdate());
    expect(second.events.length).toBe(2);
    expect(second.downs).toEqual([]);
  });

  it('closes all its streams with the adapter', async () => {
    const { world, listener } = await opened();
    await world.adapter.close();
    expect(world.connector.last.state).toBe('closed');
    expect(listener.downs).toEqual([]);
  });

  it('does not hand out a stream that opens after the adapter was closed', async () => {
    const world = createWorld();
    const listener = listen(world);
    await settle();
    await world.adapter.close();
    world.connector.last.open();
    expect((await listener.outcome).type).toBe('unknown');
    expect(world.connector.last.state).toBe('closed');
    expect(world.clock.timers).toBe(0);
  });

  it('prolongs the key every 25 minutes', async () => {
    const { world, listener } = await opened();
    world.http.auto = (what) => (what === EXTEND ? [200, { listenKey: 'listen-key-1' }] : undefined);
    await world.clock.pass(6 * 60 * MINUTE);
    expect(world.http.count(EXTEND)).toBe(14);
    expect(listener.downs).toEqual([]);
  });

  it('goes down at once when the venue does not know the key any more', async () => {
    const { world, listener } = await opened();
    world.http.auto = (what) => (what === EXTEND ? [400, { code: -1125, msg: 'This listenKey does not exist.' }] : undefined);
    await world.clock.pass(26 * MINUTE);
    expect(listener.downs).toEqual([expect.stringContaining('does not know the listen key')]);
    expect(world.http.count(EXTEND)).toBe(1);
  });

  it('tries again each minute when prolonging fails, and gives up before the key runs out', async () => {
    const { world, listener } = await opened();
    let healthy = false;
    world.http.auto = (what) =>
      what !== EXTEND && what !== CREATE ? undefined : healthy ? [200, { listenKey: 'listen-key-1' }] : [502, ''];
    await world.clock.pass(28.5 * MINUTE);
    expect([world.http.count(EXTEND), world.http.count(CREATE)]).toEqual([3, 2]);
    healthy = true;
    await world.clock.pass(MINUTE);
    expect(listener.downs).toEqual([]);

    healthy = false;
    await world.clock.pass(57 * MINUTE);
    expect(listener.downs).toEqual([]);
    await world.clock.pass(2 * MINUTE);
    expect(listener.downs).toEqual([expect.stringContaining('could not be kept alive')]);
  });

  it('sees a half-open connection within half a minute', async () => {
    const { world, listener } = await opened();
    world.connector.last.pongs = false;
    await world.clock.pass(24_000);
    expect(listener.downs).toEqual([]);
    await world.clock.pass(2_000);
    expect(listener.downs).toEqual([expect.stringContaining('silent for 25000 ms')]);
  });

  it('takes pongs and frames for life', async () => {
    const { world, listener } = await opened();
    await world.clock.pass(10 * MINUTE);
    expect(listener.downs).toEqual([]);
    expect(world.connector.last.pings).toBeGreaterThan(30);
    expect(listener.alive).toBe(world.connector.last.pings);
  });

  it('tries the other address after three failures to connect, and goes back after three more', async () => {
    const world = createWorld({ wsPrivateBackupUrl: 'ws://backup.test/private' });
    for (let i = 0; i < 7; i++) {
      const listener = listen(world);
      await settle();
      world.connector.last.cut('ECONNREFUSED');
      expect(await listener.outcome).toMatchObject({ type: 'unknown', reason: { code: 'STREAM_NOT_OPEN' } });
      expect(listener.downs).toEqual([]);
    }
    expect(world.connector.sockets.map(({ options }) => new URL(options.url).hostname.split('.')[0])).toEqual([
      ...['venue', 'venue', 'venue'],
      ...['backup', 'backup', 'backup'],
      'venue',
    ]);
  });

  it('tells a refused key from a venue that does not answer', async () => {
    const world = createWorld();
    world.http.auto = () => [401, { code: -2015, msg: 'Invalid API-key, IP, or permissions for action.' }];
    expect(await listen(world).outcome).toMatchObject({ type: 'refused', retry: false });
    world.http.auto = () => [502, ''];
    expect(await listen(world).outcome).toMatchObject({ type: 'unknown' });
    world.http.auto = () => [200, {}];
    expect(await listen(world).outcome).toMatchObject({ type: 'unknown' });
    expect(world.connector.sockets).toEqual([]);
  });

  it('counts skipped events and logs each unknown kind once', async () => {
    const { world } = await opened();
    for (let i = 0; i < 3; i++) {
      world.connector.last.receive({ e: 'GRID_UPDATE', E: 1 });
      world.connector.last.receive({ e: 'EVENT_OF_TOMORROW', E: 1 });
    }
    expect(world.skipped.length).toBe(6);
    expect(world.logged).toEqual(['venue-event-unknown']);
  });

  it('stops in the middle of a frame when the consumer closes it', async () => {
    const world = createWorld();
    const events: string[] = [];
    let stream: PrivateStream | undefined;
    const outcome = world.adapter.openPrivateStream({
      onEvent: (event) => {
        events.push(event.type);
        stream?.close();
      },
      onDown: () => events.push('down'),
    });
    await settle();
    world.connector.last.open();
    const result = await outcome;
    if (result.type === 'confirmed') stream = result.value;
    await world.clock.pass(1);
    const balance = { a: 'USDT', wb: '1', cw: '1', bc: '0' };
    world.connector.last.receive({ e: 'ACCOUNT_UPDATE', E: 1, T: 1, a: { m: 'ORDER', B: [balance, balance], P: [] } });
    expect(events).toEqual(['balance']);
  });
});
