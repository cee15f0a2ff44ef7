/** Books trades: both orders, both accounts, fees, realised profit, history, and the events about them, in one place. */
import type { Account } from '../account/account.ts';
import { MAIN_ASSET } from '../market/margin-assets.ts';
import type { Market } from '../market/market.ts';
import { notionalOf } from '../market/symbol-spec.ts';
import type { PublicTrade } from '../market/trade-tape.ts';
import { divideRounded, type Units } from '../numbers/units.ts';
import { EXPIRY, type ExpiryReason, type Order } from '../order/order.ts';
import type { VenueListener } from './events.ts';

/** Fees are cheaper when they are paid in this coin. */
const FEE_COIN = 'BNB';
/** A tenth off. */
const BURN_PERCENT = 90n;

/** The fee in the fee coin at its index price; `undefined` when the account has not enough of it. */
function burnedFor(account: Account, asset: string, fee: Units): Units | undefined {
  const [coin, quote] = [account.prices?.of(FEE_COIN), account.prices?.of(asset)];
  if (coin === undefined || quote === undefined) return undefined;
  const amount = divideRounded(fee * BURN_PERCENT * quote.index, 100n * coin.index);
  return amount <= account.walletOf(FEE_COIN) ? amount : undefined;
}

export class Settlement {
  /** Of the running command. */
  timeMs = 0;
  /** All fees ever taken in the main asset: the venue's own account, so that money is conserved. */
  feesCollected: Units = 0n;
  /** In other assets. */
  readonly otherFees = new Map<string, Units>();
  readonly #listeners: readonly VenueListener[];
  readonly #expire: (order: Order, reason: ExpiryReason, timeMs: number) => void;
  #trades: PublicTrade[] = [];
  #traders = new Set<Account>();
  #transferId = 0;

  constructor(listeners: readonly VenueListener[], expire: (order: Order, reason: ExpiryReason, timeMs: number) => void) {
    this.#listeners = listeners;
    this.#expire = expire;
  }

  begin(timeMs: number): void {
    this.timeMs = timeMs;
  }

  /** Books one trade at the maker's price: public tape, maker's half, taker's half. */
  trade(taker: Order, maker: Order, lots: number, ticks: number): void {
    const { market } = taker;
    const { timeMs } = this;
    const notional = notionalOf(market.spec, ticks, lots);
    const trade: PublicTrade = { id: market.takeTradeId(), ticks, lots, notional, timeMs, buyerIsMaker: maker.sign === 1 };
    market.tape.add(trade);
    this.#trades.push(trade);
    this.#traders.add(maker.account).add(taker.account);
    this.#half(maker, trade, true);
    this.#half(taker, trade, false);
    for (const listener of this.#listeners) listener.traded?.(market, trade, taker, maker);
    this.#crowdOut(maker.account, market);
    if (taker.account !== maker.account) this.#crowdOut(taker.account, market, taker);
  }

  /** Ends the command; returns who traded in it, or nothing. */
  end(market: Market, timeMs: number): ReadonlySet<Account> | undefined {
    if (this.#trades.length === 0) return undefined;
    const aggregates = market.tape.aggregate(this.#trades);
    const traders = this.#traders;
    this.#trades = [];
    this.#traders = new Set();
    for (const listener of this.#listeners) listener.aggregated?.(market, aggregates, timeMs);
    return traders;
  }

  /** What the book could not take of a forced order goes to the fund, off the tape. */
  takeOver(order: Order, fund: Account, ticks: number): void {
    const { market, openLots: lots } = order;
    const { timeMs } = this;
    const sign = order.sign === 1 ? -1 : 1;
    const trade = {
      id: market.takeTradeId(),
      ticks,
      lots,
      notional: notionalOf(market.spec, ticks, lots),
      timeMs,
      buyerIsMaker: sign === 1,
    };
    const profit = fund.holding(market).position('BOTH').fill(sign, lots, trade.notional, 0n, timeMs);
    fund.credit(market.spec.marginAsset, profit);
    order.openLots = 0;
    // At this price there is nothing left to pay a fee with.
    this.#half(order, trade, false, 'CALCULATED', true);
  }

  /** Sets two forced orders off against each other, off the tape; neither pays a fee. */
  setOff(order: Order, counter: Order, lots: number, ticks: number): void {
    const { market } = order;
    const notional = notionalOf(market.spec, ticks, lots);
    const trade = { id: market.takeTradeId(), ticks, lots, notional, timeMs: this.timeMs, buyerIsMaker: counter.sign === 1 };
    order.openLots -= lots;
    counter.openLots -= lots;
    this.#half(counter, trade, true, 'CALCULATED', true);
    this.#half(order, trade, false, 'CALCULATED', true);
  }

  /** Closes a position at the venue's price, without a fee and without a counterparty: all positions of the market are closed so. */
  settleAt(order: Order, ticks: number): void {
    const { market, openLots: lots } = order;
    const notional = notionalOf(market.spec, ticks, lots);
    order.openLots = 0;
    const trade = { id: market.takeTradeId(), ticks, lots, notional, timeMs: this.timeMs, buyerIsMaker: false };
    this.#half(order, trade, false, 'CALCULATED', true);
  }

  collect(asset: string, fee: Units): void {
    if (asset === MAIN_ASSET) this.feesCollected += fee;
    else this.otherFees.set(asset, (this.otherFees.get(asset) ?? 0n) + fee);
  }

  /** All fees ever taken in an asset. */
  feesIn(asset: string): Units {
    return asset === MAIN_ASSET ? this.feesCollected : (this.otherFees.get(asset) ?? 0n);
  }

  #half(order: Order, trade: PublicTrade, maker: boolean, type: 'TRADE' | 'CALCULATED' = 'TRADE', free = false): void {
    const { account, market } = order;
    const { ticks, lots, notional, timeMs } = trade;
    const holding = account.holding(market);
    order.filledLots += lots;
    order.filledNotional += notional;
    order.updatedMs = timeMs;
    order.status = order.openLots === 0 ? 'FILLED' : 'PARTIALLY_FILLED';
    const position = holding.position(order.positionSide);
    position.exposureChanged(order, -lots);
    if (order.status === 'FILLED') account.orderClosed(order);

    const asset = market.spec.marginAsset;
    const due = free ? 0n : divideRounded(notional * (maker ? account.fees.maker : account.fees.taker), 100_000_000n);
    const burned = account.feeBurn && due > 0n ? burnedFor(account, asset, due) : undefined;
    const [feeAsset, fee] = burned === undefined ? [asset, due] : [FEE_COIN, burned];
    const profit = position.fill(order.sign, lots, notional, due, timeMs, holding.isolated ? holding.leverage : undefined);
    if (burned === undefined) account.credit(asset, profit - fee);
    else {
      account.credit(asset, profit);
      account.credit(feeAsset, -fee);
    }
    account.walletUpdatedMs = timeMs;
    account.tradesBooked += 1;
    this.collect(feeAsset, fee);
    holding.booked({ id: trade.id, order, ticks, lots, notional, fee, feeAsset, profit, maker, timeMs }, account.historyKept);
    // Trade ids count per symbol, and both halves of a trade share one: a transaction needs an id of its own.
    this.#transferId += 1;
    const row = { symbol: market.spec.symbol, timeMs, tranId: this.#transferId, tradeId: String(trade.id) };
    if (profit !== 0n) account.bookIncome({ ...row, incomeType: 'REALIZED_PNL', income: profit, asset });
    if (fee !== 0n) account.bookIncome({ ...row, incomeType: 'COMMISSION', income: -fee, asset: feeAsset });

    const execution = { tradeId: trade.id, ticks, lots, fee, feeAsset, profit, maker };
    for (const listener of this.#listeners) listener.orderChanged?.(order, type, timeMs, execution);
  }

  /**
   * Expires resting reduce-only orders that the position no longer carries, so that no fill of one can ever enlarge a position: the best
   * priced and oldest keep their place, an order that does not fit whole goes.
   */
  #crowdOut(account: Account, market: Market, running?: Order): void {
    const holding = account.holding(market);
    let reducing: Order[] | undefined;
    for (const order of holding.open) {
      if (!order.reduceOnly || order === running || order.level === undefined) continue;
      reducing ??= [];
      reducing.push(order);
    }
    if (reducing === undefined) return;
    reducing.sort((a, b) => (a.sign === b.sign ? (b.ticks - a.ticks) * a.sign : a.sign - b.sign));
    for (const { side, lots } of holding.positions) {
      let room = Math.abs(lots);
      for (const order of reducing) {
        if (order.positionSide !== side) continue;
        if (order.sign * lots < 0 && order.openLots <= room) room -= order.openLots;
        else this.#expire(order, EXPIRY.reduceOnlyCrowdedOut, this.timeMs);
      }
    }
  }

  /** Money that is not of a trade: from outside, funding, insurance. */
  transfer(account: Account, asset: string, amount: Units, timeMs: number, incomeType: string, symbol = ''): void {
    account.credit(asset, amount);
    account.walletUpdatedMs = timeMs;
    this.#transferId += 1;
    account.bookIncome({ symbol, incomeType, income: amount, asset, timeMs, tranId: this.#transferId, tradeId: '' });
  }

  /** What a dump of the venue keeps of the private fields (`state/`). */
  hiddenState() {
    return { transferId: this.#transferId };
  }

  restoreHidden({ transferId }: ReturnType<Settlement['hiddenState']>): void {
    this.#transferId = transferId;
  }
}
