/**
 * The venue's core: one synchronous command after the other, each leaving books, orders and accounts settled, and telling listeners in
 * engine order. It knows no sockets, no requests, no delays.
 */
import type { Clock, Timer } from '@fillwright/runtime/ports';
import { Account } from '../account/account.ts';
import { HistoryExports } from '../account/history-exports.ts';
import type { Position } from '../account/position.ts';
import { AlgoDesk } from '../algo/algo-desk.ts';
import { rearmed } from '../clock/venue-clock.ts';
import { type AssetOptions, DEFAULT_ASSETS, MAIN_ASSET, MarginAssets } from '../market/margin-assets.ts';
import type { Market, MarketStatus } from '../market/market.ts';
import type { MatchRules } from '../matching/order-book.ts';
import type { Units } from '../numbers/units.ts';
import { EXPIRY, type ExpiryReason, Order, type OrderRequest, type OrderStatus } from '../order/order.ts';
import { REFUSALS, type Refusal } from '../order/refusal.ts';
import { AutoExchange } from './auto-exchange.ts';
import { checkBand, checkCounterPrice, checkMargin, checkNotional, checkReduceOnly, MAX_OPEN_ORDERS, matchedTicks } from './checks.ts';
import { ConvertDesk } from './convert-desk.ts';
import { Deleveraging } from './deleveraging.ts';
import type { AccountChangeReason, BalanceChanges, ExecutionType, VenueListener } from './events.ts';
import { Liquidation } from './liquidation.ts';
import { prevent, remainderReason, requestOf } from './order-rules.ts';
import { Settlement } from './settlement.ts';

/** Changes of one order the venue takes. */
const MAX_AMENDMENTS = 10_000;
/** A GTC order of a client lives no longer. */
const LONGEST_LIFE_MS = 365 * 86_400_000;
/** The highest price there is, for a market order without a bound. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER / 4;

const AUTO_EXCHANGE: readonly [given: string, got: string] = ['AUTO_EXCHANGE', 'AUTO_EXCHANGE'];
const NO_FEES = { maker: 0n, taker: 0n } as const;

export interface EngineOptions {
  readonly assets?: readonly AssetOptions[];
  /** Money of the insurance fund in each asset; absent = without bound, nobody is ever deleveraged. */
  readonly insuranceFund?: Units;
}

/** Some of one asset. */
export interface AssetAmount {
  readonly asset: string;
  readonly amount: Units;
}

export class Engine {
  readonly algo: AlgoDesk;
  readonly settlement: Settlement;
  readonly liquidation: Liquidation;
  readonly deleveraging: Deleveraging;
  readonly autoExchange: AutoExchange;
  readonly convert: ConvertDesk;
  readonly exports = new HistoryExports();
  /** What may be margin, and its prices. */
  readonly assets: MarginAssets;
  /** Gets what liquidations leave, pays what they lack. */
  readonly insuranceFund: Account;
  /** The other side of exchanges between assets. */
  readonly exchangeDesk: Account;
  readonly #clock: Clock;
  readonly #listeners: VenueListener[] = [];
  readonly #markets = new Map<string, Market>();
  readonly #accounts = new Map<string, Account>();
  readonly #expiryTimers = new Map<Order, Timer>();
  readonly #rules: MatchRules<Order>;
  #amendmentId = 0;

  constructor(clock: Clock, options: EngineOptions = {}) {
    this.#clock = clock;
    this.assets = new MarginAssets(options.assets ?? DEFAULT_ASSETS, (symbol) => this.#markets.get(symbol));
    this.settlement = new Settlement(this.#listeners, (order, reason, timeMs) => this.#expire(order, 'EXPIRED', reason, timeMs));
    this.insuranceFund = new Account({ name: 'insurance-fund', alias: 'fund', fees: NO_FEES, house: true, wallet: 0n });
    this.exchangeDesk = new Account({ name: 'exchange-desk', alias: 'desk', fees: NO_FEES, house: true, wallet: 0n });
    for (const account of [this.insuranceFund, this.exchangeDesk]) this.addAccount(account);
    this.liquidation = new Liquidation(this, this.insuranceFund, this.#listeners);
    this.deleveraging = new Deleveraging(this, this.insuranceFund, options.insuranceFund);
    this.autoExchange = new AutoExchange(this, this.exchangeDesk);
    this.convert = new ConvertDesk(this);
    this.algo = new AlgoDesk(clock, this, this.#listeners);
    this.#rules = {
      prevent,
      traded: (taker, maker, lots, ticks) => {
        this.settlement.trade(taker, maker, lots, ticks);
        if (!maker.isOpen) this.#forgetTimer(maker);
      },
      prevented: (maker) => this.#expire(maker, 'EXPIRED_IN_MATCH', EXPIRY.selfTrade, this.settlement.timeMs),
    };
  }

  listen(listener: VenueListener): void {
    this.#listeners.push(listener);
  }

  addMarket(market: Market): void {
    this.#markets.set(market.spec.symbol, market);
  }

  addAccount(account: Account): void {
    account.useAssets(this.assets);
    this.#accounts.set(account.name, account);
  }

  market(symbol: string): Market | undefined {
    return this.#markets.get(symbol);
  }

  markets(): IterableIterator<Market> {
    return this.#markets.values();
  }

  account(name: string): Account | undefined {
    return this.#accounts.get(name);
  }

  accounts(): IterableIterator<Account> {
    return this.#accounts.values();
  }

  nowMs(): number {
    return Math.floor(this.#clock.wallUs() / 1000);
  }

  /** Everything `place` would refuse, without placing. The price is resolved when `priceMatch` asks for it. */
  check(request: OrderRequest): number | Refusal {
    const { account, market, sign } = request;
    if (market.status !== 'TRADING') return market.status === 'CLOSE' ? REFUSALS.symbolClosed : REFUSALS.symbolStatus;
    if (account.liquidating) return REFUSALS.liquidating;
    let ticks = request.ticks;
    if (request.priceMatch !== 'NONE') {
      const matched = matchedTicks(market, sign, request.priceMatch);
      if (typeof matched !== 'number') return matched;
      ticks = matched;
    }
    const holding = account.holding(market);
    if (account.openOrderByClientId(request.clientId) !== undefined) return REFUSALS.duplicateClientId;
    if (!account.house && holding.open.size >= MAX_OPEN_ORDERS) return REFUSALS.tooManyOpen;
    const useless = checkReduceOnly(request);
    if (useless !== undefined) return useless;
    if (!account.house) {
      const band = request.type === 'LIMIT' ? checkBand(market, sign, ticks) : checkCounterPrice(market, sign);
      if (band !== undefined) return band;
      const small = request.reduceOnly ? undefined : checkNotional(market, ticks, request.lots);
      if (small !== undefined) return small;
    }
    return checkMargin(request, ticks) ?? ticks;
  }

  place(request: OrderRequest): Order | Refusal {
    const ticks = this.check(request);
    if (typeof ticks !== 'number') return ticks;
    const { account, market, sign, tif } = request;
    const held = Math.abs(account.holding(market).position(request.positionSide ?? 'BOTH').lots);
    const lots = request.reduceOnly ? Math.min(request.lots, held) : request.lots;
    const timeMs = this.nowMs();
    const postOnly = tif === 'GTX' || tif === 'RPI';
    if (postOnly && market.book.crosses(sign, ticks)) return REFUSALS.postOnly;
    // The id is taken only once nothing can refuse any more: a refused order leaves no trace.
    const draft = { ...request, ticks, lots };
    if (tif === 'FOK') {
      const probe = new Order(0n, draft, timeMs);
      const limit = request.type === 'MARKET' ? market.marketBoundTicks(sign) : ticks;
      if (market.book.fillable(probe, limit, lots, prevent) < lots) return REFUSALS.fok;
    }
    const order = new Order(market.takeOrderId(), draft, timeMs);
    account.orderOpened(order);
    this.#tell(order, 'NEW', timeMs);
    this.#work(order, timeMs);
    return order;
  }

  /** Matches an accepted order, rests or expires what is left, and closes the command. */
  #work(order: Order, timeMs: number): void {
    const { market, sign } = order;
    const limit = order.type === 'LIMIT' ? order.ticks : order.account.house ? NO_LIMIT * sign : market.marketBoundTicks(sign);
    this.settlement.begin(timeMs);
    const stopped = market.book.match(order, limit, this.#rules);
    if (order.isOpen && stopped) {
      this.#expire(order, 'EXPIRED_IN_MATCH', order.tif === 'IOC' ? EXPIRY.iocSelfTrade : EXPIRY.selfTrade, timeMs);
    } else if (order.isOpen) {
      if (order.type !== 'LIMIT') this.#expire(order, 'EXPIRED', remainderReason(order), timeMs);
      else if (order.tif === 'IOC' || order.tif === 'FOK') this.#expire(order, 'EXPIRED', EXPIRY.iocRemainder, timeMs);
      else this.#rest(order);
    }
    this.#finish(market, timeMs);
  }

  #rest(order: Order): void {
    order.market.book.add(order);
    if (order.goodTillMs === 0 || this.#expiryTimers.has(order)) return;
    const delayMs = Math.max(0, order.goodTillMs - this.nowMs());
    this.#expiryTimers.set(
      order,
      this.#clock.after(delayMs, () => this.#outlived(order)),
    );
  }

  /** Good till now. */
  #outlived(order: Order): void {
    if (!order.isOpen) return;
    const timeMs = this.nowMs();
    this.#expire(order, 'EXPIRED', EXPIRY.none, timeMs);
    this.#finish(order.market, timeMs);
  }

  /** Expires what rests for a year; looked at every so often. */
  expireAged(): void {
    const timeMs = this.nowMs();
    for (const account of this.#accounts.values()) {
      for (const { market, open } of account.house ? [] : account.holdings()) {
        const aged = [...open].filter(({ createdMs }) => timeMs - createdMs >= LONGEST_LIFE_MS);
        for (const order of aged) this.#expire(order, 'EXPIRED', EXPIRY.none, timeMs);
        if (aged.length > 0) this.#finish(market, timeMs);
      }
    }
  }

  cancel(order: Order): Order | Refusal {
    if (!order.isOpen) return REFUSALS.unknownOrder;
    const timeMs = this.nowMs();
    this.#cancelNow(order, timeMs);
    this.#finish(order.market, timeMs);
    return order;
  }

  /** Cancels every open order of an account on a market, oldest first; returns how many. */
  cancelAll(account: Account, market: Market): number {
    const open = [...account.holding(market).open];
    const timeMs = this.nowMs();
    for (const order of open) this.#cancelNow(order, timeMs);
    if (open.length > 0) this.#finish(market, timeMs);
    return open.length;
  }

  #cancelNow(order: Order, timeMs: number): void {
    this.#close(order, 'CANCELED', timeMs);
    this.#tell(order, 'CANCELED', timeMs);
  }

  /** Expires open orders for a reason of the venue's own; of one position or of all on the market. */
  expireAll(account: Account, market: Market, reason: ExpiryReason, position?: Position): void {
    const timeMs = this.nowMs();
    for (const order of [...account.holding(market).open]) {
      if (position === undefined || order.positionSide === position.side) this.#expire(order, 'EXPIRED', reason, timeMs);
    }
    this.#finish(market, timeMs);
  }

  /** New price and quantity; the order loses its place in the queue. */
  modify(
    order: Order,
    change: { ticks: number; lots: number; priceMatch: string; reduceOnly?: boolean; modifyId: string },
  ): Order | Refusal {
    if (order.type !== 'LIMIT') return REFUSALS.modifyLimitOnly;
    if (!order.isOpen) return REFUSALS.unknownOrder;
    if (order.market.status !== 'TRADING') return REFUSALS.modifyStatus;
    if (change.reduceOnly === true && !order.reduceOnly) return REFUSALS.modifyReduceOnly;
    if (order.amendments.length >= MAX_AMENDMENTS) return REFUSALS.modifyTooOften;
    const { market, sign, account } = order;
    const ticks = change.priceMatch === 'NONE' ? change.ticks : matchedTicks(market, sign, change.priceMatch);
    if (typeof ticks !== 'number') return ticks;
    if (ticks === order.ticks && change.lots === order.lots) return REFUSALS.modifySame;
    const timeMs = this.nowMs();
    if (change.lots <= order.filledLots || (order.tif === 'GTX' && market.book.crosses(sign, ticks))) return this.cancel(order);
    const openLots = change.lots - order.filledLots;
    const position = account.holding(market).position(order.positionSide);
    if (order.reduceOnly && openLots > Math.abs(position.lots)) return REFUSALS.reduceOnly;
    const refusal =
      checkBand(market, sign, ticks) ?? (change.reduceOnly === true ? undefined : checkNotional(market, ticks, change.lots, -5029));
    if (refusal !== undefined) return refusal;
    position.exposureChanged(order, -order.openLots);
    const poor = checkMargin({ ...requestOf(order), lots: openLots }, ticks);
    if (poor !== undefined) {
      position.exposureChanged(order, order.openLots);
      return poor;
    }
    market.book.remove(order);
    this.#amendmentId += 1;
    order.amendments.push({
      ...{ id: this.#amendmentId, timeMs, ticksBefore: order.ticks, ticksAfter: ticks },
      ...{ lotsBefore: order.lots, lotsAfter: change.lots, modifyId: change.modifyId },
    });
    order.ticks = ticks;
    order.lots = change.lots;
    order.openLots = openLots;
    order.stp = 'NONE';
    order.modifyId = change.modifyId;
    order.updatedMs = timeMs;
    position.exposureChanged(order, openLots);
    this.#tell(order, 'AMENDMENT', timeMs);
    this.#work(order, timeMs);
    return order;
  }

  /** What a feed did to the book beside commands is complete. */
  bookChanged(market: Market): void {
    this.#finish(market, this.nowMs());
  }

  setMark(market: Market, mark: Units, index: Units = mark): void {
    const timeMs = this.nowMs();
    market.setMark(mark, index, timeMs);
    for (const listener of this.#listeners) listener.markChanged?.(market, timeMs);
    this.algo.priceMoved(market);
    this.liquidation.markMoved(market);
  }

  deposit(account: Account, amount: Units, asset: string = MAIN_ASSET): void {
    this.settlement.transfer(account, asset, amount, this.nowMs(), 'TRANSFER');
    this.tellAccount(account, amount < 0n ? 'WITHDRAW' : 'DEPOSIT', undefined, new Map([[asset, amount]]));
  }

  /** Money of the venue's own making: funding, insurance. Negative takes it; an isolated position gets or pays it itself. */
  bookMoney(account: Account, { asset, amount }: AssetAmount, reason: 'FUNDING_FEE' | 'INSURANCE_CLEAR', about: MoneyReason = {}): void {
    const { position, incomeType = reason } = about;
    if (position !== undefined && account.holding(position.market).isolated) position.isolatedWallet += amount;
    this.settlement.transfer(account, asset, amount, this.nowMs(), incomeType, position?.spec.symbol);
    this.tellAccount(account, reason, position, new Map([[asset, amount]]));
  }

  /** `given` goes to the desk, `got` comes from it. */
  exchange(account: Account, desk: Account, given: AssetAmount, got: AssetAmount, incomeTypes = AUTO_EXCHANGE): void {
    const timeMs = this.nowMs();
    desk.credit(given.asset, given.amount);
    desk.credit(got.asset, -got.amount);
    this.settlement.transfer(account, given.asset, -given.amount, timeMs, incomeTypes[0]);
    this.settlement.transfer(account, got.asset, got.amount, timeMs, incomeTypes[1]);
  }

  /** Says what an account has now: all its assets unless the changed ones are named. */
  tellAccount(account: Account, reason: AccountChangeReason, position?: Position, changes?: BalanceChanges): void {
    const timeMs = this.nowMs();
    const told = changes ?? new Map(account.assets().map((asset) => [asset, 0n]));
    for (const listener of this.#listeners) listener.accountChanged?.(account, reason, timeMs, position, told);
  }

  /** Moves money between the cross wallet and an isolated position; negative takes it out. */
  moveMargin(account: Account, position: Position, amount: Units): void {
    position.isolatedWallet += amount;
    position.updatedMs = this.nowMs();
    this.tellAccount(account, 'MARGIN_TRANSFER', position, new Map([[position.spec.marginAsset, 0n]]));
  }

  setIsolated(account: Account, market: Market, isolated: boolean): void {
    const holding = account.holding(market);
    holding.isolated = isolated;
    const unchanged = new Map([[market.spec.marginAsset, 0n]]);
    for (const position of holding.positions) this.tellAccount(account, 'MARGIN_TYPE_CHANGE', position, unchanged);
  }

  setMultiAssets(account: Account, on: boolean): void {
    account.multiAssets = on;
    const timeMs = this.nowMs();
    for (const listener of this.#listeners) listener.assetsModeChanged?.(account, timeMs);
  }

  /** Closes lots of a position down to `limitTicks` in the book; the fund or those on the other side get what is left at that price. */
  forceClose(account: Account, position: Position, lots: number, limitTicks: number): Order {
    const timeMs = this.nowMs();
    const { market } = position;
    const order = this.#forced(account, position, lots, limitTicks, 'autoclose-');
    account.orderOpened(order);
    this.#tell(order, 'NEW', timeMs);
    this.settlement.begin(timeMs);
    market.book.match(order, limitTicks, this.#rules);
    if (order.isOpen) this.deleveraging.absorb(order, limitTicks);
    this.#finish(market, timeMs);
    for (const listener of this.#listeners) listener.liquidated?.(order, timeMs);
    return order;
  }

  /** Closes as much of a position as a forced order still has open, at its price; the owner's open orders on it go first. */
  deleverage(account: Account, position: Position, against: Order, ticks: number): void {
    const timeMs = this.nowMs();
    const { market, side } = position;
    for (const order of [...account.holding(market).open]) if (order.positionSide === side) this.#cancelNow(order, timeMs);
    const lots = Math.min(Math.abs(position.lots), against.openLots);
    const order = this.#forced(account, position, lots, ticks, 'adl_autoclose');
    account.orderOpened(order);
    this.settlement.setOff(against, order, lots, ticks);
  }

  /** Closes all positions of a market that ends, at the settlement price. */
  settleAll(market: Market, ticks: number): void {
    const timeMs = this.nowMs();
    this.settlement.begin(timeMs);
    for (const account of this.#accounts.values()) {
      for (const position of account.holding(market).positions) {
        if (position.lots === 0) continue;
        const order = this.#forced(account, position, Math.abs(position.lots), ticks, 'settlement_autoclose-');
        account.orderOpened(order);
        this.settlement.settleAt(order, ticks);
      }
    }
    this.#finish(market, timeMs);
  }

  /** Its client id is the prefix, with the time and the end of its id behind a prefix that asks for it. */
  #forced(account: Account, { lots: held, market, side: positionSide }: Position, lots: number, ticks: number, prefix: string): Order {
    const id = market.takeOrderId();
    const timeMs = this.nowMs();
    const clientId = prefix.endsWith('-') ? `${prefix}${timeMs}${String(id % 100n).padStart(2, '0')}` : prefix;
    return new Order(
      id,
      {
        ...{ account, market, sign: held > 0 ? -1 : 1, type: 'LIQUIDATION', tif: 'IOC', lots, ticks, positionSide, clientId },
        ...{ reduceOnly: true, stp: 'NONE', priceMatch: 'NONE', goodTillMs: 0 },
      },
      timeMs,
    );
  }

  setStatus(market: Market, status: MarketStatus): void {
    market.status = status;
    const timeMs = this.nowMs();
    for (const listener of this.#listeners) listener.marketStatusChanged?.(market, timeMs);
  }

  setLeverage(account: Account, market: Market, leverage: number): void {
    account.holding(market).leverage = leverage;
    const timeMs = this.nowMs();
    for (const listener of this.#listeners) listener.leverageChanged?.(account, market, leverage, timeMs);
  }

  stop(): void {
    for (const timer of this.#expiryTimers.values()) timer.cancel();
    this.#expiryTimers.clear();
  }

  #expire(order: Order, status: OrderStatus, reason: ExpiryReason, timeMs: number): void {
    order.expiry = reason;
    this.#close(order, status, timeMs);
    this.#tell(order, 'EXPIRED', timeMs);
  }

  #close(order: Order, status: OrderStatus, timeMs: number): void {
    order.market.book.remove(order);
    order.account.holding(order.market).position(order.positionSide).exposureChanged(order, -order.openLots);
    order.openLots = 0;
    order.status = status;
    order.updatedMs = timeMs;
    order.account.orderClosed(order);
    this.#forgetTimer(order);
  }

  #forgetTimer(order: Order): void {
    const timer = this.#expiryTimers.get(order);
    if (timer === undefined) return;
    timer.cancel();
    this.#expiryTimers.delete(order);
  }

  #tell(order: Order, type: ExecutionType, timeMs: number): void {
    for (const listener of this.#listeners) listener.orderChanged?.(order, type, timeMs);
  }

  /** Ends a command: aggregate trades, tell that the book is settled, then let conditional orders see the new price. */
  #finish(market: Market, timeMs: number): void {
    const traders = this.settlement.end(market, timeMs);
    market.lastChangeMs = timeMs;
    for (const listener of this.#listeners) listener.settled?.(market, timeMs);
    if (traders === undefined) return;
    this.algo.priceMoved(market);
    this.liquidation.traded(traders, market);
  }

  /** What a dump of the venue keeps of the private fields (`state/`). */
  hiddenState() {
    return { expiryTimers: this.#expiryTimers, amendmentId: this.#amendmentId };
  }

  restoreHidden({ expiryTimers, amendmentId }: ReturnType<Engine['hiddenState']>): void {
    for (const [order, timer] of expiryTimers)
      this.#expiryTimers.set(
        order,
        rearmed(timer, () => this.#outlived(order)),
      );
    this.#amendmentId = amendmentId;
  }
}

interface MoneyReason {
  readonly position?: Position;
  readonly incomeType?: string;
}
