/** What traders ask: every copy of every command gets an answer, and a second copy is never a second command. */
import {
  checkTerms,
  type Decimal,
  decimal,
  type InstrumentId,
  isClosed,
  type Order,
  type OrderTerms,
  type Reason,
  ZERO,
} from '@fillwright/domain';
import { type CommandAnswer, type MessageData, termsFromFields } from '@fillwright/messages';
import { mutated } from '@fillwright/runtime/ports';
import { ENGINE_TAGS, overlaps } from '../account/owner-tags.ts';
import type { EngineContext, OpeningGate } from '../context.ts';
import { checkExposure, isHarmless, isReducing } from '../risk/risk-gate.ts';
import { deny, notFound, notYours, type Sender, tell } from './answers.ts';
import type { Dispatcher } from './dispatcher.ts';

export type MarkOf = (instrument: InstrumentId) => Decimal | undefined;

type Header = Pick<MessageData<'command.cancel'>, 'owner' | 'engineEpoch' | 'deadlineTs'>;

/** Furthest a deadline may lie ahead; beyond it a clock is wrong. */
const MAX_DEADLINE_US = 3_600_000_000;
/** Answers remembered for commands that leave no trace in the journal. Their copies come within a deadline; a restart fences them. */
const ANSWERS_BOUND = 10_000;

export class CommandDesk {
  readonly #context: EngineContext;
  readonly #dispatcher: Dispatcher;
  readonly #gate: OpeningGate;
  readonly #markOf: MarkOf;
  /** By sender and command id: what was denied stays denied, and a cancel-all is carried out once. */
  readonly #answers = new Map<string, CommandAnswer>();
  onStaleInstrument: (instrument: InstrumentId) => void = () => undefined;

  constructor(context: EngineContext, parts: { dispatcher: Dispatcher; gate: OpeningGate; markOf: MarkOf }) {
    this.#context = context;
    this.#dispatcher = parts.dispatcher;
    this.#gate = parts.gate;
    this.#markOf = parts.markOf;
  }

  place(command: MessageData<'command.place'>, sender: Sender): CommandAnswer {
    const { book, records } = this.#context;
    const fault = mutated(this.#context, 'deadline-before-known-id') ? this.#headerFault(command) : undefined;
    if (fault) return deny(sender, fault);
    const known = book.order(command.clientOrderId);
    if (known) return tell(sender, 'known', known);
    const terms = termsFromFields(command);
    const id = command.clientOrderId;
    // Not even the id is taken on when it belongs to somebody else: journaling it would take it from its owner.
    const foreign =
      this.#foreign(command.owner, sender.src) ??
      this.#ambiguous(command.owner) ??
      (id.startsWith(command.owner) ? undefined : notYours(`id ${id}`, command.owner));
    if (foreign) return deny(sender, foreign);
    this.#registerOwner(command.owner, sender.src);
    const initialized = { type: 'initialized', owner: command.owner, strategy: command.strategy, terms, external: false } as const;
    const denial = this.#headerFault(command) ?? this.#admit(terms, command.owner);
    if (!records.order(id, initialized, sender.commandId)) throw new Error(`could not take on ${id}`);
    if (denial) return deny(sender, denial, records.order(id, { type: 'denied', reason: denial }, sender.commandId));
    const order = book.order(id) as Order;
    if (this.#dispatcher.submit(order, command.deadlineTs)) return tell(sender, 'accepted', order);
    const full = this.#queueFull();
    return deny(sender, full, records.order(id, { type: 'denied', reason: full }, sender.commandId));
  }

  cancel(command: MessageData<'command.cancel'>, sender: Sender): CommandAnswer {
    const { order, answer } = this.#orderFor(command, sender);
    if (answer) return answer;
    // A cancel is never held back by its deadline or the epoch: it only ever reduces what can happen.
    return tell(
      sender,
      this.#startCancel(order, sender.commandId) ? 'accepted' : 'known',
      this.#context.book.order(order.clientOrderId) ?? order,
    );
  }

  /** Quantity of the same side whose fate is unknown. */
  #unknownQty({ instrument, side }: OrderTerms): Decimal {
    const doubtful = this.#context.book
      .liveOrders()
      .filter(({ phase, terms }) => phase === 'unknown' && terms.instrument === instrument && terms.side === side);
    return doubtful.reduce((sum, order) => sum.plus(order.terms.qty), ZERO);
  }

  modify(command: MessageData<'command.modify'>, sender: Sender): CommandAnswer {
    const { book } = this.#context;
    const before = this.#answers.get(answerKey(sender));
    if (before) return before;
    const { order, answer } = this.#orderFor(command, sender);
    if (answer) return answer;
    const price = command.price === undefined ? undefined : decimal(command.price);
    const qty = command.qty === undefined ? undefined : decimal(command.qty);
    const denial = this.#headerFault(command) ?? this.#modifiable(order, price, qty);
    if (denial) return this.#remember(sender, deny(sender, denial, order));
    const asked = this.#context.records.order(
      order.clientOrderId,
      { type: 'modify-requested', commandId: sender.commandId, ...(price && { price }), ...(qty && { qty }) },
      sender.commandId,
    );
    if (!asked) {
      const busy = { code: 'REQUEST_IN_FLIGHT', text: 'another request about this order has no outcome yet' };
      return this.#remember(sender, deny(sender, busy, order));
    }
    if (!this.#dispatcher.request(asked, command.deadlineTs)) return deny(sender, this.#queueFull(), book.order(order.clientOrderId));
    return tell(sender, 'accepted', asked);
  }

  cancelAll(command: MessageData<'command.cancel-all'>, sender: Sender): CommandAnswer {
    const foreign = this.#foreign(command.owner, sender.src);
    if (foreign) return deny(sender, foreign);
    // What was placed after the first copy is not meant by the second.
    const before = this.#answers.get(answerKey(sender));
    if (before) return { ...before, verdict: 'known' };
    const count = this.cancelOwned(
      (order) => order.owner === command.owner && (!command.instrument || order.terms.instrument === command.instrument),
      sender.commandId,
    );
    return this.#remember(sender, { commandId: sender.commandId, verdict: 'accepted', orders: count });
  }

  query(command: MessageData<'command.query'>, sender: Sender): CommandAnswer {
    const order = this.#context.book.order(command.clientOrderId);
    if (order) return tell(sender, 'known', order);
    return { commandId: sender.commandId, verdict: 'not-found' };
  }

  /** Starts a cancel for every live order that `which` picks; returns how many are concerned. */
  cancelOwned(which: (order: Order) => boolean, commandId: string): number {
    const concerned = this.#context.book.liveOrders().filter(which);
    concerned.forEach((order, index) => {
      this.#startCancel(order, `${commandId}.${index}`.slice(-64));
    });
    return concerned.length;
  }

  /** False when there is nothing to start: it is closed, or a cancel is under way. */
  #startCancel(order: Order, commandId: string): boolean {
    const { records } = this.#context;
    if (isClosed(order) || order.request?.type === 'cancel') return false;
    if (order.phase === 'intent' || order.phase === 'waiting') {
      const reason = { code: 'CANCELED_BEFORE_SEND', text: 'cancelled before it was sent' };
      return records.order(order.clientOrderId, { type: 'canceled', reason }, commandId) !== undefined;
    }
    const asked = records.order(order.clientOrderId, { type: 'cancel-requested', commandId }, commandId);
    if (!asked) return false;
    this.#dispatcher.request(asked);
    return true;
  }

  /** The order a cancel or modify is about, or the answer when there is nothing to do with it. */
  #orderFor(command: Header & { readonly clientOrderId: string }, sender: Sender): Found {
    const { book } = this.#context;
    const order = book.order(command.clientOrderId);
    if (!order) {
      return { answer: notFound(sender, command.clientOrderId) };
    }
    const isMine = order.owner === command.owner || mutated(this.#context, 'owner-not-checked');
    const notOwned = isMine ? undefined : notYours(`order ${order.clientOrderId}`, command.owner);
    const foreign = this.#foreign(command.owner, sender.src) ?? notOwned;
    if (foreign) return { answer: deny(sender, foreign) };
    const isCopy = book.hasCommand(order.clientOrderId, sender.commandId) && !mutated(this.#context, 'command-run-twice');
    if (isCopy || isClosed(order)) return { answer: tell(sender, 'known', order) };
    return { order };
  }

  #admit(terms: OrderTerms, owner: string): Reason | undefined {
    const { book, instruments, options } = this.#context;
    const closed = this.#gate(terms.instrument, isReducing(book, terms), owner);
    const instrument = instruments.get(terms.instrument);
    // Nobody has a mark of what does not exist: then this is the better word.
    if (!instrument && (!closed || closed.code === 'STALE_MARK')) return this.#unknownInstrument(terms.instrument);
    if (closed || !instrument) return closed;
    if (!instrument.trading) this.onStaleInstrument(instrument.id);
    return (
      checkTerms(instrument, terms, this.#markOf(terms.instrument)) ??
      checkExposure(book, options.risk, terms, mutated(this.#context, 'unknown-not-counted') ? this.#unknownQty(terms) : ZERO)
    );
  }

  #modifiable(order: Order, price: Decimal | undefined, qty: Decimal | undefined): Reason | undefined {
    const { book, instruments, options } = this.#context;
    if (order.state !== 'open')
      return { code: 'NOT_OPEN', text: `the order is ${order.phase}; it can be modified once the venue has confirmed it` };
    if (order.terms.type !== 'limit')
      return { code: 'NOT_MODIFIABLE', text: `a ${order.terms.type} order cannot be modified: cancel it and place a new one` };
    if (!price && !qty) return { code: 'NOTHING_TO_MODIFY', text: 'neither price nor quantity was given' };
    if (qty?.lte(order.filledQty)) return { code: 'QTY_RANGE', text: 'the new quantity is not above what is filled: cancel instead' };
    const instrument = instruments.get(order.terms.instrument);
    if (!instrument) return this.#unknownInstrument(order.terms.instrument);
    if (!instrument.trading) this.onStaleInstrument(instrument.id);
    const terms = { ...order.terms, ...(price && { price }), ...(qty && { qty }) };
    return (
      this.#gate(terms.instrument, isHarmless(book, order, { price, qty }), order.owner) ??
      checkTerms(instrument, terms, this.#markOf(terms.instrument)) ??
      (terms.qty.gt(order.terms.qty) ? checkExposure(book, options.risk, terms, order.terms.qty) : undefined)
    );
  }

  #unknownInstrument(instrument: InstrumentId): Reason {
    this.onStaleInstrument(instrument);
    const text = `${instrument} is not among the instruments of this account; the list is read again within a minute, try again then if it is new`;
    return { code: 'UNKNOWN_INSTRUMENT', text };
  }

  #headerFault(header: Header): Reason | undefined {
    const { epoch, clock } = this.#context;
    if (mutated(this.#context, 'epoch-not-fenced')) return undefined;
    if (header.engineEpoch !== epoch) return { code: 'FENCED', text: `made for engine epoch ${header.engineEpoch}, this is ${epoch}` };
    const now = clock.wallUs();
    if (header.deadlineTs < now) return { code: 'DEADLINE', text: `the deadline passed ${now - header.deadlineTs} µs ago` };
    if (header.deadlineTs > now + MAX_DEADLINE_US)
      return { code: 'DEADLINE_TOO_FAR', text: 'the deadline is more than an hour ahead: check the clocks' };
    return undefined;
  }

  #foreign(owner: string, src: string): Reason | undefined {
    const holder = this.#context.book.ownerOf(owner);
    return holder === undefined || holder === src
      ? undefined
      : { code: 'NOT_YOURS', text: `owner tag ${owner} belongs to ${holder}, not to ${src}` };
  }

  /** Tags are told from ids by their first characters: of two that begin alike neither says who made an order. */
  #ambiguous(tag: string): Reason | undefined {
    if (ENGINE_TAGS.some((reserved) => overlaps(reserved, tag)))
      return { code: 'TAG_RESERVED', text: `owner tags like ${tag} are the engine's own: choose another OWNER_TAG` };
    const other = this.#context.book.overlappingTag(tag);
    if (other === undefined) return undefined;
    return { code: 'TAG_AMBIGUOUS', text: `owner tag ${tag} and ${other} of another trader begin alike: choose another OWNER_TAG` };
  }

  #queueFull(): Reason {
    return { code: 'QUEUE_FULL', text: `more than ${this.#context.options.orders.queueBound} requests are waiting` };
  }

  #remember(sender: Sender, answer: CommandAnswer): CommandAnswer {
    this.#answers.set(answerKey(sender), answer);
    const oldest = this.#answers.keys().next().value;
    if (this.#answers.size > ANSWERS_BOUND && oldest !== undefined) this.#answers.delete(oldest);
    return answer;
  }

  #registerOwner(tag: string, src: string): void {
    const { book, records } = this.#context;
    if (book.ownerOf(tag) === undefined) records.write({ k: 'owner', ts: records.now(), tag, src });
  }
}

type Found = { readonly order: Order; readonly answer?: undefined } | { readonly order?: undefined; readonly answer: CommandAnswer };

/** Command ids are unique per sender only. */
function answerKey(sender: Sender): string {
  return `${sender.src}|${sender.commandId}`;
}
