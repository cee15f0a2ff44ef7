import type { PrivateStream, VenueEvent } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { createWorld, type World } from './adapter-world.ts';
import type { FakeSocket } from './fake-venue.ts';
import { orderUpdate } from './payloads.ts';
import { settle } from './virtual-clock.ts';

const MINUTE = 60_000;
const CREATE = 'POST /fapi/v1/listenKey';
const EXTEND = 'PUT /fapi/v1/listenKey';

interface Listening {
  readonly world: World;
  readonly stream: PrivateStream;
  readonly downs: string[];
  readonly sockets: readonly FakeSocket[];
  /** Trade ids in the order of their delivery. */
  trades(): readonly string[];
}

async function listening(overrides: Parameters<typeof createWorld>[0] = {}): Promise<Listening> {
  const world = createWorld(overrides);
  const events: VenueEvent[] = [];
  const downs: string[] = [];
  const outcome = world.adapter.openPrivateStream({ onEvent: (event) => events.push(event), onDown: (reason) => downs.push(reason) });
  await settle();
  const { sockets } = world.connector;
  sockets[0]?.open();
  const opened = await outcome;
  if (opened.type !== 'confirmed') throw new Error(opened.reason.text);
  for (const socket of sockets.slice(1)) socket.open();
  await world.clock.pass(1);
  world.http.auto = (what) => (what === EXTEND ? [200, {}] : what === CREATE ? [200, { listenKey: 'listen-key-1' }] : undefined);
  const trades = () => events.map((event) => (event.type === 'order' ? (event.report.fill?.tradeId ?? '') : ''));
  return { world, stream: opened.value, downs, sockets, trades };
}

function socket({ sockets }: Listening, index: number): FakeSocket {
  const found = sockets[index];
  if (found === undefined) throw new Error(`there is no connection ${index}`);
  return found;
}

describe('several connections of the private stream', () => {
  it('open on one listen key, in turn at both addresses', async () => {
    const desk = await listening({ privateStreams: 3, wsPrivateBackupUrl: 'ws://backup.test/private' });
    expect(desk.world.http.count(CREATE)).toBe(1);
    expect(desk.sockets.map(({ options }) => new URL(options.url).hostname)).toEqual(['venue.test', 'backup.test', 'venue.test']);
    desk.stream.close();
    await settle();
    expect(desk.sockets.map(({ state }) => state)).toEqual(['closed', 'closed', 'closed']);
    expect(desk.world.clock.timers).toBe(0);
  });

  it('bring each frame once, whichever is first, and what the venue says twice twice', async () => {
    const desk = await listening({ privateStreams: 2 });
    const [a, b] = [socket(desk, 0), socket(desk, 1)];
    a.receive(orderUpdate({ t: 1 }));
    b.receive(orderUpdate({ t: 1 }));
    b.receive(orderUpdate({ t: 2 }));
    a.receive(orderUpdate({ t: 2 }));
    // Swallowed by one.
    b.receive(orderUpdate({ t: 3 }));
    a.receive(orderUpdate({ t: 4 }));
    a.receive(orderUpdate({ t: 4 }));
    expect(desk.trades()).toEqual(['1', '2', '3', '4', '4']);
  });

  it('do without one that dies, and make another one', async () => {
    const desk = await listening({ privateStreams: 2 });
    await desk.world.clock.pass(1_000);
    socket(desk, 0).receive(orderUpdate({ t: 1 }));
    socket(desk, 0).cut('ECONNRESET');
    socket(desk, 1).receive(orderUpdate({ t: 1 }));
    socket(desk, 1).receive(orderUpdate({ t: 2 }));
    expect(desk.downs).toEqual([]);
    expect(desk.world.logged).toContain('private-connection-lost');

    await desk.world.clock.pass(1_000);
    expect(desk.sockets.length).toBe(3);
    socket(desk, 2).cut('ECONNREFUSED');
    await desk.world.clock.pass(2_000);
    expect(desk.sockets.length).toBe(4);
    socket(desk, 3).open();
    await desk.world.clock.pass(16_000);
    socket(desk, 1).cut('ECONNRESET');
    socket(desk, 3).receive(orderUpdate({ t: 3 }));
    expect(desk.downs).toEqual([]);
    expect(desk.trades()).toEqual(['1', '2', '3']);
  });

  it('are down when the last one is, and when the one left was not there since the last sign of life of the dead one', async () => {
    const all = await listening({ privateStreams: 2 });
    await all.world.clock.pass(1_000);
    socket(all, 0).receive(orderUpdate({ t: 1 }));
    socket(all, 0).cut('first');
    socket(all, 1).cut('second');
    expect(all.downs).toEqual(['second, code 1006']);
    await all.world.clock.pass(60 * MINUTE);
    expect(all.sockets.length).toBe(2);
    expect(all.world.clock.timers).toBe(0);

    const young = await listening({ privateStreams: 2 });
    await young.world.clock.pass(1_000);
    socket(young, 0).receive(orderUpdate({ t: 1 }));
    socket(young, 0).cut('first');
    await young.world.clock.pass(1_000);
    socket(young, 2).open();
    // The old one has not been heard since before the new one was there.
    socket(young, 1).cut('second');
    expect(young.downs).toEqual(['second, code 1006']);
  });

  it('end together when the key expires', async () => {
    const desk = await listening({ privateStreams: 2 });
    socket(desk, 1).receive({ e: 'listenKeyExpired', E: 1, listenKey: 'listen-key-1' });
    await settle();
    expect(desk.downs).toEqual(['the listen key expired']);
    expect(desk.sockets.map(({ state }) => state)).toEqual(['closed', 'closed']);
  });
});

describe('a private connection that grows old', () => {
  it('is replaced before the venue cuts it: the new one first, then the old one closes, and nothing is missing or double', async () => {
    const desk = await listening();
    await desk.world.clock.pass(23 * 60 * MINUTE);
    expect(desk.sockets.length).toBe(1);
    await desk.world.clock.pass(50 * MINUTE);
    expect(desk.sockets.length).toBe(2);
    socket(desk, 0).receive(orderUpdate({ t: 1 }));
    socket(desk, 1).open();
    socket(desk, 0).receive(orderUpdate({ t: 2 }));
    socket(desk, 1).receive(orderUpdate({ t: 2 }));
    socket(desk, 1).receive(orderUpdate({ t: 3 }));
    await desk.world.clock.pass(5_000);
    expect(socket(desk, 0).state).toBe('closed');
    socket(desk, 1).receive(orderUpdate({ t: 4 }));

    expect(desk.trades()).toEqual(['1', '2', '3', '4']);
    expect(desk.downs).toEqual([]);
    expect(desk.world.http.count(CREATE)).toBe(1);
  });

  it('stays while its successor cannot be opened, which is tried again', async () => {
    const desk = await listening();
    await desk.world.clock.pass((24 * 60 - 10) * MINUTE);
    socket(desk, 1).cut('ECONNREFUSED');
    socket(desk, 0).receive(orderUpdate({ t: 1 }));
    await desk.world.clock.pass(1_000);
    socket(desk, 2).open();
    await desk.world.clock.pass(5_000);
    expect(socket(desk, 0).state).toBe('closed');
    expect(desk.trades()).toEqual(['1']);
    expect(desk.downs).toEqual([]);
  });

  it('that is cut meanwhile takes the stream down', async () => {
    const desk = await listening();
    await desk.world.clock.pass((24 * 60 - 10) * MINUTE);
    socket(desk, 0).cut('24 h');
    expect(desk.downs).toEqual(['24 h, code 1006']);
    await settle();
    expect(socket(desk, 1).state).toBe('closed');
  });
});

describe('a listen key that cannot be prolonged', () => {
  it('is asked for anew, as at the start: the same key is as good as prolonged', async () => {
    const desk = await listening();
    desk.world.http.auto = (what) => (what === EXTEND ? [502, ''] : what === CREATE ? [200, { listenKey: 'listen-key-1' }] : undefined);
    await desk.world.clock.pass(29 * MINUTE);
    expect([desk.world.http.count(EXTEND), desk.world.http.count(CREATE)]).toEqual([3, 2]);
    await desk.world.clock.pass(120 * MINUTE);
    expect(desk.downs).toEqual([]);
  });

  it('is lost when the venue gives another one', async () => {
    const desk = await listening();
    desk.world.http.auto = (what) => (what === EXTEND ? [502, ''] : what === CREATE ? [200, { listenKey: 'listen-key-2' }] : undefined);
    await desk.world.clock.pass(29 * MINUTE);
    expect(desk.downs).toEqual([expect.stringContaining('it gave another one')]);
  });
});
