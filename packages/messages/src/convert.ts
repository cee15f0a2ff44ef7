/** Between domain objects and their wire views; the one place where decimals become text and back. */
import {
  type ClosedOrder,
  decimal,
  decimalText,
  type Fill,
  type Instrument,
  type OpenOrder,
  type Order,
  type OrderTerms,
  type PendingOrder,
  type PendingRequest,
  quotient,
  type Trigger,
} from '@fillwright/domain';
import type { InstrumentMessage } from './schemas/market.ts';
import type { FillView, OrderView } from './schemas/order.ts';

const AVERAGE_PLACES = 12;

/** The terms of an order as flat wire fields. */
export interface TermsFields {
  readonly instrument: OrderView['instrument'];
  readonly side: OrderView['side'];
  readonly type: OrderView['type'];
  readonly timeInForce: OrderView['timeInForce'];
  readonly qty: string;
  readonly price?: string | undefined;
  readonly trigger?: OrderView['trigger'] | undefined;
  readonly reduceOnly: boolean;
  readonly closePosition: boolean;
  readonly goodTillTs?: OrderView['goodTillTs'] | undefined;
}

/**
 * Objects here are built member by member and not by spreading: the functions of this file run several times for each event of the venue,
 * and a spread costs more than all the rest of them.
 */
type Building<T> = { -readonly [K in keyof T]: T[K] };

export function termsFromFields(fields: TermsFields): OrderTerms {
  const { instrument, side, type, timeInForce, reduceOnly, closePosition, price, trigger, goodTillTs } = fields;
  const terms: Building<OrderTerms> = { instrument, side, type, timeInForce, reduceOnly, closePosition, qty: decimal(fields.qty) };
  if (price !== undefined) terms.price = decimal(price);
  if (trigger) terms.trigger = triggerFromView(trigger);
  if (goodTillTs !== undefined) terms.goodTillTs = goodTillTs;
  return terms;
}

export function termsFields(terms: OrderTerms): TermsFields {
  const fields = {} as Building<TermsFields>;
  putTerms(fields, terms);
  return fields;
}

function putTerms(fields: Building<TermsFields>, terms: OrderTerms): void {
  fields.instrument = terms.instrument;
  fields.side = terms.side;
  fields.type = terms.type;
  fields.timeInForce = terms.timeInForce;
  fields.qty = decimalText(terms.qty);
  fields.reduceOnly = terms.reduceOnly;
  fields.closePosition = terms.closePosition;
  if (terms.price) fields.price = decimalText(terms.price);
  if (terms.trigger) fields.trigger = triggerView(terms.trigger);
  if (terms.goodTillTs !== undefined) fields.goodTillTs = terms.goodTillTs;
}

function triggerFromView(view: NonNullable<OrderView['trigger']>): Trigger {
  return {
    working: view.working,
    ...(view.price !== undefined && { price: decimal(view.price) }),
    ...(view.callbackPercent !== undefined && { callbackPercent: decimal(view.callbackPercent) }),
    ...(view.activationPrice !== undefined && { activationPrice: decimal(view.activationPrice) }),
  };
}

function triggerView(trigger: Trigger): NonNullable<OrderView['trigger']> {
  return {
    working: trigger.working,
    ...(trigger.price && { price: decimalText(trigger.price) }),
    ...(trigger.callbackPercent && { callbackPercent: decimalText(trigger.callbackPercent) }),
    ...(trigger.activationPrice && { activationPrice: decimalText(trigger.activationPrice) }),
  };
}

export function orderView(order: Order): OrderView {
  const { clientOrderId, owner, strategy, filledQty } = order;
  const view = { clientOrderId, owner, strategy } as Building<OrderView>;
  putTerms(view, order.terms);
  view.state = order.state;
  view.phase = order.phase;
  view.filledQty = decimalText(filledQty);
  view.filledQuote = decimalText(order.filledQuote);
  if (!filledQty.isZero()) view.averagePrice = decimalText(quotient(order.filledQuote, filledQty, AVERAGE_PLACES));
  if (order.venueOrderId) view.venueOrderId = order.venueOrderId;
  if (order.algoId) view.algoId = order.algoId;
  if (order.state !== 'closed' && order.request) view.request = requestView(order.request);
  if (order.state === 'pending' && order.unknownSinceTs !== undefined) view.unknownSinceTs = order.unknownSinceTs;
  if (order.state === 'closed' && order.reason) view.reason = order.reason;
  view.createdTs = order.createdTs;
  view.updatedTs = order.updatedTs;
  if (order.venueTs !== undefined) view.venueTs = order.venueTs;
  return view;
}

function requestView({ type, commandId, sinceTs, phase, price, qty }: PendingRequest): NonNullable<OrderView['request']> {
  const view: Building<NonNullable<OrderView['request']>> = { type, commandId, sinceTs, phase };
  if (price) view.price = decimalText(price);
  if (qty) view.qty = decimalText(qty);
  return view;
}

function requestFromView({ type, commandId, sinceTs, phase, price, qty }: NonNullable<OrderView['request']>): PendingRequest {
  const request: Building<PendingRequest> = { type, commandId, sinceTs, phase };
  if (price !== undefined) request.price = decimal(price);
  if (qty !== undefined) request.qty = decimal(qty);
  return request;
}

/** The order a view shows. The inverse of `orderView`. */
export function orderFromView(view: OrderView): Order {
  const order = {
    clientOrderId: view.clientOrderId,
    owner: view.owner,
    strategy: view.strategy,
    terms: termsFromFields(view),
    filledQty: decimal(view.filledQty),
    filledQuote: decimal(view.filledQuote),
    createdTs: view.createdTs,
    updatedTs: view.updatedTs,
    phase: view.phase,
  } as Building<PendingOrder | OpenOrder | ClosedOrder>;
  if (view.venueOrderId) order.venueOrderId = view.venueOrderId;
  if (view.algoId) order.algoId = view.algoId;
  if (view.venueTs !== undefined) order.venueTs = view.venueTs;
  order.state = stateOf(view.phase);
  if (order.state === 'closed') {
    order.closedTs = view.updatedTs;
    if (view.reason) order.reason = view.reason;
    return order;
  }
  if (view.request) order.request = requestFromView(view.request);
  if (order.state === 'pending' && view.unknownSinceTs !== undefined) order.unknownSinceTs = view.unknownSinceTs;
  return order;
}

function stateOf(phase: OrderView['phase']): Order['state'] {
  switch (phase) {
    case 'intent':
    case 'waiting':
    case 'sending':
    case 'unknown':
      return 'pending';
    case 'new':
    case 'partially-filled':
      return 'open';
    default:
      return 'closed';
  }
}

export function fillView(fill: Fill, owner: string, strategy: string): FillView {
  const { instrument, tradeId, venueOrderId } = fill;
  const view = { instrument, tradeId, venueOrderId } as Building<FillView>;
  if (fill.clientOrderId) view.clientOrderId = fill.clientOrderId;
  view.owner = owner;
  view.strategy = strategy;
  view.side = fill.side;
  view.qty = decimalText(fill.qty);
  view.price = decimalText(fill.price);
  view.liquidity = fill.liquidity;
  view.fee = decimalText(fill.fee);
  view.feeAsset = fill.feeAsset;
  if (fill.venueRealisedPnl) view.venueRealisedPnl = decimalText(fill.venueRealisedPnl);
  view.venueTs = fill.venueTs;
  if (fill.synthetic) view.synthetic = true;
  if (fill.beforeLedger) view.beforeLedger = true;
  return view;
}

export function fillFromView(view: FillView): Fill {
  const { instrument, tradeId, venueOrderId, side, liquidity, feeAsset, venueTs } = view;
  const [qty, price, fee] = [decimal(view.qty), decimal(view.price), decimal(view.fee)];
  const fill: Building<Fill> = { instrument, tradeId, venueOrderId, side, qty, price, liquidity, fee, feeAsset, venueTs };
  if (view.clientOrderId) fill.clientOrderId = view.clientOrderId;
  if (view.venueRealisedPnl !== undefined) fill.venueRealisedPnl = decimal(view.venueRealisedPnl);
  if (view.synthetic) fill.synthetic = true;
  if (view.beforeLedger) fill.beforeLedger = true;
  return fill;
}

const INSTRUMENT_DECIMALS = [
  'tickSize',
  'minPrice',
  'maxPrice',
  'lotSize',
  'minQty',
  'maxQty',
  'marketLotSize',
  'marketMinQty',
  'marketMaxQty',
  'minNotional',
  'priceBandUp',
  'priceBandDown',
] as const;

export function instrumentMessage(instrument: Instrument): InstrumentMessage {
  const texts = Object.fromEntries(INSTRUMENT_DECIMALS.map((name) => [name, decimalText(instrument[name])]));
  return { ...instrument, ...texts } as unknown as InstrumentMessage;
}

export function instrumentFromMessage(message: InstrumentMessage): Instrument {
  const decimals = Object.fromEntries(INSTRUMENT_DECIMALS.map((name) => [name, decimal(message[name])]));
  return { ...message, ...decimals } as unknown as Instrument;
}
