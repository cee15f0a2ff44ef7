/** Keeps conditional orders, watches prices for them, and turns those that fire into ordinary orders under all ordinary checks. */
import type { Clock, Timer } from '@fillwright/runtime/ports';
import type { Account } from '../account/account.ts';
import { rearmed } from '../clock/venue-clock.ts';
import { checkStopBand } from '../engine/checks.ts';
import type { Engine } from '../engine/engine.ts';
import type { ExecutionType, VenueListener } from '../engine/events.ts';
import type { Market } from '../market/market.ts';
import { absUnits, type Units } from '../numbers/units.ts';
import type { Order, OrderRequest } from '../order/order.ts';
import { REFUSALS, Refusal } from '../order/refusal.ts';
import { AlgoOrder, type AlgoRequest, type AlgoStatus } from './algo-order.ts';

/** Open conditional orders per account over all symbols. */
const MAX_OPEN_ALGO = 200;
/** Conditional orders remembered; beyond it the oldest finished ones are forgotten. */
const ALGO_KEPT = 20_000;
const FIRST_ALGO_ID = 2_146_760;

export class AlgoDesk implements VenueListener {
  /** From TRIGGERING to the order it becomes; negative = never, as has been seen. For drills. */
  triggerDelayMs = 0;
  /** A drill: so many of the next ones to fire are refused as orders. */
  rejectNext = 0;
  readonly #clock: Clock;
  readonly #engine: Engine;
  readonly #listeners: readonly VenueListener[];
  readonly #live = new Map<Market, Set<AlgoOrder>>();
  readonly #all: AlgoOrder[] = [];
  readonly #children = new Map<Order, AlgoOrder>();
  readonly #nextIds = new Map<Market, number>();
  readonly #expiryTimers = new Map<AlgoOrder, Timer>();
  /** Fired, and not yet what they become. */
  readonly #becoming = new Map<AlgoOrder, Timer>();
  #watching = false;
  #moved = new Set<Market>();

  constructor(clock: Clock, engine: Engine, listeners: readonly VenueListener[]) {
    this.#clock = clock;
    this.#engine = engine;
    this.#listeners = listeners;
  }

  place(request: AlgoRequest): AlgoOrder | Refusal {
    const { status } = request.market;
    if (status !== 'TRADING') return status === 'CLOSE' ? REFUSALS.symbolClosed : REFUSALS.symbolStatus;
    if (request.account.liquidating) return REFUSALS.liquidating;
    const open = this.open(request.account);
    if (open.length >= MAX_OPEN_ALGO) return REFUSALS.tooManyAlgo;
    if (open.some((other) => other.request.clientId === request.clientId)) return REFUSALS.duplicateClientId;
    if (request.closePosition && open.some((other) => closesLike(other.request, request))) return REFUSALS.closePositionExists;
    const banded = checkStopBand(request);
    if (banded !== undefined) return banded;
    const id = this.#nextIds.get(request.market) ?? FIRST_ALGO_ID;
    const timeMs = this.#engine.nowMs();
    const algo = new AlgoOrder(id, request, timeMs);
    const refusal = this.#checkTrigger(algo);
    if (refusal !== undefined) return refusal;
    this.#nextIds.set(request.market, id + 1);
    this.#liveOf(request.market).add(algo);
    this.#all.push(algo);
    if (this.#all.length > ALGO_KEPT) this.#forgetOldest();
    if (algo.isTrailing && algo.active) algo.extreme = this.#price(algo);
    request.account.ordersAccepted += 1;
    if (request.goodTillMs > 0)
      this.#expiryTimers.set(
        algo,
        this.#clock.after(request.goodTillMs - timeMs, () => this.#outlived(algo)),
      );
    this.#tell(algo, timeMs);
    return algo;
  }

  #checkTrigger(algo: AlgoOrder): Refusal | undefined {
    const price = this.#price(algo);
    const { activation, sign } = algo.request;
    if (!algo.isTrailing) return this.#fires(algo, price) ? REFUSALS.wouldTrigger : undefined;
    if (activation === 0n) return undefined;
    return sign === 1 ? (activation >= price ? REFUSALS.wouldTrigger : undefined) : activation <= price ? REFUSALS.wouldTrigger : undefined;
  }

  #outlived(algo: AlgoOrder): void {
    if (algo.isLive) this.#end(algo, 'EXPIRED', this.#engine.nowMs());
  }

  #forgetOldest(): void {
    const index = this.#all.findIndex((algo) => !algo.isLive);
    if (index >= 0) this.#all.splice(index, 1);
  }

  cancel(algo: AlgoOrder): AlgoOrder | Refusal {
    if (!algo.isLive) return REFUSALS.unknownOrder;
    this.#end(algo, 'CANCELED', this.#engine.nowMs());
    return algo;
  }

  cancelAll(account: Account, market: Market): number {
    const mine = this.open(account).filter((algo) => algo.request.market === market);
    for (const algo of mine) this.cancel(algo);
    return mine.length;
  }

  /** Live ones, oldest first. */
  open(account: Account): AlgoOrder[] {
    const found: AlgoOrder[] = [];
    for (const live of this.#live.values()) for (const algo of live) if (algo.request.account === account) found.push(algo);
    return found.sort((a, b) => a.createdMs - b.createdMs || a.id - b.id);
  }

  all(account: Account): AlgoOrder[] {
    return this.#all.filter((algo) => algo.request.account === account);
  }

  /** The newest with this id or client id. */
  find(account: Account, key: { readonly id?: number; readonly clientId?: string }): AlgoOrder | undefined {
    return this.#all.findLast(
      ({ id, request }) => request.account === account && (key.id === undefined ? request.clientId === key.clientId : id === key.id),
    );
  }

  /** Looks at every live conditional order of a market; calls made while one fires wait for the running pass. */
  priceMoved(market: Market): void {
    if ((this.#live.get(market)?.size ?? 0) === 0) return;
    this.#moved.add(market);
    if (this.#watching) return;
    this.#watching = true;
    try {
      while (this.#moved.size > 0) {
        const due = this.#moved;
        this.#moved = new Set();
        for (const moved of due) for (const algo of [...this.#liveOf(moved)]) if (algo.isLive) this.#watch(algo);
      }
    } finally {
      this.#watching = false;
    }
  }

  #watch(algo: AlgoOrder): void {
    const price = this.#price(algo);
    const timeMs = this.#engine.nowMs();
    if (algo.isTrailing && !this.#follow(algo, price, timeMs)) return;
    if (this.#fires(algo, price)) this.#fire(algo, timeMs);
  }

  /** Moves a trailing stop along; false while it is not active. */
  #follow(algo: AlgoOrder, price: Units, timeMs: number): boolean {
    const { sign, activation } = algo.request;
    if (!algo.active) {
      if (sign === 1 ? price > activation : price < activation) return false;
      algo.active = true;
      algo.extreme = price;
      algo.updatedMs = timeMs;
      this.#tell(algo, timeMs);
    }
    if (sign === 1 ? price < algo.extreme : price > algo.extreme) algo.extreme = price;
    return true;
  }

  #fires(algo: AlgoOrder, price: Units): boolean {
    const { request } = algo;
    if (algo.isTrailing) {
      if (!algo.active || algo.extreme === 0n) return false;
      const distance = (algo.extreme * request.callback) / 100_000_000n;
      return request.sign === 1 ? price >= algo.extreme + distance : price <= algo.extreme - distance;
    }
    const trigger = BigInt(request.triggerTicks) * BigInt(request.market.spec.tickUnits);
    return algo.firesUpwards ? price >= trigger : price <= trigger;
  }

  #price(algo: AlgoOrder): Units {
    const { market, workingType } = algo.request;
    return workingType === 'MARK_PRICE' ? market.mark : market.lastPrice;
  }

  #fire(algo: AlgoOrder, timeMs: number): void {
    const { request } = algo;
    const { market, account } = request;
    const apart = absUnits(market.mark - market.lastPrice) * 100_000_000n;
    if (request.priceProtect && apart > market.mark * market.spec.triggerProtect) {
      this.#end(algo, 'EXPIRED', timeMs, 'Price protect');
      return;
    }
    const held = account.holding(market).position(algo.positionSide).lots;
    if (request.closePosition && held * request.sign >= 0) {
      this.#end(algo, 'EXPIRED', timeMs, 'ReduceOnly Order is rejected.');
      return;
    }
    algo.status = 'TRIGGERING';
    algo.triggeredMs = timeMs;
    algo.updatedMs = timeMs;
    this.#liveOf(market).delete(algo);
    this.#tell(algo, timeMs);
    if (this.triggerDelayMs === 0) this.#become(algo);
    else if (this.triggerDelayMs > 0)
      this.#becoming.set(
        algo,
        this.#clock.after(this.triggerDelayMs, () => this.#become(algo)),
      );
  }

  /** The ordinary order, under all ordinary checks. */
  #become(algo: AlgoOrder): void {
    this.#becoming.delete(algo);
    const { request } = algo;
    const timeMs = this.#engine.nowMs();
    const held = Math.abs(request.account.holding(request.market).position(algo.positionSide).lots);
    const refused = this.rejectNext > 0;
    if (refused) this.rejectNext -= 1;
    const child = refused ? REFUSALS.margin : this.#engine.place(childRequest(algo, request.closePosition ? held : request.lots));
    if (child instanceof Refusal) {
      this.#end(algo, 'REJECTED', timeMs, child.msg);
      return;
    }
    algo.child = child;
    algo.status = 'TRIGGERED';
    this.#tell(algo, timeMs);
    if (child.isOpen) this.#children.set(child, algo);
    else this.#end(algo, 'FINISHED', timeMs);
  }

  #end(algo: AlgoOrder, status: AlgoStatus, timeMs: number, reason = ''): void {
    algo.status = status;
    algo.rejectReason = reason;
    algo.updatedMs = timeMs;
    this.#liveOf(algo.request.market).delete(algo);
    this.#expiryTimers.get(algo)?.cancel();
    this.#expiryTimers.delete(algo);
    this.#tell(algo, timeMs);
  }

  /** The contract ends: nothing can fire any more. */
  marketEnded(market: Market): void {
    for (const algo of [...this.#liveOf(market)]) this.#end(algo, 'EXPIRED', this.#engine.nowMs());
  }

  orderChanged(order: Order, type: ExecutionType, timeMs: number): void {
    const algo = this.#children.get(order);
    if (algo !== undefined && !order.isOpen) {
      this.#children.delete(order);
      this.#end(algo, 'FINISHED', timeMs);
    }
    const filled = type === 'TRADE' || type === 'CALCULATED';
    if (filled && order.account.holding(order.market).position(order.positionSide).lots === 0) this.#expireUnmet(order, timeMs);
  }

  /** GTE_GTC: good only while there is a position. */
  #expireUnmet(order: Order, timeMs: number): void {
    for (const algo of [...(this.#live.get(order.market) ?? [])]) {
      const same = algo.request.account === order.account && algo.positionSide === order.positionSide;
      if (same && algo.request.tif === 'GTE_GTC') this.#end(algo, 'EXPIRED', timeMs);
    }
  }

  #liveOf(market: Market): Set<AlgoOrder> {
    let live = this.#live.get(market);
    if (live === undefined) {
      live = new Set();
      this.#live.set(market, live);
    }
    return live;
  }

  #tell(algo: AlgoOrder, timeMs: number): void {
    for (const listener of this.#listeners) listener.algoChanged?.(algo, timeMs);
  }

  /** What a dump of the venue keeps of the private fields (`state/`). */
  hiddenState() {
    return {
      live: this.#live,
      all: this.#all,
      children: this.#children,
      nextIds: this.#nextIds,
      expiryTimers: this.#expiryTimers,
      becoming: this.#becoming,
    };
  }

  restoreHidden({ live, all, children, nextIds, expiryTimers, becoming }: ReturnType<AlgoDesk['hiddenState']>): void {
    for (const [market, orders] of live) this.#live.set(market, orders);
    this.#all.push(...all);
    for (const [order, algo] of children) this.#children.set(order, algo);
    for (const [market, id] of nextIds) this.#nextIds.set(market, id);
    for (const [algo, timer] of expiryTimers)
      this.#expiryTimers.set(
        algo,
        rearmed(timer, () => this.#outlived(algo)),
      );
    for (const [algo, timer] of becoming)
      this.#becoming.set(
        algo,
        rearmed(timer, () => this.#become(algo)),
      );
  }
}

/** One order of a kind closes a position; a stop and a take-profit may stand beside each other. */
function closesLike(one: AlgoRequest, other: AlgoRequest): boolean {
  const same = one.market === other.market && one.positionSide === other.positionSide;
  return one.closePosition && same && one.sign === other.sign && one.type === other.type;
}

function childRequest(algo: AlgoOrder, lots: number): OrderRequest {
  const { request } = algo;
  const type = algo.becomes;
  const tif = request.tif === 'GTE_GTC' || type === 'MARKET' ? 'GTC' : request.tif;
  const taken = request.account.openOrderByClientId(request.clientId) !== undefined;
  return {
    account: request.account,
    market: request.market,
    sign: request.sign,
    type,
    tif,
    lots,
    ticks: type === 'LIMIT' ? request.ticks : 0,
    reduceOnly: request.reduceOnly || request.closePosition,
    positionSide: algo.positionSide,
    clientId: taken ? `algo-${request.market.spec.symbol}-${algo.id}` : request.clientId,
    stp: request.stp,
    priceMatch: type === 'LIMIT' ? request.priceMatch : 'NONE',
    goodTillMs: type === 'LIMIT' && tif === 'GTD' ? request.goodTillMs : 0,
    origin: {
      type: request.type,
      stopTicks: request.triggerTicks,
      workingType: request.workingType,
      priceProtect: request.priceProtect,
      closePosition: request.closePosition,
      ...(algo.isTrailing ? { trailing: { activation: request.activation, callback: request.callback } } : {}),
    },
  };
}
