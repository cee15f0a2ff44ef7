/** A trader whose every word the test decides: one PUB socket for commands, and all that the engine says on 6002. */

import { composeClientOrderId, parseOwnerTag } from '@fillwright/domain';
import {
  accountTopic,
  type CommandAnswer,
  encodeEnvelope,
  type Message,
  type MessageData,
  type MessageInput,
  type MessageType,
  type OrderView,
} from '@fillwright/messages';
import { createMetrics, type Log, MessageTap, type PublisherSocket } from '@fillwright/runtime';
import type { Questions } from './questions.ts';
import type { Stack } from './stack.ts';
import { nowMs, until } from './wait.ts';

const silent = (): void => {};
const log: Log = { debug: silent, info: silent, warn: silent, error: silent, child: () => log };
const COMMANDS = accountTopic('command', 'BINANCE', 'main');
const DEADLINE_MS = 5_000;
const COPY_MS = 1_000;
const HISTORY_KEPT = 50_000;
/** Of one command. */
const ANSWERS_KEPT = 16;

export interface Wanted {
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  readonly qty: string;
  readonly price?: string;
  readonly timeInForce?: 'GTC' | 'GTX' | 'IOC';
  /** From now; 5 s. */
  readonly deadlineMs?: number;
}

export class ScriptedTrader {
  readonly owner = 'st';
  readonly #questions: Questions;
  readonly #publisher: PublisherSocket;
  readonly #tap: MessageTap;
  readonly #orders = new Map<string, OrderView>();
  readonly #answers = new Map<string, CommandAnswer[]>();
  /** Command without an answer → sends it once more. */
  readonly #again = new Map<string, () => void>();
  readonly changes: MessageData<'order.event'>[] = [];
  #seq = 0;
  #ids = 0;
  engineEpoch = 0;
  /** Answers to any command. */
  answered = 0;

  /** Binds where the engine expects a trader, and is heard before this resolves. */
  static async start(stack: Stack, questions: Questions, planned = 7003): Promise<ScriptedTrader> {
    const publisher = await questions.bus.bindPublisher(stack.endpoint(planned));
    const trader = new ScriptedTrader(stack, questions, publisher);
    await trader.sync();
    return trader;
  }

  private constructor(stack: Stack, questions: Questions, publisher: PublisherSocket) {
    this.#questions = questions;
    this.#publisher = publisher;
    const { bus } = questions;
    const prefixes = ['order.', 'answer.'];
    const onMessage = (message: Message): void => this.#hear(message);
    this.#tap = new MessageTap(
      { bus, log, metrics: createMetrics() },
      { name: 'test', endpoints: [stack.endpoint(6002)], prefixes, onMessage },
    );
  }

  /** Learns the engine's epoch and makes sure that both ways are open. */
  async sync(): Promise<void> {
    this.engineEpoch = (await this.#questions.ask('trading-engine', 'service.ping', {}, 'service.pong')).epoch;
    await until('the engine hears the scripted trader', async () => {
      const id = this.nextId();
      this.publish('command.query', { clientOrderId: id }, id);
      return await until('an answer', () => this.answersTo(id).length > 0, { withinMs: 200 });
    });
  }

  nextId(): ReturnType<typeof composeClientOrderId> {
    this.#ids += 1;
    return composeClientOrderId(parseOwnerTag(this.owner), this.#questions.sender.epoch, this.#ids);
  }

  publish<T extends MessageType>(type: T, data: MessageInput<T>, id: string): void {
    this.#again.set(id, () => this.publish(type, data, id));
    this.#seq += 1;
    this.#publisher.send(COMMANDS, encodeEnvelope(this.#questions.sender.envelope(type, COMMANDS, this.#seq, data, { id })));
  }

  place(wanted: Wanted, id = this.nextId()): string {
    const { price, timeInForce = price === undefined ? 'IOC' : 'GTC', deadlineMs, ...rest } = wanted;
    const type = price === undefined ? 'market' : 'limit';
    const data = {
      ...this.#header(deadlineMs),
      clientOrderId: id,
      strategy: 'scripted',
      type,
      timeInForce,
      ...rest,
      ...(price && { price }),
    };
    this.publish('command.place', data as MessageInput<'command.place'>, id);
    return id;
  }

  /** An order that rests at the exchange. Soon after a start the engine may still lack the mark price: then it is asked for anew. */
  async open(wanted: Wanted): Promise<string> {
    return until(`an open order ${JSON.stringify(wanted)}`, async () => {
      const id = this.place(wanted);
      const answer = await this.answerTo(id);
      if (answer.verdict === 'denied') throw new Error(JSON.stringify(answer.reason));
      return (await this.phase(id, 'new')).clientOrderId;
    });
  }

  cancel(clientOrderId: string): string {
    const id = `c-${this.nextId()}`;
    this.publish('command.cancel', { ...this.#header(), clientOrderId } as MessageInput<'command.cancel'>, id);
    return id;
  }

  query(clientOrderId: string): string {
    const id = `q-${this.nextId()}`;
    this.publish('command.query', { clientOrderId } as MessageInput<'command.query'>, id);
    return id;
  }

  order(clientOrderId: string): OrderView | undefined {
    return this.#orders.get(clientOrderId);
  }

  answersTo(commandId: string): readonly CommandAnswer[] {
    return this.#answers.get(commandId) ?? [];
  }

  /** Sends copies meanwhile, as every trader does: a connection that was taken for dead loses what was on it. */
  answerTo(commandId: string, withinMs = 5_000): Promise<CommandAnswer> {
    let nextMs = nowMs() + COPY_MS;
    const look = (): CommandAnswer | undefined => {
      const [answer] = this.answersTo(commandId);
      if (answer === undefined && nowMs() >= nextMs) {
        nextMs += COPY_MS;
        this.#again.get(commandId)?.();
      }
      return answer;
    };
    return until(`an answer to ${commandId}`, look, { withinMs });
  }

  /** The order once it is in one of these phases. */
  phase(clientOrderId: string, ...phases: readonly OrderView['phase'][]): Promise<OrderView> {
    return until(
      `${clientOrderId} is ${phases.join(' or ')}`,
      () => {
        const order = this.#orders.get(clientOrderId);
        return order !== undefined && phases.includes(order.phase) && order;
      },
      { everyMs: 1, describe: () => JSON.stringify({ order: this.#orders.get(clientOrderId), answers: this.answersTo(clientOrderId) }) },
    );
  }

  async close(): Promise<void> {
    await this.#tap.close();
    await this.#publisher.close();
  }

  #hear(message: Message): void {
    if (message.type === 'command.answer') {
      const { data } = message;
      this.answered += 1;
      this.#again.delete(data.commandId);
      const known = this.#answers.get(data.commandId) ?? [];
      if (known.length < ANSWERS_KEPT) this.#answers.set(data.commandId, [...known, data]);
      const oldest = this.#answers.size > HISTORY_KEPT ? this.#answers.keys().next().value : undefined;
      if (oldest !== undefined) this.#answers.delete(oldest);
    } else if (message.type === 'order.event') {
      this.#orders.set(message.data.order.clientOrderId, message.data.order);
      this.changes.push(message.data);
      if (this.changes.length > HISTORY_KEPT) this.changes.shift();
    }
  }

  #header(deadlineMs = DEADLINE_MS) {
    return { owner: this.owner, engineEpoch: this.engineEpoch, deadlineTs: this.#questions.clock.wallUs() + deadlineMs * 1000 };
  }
}
