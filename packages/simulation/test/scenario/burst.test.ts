/** A trader asks for five times what the venue allows: nobody is ever told "too many", cancels leave at once, and nothing is lost. */
import { accountTopic, type Message, type MessageInput } from '@fillwright/messages';
import { FeedPublisher, MessageTap, type Ports, Sender } from '@fillwright/runtime';
import { describe, expect, it } from '@jest/globals';
import type { SimulatedProcess } from '../../src/kernel/world.ts';
import type { Desk } from '../../src/scenario/desk.ts';
import { RUDE } from '../../src/scenario/desk-plan.ts';
import { runScenario } from '../../src/scenario/run-scenario.ts';
import { PLAN } from './desk-plan.ts';

const QUOTA = 20;
const BURST = 5 * QUOTA;
const LIMITS = { weightPerMinute: 2_400, ordersPer10Seconds: QUOTA, ordersPerMinute: 9 * QUOTA, strikesToBan: 10, banMs: 120_000 };
const SECONDS = 160;
/** Longer than all of it takes. */
const DEADLINE_US = 120_000_000;
const CANCEL_EVERY_MS = 450;
const BATCHES = '/fapi/v1/batchOrders';
const PLACES: readonly string[] = ['order.place', '/fapi/v1/order', BATCHES];

interface VenueLine {
  readonly t: number;
  readonly type: string;
  readonly method?: string;
  readonly path?: string;
  readonly status?: number | string;
  readonly clientId?: string;
  readonly event?: string;
}

/** Says much at once, then takes back one order after the other. */
class Burster {
  readonly placed: string[] = [];
  readonly #ended = new Set<string>();
  readonly #denied = new Set<string>();
  /** When it asked for a cancel. */
  readonly cancels = new Map<string, number>();
  readonly #open: string[] = [];
  readonly #ports: Ports;
  readonly #sender: Sender;
  #publisher: FeedPublisher | undefined;
  #epoch = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#sender = new Sender({ src: 'burster', exchange: 'BINANCE', account: 'main', epoch: 1_795_000_000 }, ports.clock);
  }

  async start(): Promise<void> {
    const { bus, clock } = this.#ports;
    const state = () => ({ state: 'ready', reasons: [] }) as const;
    const socket = await bus.bindPublisher(RUDE.commands);
    this.#publisher = new FeedPublisher({ socket, clock, sender: this.#sender, channel: '7023', streams: ['command'], state });
    this.#publisher.start();
    new MessageTap(this.#ports, {
      name: 'engine',
      endpoints: [PLAN.engine.ZMQ.ORDER_EVENTS_PUB_ENDPOINT],
      prefixes: [
        accountTopic('order', 'BINANCE', 'main'),
        accountTopic('answer', 'BINANCE', 'main'),
        accountTopic('engine', 'BINANCE', 'main'),
      ],
      onMessage: (message) => this.#heard(message),
    });
  }

  burst(): void {
    for (let index = 0; index < BURST; index += 1) {
      const id = `${RUDE.tag}burst${index}`;
      const symbol = index % 2 === 0 ? 'SOLUSDT' : 'ETHUSDT';
      const terms = { side: 'buy', type: 'limit', timeInForce: 'GTC', qty: '1', price: symbol === 'SOLUSDT' ? '150' : '2500' };
      this.placed.push(id);
      this.#say('command.place', id, {
        ...{ clientOrderId: id, strategy: 'burst', instrument: `${symbol}-PERP.BINANCE`, reduceOnly: false, closePosition: false },
        ...terms,
      });
    }
  }

  cancelOne(): void {
    const id = this.#open.shift();
    if (id === undefined) return;
    this.cancels.set(id, this.#ports.clock.wallUs());
    this.#say('command.cancel', `c${id}`, { clientOrderId: id });
  }

  /** Orders that neither ended nor were denied. */
  get unended(): readonly string[] {
    return this.placed.filter((id) => !this.#ended.has(id) && !this.#denied.has(id));
  }

  get denied(): number {
    return this.#denied.size;
  }

  #heard({ type, epoch, data }: Message): void {
    this.#epoch = epoch;
    if (type === 'command.answer' && data.verdict === 'denied' && this.placed.includes(data.commandId)) this.#denied.add(data.commandId);
    if (type !== 'order.event' || data.order.owner !== RUDE.tag) return;
    if (data.order.state === 'closed') this.#ended.add(data.order.clientOrderId);
    if (data.change === 'accepted') this.#open.push(data.order.clientOrderId);
  }

  #say(type: 'command.place' | 'command.cancel', id: string, data: object): void {
    const deadlineTs = this.#ports.clock.wallUs() + DEADLINE_US;
    const command = { owner: RUDE.tag, engineEpoch: this.#epoch, deadlineTs, ...data } as unknown as MessageInput<'command.cancel'>;
    this.#publisher?.publish(accountTopic('command', 'BINANCE', 'main'), type as 'command.cancel', command, { id });
  }
}

describe.each([
  ['rest', 'off'],
  ['rest', 'auto'],
  ['ws', 'auto'],
] as const)('a burst of five times the quota over %s, batches %s', (transport, batching) => {
  it('is never answered with 429, lets cancels leave within 100 ms, and loses nothing', async () => {
    const plan = {
      ...PLAN,
      traders: PLAN.traders.slice(0, 1),
      simulator: { ...PLAN.simulator, limits: LIMITS },
      engine: {
        ...PLAN.engine,
        ORDER_MANAGEMENT: {
          ...PLAN.engine.ORDER_MANAGEMENT,
          ...{ ORDER_TRANSPORT: transport, ORDER_BATCH: batching, MAX_ORDERS_PER_SECOND: 1_000 },
        },
        HTTP_API: { ...PLAN.engine.HTTP_API, API_REQUESTS_PER_SECOND: 1_000, API_REQUESTS_PER_MINUTE: 60_000, API_BURST_LIMIT: 1_000 },
      },
    };
    const lines: VenueLine[] = [];
    let process: SimulatedProcess<Burster> | undefined;
    let burster: Burster | undefined;
    const report = await runScenario({
      plan,
      seed: 7,
      seconds: SECONDS,
      disturb: (desk) => {
        // In the second half it is gone: it has nothing to say any more.
        if (process === undefined) process = begin(desk);
        else {
          burster = process.service;
          process.kill();
        }
      },
      onNote: ({ what, detail }) => {
        if (!what.startsWith('disk.append') || !what.endsWith('venue.ndjson')) return;
        for (const line of Buffer.from(detail).toString().split('\n')) if (line !== '') lines.push(JSON.parse(line) as VenueLine);
      },
    });

    const requests = lines.filter(({ type }) => type === 'request');
    expect(requests.filter(({ status }) => status === 429 || status === 418)).toEqual([]);
    const placed = requests.filter(({ method, path }) => method !== 'DELETE' && method !== 'GET' && PLACES.includes(path ?? ''));
    const batches = placed.filter(({ path }) => path === BATCHES);
    expect(new Set(placed.map(({ method }) => method))).toEqual(new Set([transport === 'rest' ? 'POST' : 'WS']));
    const taken = lines.filter(
      ({ type, event, clientId }) => type === 'order' && event === 'NEW' && clientId?.startsWith(`${RUDE.tag}burst`),
    );
    expect(taken).toHaveLength(BURST - (burster?.denied ?? 0));
    if (transport === 'rest' && batching === 'auto') {
      // Where room is short three or four orders go alone: a batch of them would take the room of five.
      expect(batches.length).toBeGreaterThanOrEqual(QUOTA / 5);
    } else {
      expect(batches).toEqual([]);
      expect(placed.filter(({ clientId }) => clientId?.startsWith(`${RUDE.tag}burst`))).toHaveLength(taken.length);
    }

    const delaysMs = [...(burster?.cancels ?? [])].map(([id, askedUs]) => {
      const seen = lines.find(({ type, event, clientId }) => type === 'order' && event === 'CANCELED' && clientId === id);
      return ((seen?.t ?? Number.POSITIVE_INFINITY) - askedUs) / 1000;
    });
    expect(delaysMs.length).toBeGreaterThan(50);
    expect(Math.max(...delaysMs)).toBeLessThan(100);

    expect(burster?.unended).toEqual([]);
    expect(burster?.denied).toBe(0);
    expect(report.violations).toEqual([]);
  }, 120_000);
});

/** Once everybody is up; the cancels begin while most of the burst still waits for room. */
function begin(desk: Desk): SimulatedProcess<Burster> {
  const { world } = desk;
  const process = world.spawn(`${desk.engine.machine.name}/burster`, (ports) => new Burster(ports));
  const inside = (afterMs: number, work: (burster: Burster) => void) =>
    process.incarnation.later(afterMs * 1000, 'burster', () => {
      if (process.service) work(process.service);
    });
  inside(5_000, (burster) => burster.burst());
  for (let at = 6_000; at < (SECONDS * 1000) / 2; at += CANCEL_EVERY_MS) inside(at, (burster) => burster.cancelOne());
  return process;
}
