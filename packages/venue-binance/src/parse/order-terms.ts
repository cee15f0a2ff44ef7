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

/** Symbol, side and quantity are strict; a type we do not know (e.g. LIQUIDATION) is a limit order when it has a price, else a market order. */
export function readTerms(fields: Fields, names: TermNames): OrderTerms {
  const price = fields.positiveOrNone(names.price);
  const type = fields.wordOr(names.type, TYPE_WORDS, price === undefined ? 'market' : 'limit');
  const timeInForce = fields.wordOr(names.timeInForce, TIME_IN_FORCE_WORDS, 'GTC');
  const closePosition = fields.flag(names.closePosition);
  const goodTill = timeInForce === 'GTD' && fields.has(names.goodTill) ? fields.time(names.goodTill) : undefined;
  return {
    instrument: fields.instrument(names.symbol),
    side: fields.word(names.side, SIDE_WORDS),
    type,
    timeInForce,
    qty: closePosition && !fields.has(names.qty) ? ZERO : fields.decimal(names.qty),
    ...(price !== undefined && hasLimitPrice(type) ? { price } : {}),
    ...(isConditional(type) ? { trigger: readTrigger(fields, names) } : {}),
    reduceOnly: fields.flag(names.reduceOnly),
    closePosition,
    ...(goodTill !== undefined && goodTill > 0 ? { goodTillTs: goodTill } : {}),
  };
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
