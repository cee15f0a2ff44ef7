/** Service sockets (ROUTER): requests and replies, one frame each, in the same envelope with topic '' and seq 0. */
import { z } from 'zod';
import * as f from '../fields.ts';
import { balanceViewSchema, positionViewSchema, strategyBookSchema } from './account.ts';
import { processStates } from './control.ts';
import { depthSchema, instrumentSchema, markSchema, tickerSchema } from './market.ts';
import { orderViewSchema } from './order.ts';

/** Asks the publisher to put `marker{nonce}` on `topic`. Reply: `service.hello-ok`. */
export const helloSchema = z.strictObject({ topic: z.string().min(1).max(160), nonce: z.string().min(1).max(64) });
export const helloOkSchema = z.object({ topic: z.string(), epoch: z.int().positive(), lastSeq: f.count, lastPos: f.count.optional() });

/** Everything a consumer of `topic` needs to go on from (epoch, seq); taken in one turn of the loop. */
export const snapshotRequestSchema = z.strictObject({ topic: z.string().min(1).max(160) });
export const snapshotSchema = z.object({
  topic: z.string(),
  epoch: z.int().positive(),
  seq: f.count.describe('newest sequence number contained'),
  pos: f.count.optional(),
  orders: z.array(orderViewSchema).optional().describe('engine: all orders that are not closed'),
  positions: z.array(positionViewSchema).optional().describe('position-server'),
  books: z.array(strategyBookSchema).optional(),
  balances: z.array(balanceViewSchema).optional(),
  appliedPos: f.count.optional(),
  instruments: z.array(instrumentSchema).optional().describe('market-server'),
  tickers: z.array(tickerSchema).optional(),
  marks: z.array(markSchema).optional(),
  depths: z.array(depthSchema).optional(),
});
export type SnapshotReply = z.infer<typeof snapshotSchema>;

/**
 * Messages of a topic again, oldest first. By journal position (engine topics), else by sequence number of the current epoch.
 * At most `limit` per reply; ask again from `next` — that is the credit.
 */
export const replayRequestSchema = z.strictObject({
  topic: z.string().min(1).max(160),
  fromPos: z.int().positive().optional(),
  fromSeq: z.int().positive().optional(),
  limit: z.int().min(1).max(500).default(500),
});
export const replaySchema = z.object({
  topic: z.string(),
  messages: z.array(z.unknown()).max(500).describe('whole envelopes as they were published'),
  next: f.count.describe('position or sequence number to ask from next'),
  complete: z.boolean().describe('nothing newer exists'),
  tooOld: z.boolean().describe('the start is no longer kept: take a snapshot'),
});

/** Durable consumers tell how far they have stored, so that the journal may forget. Reply: `service.ok`. */
export const acknowledgeSchema = z.strictObject({ consumer: f.messageId, pos: f.count });

export const pingSchema = z.strictObject({});
export const pongSchema = z.object({
  state: z.enum(processStates),
  reasons: z.array(f.shortText),
  process: f.shortText,
  startedTs: f.usTimestamp,
  version: f.shortText,
});

export const controlRequestSchema = z.strictObject({
  action: z.enum(['pause', 'resume', 'reduce-only', 'cancel-mine', 'cancel-all', 'flatten', 'halt']),
  owner: f.ownerTag.optional().describe('cancel-mine only'),
  who: f.shortText.describe('who asks; goes to the audit record'),
  why: f.shortText,
});

/** Verdicts of an operator about an order that nobody could prove anything about. */
export const settleOutcomes = ['filled', 'canceled', 'rejected', 'expired', 'never-existed'] as const;
export type SettleOutcome = (typeof settleOutcomes)[number];

/** An operator settles an order with an unknown outcome by hand. Reply: `service.ok`, or `service.error` with a code. */
export const settleOrderSchema = z.strictObject({
  clientOrderId: f.anyClientOrderId,
  outcome: z.enum(settleOutcomes),
  filledQty: f.positiveDecimalText
    .optional()
    .describe('all that the order has filled; needed for filled, allowed for canceled and expired'),
  price: f.positiveDecimalText.optional().describe('average price of what filled and was not booked yet; goes with filledQty'),
  venueOrderId: f.venueOrderId
    .optional()
    .describe("the venue's number of the order, so that its trades are recognised; goes with filledQty"),
  who: f.shortText.min(1).describe('who decides; goes to the audit record'),
  why: f.shortText.min(1),
});
export type SettleOrder = z.infer<typeof settleOrderSchema>;

export const queryOrderSchema = z.strictObject({ clientOrderId: f.anyClientOrderId });
export const queryOrderReplySchema = z.object({ order: orderViewSchema.optional() });
/** Everything the engine holds about its account, in one turn. */
export const queryAccountSchema = z.strictObject({});
export const queryAccountReplySchema = z.object({
  pos: f.count,
  orders: z.array(orderViewSchema),
  positions: z.array(z.object({ instrument: f.instrumentId, qty: f.decimalText, entryPrice: f.decimalText })),
  balances: z.array(balanceViewSchema),
  unknownOrders: f.count,
  ordersInFlight: f.count,
});
export const okSchema = z.object({ text: f.longText.optional(), count: f.count.optional() });
export const errorSchema = z.object({ code: z.string(), text: f.longText });
