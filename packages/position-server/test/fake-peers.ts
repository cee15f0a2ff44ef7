/** The engine and the market-server as the position-server knows them: a journal that is published and replayed, marks, instruments. */
import { usTime } from '@fillwright/domain';
import { EXAMPLES, type Message, type MessageInput, WIRE_VERSION } from '@fillwright/messages';
import { FeedPublisher, type Ports, Sender, ServiceServer } from '@fillwright/runtime';
import { T0 } from './ledger/fills.ts';

export const ACCOUNT_TOPIC = 'account.BINANCE.main.';

/** One record of an engine's journal: an event of the account, or something else that only takes a position. */
export type Entry =
  | { readonly type: 'account.fill'; readonly data: MessageInput<'account.fill'> }
  | { readonly type: 'account.balance'; readonly data: MessageInput<'account.balance'> }
  | { readonly type: 'account.venue-position'; readonly data: MessageInput<'account.venue-position'> }
  | { readonly type: 'other' };

/** Outlives the engine's process, as a file does. */
export type Journal = Entry[];

async function bound(ports: Ports, name: string, pub: string, service: string, streams: readonly string[], epoch: number) {
  const { bus, clock } = ports;
  const sender = new Sender({ src: name, exchange: 'BINANCE', account: 'main', epoch }, clock);
  return { sender, socket: await bus.bindPublisher(pub), service, streams, bus, clock, version: '0.1.0', endpoint: service };
}

export class FakeEngine {
  readonly #ports: Ports;
  readonly #journal: Journal;
  readonly #epoch: number;
  readonly acknowledged: number[] = [];
  /** Positions up to this one are no longer kept. */
  forgotten = 0;
  #publisher: FeedPublisher | undefined;

  constructor(ports: Ports, journal: Journal, epoch: number) {
    this.#ports = ports;
    this.#journal = journal;
    this.#epoch = epoch;
  }

  async start(): Promise<void> {
    const parts = await bound(this.#ports, 'engine', 'tcp://0.0.0.0:6017', 'tcp://0.0.0.0:8002', ['account'], this.#epoch);
    const state = () => ({ state: 'ready' as const, reasons: [], lastPos: this.#journal.length });
    const publisher = new FeedPublisher({ ...parts, channel: 'trades', state });
    await ServiceServer.bind({
      ...parts,
      publishers: [publisher],
      state,
      replayFromPos: ({ fromPos, limit }) => this.#replay(fromPos, limit),
      acknowledge: (_, pos) => this.acknowledged.push(pos),
    });
    publisher.start();
    this.#publisher = publisher;
  }

  /** Journals and publishes. */
  write(entry: Entry): void {
    const pos = this.#journal.push(entry);
    if (entry.type !== 'other') this.#publisher?.publish(ACCOUNT_TOPIC, entry.type, entry.data, { pos });
  }

  #replay(fromPos: number, limit: number) {
    if (fromPos <= this.forgotten) return { messages: [], next: this.forgotten + 1, complete: false, tooOld: true };
    const messages: unknown[] = [];
    let next = fromPos;
    for (; next <= this.#journal.length && messages.length < limit; next++) {
      const entry = this.#journal[next - 1];
      if (entry === undefined || entry.type === 'other') continue;
      const head = { v: WIRE_VERSION, src: 'engine', account: 'main', epoch: this.#epoch, topic: ACCOUNT_TOPIC, seq: 0 };
      messages.push({ ...head, type: entry.type, pos: next, ts: this.#ports.clock.wallUs(), id: `replay.${next}`, data: entry.data });
    }
    return { messages, next, complete: next > this.#journal.length, tooOld: false };
  }
}

export class FakeMarketServer {
  readonly #ports: Ports;
  #publisher: FeedPublisher | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  async start(): Promise<void> {
    const streams = ['mark', 'instrument'];
    const parts = await bound(this.#ports, 'market', 'tcp://0.0.0.0:6001', 'tcp://0.0.0.0:8001', streams, 7);
    const state = () => ({ state: 'ready' as const, reasons: [] });
    const publisher = new FeedPublisher({ ...parts, channel: 'market', state });
    const instrument = EXAMPLES['market.instrument'];
    await ServiceServer.bind({
      ...parts,
      publishers: [publisher],
      state,
      snapshot: (topic) => (topic.startsWith('instrument.') ? { instruments: [instrument] } : undefined),
    });
    publisher.start();
    this.#publisher = publisher;
  }

  mark(price: string): void {
    const data = { ...EXAMPLES['market.mark'], mark: price, venueTs: usTime(T0), receivedTs: usTime(T0) };
    this.#publisher?.publish('mark.BINANCE.main.BTCUSDT-PERP.', 'market.mark', data);
  }
}

export type DataOf<T extends Message['type']> = Extract<Message, { type: T }>['data'];
