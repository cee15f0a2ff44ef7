/** Asks for trades the venue proves and we lack, then lets the reports that waited for them be looked at again. */
import {
  type Decimal,
  decimalText,
  type Fill,
  type InstrumentId,
  msFromUs,
  type Order,
  parseVenueOrderId,
  type UsTime,
  usTime,
  ZERO,
} from '@fillwright/domain';
import type { Timer } from '@fillwright/runtime';
import type { OrderReport } from '@fillwright/venue';
import type { EngineContext } from '../context.ts';
import { EXTERNAL, type ReportDesk } from '../order/report-desk.ts';
import { syntheticTradeId } from './synthetic-id.ts';

/** First the stream gets its chance, then the trade history is asked, less and less often. */
const DELAYS_MS = [250, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000];
const ALARM_AT_ATTEMPT = 5;
/** Trades are asked for from a little before the order, in case clocks differ. */
const OVERLAP_US = 60_000_000;
/** How far back the trades of an order are asked for that we did not make: when it began we do not know, only when it changed last. */
const EXTERNAL_LOOKBACK_US = 7 * 86_400_000_000;
/** Reports waiting per instrument; the newest matter, since each states the whole order. */
const WAITING_BOUND = 1_000;

interface Hunt {
  readonly waiting: Map<string, OrderReport>;
  attempt: number;
  timer: Timer | undefined;
  asking: boolean;
}

export class MissingFills {
  readonly #context: EngineContext;
  readonly #reports: ReportDesk;
  readonly #hunts = new Map<InstrumentId, Hunt>();

  constructor(context: EngineContext, reports: ReportDesk) {
    this.#context = context;
    this.#reports = reports;
  }

  /** Remembers the report and makes sure its instrument is being asked about. */
  need(instrument: InstrumentId, report: OrderReport): void {
    const hunt = this.#hunts.get(instrument) ?? { waiting: new Map(), attempt: 0, timer: undefined, asking: false };
    this.#hunts.set(instrument, hunt);
    hunt.waiting.set(reportKey(report), report);
    if (hunt.waiting.size > WAITING_BOUND) {
      const oldest = hunt.waiting.keys().next().value;
      if (oldest !== undefined) hunt.waiting.delete(oldest);
    }
    this.#arm(instrument, hunt);
  }

  /** While this holds, the venue proves more trades than are booked. */
  isHunting(instrument: InstrumentId): boolean {
    return this.#hunts.has(instrument);
  }

  stop(): void {
    for (const hunt of this.#hunts.values()) hunt.timer?.cancel();
    this.#hunts.clear();
  }

  #arm(instrument: InstrumentId, hunt: Hunt): void {
    if (hunt.timer || hunt.asking) return;
    const delayMs = DELAYS_MS[Math.min(hunt.attempt, DELAYS_MS.length - 1)] as number;
    hunt.timer = this.#context.clock.after(delayMs, () => {
      hunt.timer = undefined;
      this.#context.inputs.run(() => this.#ask(instrument, hunt));
    });
  }

  #ask(instrument: InstrumentId, hunt: Hunt): void {
    const waiting = this.#stillMissing(hunt);
    if (waiting.length === 0) {
      this.#hunts.delete(instrument);
      return;
    }
    hunt.asking = true;
    hunt.attempt += 1;
    const sinceTs = this.#since(waiting);
    const asked = this.#context.lanes.schedule('query', () =>
      this.#context.inputs.after(this.#context.adapter.trades(instrument, { sinceTs }), (answer) => {
        hunt.asking = false;
        if (answer.type === 'failed') {
          this.#context.log.warn('trades-query-failed', { instrument, reason: answer.reason });
        } else {
          for (const fill of answer.value) this.#reports.trade(fill);
          for (const report of waiting) this.#retell(report, sinceTs);
        }
        this.#ended(instrument, hunt);
      }),
    );
    if (asked) return;
    hunt.asking = false;
    this.#arm(instrument, hunt);
  }

  #ended(instrument: InstrumentId, hunt: Hunt): void {
    if (this.#stillMissing(hunt).length === 0) {
      this.#hunts.delete(instrument);
      return;
    }
    if (hunt.attempt === ALARM_AT_ATTEMPT) {
      this.#context.log.error('fills-still-missing', { code: 'ENG_FILLS_MISSING', instrument, orders: hunt.waiting.size });
    }
    this.#arm(instrument, hunt);
  }

  /** Looks at a report again, now that all trades since `askedSince` are known. */
  #retell(report: OrderReport, askedSince: UsTime): void {
    const before = this.#reports.report(report);
    const missing = report.filledQty.minus(before.filledQty);
    if (before.owner !== EXTERNAL || !missing.gt(0) || askedSince > this.#reports.ledgerStartTs()) return;
    // Nobody's but the past's: all trades since the ledger began are here, and the position we started from contains the older ones.
    this.#reports.trade(inferredFill(before, report, missing));
    this.#reports.report(report);
  }

  #stillMissing(hunt: Hunt): readonly OrderReport[] {
    for (const [key, report] of hunt.waiting) {
      const order = this.#orderOf(report);
      const isComplete = order?.filledQty.gte(report.filledQty) && (order.state === 'closed' || !isTerminal(report));
      if (!order || isComplete) hunt.waiting.delete(key);
    }
    return [...hunt.waiting.values()];
  }

  #orderOf(report: OrderReport) {
    const { book } = this.#context;
    const { instrument } = report.terms;
    const byVenueId = report.venueOrderId && book.orderByVenueId(instrument, report.venueOrderId);
    const byClientId = book.order(report.clientOrderId);
    return byVenueId || (byClientId?.terms.instrument === instrument ? byClientId : undefined);
  }

  #since(waiting: readonly OrderReport[]): UsTime {
    const starts = waiting.map((report) => {
      const order = this.#orderOf(report);
      if (order && order.owner !== EXTERNAL) return order.createdTs;
      return Math.max(this.#reports.ledgerStartTs(), report.venueTs - EXTERNAL_LOOKBACK_US);
    });
    return usTime(Math.max(0, msFromUs(usTime(Math.max(0, Math.min(...starts)))) * 1000 - OVERLAP_US));
  }
}

/** What an order of others traded before our time: its quantity is proven, its trades are not asked for any more. */
function inferredFill(order: Order, report: OrderReport, qty: Decimal): Fill {
  const { instrument, side, price } = order.terms;
  const purpose = [instrument, order.clientOrderId, report.venueOrderId ?? '', decimalText(order.filledQty), decimalText(qty)].join('|');
  return {
    instrument,
    side,
    qty,
    tradeId: syntheticTradeId(purpose),
    venueOrderId: order.venueOrderId ?? report.venueOrderId ?? parseVenueOrderId('none'),
    price: report.averagePrice ?? price ?? ZERO,
    liquidity: 'unknown',
    fee: ZERO,
    feeAsset: '',
    venueTs: report.venueTs,
    synthetic: true,
    beforeLedger: true,
  };
}

function reportKey(report: OrderReport): string {
  return `${report.clientOrderId}|${report.venueOrderId ?? ''}`;
}

function isTerminal(report: OrderReport): boolean {
  return report.phase === 'filled' || report.phase === 'canceled' || report.phase === 'expired';
}
