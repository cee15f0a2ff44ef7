/** A publisher process with a journal, and its consumers, on the bus in memory. The publisher may crash and be born again. */
import { accountTopic, decodeMessage, type Envelope, type Message, type MessageInput, type MessageType } from '@fillwright/messages';
import { FeedLink } from '../../src/bus/feed-link.ts';
import type { FeedOptions, FeedState } from '../../src/bus/feed-options.ts';
import { FeedPublisher } from '../../src/bus/feed-publisher.ts';
import type { FeedSubscription } from '../../src/bus/feed-subscription.ts';
import { Sender } from '../../src/bus/sender.ts';
import { ServiceClient } from '../../src/bus/service-client.ts';
import { ServiceServer } from '../../src/bus/service-server.ts';
import { MemoryNetwork } from './_memory-bus.ts';
import { VirtualClock } from './_virtual-clock.ts';

export const TOPIC = accountTopic('account', 'BINANCE', 'main');

/** A message whose whole content is one number: consumers and publisher can compare what they know. */
export function balance(n: number): MessageInput<'account.balance'> {
  return { asset: 'USDT', wallet: `${n}`, cause: 'other', venueTs: 1 as never };
}

export function numberOf(message: Message): number {
  return message.type === 'account.balance' ? Number(message.data.wallet) : Number.NaN;
}

export class Engine {
  readonly world: FeedWorld;
  readonly epoch: number;
  readonly publisher: FeedPublisher;
  server: ServiceServer | undefined;
  /** Newest number published: the state a snapshot shows. */
  value = 0;

  private constructor(world: FeedWorld, epoch: number, publisher: FeedPublisher) {
    this.world = world;
    this.epoch = epoch;
    this.publisher = publisher;
  }

  static async start(world: FeedWorld, epoch: number, ringSize = 1000): Promise<Engine> {
    const { clock } = world;
    const sender = new Sender({ src: 'engine', exchange: 'BINANCE', account: 'main', epoch }, clock);
    const bus = world.network.makeBus();
    const socket = await bus.bindPublisher(world.pubEndpoint);
    const state = () => ({ state: 'ready', reasons: [], lastPos: world.journal.length }) as const;
    const publisher = new FeedPublisher({ socket, clock, sender, channel: '6017', streams: ['account'], state, ringSize });
    const engine = new Engine(world, epoch, publisher);
    engine.value = world.journal.filter((entry) => entry.type === 'account.balance').length;
    engine.server = await ServiceServer.bind({
      bus,
      endpoint: world.serviceEndpoint,
      clock,
      sender,
      version: '0',
      publishers: [publisher],
      state,
      snapshot: () => ({ pos: engine.value }),
      replayFromPos: ({ topic, fromPos, limit }) => world.replay(topic, fromPos, limit),
      acknowledge: (consumer, pos) => world.acknowledged.push(`${consumer}:${pos}`),
      handlers: {
        'service.query-order': (_request, respond) => respond('service.ok', { text: 'x'.repeat(5_000_000) }),
        'service.query-account': (_request, respond) => {
          respond('service.ok', { text: 'first' });
          respond('service.ok', { text: 'second' });
        },
      },
    });
    publisher.start();
    return engine;
  }

  /** Journals the next number and publishes it. */
  publish(count = 1): void {
    for (let i = 0; i < count; i += 1) {
      this.journal();
      const entry = this.world.journal.at(-1);
      if (entry !== undefined)
        this.publisher.publish(TOPIC, 'account.balance', balance(this.value), { seq: entry.seq, pos: entry.pos, id: entry.id });
    }
  }

  /** Journals the next number and dies before it is published. */
  journal(): void {
    this.value += 1;
    this.world.record(this.epoch, this.publisher.reserve(TOPIC), 'account.balance', balance(this.value));
  }

  async crash(): Promise<void> {
    await this.publisher.close();
    await this.server?.close();
  }
}

export interface Reader {
  readonly link: FeedLink;
  readonly subscription: FeedSubscription;
  readonly service: ServiceClient;
  readonly states: FeedState[];
  readonly halts: string[];
  readonly messages: Message[];
  /** What the reader believes: from the newest snapshot, then counted on. */
  readonly known: { value: number; snapshots: number; epochEnds: number };
}

export class FeedWorld {
  readonly clock = new VirtualClock();
  readonly network = new MemoryNetwork(this.clock);
  readonly pubEndpoint = this.network.endpoint();
  readonly serviceEndpoint = this.network.endpoint();
  readonly journal: Envelope[] = [];
  readonly acknowledged: string[] = [];
  /** Positions below are no longer kept. */
  oldestPos = 1;
  #readers = 0;

  record<T extends MessageType>(epoch: number, seq: number, type: T, data: MessageInput<T>): void {
    const pos = this.journal.length + 1;
    const head = { v: 1 as const, type, src: 'engine', account: 'main', epoch, topic: TOPIC, seq, pos };
    this.journal.push({ ...head, ts: this.clock.wallUs(), id: `j${pos}`, data });
  }

  replay(topic: string, fromPos: number, limit: number) {
    const tooOld = fromPos < this.oldestPos;
    const messages = tooOld ? [] : this.journal.slice(fromPos - 1, fromPos - 1 + limit).filter((entry) => entry.topic === topic);
    const next = Math.max(fromPos, Math.min(fromPos + limit, this.journal.length + 1));
    return { messages, next, complete: next > this.journal.length, tooOld };
  }

  read(mode: 'snapshot' | 'no-replay' | 'latest' | { readonly fromPos: number }, more: Partial<FeedOptions> = {}): Reader {
    this.#readers += 1;
    const { clock } = this;
    const bus = this.network.makeBus();
    const sender = new Sender({ src: `reader${this.#readers}`, exchange: 'BINANCE', account: 'main', epoch: 1 }, clock);
    const service = new ServiceClient({ bus, endpoint: this.serviceEndpoint, sender, clock });
    const link = new FeedLink({ bus, clock, sender, endpoint: this.pubEndpoint, service });
    const states: FeedState[] = [];
    const halts: string[] = [];
    const messages: Message[] = [];
    const known = { value: 0, snapshots: 0, epochEnds: 0 };
    const subscription = link.subscribe({
      topic: TOPIC,
      mode:
        mode === 'latest'
          ? { type: 'latest' }
          : typeof mode === 'object'
            ? {
                type: 'durable',
                fromPos: mode.fromPos,
                onEpochEnd: () => {
                  known.epochEnds += 1;
                },
              }
            : {
                type: 'snapshot',
                replay: mode === 'snapshot',
                onSnapshot: (snapshot) => {
                  known.snapshots += 1;
                  known.value = snapshot.data.pos ?? 0;
                },
              },
      onMessage: (message) => {
        messages.push(message);
        known.value += 1;
      },
      onState: (state) => states.push(state),
      onHalt: (reason) => halts.push(reason),
      ...more,
    });
    return { link, subscription, service, states, halts, messages, known };
  }

  /** Loses the next messages on the topic that satisfy `when`; gives back how many were lost. */
  loseNext(count: number, when: (message: Message) => boolean = () => true): () => number {
    let lost = 0;
    this.network.faults.copies = (topic, body) => {
      const decoded = decodeMessage(body);
      if (topic !== TOPIC || lost >= count || !decoded.ok || !when(decoded.message)) return 1;
      lost += 1;
      return 0;
    };
    return () => lost;
  }
}
