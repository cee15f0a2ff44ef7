/** What links and machines do to those who talk over them. */

import type { HttpResult, Ports, WebSocketClose, WebSocketConnection } from '@fillwright/runtime/ports';
import { describe, expect, it } from '@jest/globals';
import { type LinkBehaviour, World } from '../../src/mod.ts';
import { bornPorts, Runner } from '../net-world.ts';

const NOTHING = (): void => {};
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);
const text = (frame: Uint8Array | undefined): string => new TextDecoder().decode(frame);
const GET = { method: 'GET', url: 'http://venue:80/', headers: {}, timeoutMs: 2_000 } as const;

interface Scene {
  readonly world: World;
  readonly server: Ports;
  readonly client: Ports;
  /** Frames that the client got by the bus. */
  readonly frames: string[];
  publish(value: string): void;
  /** An answer, or what it is waiting for. */
  get(): { result: HttpResult | undefined };
  pass(ms: number): Promise<void>;
}

async function makeScene(seed: string | number = 'network'): Promise<Scene> {
  const world = new World({ seed });
  const server = await bornPorts(world, 'venue/server');
  const client = await bornPorts(world, 'desk/client');
  const runner = new Runner(world);
  const frames: string[] = [];
  const publisher = await runner.settle(server.bus.bindPublisher('tcp://0.0.0.0:6001'));
  await runner.settle(
    server.httpServer.listen(
      { host: '0.0.0.0', port: 80 },
      {
        request: () => ({ type: 'reply', status: 200, body: 'ok' }),
        socket: () => ({ onMessage: NOTHING, onPing: NOTHING, onPong: NOTHING, onClose: NOTHING }),
      },
    ),
  );
  client.bus.connectSubscriber(['tcp://venue:6001'], { onFrames: ([, body]) => frames.push(text(body)) }).subscribe('');
  const pass = async (ms: number): Promise<void> => void (await world.run({ untilUs: world.kernel.nowUs + ms * 1000 }));
  await pass(500);
  return {
    world,
    server,
    client,
    frames,
    publish: (value) => publisher.send('a.', bytes(value)),
    get: () => {
      const asked: { result: HttpResult | undefined } = { result: undefined };
      void client.http.request(GET).then((result) => {
        asked.result = result;
      });
      return asked;
    },
    pass,
  };
}

/** An open WebSocket of the client, with what became of it. */
async function openSocket({ client, pass }: Scene) {
  const closes: WebSocketClose[] = [];
  const connection: WebSocketConnection = client.webSocket.connect(
    { url: 'ws://venue:80/', connectTimeoutMs: 2_000, maxMessageBytes: 1_000 },
    { onOpen: NOTHING, onMessage: NOTHING, onPing: NOTHING, onPong: NOTHING, onClose: (close) => closes.push(close) },
  );
  await pass(100);
  expect(connection.state).toBe('open');
  return { connection, closes };
}

describe('a partition', () => {
  it('holds what is sent and delivers it in order when it heals soon', async () => {
    const { world, frames, publish, pass, get } = await makeScene();
    world.network.partition(['server'], ['client']);
    for (const value of ['1', '2', '3']) publish(value);
    const asked = get();
    await pass(1_000);
    expect(frames).toEqual([]);
    expect(asked.result).toBeUndefined();

    world.network.heal();
    publish('4');
    await pass(100);

    expect(frames).toEqual(['1', '2', '3', '4']);
    expect(asked.result).toMatchObject({ type: 'response', body: 'ok' });
  });

  it('lets a request time out as not sent while it cannot connect, as perhaps sent on an open connection', async () => {
    const { world, pass, get } = await makeScene();
    world.network.partition(['server'], ['client']);
    const unconnected = get();
    await pass(2_100);
    expect(unconnected.result).toMatchObject({ reason: 'timeout', sent: 'no' });

    world.network.heal();
    get();
    await pass(100);
    world.network.partition(['server'], ['client']);
    const connected = get();
    await pass(2_100);
    expect(connected.result).toMatchObject({ reason: 'timeout', sent: 'maybe' });
  });

  it('of one direction lets the other pass: the venue sees a request whose answer never comes', async () => {
    const scene = await makeScene();
    const requests: string[] = [];
    scene.world.kernel.trace.onNote = ({ what }) => what === 'http.reply' && requests.push(what);
    scene.get();
    await scene.pass(100);
    scene.world.network.link('server', 'client').block();
    const asked = scene.get();
    await scene.pass(2_100);

    expect(requests).toHaveLength(2);
    expect(asked.result).toMatchObject({ reason: 'timeout', sent: 'maybe' });
  });

  it('is found out by the heartbeats of the bus, and nothing stale comes after it', async () => {
    const { world, frames, publish, pass } = await makeScene();
    world.network.partition(['server'], ['client']);
    publish('stale');
    await pass(5_000);
    world.network.heal();
    await pass(3_000);
    publish('fresh');
    await pass(100);

    expect(frames).toEqual(['fresh']);
  });

  it('shorter than the heartbeats, twice, is not added up', async () => {
    const { world, frames, publish, pass } = await makeScene();
    for (const value of ['1', '2']) {
      world.network.partition(['server'], ['client']);
      publish(value);
      await pass(2_000);
      world.network.heal();
      await pass(10);
    }
    await pass(2_000);

    expect(frames).toEqual(['1', '2']);
  });

  it('makes unsent bytes visible on a WebSocket and leaves it open', async () => {
    const scene = await makeScene();
    const { connection, closes } = await openSocket(scene);
    scene.world.network.partition(['server'], ['client']);
    for (let n = 0; n < 10; n++) connection.send('x'.repeat(100_000));
    await scene.pass(60_000);
    expect(connection.bufferedBytes).toBeGreaterThan(700_000);
    expect(closes).toEqual([]);

    scene.world.network.heal();
    await scene.pass(100);
    expect(connection.bufferedBytes).toBe(0);
  });
});

describe('bounds', () => {
  it('of a publisher drop for the subscriber that does not keep up, and count it', async () => {
    const { world, frames, publish, pass } = await makeScene();
    world.network.link('server', 'client').block();
    for (let n = 0; n < 20_010; n++) publish(String(n));
    world.network.heal();
    await pass(100);

    expect(frames).toHaveLength(20_000);
    expect(frames.at(-1)).toBe('19999');
  });

  it('of a request in flight over a kept connection: the server dies, and nobody knows what it saw', async () => {
    const { world, get, pass } = await makeScene();
    get();
    await pass(100);
    const asked = get();
    world.processes[0]?.kill();
    await pass(100);
    expect(asked.result).toMatchObject({ reason: 'cut', sent: 'maybe' });

    const after = get();
    await pass(100);
    expect(after.result).toMatchObject({ reason: 'refused', sent: 'no' });
  });
});

describe('a half-open connection', () => {
  it('tells neither end, and swallows what they send', async () => {
    const scene = await makeScene();
    const { connection, closes } = await openSocket(scene);
    for (const end of scene.world.network.connections('client', 'server', 'websocket')) end.sever();
    connection.send('x');
    connection.ping();
    await scene.pass(600_000);

    expect(connection.state).toBe('open');
    expect(closes).toEqual([]);
    connection.close();
    await scene.pass(2_100);
    expect(closes).toMatchObject([{ code: 1006, error: expect.stringContaining('closing') }]);
  });

  it('is replaced by the bus', async () => {
    const { world, frames, publish, pass } = await makeScene();
    for (const end of world.network.connections('client', 'server', 'bus')) end.sever();
    publish('lost');
    await pass(5_000);
    publish('found');
    await pass(100);

    expect(frames).toEqual(['found']);
  });
});

describe('the behaviour of a link', () => {
  async function framesUnder(behaviour: LinkBehaviour): Promise<readonly string[]> {
    const { world, frames, publish, pass } = await makeScene();
    world.network.link('server', 'client').behaviour = behaviour;
    for (let n = 0; n < 100; n++) publish(String(n));
    await pass(1_000);
    return frames;
  }
  const sent = Array.from({ length: 100 }, (_, n) => String(n));
  const numerically = (frames: readonly string[]): readonly string[] => [...frames].sort((a, b) => Number(a) - Number(b));

  it('may lose', async () => {
    const frames = await framesUnder({ plan: (_unit, random) => (random.chance(0.3) ? [] : undefined) });

    expect(frames.length).toBeGreaterThan(50);
    expect(frames.length).toBeLessThan(90);
    expect(sent.filter((value) => frames.includes(value))).toEqual(frames);
  });

  it('may double', async () => {
    const frames = await framesUnder({ plan: () => [{ delayUs: 100 }, { delayUs: 200 }] });

    expect(numerically(frames)).toEqual(sent.flatMap((value) => [value, value]));
  });

  it('may delay without changing the order', async () => {
    const frames = await framesUnder({ plan: (_unit, random) => [{ delayUs: random.below(100_000) }] });

    expect(frames).toEqual(sent);
  });

  it('may let units overtake', async () => {
    const frames = await framesUnder({ plan: (_unit, random) => [{ delayUs: random.below(100_000), unordered: true }] });

    expect(frames).not.toEqual(sent);
    expect(numerically(frames)).toEqual(sent);
  });

  it('sees protocol, size and content', async () => {
    const seen: string[] = [];
    await framesUnder({
      plan: (unit) => {
        seen.push(`${unit.protocol} ${unit.bytes > 0} ${typeof unit.payload}`);
        return undefined;
      },
    });

    expect(new Set(seen)).toEqual(new Set(['bus true object']));
  });
});

describe('latency', () => {
  it('is drawn per link from the seed, and less within a machine', () => {
    const latencies = (seed: number) => {
      const world = new World({ seed });
      for (const where of ['desk/a', 'desk/b', 'venue/c']) world.spawn(where, () => ({}));
      return { near: world.network.link('a', 'b').latency, far: world.network.link('a', 'c').latency };
    };

    expect(latencies(1)).toEqual(latencies(1));
    expect(latencies(2)).not.toEqual(latencies(1));
    expect(latencies(1).near.maxUs).toBeLessThan(latencies(1).far.minUs);
  });
});

describe('names', () => {
  it('lead to machines by name, address and alias', async () => {
    const { world, client, pass } = await makeScene();
    world.network.alias('fapi.example.com', 'venue');
    const results: string[] = [];
    for (const host of ['venue', world.machine('venue').address, 'fapi.example.com', 'nowhere.example.com']) {
      void client.http
        .request({ ...GET, url: `http://${host}:80/` })
        .then((r) => results.push(`${host} ${r.type === 'response' ? r.status : r.reason}`));
      await pass(100);
    }

    expect(results).toEqual(['venue 200', '10.0.0.1 200', 'fapi.example.com 200', 'nowhere.example.com unresolved']);
  });

  it('of the loopback mean the own machine, and its listeners are for it alone', async () => {
    const { world, server, client, get, pass } = await makeScene();
    const runner = new Runner(world);
    await runner.settle(server.httpServer.listen({ host: '127.0.0.1', port: 81 }, { request: () => ({ type: 'reset' }) }));
    const results: HttpResult[] = [];
    for (const url of ['http://venue:81/', 'http://127.0.0.1:80/']) void client.http.request({ ...GET, url }).then((r) => results.push(r));
    get();
    await pass(100);

    expect(results).toMatchObject([
      { reason: 'refused', sent: 'no' },
      { reason: 'refused', sent: 'no' },
    ]);
  });
});

describe('a death', () => {
  it('lets arrive what the dead had written, or loses it, as told', async () => {
    for (const inFlight of ['deliver', 'lose'] as const) {
      const { world, frames, publish, pass } = await makeScene();
      publish('last');
      world.processes[0]?.kill({ inFlight });
      await pass(100);

      expect(frames).toEqual(inFlight === 'deliver' ? ['last'] : []);
    }
  });

  it('without a word leaves peers half open until they write to the machine that is up again', async () => {
    const scene = await makeScene();
    const { connection, closes } = await openSocket(scene);
    const venue = scene.world.machine('venue');
    scene.world.cutPower(venue);
    connection.send('into the dark');
    await scene.pass(60_000);
    expect(closes).toEqual([]);

    scene.world.restorePower(venue);
    connection.send('anyone?');
    await scene.pass(100);
    expect(closes).toMatchObject([{ code: 1006, opened: true }]);
  });

  it('of a machine answers nothing, not even with a refusal', async () => {
    const scene = await makeScene();
    scene.world.cutPower(scene.world.machine('venue'));
    const asked = scene.get();
    await scene.pass(1_900);
    expect(asked.result).toBeUndefined();
    await scene.pass(200);

    expect(asked.result).toMatchObject({ reason: 'timeout', sent: 'no' });
  });
});
