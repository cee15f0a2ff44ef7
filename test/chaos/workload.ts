/**
 * A trader of its own on the wire contract: places, modifies and cancels by seed, sends the same message again until it is answered, then
 * asks. It keeps its own memory of what it wanted and was told.
 */
import { composeClientOrderId, parseOwnerTag } from '@fillwright/domain';
import { accountTopic, type CommandAnswer, encodeEnvelope, type Message, type MessageInput, type MessageType } from '@fillwright/messages';
import { createMetrics, type Log, MessageTap, type PublisherSocket } from '@fillwright/runtime';
import type { SeededRandom } from '@fillwright/simulation';
import type { Questions } from '../_stack/questions.ts';
import type { Stack } from '../_stack/stack.ts';
import { nowMs } from '../_stack/wait.ts';
import { OrderModel } from './order-model.ts';
import { WORKLOAD_PORT } from './wiring.ts';

const silent = (): void => {};
const log: Log = { debug: silent, info: silent, warn: silent, error: silent, child: () => log };
const COMMANDS = accountTopic('command', 'BINANCE', 'main');
const OWNER = 'ch';
const INSTRUMENTS = [
  { id: 'BTCUSDT-PERP.BINANCE', qty: '0.002', tick: 0.1, digits: 1 },
  { id: 'ETHUSDT-PERP.BINANCE', qty: '0.05', tick: 0.01, digits: 2 },
] as const;
const DEADLINE_MS = 2_000;
const FIRST_REPEAT_MS = 100;
const LONGEST_QUERY_MS = 4_000;
const ECHO_SHARE = 0.1;
const MAX_UNSETTLED = 32;
/** An order rests so long before it is cancelled or modified. */
const REST_MS = [300, 3_000] as const;

interface Command {
  readonly type: MessageType;
  readonly data: object;
  readonly id: string;
  readonly ts: number;
  readonly clientOrderId: string;
  readonly deadlineMs: number;
  nextMs: number;
  pauseMs: number;
}

export class Workload {
  readonly model = new OrderModel();
  readonly #questions: Questions;
  readonly #publisher: PublisherSocket;
  readonly #taps: readonly MessageTap[];
  readonly #random: SeededRandom;
  readonly #commands = new Map<string, Command>();
  /** Command id → order. */
  readonly #about = new Map<string, string>();
  readonly #quotes = new Map<string, { readonly bid: number; readonly ask: number }>();
  /** When an open order is touched next. */
  readonly #touchMs = new Map<string, number>();
  readonly #net = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #seq = 0;
  #ids = 0;
  #engineEpoch = 0;
  #nextMs = 0;
  #isOpening = false;

  static async start(stack: Stack, questions: Questions, random: SeededRandom): Promise<Workload> {
    return new Workload(stack, questions, random, await questions.bus.bindPublisher(stack.endpoint(WORKLOAD_PORT)));
  }

  private constructor(stack: Stack, questions: Questions, random: SeededRandom, publisher: PublisherSocket) {
    this.#questions = questions;
    this.#random = random;
    this.#publisher = publisher;
    const { bus } = questions;
    const ports = { bus, log, metrics: createMetrics() };
    const tap = (endpoint: string, prefixes: readonly string[]): MessageTap =>
      new MessageTap(ports, { name: 'chaos', endpoints: [endpoint], prefixes, onMessage: (message) => this.#hear(message) });
    this.#taps = [tap(stack.endpoint(6002), ['order.', 'answer.', 'hb.']), tap(stack.endpoint(6001), ['ticker.'])];
  }

  run(): void {
    this.#isOpening = true;
    this.#timer = setInterval(() => this.#turn(nowMs()), 10);
  }

  /** Opens nothing any more; goes on asking and cancelling until nothing is unsettled. */
  settle(): void {
    this.#isOpening = false;
    this.#touchMs.clear();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const tap of this.#taps) await tap.close();
    await this.#publisher.close();
  }

  #turn(now: number): void {
    for (const command of this.#commands.values()) if (command.nextMs <= now) this.#repeat(command, now);
    this.#touchOrders(now);
    if (!this.#isOpening || now < this.#nextMs) return;
    this.#nextMs = now + this.#random.between(20, 120);
    if (this.model.unsettled.length < MAX_UNSETTLED) this.#open();
  }

  #open(): void {
    const instrument = this.#random.pick(INSTRUMENTS);
    const quote = this.#quotes.get(instrument.id);
    if (quote === undefined || this.#engineEpoch === 0) return;
    const net = this.#net.get(instrument.id) ?? 0;
    const side = this.#random.chance(net > 0 ? 0.3 : 0.7) ? 'buy' : 'sell';
    const isTaking = this.#random.chance(0.25);
    const steps = this.#random.between(0, 30) * (isTaking ? -1 : 1) * instrument.tick;
    const price = side === 'buy' ? quote.bid - steps : quote.ask + steps;
    this.#ids += 1;
    const id = composeClientOrderId(parseOwnerTag(OWNER), this.#questions.sender.epoch, this.#ids);
    this.model.intend(id, instrument.id);
    const timeInForce = isTaking ? 'IOC' : this.#random.chance(0.5) ? 'GTX' : 'GTC';
    const terms = {
      instrument: instrument.id,
      side,
      type: 'limit',
      timeInForce,
      qty: instrument.qty,
      price: price.toFixed(instrument.digits),
    };
    this.#send('command.place', { clientOrderId: id, strategy: 'chaos', ...terms }, id, id);
    this.#touchMs.set(id, nowMs() + this.#random.between(...REST_MS));
  }

  #touchOrders(now: number): void {
    for (const { clientOrderId, instrument, view } of this.model.unsettled) {
      if (now < (this.#touchMs.get(clientOrderId) ?? 0)) continue;
      this.#touchMs.set(clientOrderId, now + this.#random.between(...REST_MS));
      // Under way, as far as we were told; what was said while a process was down is asked for.
      if (view?.state !== 'open' || view.request !== undefined) {
        if (view !== undefined) this.#ask(clientOrderId);
        continue;
      }
      this.#ids += 1;
      const id = `${OWNER}c${this.#ids}`;
      const { tick, digits } = INSTRUMENTS.find((one) => one.id === instrument) ?? INSTRUMENTS[0];
      if (!this.#isOpening || view.price === undefined || this.#random.chance(0.6))
        this.#send('command.cancel', { clientOrderId }, id, clientOrderId);
      else {
        const price = (Number(view.price) + this.#random.between(-5, 5) * tick).toFixed(digits);
        this.#send('command.modify', { clientOrderId, price }, id, clientOrderId);
      }
    }
  }

  #send(type: MessageType, data: object, id: string, clientOrderId: string): void {
    const ts = this.#questions.clock.wallUs();
    const now = nowMs();
    const header = { owner: OWNER, engineEpoch: this.#engineEpoch, deadlineTs: ts + DEADLINE_MS * 1000 };
    const command = { type, data: { ...header, ...data }, id, ts, clientOrderId, deadlineMs: now + DEADLINE_MS };
    this.#about.set(id, clientOrderId);
    const entry: Command = { ...command, nextMs: now + FIRST_REPEAT_MS, pauseMs: FIRST_REPEAT_MS };
    this.#commands.set(id, entry);
    this.#publish(entry);
    // Nobody promises that a message comes once.
    if (this.#random.chance(ECHO_SHARE)) this.#publish(entry);
  }

  /** The same message until the deadline, then questions about its order for as long as it takes. */
  #repeat(command: Command, now: number): void {
    command.pauseMs = Math.min(LONGEST_QUERY_MS, command.pauseMs * 2);
    command.nextMs = now + command.pauseMs;
    if (now < command.deadlineMs) this.#publish(command);
    else if (command.type === 'command.place') this.#ask(command.clientOrderId);
    // What a cancel or modify came to shows in the order; it is wanted again there.
    else this.#commands.delete(command.id);
  }

  #ask(clientOrderId: string): void {
    this.#ids += 1;
    const id = `${OWNER}q${this.#ids}`;
    this.#about.set(id, clientOrderId);
    const data = { clientOrderId } as MessageInput<'command.query'>;
    this.#seq += 1;
    this.#publisher.send(COMMANDS, encodeEnvelope(this.#questions.sender.envelope('command.query', COMMANDS, this.#seq, data, { id })));
  }

  #publish({ type, data, id, ts }: Command): void {
    this.#seq += 1;
    const envelope = this.#questions.sender.envelope(type, COMMANDS, this.#seq, data as never, { id, ts } as never);
    this.#publisher.send(COMMANDS, encodeEnvelope(envelope));
  }

  #hear(message: Message): void {
    if (message.type === 'market.ticker') {
      const { instrument, bid, ask } = message.data;
      if (Number(bid) > 0 && Number(ask) > 0) this.#quotes.set(instrument, { bid: Number(bid), ask: Number(ask) });
    } else if (message.type === 'heartbeat') this.#engineEpoch = Math.max(this.#engineEpoch, message.epoch);
    else if (message.type === 'command.answer') this.#answered(message.data);
    else if (message.type === 'order.event') {
      this.model.event(message.data);
      const { fill } = message.data;
      if (fill !== undefined) {
        const signed = Number(fill.qty) * (fill.side === 'buy' ? 1 : -1);
        this.#net.set(fill.instrument, (this.#net.get(fill.instrument) ?? 0) + signed);
      }
    }
  }

  #answered(answer: CommandAnswer): void {
    const clientOrderId = this.#about.get(answer.commandId);
    if (clientOrderId === undefined) return;
    const command = this.#commands.get(answer.commandId) ?? this.#commands.get(clientOrderId);
    const isAboutOrder = answer.commandId === clientOrderId || answer.commandId.startsWith(`${OWNER}q`);
    if (isAboutOrder) this.model.answered(answer, clientOrderId);
    else if (answer.order !== undefined) this.model.told(answer.order);
    if (command !== undefined) this.#commands.delete(command.id);
  }
}
