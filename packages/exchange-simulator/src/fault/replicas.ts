/**
 * Accounts as a replica that lags behind sees them: for rules of the kind `read-lag`. Each lag has copies of all client accounts; what
 * changes on an account reaches its copy so much later, whole. Costs nothing while there is no such rule.
 */
import type { Clock } from '@fillwright/runtime/ports';
import { Account } from '../account/account.ts';
import type { Holding } from '../account/holding.ts';
import type { Engine } from '../engine/engine.ts';
import type { VenueListener } from '../engine/events.ts';
import type { Market } from '../market/market.ts';
import { Order } from '../order/order.ts';

/** Different lags at once; a rule with one more reads the truth. */
const MOST_LAGS = 8;

export class Replicas implements VenueListener {
  readonly #clock: Clock;
  readonly #engine: Engine;
  /** By lag and account. */
  readonly #copies = new Map<number, ReadonlyMap<Account, Account>>();

  constructor(clock: Clock, engine: Engine) {
    this.#clock = clock;
    this.#engine = engine;
  }

  /** From now on there is a replica with this lag; it begins as the truth. */
  keep(lagMs: number): void {
    if (this.#copies.has(lagMs) || this.#copies.size >= MOST_LAGS) return;
    const copies = new Map<Account, Account>();
    for (const account of this.#engine.accounts()) if (!account.house) copies.set(account, copyOf(account));
    this.#copies.set(lagMs, copies);
  }

  /** The account as it was so long ago; the account itself where nobody kept that. */
  lagged(account: Account, lagMs: number): Account {
    return this.#copies.get(lagMs)?.get(account) ?? account;
  }

  orderChanged(order: Order): void {
    this.#pass(order.account, order);
  }

  accountChanged(account: Account): void {
    this.#pass(account);
  }

  leverageChanged(account: Account): void {
    this.#pass(account);
  }

  assetsModeChanged(account: Account): void {
    this.#pass(account);
  }

  #pass(account: Account, order?: Order): void {
    for (const [lagMs, copies] of this.#copies) {
      const copy = copies.get(account);
      if (copy === undefined) continue;
      const image = imageOf(account);
      const orderImage = order === undefined ? undefined : { ...order };
      this.#clock.after(lagMs, () => {
        if (order !== undefined && orderImage !== undefined) passOrder(copy, order, orderImage);
        image(copy);
      });
    }
  }
}

function copyOf(account: Account): Account {
  const { name, alias, apiKey, fees, house, wallet, historyKept } = account;
  const copy = new Account({ name, alias, fees, house, wallet, historyKept, ...(apiKey === undefined ? {} : { apiKey }) });
  if (account.prices !== undefined) copy.useAssets(account.prices);
  copy.setDual(account.dual);
  for (const holding of account.holdings()) for (const order of holding.orders()) passOrder(copy, order, { ...order });
  imageOf(account)(copy);
  return copy;
}

/** What an order looked like then; the links of its queue are the book's. */
function passOrder(copy: Account, order: Order, image: Partial<Order>): void {
  const holding = copy.holding(order.market);
  let known = holding.orderById(order.id);
  const fresh = known === undefined;
  known ??= Object.create(Order.prototype) as Order;
  const unlinked = { level: undefined, previous: undefined, next: undefined };
  Object.assign(known, image, { account: copy, amendments: [...(image.amendments ?? [])], ...unlinked });
  if (fresh) copy.orderOpened(known);
  if (!known.isOpen && holding.open.has(known)) copy.orderClosed(known);
}

/** All but orders, to be put into a copy. */
function imageOf(account: Account): (copy: Account) => void {
  const { wallet, walletUpdatedMs, liquidating, ordersAccepted, tradesBooked, dual, multiAssets, feeBurn } = account;
  const others = [...account.others];
  const holdings = [...account.holdings()].map((holding) => [holding.market, holdingImage(holding)] as const);
  return (copy) => {
    if (copy.dual !== dual) copy.setDual(dual);
    Object.assign(copy, { wallet, walletUpdatedMs, liquidating, ordersAccepted, tradesBooked, multiAssets, feeBurn });
    for (const [asset, held] of others) copy.others.set(asset, held);
    for (const [market, put] of holdings) put(copy, market);
  };
}

function holdingImage({ leverage, isolated, positions }: Holding): (copy: Account, market: Market) => void {
  const fields = positions.map((position) => ({ ...position }));
  return (copy, market) => {
    const holding = copy.holding(market);
    Object.assign(holding, { leverage, isolated });
    // What it is worth follows from the mark, which everybody sees at once.
    for (const image of fields) Object.assign(holding.position(image.side), image);
  };
}
