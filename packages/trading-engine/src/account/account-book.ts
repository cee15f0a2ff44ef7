/** Everything the engine knows about its account: the fold over its journal. Changed only by `apply`; read by everybody in the engine. */
import { atRiskQty, type Decimal, type InstrumentId, isClosed, type Order, PositionBook, ZERO } from '@fillwright/domain';
import { type BalanceEventMessage, type EngineStateMessage, fillFromView, orderFromView, type TradingMode } from '@fillwright/messages';
import type { JournalRecord } from './record.ts';

/** Command ids remembered so that a second copy is never a second command. */
const COMMAND_BOUND = 100_000;

export interface Exposure {
  /** Position if everything that could still be bought were bought, and nothing sold. */
  readonly long: Decimal;
  /** Position if everything that could still be sold were sold, and nothing bought. */
  readonly short: Decimal;
}

export class AccountBook {
  readonly positions = new PositionBook();
  readonly #orders = new Map<string, Order>();
  /** Orders that are not closed, in the order of their creation. */
  readonly #live = new Map<string, Order>();
  /** `instrument|venue order id` → client order id; Algo ids likewise with `algo|`. */
  readonly #byVenueId = new Map<string, string>();
  readonly #balances = new Map<string, BalanceEventMessage>();
  readonly #owners = new Map<string, string>();
  readonly #commands = new Map<string, string>();
  /** Newest trade per instrument: where the next question about trades begins. */
  readonly #lastFillTs = new Map<InstrumentId, number>();
  /** Journal position of the newest fill, for the comparison with the position-server. */
  lastFillPos = 0;
  lastPos = 0;
  mode: TradingMode = 'normal';
  modeReason = '';
  lastRecovery: EngineStateMessage['lastReconciliation'];

  apply(record: JournalRecord, pos: number): void {
    this.lastPos = pos;
    switch (record.k) {
      case 'order':
        this.#applyOrder(orderFromView(record.change.order), record.change.commandId);
        if (record.change.fill) this.#book(fillFromView(record.change.fill), pos);
        return;
      case 'stray-fill':
        this.#book(fillFromView(record.fill), pos);
        return;
      case 'balance':
        this.#balances.set(record.balance.asset, record.balance);
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
      case 'venue-position':
        return;
    }
  }

  order(clientOrderId: string): Order | undefined {
    return this.#orders.get(clientOrderId);
  }

  orderByVenueId(instrument: InstrumentId, id: string): Order | undefined {
    return this.#indexed(`${instrument}|${id}`);
  }

  orderByAlgoId(instrument: InstrumentId, id: string): Order | undefined {
    return this.#indexed(`${instrument}|algo|${id}`);
  }

  /** Not closed; oldest first. */
  liveOrders(): readonly Order[] {
    return [...this.#live.values()];
  }

  get liveCount(): number {
    return this.#live.size;
  }

  unknownOrders(): readonly Order[] {
    return this.liveOrders().filter(
      (order) => order.phase === 'unknown' || (order.state !== 'closed' && order.request?.phase === 'unknown'),
    );
  }

  /** Which order a command id was about; undefined when it was never seen. */
  commandTarget(commandId: string): string | undefined {
    return this.#commands.get(commandId);
  }

  ownerOf(tag: string): string | undefined {
    return this.#owners.get(tag);
  }

  /** The registered tag an id begins with, the longest that fits; undefined when it is nobody's. */
  tagOf(clientOrderId: string): string | undefined {
    for (const length of [4, 3, 2]) {
      const tag = clientOrderId.slice(0, length);
      if (this.#owners.has(tag)) return tag;
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

  /** In flight, waiting and unknown orders count as filled, each on its side. `exceptId` leaves one order out. */
  exposure(instrument: InstrumentId, exceptId?: string): Exposure {
    let buys = ZERO;
    let sells = ZERO;
    for (const order of this.#live.values()) {
      if (order.terms.instrument !== instrument || order.clientOrderId === exceptId) continue;
      const qty = worstQty(order);
      if (order.terms.side === 'buy') buys = buys.plus(qty);
      else sells = sells.plus(qty);
    }
    const qty = this.positions.qty(instrument);
    return { long: qty.plus(buys), short: qty.minus(sells) };
  }

  #applyOrder(order: Order, commandId: string | undefined): void {
    this.#orders.set(order.clientOrderId, order);
    if (isClosed(order)) this.#live.delete(order.clientOrderId);
    else this.#live.set(order.clientOrderId, order);
    const { instrument } = order.terms;
    if (order.venueOrderId) this.#byVenueId.set(`${instrument}|${order.venueOrderId}`, order.clientOrderId);
    if (order.algoId) this.#byVenueId.set(`${instrument}|algo|${order.algoId}`, order.clientOrderId);
    if (commandId === undefined) return;
    this.#commands.set(commandId, order.clientOrderId);
    if (this.#commands.size > COMMAND_BOUND) {
      const oldest = this.#commands.keys().next().value;
      if (oldest !== undefined) this.#commands.delete(oldest);
    }
  }

  #indexed(key: string): Order | undefined {
    const id = this.#byVenueId.get(key);
    return id === undefined ? undefined : this.#orders.get(id);
  }

  #book(fill: ReturnType<typeof fillFromView>, pos: number): void {
    this.positions.book(fill);
    this.lastFillPos = pos;
    this.#lastFillTs.set(fill.instrument, Math.max(fill.venueTs, this.#lastFillTs.get(fill.instrument) ?? 0));
  }
}

/** A modify in flight may take effect or not: the larger of both counts. */
function worstQty(order: Order): Decimal {
  const now = atRiskQty(order);
  if (order.state === 'closed' || order.request?.type !== 'modify' || !order.request.qty) return now;
  const asked = order.request.qty.minus(order.filledQty);
  return asked.gt(now) ? asked : now;
}
