import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Dealer, Router, XPublisher, XSubscriber } from 'zeromq';
import { BYTE_STREAMS, badBodies, pourInto, seededBytes } from '../_stack/garbage.ts';
import { Questions, type ServiceName } from '../_stack/questions.ts';
import { PROCESS_NAMES, type ProcessName, Stack } from '../_stack/stack.ts';
import { until, within } from '../_stack/wait.ts';

jest.setTimeout(180_000);

/** What each process binds, as planned. */
const ZMQ_PORTS = {
  'market-server': { publishers: [6001], service: 8001 },
  'trading-engine': { publishers: [6002, 6017, 6018], service: 8002 },
  'position-server': { publishers: [6003, 7004], service: 8003 },
  trader: { publishers: [7003], service: 8004 },
} as const;
const SERVICES = Object.keys(ZMQ_PORTS) as readonly ServiceName[];
/** Who listens to whom. */
const LISTENERS = {
  'market-server': ['trading-engine', 'position-server', 'trader'],
  'trading-engine': ['position-server', 'trader'],
  'position-server': ['trading-engine', 'trader'],
  trader: ['trading-engine'],
} as const satisfies Readonly<Record<ServiceName, readonly ServiceName[]>>;
const ANSWERED_MS = 15_000;
const MALFORMED = 'fillwright_bus_malformed_total';
/** How a link says that it dropped something. */
const DROPPED = ['bus-frame-malformed', 'feed-message-dropped'];

let stack: Stack;
let questions: Questions;
let pids: Map<ProcessName, number>;

beforeAll(async () => {
  stack = await Stack.start();
  questions = new Questions(stack);
  pids = new Map(PROCESS_NAMES.map((name) => [name, stack.child(name).pid]));
});

afterAll(() => stack?.dispose());

/** All alive since the beginning, all ready, and orders still go the whole way. */
async function unharmed(): Promise<void> {
  for (const name of PROCESS_NAMES)
    expect({ name, pid: stack.child(name).pid, ended: stack.child(name).ended }).toEqual({ name, pid: pids.get(name) });
  await stack.allReady();
  const before = (await stack.venue.account()).ordersAccepted;
  await until('more orders', async () => (await stack.venue.account()).ordersAccepted > before + 2, {
    withinMs: 60_000,
    describe: async () => `${JSON.stringify(await stack.health('trader'))}\n${stack.logTail('trader')}\n${stack.logTail('trading-engine')}`,
  });
}

function tcpPorts(): readonly number[] {
  const zmq = SERVICES.flatMap((name) => [...ZMQ_PORTS[name].publishers, ZMQ_PORTS[name].service].map((planned) => stack.port(planned)));
  return [...zmq, ...PROCESS_NAMES.map((name) => stack.statusPort(name)), stack.port(5080), stack.port(5090)];
}

describe('bytes that are no protocol at all', () => {
  it.each(BYTE_STREAMS)('%s, on every port of every process', async (_, bytes) => {
    await Promise.all(tcpPorts().map((port) => pourInto(port, bytes)));
  });

  it('harm nobody', unharmed);

  it('do not keep the health page from answering while they hold its connections', async () => {
    const port = stack.statusPort('trading-engine');
    let isHeld = true;
    const pours = Array.from({ length: 40 }, () => pourInto(port, Buffer.from('GET /health/ready HTTP/1.1\r\nx'), 5_000));
    const held = Promise.all(pours).then(() => {
      isHeld = false;
    });
    // For a moment it may not be: a fill that only one side has seen is asked about.
    await until('it says that it is ready', async () => (await stack.health('trading-engine')).ready && isHeld);
    await held;
  });
});

describe('requests that are none, on a service socket', () => {
  it.each(SERVICES)('%s refuses each, says so once of a kind, and goes on', async (name) => {
    const dealer = new Dealer({ linger: 0 });
    dealer.connect(stack.endpoint(ZMQ_PORTS[name].service));
    const bodies = badBodies('').map(([, body]) => body);
    const refusals: Promise<Buffer[]>[] = [];
    try {
      for (const body of bodies) {
        await dealer.send([body]);
        refusals.push(dealer.receive());
        await within(ANSWERED_MS, `${name} answers garbage`, refusals.at(-1) as Promise<Buffer[]>);
      }
      for (const frames of [['', bodies[1] ?? ''], ['a', 'b', 'c'], Array.from({ length: 200 }, () => 'x')]) {
        await dealer.send(frames);
        await within(ANSWERED_MS, `${name} answers ${frames.length} frames`, dealer.receive());
      }
    } finally {
      dealer.close();
    }

    const codes = (): readonly string[] =>
      stack.log(name).flatMap(({ event, code }) => (event === 'service-request-refused' ? [String(code)] : []));
    const wanted = ['BUS_MALFORMED', 'BUS_UNKNOWN_REQUEST', 'BUS_UNKNOWN_VERSION', 'BUS_INVALID_REQUEST'];
    await until('the refusals are logged', () => wanted.every((code) => codes().includes(code)), { describe: () => codes().join(' ') });
    expect(codes()).toEqual([...new Set(codes())]);
    expect(await stack.metric(name, 'fillwright_service_refused_total')).toBeGreaterThan(bodies.length);
  });

  it.each(SERVICES)('%s ends a connection that sends 5 MiB in a frame, and a flood is refused, not served', async (name) => {
    const dealer = new Dealer({ linger: 0, sendHighWaterMark: 10_000 });
    dealer.connect(stack.endpoint(ZMQ_PORTS[name].service));
    await dealer.send([Buffer.alloc(5 * 1024 * 1024)]);
    for (let count = 0; count < 3_000; count += 1) await dealer.send([Buffer.from([0xc1])]);
    await until('the flood is refused', () => stack.log(name).some(({ code }) => code === 'BUS_TOO_MANY_REQUESTS'));
    dealer.close();
    // Another peer is served meanwhile.
    await questions.ask(name, 'service.ping', {}, 'service.pong', 3_000);
  });

  it('harm nobody', unharmed);
});

describe('what readers may send to a publisher', () => {
  it.each(SERVICES)('%s does not mind thousands of subscriptions and messages from its readers', async (name) => {
    const bytes = seededBytes(7);
    for (const planned of ZMQ_PORTS[name].publishers) {
      const reader = new XSubscriber({ linger: 0, sendHighWaterMark: 100_000 });
      reader.connect(stack.endpoint(planned));
      for (let count = 0; count < 2_000; count += 1) await reader.send(Buffer.concat([Buffer.from([1]), bytes(24)]));
      for (const [, body] of badBodies('')) await reader.send(body);
      await reader.send(Buffer.alloc(5 * 1024 * 1024, 1));
      reader.close();
    }
  });

  it('harms nobody', unharmed);
});

/** Takes the place of a process: says garbage on every topic that somebody asks for, and answers requests with it. */
class Impostor {
  readonly #publishers: readonly XPublisher[];
  readonly #service: Router;
  readonly topics = new Set<string>();
  sent = 0;

  static async at(name: ServiceName): Promise<Impostor> {
    const publishers = ZMQ_PORTS[name].publishers.map(() => new XPublisher({ linger: 0, sendHighWaterMark: 100_000 }));
    const impostor = new Impostor(publishers, new Router({ linger: 0 }));
    for (const [at, planned] of ZMQ_PORTS[name].publishers.entries()) await publishers[at]?.bind(stack.endpoint(planned));
    await impostor.#service.bind(stack.endpoint(ZMQ_PORTS[name].service));
    for (const publisher of publishers) void impostor.#mislead(publisher);
    void impostor.#misanswer();
    return impostor;
  }

  constructor(publishers: readonly XPublisher[], service: Router) {
    this.#publishers = publishers;
    this.#service = service;
  }

  close(): void {
    for (const socket of [...this.#publishers, this.#service]) socket.close();
  }

  async #mislead(publisher: XPublisher): Promise<void> {
    for await (const [request] of publisher) {
      if (request?.[0] !== 1) continue;
      const topic = request.subarray(1).toString();
      this.topics.add(topic);
      // What is subscribed is a prefix; a frame must begin with it and is a topic when it ends with a dot.
      const frame = topic.endsWith('.') && topic !== 'hb.' ? topic : `${topic}BINANCE.main.x.`;
      const bodies = badBodies(frame).map(([, body]) => body);
      for (const body of bodies) await publisher.send([frame, body]);
      await publisher.send(frame);
      await publisher.send([frame, bodies[1] ?? '', bodies[2] ?? '']);
      this.sent += bodies.length + 2;
    }
  }

  async #misanswer(): Promise<void> {
    for await (const [peer] of this.#service) {
      for (const [, body] of badBodies('')) if (peer !== undefined) await this.#service.send([peer, body]);
    }
  }
}

describe('a stranger in the place of a process', () => {
  it.each(SERVICES)('%s: what it says is dropped, logged and counted by all who listen; the true one is believed again', async (name) => {
    const before = new Map(LISTENERS[name].map((listener) => [listener, drops(listener)]));
    const counted = new Map<ProcessName, number>();
    for (const listener of LISTENERS[name]) counted.set(listener, await stack.metric(listener, MALFORMED));
    await stack.kill(name);
    const impostor = await Impostor.at(name);
    try {
      for (const listener of LISTENERS[name]) {
        await until(
          `${listener} counts what it dropped`,
          async () => (await stack.metric(listener, MALFORMED)) > (counted.get(listener) ?? 0) + 10,
        );
        await until(`${listener} logs what it dropped`, () => drops(listener) > (before.get(listener) ?? 0), {
          describe: () => `topics asked for: ${[...impostor.topics].join(' ')}; sent ${impostor.sent}\n${stack.logTail(listener)}`,
        });
      }
    } finally {
      impostor.close();
    }
    stack.launch(name);
    pids.set(name, stack.child(name).pid);

    await unharmed();
  });
});

function drops(name: ProcessName): number {
  return stack.log(name).filter(({ event }) => DROPPED.includes(event)).length;
}
