/**
 * Compares our live orders with the venue's lists of open orders. The whole account is asked once a minute, since it alone shows what was made
 * by hand and missed; in between only instruments with live orders are asked, where that is cheaper. A list tells only of what it covers.
 */
import { type InstrumentId, isConditional, type Order } from '@fillwright/domain';
import type { Answer, OrderReport } from '@fillwright/venue';
import type { EngineContext } from '../context.ts';
import { orderRef } from '../order/dispatcher.ts';
import type { ReportDesk } from '../order/report-desk.ts';
import type { AskVenue, AuditParts } from './audit.ts';
import { isAtVenue, missingOrders } from './venue-snapshot.ts';

export const OPEN_ORDERS_MS = 10_000;
/** Looks between two at the whole account: with it, one a minute. */
const PARTIAL_LOOKS = 5;
/** An order something happened to just now is left alone: lists lag behind. */
const QUIET_US = 5_000_000;
/** Orders that the lists lack, asked for one by one in one look; the rest comes in the next. */
const LOOKUPS = 20;

/** Where the venue lists an order. */
type Place = 'normal' | 'algo';

/** What one question is about: the whole account, or one instrument. */
interface Scope {
  readonly instrument?: InstrumentId;
  readonly places: ReadonlySet<Place>;
}

const WHOLE: Scope = { places: new Set(['normal', 'algo']) };

/** The rest of what one look may ask for order by order. */
interface Allowance {
  lookUps: number;
}

export class OpenOrdersAudit {
  readonly #context: EngineContext;
  readonly #reports: ReportDesk;
  readonly #parts: AuditParts;
  readonly #ask: AskVenue;
  /** Looks until the whole account is due. */
  #untilWhole = 0;

  constructor(context: EngineContext, reports: ReportDesk, parts: AuditParts, ask: AskVenue) {
    this.#context = context;
    this.#reports = reports;
    this.#parts = parts;
    this.#ask = ask;
  }

  look(): void {
    const allowance = { lookUps: LOOKUPS };
    for (const scope of this.#scopes()) this.#compare(scope, allowance);
  }

  #scopes(): readonly Scope[] {
    const { listsByInstrument = 0 } = this.#context.adapter;
    const scopes = scopesOf(this.#context.book.liveOrders());
    const isWhole = this.#untilWhole === 0 || listsByInstrument === 0 || scopes.length > listsByInstrument;
    this.#untilWhole = isWhole ? PARTIAL_LOOKS : this.#untilWhole - 1;
    return isWhole ? [WHOLE] : scopes;
  }

  #compare(scope: Scope, allowance: Allowance): void {
    const askedTs = this.#context.records.now();
    this.#ask('open orders', () => this.#lists(scope), {
      answered: (reports) => {
        for (const report of reports) this.#learn(report);
        const isQuiet = (order: Order) => order.updatedTs < askedTs - QUIET_US;
        const covered = this.#context.book.liveOrders().filter((order) => isQuiet(order) && covers(scope, order));
        for (const order of missingOrders(covered, reports)) this.#lookUp(order, allowance);
      },
      failed: () => {
        if (scope === WHOLE) this.#untilWhole = 0;
      },
    });
  }

  async #lists({ places, instrument }: Scope): Promise<Answer<readonly OrderReport[]>> {
    const { adapter } = this.#context;
    const answers = await Promise.all([
      ...(places.has('normal') ? [adapter.openOrders(instrument)] : []),
      ...(places.has('algo') ? [adapter.openAlgoOrders(instrument)] : []),
    ]);
    const reports: OrderReport[] = [];
    for (const answer of answers) {
      if (answer.type === 'failed') return answer;
      reports.push(...answer.value);
    }
    return { type: 'answered', value: reports };
  }

  /** What the venue states of an order when asked; news of it that are old should have come by the stream. */
  #learn(report: OrderReport): void {
    const before = this.#reports.applied;
    const order = this.#reports.report(report);
    const lateUs = this.#context.records.now() - report.venueTs;
    const isNews = this.#reports.applied > before || report.filledQty.gt(order.filledQty);
    if (isNews && lateUs > QUIET_US && this.#parts.inSync()) this.#parts.onStreamMissed?.(order.clientOrderId, Math.round(lateUs / 1000));
  }

  /** Not in the list: it may have ended without our hearing of it. */
  #lookUp(order: Order, allowance: Allowance): void {
    if (allowance.lookUps === 0) return;
    allowance.lookUps -= 1;
    const { adapter, lanes, inputs } = this.#context;
    lanes.schedule('query', () =>
      inputs.after(adapter.lookUpOrder(orderRef(order)), (answer) => {
        if (answer.type === 'answered') this.#learn(answer.value);
        else this.#context.log.warn('open-order-not-listed', { clientOrderId: order.clientOrderId, answer: answer.type });
        if (answer.type === 'absent') this.#parts.onMissing(order);
      }),
    );
  }
}

/** One for each instrument with live orders, in the order of their names. */
function scopesOf(live: readonly Order[]): readonly Scope[] {
  const places = new Map<InstrumentId, Set<Place>>();
  for (const order of live.filter(isAtVenue)) {
    const { instrument } = order.terms;
    const known = places.get(instrument) ?? new Set<Place>();
    places.set(instrument, known.add(placeOf(order)));
  }
  return [...places.keys()].sort().map((instrument) => ({ instrument, places: places.get(instrument) ?? new Set() }));
}

/** For orders that stand as they stood before the question: they are in a place that was asked. */
function covers({ instrument }: Scope, order: Order): boolean {
  return instrument === undefined || instrument === order.terms.instrument;
}

/** A conditional order that has fired is a normal one. */
function placeOf({ terms, venueOrderId }: Order): Place {
  return isConditional(terms.type) && venueOrderId === undefined ? 'algo' : 'normal';
}
