/** Asks again and again whether the venue sees what we see: open orders every 10 s, positions every 30 s, balances every 60 s. */
import { type Decimal, decimal, type InstrumentId, type Order, usTime } from '@fillwright/domain';
import type { Timer } from '@fillwright/runtime';
import { mutated } from '@fillwright/runtime/ports';
import type { Answer, BalanceReport, PositionReport } from '@fillwright/venue';
import type { EngineContext } from '../context.ts';
import { EXTERNAL, type ReportDesk } from '../order/report-desk.ts';
import { OPEN_ORDERS_MS, OpenOrdersAudit } from './open-orders-audit.ts';
import { comparePositions, type PositionDifference, sameDifference, syntheticFills } from './position-reconciliation.ts';
import { paidInstruments } from './venue-snapshot.ts';

const POSITIONS_MS = 30_000;
const BALANCES_MS = 60_000;
/** Between two looks at a position that differs. */
const CONFIRM_MS = 1_000;
/** A difference seen first is mostly a fill that one answer contained and the other did not: trading need not wait long for that. */
const FIRST_CONFIRM_MS = 100;
/** How long a difference must stand: the venue's own parts lag behind each other. */
const STANDS_US = 2_000_000;
/** Trades that could explain a difference are asked for from so long before the newest one we have. */
const TRADES_OVERLAP_US = 600_000_000;

export interface AuditParts {
  /** Nothing is repaired while the account is not in sync: recovery is about to explain it. */
  readonly inSync: () => boolean;
  readonly isHunting: (instrument: InstrumentId) => boolean;
  readonly markOf: (instrument: InstrumentId) => Decimal | undefined;
  /** Something about an order that happened long ago, and that the stream has not told. */
  readonly onStreamMissed?: (clientOrderId: string, lateMs: number) => void;
  /** Neither listed nor found. */
  readonly onMissing: (order: Order) => void;
}

/** Asks when there is a slot. A question that failed, or found no slot, says nothing about the account. */
export type AskVenue = <T>(
  what: string,
  question: () => Promise<Answer<T>>,
  then: { readonly answered: (value: T) => void; readonly failed?: () => void },
) => void;

interface Suspicion {
  readonly difference: PositionDifference;
  readonly sinceUs: number;
  readonly fillPos: number;
  /** The trades that could explain it were read, and did not. */
  tradesRead: boolean;
}

export class Audit {
  readonly #context: EngineContext;
  readonly #reports: ReportDesk;
  readonly #parts: AuditParts;
  readonly #orders: OpenOrdersAudit;
  readonly #timers = new Map<string, Timer>();
  /** Differences seen, waiting to be seen again. */
  readonly #suspected = new Map<InstrumentId, Suspicion>();
  /** Until positions were compared once, nothing is known about them. */
  #positionsInDoubt = true;
  #stopped = false;

  constructor(context: EngineContext, reports: ReportDesk, parts: AuditParts) {
    this.#context = context;
    this.#reports = reports;
    this.#parts = parts;
    this.#orders = new OpenOrdersAudit(context, reports, parts, (what, question, then) => this.#ask(what, question, then));
  }

  start(): void {
    this.#every('orders', OPEN_ORDERS_MS, () => this.#orders.look());
    this.#every('positions', POSITIONS_MS, () => this.checkPositions());
    this.#every('balances', BALANCES_MS, () => this.checkBalances());
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  /** True until positions were compared, and while a difference is being looked into. */
  get positionsInDoubt(): boolean {
    return this.#positionsInDoubt;
  }

  /** Now, and again soon while they differ or the answer fails. */
  checkPositions(): void {
    const { adapter } = this.#context;
    this.#ask('positions', () => adapter.positions(), {
      answered: (reports) => this.compare(reports),
      failed: () => (mutated(this.#context, 'failed-query-is-flat') ? this.compare([]) : this.#lookAgain()),
    });
  }

  /** `reports`: the venue's complete answer. Running it twice on the same changes nothing the second time. */
  compare(reports: readonly PositionReport[]): void {
    this.#reports.settleDeferred();
    const differences = comparePositions(this.#context.book.positions.all(), reports);
    for (const [instrument] of this.#suspected)
      if (!differences.some((found) => found.instrument === instrument)) this.#suspected.delete(instrument);
    this.#positionsInDoubt = differences.length > 0;
    const isFirst = differences.every(({ instrument }) => !this.#suspected.has(instrument));
    for (const difference of differences) this.#lookInto(difference, reports);
    this.#lookAgain(isFirst ? FIRST_CONFIRM_MS : CONFIRM_MS);
  }

  #lookAgain(delayMs = CONFIRM_MS): void {
    if (this.#positionsInDoubt) this.#once('confirm', delayMs, () => this.checkPositions());
  }

  #lookInto(difference: PositionDifference, reports: readonly PositionReport[]): void {
    const { book, clock } = this.#context;
    const { instrument } = difference;
    const fillPos = book.lastFillPosOf(instrument);
    const seen = this.#suspected.get(instrument);
    const isSame = seen !== undefined && sameDifference(seen.difference, difference) && seen.fillPos === fillPos;
    const suspicion = isSame ? seen : { difference, fillPos, sinceUs: clock.monotonicUs(), tradesRead: false };
    this.#suspected.set(instrument, suspicion);
    const hasStood = suspicion.tradesRead && clock.monotonicUs() - suspicion.sinceUs >= STANDS_US;
    const stands = hasStood || mutated(this.#context, 'repaired-before-trades');
    if (stands && this.#mayRepair(instrument)) this.#repair(difference, reports);
    else this.#readTrades(suspicion);
  }

  /** Not while a trade may be on its way that explains the difference: it would be booked twice. */
  #mayRepair(instrument: InstrumentId): boolean {
    const { inSync, isHunting } = this.#parts;
    const { book } = this.#context;
    return inSync() && !isHunting(instrument) && !this.#reports.isDeferring(instrument) && !book.hasAtStake(instrument);
  }

  #repair(difference: PositionDifference, reports: readonly PositionReport[]): void {
    const { book, log, records, instruments } = this.#context;
    const { instrument, ours, venueQty } = difference;
    const report = reports.find((candidate) => candidate.instrument === instrument);
    log.warn('position-repaired', {
      code: 'ENG_POSITION_REPAIRED',
      instrument,
      ours: ours.qty.toString(),
      venue: venueQty.toString(),
    });
    this.#suspected.delete(instrument);
    const fills = syntheticFills(difference, {
      lastFillPos: book.lastFillPosOf(instrument),
      venueTs: report && report.venueTs > 0 ? report.venueTs : records.now(),
      feeAsset: instruments.get(instrument)?.settleAsset ?? '',
      mark: this.#parts.markOf(instrument),
    });
    for (const fill of fills) if (!book.positions.has(fill)) records.strayFill(fill, EXTERNAL);
  }

  #readTrades(suspicion: Suspicion): void {
    this.#askTrades(suspicion.difference.instrument, () => {
      suspicion.tradesRead = true;
    });
  }

  #askTrades(instrument: InstrumentId, onRead: () => void): void {
    const { adapter, book } = this.#context;
    const newest = book.lastFillTs(instrument) ?? 0;
    const sinceTs = usTime(Math.max(0, Math.max(newest, this.#reports.ledgerStartTs()) - TRADES_OVERLAP_US));
    this.#ask('trades', () => adapter.trades(instrument, { sinceTs }), {
      answered: (fills) => {
        for (const fill of fills) this.#reports.trade(fill);
        onRead();
      },
    });
  }

  /**
   * Money that moved without our hearing of it: perhaps trades that opened and closed a position between two looks at positions. They are
   * read before the wallet is believed; while they cannot be, it is not. To be called as soon as that is seen: the next event that comes tells the
   * wallet, which explains nothing and hides that it moved.
   */
  checkBalances(): void {
    const { adapter, book } = this.#context;
    this.#ask('balances', () => adapter.balances(), {
      answered: (reports) => {
        if (!this.#areUnexplained(reports)) this.#believe(reports);
        else
          this.#ask('paid instruments', () => paidInstruments(this.#context, reports), {
            answered: (paid) =>
              this.#readThenBelieve(new Set([...book.positions.all().map(({ instrument }) => instrument), ...paid]), reports),
          });
      },
    });
  }

  #readThenBelieve(traded: ReadonlySet<InstrumentId>, reports: readonly BalanceReport[]): void {
    let unread = traded.size;
    if (unread === 0) this.#believe(reports);
    for (const instrument of traded)
      this.#askTrades(instrument, () => {
        unread -= 1;
        if (unread === 0) this.#believe(reports);
      });
  }

  #believe(reports: readonly BalanceReport[]): void {
    for (const report of reports) this.#reports.balance(report);
  }

  #areUnexplained(reports: readonly BalanceReport[]): boolean {
    const { book } = this.#context;
    return reports.some(({ asset, wallet }) => {
      const held = book.balance(asset);
      return held !== undefined && !wallet.eq(decimal(held.wallet));
    });
  }

  #ask<T>(
    what: string,
    question: () => Promise<Answer<T>>,
    then: { readonly answered: (value: T) => void; readonly failed?: () => void },
  ): void {
    const { lanes, inputs, log } = this.#context;
    const asked = lanes.schedule('query', () =>
      inputs.after(question(), (answer) => {
        if (this.#stopped) return;
        if (answer.type === 'answered') then.answered(answer.value);
        else log.warn('audit-query-failed', { what, reason: answer.reason });
        if (answer.type === 'failed') then.failed?.();
      }),
    );
    if (!asked) then.failed?.();
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
