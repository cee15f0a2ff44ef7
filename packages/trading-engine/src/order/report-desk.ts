/** Takes what the venue states (stream, answers, queries) and writes what follows from it. Finds the order a report is about. */
import { type ClientOrderId, type Decimal, decimalText, type Fill, type InstrumentId, type Order, type UsTime } from '@fillwright/domain';
import { mutated } from '@fillwright/runtime/ports';
import type { BalanceReport, OrderReport, PositionReport, VenueEvent } from '@fillwright/venue';
import type { EngineContext } from '../context.ts';
import { DeferredTrades } from './deferred-trades.ts';
import { externalIds, isShowable } from './external-id.ts';
import { OtherEngineWatch } from './other-engine.ts';
import { planReport, type ReportFacts } from './report-plan.ts';
import { SETTLED_BY_HAND } from './settled.ts';

export const EXTERNAL = 'EXTERNAL';

/** Told when the venue proves a quantity whose trades we lack. */
export type MissingFills = (instrument: InstrumentId, report: OrderReport) => void;
/** Told after each report, with the order as it stands. */
export type OrderChanged = (order: Order) => void;

export class ReportDesk {
  readonly #context: EngineContext;
  readonly #deferred: DeferredTrades;
  readonly #otherEngine: OtherEngineWatch;
  onMissingFills: MissingFills = () => undefined;
  onOrderChanged: OrderChanged = () => undefined;
  onUnreadable: (text: string) => void = () => undefined;
  /** Counts for the recovery summary. */
  applied = 0;
  dropped = 0;

  /** Trades before it are contained in the position we started from. */
  readonly ledgerStartTs: () => UsTime;

  constructor(context: EngineContext, ledgerStartTs: () => UsTime) {
    this.#context = context;
    this.ledgerStartTs = ledgerStartTs;
    this.#deferred = new DeferredTrades(context.book);
    this.#otherEngine = new OtherEngineWatch(context);
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
    const { book } = this.#context;
    const known = this.#find(stated) ?? this.#adopt(stated);
    this.#alarmIfSettled(stated);
    const worded = this.#context.options.orders.expiredAsCanceled ? asCanceled(stated) : stated;
    const report = worded.fill ? { ...worded, fill: this.#dated(worded.fill, known.owner) } : worded;
    let missingQty = this.#apply(known, report);
    // Trades that came before anybody knew whose they were.
    if (!missingQty.isZero() && this.#claimStrays(known.clientOrderId)) missingQty = this.#apply(this.#now(known), report);
    // A trade that its order cannot take (a contradiction) still moved our position at the venue.
    if (report.fill && !book.positions.has(report.fill)) this.#stray(known, report.fill);
    if (!missingQty.isZero() && mutated(this.#context, 'cumulative-quantity-booked'))
      this.#bookCumulative(known, missingQty, report.venueTs);
    if (!missingQty.isZero()) this.onMissingFills(known.terms.instrument, report);
    this.settleDeferred(this.#now(known));
    const after = this.#now(known);
    this.onOrderChanged(after);
    return after;
  }

  /**
   * Binds the order to the venue's ids and does nothing else. Trades of the history name their order by these ids alone: whoever brings
   * reports and trades together identifies all orders first.
   */
  identify(report: OrderReport): void {
    const { records } = this.#context;
    const known = this.#find(report) ?? this.#adopt(report);
    const plan = planReport(known, report, this.#facts(known));
    for (const body of plan.events) if (body.type === 'accepted' || body.type === 'triggered') records.order(known.clientOrderId, body);
  }

  /** Books the deferred trades that can be told now. `changed`: only this order can have been identified since the last time. */
  settleDeferred(changed?: Order): void {
    for (const fill of this.#deferred.takeSettled(changed)) this.trade(fill);
  }

  /** While this holds, a difference of positions may be nothing but a trade that waits for its order. */
  isDeferring(instrument: InstrumentId): boolean {
    return this.#deferred.has(instrument);
  }

  /** A trade from the trade history, where the venue names the order only by its own id. False when it was booked before, or must wait. */
  trade(stated: Fill): boolean {
    const { book, records } = this.#context;
    if (this.#isBooked(stated)) return false;
    const order = book.orderByVenueId(stated.instrument, stated.venueOrderId);
    const fill = this.#dated(stated, order?.owner ?? EXTERNAL);
    if (!order) return this.#unknownTrade(fill);
    const named = { ...fill, clientOrderId: order.clientOrderId };
    if (records.order(order.clientOrderId, { type: 'filled', fill: named })) this.applied++;
    else this.#stray(order, named);
    this.onOrderChanged(this.#now(order));
    return true;
  }

  balance(report: BalanceReport): void {
    const { book, records } = this.#context;
    const held = book.balance(report.asset);
    const wallet = decimalText(report.wallet);
    // A snapshot may be older than what the stream already said; and two streams say the same while one replaces the other.
    if (held && held.venueTs > report.venueTs) return;
    if (held?.wallet === wallet && (held.venueTs === report.venueTs || report.delta === undefined)) return;
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

  /** Returns the quantity whose trades we lack. */
  #apply(order: Order, report: OrderReport): Decimal {
    const { records } = this.#context;
    const plan = planReport(order, report, this.#facts(order));
    for (const body of plan.events) {
      if (records.order(order.clientOrderId, body)) this.applied++;
      else this.dropped++;
    }
    return plan.missingQty;
  }

  #facts(order: Order): ReportFacts {
    const { book, records } = this.#context;
    const { instrument } = order.terms;
    return {
      ts: records.now(),
      isBooked: (fill) => this.#isBooked(fill),
      isFormerId: (id) => id !== order.venueOrderId && book.orderByVenueId(instrument, id)?.clientOrderId === order.clientOrderId,
    };
  }

  /** What an operator settled turns out to be otherwise: it is booked like everything else, and said aloud. */
  #alarmIfSettled(report: OrderReport): void {
    const settled = report.clientOrderId === '' ? undefined : this.#context.book.order(report.clientOrderId);
    if (settled?.state !== 'closed' || settled.reason?.code !== SETTLED_BY_HAND) return;
    const isNews = (report.fill && !this.#isBooked(report.fill)) || report.filledQty.gt(settled.filledQty) || !hasEnded(report);
    if (!isNews) return;
    this.#context.log.error('settlement-contradicted', {
      code: 'ENG_SETTLEMENT_CONTRADICTED',
      clientOrderId: settled.clientOrderId,
      settled: settled.phase,
      venue: report.phase,
      filledQty: decimalText(report.filledQty),
    });
  }

  /** True when there were any. They moved the position already; now their order gets them too. */
  #claimStrays(id: ClientOrderId): boolean {
    const { book, records } = this.#context;
    const order = book.order(id);
    if (order?.venueOrderId === undefined) return false;
    const strays = book.strayFills(order.terms.instrument, order.venueOrderId);
    for (const fill of strays) records.order(id, { type: 'filled', fill: { ...fill, clientOrderId: id } });
    return strays.length > 0;
  }

  #isBooked(fill: Fill): boolean {
    const { positions } = this.#context.book;
    if (mutated(this.#context, 'fill-booked-twice')) return false;
    const { book } = this.#context;
    if (mutated(this.#context, 'late-fill-dropped') && book.orderByVenueId(fill.instrument, fill.venueOrderId)?.state === 'closed')
      return true;
    if (mutated(this.#context, 'trade-key-without-side') && positions.has({ ...fill, side: fill.side === 'buy' ? 'sell' : 'buy' }))
      return true;
    return positions.has(fill);
  }

  /** Only for a wrong that checks must find: a quantity taken for a trade. */
  #bookCumulative(order: Order, qty: Decimal, venueTs: UsTime): void {
    const { terms, venueOrderId, clientOrderId } = this.#now(order);
    if (venueOrderId === undefined || terms.price === undefined) return;
    const { instrument, side, price } = terms;
    const fill = {
      instrument,
      side,
      qty,
      price,
      fee: qty.minus(qty),
      feeAsset: 'USDT',
      liquidity: 'unknown',
      venueOrderId,
      clientOrderId,
      venueTs,
    } as const;
    this.#context.records.order(clientOrderId, { type: 'filled', fill: { ...fill, tradeId: `c${venueTs}` as Fill['tradeId'] } });
  }

  #now(order: Order): Order {
    return this.#context.book.order(order.clientOrderId) ?? order;
  }

  /**
   * The venue's own ids are exact, until it forgets and begins anew (a testnet does from time to time): an order of ours that is open under this
   * client id is meant before a closed one under this number. A client id is unique among open orders only: see `isNamesake`.
   */
  #find(report: OrderReport): Order | undefined {
    const { book } = this.#context;
    const { instrument } = report.terms;
    const byVenueId = report.venueOrderId && book.orderByVenueId(instrument, report.venueOrderId);
    const exact = byVenueId || (report.algoId && book.orderByAlgoId(instrument, report.algoId));
    if (exact && exact.state !== 'closed') return exact;
    const byClientId = report.clientOrderId === '' ? undefined : book.order(report.clientOrderId);
    if (exact) return byClientId && awaits(byClientId, report) ? byClientId : exact;
    if (byClientId && !isNamesake(byClientId, report)) return byClientId;
    // Taken on, and nothing more written down before a crash.
    return externalIds(report)
      .map((id) => book.order(id))
      .find((order) => order?.terms.instrument === instrument);
  }

  /** An order we did not make in this journal: by hand, by the venue, or by an earlier run whose tag we know. */
  #adopt(report: OrderReport): Order {
    const { book, records, log } = this.#context;
    const names = [...(isShowable(report.clientOrderId) ? [report.clientOrderId as ClientOrderId] : []), ...externalIds(report)];
    const clientOrderId = names.find((id) => book.order(id) === undefined);
    if (clientOrderId === undefined) throw new Error(`all names of ${names.join(', ')} are taken although none is the order's`);
    const stranger = mutated(this.#context, 'external-booked-to-trader') ? (book.liveOrders()[0]?.owner ?? EXTERNAL) : EXTERNAL;
    const owner = book.tagOf(report.clientOrderId, records.now()) ?? stranger;
    log.info('order-adopted', {
      clientOrderId,
      owner,
      venueOrderId: report.venueOrderId ?? report.algoId,
      made: report.venueMade ?? 'by hand or by an earlier run',
    });
    // What a former run left is found by asking; what the stream tells of as new was made just now, and by us if the journal has its id:
    // an order given up that lives after all.
    const isNewId = clientOrderId === report.clientOrderId;
    if (owner !== EXTERNAL && isNewId && report.change === 'new') this.#otherEngine.appeared(clientOrderId, owner);
    const order = records.order(clientOrderId, { type: 'initialized', owner, strategy: '', terms: report.terms, external: true });
    if (!order) throw new Error(`could not take on ${clientOrderId}`);
    return order;
  }

  /** What we sent ourselves came after the ledger began, whatever the clocks say. */
  #dated(fill: Fill, owner: string): Fill {
    return owner === EXTERNAL && fill.venueTs < this.ledgerStartTs() ? { ...fill, beforeLedger: true } : fill;
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
    const due = this.#deferred.mustWait(fill) ? this.#deferred.add(fill) : fill;
    if (!due) return false;
    this.#context.log.warn('trade-of-unknown-order', {
      code: 'ENG_TRADE_UNKNOWN_ORDER',
      tradeId: due.tradeId,
      venueOrderId: due.venueOrderId,
    });
    this.#context.records.strayFill(due, EXTERNAL);
    this.applied++;
    return due === fill;
  }
}

/** An open order that this report can tell of: no number of the venue speaks against it. */
function awaits(order: Order, report: OrderReport): boolean {
  if (order.state === 'closed' || order.terms.instrument !== report.terms.instrument) return false;
  const fits = (own: string | undefined, told: string | undefined) => own === undefined || told === undefined || own === told;
  return fits(order.venueOrderId, report.venueOrderId) && fits(order.algoId, report.algoId);
}

/** A report that only shares its client id with the order: of another instrument, or made after the order had closed. */
function isNamesake(order: Order, report: OrderReport): boolean {
  if (order.terms.instrument !== report.terms.instrument) return true;
  if (order.state !== 'closed') return false;
  // What an operator settled is told of by nothing but its client id: what ended is its own end, what lives needs a record of its own.
  if (order.reason?.code === SETTLED_BY_HAND && order.venueOrderId === undefined && order.algoId === undefined) return !hasEnded(report);
  // Never confirmed: only one that was refused can have lived after all, and then only its end is told here; alive it gets a record of its own.
  if (order.venueOrderId === undefined && order.algoId === undefined) return order.phase !== 'rejected' || !hasEnded(report);
  if (order.algoId !== undefined) return report.algoId !== undefined && report.algoId !== order.algoId;
  return report.venueOrderId !== undefined && report.venueOrderId !== order.venueOrderId;
}

/** Some venues call expired what others call canceled (a rest of an immediate order, a post-only order that would take). The reason stays. */
function asCanceled(report: OrderReport): OrderReport {
  if (report.phase !== 'expired') return report;
  return { ...report, phase: 'canceled', reason: report.reason ?? { code: 'VENUE_EXPIRED', text: 'expired at the venue' } };
}

function hasEnded({ phase }: OrderReport): boolean {
  return phase === 'filled' || phase === 'canceled' || phase === 'expired' || phase === 'rejected';
}
