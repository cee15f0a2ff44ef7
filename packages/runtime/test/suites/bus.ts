/**
 * What every implementation of the Bus port must do. Run it with `describeBus(name, makeWorld)`; the world says how time passes:
 * over real sockets `until` polls the event loop, in a simulated world it advances the virtual clock (e.g. by 10 ms a step) and gives up
 * after about 10 s of that clock. No test waits for a fixed time; each waits for something to be seen.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Bus, LinkEvent, PublisherSocket, ServiceClientSocket } from '../../src/ports/bus.ts';

export interface BusWorld {
  /** A further process on the same network, with its own sockets. */
  makeBus(): Bus;
  /** An endpoint that nobody uses yet and that stays the same when bound again, e.g. `tcp://127.0.0.1:41234`. */
  endpoint(): string;
  /** Lets time pass until `condition` holds; it may act (send again) each time it is asked. Fails with `what` after a deadline. */
  until(condition: () => boolean, what: string): Promise<void>;
  /** Closes all buses made. */
  close(): Promise<void>;
}

interface Seen {
  readonly topic: string;
  readonly text: string;
}

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

export function describeBus(name: string, makeWorld: () => BusWorld | Promise<BusWorld>): void {
  describe(`${name} as a Bus`, () => {
    let world: BusWorld;
    beforeEach(async () => {
      world = await makeWorld();
    });
    afterEach(() => world.close());

    function subscriber(endpoints: readonly string[], prefixes: readonly string[], links: LinkEvent[] = []) {
      const seen: Seen[] = [];
      const socket = world.makeBus().connectSubscriber(endpoints, {
        onFrames: ([topic, body]) => seen.push({ topic: text(topic), text: text(body) }),
        onLink: (event) => links.push(event),
      });
      for (const prefix of prefixes) socket.subscribe(prefix);
      return { socket, seen };
    }
    /** Publishes probes until one arrives: from then on nothing may be lost. */
    async function joined(publisher: PublisherSocket, topic: string, seen: readonly Seen[]): Promise<void> {
      const before = seen.length;
      await world.until(() => {
        if (seen.length > before) return true;
        publisher.send(topic, bytes('probe'));
        return false;
      }, `a subscription to ${topic} takes effect`);
    }
    const withoutProbes = (seen: readonly Seen[]): readonly Seen[] => seen.filter((message) => message.text !== 'probe');

    publishing();
    lives();
    services();
    limits();

    function publishing(): void {
      it('delivers by topic prefix, and the final dot keeps BTC apart from BTCDOWN', async () => {
        const publisher = await world.makeBus().bindPublisher(world.endpoint());
        const { seen } = subscriber([publisher.endpoint], ['a.BTC.']);
        await joined(publisher, 'a.BTC.', seen);

        publisher.send('a.BTCDOWN.', bytes('1'));
        publisher.send('b.BTC.', bytes('2'));
        publisher.send('a.BTC.', bytes('3'));
        publisher.send('a.BTC.x.', bytes('4'));

        await world.until(() => withoutProbes(seen).length >= 2, 'two messages');
        expect(withoutProbes(seen)).toEqual([
          { topic: 'a.BTC.', text: '3' },
          { topic: 'a.BTC.x.', text: '4' },
        ]);
      });

      it('keeps the order of one publisher over all its topics', async () => {
        const publisher = await world.makeBus().bindPublisher(world.endpoint());
        const { seen } = subscriber([publisher.endpoint], ['a.', 'b.']);
        await joined(publisher, 'a.', seen);
        await joined(publisher, 'b.', seen);

        const sent = Array.from({ length: 300 }, (_, i) => ({ topic: i % 3 === 0 ? 'a.' : 'b.', text: `${i}` }));
        for (const message of sent) publisher.send(message.topic, bytes(message.text));

        await world.until(() => withoutProbes(seen).length >= sent.length, 'all messages');
        expect(withoutProbes(seen)).toEqual(sent);
      });

      it('gives one subscriber the messages of several publishers', async () => {
        const first = await world.makeBus().bindPublisher(world.endpoint());
        const second = await world.makeBus().bindPublisher(world.endpoint());
        const { seen } = subscriber([first.endpoint, second.endpoint], ['p1.', 'p2.']);

        await joined(first, 'p1.', seen);
        await joined(second, 'p2.', seen);

        expect(new Set(seen.map((message) => message.topic))).toEqual(new Set(['p1.', 'p2.']));
      });

      it('delivers a message once when prefixes overlap, and stops after unsubscribe', async () => {
        const publisher = await world.makeBus().bindPublisher(world.endpoint());
        const { socket, seen } = subscriber([publisher.endpoint], ['a.', 'a.b.', 'end.']);
        await joined(publisher, 'a.b.', seen);
        await joined(publisher, 'end.', seen);
        publisher.send('a.b.', bytes('1'));
        publisher.send('end.', bytes('2'));
        await world.until(() => seen.at(-1)?.text === '2', 'the last message');
        expect(withoutProbes(seen).map((message) => message.text)).toEqual(['1', '2']);

        socket.unsubscribe('a.');
        socket.unsubscribe('a.b.');
        const count = (topic: string): number => seen.filter((message) => message.topic === topic).length;
        await world.until(() => {
          const before = count('a.b.');
          publisher.send('a.b.', bytes('late'));
          publisher.send('end.', bytes('more'));
          return count('end.') > 5 && seen.slice(-3).every((message) => message.topic === 'end.') && before === count('a.b.');
        }, 'the subscription ends');
      });

      it('sends an empty body and a body of a megabyte unchanged', async () => {
        const publisher = await world.makeBus().bindPublisher(world.endpoint());
        const { seen } = subscriber([publisher.endpoint], ['a.']);
        await joined(publisher, 'a.', seen);

        publisher.send('a.', new Uint8Array(0));
        publisher.send('a.', bytes('x'.repeat(1_000_000)));

        await world.until(() => withoutProbes(seen).length === 2, 'both messages');
        expect(withoutProbes(seen).map((message) => message.text.length)).toEqual([0, 1_000_000]);
      });
    }

    function lives(): void {
      it('connects to a publisher that comes later', async () => {
        const endpoint = world.endpoint();
        const { seen } = subscriber([endpoint], ['a.']);
        const publisher = await world.makeBus().bindPublisher(endpoint);

        await joined(publisher, 'a.', seen);

        expect(seen.length).toBeGreaterThan(0);
      });

      it('connects again to a publisher that was reborn on the same endpoint', async () => {
        const links: LinkEvent[] = [];
        const endpoint = world.endpoint();
        const first = await world.makeBus().bindPublisher(endpoint);
        const { seen } = subscriber([endpoint], ['a.'], links);
        await joined(first, 'a.', seen);
        await first.close();
        await world.until(() => links.some((link) => link.type === 'disconnected'), 'the cut is seen');

        const second = await world.makeBus().bindPublisher(endpoint);
        await joined(second, 'a.', seen);

        expect(links.filter((link) => link.type === 'connected').length).toBeGreaterThanOrEqual(2);
      });

      it('loses what was published before a subscription took effect: there is no memory', async () => {
        const publisher = await world.makeBus().bindPublisher(world.endpoint());
        publisher.send('a.', bytes('early'));

        const { seen } = subscriber([publisher.endpoint], ['a.']);
        await joined(publisher, 'a.', seen);

        expect(withoutProbes(seen)).toEqual([]);
      });

      it('names the endpoint when it is in use, and leaves the first owner alone', async () => {
        const publisher = await world.makeBus().bindPublisher(world.endpoint());
        const conflict = { code: 'RUN_PORT_IN_USE', message: expect.stringContaining(publisher.endpoint) };

        await expect(world.makeBus().bindPublisher(publisher.endpoint)).rejects.toMatchObject(conflict);
        await expect(world.makeBus().bindService(publisher.endpoint, { onRequest: () => {} })).rejects.toMatchObject(conflict);

        const { seen } = subscriber([publisher.endpoint], ['a.']);
        await joined(publisher, 'a.', seen);
      });

      it('closes any socket twice, and afterwards ignores what is asked of it', async () => {
        const bus = world.makeBus();
        const publisher = await bus.bindPublisher(world.endpoint());
        const service = await bus.bindService(world.endpoint(), { onRequest: () => {} });
        const client = bus.connectService(service.endpoint, { onFrames: () => {} });
        const { socket } = subscriber([publisher.endpoint], ['a.']);

        for (const closable of [publisher, service, client, socket]) await Promise.all([closable.close(), closable.close()]);

        publisher.send('a.', bytes('1'));
        service.reply('00', bytes('1'));
        client.send(bytes('1'));
        socket.subscribe('b.');
        socket.unsubscribe('a.');
        await expect(world.makeBus().bindPublisher(publisher.endpoint)).resolves.toBeDefined();
      });
    }

    function services(): void {
      const echo = async (endpoint: string, mark: string, log: string[] = []) => {
        const service = await world.makeBus().bindService(endpoint, {
          onRequest: (peer, [body]) => {
            log.push(text(body));
            service.reply(peer, bytes(`${mark}:${text(body)}`));
          },
        });
        return service;
      };
      const client = (endpoint: string) => {
        const replies: string[] = [];
        const socket = world.makeBus().connectService(endpoint, { onFrames: ([body]) => replies.push(text(body)) });
        return { socket, replies };
      };
      const answered = async (socket: ServiceClientSocket, replies: readonly string[], request: string) => {
        const before = replies.length;
        await world.until(() => {
          if (replies.length > before) return true;
          socket.send(bytes(request));
          return false;
        }, `an answer to ${request}`);
      };

      it('answers each of many peers with its own reply', async () => {
        const service = await echo(world.endpoint(), 's');
        const peers = Array.from({ length: 5 }, () => client(service.endpoint));

        for (const [index, peer] of peers.entries()) await answered(peer.socket, peer.replies, `${index}`);

        for (const [index, peer] of peers.entries()) expect(new Set(peer.replies)).toEqual(new Set([`s:${index}`]));
      });

      it('keeps requests of one peer in order', async () => {
        const log: string[] = [];
        const service = await echo(world.endpoint(), 's', log);
        const { socket, replies } = client(service.endpoint);
        await answered(socket, replies, 'hi');

        for (let i = 0; i < 100; i += 1) socket.send(bytes(`n${i}`));

        await world.until(() => replies.at(-1) === 's:n99', 'the last answer');
        const expected = Array.from({ length: 100 }, (_, i) => `n${i}`);
        expect(log.filter((request) => request.startsWith('n'))).toEqual(expected);
        expect(replies.filter((reply) => reply.startsWith('s:n'))).toEqual(expected.map((request) => `s:${request}`));
      });

      it('never delivers to a reborn service what was asked while it was dead', async () => {
        const endpoint = world.endpoint();
        const links: LinkEvent[] = [];
        const first = await echo(endpoint, 'first');
        const replies: string[] = [];
        const socket = world.makeBus().connectService(endpoint, {
          onFrames: ([body]) => replies.push(text(body)),
          onLink: (event) => links.push(event),
        });
        await answered(socket, replies, 'hi');
        await first.close();
        await world.until(() => links.some((link) => link.type === 'disconnected'), 'the cut is seen');

        // What is sent while the socket itself has not heard of the cut is lost with the connection.
        const isRefused = (): boolean => {
          socket.send(bytes('stale'));
          return socket.refused >= 5;
        };
        await world.until(isRefused, 'requests are refused');

        const log: string[] = [];
        await echo(endpoint, 'second', log);
        await answered(socket, replies, 'fresh');
        expect(log).not.toContain('stale');
        expect(replies.at(-1)).toBe('second:fresh');
      });

      it('refuses and counts a request when nobody was ever there, and a reply to a peer that is gone', async () => {
        const alone = client(world.endpoint());
        alone.socket.send(bytes('anyone?'));
        await world.until(() => alone.socket.refused === 1, 'the request is refused');

        const peers: string[] = [];
        const service = await world.makeBus().bindService(world.endpoint(), { onRequest: (peer) => peers.push(peer) });
        service.reply('00ffffffff', bytes('no such peer'));
        await world.until(() => service.refused === 1, 'the reply is refused');
      });

      it('passes on any number of frames as it came', async () => {
        const counts: number[] = [];
        const service = await world.makeBus().bindService(world.endpoint(), { onRequest: (_peer, frames) => counts.push(frames.length) });
        const { socket } = client(service.endpoint);

        await world.until(() => {
          if (counts.length > 0) return true;
          socket.send(bytes('one frame'));
          return false;
        }, 'a request');

        expect(counts[0]).toBe(1);
      });
    }

    function limits(): void {
      it('delivers a burst of 10 000 messages that were sent in one turn', async () => {
        const publisher = await world.makeBus().bindPublisher(world.endpoint());
        const { seen } = subscriber([publisher.endpoint], ['a.']);
        await joined(publisher, 'a.', seen);

        for (let i = 0; i < 10_000; i += 1) publisher.send('a.', bytes(`${i}`));

        await world.until(() => seen.at(-1)?.text === '9999', 'the last message');
        expect(withoutProbes(seen).map((message) => Number(message.text))).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
        expect(publisher.refused).toBe(0);
      });
    }
  });
}
