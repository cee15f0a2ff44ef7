/**
 * Random trading of many accounts in every mode on symbols of two margin assets, straight at the engine, and what must hold after every
 * single command. The insurance fund is small: every so often positions are set off against those on the other side.
 */
import { Account } from '../../src/account/account.ts';
import type { Holding } from '../../src/account/holding.ts';
import type { Position, PositionSide } from '../../src/account/position.ts';
import { Engine } from '../../src/engine/engine.ts';
import { Funding } from '../../src/engine/funding.ts';
import { settleMarket } from '../../src/engine/settling.ts';
import { Market, UpdateIds } from '../../src/market/market.ts';
import { notionalOf, type SymbolOptions, symbolSpec } from '../../src/market/symbol-spec.ts';
import type { Sign, Units } from '../../src/numbers/units.ts';
import { DEMO_SYMBOLS } from '../../src/options/options.ts';
import type { Order, OrderRequest, StpMode, TimeInForce } from '../../src/order/order.ts';
import { Refusal } from '../../src/order/refusal.ts';
import { VirtualClock } from '../kit.ts';
import { LifeWitness } from './life-witness.ts';

/** Six whole numbers in [0, 1000): enough to say any command, and easy to shrink. */
export type Draw = readonly [kind: number, who: number, market: number, price: number, size: number, how: number];

const CLIENTS = 7;
const ASSETS = ['USDT', 'USDC', 'ETH', 'BNB'] as const;
const WALLET = 500_000_000_000n; // 5 000 USDT: small enough to be liquidated now and then
/** What the insurance fund can lose of each asset. */
const FUND = 20_000_000_000n;
const MODES: readonly StpMode[] = ['NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'];
const TIMES: readonly TimeInForce[] = ['GTC', 'GTC', 'GTC', 'IOC', 'FOK', 'GTX'];

/** Joint assets carry more with less. */
function stakeOf(account: Account): Units {
  return account.multiAssets ? WALLET / 10n : WALLET;
}

export class MarketSoak {
  readonly engine: Engine;
  readonly clients: readonly Account[];
  readonly house: Account;
  readonly markets: readonly Market[];
  readonly lives = new LifeWitness();
  readonly #clock = new VirtualClock();
  readonly #funding: Funding;
  /** When an order last took its place in the queue. */
  readonly #stamps = new Map<Order, number>();
  readonly #conserved = new Map<string, Units>();
  #stamp = 0;
  /** The first reduce-only fill that did not reduce. */
  #enlarged: string | undefined = undefined;
  #ids = 0;
  orders = 0;
  trades = 0;
  liquidations = 0;
  deleveragings = 0;
  exchanges = 0;

  constructor() {
    this.engine = new Engine(this.#clock, { insuranceFund: FUND });
    this.#funding = new Funding(this.#clock, this.engine);
    const ids = new UpdateIds();
    const [, eth, sol] = DEMO_SYMBOLS as readonly [SymbolOptions, SymbolOptions, SymbolOptions];
    const all = [eth, sol, { ...sol, symbol: 'SOLUSDC', quoteAsset: 'USDC' }];
    this.markets = all.map((options) => new Market(symbolSpec(options), ids));
    for (const market of this.markets) this.engine.addMarket(market);
    const fees = { maker: 20_000n, taker: 50_000n };
    this.clients = Array.from({ length: CLIENTS }, (_, n) => {
      return new Account({ name: `client-${n}`, alias: `c${n}`, fees, house: false, wallet: WALLET });
    });
    this.house = new Account({ name: 'house', alias: 'house', fees: { maker: 0n, taker: 0n }, house: true, wallet: 0n });
    for (const account of [...this.clients, this.house]) this.engine.addAccount(account);
    // Every mode is there: two in hedge mode, and of each mode one with isolated margin.
    for (const account of this.clients.slice(0, 2)) account.setDual(true);
    for (const account of this.clients.slice(1, 3)) for (const market of this.markets) account.holding(market).isolated = true;
    // Three with joint assets, one of them in hedge mode; one pays its fees in BNB.
    this.clients[4]?.setDual(true);
    for (const account of this.clients.slice(3, 6)) {
      account.multiAssets = true;
      account.wallet = WALLET / 10n;
      account.credit('ETH', 10_000_000n);
      for (const market of this.markets) account.holding(market).leverage = 75;
    }
    for (const account of this.clients) account.credit('USDC', stakeOf(account) / 2n);
    for (const account of this.clients.slice(5)) {
      account.feeBurn = true;
      account.credit('BNB', 20_000_000n);
    }
    this.engine.listen({
      orderChanged: (order, type, _timeMs, execution) => {
        if (type === 'NEW' || type === 'AMENDMENT') this.#stamps.set(order, ++this.#stamp);
        if (!order.isOpen) this.#stamps.delete(order);
        if (order.clientId === 'adl_autoclose') this.deleveragings += 1;
        if (!order.reduceOnly || execution === undefined) return;
        const { lots } = order.account.holding(order.market).position(order.positionSide);
        const before = lots - order.sign * execution.lots;
        if (before * order.sign >= 0 || lots * order.sign > 0)
          this.#enlarged ??= `${order.clientId} took a position from ${before} to ${lots}`;
      },
      traded: () => {
        this.trades += 1;
      },
      liquidated: () => {
        this.liquidations += 1;
      },
      accountChanged: (_account, reason) => {
        if (reason === 'AUTO_EXCHANGE') this.exchanges += 1;
      },
    });
    this.engine.listen(this.lives);
    this.engine.listen(this.engine.algo);
    for (const asset of ASSETS) this.#conserved.set(asset, this.money(asset));
  }

  /** Of one asset: wallets less what the positions cost, and all fees. Nothing but a deposit may change it by one unit. */
  money(asset: string): Units {
    let sum = this.engine.settlement.feesIn(asset);
    for (const account of this.engine.accounts()) {
      sum += account.walletOf(asset);
      for (const { market, positions } of account.holdings())
        if (market.spec.marginAsset === asset) for (const { cost } of positions) sum -= cost;
    }
    return sum;
  }

  run([kind, who, where, price, size, how]: Draw): void {
    const market = this.markets[where % this.markets.length] as Market;
    const account = who % 8 === 7 ? this.house : (this.clients[who % CLIENTS] as Account);
    const open = [...account.holding(market).open];
    const mine = open[how % Math.max(1, open.length)];
    this.#clock.advance(price % 7);
    if (kind < 620) this.#place(account, market, price, size, how);
    else if (kind < 800) mine && this.engine.cancel(mine);
    else if (kind < 860) mine && this.#modify(mine, price, size);
    else if (kind < 880) this.engine.cancelAll(account, market);
    else if (kind < 900) this.#stop(account, market, price, size, how);
    else if (kind < 910) this.#funding.settle(market);
    else if (kind < 913) this.#topUp(account);
    else if (kind < 914) this.#moveMargin(account, market, size);
    else if (kind < 915) this.engine.setLeverage(account, market, [5, 20, 50][how % 3] as number);
    else if (kind === 915 && how < 100) this.#settle(market);
    else this.#moveMark(market, price);
  }

  /** Who has little left gets a new stake, so that trading goes on. */
  #topUp(account: Account): void {
    if (account.house) return;
    const stake = stakeOf(account);
    for (const asset of ['USDT', 'USDC']) {
      if (account.walletOf(asset) > stake / 2n) continue;
      this.#conserved.set(asset, (this.#conserved.get(asset) ?? 0n) + stake);
      this.engine.deposit(account, stake, asset);
    }
  }

  /** The contract ends and is listed anew. */
  #settle(market: Market): void {
    settleMarket(this.engine, market, market.ticksBelow(market.mark));
    this.engine.setStatus(market, 'TRADING');
  }

  #moveMargin(account: Account, market: Market, size: number): void {
    const holding = account.holding(market);
    const position = holding.positions[size % holding.positions.length];
    if (!holding.isolated || position === undefined || position.lots === 0) return;
    this.engine.moveMargin(account, position, position.isolatedWallet / 20n);
  }

  #around(market: Market, price: number): number {
    const middle = market.ticksBelow(market.mark);
    return Math.max(1, middle + Math.round(((price - 500) / 500) * middle * 0.004));
  }

  #place(account: Account, market: Market, price: number, size: number, how: number): void {
    this.#ids += 1;
    this.orders += 1;
    const sign: Sign = how % 2 === 0 ? 1 : -1;
    const limit = how % 5 !== 0;
    const positionSide: PositionSide = account.dual ? (price % 2 === 0 ? 'LONG' : 'SHORT') : 'BOTH';
    const closes = account.dual ? (positionSide === 'LONG') === (sign === -1) : size % 6 === 0;
    const request: OrderRequest = {
      ...{ account, market, sign, type: limit ? 'LIMIT' : 'MARKET', tif: limit ? (TIMES[how % TIMES.length] as TimeInForce) : 'GTC' },
      ...{ lots: 1 + (size % 400) * 10, ticks: limit ? this.#around(market, price) : 0, reduceOnly: closes, positionSide },
      ...{ clientId: `soak-${this.#ids}`, stp: MODES[size % 4] as StpMode, priceMatch: 'NONE', goodTillMs: 0 },
    };
    this.engine.place(request);
  }

  #modify(order: Order, price: number, size: number): void {
    this.engine.modify(order, { ticks: this.#around(order.market, price), lots: 1 + (size % 400) * 10, priceMatch: 'NONE', modifyId: '' });
  }

  #stop(account: Account, market: Market, price: number, size: number, how: number): void {
    this.#ids += 1;
    const sign: Sign = how % 2 === 0 ? 1 : -1;
    const positionSide: PositionSide = account.dual ? (size % 4 < 2 ? 'LONG' : 'SHORT') : 'BOTH';
    const closes = account.dual ? (positionSide === 'LONG') === (sign === -1) : size % 2 === 0;
    const placed = this.engine.algo.place({
      ...{ account, market, sign, type: how % 3 === 0 ? 'TAKE_PROFIT_MARKET' : 'STOP_MARKET', tif: 'GTC' },
      ...{ lots: 1 + (size % 100) * 10, ticks: 0, triggerTicks: this.#around(market, price), workingType: 'CONTRACT_PRICE' },
      ...{ priceMatch: 'NONE', closePosition: false, priceProtect: false, reduceOnly: closes, positionSide, stp: 'NONE', goodTillMs: 0 },
      ...{ clientId: `stop-${this.#ids}`, activation: 0n, callback: 0n },
    });
    if (placed instanceof Refusal && placed.code === 0) throw new Error('a refusal has a code');
  }

  /** Up to 1.5 % at once: thin accounts are liquidated. */
  #moveMark(market: Market, price: number): void {
    const opened = market.spec.options.markPrice;
    const next = (market.mark * BigInt(100_000 + (price - 500) * 3)) / 100_000n;
    const [low, high] = [BigInt(opened) * 50_000_000n, BigInt(opened) * 200_000_000n];
    this.engine.setMark(market, next < low ? low : next > high ? high : next);
  }

  /** The first thing that does not hold, or nothing. */
  broken(): string | undefined {
    for (const [asset, sum] of this.#conserved) {
      const extra = this.money(asset) - sum;
      if (extra !== 0n) return `money: ${extra} units of ${asset} too many`;
    }
    if (this.#enlarged !== undefined) return `reduce-only: ${this.#enlarged}`;
    if (this.lives.fault !== undefined) return `life of an order: ${this.lives.fault}`;
    const debt = this.#debt();
    if (debt !== undefined) return debt;
    for (const market of this.markets) {
      const fault = this.#bookFault(market) ?? this.#holdingFault(market);
      if (fault !== undefined) return `${market.spec.symbol}: ${fault}`;
    }
    return undefined;
  }

  /** Without a position nobody owes anything. */
  #debt(): string | undefined {
    for (const account of this.clients) {
      if (account.multiAssets) continue;
      for (const asset of ['USDT', 'USDC']) {
        const held = [...account.holdings()].some((holding) => holding.market.spec.marginAsset === asset && !holding.flat);
        if (!held && account.walletOf(asset) < 0n) return `${account.name} owes ${account.walletOf(asset)} ${asset} without a position`;
      }
    }
    return undefined;
  }

  #bookFault({ book }: Market): string | undefined {
    const [bid, ask] = [book.bids.best(), book.asks.best()];
    if (bid !== undefined && ask !== undefined && bid.ticks >= ask.ticks) return `crossed: ${bid.ticks} over ${ask.ticks}`;
    for (const side of [book.bids, book.asks]) {
      let worse: number | undefined;
      for (let n = 0; n < side.size; n += 1) {
        const level = side.nth(n);
        if (level === undefined) return `level ${n} is missing`;
        if (worse !== undefined && (worse - level.ticks) * side.sign <= 0) return 'levels out of order';
        worse = level.ticks;
        let lots = 0;
        let last = 0;
        for (let order = level.head; order !== undefined; order = order.next) {
          const stamp = this.#stamps.get(order) ?? 0;
          if (stamp <= last) return `queue priority at ${level.ticks}`;
          if (order.openLots <= 0 || order.ticks !== level.ticks || !order.isOpen) return `a dead order rests at ${level.ticks}`;
          last = stamp;
          lots += order.openLots;
        }
        if (lots !== level.lots || lots <= 0) return `level ${level.ticks} says ${level.lots}, its orders ${lots}`;
      }
    }
    return undefined;
  }

  #holdingFault(market: Market): string | undefined {
    let sum = 0;
    for (const account of this.engine.accounts()) {
      const holding = account.holding(market);
      for (const position of holding.positions) {
        sum += position.lots;
        const fault = this.#positionFault(position, holding);
        if (fault !== undefined) return `${account.name}: ${fault}`;
      }
    }
    return sum === 0 ? undefined : `positions sum to ${sum} lots`;
  }

  #positionFault(position: Position, { open, isolated }: Holding): string | undefined {
    const { lots, side, cost, isolatedWallet } = position;
    let [bids, asks] = [0n, 0n];
    for (const order of open) {
      if (order.filledLots + order.openLots !== order.lots || order.openLots <= 0) return `quantities of ${order.clientId}`;
      if (order.reduceOnly || order.positionSide !== side) continue;
      if (order.sign === 1) bids += notionalOf(position.spec, order.ticks, order.openLots);
      else asks += notionalOf(position.spec, order.ticks, order.openLots);
    }
    if (bids !== position.bidNotional || asks !== position.askNotional) return `open notionals of ${side}`;
    if ((side === 'LONG' && lots < 0) || (side === 'SHORT' && lots > 0)) return `${side} holds ${lots} lots`;
    if (lots === 0 && (cost !== 0n || isolatedWallet !== 0n)) return `a flat ${side} position has a cost or money`;
    if (!isolated && isolatedWallet !== 0n) return `a cross position has money of its own`;
    return undefined;
  }
}
