/** Asks again and again whether the venue sees what we see: open orders every 10 s, positions every 30 s, balances every 60 s. */
import type { InstrumentId, Order } from '@fillwright/domain';
import type { Timer } from '@fillwright/runtime';
import type { Answer, OrderReport, PositionReport } from '@fillwright/venue';
import type { EngineContext } from '../context.ts';
import { orderRef } from '../order/dispatcher.ts';
import type { ReportDesk } from '../order/report-desk.ts';
import { comparePositions, type PositionDifference, sameDifference, syntheticFill } from './position-reconciliation.ts';
import { missingOrders } from './venue-snapshot.ts';

const OPEN_ORDERS_MS = 10_000;
const POSITIONS_MS = 30_000;
const BALANCES_MS = 60_000;
/** An order something happened to just now is left alone: lists lag behind. */
const QUIET_US = 5_000_000;
/** Between two looks at a position that differs. */
const CONFIRM_MS = 1_000;

export class Audit {
  readonly #context: EngineContext;
  readonly #reports: ReportDesk;
  readonly #timers = new Map<string, Timer>();
  /** Differences seen once, waiting to be seen again. */
  readonly #suspected = new Map<InstrumentId, PositionDifference & { readonly fillPos: number }>();
  #positionsInDoubt = false;
  #stopped = false;
  /** Called when positions were compared: true when both sides agree. */
  onPositions: (agree: boolean) => void = () => undefined;

  constructor(context: EngineContext, reports: ReportDesk) {
    this.#context = context;
    this.#reports = reports;
  }

  start(): void {
    this.#every('orders', OPEN_ORDERS_MS, () => this.#openOrders());
    this.#every('positions', POSITIONS_MS, () => this.checkPositions());
    this.#every('balances', BALANCES_MS, () => this.#balances());
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  /** True while a difference of positions is being looked into. */
  get positionsInDoubt(): boolean {
    return this.#positionsInDoubt;
  }

  /** Now, and again in a second while they differ. */
  checkPositions(): void {
    this.#ask('positions', this.#context.adapter.positions.bind(this.#context.adapter), (reports) => this.#compare(reports));
  }

  #compare(reports: readonly PositionReport[]): void {
    const { book } = this.#context;
    this.#reports.settleDeferred();
    const differences = comparePositions(book.positions.all(), reports);
    for (const [instrument] of this.#suspected)
      if (!differences.some((found) => found.instrument === instrument)) this.#suspected.delete(instrument);
    this.#positionsInDoubt = differences.length > 0;
    this.onPositions(differences.length === 0);
    for (const difference of differences) this.#explain(difference, reports);
    if (differences.length > 0) this.#once('confirm', CONFIRM_MS, () => this.checkPositions());
  }

  #explain(difference: PositionDifference, reports: readonly PositionReport[]): void {
    const { book, log, records } = this.#context;
    const seen = this.#suspected.get(difference.instrument);
    const isStanding = seen && sameDifference(seen, difference) && seen.fillPos === book.lastFillPos;
    if (isStanding && !this.#reports.isDeferring(difference.instrument)) {
      const report = reports.find(({ instrument }) => instrument === difference.instrument);
      const fill = syntheticFill(difference, book.lastFillPos, report?.venueTs ?? records.now(), this.#settleAsset(difference.instrument));
      log.warn('position-repaired', {
        code: 'ENG_POSITION_REPAIRED',
        instrument: difference.instrument,
        ours: difference.ours.toString(),
        venue: difference.venue.toString(),
      });
      this.#suspected.delete(difference.instrument);
      records.strayFill(fill, 'EXTERNAL');
      return;
    }
    this.#suspected.set(difference.instrument, { ...difference, fillPos: book.lastFillPos });
    const since = book.lastFillTs(difference.instrument);
    const from = { sinceTs: (since ?? records.now()) as ReturnType<typeof records.now> };
    this.#ask(
      'trades',
      () => this.#context.adapter.trades(difference.instrument, from),
      (fills) => {
        for (const fill of fills) this.#reports.trade(fill);
      },
    );
  }

  #openOrders(): void {
    const { adapter } = this.#context;
    const both = async (): Promise<Answer<readonly OrderReport[]>> => {
      const [open, algo] = await Promise.all([adapter.openOrders(), adapter.openAlgoOrders()]);
      if (open.type === 'failed') return open;
      return algo.type === 'failed' ? algo : { type: 'answered', value: [...open.value, ...algo.value] };
    };
    const askedTs = this.#context.records.now();
    this.#ask('open orders', both, (reports) => {
      for (const report of reports) this.#reports.report(report);
      const quiet = (order: Order) => order.updatedTs < askedTs - QUIET_US;
      for (const order of missingOrders(this.#context.book.liveOrders(), reports).filter(quiet)) this.#lookUp(order);
    });
  }

  /** Not in the list: it may have ended without our hearing of it. */
  #lookUp(order: Order): void {
    const { adapter, lanes, inputs } = this.#context;
    lanes.schedule('query', () =>
      inputs.after(adapter.lookUpOrder(orderRef(order)), (answer) => {
        if (answer.type === 'answered') this.#reports.report(answer.value);
        else this.#context.log.warn('open-order-not-listed', { clientOrderId: order.clientOrderId, answer: answer.type });
      }),
    );
  }

  #balances(): void {
    this.#ask('balances', this.#context.adapter.balances.bind(this.#context.adapter), (reports) => {
      for (const report of reports) this.#reports.balance(report);
    });
  }

  #ask<T>(what: string, question: () => Promise<Answer<T>>, use: (value: T) => void): void {
    this.#context.lanes.schedule('query', () =>
      this.#context.inputs.after(question(), (answer) => {
        if (this.#stopped) return;
        if (answer.type === 'answered') use(answer.value);
        else this.#context.log.warn('audit-query-failed', { what, reason: answer.reason });
      }),
    );
  }

  #settleAsset(instrument: InstrumentId): string {
    return this.#context.instruments.get(instrument)?.settleAsset ?? 'USDT';
  }

  #every(name: string, everyMs: number, work: () => void): void {
    this.#once(name, everyMs, () => {
      this.#every(name, everyMs, work);
      work();
    });
  }

  #once(name: string, delayMs: number, work: () => void): void {
    this.#timers.get(name)?.cancel();
    if (this.#stopped) return;
    this.#timers.set(
      name,
      this.#context.clock.after(delayMs, () => {
        this.#timers.delete(name);
        this.#context.inputs.run(work);
      }),
    );
  }
}
