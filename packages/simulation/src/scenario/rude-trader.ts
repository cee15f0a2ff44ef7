/**
 * A trader without manners: repeats itself, asks for what is not his, uses old epochs and past deadlines, sends what no schema allows.
 * The engine must answer all of it and take on only what a polite trader could have asked.
 */
import { accountTopic, encodeEnvelope, type Message, type MessageInput, type MessageType } from '@fillwright/messages';
import { MessageTap, type Ports, type PublisherSocket, Sender } from '@fillwright/runtime';
import type { SeededRandom } from '../kernel/seeded-random.ts';
import type { DeskPlan } from './desk-plan.ts';
import { RUDE } from './desk-plan.ts';
import { rudeTerms, SYMBOL_NAMES } from './rude-terms.ts';

/** Orders that it remembers, to come back to them. */
const REMEMBERED = 20;
const SECOND_US = 1_000_000;

type Header = { readonly owner: string; readonly engineEpoch: number; readonly deadlineTs: number };

export class RudeTrader {
  readonly #ports: Ports;
  readonly #plan: DeskPlan;
  readonly #topic: string;
  readonly #sender: Sender;
  readonly #orders: string[] = [];
  readonly #others: string[] = [];
  #socket: PublisherSocket | undefined;
  #engineEpoch = 1;
  #seq = 0;
  #counter = 0;
  #isQuiet = false;

  constructor(ports: Ports, plan: DeskPlan) {
    const { exchange, account } = plan.positions;
    this.#ports = ports;
    this.#plan = plan;
    this.#topic = accountTopic('command', exchange, account);
    const epoch = Math.floor(ports.clock.wallUs() / SECOND_US);
    this.#sender = new Sender({ src: 'rude', exchange, account, epoch }, ports.clock);
  }

  async start(): Promise<void> {
    const { exchange, account } = this.#plan.positions;
    this.#socket = await this.#ports.bus.bindPublisher(RUDE.commands);
    new MessageTap(this.#ports, {
      name: 'engine',
      endpoints: [this.#plan.engine.ZMQ.ORDER_EVENTS_PUB_ENDPOINT],
      prefixes: [accountTopic('order', exchange, account), accountTopic('engine', exchange, account)],
      onMessage: (message) => this.#heard(message),
    });
  }

  /** Says so many things, one after the other. */
  misbehave(times: number, random: SeededRandom): void {
    this.#isQuiet = false;
    for (let n = 0; n < times; n += 1) {
      this.#ports.clock.after(n * random.between(1, 300), () => this.#act(random));
    }
  }

  /** Asks for so many orders in one breath. */
  burst(count: number, random: SeededRandom): void {
    this.#isQuiet = false;
    for (let n = 0; n < count; n += 1) this.#place(random);
  }

  /** Faults are over. */
  quiet(): void {
    this.#isQuiet = true;
  }

  #heard({ type, epoch, data }: Message): void {
    this.#engineEpoch = epoch;
    if (type !== 'order.event') return;
    const { owner, clientOrderId, state } = data.order;
    const list = owner === RUDE.tag ? this.#orders : this.#others;
    const at = list.indexOf(clientOrderId);
    if (state === 'closed' && at >= 0) list.splice(at, 1);
    if (state === 'open' && at < 0) list.push(clientOrderId);
    if (list.length > REMEMBERED) list.shift();
  }

  #act(random: SeededRandom): void {
    const actions = [
      () => this.#place(random),
      () => this.#place(random),
      () => this.#place(random),
      () => this.#modify(random),
      () => this.#modify(random),
      () => this.#cancel(random, this.#orders),
      () => this.#cancel(random, this.#others),
      () => this.#placeWrongly(random),
      () => this.#send('command.cancel-all', this.#cancelAll(random), this.#sender.nextId(), random),
      () => this.#send('command.query', { clientOrderId: this.#some(random, this.#orders) }, this.#sender.nextId(), random),
      () => this.#say(Buffer.from([0xc1, random.below(256), random.below(256)]), `${this.#topic}noise`),
    ];
    random.pick(actions)();
  }

  #place(random: SeededRandom): void {
    const clientOrderId = this.#nextId(RUDE.tag);
    const command = { ...this.#header(), clientOrderId, strategy: 'rude', ...rudeTerms(random, this.#ports.clock.wallUs()) };
    this.#send('command.place', command, clientOrderId, random);
  }

  /** For a former engine, too late, too far ahead, under a foreign tag, or of an impossible size. */
  #placeWrongly(random: SeededRandom): void {
    const terms = rudeTerms(random, this.#ports.clock.wallUs());
    const now = this.#ports.clock.wallUs();
    const header = this.#header();
    const id = this.#nextId(RUDE.tag);
    const foreign = this.#plan.traders[0]?.ownerTag ?? RUDE.tag;
    const wrongs = [
      { ...header, engineEpoch: Math.max(1, header.engineEpoch - 1 - random.below(3)) },
      { ...header, deadlineTs: now - random.between(1, SECOND_US) },
      { ...header, deadlineTs: now + 7_200 * SECOND_US },
      { ...header, owner: foreign },
      { ...header, owner: RUDE.tag.slice(0, 1).padEnd(2, 'z') },
      { ...header, qty: '900000' },
      { ...header, qty: '0.0000001' },
      { ...header, instrument: 'NOSUCHUSDT-PERP.BINANCE' },
    ];
    const wrong = { clientOrderId: id, strategy: 'rude', ...terms, ...random.pick(wrongs) };
    this.#send('command.place', wrong, id, random);
  }

  #modify(random: SeededRandom): void {
    const clientOrderId = this.#some(random, random.chance(0.85) ? this.#orders : this.#others);
    const { price, qty } = rudeTerms(random, this.#ports.clock.wallUs());
    const whole = price === undefined ? { qty } : { price, qty };
    const change = random.pick([whole, { qty }, whole, { qty: '0.001' }, {}]);
    const owner = random.chance(0.9) ? RUDE.tag : (this.#plan.traders[0]?.ownerTag ?? RUDE.tag);
    const command = { ...this.#header(), owner, clientOrderId, ...change };
    this.#send('command.modify', command, this.#sender.nextId(), random);
  }

  #cancel(random: SeededRandom, list: readonly string[]): void {
    const owner = random.chance(0.7) ? RUDE.tag : (this.#plan.traders[0]?.ownerTag ?? RUDE.tag);
    this.#send('command.cancel', { ...this.#header(), owner, clientOrderId: this.#some(random, list) }, this.#sender.nextId(), random);
  }

  #cancelAll(random: SeededRandom): object {
    const owner = random.chance(0.8) ? RUDE.tag : (this.#plan.traders[0]?.ownerTag ?? RUDE.tag);
    return { ...this.#header(), owner, ...(random.chance(0.3) && { instrument: random.pick(SYMBOL_NAMES) }) };
  }

  /** Nobody checks what he says. Everything up to three times, at once or a little later. */
  #send<T extends MessageType>(type: T, data: object, id: string, random: SeededRandom): void {
    const copies = 1 + random.below(3);
    for (let copy = 0; copy < copies; copy += 1) {
      const say = (): void => {
        if (this.#isQuiet) return;
        this.#seq += 1;
        this.#say(encodeEnvelope(this.#sender.envelope(type, this.#topic, this.#seq, data as MessageInput<T>, { id })));
      };
      if (copy === 0) say();
      else this.#ports.clock.after(random.below(400), say);
    }
  }

  #say(body: Uint8Array, topic = this.#topic): void {
    if (!this.#isQuiet) this.#socket?.send(topic, body);
  }

  #header(): Header {
    return { owner: RUDE.tag, engineEpoch: this.#engineEpoch, deadlineTs: this.#ports.clock.wallUs() + 2 * SECOND_US };
  }

  #some(random: SeededRandom, list: readonly string[]): string {
    return list.length > 0 && random.chance(0.9) ? random.pick(list) : `${RUDE.tag}nosuchorder`;
  }

  #nextId(tag: string): string {
    this.#counter += 1;
    return `${tag}${this.#sender.epoch.toString(36)}${this.#counter.toString(36)}`;
  }
}
