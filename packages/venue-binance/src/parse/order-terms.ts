/** Reads what an order asks for. The same facts stand under four sets of names: REST and stream, normal and Algo. */
import { hasLimitPrice, isConditional, type OrderTerms, type Trigger, ZERO } from '@fillwright/domain';
import type { Fields } from '../common/fields.ts';
import { SIDE_WORDS, TIME_IN_FORCE_WORDS, TYPE_WORDS } from './order-words.ts';

export interface TermNames {
  readonly symbol: string;
  readonly side: string;
  readonly type: string;
  readonly timeInForce: string;
  readonly qty: string;
  readonly price: string;
  readonly triggerPrice: string;
  readonly workingType: string;
  readonly reduceOnly: string;
  readonly closePosition: string;
  readonly activationPrice: string;
  readonly callbackRate: string;
  readonly goodTill: string;
}

export const ORDER_NAMES: TermNames = {
  symbol: 'symbol',
  side: 'side',
  type: 'type',
  timeInForce: 'timeInForce',
  qty: 'origQty',
  price: 'price',
  triggerPrice: 'stopPrice',
  workingType: 'workingType',
  reduceOnly: 'reduceOnly',
  closePosition: 'closePosition',
  activationPrice: 'activatePrice',
  callbackRate: 'priceRate',
  goodTill: 'goodTillDate',
};

export const ALGO_ORDER_NAMES: TermNames = {
  ...ORDER_NAMES,
  type: 'orderType',
  qty: 'quantity',
  triggerPrice: 'triggerPrice',
  callbackRate: 'callbackRate',
};

export const ORDER_UPDATE_NAMES: TermNames = {
  symbol: 's',
  side: 'S',
  type: 'o',
  timeInForce: 'f',
  qty: 'q',
  price: 'p',
  triggerPrice: 'sp',
  workingType: 'wt',
  reduceOnly: 'R',
  closePosition: 'cp',
  activationPrice: 'AP',
  callbackRate: 'cr',
  goodTill: 'gtd',
};

export const ALGO_UPDATE_NAMES: TermNames = { ...ORDER_UPDATE_NAMES, triggerPrice: 'tp' };

/** The same fields as read before by name; what is not there is looked up. */
export type TermMembers = Partial<Readonly<Record<keyof TermNames, unknown>>>;

type Building<T> = { -readonly [K in keyof T]: T[K] };

const NOT_READ: TermMembers = {};

/** Symbol, side and quantity are strict; a type we do not know (e.g. LIQUIDATION) is a limit order when it has a price, else a market order. */
export function readTerms(fields: Fields, names: TermNames, read: TermMembers = NOT_READ): OrderTerms {
  const price = fields.positiveOrNone(names.price, read.price);
  const type = fields.wordOr(names.type, TYPE_WORDS, price === undefined ? 'market' : 'limit', read.type);
  const timeInForce = fields.wordOr(names.timeInForce, TIME_IN_FORCE_WORDS, 'GTC', read.timeInForce);
  const closePosition = fields.flag(names.closePosition, read.closePosition);
  const goodTill = timeInForce === 'GTD' && fields.has(names.goodTill) ? fields.time(names.goodTill) : undefined;
  const terms: Building<OrderTerms> = {
    instrument: fields.instrument(names.symbol, read.symbol),
    side: fields.word(names.side, SIDE_WORDS, read.side),
    type,
    timeInForce,
    qty: closePosition && !fields.has(names.qty) ? ZERO : fields.decimal(names.qty, read.qty),
    reduceOnly: fields.flag(names.reduceOnly, read.reduceOnly),
    closePosition,
  };
  if (price !== undefined && hasLimitPrice(type)) terms.price = price;
  if (isConditional(type)) terms.trigger = readTrigger(fields, names);
  if (goodTill !== undefined && goodTill > 0) terms.goodTillTs = goodTill;
  return terms;
}

function readTrigger(fields: Fields, names: TermNames): Trigger {
  const price = fields.positiveOrNone(names.triggerPrice);
  const callbackPercent = fields.positiveOrNone(names.callbackRate);
  const activationPrice = fields.positiveOrNone(names.activationPrice);
  return {
    ...(price === undefined ? {} : { price }),
    working: fields.raw(names.workingType) === 'MARK_PRICE' ? 'mark' : 'last',
    ...(callbackPercent === undefined ? {} : { callbackPercent }),
    ...(activationPrice === undefined ? {} : { activationPrice }),
  };
}
