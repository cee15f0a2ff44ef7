/** What one account has on one symbol: position, leverage, open orders with their notionals, and its bounded history. */
import type { Market } from '../market/market.ts';
import { notionalOf } from '../market/symbol-spec.ts';
import type { Units } from '../numbers/units.ts';
import type { Order } from '../order/order.ts';
import { Position } from './position.ts';

/** One half of a trade as its owner sees it. */
export interface UserTrade {
  readonly id: number;
  readonly order: Order;
  readonly ticks: number;
  readonly lots: number;
  readonly notional: Units;
  readonly fee: Units;
  readonly profit: Units;
  readonly maker: boolean;
  readonly timeMs: number;
}

/** Orders and trades kept per account and symbol; beyond it the oldest closed orders and oldest trades are forgotten. */
const HISTORY_KEPT = 20_000;

export class Holding {
  readonly market: Market;
  readonly position: Position;
  leverage: number;
  /** Open orders in the order of their acceptance. */
  readonly open = new Set<Order>();
  /** Notionals of open orders that may add exposure, at their limit prices. */
  bidNotional: Units = 0n;
  askNotional: Units = 0n;
  readonly trades: UserTrade[] = [];
  /** By their ids counted from the symbol's first: small numbers make much faster keys than 19 digits. */
  readonly #orders = new Map<number, Order>();
  readonly #firstId: bigint;
  /** Closed ones in the order in which they closed, from `#firstClosed` on. */
  readonly #closed: Order[] = [];
  #firstClosed = 0;
  readonly #newestByClientId = new Map<string, Order>();
  readonly #keepsHistory: boolean;

  constructor(market: Market, leverage: number, keepsHistory: boolean) {
    this.market = market;
    this.position = new Position(market.spec);
    this.#firstId = BigInt(market.spec.options.firstOrderId);
    this.leverage = leverage;
    this.#keepsHistory = keepsHistory;
  }

  opened(order: Order): void {
    this.open.add(order);
    this.#orders.set(Number(order.id - this.#firstId), order);
    this.#newestByClientId.set(order.clientId, order);
    this.exposureChanged(order, order.openLots);
  }

  /** Adds (or with negative lots takes away) open exposure at the order's limit price. */
  exposureChanged(order: Order, lots: number): void {
    if (order.reduceOnly || order.type !== 'LIMIT') return;
    const notional = notionalOf(this.market.spec, order.ticks, lots);
    if (order.sign === 1) this.bidNotional += notional;
    else this.askNotional += notional;
  }

  closed(order: Order): void {
    this.open.delete(order);
    if (!this.#keepsHistory) {
      this.#forget(order);
      return;
    }
    this.#closed.push(order);
    if (this.#orders.size > HISTORY_KEPT) this.#forgetOldest();
  }

  #forget(order: Order): void {
    this.#orders.delete(Number(order.id - this.#firstId));
    if (this.#newestByClientId.get(order.clientId) === order) this.#newestByClientId.delete(order.clientId);
  }

  #forgetOldest(): void {
    const oldest = this.#closed[this.#firstClosed];
    if (oldest === undefined) return;
    this.#firstClosed += 1;
    this.#forget(oldest);
    if (this.#firstClosed < HISTORY_KEPT) return;
    this.#closed.splice(0, this.#firstClosed);
    this.#firstClosed = 0;
  }

  booked(trade: UserTrade): void {
    if (!this.#keepsHistory) return;
    this.trades.push(trade);
    if (this.trades.length > HISTORY_KEPT + 1_000) this.trades.splice(0, 1_000);
  }

  orderById(id: bigint): Order | undefined {
    const order = this.#orders.get(Number(id - this.#firstId));
    return order?.id === id ? order : undefined;
  }

  /** The newest order that carried this client id: an id may be used again once its order is closed. */
  orderByClientId(clientId: string): Order | undefined {
    return this.#newestByClientId.get(clientId);
  }

  /** All known orders by rising id. */
  orders(): IterableIterator<Order> {
    return this.#orders.values();
  }

  /** Whether there is anything to say about this symbol in an account snapshot. */
  get active(): boolean {
    return this.position.lots !== 0 || this.open.size > 0;
  }
}
