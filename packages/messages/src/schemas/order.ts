/** Orders as they stand on the wire: the full view, and the events that changed it. */
import { z } from 'zod';
import * as f from '../fields.ts';

export const triggerSchema = z.strictObject({
  price: f.positiveDecimalText.optional(),
  working: f.workingPrice,
  callbackPercent: f.positiveDecimalText.optional().describe('trailing stop only'),
  activationPrice: f.positiveDecimalText.optional().describe('trailing stop only'),
});

export const orderTermsShape = {
  instrument: f.instrumentId,
  side: f.side,
  type: f.orderType,
  timeInForce: f.timeInForce.describe('GTX = post only'),
  qty: f.decimalText.describe('base units; positive, zero only with closePosition'),
  price: f.positiveDecimalText.optional().describe('limit types only'),
  trigger: triggerSchema.optional().describe('conditional types only'),
  reduceOnly: z.boolean(),
  closePosition: z.boolean(),
  goodTillTs: f.usTimestamp.optional().describe('GTD only'),
};

export const orderPhases = [
  'intent',
  'waiting',
  'sending',
  'unknown',
  'new',
  'partially-filled',
  'filled',
  'canceled',
  'expired',
  'rejected',
  'denied',
] as const;

export const pendingRequestSchema = z.strictObject({
  type: z.enum(['cancel', 'modify']),
  commandId: f.messageId,
  sinceTs: f.usTimestamp,
  phase: z.enum(['waiting', 'sending', 'unknown']),
  price: f.positiveDecimalText.optional(),
  qty: f.positiveDecimalText.optional(),
});

/** The whole order after its newest change. */
export const orderViewSchema = z.object({
  clientOrderId: f.anyClientOrderId,
  owner: z.string().max(16).describe('owner tag, or EXTERNAL'),
  strategy: f.shortText,
  ...orderTermsShape,
  state: z.enum(['pending', 'open', 'closed']),
  phase: z.enum(orderPhases),
  filledQty: f.decimalText,
  filledQuote: f.decimalText.describe('sum of price × quantity over its fills'),
  averagePrice: f.decimalText.optional().describe('filledQuote / filledQty, 12 digits; absent before the first fill'),
  venueOrderId: f.venueOrderId.optional(),
  algoId: f.venueOrderId.optional().describe('conditional orders: id in the Algo service'),
  request: pendingRequestSchema.optional().describe('a cancel or modify without a proven outcome'),
  unknownSinceTs: f.usTimestamp.optional().describe('phase unknown only'),
  reason: f.reason.optional().describe('why it closed'),
  createdTs: f.usTimestamp,
  updatedTs: f.usTimestamp,
  venueTs: f.usTimestamp.optional(),
});
export type OrderView = z.infer<typeof orderViewSchema>;

export const fillSchema = z.object({
  instrument: f.instrumentId,
  tradeId: f.tradeId,
  venueOrderId: f.venueOrderId,
  clientOrderId: f.anyClientOrderId.optional(),
  owner: z.string().max(16).describe('owner tag of the order, or EXTERNAL'),
  strategy: f.shortText,
  side: f.side,
  qty: f.positiveDecimalText,
  price: f.decimalText,
  liquidity: z.enum(['maker', 'taker', 'unknown']),
  fee: f.decimalText.describe('positive = paid'),
  feeAsset: z.string().max(20),
  venueRealisedPnl: f.decimalText.optional(),
  venueTs: f.usTimestamp,
  synthetic: z.literal(true).optional().describe('made by reconciliation'),
  beforeLedger: z.literal(true).optional().describe('older than the ledger: counts for its order, not for the position'),
});
export type FillView = z.infer<typeof fillSchema>;

export const orderChanges = [
  'initialized',
  'denied',
  'sending',
  'outcome-unknown',
  'accepted',
  'triggered',
  'rejected',
  'filled',
  'cancel-requested',
  'modify-requested',
  'request-sending',
  'request-unknown',
  'request-refused',
  'modified',
  'canceled',
  'expired',
] as const;

/** 6002, topic `order.`: one change of one order, with the order after it. */
export const orderEventSchema = z.object({
  change: z.enum(orderChanges),
  order: orderViewSchema,
  fill: fillSchema.optional().describe('change = filled only'),
  commandId: f.messageId.optional().describe('the command this change follows from'),
  reason: f.reason.optional(),
});
export type OrderEventMessage = z.infer<typeof orderEventSchema>;

/** 6018, topic `status.`: the same order, for those who keep books and not stories. */
export const orderStatusSchema = z.object({ order: orderViewSchema });
export type OrderStatusMessage = z.infer<typeof orderStatusSchema>;
