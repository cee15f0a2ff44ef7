/** A dead incarnation has no effect on venue, bus or disk, whatever it tries. */

import type { Ports, ServerSocket } from '@fillwright/runtime/ports';
import { describe, expect, it } from '@jest/globals';
import { IncarnationDead, type PortCall, World } from '../../src/mod.ts';
import { spawnToy } from '../toy.ts';

const SOME = new TextEncoder().encode('some');
const NOTHING = (): void => {};
const SOCKET_EVENTS = { onOpen: NOTHING, onMessage: NOTHING, onPing: NOTHING, onPong: NOTHING, onClose: NOTHING };
const CONNECT = { url: 'ws://venue:80/', connectTimeoutMs: 1_000, maxMessageBytes: 1_000 };

/** Everything a service can hold in its hands. */
interface Hands {
  readonly ports: Ports;
  readonly file: ReturnType<Ports['disk']['open']>;
  readonly timer: ReturnType<Ports['clock']['after']>;
  readonly database: ReturnType<Ports['store']['open']>;
  readonly statement: ReturnType<ReturnType<Ports['store']['open']>['prepare']>;
  readonly lock: ReturnType<Ports['store']['lock']>;
  readonly publisher: Awaited<ReturnType<Ports['bus']['bindPublisher']>>;
  readonly subscriber: ReturnType<Ports['bus']['connectSubscriber']>;
  readonly service: Awaited<ReturnType<Ports['bus']['bindService']>>;
  readonly client: ReturnType<Ports['bus']['connectService']>;
  readonly listener: Awaited<ReturnType<Ports['httpServer']['listen']>>;
  readonly connection: ReturnType<Ports['webSocket']['connect']>;
  readonly serverSocket: ServerSocket;
  readonly counter: ReturnType<Ports['metrics']['counter']>;
  readonly gauge: ReturnType<Ports['metrics']['gauge']>;
  readonly histogram: ReturnType<Ports['metrics']['histogram']>;
}

/** Every method of every port and of every object that ports give out; a getter that asks the world counts too. */
const CALLS: Readonly<Record<string, (hands: Hands) => unknown>> = {
  'clock.wallUs': ({ ports }) => ports.clock.wallUs(),
  'clock.monotonicUs': ({ ports }) => ports.clock.monotonicUs(),
  'clock.after': ({ ports }) => ports.clock.after(1, NOTHING),
  'timer.cancel': ({ timer }) => timer.cancel(),
  'random.float': ({ ports }) => ports.random.float(),
  'random.below': ({ ports }) => ports.random.below(2),
  'random.bytes': ({ ports }) => ports.random.bytes(2),
  'http.request': ({ ports }) => ports.http.request({ method: 'GET', url: 'http://venue:80/', headers: {}, timeoutMs: 1_000 }),
  'httpServer.listen': ({ ports }) => ports.httpServer.listen({ host: '0.0.0.0', port: 0 }, { request: () => ({ type: 'reset' }) }),
  'listener.close': ({ listener }) => listener.close(),
  'webSocket.connect': ({ ports }) => ports.webSocket.connect(CONNECT, SOCKET_EVENTS),
  'serverSocket.send': ({ serverSocket }) => serverSocket.send('x'),
  'serverSocket.ping': ({ serverSocket }) => serverSocket.ping(SOME),
  'serverSocket.pausePongs': ({ serverSocket }) => serverSocket.pausePongs(true),
  'serverSocket.close': ({ serverSocket }) => serverSocket.close(1000, ''),
  'serverSocket.terminate': ({ serverSocket }) => serverSocket.terminate(),
  'serverSocket.bufferedBytes': ({ serverSocket }) => serverSocket.bufferedBytes,
  'connection.state': ({ connection }) => connection.state,
  'connection.bufferedBytes': ({ connection }) => connection.bufferedBytes,
  'connection.send': ({ connection }) => connection.send('x'),
  'connection.ping': ({ connection }) => connection.ping(),
  'connection.close': ({ connection }) => connection.close(),
  'connection.terminate': ({ connection }) => connection.terminate(),
  'bus.bindPublisher': ({ ports }) => ports.bus.bindPublisher('tcp://0.0.0.0:7001'),
  'bus.bindService': ({ ports }) => ports.bus.bindService('tcp://0.0.0.0:7002', { onRequest: NOTHING }),
  'bus.connectSubscriber': ({ ports }) => ports.bus.connectSubscriber(['tcp://venue:7003'], { onFrames: NOTHING }),
  'bus.connectService': ({ ports }) => ports.bus.connectService('tcp://venue:7004', { onFrames: NOTHING }),
  'publisher.send': ({ publisher }) => publisher.send('a.', SOME),
  'publisher.refused': ({ publisher }) => publisher.refused,
  'publisher.close': ({ publisher }) => publisher.close(),
  'subscriber.subscribe': ({ subscriber }) => subscriber.subscribe('b.'),
  'subscriber.unsubscribe': ({ subscriber }) => subscriber.unsubscribe('a.'),
  'subscriber.close': ({ subscriber }) => subscriber.close(),
  'service.reply': ({ service }) => service.reply('x', SOME),
  'service.refused': ({ service }) => service.refused,
  'service.close': ({ service }) => service.close(),
  'client.send': ({ client }) => client.send(SOME),
  'client.refused': ({ client }) => client.refused,
  'client.close': ({ client }) => client.close(),
  'disk.open': ({ ports }) => ports.disk.open('other'),
  'disk.list': ({ ports }) => ports.disk.list(''),
  'disk.exists': ({ ports }) => ports.disk.exists('file'),
  'disk.writeAtomic': ({ ports }) => ports.disk.writeAtomic('file', SOME),
  'disk.writeAtomicLater': ({ ports }) => ports.disk.writeAtomicLater?.('file', SOME, NOTHING),
  'disk.readWhole': ({ ports }) => ports.disk.readWhole('file'),
  'disk.remove': ({ ports }) => ports.disk.remove('file'),
  'disk.removeLater': ({ ports }) => ports.disk.removeLater?.('file', NOTHING),
  'file.size': ({ file }) => file.size,
  'file.append': ({ file }) => file.append(SOME),
  'file.read': ({ file }) => file.read(0, 1),
  'file.truncate': ({ file }) => file.truncate(0),
  'file.sync': ({ file }) => file.sync(),
  'file.syncLater': ({ file }) => file.syncLater?.(NOTHING),
  'file.close': ({ file }) => file.close(),
  'store.open': ({ ports }) => ports.store.open('other'),
  'store.lock': ({ ports }) => ports.store.lock('other'),
  'lock.release': ({ lock }) => lock.release(),
  'database.exec': ({ database }) => database.exec('DELETE FROM t'),
  'database.prepare': ({ database }) => database.prepare('DELETE FROM t'),
  'database.transaction': ({ database }) => database.transaction(NOTHING),
  'database.settle': ({ database }) => database.settle(NOTHING),
  'database.close': ({ database }) => database.close(),
  'statement.run': ({ statement }) => statement.run('late'),
  'statement.get': ({ statement }) => statement.get('late'),
  'statement.all': ({ statement }) => statement.all('late'),
  'log.debug': ({ ports }) => ports.log.debug('late'),
  'log.info': ({ ports }) => ports.log.info('late'),
  'log.warn': ({ ports }) => ports.log.warn('late'),
  'log.error': ({ ports }) => ports.log.error('late'),
  'log.child': ({ ports }) => ports.log.child({}).error('late'),
  'metrics.counter': ({ ports }) => ports.metrics.counter('c', ''),
  'metrics.gauge': ({ ports }) => ports.metrics.gauge('g', ''),
  'metrics.histogram': ({ ports }) => ports.metrics.histogram('h', ''),
  'counter.add': ({ counter }) => counter.add(),
  'gauge.set': ({ gauge }) => gauge.set(1),
  'histogram.observe': ({ histogram }) => histogram.observe(1),
  'metrics.expose': ({ ports }) => ports.metrics.expose(),
  'metrics.summary': ({ ports }) => ports.metrics.summary(),
};
/** Facts that were settled when the object was made. */
const PLAIN_FACTS = ['publisher.endpoint', 'service.endpoint', 'listener.host', 'listener.port', 'serverSocket.remoteAddress'];
/** For the port's own use. */
const INTERNAL = ['publisher.accept', 'service.accept', 'serverSocket.open', 'serverSocket.cut'];

async function grasp(ports: Ports): Promise<Hands> {
  const database = ports.store.open('db');
  database.exec('CREATE TABLE t (x TEXT)');
  const file = ports.disk.open('file');
  file.append(SOME);
  const service = await ports.bus.bindService('tcp://0.0.0.0:7102', { onRequest: NOTHING });
  const publisher = await ports.bus.bindPublisher('tcp://0.0.0.0:7101');
  const accepted = Promise.withResolvers<ServerSocket>();
  const listener = await ports.httpServer.listen(
    { host: '0.0.0.0', port: 7103 },
    {
      request: () => ({ type: 'reset' }),
      socket: (_upgrade, socket) => {
        accepted.resolve(socket);
        return { onMessage: NOTHING, onPing: NOTHING, onPong: NOTHING, onClose: NOTHING };
      },
    },
  );
  return {
    ports,
    file,
    database,
    statement: database.prepare('INSERT INTO t VALUES (?)'),
    lock: ports.store.lock('lock'),
    timer: ports.clock.after(60_000, NOTHING),
    publisher,
    service,
    listener,
    subscriber: ports.bus.connectSubscriber(['tcp://venue:6001'], { onFrames: NOTHING }),
    client: ports.bus.connectService('tcp://venue:6002', { onFrames: NOTHING }),
    connection: ports.webSocket.connect(CONNECT, SOCKET_EVENTS),
    serverSocket: await accepted.promise,
    counter: ports.metrics.counter('c', ''),
    gauge: ports.metrics.gauge('g', ''),
    histogram: ports.metrics.histogram('h', ''),
  };
}

/** The venue: a witness of all that arrives. */
async function witness(ports: Ports, seen: string[]): Promise<object> {
  await ports.bus.bindPublisher('tcp://0.0.0.0:6001', (event) => seen.push(`publisher ${event.type}`));
  await ports.bus.bindService('tcp://0.0.0.0:6002', {
    onRequest: () => seen.push('service request'),
    onLink: (event) => seen.push(`service ${event.type}`),
  });
  await ports.httpServer.listen(
    { host: '0.0.0.0', port: 80 },
    {
      request: ({ target }) => {
        seen.push(`request ${target}`);
        return { type: 'reply', status: 200, body: '' };
      },
      socket: () => {
        seen.push('socket open');
        return {
          onMessage: (text) => seen.push(`socket ${text}`),
          onPing: NOTHING,
          onPong: NOTHING,
          onClose: (code) => seen.push(`socket closed ${code}`),
        };
      },
    },
  );
  ports.bus
    .connectSubscriber(['tcp://desk:7101'], {
      onFrames: ([topic]) => seen.push(`frame ${new TextDecoder().decode(topic)}`),
      onLink: (event) => {
        if (event.type !== 'retrying') seen.push(`subscriber ${event.type}`);
      },
    })
    .subscribe('');
  const dial = (): void => {
    ports.webSocket.connect(
      { ...CONNECT, url: 'ws://desk:7103/' },
      {
        ...SOCKET_EVENTS,
        onMessage: (text) => seen.push(`own socket ${text}`),
        onClose: ({ code, opened }) => {
          if (opened) seen.push(`own socket closed ${code}`);
          ports.clock.after(10, dial);
        },
      },
    );
  };
  dial();
  return {};
}

async function makeScene() {
  const world = new World({ seed: 'death' });
  const seen: string[] = [];
  let hands: Hands | undefined;
  world.spawn('venue/witness', (ports) => witness(ports, seen));
  const victim = world.spawn(
    'desk/victim',
    async (ports) => {
      hands = await grasp(ports);
      return {};
    },
    { delayUs: 50_000 },
  );
  await world.run({ untilUs: 1_000_000 });
  if (hands === undefined) throw new Error('the victim was not born');
  return { world, victim, hands, seen };
}

/** What the object offers: own members and those of its class. */
function membersOf(object: object): readonly string[] {
  const names = new Set(Object.getOwnPropertyNames(object));
  const prototype = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype) for (const name of Object.getOwnPropertyNames(prototype)) names.add(name);
  names.delete('constructor');
  return [...names];
}

describe('a dead incarnation', () => {
  it('is tried with every member of every port', async () => {
    const { hands } = await makeScene();
    const { ports, ...objects } = hands;
    const all = [...Object.entries(ports), ...Object.entries(objects)] as readonly (readonly [string, object])[];
    const members = all.flatMap(([name, object]) => membersOf(object).map((member) => `${name}.${member}`));

    const tried = members.filter((member) => !PLAIN_FACTS.includes(member) && !INTERNAL.includes(member));
    expect(tried.sort()).toEqual(Object.keys(CALLS).sort());
  });

  it.each(Object.keys(CALLS))('has no effect by %s', async (name) => {
    const { world, victim, hands, seen } = await makeScene();
    victim.kill();
    const image = victim.machine.disk('victim');
    const before = { seen: [...seen], records: world.kernel.trace.records, open: world.kernel.describePending(), logs: world.logs.lines() };

    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    let thrown: unknown;
    try {
      const result = CALLS[name]?.(hands);
      expect(result).toBeInstanceOf(Promise);
      (result as Promise<unknown>).then(settle, settle);
    } catch (error) {
      thrown = error;
    }
    const after = { seen: [...seen], records: world.kernel.trace.records, open: world.kernel.describePending(), logs: world.logs.lines() };
    await world.run({ untilUs: 10_000_000 });

    if (thrown !== undefined) expect(thrown).toBeInstanceOf(IncarnationDead);
    expect(settled).toBe(false);
    expect(after).toEqual(before);
    expect(image.paths).toEqual(['file']);
    expect(image.file('file')?.size).toBe(SOME.length);
    expect(victim.machine.databases('victim').open('db').prepare('SELECT count(*) AS n FROM t').get()).toEqual({ n: 0 });
  });

  it('is cut off at once: peers see every connection end, ports and locks are free', async () => {
    const { world, victim, seen } = await makeScene();
    const before = seen.length;
    victim.kill();
    await world.run({ untilUs: world.kernel.nowUs + 100_000 });

    expect([...seen.slice(before)].sort()).toEqual([
      'own socket closed 1006',
      'publisher disconnected',
      'service disconnected',
      'socket closed 1006',
      'subscriber disconnected',
    ]);

    let again: Hands | undefined;
    victim.machine.databases('victim').open('db').exec('DROP TABLE t');
    const successor = world.spawn(
      'desk/successor',
      async (ports) => {
        again = await grasp(ports);
        return {};
      },
      { dataDirectory: 'victim' },
    );
    await world.runUntil(() => successor.started, 'successor');
    expect(again?.file.size).toBe(2 * SOME.length);
  });

  it('gets nothing that was under way to it: timers, answers, frames, settled promises', async () => {
    const { world, victim, hands } = await makeScene();
    const seen: string[] = [];
    hands.ports.clock.after(5, () => seen.push('timer'));
    hands.ports.http.request({ method: 'GET', url: 'http://venue:80/', headers: {}, timeoutMs: 1_000 }).then(() => seen.push('answer'));
    hands.ports.metrics.expose().then(() => seen.push('metrics'));
    hands.service.close().then(() => seen.push('closed'));
    victim.kill();
    await world.run({ untilUs: world.kernel.nowUs + 5_000_000 });

    expect(seen).toEqual([]);
  });

  it('rolls back the transaction it dies in', async () => {
    const { world, victim, hands } = await makeScene();
    world.gate = { after: (call) => call.name === 'store.run' && call.incarnation.kill() };

    expect(() =>
      hands.database.transaction(() => {
        hands.statement.run('half');
      }),
    ).toThrow(IncarnationDead);
    expect(victim.machine.databases('victim').open('db').prepare('SELECT count(*) AS n FROM t').get()).toEqual({ n: 0 });
  });

  it('may leave rejections behind, which are nobody’s', async () => {
    const { world, victim, hands } = await makeScene();
    const die = async (): Promise<void> => {
      victim.kill();
      hands.file.append(SOME);
    };
    world.kernel.at(world.kernel.nowUs + 1, 'die', victim.incarnation, () => void die());

    await expect(world.run({ untilUs: world.kernel.nowUs + 10 })).resolves.toBeDefined();
  });
});

describe('crash points', () => {
  const CALLS_TO_TRY = 150;
  type Edge = 'before' | 'after';

  /** Kills the trader of the toy at its n-th port call and watches that nothing comes from it any more. */
  async function crashAt(
    number: number,
    edge: Edge,
  ): Promise<{ readonly killed: PortCall | undefined; readonly afterDeath: readonly string[] }> {
    const { world, trader } = spawnToy({ seed: 'crash' });
    let killed: PortCall | undefined;
    const afterDeath: string[] = [];
    world.gate = {
      [edge]: (call: PortCall) => {
        if (killed !== undefined && call.incarnation === killed.incarnation) afterDeath.push(call.name);
        if (call.incarnation !== trader.incarnation || call.number !== number || killed !== undefined) return;
        killed = call;
        call.incarnation.kill();
      },
    };
    world.kernel.trace.onNote = ({ who, what }) => {
      if (killed !== undefined && who === 'trader#1' && what !== 'killed') afterDeath.push(what);
    };
    await world.run({ untilUs: 200_000 });
    return { killed, afterDeath };
  }

  it.each(['before', 'after'] as const)('lie %s every port call, and nothing follows', async (edge) => {
    const names = new Set<string>();
    for (let number = 1; number <= CALLS_TO_TRY; number++) {
      const { killed, afterDeath } = await crashAt(number, edge);

      expect(killed?.number).toBe(number);
      expect(afterDeath).toEqual([]);
      names.add(killed?.name ?? '');
    }
    expect([...names]).toEqual(
      expect.arrayContaining(['bus.connectSubscriber', 'disk.append', 'disk.open', 'http.request', 'random.float', 'bus.request']),
    );
  });

  it('before a call prevent it, after a call keep it', async () => {
    const sizeAfter = async (edge: Edge): Promise<number> => {
      const { world, trader } = spawnToy({ seed: 'append' });
      world.gate = { [edge]: (call: PortCall) => call.name === 'disk.append' && call.incarnation.kill() };
      await world.runUntil(() => trader.incarnation.dead, 'death');
      return trader.machine.disk('trader').file('journal/1')?.size ?? -1;
    };

    expect(await sizeAfter('before')).toBe(0);
    expect(await sizeAfter('after')).toBeGreaterThan(0);
  });

  it('number the calls of a life the same in each run of a seed', async () => {
    const calls = async (): Promise<readonly string[]> => {
      const { world } = spawnToy({ seed: 'numbers' });
      const all: string[] = [];
      world.gate = { before: (call) => all.push(`${call.incarnation.name} ${call.number} ${call.name}`) };
      await world.run({ untilUs: 100_000 });
      return all;
    };
    const first = await calls();

    expect(first.length).toBeGreaterThan(300);
    expect(await calls()).toEqual(first);
  });
});
