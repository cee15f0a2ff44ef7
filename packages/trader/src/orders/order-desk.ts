/** Turns what a strategy asks into commands: journaled first, then carried to the engine until it answers. */
import {
  composeClientOrderId,
  type Decimal,
  decimal,
  decimalText,
  hasLimitPrice,
  type InstrumentId,
  initialOrder,
  type Order,
  type OrderTerms,
  type Reason,
  usTime,
} from '@fillwright/domain';
import { type CommandAnswer, type MessageData, termsFields, termsFromFields } from '@fillwright/messages';
import type { Clock, CommandEvents, CommandRequest, CommandSender, CommandType, Log } from '@fillwright/runtime';
import type { Amount, Asked, OrderOptions, Placed } from '../desk.ts';
import type { RoundTrips } from '../latency.ts';
import type { TraderOptions } from '../options.ts';
import type { IntentJournal } from './intent-journal.ts';
import type { OwnOrders } from './own-orders.ts';

export interface OrderDeskParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly options: TraderOptions;
  readonly epoch: number;
  readonly journal: IntentJournal;
  readonly own: OwnOrders;
  readonly sender: CommandSender;
  readonly roundTrips: RoundTrips;
  readonly engineEpoch: () => number;
  /** Why nothing may be opened now; undefined = it may. */
  readonly blocked: () => Reason | undefined;
  /** An own order changed. */
  readonly changed: (order: Order) => void;
}

const TOO_MANY: Reason = { code: 'TOO_MANY_UNANSWERED', text: 'too many commands without an answer' };

export class OrderDesk {
  readonly #parts: OrderDeskParts;
  /** Order → cancel that nobody answered yet; a second one would say nothing new. */
  readonly #cancels = new Map<string, string>();
  #counter = 0;
  #commands = 0;

  constructor(parts: OrderDeskParts) {
    this.#parts = parts;
  }

  place(side: 'buy' | 'sell', instrument: InstrumentId, qty: Amount, given: OrderOptions = {}): Placed {
    const { options, epoch, journal, own, sender, clock, roundTrips } = this.#parts;
    const blocked = this.#parts.blocked();
    if (blocked) return { ok: false, reason: blocked };
    const terms = termsOf(side, instrument, qty, given);
    if (terms.type === 'limit' && !terms.price)
      return { ok: false, reason: { code: 'PRICE_MISSING', text: 'a limit order needs a price' } };
    this.#counter += 1;
    const clientOrderId = composeClientOrderId(options.ownerTag, epoch, this.#counter);
    const command: MessageData<'command.place'> = {
      ...this.#header(given.deadlineMs),
      clientOrderId,
      strategy: options.strategy,
      ...termsFields(terms),
    } as MessageData<'command.place'>;
    const ts = clock.wallUs();
    journal.intend(command, ts);
    const order = initialOrder({
      type: 'initialized',
      clientOrderId,
      ts,
      owner: options.ownerTag,
      strategy: options.strategy,
      terms,
      external: false,
    });
    own.intend(order);
    roundTrips.sent(clientOrderId, clock.monotonicUs());
    const sent = sender.send({ type: 'command.place', id: clientOrderId, data: command, clientOrderId }, this.#aboutOrder(order));
    if (!sent.ok) return { ok: false, reason: this.#end(order, TOO_MANY) };
    return { ok: true, order };
  }

  /** Asked again while a cancel is under way, nothing more is sent. */
  cancel({ clientOrderId }: Order): Asked {
    const known = this.#parts.own.get(clientOrderId);
    if (this.#cancels.has(clientOrderId) || (known && known.state !== 'closed' && known.request?.type === 'cancel')) return { ok: true };
    const id = this.#commandId();
    const asked = this.#send({ type: 'command.cancel', id, data: { ...this.#header(), clientOrderId }, clientOrderId }, clientOrderId);
    if (asked.ok) this.#cancels.set(clientOrderId, id);
    return asked;
  }

  modify(order: Order, change: { readonly price?: Amount; readonly qty?: Amount }): Asked {
    const id = this.#commandId();
    const data = {
      ...this.#header(),
      clientOrderId: order.clientOrderId,
      ...(change.price !== undefined && { price: decimalText(amount(change.price)) }),
      ...(change.qty !== undefined && { qty: decimalText(amount(change.qty)) }),
    };
    return this.#send({ type: 'command.modify', id, data, clientOrderId: order.clientOrderId }, order.clientOrderId);
  }

  cancelAll(instrument?: InstrumentId): Asked {
    const id = this.#commandId();
    const data = { ...this.#header(), ...(instrument && { instrument }) };
    return this.#send({ type: 'command.cancel-all', id, data, clientOrderId: undefined }, undefined);
  }

  /** 6002 `answer.`: what a copy of a command was told. */
  answer(answer: CommandAnswer): void {
    if (answer.order && answer.order.owner !== this.#parts.options.ownerTag) return;
    if (answer.order) this.#update(answer.order);
    this.#parts.sender.takeAnswer(answer);
  }

  /** 6002 `order.`: a change of one of our orders. Returns the order when it is news. */
  event(event: MessageData<'order.event'>, cause: string | undefined): Order | undefined {
    const { sender } = this.#parts;
    const { clientOrderId } = event.order;
    for (const id of [cause, event.commandId]) {
      if (id === undefined) continue;
      sender.settle(id);
      if (this.#cancels.get(clientOrderId) === id) this.#cancels.delete(clientOrderId);
    }
    return this.#update(event.order);
  }

  /**
   * The engine's live orders as of now: ours that it lacks have ended, or never arrived; it is asked about each, about those still on their way
   * once their deadline has passed.
   */
  snapshot(orders: readonly MessageData<'order.event'>['order'][]): void {
    const { options, own, clock } = this.#parts;
    const mine = orders.filter((order) => order.owner === options.ownerTag);
    for (const view of mine) this.#update(view);
    for (const order of own.missingFrom(new Set(mine.map((view) => view.clientOrderId)))) {
      const youthUs = options.orderDeadlineMs * 1000 - (clock.wallUs() - order.createdTs);
      if (order.phase !== 'intent' || youthUs <= 0) this.#askNow(order);
      else clock.after(youthUs / 1000, () => this.#askWhileIntent(order.clientOrderId));
    }
  }

  /** Intents of an earlier run without an end. Nobody repeats them any more: each is asked about once its deadline has passed. */
  resume(): void {
    const { journal, own, clock } = this.#parts;
    for (const { command, ts } of journal.unsettled()) {
      const { clientOrderId, owner, strategy, deadlineTs } = command;
      const terms = termsFromFields(command);
      own.intend(initialOrder({ type: 'initialized', clientOrderId, ts, owner, strategy, terms, external: false }));
      clock.after(Math.max(0, deadlineTs - clock.wallUs()) / 1000, () => this.#askWhileIntent(clientOrderId));
    }
  }

  /** Whoever was not answered for long asks rarely; the engine is there now. */
  #askNow(order: Order): void {
    const { sender } = this.#parts;
    sender.settle(order.clientOrderId);
    sender.ask(order.clientOrderId, order.clientOrderId, this.#aboutOrder(order));
  }

  #askWhileIntent(id: Order['clientOrderId']): void {
    const { own, sender } = this.#parts;
    const order = own.get(id);
    if (order?.state === 'pending' && order.phase === 'intent') sender.ask(id, id, this.#aboutOrder(order));
  }

  #update(view: MessageData<'order.event'>['order']): Order | undefined {
    const { own, changed, clock, roundTrips } = this.#parts;
    const order = own.update(view);
    if (!order) return undefined;
    if (isConfirmedByVenue(order)) roundTrips.confirmed(order.clientOrderId, clock.monotonicUs());
    else if (order.state === 'closed') roundTrips.forget(order.clientOrderId);
    if (order.state === 'closed') this.#forget(order.clientOrderId);
    changed(order);
    return order;
  }

  /** It ended here: the engine never took it on. */
  #end(order: Order, reason: Reason): Reason {
    const { own, clock, changed, roundTrips } = this.#parts;
    const ts = clock.wallUs();
    const closed: Order = { ...order, state: 'closed', phase: 'denied', reason, closedTs: ts, updatedTs: ts };
    own.drop(closed);
    this.#forget(order.clientOrderId);
    roundTrips.forget(order.clientOrderId);
    changed(closed);
    return reason;
  }

  /** Nothing of it is open any more. */
  #forget(id: Order['clientOrderId']): void {
    this.#parts.journal.settle(id);
    this.#cancels.delete(id);
  }

  #send<T extends CommandType>(command: CommandRequest<T>, about: Order['clientOrderId'] | undefined): Asked {
    const { engineEpoch, sender, log } = this.#parts;
    if (engineEpoch() === 0) return { ok: false, reason: { code: 'NO_ENGINE', text: 'the engine has not been heard yet' } };
    const sent = sender.send(command, {
      // “Not found” says nothing about the order here: it may still be on its way.
      onAnswer: (answer) => {
        this.#logDenial(answer);
        if (about !== undefined && this.#cancels.get(about) === command.id) this.#cancels.delete(about);
      },
      onOverdue: () => log.warn('command-overdue', { commandId: command.id, ...(about !== undefined && { clientOrderId: about }) }),
    });
    return sent.ok ? { ok: true } : { ok: false, reason: TOO_MANY };
  }

  /** What the answer to the order itself means, late or never: to its command, or to the question about it after its deadline. */
  #aboutOrder(order: Order): CommandEvents {
    return {
      onAnswer: (answer) => {
        this.#logDenial(answer);
        const now = this.#parts.own.get(order.clientOrderId);
        if (!now || now.state === 'closed' || now.phase !== 'intent') return;
        if (answer.verdict === 'denied' && answer.reason && !answer.order) this.#end(now, answer.reason);
        // Asked about after its deadline, and the engine does not know it: it never arrived, and can not any more.
        if (answer.verdict === 'not-found')
          this.#end(now, { code: 'NEVER_ARRIVED', text: 'the engine never heard of it, its deadline has passed' });
      },
      onOverdue: () => this.#parts.log.warn('command-overdue', { clientOrderId: order.clientOrderId }),
    };
  }

  #logDenial(answer: CommandAnswer): void {
    if (answer.verdict !== 'denied' || !answer.reason) return;
    this.#parts.log.warn('command-denied', { commandId: answer.commandId, code: answer.reason.code, text: answer.reason.text });
  }

  #header(deadlineMs = this.#parts.options.orderDeadlineMs) {
    const { clock, options, engineEpoch } = this.#parts;
    return { owner: options.ownerTag as string, engineEpoch: engineEpoch(), deadlineTs: usTime(clock.wallUs() + deadlineMs * 1000) };
  }

  #commandId(): string {
    this.#commands += 1;
    return `${this.#parts.options.ownerTag}${this.#parts.epoch.toString(36)}c${this.#commands.toString(36)}`;
  }
}

/** Open, or closed with something only the venue can have said. */
function isConfirmedByVenue(order: Order): boolean {
  return order.state === 'open' || (order.state === 'closed' && order.phase !== 'denied' && order.venueOrderId !== undefined);
}

export function amount(value: Amount): Decimal {
  return typeof value === 'string' ? decimal(value) : value;
}

function termsOf(side: 'buy' | 'sell', instrument: InstrumentId, qty: Amount, given: OrderOptions): OrderTerms {
  const type = given.type ?? (given.price === undefined ? 'market' : 'limit');
  return {
    instrument,
    side,
    type,
    timeInForce: given.timeInForce ?? (hasLimitPrice(type) ? 'GTC' : 'IOC'),
    qty: amount(qty),
    reduceOnly: given.reduceOnly ?? false,
    closePosition: false,
    ...(given.price !== undefined && { price: amount(given.price) }),
    ...(given.trigger && { trigger: given.trigger }),
    ...(given.goodTillTs !== undefined && { goodTillTs: given.goodTillTs }),
  };
}
