/**
 * What of each class belongs to the venue's state. Public fields do, save wiring and what follows from the options; private fields do where
 * the class tells them by `hiddenState` (a test holds that list against the sources). Books are kept as their queues.
 */
import { Account } from '../account/account.ts';
import { Holding } from '../account/holding.ts';
import { Position, type PositionSide } from '../account/position.ts';
import { AlgoOrder, type AlgoRequest } from '../algo/algo-order.ts';
import { Market } from '../market/market.ts';
import { OrderBook } from '../matching/order-book.ts';
import type { PriceLevels } from '../matching/price-levels.ts';
import { Prng } from '../numbers/prng.ts';
import { Order, type OrderRequest } from '../order/order.ts';

export type Fields = Record<string, unknown>;

export interface Kind {
  readonly name: string;
  /** Public fields that are wiring, follow from the options, or are rebuilt. */
  readonly skip: readonly string[];
}

/** Objects that come and go. */
export interface MadeKind extends Kind {
  readonly type: abstract new (...args: never[]) => object;
  /** From fields that refer to parts of the venue only. */
  make(field: (name: string) => unknown): object;
}

/** Private fields of a class that belong to the state, under their own names. */
export interface Stateful {
  hiddenState(): object;
  restoreHidden(state: unknown): void;
}

/** What is looked up by name in the venue's options and cannot change. */
const FROM_OPTIONS = ['spec', 'options', 'apiKey', 'fees', 'house', 'name', 'alias', 'historyKept'];

export const MADE_KINDS: readonly MadeKind[] = [
  {
    name: 'Order',
    type: Order,
    // The place in the queue is the book's to tell.
    skip: ['level', 'previous', 'next'],
    make: (field) => {
      const [account, market] = [field('account') as Account, field('market') as Market];
      return new Order(0n, { ...BLANK_ORDER, account, market }, 0);
    },
  },
  {
    name: 'AlgoOrder',
    type: AlgoOrder,
    skip: [],
    make: (field) => new AlgoOrder(0, field('request') as AlgoRequest, 0),
  },
  {
    name: 'Position',
    type: Position,
    skip: [],
    make: (field) => new Position(field('market') as Market, field('side') as PositionSide),
  },
  {
    name: 'Holding',
    type: Holding,
    skip: [],
    make: (field) => new Holding(field('market') as Market, 1, true, false),
  },
  { name: 'Prng', type: Prng, skip: [], make: () => new Prng('', '') },
];

const BLANK_ORDER: Omit<OrderRequest, 'account' | 'market'> = {
  ...{ sign: 1, type: 'LIMIT', tif: 'GTC', lots: 0, ticks: 0, reduceOnly: false, clientId: '', stp: 'NONE' },
  ...{ priceMatch: 'NONE', goodTillMs: 0 },
};

const PART_SKIPS: readonly { readonly type: abstract new (...args: never[]) => object; readonly skip: readonly string[] }[] = [
  { type: Account, skip: FROM_OPTIONS },
  { type: Market, skip: FROM_OPTIONS },
  { type: OrderBook, skip: ['bids', 'asks'] },
];

export function kindOf(object: object): Kind {
  const made = MADE_KINDS.find(({ type }) => object instanceof type);
  if (made !== undefined) return made;
  const skip = PART_SKIPS.find(({ type }) => object instanceof type)?.skip ?? FROM_OPTIONS;
  return { name: object.constructor.name, skip };
}

/** Functions are wiring. */
export function publicNames(object: object, { skip }: Kind): string[] {
  return Object.keys(object).filter((name) => !skip.includes(name) && typeof (object as Fields)[name] !== 'function');
}

function isStateful(object: object): object is Stateful {
  return typeof (object as Partial<Stateful>).hiddenState === 'function';
}

export function hiddenOf(object: object, _kind: Kind): Fields {
  if (object instanceof OrderBook) return { bids: queueOf(object.bids), asks: queueOf(object.asks) };
  return isStateful(object) ? (object.hiddenState() as Fields) : {};
}

export function restoreHidden(object: object, _kind: Kind, hidden: Fields): void {
  if (object instanceof OrderBook) for (const order of [...(hidden.bids as Order[]), ...(hidden.asks as Order[])]) object.add(order);
  else if (isStateful(object)) object.restoreHidden(hidden);
}

/** Best price first, each price first come first. */
function queueOf(side: PriceLevels<Order>): Order[] {
  const queue: Order[] = [];
  for (let n = 0; n < side.size; n += 1) {
    for (let order = side.nth(n)?.head; order !== undefined; order = order.next) queue.push(order);
  }
  return queue;
}
