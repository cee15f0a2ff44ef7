/** Between domain objects and their wire views; the one place where decimals become text and back. */
import { decimal, decimalText, type Fill, type Instrument, type Order, type OrderTerms, quotient, type Trigger } from '@fillwright/domain';
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

export function termsFromFields(fields: TermsFields): OrderTerms {
  const { instrument, side, type, timeInForce, reduceOnly, closePosition } = fields;
  return {
    instrument,
    side,
    type,
    timeInForce,
    reduceOnly,
    closePosition,
    qty: decimal(fields.qty),
    ...(fields.price !== undefined && { price: decimal(fields.price) }),
    ...(fields.trigger && { trigger: triggerFromView(fields.trigger) }),
    ...(fields.goodTillTs !== undefined && { goodTillTs: fields.goodTillTs }),
  };
}

export function termsFields(terms: OrderTerms): TermsFields {
  const { instrument, side, type, timeInForce, reduceOnly, closePosition } = terms;
  return {
    instrument,
    side,
    type,
    timeInForce,
    qty: decimalText(terms.qty),
    reduceOnly,
    closePosition,
    ...(terms.price && { price: decimalText(terms.price) }),
    ...(terms.trigger && { trigger: triggerView(terms.trigger) }),
    ...(terms.goodTillTs !== undefined && { goodTillTs: terms.goodTillTs }),
  };
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
  const request = order.state === 'closed' ? undefined : order.request;
  return {
    clientOrderId: order.clientOrderId,
    owner: order.owner,
    strategy: order.strategy,
    ...termsFields(order.terms),
    state: order.state,
    phase: order.phase,
    filledQty: decimalText(order.filledQty),
    filledQuote: decimalText(order.filledQuote),
    ...(!order.filledQty.isZero() && { averagePrice: decimalText(quotient(order.filledQuote, order.filledQty, AVERAGE_PLACES)) }),
    ...(order.venueOrderId && { venueOrderId: order.venueOrderId }),
    ...(order.algoId && { algoId: order.algoId }),
    ...(request && {
      request: {
        type: request.type,
        commandId: request.commandId,
        sinceTs: request.sinceTs,
        phase: request.phase,
        ...(request.price && { price: decimalText(request.price) }),
        ...(request.qty && { qty: decimalText(request.qty) }),
      },
    }),
    ...(order.state === 'pending' && order.unknownSinceTs !== undefined && { unknownSinceTs: order.unknownSinceTs }),
    ...(order.state === 'closed' && order.reason && { reason: order.reason }),
    createdTs: order.createdTs,
    updatedTs: order.updatedTs,
    ...(order.venueTs !== undefined && { venueTs: order.venueTs }),
  };
}

/** The order a view shows. The inverse of `orderView`. */
export function orderFromView(view: OrderView): Order {
  const common = {
    clientOrderId: view.clientOrderId,
    owner: view.owner,
    strategy: view.strategy,
    terms: termsFromFields(view),
    filledQty: decimal(view.filledQty),
    filledQuote: decimal(view.filledQuote),
    createdTs: view.createdTs,
    updatedTs: view.updatedTs,
    ...(view.venueOrderId && { venueOrderId: view.venueOrderId }),
    ...(view.algoId && { algoId: view.algoId }),
    ...(view.venueTs !== undefined && { venueTs: view.venueTs }),
  };
  const request = view.request && {
    type: view.request.type,
    commandId: view.request.commandId,
    sinceTs: view.request.sinceTs,
    phase: view.request.phase,
    ...(view.request.price !== undefined && { price: decimal(view.request.price) }),
    ...(view.request.qty !== undefined && { qty: decimal(view.request.qty) }),
  };
  switch (view.phase) {
    case 'intent':
    case 'waiting':
    case 'sending':
    case 'unknown':
      return {
        ...common,
        state: 'pending',
        phase: view.phase,
        ...(request && { request }),
        ...(view.unknownSinceTs !== undefined && { unknownSinceTs: view.unknownSinceTs }),
      };
    case 'new':
    case 'partially-filled':
      return { ...common, state: 'open', phase: view.phase, ...(request && { request }) };
    default:
      return { ...common, state: 'closed', phase: view.phase, closedTs: view.updatedTs, ...(view.reason && { reason: view.reason }) };
  }
}

export function fillView(fill: Fill, owner: string, strategy: string): FillView {
  return {
    instrument: fill.instrument,
    tradeId: fill.tradeId,
    venueOrderId: fill.venueOrderId,
    ...(fill.clientOrderId && { clientOrderId: fill.clientOrderId }),
    owner,
    strategy,
    side: fill.side,
    qty: decimalText(fill.qty),
    price: decimalText(fill.price),
    liquidity: fill.liquidity,
    fee: decimalText(fill.fee),
    feeAsset: fill.feeAsset,
    ...(fill.venueRealisedPnl && { venueRealisedPnl: decimalText(fill.venueRealisedPnl) }),
    venueTs: fill.venueTs,
    ...(fill.synthetic && { synthetic: true as const }),
    ...(fill.beforeLedger && { beforeLedger: true as const }),
  };
}

export function fillFromView(view: FillView): Fill {
  return {
    instrument: view.instrument,
    tradeId: view.tradeId,
    venueOrderId: view.venueOrderId,
    ...(view.clientOrderId && { clientOrderId: view.clientOrderId }),
    side: view.side,
    qty: decimal(view.qty),
    price: decimal(view.price),
    liquidity: view.liquidity,
    fee: decimal(view.fee),
    feeAsset: view.feeAsset,
    ...(view.venueRealisedPnl !== undefined && { venueRealisedPnl: decimal(view.venueRealisedPnl) }),
    venueTs: view.venueTs,
    ...(view.synthetic && { synthetic: true as const }),
    ...(view.beforeLedger && { beforeLedger: true as const }),
  };
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
