/**
 * Settles what is unknown by asking, never by resending an order: an unknown order or request is looked up by its id until the venue
 * gives proof. "Not found" is proof only beyond the time in which the venue may still execute it, twice, on a healthy connection.
 */
import type { ClientOrderId, Order } from '@fillwright/domain';
import type { Timer } from '@fillwright/runtime';
import { mutated } from '@fillwright/runtime/ports';
import type { Lookup, OrderReport } from '@fillwright/venue';
import type { EngineContext } from '../context.ts';
import { type Dispatcher, orderRef } from '../order/dispatcher.ts';
import type { ReportDesk } from '../order/report-desk.ts';

const DELAYS_MS = [500, 1_000, 2_000, 5_000, 10_000];
/** Beyond the venue's own horizon, for clocks and queues. */
const MARGIN_MS = 1_000;
/** Answers "not found" needed before an order counts as never taken. */
const ABSENCES = 2;
/** Between two of them. */
const CONFIRM_MS = 1_000;
const ALARM_AFTER_MS = 15_000;

interface Watch {
  /** Nothing about it is unknown to us, but the venue does not show it any more. */
  missed: boolean;
  /** What is unknown: the order itself or one request about it. Time and absences count from the beginning of this doubt. */
  about: string;
  attempt: number;
  absences: number;
  sinceUs: number;
  alarmed: boolean;
  timer: Timer | undefined;
}

export class Resolver {
  readonly #context: EngineContext;
  readonly #reports: ReportDesk;
  readonly #dispatcher: Dispatcher;
  readonly #streamIsUp: () => boolean;
  readonly #watches = new Map<ClientOrderId, Watch>();
  /** Told once for each outcome that is still unknown after the first wait, when the stream has had its chance to tell. */
  onStillUnknown: (clientOrderId: ClientOrderId) => void = () => undefined;

  constructor(context: EngineContext, parts: { reports: ReportDesk; dispatcher: Dispatcher; streamIsUp: () => boolean }) {
    this.#context = context;
    this.#reports = parts.reports;
    this.#dispatcher = parts.dispatcher;
    this.#streamIsUp = parts.streamIsUp;
  }

  get pending(): number {
    return this.#watches.size;
  }

  /** Begins to ask about this order; merges with asking under way. */
  watch(id: ClientOrderId): void {
    this.#begin(id, false);
  }

  /** An open order that the venue neither lists nor finds: asked about until it shows up or its absence is proven. */
  missed(id: ClientOrderId): void {
    this.#begin(id, true);
  }

  #begin(id: ClientOrderId, missed: boolean): void {
    const order = this.#context.book.order(id);
    const about = order ? doubtOf(order) : '';
    const sinceUs = this.#context.clock.monotonicUs();
    const known = this.#watches.get(id);
    if (known) {
      if (known.about !== about) Object.assign(known, { about, sinceUs, absences: 0 });
      known.missed ||= missed;
      return;
    }
    const watch: Watch = { missed, about, attempt: 0, absences: 0, sinceUs, alarmed: false, timer: undefined };
    this.#watches.set(id, watch);
    this.#arm(id, watch);
  }

  stop(): void {
    for (const watch of this.#watches.values()) watch.timer?.cancel();
    this.#watches.clear();
  }

  #arm(id: ClientOrderId, watch: Watch): void {
    watch.timer = this.#context.clock.after(this.#delayMs(watch), () => this.#context.inputs.run(() => this.#ask(id, watch)));
  }

  /** Less and less often, but not past the moment from which "not found" is proof; then the second time soon after the first. */
  #delayMs(watch: Watch): number {
    const usualMs = DELAYS_MS[Math.min(watch.attempt, DELAYS_MS.length - 1)] as number;
    if (watch.absences > 0) return CONFIRM_MS;
    const ageMs = (this.#context.clock.monotonicUs() - watch.sinceUs) / 1000;
    const proofMs = this.#context.adapter.executionHorizonMs + MARGIN_MS + 1;
    return ageMs < proofMs && ageMs + usualMs > proofMs ? proofMs - ageMs : usualMs;
  }

  #ask(id: ClientOrderId, watch: Watch): void {
    const order = this.#context.book.order(id);
    if (!order || !isOpenQuestion(order, watch)) {
      // A cancel that is being repeated may become unknown again: then asking goes on where it was.
      if (order?.state === 'open' && order.request?.type === 'cancel') this.#arm(id, watch);
      else this.#watches.delete(id);
      return;
    }
    watch.attempt += 1;
    if (watch.attempt === 1 && inDoubt(order)) this.onStillUnknown(id);
    this.#alarm(order, watch);
    const { lanes, inputs, adapter } = this.#context;
    const queued = lanes.schedule('query', () =>
      inputs.after(adapter.lookUpOrder(orderRef(order)), (answer) => this.#answered(id, watch, answer)),
    );
    if (!queued) this.#arm(id, watch);
  }

  #answered(id: ClientOrderId, watch: Watch, answer: Lookup<OrderReport>): void {
    if (!this.#watches.has(id)) return;
    if (answer.type === 'answered') {
      watch.absences = 0;
      watch.missed = false;
      this.#reports.report(answer.value);
    }
    const order = this.#context.book.order(id);
    if (order && isOpenQuestion(order, watch)) {
      if (answer.type === 'answered' && isLive(answer.value)) this.#stillThere(order, watch);
      if (answer.type === 'absent') this.#absent(order, watch);
    }
    const after = this.#context.book.order(id);
    if (after && isOpenQuestion(after, watch)) this.#arm(id, watch);
    else this.#watches.delete(id);
  }

  /** The order lives and a request about it had no outcome: a cancel may be repeated (it is idempotent), a modify is only waited for. */
  #stillThere(order: Order, watch: Watch): void {
    if (order.state !== 'open' || order.request?.phase !== 'unknown') return;
    if (order.request.type === 'cancel') {
      this.#dispatcher.repeatCancel(order.clientOrderId, order.request.commandId);
    } else if (this.#pastHorizon(watch)) {
      const reason = { code: 'NOT_EXECUTED', text: 'the order stands unchanged after the time in which the change could still happen' };
      this.#context.records.order(order.clientOrderId, { type: 'request-refused', commandId: order.request.commandId, reason });
    }
  }

  #absent(order: Order, watch: Watch): void {
    const isHasty = mutated(this.#context, 'not-found-believed-at-once');
    if (!isHasty && (!this.#pastHorizon(watch) || !this.#streamIsUp())) return;
    watch.absences += 1;
    if (!isHasty && watch.absences < ABSENCES) return;
    const reason = { code: 'NOT_FOUND', text: `the venue knows no such order, asked ${watch.attempt} times` };
    if (order.state === 'pending') this.#context.records.order(order.clientOrderId, { type: 'rejected', reason });
    else this.#context.records.order(order.clientOrderId, { type: 'canceled', reason });
    // Trades that might have been this order's can be told now.
    this.#reports.settleDeferred();
  }

  #pastHorizon(watch: Watch): boolean {
    const ageMs = (this.#context.clock.monotonicUs() - watch.sinceUs) / 1000;
    return ageMs > this.#context.adapter.executionHorizonMs + MARGIN_MS;
  }

  #alarm(order: Order, watch: Watch): void {
    const ageMs = Math.round((this.#context.clock.monotonicUs() - watch.sinceUs) / 1000);
    if (watch.alarmed || ageMs < ALARM_AFTER_MS) return;
    watch.alarmed = true;
    this.#context.log.error('order-still-unknown', { code: 'ENG_ORDER_UNKNOWN', clientOrderId: order.clientOrderId, ageMs });
  }
}

function isOpenQuestion(order: Order, watch: Watch): boolean {
  return inDoubt(order) || (watch.missed && order.state === 'open');
}

function doubtOf(order: Order): string {
  if (order.state === 'closed' || order.phase === 'unknown') return order.phase;
  return order.request?.phase === 'unknown' ? order.request.commandId : '';
}

/** Whether the venue says that it still works the order; only then is there something to cancel. */
function isLive({ phase }: OrderReport): boolean {
  return phase === 'new' || phase === 'partially-filled' || phase === 'triggered';
}

/** Whether something about the order has no proven outcome and nobody is waiting for an answer. */
export function inDoubt(order: Order): boolean {
  if (order.state === 'closed') return false;
  return order.phase === 'unknown' || order.request?.phase === 'unknown';
}
