/**
 * Carries orders and requests to the venue: waits for a slot, looks again, journals `sending`, writes, and turns the outcome into events.
 * Between the journal and the write there is no await: a crash leaves either no `sending` (never sent) or one without outcome (unknown).
 * With JOURNAL_SYNC=full the sync lies between the two; whatever forbids the write by then stops it, and that it was stopped is journaled.
 */
import {
  type ClientOrderId,
  isConditional,
  type Order,
  type PendingRequest,
  type RateTicket,
  type Reason,
  type UsTime,
} from '@fillwright/domain';
import type { Timer } from '@fillwright/runtime';
import { mutated } from '@fillwright/runtime/ports';
import {
  type CommandLane,
  type HandedOrder,
  type OrderBatches,
  type OrderRef,
  type OrderReport,
  type Outcome,
  type SubmitRequest,
  unknown,
} from '@fillwright/venue';
import type { EngineContext, OpeningGate } from '../context.ts';
import { isHarmless, isReducing } from '../risk/risk-gate.ts';
import { Burst, type Ready } from './burst.ts';
import { venueClientId } from './external-id.ts';
import type { ReportDesk } from './report-desk.ts';

interface Submission {
  readonly deadlineTs: UsTime;
  attempt: number;
  /** While it waits to be sent again: the venue has proven that nothing was executed. */
  again?: Timer;
}

/** An order whose turn has come, with the room it was given. */
interface Starting {
  readonly id: ClientOrderId;
  readonly ticket: RateTicket;
}

/** An order that may leave now. */
interface Leaving {
  readonly id: ClientOrderId;
  readonly ticket: RateTicket | undefined;
  readonly submission: Submission;
  readonly request: SubmitRequest;
}

/** Before the first repetition; it doubles, with jitter. */
const AGAIN_MS = 100;
const AGAIN_MAX_MS = 5_000;
/** Far more than can be in doubt at once; the oldest go. */
const ECHOES_BOUND = 1_000;

export class Dispatcher {
  readonly #context: EngineContext;
  readonly #reports: ReportDesk;
  readonly #gate: OpeningGate;
  /** Until the outcome is known, or there is nothing to send any more. */
  readonly #submissions = new Map<string, Submission>();
  /** Requests about orders that wait for their turn, `order|command`, each with its deadline. */
  readonly #requests = new Map<string, UsTime | undefined>();
  /** Those whose turn comes together. With JOURNAL_SYNC=full those that become safe together: they share a sync, and it should be the first. */
  readonly #starting: Burst<Starting> | undefined;
  readonly #safe: Burst<Leaving> | undefined;
  /** Orders in doubt only because of what befell a request that another order of it stands for. */
  readonly #echoes = new Set<ClientOrderId>();
  /** Requests written and not answered yet. */
  inFlight = 0;
  /** Called when an order or a request became unknown: somebody must ask. */
  onUnknown: (clientOrderId: ClientOrderId) => void = () => undefined;
  /** Told about each outcome, for the circuit breaker. Not `isNew`: another order of the same request has told of what befell it. */
  onOutcome: (outcome: Outcome<unknown>, isNew: boolean) => void = () => undefined;

  constructor(context: EngineContext, reports: ReportDesk, gate: OpeningGate) {
    this.#context = context;
    this.#reports = reports;
    this.#gate = gate;
    const { clock, adapter, options } = context;
    if (options.journalSync === 'full')
      this.#safe = new Burst(clock, adapter.batches, (orders, batches) => {
        this.#holding(orders, () => this.#writeAll(this.#thoseThatMay(orders), batches));
      });
    else
      this.#starting = new Burst(clock, adapter.batches, (orders, batches) => {
        this.#holding(orders, () => this.#sendAll(orders, batches));
      });
  }

  /** A new order, already journaled as intent. False when the queue is full; the caller denies it. */
  submit(order: Order, deadlineTs: UsTime): boolean {
    const id = order.clientOrderId;
    const reducing = isReducing(this.#context.book, order.terms, order.clientOrderId);
    const before = this.#submissions.get(id);
    this.#submissions.set(id, { deadlineTs, attempt: before?.attempt ?? 0 });
    // Conditional orders leave alone in any case.
    const starting = isConditional(order.terms.type) ? undefined : this.#starting;
    const start = (ticket?: RateTicket) => {
      if (!ticket) starting?.miss();
      return (ticket && starting?.join({ id, ticket })) ?? this.#turn(() => this.#send(id, ticket));
    };
    const isMoot = () => this.#isMoot(id, 'pending', deadlineTs);
    starting?.expect();
    const queued = this.#context.lanes.schedule(reducing ? 'reduce' : 'new', start, { ...claimOf(order), isMoot });
    if (queued) return true;
    starting?.miss();
    this.#submissions.delete(id);
    return false;
  }

  /** A cancel or modify, already journaled as requested. False when the queue is full: it was refused then. */
  request(order: Order, deadlineTs?: UsTime): boolean {
    if (order.state === 'closed' || !order.request) return true;
    const { commandId, type } = order.request;
    const submission = this.#submissions.get(order.clientOrderId);
    if (type === 'cancel' && submission?.again) {
      this.#drop(order.clientOrderId, CANCELED_BEFORE_SEND);
      return true;
    }
    // Before the venue confirmed the order nothing can be asked about it there; `orderChanged` comes back to it.
    if (order.state === 'pending') return true;
    const changeLane = isHarmless(this.#context.book, order, order.request) ? 'reduce' : 'new';
    if (this.#enqueue(order, commandId, type === 'cancel' ? 'cancel' : changeLane, deadlineTs)) return true;
    this.#refuse(order.clientOrderId, commandId, { code: 'QUEUE_FULL', text: 'too many requests are waiting' });
    return false;
  }

  /** A cancel whose outcome is unknown and whose order still lives is sent again: cancelling twice is cancelling once. */
  repeatCancel(id: ClientOrderId, commandId: string): void {
    const order = this.#context.book.order(id);
    if (order) this.#enqueue(order, commandId, 'cancel', undefined);
  }

  /** Of a request that failed one order is an error of the API, the others are its echo. Asked once for each order. */
  isEcho(id: ClientOrderId): boolean {
    return this.#echoes.delete(id);
  }

  /** A cancel that had to wait for the venue's confirmation goes out now. */
  orderChanged(order: Order): void {
    if (order.state === 'open' && order.request?.phase === 'waiting') this.request(order);
  }

  /** Orders change often while a request waits for its turn: it stands in the queue once. */
  #enqueue(order: Order, commandId: string, lane: CommandLane, deadlineTs: UsTime | undefined): boolean {
    const id = order.clientOrderId;
    const key = `${id}|${commandId}`;
    if (this.#requests.has(key)) return true;
    const start = (ticket?: RateTicket) => this.#turn(() => this.#sendRequest(id, commandId, ticket));
    const isMoot = () => this.#isMoot(id, 'open', deadlineTs);
    const queued = this.#context.lanes.schedule(lane, start, { ...claimOf(order), isMoot });
    if (queued) this.#requests.set(key, deadlineTs);
    return queued;
  }

  /** Nothing will be sent: it may as well end now. */
  #isMoot(id: ClientOrderId, state: Order['state'], deadlineTs: UsTime | undefined): boolean {
    const isLate = deadlineTs !== undefined && this.#context.clock.wallUs() > deadlineTs;
    return isLate || this.#context.book.order(id)?.state !== state;
  }

  /** Runs `work` as an input and holds the lane until the venue answered. */
  #turn(work: () => Promise<void> | undefined): Promise<void> {
    return new Promise((resolve) => {
      this.#context.inputs.run(() => {
        let pending: Promise<void> | undefined;
        try {
          pending = work();
        } finally {
          // Also when it threw: a slot that is held for ever would be lost to cancels as well.
          if (pending) void pending.then(resolve);
          else resolve();
        }
      });
    });
  }

  #send(id: ClientOrderId, ticket: RateTicket | undefined): Promise<void> | undefined {
    const { records, adapter, inputs } = this.#context;
    const leaving = this.#leaving(id, ticket);
    if (!leaving) return undefined;
    const { submission, request } = leaving;
    const submit = () => adapter.submit(request, ticket);
    const early = mutated(this.#context, 'journal-after-send') ? submit() : undefined;
    if (!records.order(id, { type: 'sending', attempt: submission.attempt })) return undefined;
    const safe = ticket && !early && !isConditional(request.terms.type) ? this.#safe : undefined;
    safe?.expect();
    return this.#whenSafe((isLater) => {
      if (isLater && !this.#mayStillSend(id, submission)) {
        safe?.miss();
        return undefined;
      }
      const joined = safe?.join(leaving);
      if (joined) return joined;
      this.inFlight += 1;
      return inputs.after(early ?? submit(), (outcome) => this.#landed(id, submission, outcome));
    });
  }

  /** As `#send`, for each: all are journaled before the first byte leaves. */
  #sendAll(orders: readonly Ready<Starting>[], batches: OrderBatches): Promise<void> | undefined {
    const leaving = orders.flatMap(({ id, ticket, done }) => {
      const found = this.#leaving(id, ticket);
      if (!found) done();
      return found ? { ...found, done } : [];
    });
    const early = mutated(this.#context, 'journal-after-send') ? batches.submit(leaving) : undefined;
    const { records } = this.#context;
    const journaled = leaving.filter(({ id, submission }) => records.order(id, { type: 'sending', attempt: submission.attempt }));
    return this.#writeAll(journaled, batches, early);
  }

  /** Each has an outcome of its own; each request has one slot until then. */
  #writeAll(orders: readonly Ready<Leaving>[], batches: OrderBatches, early?: readonly HandedOrder[]): Promise<void> | undefined {
    if (orders.length === 0) return undefined;
    const handed = early ?? batches.submit(orders);
    const seen = new Set<Outcome<OrderReport>>();
    const settled = orders.map(({ id, submission, done }, index) => {
      this.inFlight += 1;
      const { outcome = NO_OUTCOME, isCompanion = false } = handed[index] ?? {};
      if (isCompanion) done();
      return this.#context.inputs.after(outcome, (value) => this.#landed(id, submission, value, seen)).then(done);
    });
    return Promise.all(settled).then(() => undefined);
  }

  /** Runs `work` as an input; when it is over, or threw, no slot is held any more. */
  #holding(orders: readonly Ready<object>[], work: () => Promise<void> | undefined): void {
    void this.#turn(work).then(() => {
      for (const { done } of orders) done();
    });
  }

  /** Of those that are safe now, the ones that may still leave; the others free their slots. */
  #thoseThatMay(orders: readonly Ready<Leaving>[]): readonly Ready<Leaving>[] {
    return orders.filter(({ id, submission, done }) => {
      const maySend = this.#mayStillSend(id, submission);
      if (!maySend) done();
      return maySend;
    });
  }

  /** What is to be written for an order whose turn has come. Undefined: nothing, and what there was to say of it was said. */
  #leaving(id: ClientOrderId, ticket: RateTicket | undefined): Leaving | undefined {
    const order = this.#context.book.order(id);
    const submission = this.#submissions.get(id);
    if (!order || !submission || order.state !== 'pending' || order.phase === 'unknown') {
      this.#submissions.delete(id);
      return undefined;
    }
    const stop = this.#lastLook(order, submission);
    if (stop) {
      this.#drop(id, stop);
      return undefined;
    }
    submission.attempt += 1;
    return { id, ticket, submission, request: { clientOrderId: id, terms: order.terms, notAfterTs: submission.deadlineTs } };
  }

  /** Runs `write` now, or as an input of its own once what was journaled is safe. */
  #whenSafe(write: (isLater: boolean) => Promise<void> | undefined): Promise<void> | undefined {
    let isLater = false;
    let written: { readonly pending: Promise<void> | undefined } | undefined;
    let done: (pending: Promise<void>) => void = () => undefined;
    this.#context.records.whenSafe(() => {
      if (isLater) done(this.#turn(() => write(true)));
      else written = { pending: write(false) };
    });
    isLater = true;
    return written
      ? written.pending
      : new Promise((resolve) => {
          done = resolve;
        });
  }

  /** Other inputs had their turn while the sync went on. Nothing of this order was written yet, so it may still be denied. */
  #mayStillSend(id: ClientOrderId, submission: Submission): boolean {
    const order = this.#context.book.order(id);
    if (this.#submissions.get(id) !== submission) return false;
    if (order?.state !== 'pending' || order.phase !== 'sending') {
      this.#submissions.delete(id);
      return false;
    }
    const stop = this.#lastLook(order, submission);
    if (stop) this.#drop(id, stop);
    return !stop;
  }

  /** Ends an order of which nothing was written. */
  #drop(id: ClientOrderId, reason: Reason): void {
    this.#submissions.get(id)?.again?.cancel();
    const type = reason.code === CANCELED_BEFORE_SEND.code ? 'canceled' : 'denied';
    this.#context.records.order(id, { type, reason });
    this.#submissions.delete(id);
  }

  /** Time passed while it waited: everything that could forbid it is looked at again. */
  #lastLook(order: Order, submission: Submission): Reason | undefined {
    if (order.state === 'pending' && order.request?.type === 'cancel') return CANCELED_BEFORE_SEND;
    if (this.#context.clock.wallUs() > submission.deadlineTs)
      return { code: 'DEADLINE', text: 'the deadline passed while it waited for its turn' };
    return this.#gate(order.terms.instrument, isReducing(this.#context.book, order.terms, order.clientOrderId), order.owner);
  }

  /** Halt, pause and doubts hold for a modify as for a new order. */
  #lastLookAtModify(order: Order, request: PendingRequest, deadlineTs: UsTime | undefined): Reason | undefined {
    if (deadlineTs !== undefined && this.#context.clock.wallUs() > deadlineTs)
      return { code: 'DEADLINE', text: 'the deadline passed while it waited for its turn' };
    return this.#gate(order.terms.instrument, isHarmless(this.#context.book, order, request), order.owner);
  }

  /** `seen`: what the request was found to be by others that left with it. */
  #landed(id: ClientOrderId, submission: Submission, outcome: Outcome<OrderReport>, seen?: Set<Outcome<OrderReport>>): void {
    this.inFlight -= 1;
    const isNew = seen?.has(outcome) !== true;
    this.onOutcome(outcome, isNew);
    seen?.add(outcome);
    if (!isNew && outcome.type === 'unknown') this.#echoes.add(id);
    const [oldest] = this.#echoes;
    if (this.#echoes.size > ECHOES_BOUND && oldest !== undefined) this.#echoes.delete(oldest);
    this.#submitted(id, submission, outcome);
  }

  #submitted(id: ClientOrderId, submission: Submission, outcome: Outcome<OrderReport>): void {
    const { book, records, options, log } = this.#context;
    const order = book.order(id);
    const mayRepeat =
      outcome.type === 'refused' ? outcome.retry : outcome.type === 'unknown' && mutated(this.#context, 'resend-after-unknown');
    const again = mayRepeat && submission.attempt <= options.orders.retries;
    if (again && order?.state === 'pending' && this.#sendAgain(order, submission)) return;
    this.#submissions.delete(id);
    if (outcome.type === 'confirmed') this.#reports.report(outcome.value);
    if (book.order(id)?.state !== 'pending') return;
    const reason = outcome.type === 'confirmed' ? OF_ANOTHER : outcome.reason;
    if (outcome.type === 'refused' || mutated(this.#context, 'unknown-is-refused')) {
      records.order(id, { type: 'rejected', reason });
      this.#reports.settleDeferred();
      return;
    }
    log.warn('order-outcome-unknown', { code: 'ENG_ORDER_UNKNOWN', clientOrderId: id, reason });
    records.order(id, { type: 'outcome-unknown', reason });
    this.onUnknown(id);
  }

  /** Later, each time after a longer wait and never before the venue wants to hear of us. False when its deadline would have passed. */
  #sendAgain(order: Order, submission: Submission): boolean {
    const { clock, random, inputs, adapter } = this.#context;
    const longest = Math.min(AGAIN_MAX_MS, AGAIN_MS * 2 ** Math.min(submission.attempt - 1, 10));
    const quietMs = adapter.quietUntilTs === undefined ? 0 : (adapter.quietUntilTs - clock.wallUs()) / 1000;
    const delayMs = Math.ceil(Math.max(quietMs, 0) + longest / 2 + random.float() * (longest / 2));
    if (clock.wallUs() + delayMs * 1000 > submission.deadlineTs) return false;
    const id = order.clientOrderId;
    submission.again = clock.after(delayMs, () =>
      inputs.run(() => {
        delete submission.again;
        const now = this.#context.book.order(id);
        if (this.#submissions.get(id) !== submission) return;
        if (now?.state !== 'pending' || now.phase === 'unknown') this.#submissions.delete(id);
        else if (!this.submit(now, submission.deadlineTs)) this.#drop(id, { code: 'QUEUE_FULL', text: 'too many requests are waiting' });
      }),
    );
    return true;
  }

  #sendRequest(id: ClientOrderId, commandId: string, ticket: RateTicket | undefined): Promise<void> | undefined {
    const { book, records, adapter, inputs } = this.#context;
    const deadline = this.#requests.get(`${id}|${commandId}`);
    this.#requests.delete(`${id}|${commandId}`);
    const order = book.order(id);
    if (order?.state !== 'open' || order.request?.commandId !== commandId || order.request.phase === 'sending') return undefined;
    const { type, price, qty } = order.request;
    const stop = type === 'modify' ? this.#lastLookAtModify(order, order.request, deadline) : undefined;
    if (stop) {
      this.#refuse(id, commandId, stop);
      return undefined;
    }
    const newPrice = price ?? order.terms.price;
    if (type === 'modify' && !newPrice) {
      this.#refuse(id, commandId, { code: 'PRICE_MISSING', text: 'an order without a price cannot be modified' });
      return undefined;
    }
    if (!records.order(id, { type: 'request-sending', commandId, attempt: 1 })) return undefined;
    return this.#whenSafe((isLater) => {
      if (isLater && !this.#mayStillRequest(id, commandId, deadline)) return undefined;
      this.inFlight += 1;
      const ref = orderRef(book.order(id) ?? order);
      const limit = deadline === undefined ? {} : { notAfterTs: deadline };
      const written: Promise<Outcome<OrderReport | undefined>> =
        type === 'modify' && newPrice
          ? adapter.modify({ order: ref, terms: order.terms, price: newPrice, qty: qty ?? order.terms.qty, ...limit }, ticket)
          : adapter.cancel(ref, ticket);
      return inputs.after(written, (outcome) => {
        this.inFlight -= 1;
        this.#requested(id, commandId, outcome);
      });
    });
  }

  /** As for an order: its request may have been overtaken, or become forbidden, during the sync. A cancel is never forbidden. */
  #mayStillRequest(id: ClientOrderId, commandId: string, deadline: UsTime | undefined): boolean {
    const order = this.#context.book.order(id);
    if (order?.state !== 'open' || order.request?.commandId !== commandId || order.request.phase !== 'sending') return false;
    const stop = order.request.type === 'modify' ? this.#lastLookAtModify(order, order.request, deadline) : undefined;
    if (stop) this.#refuse(id, commandId, stop);
    return !stop;
  }

  #requested(id: ClientOrderId, commandId: string, outcome: Outcome<OrderReport | undefined>): void {
    const { book, records } = this.#context;
    this.onOutcome(outcome, true);
    if (outcome.type === 'confirmed' && outcome.value) this.#reports.report(this.#asOutcome(id, commandId, outcome.value));
    const order = book.order(id);
    // The stream may have told already; then there is nothing left to say.
    if (!order || order.state === 'closed' || order.request?.commandId !== commandId) return;
    // A cancel that only came at a bad moment (over a limit, no connection) stays wanted: the resolver repeats it, less and less often.
    const isWanted = order.request.type === 'cancel' && outcome.type === 'refused' && outcome.retry;
    if (outcome.type === 'refused' && !isWanted) {
      this.#refuse(id, commandId, outcome.reason);
      return;
    }
    const reason =
      outcome.type !== 'confirmed' ? outcome.reason : { code: 'NO_DETAILS', text: 'confirmed without the order; asking for it' };
    if (order.request.type === 'cancel' && mutated(this.#context, 'pending-cancel-is-canceled')) {
      records.order(id, { type: 'canceled', reason });
      return;
    }
    records.order(id, { type: 'request-unknown', commandId, reason });
    this.onUnknown(id);
  }

  /** The answer to a modify is its end, also when it changes nothing. */
  #asOutcome(id: ClientOrderId, commandId: string, report: OrderReport): OrderReport {
    const order = this.#context.book.order(id);
    const isModify = order?.state === 'open' && order.request?.type === 'modify' && order.request.commandId === commandId;
    return isModify ? { ...report, change: 'amended' } : report;
  }

  #refuse(id: ClientOrderId, commandId: string, reason: Reason): void {
    this.#context.records.order(id, { type: 'request-refused', commandId, reason });
  }
}

const NO_OUTCOME = Promise.resolve(unknown('NO_OUTCOME', 'the adapter says nothing of this order'));
const OF_ANOTHER: Reason = { code: 'OF_ANOTHER', text: 'the confirmation is of another order; asking for this one' };
const CANCELED_BEFORE_SEND: Reason = { code: 'CANCELED_BEFORE_SEND', text: 'cancelled before it was sent' };

/** Whose turn it is among those who wait. */
function claimOf({ owner, terms }: Order): { readonly owner: string; readonly symbol: string } {
  return { owner, symbol: terms.instrument };
}

export function orderRef(order: Order): OrderRef {
  return {
    instrument: order.terms.instrument,
    clientOrderId: venueClientId(order.clientOrderId),
    conditional: isConditional(order.terms.type),
    ...(order.venueOrderId && { venueOrderId: order.venueOrderId }),
    ...(order.algoId && { algoId: order.algoId }),
  };
}
