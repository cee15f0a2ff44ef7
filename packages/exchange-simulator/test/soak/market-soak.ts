/** Random trading of many accounts on two symbols straight at the engine, and what must hold after every single command. */
import { Account } from '../../src/account/account.ts';
import type { Holding } from '../../src/account/holding.ts';
import type { Position, PositionSide } from '../../src/account/position.ts';
import { Engine } from '../../src/engine/engine.ts';
import { Funding } from '../../src/engine/funding.ts';
import { Market, UpdateIds } from '../../src/market/market.ts';
import { notionalOf, symbolSpec } from '../../src/market/symbol-spec.ts';
import type { Sign, Units } from '../../src/numbers/units.ts';
import { DEMO_SYMBOLS } from '../../src/options/options.ts';
import type { Order, OrderRequest, StpMode, TimeInForce } from '../../src/order/order.ts';
import { Refusal } from '../../src/order/refusal.ts';
import { VirtualClock } from '../kit.ts';

/** Six whole numbers in [0, 1000): enough to say any command, and easy to shrink. */
export type Draw = readonly [kind: number, who: number, market: number, price: number, size: number, how: number];

const CLIENTS = 6;
const WALLET = 500_000_000_000n; // 5 000 USDT: small enough to be liquidated now and then
const MODES: readonly StpMode[] = ['NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'];
const TIMES: readonly TimeInForce[] = ['GTC', 'GTC', 'GTC', 'IOC', 'FOK', 'GTX'];

export class MarketSoak {
  readonly engine: Engine;
  readonly clients: readonly Account[];
  readonly house: Account;
  readonly markets: readonly Market[];
  readonly #clock = new VirtualClock();
  readonly #funding: Funding;
  /** When an order last took its place in the queue. */
  readonly #stamps = new Map<Order, number>();
  #conserved: Units;
  #stamp = 0;
  /** The first reduce-only fill that did not reduce. */
  #enlarged: string | undefined = undefined;
  #ids = 0;
  orders = 0;
  trades = 0;
  liquidations = 0;

  constructor() {
    this.engine = new Engine(this.#clock);
    this.#funding = new Funding(this.#clock, this.engine);
    const ids = new UpdateIds();
    this.markets = DEMO_SYMBOLS.slice(1).map((options) => new Market(symbolSpec(options), ids));
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
    this.engine.listen({
      orderChanged: (order, type, _timeMs, execution) => {
        if (type === 'NEW' || type === 'AMENDMENT') this.#stamps.set(order, ++this.#stamp);
        if (!order.isOpen) this.#stamps.delete(order);
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
    });
    this.engine.listen(this.engine.algo);
    this.#conserved = this.money();
  }

  /** Wallets less what the positions cost, and all fees: no trade, funding or liquidation may change it by one unit. */
  money(): Units {
    let sum = this.engine.settlement.feesCollected;
    for (const account of this.engine.accounts()) {
      sum += account.wallet;
      for (const { positions } of account.holdings()) for (const { cost } of positions) sum -= cost;
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
    else this.#moveMark(market, price);
  }

  /** Who has little left gets a new stake, so that trading goes on. */
  #topUp(account: Account): void {
    if (account.house || account.wallet > WALLET / 2n) return;
    this.#conserved += WALLET;
    this.engine.deposit(account, WALLET);
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
    if (this.money() !== this.#conserved) return `money: ${this.money() - this.#conserved} units too many`;
    if (this.#enlarged !== undefined) return `reduce-only: ${this.#enlarged}`;
    for (const market of this.markets) {
      const fault = this.#bookFault(market) ?? this.#holdingFault(market);
      if (fault !== undefined) return `${market.spec.symbol}: ${fault}`;
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
