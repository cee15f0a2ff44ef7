import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, it } from '@jest/globals';
import * as zmq from 'zeromq';
import { type ClosableBus, createZmqBus } from '../../src/bus/zmq-bus.ts';
import { type BusWorld, describeBus } from '../suites/bus.ts';
import { freePort } from '../suites/free-port.ts';

const DEADLINE_MS = 10_000;
/** Signature and version of ZMTP 3, then nothing that makes sense. */
const GREETING = Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]);

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`did not happen within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function makeWorld(): Promise<BusWorld> {
  const buses: ClosableBus[] = [];
  const ports = await Promise.all(Array.from({ length: 4 }, freePort));
  return {
    makeBus() {
      const bus = createZmqBus();
      buses.push(bus);
      return bus;
    },
    endpoint: () => `tcp://127.0.0.1:${ports.pop()}`,
    until,
    close: async () => {
      await Promise.all(buses.map((bus) => bus.close()));
    },
  };
}

describeBus('ZeroMQ', makeWorld);

it('finds a free port when asked for any', async () => {
  const bus = createZmqBus();
  const publisher = await bus.bindPublisher('tcp://127.0.0.1:*');
  expect(publisher.endpoint).toMatch(/^tcp:\/\/127\.0\.0\.1:[1-9]\d+$/);
  const other = await bus.bindPublisher('tcp://127.0.0.1:0');
  expect(other.endpoint).toMatch(/^tcp:\/\/127\.0\.0\.1:[1-9]\d+$/);
  await bus.close();
});

it('has freed its port when closing resolves, every time', async () => {
  const bus = createZmqBus();
  const { endpoint, close } = await bus.bindPublisher('tcp://127.0.0.1:*');
  await close();
  for (let i = 0; i < 100; i += 1) {
    const socket = i % 2 === 0 ? await bus.bindPublisher(endpoint) : await bus.bindService(endpoint, { onRequest: () => {} });
    await socket.close();
  }
});

it('says what is wrong with an endpoint that cannot be', async () => {
  const bus = createZmqBus();
  await expect(bus.bindPublisher('tcp://192.0.2.1:5')).rejects.toMatchObject({ code: 'RUN_BIND_FAILED' });
  expect(() => bus.connectSubscriber(['nonsense'], { onFrames: () => {} })).toThrow(expect.objectContaining({ code: 'BUS_BAD_ENDPOINT' }));
  await bus.close();
});

it('passes on frames of any number from a foreign publisher and keeps reading', async () => {
  const bus = createZmqBus();
  const foreign = new zmq.Publisher({ linger: 0 });
  await foreign.bind('tcp://127.0.0.1:*');
  const counts: number[] = [];
  bus.connectSubscriber([foreign.lastEndpoint ?? ''], { onFrames: (frames) => counts.push(frames.length) }).subscribe('a');

  await until(() => {
    void foreign.send(['a']);
    void foreign.send(['a', 'b']);
    void foreign.send(['a', 'b', 'c']);
    return new Set(counts).size === 3;
  }, 'one, two and three frames');

  foreign.close();
  await bus.close();
});

it('survives a peer that does not speak ZeroMQ, and one that sends too much', async () => {
  const bus = createZmqBus();
  const requests: number[] = [];
  const service = await bus.bindService('tcp://127.0.0.1:*', { onRequest: (_peer, [body]) => requests.push(body?.length ?? -1) });
  const port = Number(service.endpoint.split(':').at(-1));
  const babbler = connect(port, '127.0.0.1', () => babbler.write('GET / HTTP/1.1\r\nHost: nobody\r\n\r\n'));
  const liar = connect(port, '127.0.0.1', () => liar.write(Buffer.concat([GREETING, Buffer.alloc(4096, 0x5a)])));
  for (const socket of [babbler, liar]) socket.on('error', () => {});
  await new Promise((resolve) => liar.on('close', resolve));
  const glutton = new zmq.Dealer({ linger: 0 });
  glutton.connect(service.endpoint);
  await glutton.send(Buffer.alloc(5 * 1024 * 1024));

  const client = bus.connectService(service.endpoint, { onFrames: () => {} });
  await until(() => {
    client.send(Buffer.alloc(7));
    return requests.includes(7);
  }, 'an honest request');

  expect(Math.max(...requests)).toBeLessThan(1024);
  babbler.destroy();
  glutton.close();
  await bus.close();
});

it('drops for a subscriber that never reads instead of keeping everything', async () => {
  const bus = createZmqBus({ publisherHighWaterMark: 1000 });
  const publisher = await bus.bindPublisher('tcp://127.0.0.1:*');
  const frozen = new zmq.Subscriber({ linger: 0, receiveHighWaterMark: 1 });
  frozen.connect(publisher.endpoint);
  frozen.subscribe('');
  const seen: number[] = [];
  bus.connectSubscriber([publisher.endpoint], { onFrames: ([, body]) => seen.push(body?.[0] ?? 0) }).subscribe('a');
  await until(() => {
    publisher.send('a', Uint8Array.of(0));
    return seen.length > 0;
  }, 'the healthy subscriber');
  await frozen.receive();
  const before = process.memoryUsage().rss;

  const body = Buffer.alloc(40_000, 1);
  for (let burst = 1; burst <= 100; burst += 1) {
    const target = seen.length + 100;
    for (let i = 0; i < 200; i += 1) publisher.send('a', body);
    await until(() => seen.length >= target, 'the healthy subscriber goes on');
  }

  // 800 MB were sent. What a reader may hold is 40 MB on either side of the wire; buffers wait for the garbage collector besides.
  expect((process.memoryUsage().rss - before) / 1e6).toBeLessThan(400);
  frozen.close();
  await bus.close();
});

it('reports connections for logs and link states', async () => {
  const bus = createZmqBus();
  const publisher = await bus.bindPublisher('tcp://127.0.0.1:*');
  const links: string[] = [];
  bus.connectSubscriber([publisher.endpoint], { onFrames: () => {}, onLink: (event) => links.push(event.type) });

  await until(() => links.includes('handshake'), 'the handshake');

  expect(links.slice(0, 2)).toEqual(['connected', 'handshake']);
  await bus.close();
});

it('hears a publisher again after garbage on the wire, which libzmq itself takes for the end of the connection', async () => {
  const bus = createZmqBus();
  const publisher = await bus.bindPublisher('tcp://127.0.0.1:*');
  const target = Number(publisher.endpoint.split(':').at(-1));
  const towardsUs = new Set<Socket>();
  const relay = createServer((client) => {
    const server = connect(target, '127.0.0.1');
    towardsUs.add(client);
    client.pipe(server).pipe(client);
    for (const [one, other] of [[client, server] as const, [server, client] as const]) one.on('error', () => other.destroy());
    client.on('close', () => towardsUs.delete(client));
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const { port } = relay.address() as AddressInfo;
  let heard = 0;
  const onFrames = (): void => {
    heard += 1;
  };
  const subscriber = bus.connectSubscriber([`tcp://127.0.0.1:${port}`], { onFrames });
  subscriber.subscribe('');
  const hears = async (): Promise<void> => {
    const before = heard;
    await until(() => {
      publisher.send('topic', Buffer.from('body'));
      return heard > before;
    }, 'a message of the publisher');
  };
  await hears();

  for (const client of towardsUs) client.write(Buffer.alloc(64, 0xee));
  try {
    await until(() => towardsUs.size === 0, 'the end of the garbled connection');
    await hears();
  } finally {
    await bus.close();
    for (const client of towardsUs) client.destroy();
    relay.close();
  }
});
