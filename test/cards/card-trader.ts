/** Two traders of the cards on the real bus: each publishes its own commands, both hear all that the engine says of orders. */
import { type ClientOrderId, composeClientOrderId, parseOwnerTag } from '@fillwright/domain';
import { accountTopic, type CommandAnswer, type Message, type MessageInput, type MessageType, type OrderView } from '@fillwright/messages';
import {
  createMetrics,
  FeedLink,
  FeedPublisher,
  type FeedSubscription,
  type Log,
  MessageTap,
  Sender,
  ServiceClient,
} from '@fillwright/runtime';
import type { CardAnswer, CardEvent, CardTerms, CardTrader } from '@fillwright/venue/cards';
import type { Questions } from '../_stack/questions.ts';
import type { Stack } from '../_stack/stack.ts';
import { until } from '../_stack/wait.ts';

const silent = (): void => {};
const log: Log = { debug: silent, info: silent, warn: silent, error: silent, child: () => log };
const COMMANDS = accountTopic('command', 'BINANCE', 'main');
const DEADLINE_US = 5_000_000;
/** Refused for its quantity, unless the engine already refuses for want of a mark price. */
const IMPOSSIBLE = '999999999';
/** Of all cards together; beyond it the oldest go. */
const EVENTS_KEPT = 50_000;
const ANSWERS_KEPT = 10_000;

/** What the engine says on 6002: every order event once and in order, also those that it said while nobody was connected. */
export class CardFeed {
  readonly #tap: MessageTap;
  readonly #link: FeedLink;
  readonly #service: ServiceClient;
  readonly #subscription: FeedSubscription;
  readonly events: CardEvent[] = [];
  readonly orders = new Map<string, OrderView>();
  readonly answers = new Map<string, CommandAnswer>();

  constructor(stack: Stack, { bus, clock, sender }: Questions) {
    const endpoint = stack.endpoint(6002);
    this.#service = new ServiceClient({ bus, clock, sender, endpoint: stack.endpoint(8002) });
    this.#link = new FeedLink({ bus, clock, sender, endpoint, service: this.#service });
    this.#subscription = this.#link.subscribe({
      topic: accountTopic('order', 'BINANCE', 'main'),
      mode: { type: 'durable', fromPos: 1 },
      onMessage: (message) => this.#event(message),
      onHalt: (reason, detail) => {
        throw new Error(`the feed of order events halted: ${reason} ${detail}`);
      },
    });
    const prefixes = [accountTopic('answer', 'BINANCE', 'main')];
    const onMessage = (message: Message): void => this.#answer(message);
    this.#tap = new MessageTap({ bus, log, metrics: createMetrics() }, { name: 'cards', endpoints: [endpoint], prefixes, onMessage });
  }

  /** Complete up to now, in this life of the engine. */
  isLive(epoch: number): boolean {
    return this.#subscription.state === 'live' && this.#subscription.statistics.epoch === epoch;
  }

  async close(): Promise<void> {
    await this.#tap.close();
    await this.#link.close();
    await this.#service.close();
  }

  #event(message: Message): void {
    if (message.type !== 'order.event') return;
    this.orders.set(message.data.order.clientOrderId, message.data.order);
    this.events.push(message.data);
    if (this.events.length > EVENTS_KEPT) this.events.shift();
  }

  #answer(message: Message): void {
    if (message.type !== 'command.answer') return;
    // Copies are answered as well; the card wants the first.
    if (!this.answers.has(message.data.commandId)) this.answers.set(message.data.commandId, message.data);
    const oldest = this.answers.size > ANSWERS_KEPT ? this.answers.keys().next().value : undefined;
    if (oldest !== undefined) this.answers.delete(oldest);
  }
}

export class BusTrader implements CardTrader {
  readonly owner: string;
  readonly #feed: CardFeed;
  readonly #questions: Questions;
  readonly #publisher: FeedPublisher;
  readonly #said = new Map<string, () => void>();
  #ids = 0;
  #engineEpoch = 0;

  /** Binds where the engine expects a trader, and beats once a second: of one that falls silent the engine takes the orders back. */
  static async bind(questions: Questions, feed: CardFeed, owner: string, endpoint: string): Promise<BusTrader> {
    const { bus, clock, sender } = questions;
    const own = new Sender({ src: `cards-${owner}`, exchange: 'BINANCE', account: 'main', epoch: sender.epoch }, clock);
    const socket = await bus.bindPublisher(endpoint);
    const state = () => ({ state: 'ready', reasons: [] }) as const;
    const publisher = new FeedPublisher({ socket, clock, sender: own, channel: owner, streams: ['command'], state, ringSize: 0 });
    publisher.start();
    return new BusTrader(questions, feed, owner, publisher);
  }

  private constructor(questions: Questions, feed: CardFeed, owner: string, publisher: FeedPublisher) {
    this.owner = owner;
    this.#feed = feed;
    this.#questions = questions;
    this.#publisher = publisher;
  }

  /** Learns the engine's epoch, and makes sure that it hears us and has a mark price to judge orders by. */
  async sync(): Promise<void> {
    this.#engineEpoch = (await this.#questions.ask('trading-engine', 'service.ping', {}, 'service.pong')).epoch;
    await until(
      `the engine listens to ${this.owner}`,
      async () => {
        const id = this.place({ side: 'buy', type: 'market', qty: IMPOSSIBLE });
        const answer = await until('an answer', () => this.#feed.answers.get(id), { withinMs: 500 });
        if (answer.reason?.code !== 'QTY_RANGE') throw new Error(JSON.stringify(answer.reason));
        return this.#feed.isLive(this.#engineEpoch);
      },
      { withinMs: 60_000 },
    );
  }

  place(terms: CardTerms): ClientOrderId {
    this.#ids += 1;
    const id = composeClientOrderId(parseOwnerTag(this.owner), this.#questions.sender.epoch, this.#ids);
    const { timeInForce = terms.type === 'market' ? 'IOC' : 'GTC', instrument = this.instrument, ...rest } = terms;
    const command = { ...this.#header(), clientOrderId: id, strategy: 'cards', ...rest, instrument, timeInForce };
    this.#said.set(id, this.#publish('command.place', command as MessageInput<'command.place'>, id));
    return id;
  }

  /** What orders are about unless they say otherwise. */
  instrument = '';

  repeat(id: ClientOrderId): void {
    this.#said.get(id)?.();
  }

  cancel(clientOrderId: string): string {
    return this.#command('command.cancel', { ...this.#header(), clientOrderId } as MessageInput<'command.cancel'>);
  }

  cancelAll(): string {
    return this.#command('command.cancel-all', this.#header() as MessageInput<'command.cancel-all'>);
  }

  modify(clientOrderId: string, change: { readonly price?: string; readonly qty?: string }): string {
    return this.#command('command.modify', { ...this.#header(), clientOrderId, ...change } as MessageInput<'command.modify'>);
  }

  query(clientOrderId: string): string {
    return this.#command('command.query', { clientOrderId } as MessageInput<'command.query'>);
  }

  answer(commandId: string): Promise<CardAnswer> {
    return until(`an answer to ${commandId}`, () => this.#feed.answers.get(commandId));
  }

  events(id: string): readonly CardEvent[] {
    return this.#feed.events.filter(({ order }) => order.clientOrderId === id);
  }

  all(): readonly CardEvent[] {
    return this.#feed.events;
  }

  order(id: string): OrderView | undefined {
    return this.#feed.orders.get(id);
  }

  close(): Promise<void> {
    return this.#publisher.close();
  }

  #command<T extends MessageType>(type: T, data: MessageInput<T>): string {
    this.#ids += 1;
    const id = `${this.owner}-${this.#ids}`;
    this.#publish(type, data, id);
    return id;
  }

  /** Returns what says the same again. */
  #publish<T extends MessageType>(type: T, data: MessageInput<T>, id: string): () => void {
    const say = (): void => void this.#publisher.publish(COMMANDS, type, data, { id });
    say();
    return say;
  }

  #header() {
    return { owner: this.owner, engineEpoch: this.#engineEpoch, deadlineTs: this.#questions.clock.wallUs() + DEADLINE_US };
  }
}
