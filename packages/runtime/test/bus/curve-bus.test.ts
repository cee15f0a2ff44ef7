/** The bus under CURVE: as good a bus as the plain one, and closed to everybody whose key is not on the list. */
import { accountTopic, EXAMPLES, encodeEnvelope, exampleEnvelope } from '@fillwright/messages';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as zmq from 'zeromq';
import { newKeyPair } from '../../src/bus/curve/key-pair.ts';
import { z85FromBytes } from '../../src/bus/curve/z85.ts';
import { MessageTap } from '../../src/bus/message-tap.ts';
import { Sender } from '../../src/bus/sender.ts';
import { ServiceClient } from '../../src/bus/service-client.ts';
import { ServiceServer } from '../../src/bus/service-server.ts';
import { type ClosableBus, createZmqBus } from '../../src/bus/zmq-bus.ts';
import { createSystemClock } from '../../src/live/system-clock.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import type { Log, LogFields } from '../../src/ports/log.ts';
import { type BusWorld, describeBus } from '../suites/bus.ts';
import { freePort } from '../suites/free-port.ts';
import { type DeskKeys, deskKeys } from './_desk-keys.ts';

const DEADLINE_MS = 10_000;

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`did not happen within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function securedWorld(): Promise<BusWorld> {
  const keys = deskKeys();
  const ports = await Promise.all(Array.from({ length: 4 }, freePort));
  keys.add('desk', { roles: ['control'], binds: ports.map(String) });
  const buses: ClosableBus[] = [];
  return {
    makeBus() {
      const bus = createZmqBus({ keyring: keys.keyring('desk') });
      buses.push(bus);
      return bus;
    },
    endpoint: () => `tcp://127.0.0.1:${ports.pop()}`,
    until,
    close: async () => {
      await Promise.all(buses.map((bus) => bus.close()));
      keys.dispose();
    },
  };
}

describeBus('ZeroMQ with CURVE', securedWorld);

interface Line {
  readonly event: string;
  readonly [field: string]: unknown;
}

function recorder(): { readonly log: Log; readonly lines: Line[] } {
  const lines: Line[] = [];
  const note = (event: string, fields: LogFields = {}): void => void lines.push({ event, ...fields });
  const log: Log = { debug: () => {}, info: note, warn: note, error: note, child: () => log };
  return { log, lines };
}

describe('a secured desk', () => {
  const buses: ClosableBus[] = [];
  const strangers: zmq.Socket[] = [];
  let keys: DeskKeys;
  let port: number;
  let endpoint: string;

  beforeEach(async () => {
    keys = deskKeys();
    port = await freePort();
    endpoint = `tcp://127.0.0.1:${port}`;
    keys.add('trading_engine_binance', { roles: ['engine'], binds: [String(port)] });
    keys.add('trader', { roles: ['orders'], ownerTag: 'q1' });
  });
  afterEach(async () => {
    for (const socket of strangers.splice(0)) socket.close();
    await Promise.all(buses.splice(0).map((bus) => bus.close()));
    keys.dispose();
  });

  function busOf(name: string, log?: Log): ClosableBus {
    const bus = createZmqBus({ keyring: keys.keyring(name, log), ...(log === undefined ? {} : { log }) });
    buses.push(bus);
    return bus;
  }

  /** Publishes until the condition holds. */
  async function publishing(
    publisher: { send(topic: string, body: Uint8Array): void },
    topic: string,
    body: Uint8Array,
    condition: () => boolean,
  ) {
    await until(() => {
      publisher.send(topic, body);
      return condition();
    }, `a message on ${topic}`);
  }

  function stranger(options: zmq.SocketOptions<zmq.Subscriber>, seen: string[]): zmq.Subscriber {
    const socket = new zmq.Subscriber({ linger: 0, reconnectInterval: 20, ...options });
    strangers.push(socket);
    socket.connect(endpoint);
    socket.subscribe('');
    void (async () => {
      for await (const [topic] of socket) seen.push(String(topic));
    })().catch(() => {});
    return socket;
  }

  it.each(['publisher', 'service'] as const)('keeps a peer without keys and one with a key of its own making off a %s', async (kind) => {
    const { log, lines } = recorder();
    const bus = busOf('trading_engine_binance', log);
    const publisher = kind === 'publisher' ? await bus.bindPublisher(endpoint) : undefined;
    if (kind === 'service') await bus.bindService(endpoint, { onRequest: () => expect('a request of a stranger').toBe('refused') });
    const server = keys.keyring('trading_engine_binance').own;
    const own = newKeyPair();
    const seen: string[] = [];
    const curve = {
      curvePublicKey: z85FromBytes(Buffer.from(own.publicKey, 'hex')),
      curveSecretKey: z85FromBytes(Buffer.from(own.secretKey, 'hex')),
      curveServerKey: z85FromBytes(Buffer.from(server.publicKey, 'hex')),
    };
    if (kind === 'publisher') {
      stranger({}, seen);
      stranger(curve, seen);
    } else {
      for (const options of [{}, curve]) {
        const dealer = new zmq.Dealer({ linger: 0, reconnectInterval: 20, ...options });
        strangers.push(dealer);
        dealer.connect(endpoint);
        await dealer.send('let me in');
      }
    }
    const refused = (reason: string): boolean => lines.some((line) => line.event === 'bus-refused' && line.reason === reason);
    await until(() => {
      publisher?.send('order.BINANCE.main.', Buffer.from('secret'));
      return refused('not-curve') && refused('unknown-key');
    }, 'both refusals in the log');

    // Whoever is on the list is served all the while.
    if (publisher !== undefined) {
      const heard: string[] = [];
      busOf('trader')
        .connectSubscriber([endpoint], { onFrames: ([topic]) => heard.push(String(topic)) })
        .subscribe('');
      await publishing(publisher, 'a.', Buffer.from('x'), () => heard.length > 0);
    }
    expect(seen).toEqual([]);
    expect(lines.find((line) => line.reason === 'unknown-key')).toMatchObject({
      code: 'BUS_REFUSED',
      key: own.publicKey,
      address: '127.0.0.1',
    });
  });

  it('does not listen to an impostor on the port of a peer', async () => {
    const own = newKeyPair();
    const impostor = new zmq.Publisher({
      linger: 0,
      curveServer: true,
      curvePublicKey: z85FromBytes(Buffer.from(own.publicKey, 'hex')),
      curveSecretKey: z85FromBytes(Buffer.from(own.secretKey, 'hex')),
    });
    strangers.push(impostor);
    await impostor.bind(endpoint);
    const heard: string[] = [];
    const links: string[] = [];
    busOf('trader')
      .connectSubscriber([endpoint], { onFrames: ([topic]) => heard.push(String(topic)), onLink: ({ type }) => links.push(type) })
      .subscribe('');

    await until(() => {
      void impostor.send(['order.BINANCE.main.', 'forged']);
      return links.filter((type) => type === 'disconnected').length >= 3;
    }, 'three attempts');

    expect(heard).toEqual([]);
    expect(links).not.toContain('handshake');
  });

  it('cuts a listener whose key is revoked, at once, and keeps the others', async () => {
    const { log, lines } = recorder();
    keys.add('dashboard');
    const publisher = await busOf('trading_engine_binance', log).bindPublisher(endpoint);
    const heard = { trader: 0, dashboard: 0 };
    for (const name of ['trader', 'dashboard'] as const) {
      busOf(name)
        .connectSubscriber([endpoint], {
          onFrames: () => {
            heard[name] += 1;
          },
        })
        .subscribe('');
    }
    await publishing(publisher, 'a.', Buffer.from('x'), () => heard.trader > 0 && heard.dashboard > 0);

    keys.revoke('dashboard');

    await until(() => lines.some(({ event }) => event === 'bus-bound-anew'), 'the socket is bound anew');
    await until(() => {
      publisher.send('a.', Buffer.from('x'));
      return lines.some(({ reason, peer }) => reason === 'revoked-key' && peer === 'dashboard');
    }, 'the refusal of the revoked key');
    const before = { ...heard };
    await publishing(publisher, 'a.', Buffer.from('x'), () => heard.trader > before.trader + 10);
    expect(heard.dashboard).toBe(before.dashboard);
  });

  it('stops listening to a publisher whose key is revoked, and starts when it is listed with another', async () => {
    const publisher = await busOf('trading_engine_binance').bindPublisher(endpoint);
    const heard: string[] = [];
    const links: string[] = [];
    const { log, lines } = recorder();
    busOf('trader', log)
      .connectSubscriber([endpoint], { onFrames: ([topic]) => heard.push(String(topic)), onLink: ({ type }) => links.push(type) })
      .subscribe('');
    await publishing(publisher, 'a.', Buffer.from('x'), () => heard.length > 0);
    await Promise.all(buses.splice(0, 1).map((bus) => bus.close()));

    keys.revoke('trading_engine_binance');
    expect(lines.map(({ reason }) => reason)).toContain('no-server-key');
    heard.length = 0;

    keys.add('trading_engine_binance', { roles: ['engine'], binds: [String(port)] });
    const again = await busOf('trading_engine_binance').bindPublisher(endpoint);
    await publishing(again, 'b.', Buffer.from('x'), () => heard.includes('b.'));
    expect(heard).not.toContain('a.');
  });

  it('drops and counts what a key may not publish, and orders in the name of another', async () => {
    const { log, lines } = recorder();
    const traderPort = await freePort();
    keys.change((peers) => peers.map((peer) => (peer.name === 'trader' ? { ...peer, binds: [String(traderPort)] } : peer)));
    const publisher = await busOf('trader').bindPublisher(`tcp://127.0.0.1:${traderPort}`);
    const taken: string[] = [];
    const metrics = createMetrics();
    new MessageTap(
      { bus: busOf('trading_engine_binance', log), log, metrics },
      { name: 'traders', endpoints: [`tcp://127.0.0.1:${traderPort}`], prefixes: [''], onMessage: ({ id }) => taken.push(id) },
    );
    const send = (id: string, stream: 'command' | 'order', src: string, owner: string): void => {
      const type = stream === 'command' ? 'command.place' : 'order.event';
      const topic = accountTopic(stream, 'BINANCE', 'main');
      const data = stream === 'command' ? { ...EXAMPLES['command.place'], owner } : EXAMPLES['order.event'];
      publisher.send(topic, encodeEnvelope({ ...exampleEnvelope(type, stream), topic, src, id, data }));
    };

    await until(() => {
      send('forged-topic', 'order', 'trader', 'q1');
      send('forged-sender', 'command', 'trader2', 'q1');
      send('forged-owner', 'command', 'trader', 'q2');
      send('honest', 'command', 'trader', 'q1');
      return taken.length > 0;
    }, 'an honest command');

    expect([...new Set(taken)]).toEqual(['honest']);
    const reasons = new Set(lines.filter(({ event }) => event === 'bus-refused').map(({ reason }) => reason));
    expect(reasons).toEqual(new Set(['stream-not-allowed', 'other-sender', 'other-owner']));
    expect(await metrics.expose()).toMatch(/fillwright_bus_refused_total\{reason="other-owner"\} [1-9]/);
  });

  it('lets each key ask only what its role allows, and signs the audit record with its name', async () => {
    const { log, lines } = recorder();
    keys.add('operator', { roles: ['control'] });
    keys.add('dashboard');
    const clock = createSystemClock();
    const senderOf = (src: string) => new Sender({ src, exchange: 'BINANCE', account: 'main', epoch: 1 }, clock);
    const asked: string[] = [];
    await ServiceServer.bind({
      bus: busOf('trading_engine_binance', log),
      clock,
      log,
      endpoint,
      sender: senderOf('trading_engine_binance'),
      publishers: [],
      version: '1',
      state: () => ({ state: 'ready', reasons: [] }),
      handlers: {
        'service.control': ({ data }, respond) => {
          asked.push(`${data.action} by ${data.who}`);
          respond('service.ok', {});
        },
      },
    });
    const ask = async (name: string, action: 'halt' | 'cancel-mine' | 'ping', owner?: string) => {
      const links: string[] = [];
      const client = new ServiceClient({
        bus: busOf(name),
        clock,
        endpoint,
        sender: senderOf(name),
        onLink: ({ type }) => links.push(type),
      });
      await until(() => links.includes('handshake'), `${name} is let in`);
      const result =
        action === 'ping'
          ? await client.request('service.ping', {}, { timeoutMs: DEADLINE_MS })
          : await client.request(
              'service.control',
              { action, who: 'me', why: 'test', ...(owner === undefined ? {} : { owner }) },
              { timeoutMs: DEADLINE_MS },
            );
      return result.ok ? result.message.type : result.reason === 'error' ? result.code : result.reason;
    };

    expect(await ask('operator', 'halt')).toBe('service.ok');
    expect(await ask('dashboard', 'ping')).toBe('service.pong');
    expect(await ask('dashboard', 'halt')).toBe('BUS_NOT_ALLOWED');
    expect(await ask('trader', 'halt')).toBe('BUS_NOT_ALLOWED');
    expect(await ask('trader', 'cancel-mine', 'q2')).toBe('BUS_NOT_ALLOWED');
    expect(await ask('trader', 'cancel-mine', 'q1')).toBe('service.ok');
    expect(asked).toEqual(['halt by me (key operator)', 'cancel-mine by me (key trader)']);
    expect(lines).toContainEqual(expect.objectContaining({ event: 'bus-refused', reason: 'request-not-allowed', peer: 'dashboard' }));
  });

  it('refuses a request in the name of another, though the connection itself is let in', async () => {
    const { log, lines } = recorder();
    keys.add('operator', { roles: ['control'] });
    const requests: string[] = [];
    await busOf('trading_engine_binance', log).bindService(endpoint, {
      onRequest: (_peer, _frames, origin) => requests.push(origin?.name ?? ''),
    });
    const trader = keys.keyring('trader');
    const dealer = new zmq.Dealer({
      linger: 0,
      curvePublicKey: z85FromBytes(Buffer.from(trader.own.publicKey, 'hex')),
      curveSecretKey: z85FromBytes(Buffer.from(trader.own.secretKey, 'hex')),
      curveServerKey: z85FromBytes(Buffer.from(trader.byName('trading_engine_binance')?.publicKey ?? '', 'hex')),
    });
    strangers.push(dealer);
    dealer.connect(endpoint);
    await dealer.send(['halt', 'operator', Buffer.alloc(32)]);
    await dealer.send(['halt']);
    trader.close();

    await until(() => lines.filter(({ reason }) => reason === 'bad-seal').length >= 2, 'both refusals');

    expect(requests).toEqual([]);
  });
});
