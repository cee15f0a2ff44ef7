/** Everything the engine knows about its account: the fold over its journal. Changed only by `apply`; read by everybody in the engine. */
import { type Decimal, type Fill, type InstrumentId, type Order, PositionBook, type Side, type UsTime } from '@fillwright/domain';
import {
  type BalanceEventMessage,
  type EngineStateMessage,
  type FillView,
  fillFromView,
  type OrderView,
  orderFromView,
  type TradingMode,
} from '@fillwright/messages';
import { AtRisk, worstQty } from './at-risk.ts';
import { AtStake } from './at-stake.ts';
import type { BookState } from './book-state.ts';
import { Holdings } from './holdings.ts';
import { LiveCommands } from './live-commands.ts';
import type { OrderArchive } from './order-archive.ts';
import { OrderShelf } from './order-shelf.ts';
import { overlaps, wasComposedWith } from './owner-tags.ts';
import type { JournalRecord } from './record.ts';
import { StrayFills } from './stray-fills.ts';

export interface Exposure {
  /** Position if everything that could still be bought were bought, and nothing sold. */
  readonly long: Decimal;
  /** Position if everything that could still be sold were sold, and nothing bought. */
  readonly short: Decimal;
}

export class AccountBook {
  readonly positions = new PositionBook();
  readonly holdings = new Holdings();
  readonly #orders: OrderShelf;
  readonly #atRisk = new AtRisk();
  readonly #atStake = new AtStake();
  readonly #strays = new StrayFills();
  readonly #balances = new Map<string, BalanceEventMessage>();
  readonly #owners = new Map<string, string>();
  readonly #commands = new LiveCommands();
  /** Newest trade per instrument: where the next question about trades begins. */
  readonly #lastFillTs = new Map<InstrumentId, number>();
  readonly #lastFillPos = new Map<InstrumentId, number>();
  /** Journal position of the newest fill of all. */
  lastFillPos = 0;
  /** Of the newest balance. */
  lastBalancePos = 0;
  lastPos = 0;
  mode: TradingMode = 'normal';
  modeReason = '';
  lastRecovery: EngineStateMessage['lastReconciliation'];
  /** When this journal began: trades before it are contained in the position we started from. 0 = it has not begun. */
  ledgerStartTs = 0;

  constructor(orders: OrderShelf = new OrderShelf()) {
    this.#orders = orders;
  }

  apply(record: JournalRecord, pos: number): void {
    if (record.k === 'order') {
      const { order, commandId } = record.change;
      this.changeOrder(order, pos, [], commandId === undefined ? [] : [commandId]);
    }
    this.applyRest(record, pos);
  }

  /** What a record says about anything but the state of its order. */
  applyRest(record: JournalRecord, pos: number): void {
    this.lastPos = pos;
    switch (record.k) {
      case 'order':
        if (record.change.fill && this.#book(fillFromView(record.change.fill), pos)) this.#attribute(record.change.fill);
        if (record.claims && this.#strays.claimed(fillFromView(record.claims))) this.#attribute(record.claims);
        return;
      case 'stray-fill': {
        const fill = fillFromView(record.fill);
        this.#book(fill, pos);
        this.#strays.add(fill);
        return;
      }
      case 'balance':
        this.#balances.set(record.balance.asset, record.balance);
        this.lastBalancePos = pos;
        return;
      case 'owner':
        this.#owners.set(record.tag, record.src);
        return;
      case 'mode':
        this.mode = record.mode;
        this.modeReason = record.why;
        return;
      case 'recovery':
        this.lastRecovery = record.summary;
        return;
      case 'boot':
        if (this.ledgerStartTs === 0) this.ledgerStartTs = record.ts;
        return;
      case 'venue-position':
      case 'settlement':
        return;
    }
  }

  /** An order as it stands after `pos`, with names that it had before, and commands about it that were taken on. */
  changeOrder(view: OrderView, pos: number, names: readonly string[], commandIds: readonly string[]): void {
    const order = orderFromView(view);
    const { clientOrderId } = order;
    const before = this.#orders.get(clientOrderId);
    this.#atRisk.changed(before, order);
    this.#atStake.changed(before, order);
    for (const name of names) this.#orders.name(name, clientOrderId);
    this.#orders.put(order, pos, view);
    if (order.state === 'closed') this.#commands.ended(clientOrderId);
    else for (const commandId of commandIds) this.#commands.add(clientOrderId, commandId);
  }

  /** Where closed orders are kept for good, and looked for once they left memory. To be called before the first order. */
  attach(archive: OrderArchive): void {
    this.#orders.attach(archive);
  }

  /** Lets closed orders leave memory that are over its bounds and in the archive. */
  forget(now: UsTime, limit: number): void {
    this.#orders.forget(now, limit);
  }

  /** Everything but what the archive holds. The parts are immutable: later records do not change them. */
  state(): BookState {
    const live = [...this.#orders.live()];
    const closed = this.#orders.unarchived();
    const named = [...live, ...closed.map(({ order }) => order)];
    const instruments = this.positions.all().map(({ instrument }) => instrument);
    return {
      pos: this.lastPos,
      lastFillPos: this.lastFillPos,
      lastBalancePos: this.lastBalancePos,
      mode: this.mode,
      modeReason: this.modeReason,
      lastRecovery: this.lastRecovery,
      ledgerStartTs: this.ledgerStartTs,
      live,
      closed,
      names: named.flatMap(({ clientOrderId }) => this.#orders.namesOf(clientOrderId).map((name) => ({ name, id: clientOrderId }))),
      commands: this.#commands.all(),
      strays: this.#strays.all(),
      owners: [...this.#owners].map(([tag, src]) => ({ tag, src })),
      holdings: this.holdings.all(),
      balances: [...this.#balances.values()],
      positions: instruments.flatMap((instrument) => this.positions.state(instrument) ?? []),
      fillMarks: [...this.#lastFillPos].map(([instrument, pos]) => ({ instrument, pos, ts: this.#lastFillTs.get(instrument) ?? 0 })),
    };
  }

  /** Only on a new book: it goes on like the one the state was taken from. */
  restore(state: BookState): void {
    this.lastPos = state.pos;
    this.lastFillPos = state.lastFillPos;
    this.lastBalancePos = state.lastBalancePos;
    this.mode = state.mode;
    this.modeReason = state.modeReason;
    this.lastRecovery = state.lastRecovery;
    this.ledgerStartTs = state.ledgerStartTs;
    for (const { name, id } of state.names) this.#orders.name(name, id);
    // Closed ones first: a number of the venue that two orders bear leads to the open one.
    for (const { order, pos } of state.closed) this.#orders.put(order, pos);
    for (const order of state.live) {
      this.#atRisk.changed(undefined, order);
      this.#atStake.changed(undefined, order);
      this.#orders.put(order, state.pos);
    }
    for (const { id, commandId } of state.commands) this.#commands.add(id, commandId);
    for (const fill of state.strays) this.#strays.add(fill);
    for (const { tag, src } of state.owners) this.#owners.set(tag, src);
    this.holdings.restore(state.holdings);
    for (const balance of state.balances) this.#balances.set(balance.asset, balance);
    for (const position of state.positions) this.positions.restore(position);
    for (const { instrument, pos, ts } of state.fillMarks) {
      this.#lastFillPos.set(instrument, pos);
      this.#lastFillTs.set(instrument, ts);
    }
  }

  order(clientOrderId: string): Order | undefined {
    return this.#orders.get(clientOrderId);
  }

  orderByVenueId(instrument: InstrumentId, id: string): Order | undefined {
    return this.#orders.byVenueId(instrument, id);
  }

  orderByAlgoId(instrument: InstrumentId, id: string): Order | undefined {
    return this.#orders.byAlgoId(instrument, id);
  }

  /** What the venue calls an order in memory. */
  namesOf(clientOrderId: string): readonly string[] {
    return this.#orders.namesOf(clientOrderId);
  }

  isLive(clientOrderId: string): boolean {
    return this.#orders.isLive(clientOrderId);
  }

  /** Not closed; oldest first. A copy: handlers may change orders while they go through it. */
  liveOrders(): readonly Order[] {
    return [...this.#orders.live()];
  }

  get liveCount(): number {
    return this.#orders.liveCount;
  }

  get unknownCount(): number {
    let count = 0;
    for (const order of this.#orders.live())
      if (order.phase === 'unknown' || (order.state !== 'closed' && order.request?.phase === 'unknown')) count++;
    return count;
  }

  /** Whether an order of ours was written whose outcome is open: it may have traded without our knowing. */
  hasAtStake(instrument: InstrumentId): boolean {
    return this.#atStake.has(instrument);
  }

  /** The same, of one side, when not even the venue's number of the order is known. */
  hasNamelessOrder(instrument: InstrumentId, side: Side): boolean {
    return this.#atStake.hasNameless(instrument, side);
  }

  /** Whether this command about this order, which is not closed, was taken on before. */
  hasCommand(clientOrderId: string, commandId: string): boolean {
    return this.#commands.has(clientOrderId, commandId);
  }

  /** Trades that were booked while this order of the venue was not known. */
  strayFills(instrument: InstrumentId, venueOrderId: string): readonly Fill[] {
    return this.#strays.of(instrument, venueOrderId);
  }

  ownerOf(tag: string): string | undefined {
    return this.#owners.get(tag);
  }

  /** A registered tag that this one cannot be told from in an id, because one begins with the other. */
  overlappingTag(tag: string): string | undefined {
    for (const known of this.#owners.keys()) if (known !== tag && overlaps(known, tag)) return known;
    return undefined;
  }

  /** The registered tag this id was composed with, the longest that fits; undefined when it is nobody's. */
  tagOf(clientOrderId: string, now: UsTime): string | undefined {
    for (const length of [4, 3, 2]) {
      const tag = clientOrderId.slice(0, length);
      if (this.#owners.has(tag) && wasComposedWith(clientOrderId, tag, now)) return tag;
    }
    return undefined;
  }

  balance(asset: string): BalanceEventMessage | undefined {
    return this.#balances.get(asset);
  }

  /** By asset name. */
  balances(): readonly BalanceEventMessage[] {
    return [...this.#balances.keys()].sort().map((asset) => this.#balances.get(asset) as BalanceEventMessage);
  }

  lastFillTs(instrument: InstrumentId): number | undefined {
    return this.#lastFillTs.get(instrument);
  }

  /** Journal position of the newest fill of one instrument; 0 before the first. */
  lastFillPosOf(instrument: InstrumentId): number {
    return this.#lastFillPos.get(instrument) ?? 0;
  }

  /** Where something is held or could be traded; sorted. */
  exposedInstruments(): readonly InstrumentId[] {
    return [...new Set([...this.positions.all().map((position) => position.instrument), ...this.#atRisk.instruments()])].sort();
  }

  /** In flight, waiting and unknown orders count as filled, each on its side. `exceptId` leaves one order out. */
  exposure(instrument: InstrumentId, exceptId?: string): Exposure {
    const { buys, sells } = this.#atRisk.of(instrument);
    const qty = this.positions.qty(instrument);
    const except = exceptId === undefined ? undefined : this.#orders.get(exceptId);
    const long = qty.plus(buys);
    const short = qty.minus(sells);
    if (!except) return { long, short };
    const own = worstQty(except);
    return except.terms.side === 'buy' ? { long: long.minus(own), short } : { long, short: short.plus(own) };
  }

  /** What was traded by hand, or made by the venue, is nobody's. */
  #attribute(fill: FillView): void {
    if (this.#owners.has(fill.owner)) this.holdings.booked(fill);
  }

  /** Whether it is news. */
  #book(fill: Fill, pos: number): boolean {
    const isNews = this.positions.book(fill);
    this.lastFillPos = pos;
    this.#lastFillPos.set(fill.instrument, pos);
    // A synthetic one is dated by our own clock at times; the next question about trades must not begin in the venue's future.
    if (!fill.synthetic) this.#lastFillTs.set(fill.instrument, Math.max(fill.venueTs, this.#lastFillTs.get(fill.instrument) ?? 0));
    return isNews;
  }
}
