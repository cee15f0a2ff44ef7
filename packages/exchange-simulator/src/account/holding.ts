/** What one account has on one symbol: positions, leverage and margin type, open orders, and its bounded history. */
import type { Market } from '../market/market.ts';
import type { Units } from '../numbers/units.ts';
import type { Order } from '../order/order.ts';
import { HISTORY_KEPT, OrderHistory } from './order-history.ts';
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

/** Between two looks for trades whose orders are forgotten. */
const TRADES_PER_LOOK = 100;

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
  readonly #history: OrderHistory;
  #keepsHistory: boolean;

  constructor(market: Market, leverage: number, keepsHistory: boolean, dual: boolean) {
    this.market = market;
    this.positions = positionsOf(market, dual);
    this.#history = new OrderHistory(BigInt(market.spec.options.firstOrderId), keepsHistory);
    this.leverage = leverage;
    this.#keepsHistory = keepsHistory;
  }

  opened(order: Order): void {
    this.open.add(order);
    this.#history.opened(order);
    const position = this.position(order.positionSide);
    position.openOrders += 1;
    position.exposureChanged(order, order.openLots);
  }

  closed(order: Order, kept = HISTORY_KEPT): void {
    if (this.open.delete(order)) this.position(order.positionSide).openOrders -= 1;
    this.#history.closed(order, kept);
  }

  /** Of trades as many are kept as of orders; the oldest go with their orders, which they would keep in memory otherwise. */
  booked(trade: UserTrade, kept = HISTORY_KEPT): void {
    if (!this.#keepsHistory) return;
    this.trades.push(trade);
    if (this.trades.length % TRADES_PER_LOOK !== 0) return;
    const first = this.trades.findIndex(({ order }) => this.orderById(order.id) === order);
    const gone = Math.max(first, this.trades.length - kept);
    if (gone > 0) this.trades.splice(0, gone);
  }

  orderById(id: bigint): Order | undefined {
    return this.#history.byId(id);
  }

  /** The newest order that carried this client id: an id may be used again once its order is closed. */
  orderByClientId(clientId: string): Order | undefined {
    return this.#history.byClientId(clientId);
  }

  /** All known orders by rising id. */
  orders(): IterableIterator<Order> {
    return this.#history[Symbol.iterator]();
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
    return { history: this.#history.saved(), keepsHistory: this.#keepsHistory };
  }

  restoreHidden({ history, keepsHistory }: ReturnType<Holding['hiddenState']>): void {
    this.#history.restore(history);
    this.#keepsHistory = keepsHistory;
  }
}

function positionsOf(market: Market, dual: boolean): readonly Position[] {
  const sides: readonly PositionSide[] = dual ? ['LONG', 'SHORT'] : ['BOTH'];
  return sides.map((side) => new Position(market, side));
}
