/** An engine on a simulated machine, a venue that does what the test says, and a trader with an operator's rights. */
import type { UsTime } from '@fillwright/domain';
import { accountTopic, decodeMessage, type Message, type MessageInput, type MessageOf, type MessageType } from '@fillwright/messages';
import { FeedPublisher, type Ports, Sender, ServiceClient } from '@fillwright/runtime';
import { type EngineOptions, TradingEngine } from '../../src/mod.ts';
import { engineOptions } from '../_world.ts';
import { type SimulatedProcess, World } from '../simulated-world.ts';
import { FakeVenue } from './fake-venue.ts';

const COMMANDS = accountTopic('command', 'BINANCE', 'main');

const MOMENT_US = 5_000;

/** What came back, or why nothing did. */
export type Reply = Message | { readonly type: 'refused'; readonly data: { readonly reason: string; readonly code?: string } };

export class Trader {
  readonly messages: Message[] = [];
  readonly #ports: Ports;
  readonly #sender: Sender;
  readonly #service: ServiceClient;
  #publisher: FeedPublisher | undefined;

  constructor(ports: Ports) {
    const { bus, clock } = ports;
    this.#ports = ports;
    this.#sender = new Sender({ src: 'trader', exchange: 'BINANCE', account: 'main', epoch: 1_795_000_000 }, clock);
    this.#service = new ServiceClient({ bus, clock, endpoint: 'tcp://desk:8002', sender: this.#sender });
  }

  async start(): Promise<void> {
    const { bus, clock } = this.#ports;
    const onFrames = (frames: readonly Uint8Array[]) => {
      const decoded = decodeMessage(frames);
      if (decoded.ok) this.messages.push(decoded.message);
    };
    for (const port of [6002, 6017, 6018]) bus.connectSubscriber([`tcp://desk:${port}`], { onFrames }).subscribe('');
    const socket = await bus.bindPublisher('tcp://0.0.0.0:7003');
    const state = () => ({ state: 'ready', reasons: [] }) as const;
    this.#publisher = new FeedPublisher({ socket, clock, sender: this.#sender, channel: '7003', streams: ['command'], state });
  }

  send<T extends MessageType>(type: T, data: MessageInput<T>, id: string): void {
    this.#publisher?.publish(COMMANDS, type, data, { id });
  }

  ask<T extends MessageType>(type: T, data: MessageInput<T>, onReply: (reply: Reply) => void): void {
    this.#service.ask(type, data, 1_000, (result) => onReply(result.ok ? result.message : { type: 'refused', data: result }));
  }

  now(): UsTime {
    return this.#ports.clock.wallUs();
  }
}

export class Desk {
  readonly world = new World({ seed: 1, outsideCalls: 'allow', logLines: 500 });
  readonly venue = new FakeVenue();
  readonly engine: SimulatedProcess<TradingEngine>;
  readonly trader: SimulatedProcess<Trader>;
  readonly broken: unknown[] = [];
  #ids = 0;

  constructor(options: Partial<EngineOptions> = {}) {
    this.trader = this.world.spawn('floor/trader', (ports) => new Trader(ports));
    const endpoints = {
      orderEvents: 'tcp://0.0.0.0:6002',
      tradeEvents: 'tcp://0.0.0.0:6017',
      orderStatus: 'tcp://0.0.0.0:6018',
      service: 'tcp://0.0.0.0:8002',
      traders: ['tcp://floor:7003'],
      positionServer: [],
      market: [],
    };
    this.engine = this.world.spawn(
      'desk/engine',
      (ports) => {
        const engine = new TradingEngine(ports, { ...engineOptions(), endpoints, ...options }, this.venue.adapter(ports.clock));
        engine.onBroken = (error) => this.broken.push(error);
        return engine;
      },
      { delayUs: 10_000 },
    );
  }

  run(ms: number): Promise<unknown> {
    return this.world.run({ untilUs: this.world.kernel.nowUs + ms * 1_000 });
  }

  async ready(): Promise<void> {
    await this.world.runUntil(() => this.engine.service?.health().ready === true, 'ready engine');
    // Long enough for every link to stand.
    await this.run(500);
  }

  /** The clock on the wall of the trader. */
  now(): UsTime {
    return this.#floor().now();
  }

  running(): TradingEngine {
    const { service } = this.engine;
    if (!service) throw new Error('the engine does not run');
    return service;
  }

  /** As an event of the engine's process: the venue tells. */
  async venueDoes(what: (venue: FakeVenue, nowUs: UsTime) => void): Promise<void> {
    this.engine.incarnation.later(0, 'venue', () => what(this.venue, this.#floor().now()));
    await this.run(200);
  }

  async place(id: string, change: Partial<MessageInput<'command.place'>> = {}): Promise<void> {
    const data = this.#order(id, change);
    await this.#does(() => this.#floor().send('command.place', data, id));
  }

  /** Asks a moment after the order left: it has been taken on by then, and that is all. */
  async placeAndAsk<T extends MessageType>(id: string, type: T, data: MessageInput<T>, onReply: (reply: Reply) => void): Promise<void> {
    const floor = this.#floor();
    const order = this.#order(id, {});
    await this.#does(() => {
      floor.send('command.place', order, id);
      this.trader.incarnation.later(MOMENT_US, 'trader', () => floor.ask(type, data, onReply));
    });
  }

  async cancel(id: string): Promise<void> {
    const clientOrderId = id as MessageInput<'command.cancel'>['clientOrderId'];
    await this.#does(() => this.#floor().send('command.cancel', { ...this.#header(), clientOrderId }, this.#nextId()));
  }

  async control(action: MessageInput<'service.control'>['action'], change: { readonly owner?: string } = {}): Promise<Reply> {
    return this.ask('service.control', { action, who: 'me', why: 'test', ...change });
  }

  async ask<T extends MessageType>(type: T, data: MessageInput<T>): Promise<Reply> {
    let reply: Reply | undefined;
    await this.#does(() =>
      this.#floor().ask(type, data, (message) => {
        reply = message;
      }),
    );
    if (!reply) throw new Error(`no word about ${type}`);
    return reply;
  }

  of<T extends MessageType>(type: T): readonly MessageOf<T>[] {
    return this.#floor().messages.filter((message): message is MessageOf<T> & Message => message.type === type);
  }

  /** Verdicts told about one command, in order; a denial with its code. */
  verdicts(id: string): readonly string[] {
    return this.of('command.answer')
      .filter(({ data }) => data.commandId === id)
      .map(({ data }) => (data.verdict === 'denied' ? `denied ${data.reason?.code}` : data.verdict));
  }

  changes(id: string): readonly string[] {
    return this.of('order.event')
      .filter(({ data }) => data.order.clientOrderId === id)
      .map(({ data }) => data.change);
  }

  #floor(): Trader {
    if (!this.trader.service) throw new Error('the trader does not run');
    return this.trader.service;
  }

  async #does(what: () => void): Promise<void> {
    this.trader.incarnation.later(0, 'trader', what);
    await this.run(200);
  }

  #order(id: string, change: Partial<MessageInput<'command.place'>>): MessageInput<'command.place'> {
    return {
      ...this.#header(),
      clientOrderId: id as MessageInput<'command.place'>['clientOrderId'],
      instrument: 'BTCUSDT-PERP.BINANCE' as MessageInput<'command.place'>['instrument'],
      ...{ side: 'buy', type: 'limit', timeInForce: 'GTC' },
      ...{ qty: '1', price: '100', reduceOnly: false, closePosition: false, strategy: 's' },
      ...change,
    } as MessageInput<'command.place'>;
  }

  #header() {
    const epoch = Number(this.running().health().facts?.epoch);
    return { owner: 'q1', engineEpoch: epoch, deadlineTs: (this.#floor().now() + 2_000_000) as UsTime };
  }

  #nextId(): string {
    this.#ids += 1;
    return `c${this.#ids}`;
  }
}
