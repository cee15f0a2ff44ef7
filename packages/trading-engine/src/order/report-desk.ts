/** Takes what the venue states (stream, answers, queries) and writes what follows from it. Finds the order a report is about. */
import type { ClientOrderId, Fill, InstrumentId, Order, UsTime } from '@fillwright/domain';
import { decimalText, fillKey } from '@fillwright/domain';
import type { BalanceReport, OrderReport, PositionReport, VenueEvent } from '@fillwright/venue';
import type { EngineContext } from '../context.ts';
import { planReport } from './report-plan.ts';

export const EXTERNAL = 'EXTERNAL';

/** Told when the venue proves a quantity whose trades we lack. */
export type MissingFills = (instrument: InstrumentId, report: OrderReport) => void;
/** Told after each report, with the order as it stands. */
export type OrderChanged = (order: Order) => void;

/** Trades that wait for their order at the most; beyond it the oldest is booked without one. */
const DEFERRED_BOUND = 1_000;

export class ReportDesk {
  readonly #context: EngineContext;
  /** Trades that may be those of an order whose venue id we do not know yet, by key. */
  readonly #deferred = new Map<string, Fill>();
  onMissingFills: MissingFills = () => undefined;
  onOrderChanged: OrderChanged = () => undefined;
  onUnreadable: (text: string) => void = () => undefined;
  /** Counts for the recovery summary. */
  applied = 0;
  dropped = 0;

  readonly #ledgerStartTs: () => UsTime;

  /** `ledgerStartTs`: trades before it are contained in the position we started from. */
  constructor(context: EngineContext, ledgerStartTs: () => UsTime) {
    this.#context = context;
    this.#ledgerStartTs = ledgerStartTs;
  }

  event(event: VenueEvent): void {
    switch (event.type) {
      case 'order':
        this.report(event.report);
        return;
      case 'balance':
        this.balance(event.report);
        return;
      case 'position':
        this.venuePosition(event.report);
        return;
      case 'notice':
        this.#context.log.warn('venue-notice', { code: event.code, text: event.text });
        return;
      case 'unreadable':
        this.#context.log.error('venue-event-unreadable', { code: 'ENG_EVENT_UNREADABLE', text: event.text });
        this.onUnreadable(event.text);
        return;
      case 'trade-hint':
        return;
    }
  }

  report(stated: OrderReport): Order {
    const { book, records } = this.#context;
    const report = stated.fill ? { ...stated, fill: this.#dated(stated.fill) } : stated;
    const known = this.#find(report) ?? this.#adopt(report);
    const plan = planReport(known, report, { ts: records.now(), isBooked: (fill) => book.positions.has(fill) });
    for (const body of plan.events) {
      if (records.order(known.clientOrderId, body)) this.applied++;
      else this.dropped++;
    }
    // A trade that its order cannot take (a contradiction) still moved our position at the venue.
    if (report.fill && !book.positions.has(report.fill)) this.#stray(known, report.fill);
    if (!plan.missingQty.isZero()) this.onMissingFills(known.terms.instrument, report);
    this.settleDeferred();
    const after = book.order(known.clientOrderId) ?? known;
    this.onOrderChanged(after);
    return after;
  }

  /**
   * Binds the order to the venue's ids and does nothing else. Trades of the history name their order by these ids alone: whoever brings
   * reports and trades together identifies all orders first.
   */
  identify(report: OrderReport): void {
    const { book, records } = this.#context;
    const known = this.#find(report) ?? this.#adopt(report);
    const plan = planReport(known, report, { ts: records.now(), isBooked: (fill) => book.positions.has(fill) });
    for (const body of plan.events) if (body.type === 'accepted' || body.type === 'triggered') records.order(known.clientOrderId, body);
  }

  /** Books the deferred trades that can be told now: their order was identified, or none of ours is in doubt any more. */
  settleDeferred(): void {
    for (const [key, fill] of [...this.#deferred]) {
      if (!this.#isIdentified(fill) && this.#mayBeInDoubt(fill)) continue;
      this.#deferred.delete(key);
      this.trade(fill);
    }
  }

  /** While this holds, a difference of positions may be nothing but such a trade. */
  isDeferring(instrument: InstrumentId): boolean {
    return [...this.#deferred.values()].some((fill) => fill.instrument === instrument);
  }

  /** A trade from the trade history, where the venue names the order only by its own id. False when it was booked before, or must wait. */
  trade(stated: Fill): boolean {
    const { book, records } = this.#context;
    const fill = this.#dated(stated);
    if (book.positions.has(fill)) return false;
    if (!this.#isIdentified(fill) && this.#mayBeInDoubt(fill)) {
      this.#defer(fill);
      return false;
    }
    const order = book.orderByVenueId(fill.instrument, fill.venueOrderId);
    const named = order ? { ...fill, clientOrderId: order.clientOrderId } : fill;
    if (order && records.order(order.clientOrderId, { type: 'filled', fill: named })) this.applied++;
    else if (order) this.#stray(order, named);
    else return this.#unknownTrade(fill);
    this.onOrderChanged(book.order(order.clientOrderId) ?? order);
    return true;
  }

  balance(report: BalanceReport): void {
    const { book, records } = this.#context;
    const held = book.balance(report.asset);
    const wallet = decimalText(report.wallet);
    // A snapshot may be older than what the stream already said; equal news is no news.
    if (held && (held.venueTs > report.venueTs || (held.wallet === wallet && report.delta === undefined))) return;
    records.write({
      k: 'balance',
      ts: records.now(),
      balance: {
        asset: report.asset,
        wallet,
        cause: report.cause,
        venueTs: report.venueTs,
        ...(report.instrument && { instrument: report.instrument }),
        ...(report.delta && !report.delta.isZero() && { delta: decimalText(report.delta) }),
      },
    });
  }

  venuePosition(report: PositionReport): void {
    const { records } = this.#context;
    records.write({
      k: 'venue-position',
      ts: records.now(),
      position: {
        instrument: report.instrument,
        qty: decimalText(report.qty),
        entryPrice: decimalText(report.entryPrice),
        venueTs: report.venueTs,
      },
    });
  }

  /** By client id, then by the venue's ids. A closed order of ours under another venue id is a different order. */
  #find(report: OrderReport): Order | undefined {
    const { book } = this.#context;
    const { instrument } = report.terms;
    const byId = report.clientOrderId === '' ? undefined : book.order(report.clientOrderId);
    if (byId && !differs(byId, report)) return byId;
    return (
      (report.algoId && book.orderByAlgoId(instrument, report.algoId)) ||
      (report.venueOrderId && book.orderByVenueId(instrument, report.venueOrderId)) ||
      undefined
    );
  }

  /** An order we did not make in this journal: by hand, by the venue, or by an earlier run whose tag we know. */
  #adopt(report: OrderReport): Order {
    const { book, records, log } = this.#context;
    const venueId = report.venueOrderId ?? report.algoId ?? 'none';
    const taken = report.clientOrderId === '' || book.order(report.clientOrderId) !== undefined;
    const clientOrderId = (taken ? `${report.clientOrderId || 'EXT'}#${venueId}` : report.clientOrderId) as ClientOrderId;
    const owner = book.tagOf(report.clientOrderId) ?? EXTERNAL;
    log.info('order-adopted', { clientOrderId, owner, venueOrderId: venueId, made: report.venueMade ?? 'by hand or by an earlier run' });
    const order = records.order(clientOrderId, { type: 'initialized', owner, strategy: '', terms: report.terms, external: true });
    if (!order) throw new Error(`${clientOrderId} exists although it was not found`);
    return order;
  }

  #isIdentified(fill: Fill): boolean {
    return this.#context.book.orderByVenueId(fill.instrument, fill.venueOrderId) !== undefined;
  }

  /** Whether an order of ours that may have traded has no venue id yet: written and not answered, or unknown. */
  #mayBeInDoubt({ instrument, side }: Fill): boolean {
    const isCandidate = ({ state, phase, venueOrderId, terms }: Order) =>
      state === 'pending' &&
      (phase === 'sending' || phase === 'unknown') &&
      !venueOrderId &&
      terms.instrument === instrument &&
      terms.side === side;
    return this.#context.book.liveOrders().some(isCandidate);
  }

  #defer(fill: Fill): void {
    this.#deferred.set(fillKey(fill), fill);
    if (this.#deferred.size <= DEFERRED_BOUND) return;
    for (const [key, oldest] of this.#deferred) {
      this.#deferred.delete(key);
      this.#unknownTrade(oldest);
      return;
    }
  }

  #dated(fill: Fill): Fill {
    return fill.venueTs < this.#ledgerStartTs() ? { ...fill, beforeLedger: true } : fill;
  }

  #stray(order: Order, fill: Fill): void {
    this.#context.log.error('fill-contradicts-order', {
      code: 'ENG_FILL_CONTRADICTS',
      clientOrderId: order.clientOrderId,
      tradeId: fill.tradeId,
    });
    this.#context.records.strayFill(fill, order.owner, order.strategy);
  }

  #unknownTrade(fill: Fill): boolean {
    if (fill.beforeLedger) return false;
    this.#context.log.warn('trade-of-unknown-order', {
      code: 'ENG_TRADE_UNKNOWN_ORDER',
      tradeId: fill.tradeId,
      venueOrderId: fill.venueOrderId,
    });
    this.#context.records.strayFill(fill, EXTERNAL);
    this.applied++;
    return true;
  }
}

/** Client ids are unique among open orders only: a closed one with another venue id is somebody else's order under the same name. */
function differs(order: Order, report: OrderReport): boolean {
  if (order.state !== 'closed') return false;
  if (order.algoId !== undefined) return report.algoId !== undefined && report.algoId !== order.algoId;
  return report.venueOrderId !== undefined && report.venueOrderId !== order.venueOrderId;
}
