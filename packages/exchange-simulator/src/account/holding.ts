/** What one account has on one symbol: positions, leverage and margin type, open orders, and its bounded history. */
import type { Market } from '../market/market.ts';
import type { Units } from '../numbers/units.ts';
import type { Order } from '../order/order.ts';
import { Position, type PositionSide } from './position.ts';

/** One half of a trade as its owner sees it. */
export interface UserTrade {
  readonly id: number;
  readonly order: Order;
  readonly ticks: number;
  readonly lots: number;
  readonly notional: Units;
  readonly fee: Units;
  readonly feeAsset: string;
  readonly profit: Units;
  readonly maker: boolean;
  readonly timeMs: number;
}

/** Orders and trades kept per account and symbol; beyond it the oldest closed orders and oldest trades are forgotten. */
const HISTORY_KEPT = 20_000;

export class Holding {
  readonly market: Market;
  /** One of side `BOTH`, or in hedge mode `LONG` and `SHORT`. */
  positions: readonly Position[];
  leverage: number;
  /** Margin of its own for each position, instead of the account's. */
  isolated = false;
  /** Open orders in the order of their acceptance. */
  readonly open = new Set<Order>();
  readonly trades: UserTrade[] = [];
  /** By their ids counted from the symbol's first: small numbers make much faster keys than 19 digits. */
  readonly #orders = new Map<number, Order>();
  readonly #firstId: bigint;
  /** Closed ones in the order in which they closed, from `#firstClosed` on. */
  readonly #closed: Order[] = [];
  #firstClosed = 0;
  readonly #newestByClientId = new Map<string, Order>();
  #keepsHistory: boolean;

  constructor(market: Market, leverage: number, keepsHistory: boolean, dual: boolean) {
    this.market = market;
    this.positions = positionsOf(market, dual);
    this.#firstId = BigInt(market.spec.options.firstOrderId);
    this.leverage = leverage;
    this.#keepsHistory = keepsHistory;
  }

  opened(order: Order): void {
    this.open.add(order);
    this.#orders.set(Number(order.id - this.#firstId), order);
    this.#newestByClientId.set(order.clientId, order);
    const position = this.position(order.positionSide);
    position.openOrders += 1;
    position.exposureChanged(order, order.openLots);
  }

  closed(order: Order): void {
    if (this.open.delete(order)) this.position(order.positionSide).openOrders -= 1;
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

  /** The position an order of this side works on. A side that does not fit the mode has none: the venue refuses it before. */
  position(side: PositionSide): Position {
    const [first, second] = this.positions;
    const found = second === undefined || side === 'LONG' ? first : second;
    if (found?.side !== side) throw new Error(`no ${side} position on ${this.market.spec.symbol} in this mode`);
    return found;
  }

  get flat(): boolean {
    return this.positions.every(({ lots }) => lots === 0);
  }

  /** Only while there is neither position nor order. */
  setDual(dual: boolean): void {
    this.positions = positionsOf(this.market, dual);
  }

  /** What its positions keep apart from the account's cross wallet. */
  get isolatedMoney(): Units {
    let money = 0n;
    for (const { isolatedWallet } of this.positions) money += isolatedWallet;
    return money;
  }

  /** What a dump of the venue keeps of the private fields (`state/`). */
  hiddenState() {
    return {
      orders: this.#orders,
      closed: this.#closed,
      firstClosed: this.#firstClosed,
      newestByClientId: this.#newestByClientId,
      keepsHistory: this.#keepsHistory,
    };
  }

  restoreHidden({ orders, closed, firstClosed, newestByClientId, keepsHistory }: ReturnType<Holding['hiddenState']>): void {
    for (const [id, order] of orders) this.#orders.set(id, order);
    this.#closed.push(...closed);
    this.#firstClosed = firstClosed;
    for (const [clientId, order] of newestByClientId) this.#newestByClientId.set(clientId, order);
    this.#keepsHistory = keepsHistory;
  }
}

function positionsOf(market: Market, dual: boolean): readonly Position[] {
  const sides: readonly PositionSide[] = dual ? ['LONG', 'SHORT'] : ['BOTH'];
  return sides.map((side) => new Position(market, side));
}
