/** One client of the venue: keys, money by asset, modes, what it holds on each symbol. */
import type { KeyObject } from 'node:crypto';
import { MAIN_ASSET, type MarginAssets } from '../market/margin-assets.ts';
import type { Market } from '../market/market.ts';
import type { Units } from '../numbers/units.ts';
import type { Order } from '../order/order.ts';
import { Holding } from './holding.ts';
import { HISTORY_KEPT } from './order-history.ts';
import type { Position } from './position.ts';

export type ApiKey =
  | { readonly type: 'hmac'; readonly key: string; readonly secret: string }
  | { readonly type: 'rsa' | 'ed25519'; readonly key: string; readonly publicKey: KeyObject };

export interface IncomeRow {
  readonly symbol: string;
  readonly incomeType: string;
  readonly income: Units;
  readonly asset: string;
  readonly timeMs: number;
  readonly tranId: number;
  readonly tradeId: string;
}

export interface FeeRates {
  /** In 10^-8. */
  readonly maker: Units;
  readonly taker: Units;
}

/** Money that the client moved into (type 1) or out of (type 2) an isolated position. */
export interface MarginMove {
  readonly position: Position;
  readonly type: number;
  readonly amount: Units;
  readonly timeMs: number;
}

/** Rows of income beyond what is kept before the oldest go. */
const SPARE_ROWS = 1_000;
const DEFAULT_LEVERAGE = 20;
const ONLY_MAIN: readonly string[] = [MAIN_ASSET];

export class Account {
  readonly name: string;
  readonly alias: string;
  readonly apiKey: ApiKey | undefined;
  readonly fees: FeeRates;
  /** The venue's own flow: no margin checks, no limits, no history. */
  readonly house: boolean;
  /** Orders, trades (each by symbol) and rows of income that are remembered. */
  readonly historyKept: number;
  /** Of the main asset: a plain field, every trade touches it. */
  wallet: Units;
  /** Of the other assets, in the order of their first use. */
  readonly others = new Map<string, Units>();
  walletUpdatedMs = 0;
  /** Set while the account is being liquidated: new orders are refused. */
  liquidating = false;
  readonly income: IncomeRow[] = [];
  readonly marginMoves: MarginMove[] = [];
  /** New orders accepted from the client, and trades (halves) booked, since the start. */
  ordersAccepted = 0;
  tradesBooked = 0;
  /** Hedge mode: a long and a short position on each symbol. */
  dual = false;
  /** All assets together carry the positions. */
  multiAssets = false;
  /** Pays fees in BNB while it has any. */
  feeBurn = false;
  readonly #holdings = new Map<string, Holding>();
  #latest: Holding | undefined;
  #prices: MarginAssets | undefined;
  readonly #openByClientId = new Map<string, Order>();

  constructor(init: {
    readonly name: string;
    readonly alias: string;
    readonly apiKey?: ApiKey;
    readonly fees: FeeRates;
    readonly house: boolean;
    readonly wallet: Units;
    readonly historyKept?: number;
  }) {
    this.name = init.name;
    this.alias = init.alias;
    this.apiKey = init.apiKey;
    this.fees = init.fees;
    this.house = init.house;
    this.historyKept = init.historyKept ?? HISTORY_KEPT;
    this.wallet = init.wallet;
  }

  /** The venue's prices of assets; needed for multi-assets mode only. */
  useAssets(prices: MarginAssets): void {
    this.#prices = prices;
  }

  get prices(): MarginAssets | undefined {
    return this.#prices;
  }

  /** In multi-assets mode the prices at which assets are joined. */
  get joint(): MarginAssets | undefined {
    return this.multiAssets ? this.#prices : undefined;
  }

  walletOf(asset: string): Units {
    return asset === MAIN_ASSET ? this.wallet : (this.others.get(asset) ?? 0n);
  }

  credit(asset: string, amount: Units): void {
    if (asset === MAIN_ASSET) this.wallet += amount;
    else this.others.set(asset, (this.others.get(asset) ?? 0n) + amount);
  }

  /** What it has or had money in, the main asset first. */
  assets(): readonly string[] {
    return this.others.size === 0 ? ONLY_MAIN : [MAIN_ASSET, ...this.others.keys()];
  }

  holding(market: Market): Holding {
    // One command asks for the same one many times.
    if (this.#latest?.market === market) return this.#latest;
    this.#latest = this.#found(market);
    return this.#latest;
  }

  #found(market: Market): Holding {
    let holding = this.#holdings.get(market.spec.symbol);
    if (holding === undefined) {
      holding = new Holding(market, DEFAULT_LEVERAGE, !this.house, this.dual);
      this.#holdings.set(market.spec.symbol, holding);
    }
    return holding;
  }

  /** In the order of first use. */
  holdings(): IterableIterator<Holding> {
    return this.#holdings.values();
  }

  /** Only while there is neither position nor order. */
  setDual(dual: boolean): void {
    this.dual = dual;
    for (const holding of this.#holdings.values()) holding.setDual(dual);
  }

  /** The wallet of an asset less what isolated positions keep for themselves. */
  crossWallet(asset: string = MAIN_ASSET): Units {
    let money = this.walletOf(asset);
    for (const holding of this.#holdings.values())
      if (holding.isolated && holding.market.spec.marginAsset === asset) money -= holding.isolatedMoney;
    return money;
  }

  openOrderByClientId(clientId: string): Order | undefined {
    return this.#openByClientId.get(clientId);
  }

  orderOpened(order: Order): void {
    // The child of a conditional order was counted when that one was accepted; a liquidation is the venue's own.
    if (order.origType === order.type && order.type !== 'LIQUIDATION') this.ordersAccepted += 1;
    this.#openByClientId.set(order.clientId, order);
    this.holding(order.market).opened(order);
  }

  orderClosed(order: Order): void {
    if (this.#openByClientId.get(order.clientId) === order) this.#openByClientId.delete(order.clientId);
    this.holding(order.market).closed(order, this.historyKept);
  }

  bookIncome(row: IncomeRow): void {
    if (this.house) return;
    this.income.push(row);
    if (this.income.length > this.historyKept + SPARE_ROWS) this.income.splice(0, SPARE_ROWS);
  }

  /** What a dump of the venue keeps of the private fields (`state/`). */
  hiddenState() {
    return { holdings: this.#holdings, openByClientId: this.#openByClientId };
  }

  restoreHidden({ holdings, openByClientId }: ReturnType<Account['hiddenState']>): void {
    this.#latest = undefined;
    for (const [symbol, holding] of holdings) this.#holdings.set(symbol, holding);
    for (const [clientId, order] of openByClientId) this.#openByClientId.set(clientId, order);
  }
}
