/** 7003: what traders ask of an engine, and 6002 `answer.`: what each copy of a command is told. Never gap-replayed. */
import { z } from 'zod';
import * as f from '../fields.ts';
import { orderTermsShape, orderViewSchema } from './order.ts';

const header = {
  owner: f.ownerTag.describe('owner tag of the sender; ids of its orders start with it, nobody else may use it'),
  engineEpoch: z.int().positive().describe('epoch of the engine the sender believes in; another one is answered denied(fenced)'),
  deadlineTs: f.usTimestamp.describe('after this time nothing is sent to the venue'),
};

/** The envelope `id` of this message is `clientOrderId`. */
export const placeSchema = z.strictObject({
  ...header,
  clientOrderId: f.clientOrderId,
  strategy: f.shortText.default(''),
  ...orderTermsShape,
  reduceOnly: z.boolean().default(false),
  closePosition: z.boolean().default(false),
});
export type PlaceCommand = z.infer<typeof placeSchema>;

/** `clientOrderId` names the order; the command itself has the envelope `id`. */
export const cancelSchema = z.strictObject({ ...header, clientOrderId: f.anyClientOrderId });
export type CancelCommand = z.infer<typeof cancelSchema>;

/** Both price and quantity as they shall be; quantity is the order's total, filled part included. */
export const modifySchema = z.strictObject({
  ...header,
  clientOrderId: f.clientOrderId,
  price: f.positiveDecimalText.optional(),
  qty: f.positiveDecimalText.optional(),
});
export type ModifyCommand = z.infer<typeof modifySchema>;

/** Cancels every open order of the sender's own tag. */
export const cancelAllSchema = z.strictObject({ ...header, instrument: f.instrumentId.optional().describe('absent = all instruments') });
export type CancelAllCommand = z.infer<typeof cancelAllSchema>;

/** Needs no epoch and no deadline: asking is always safe. */
export const querySchema = z.strictObject({ clientOrderId: f.anyClientOrderId });
export type QueryCommand = z.infer<typeof querySchema>;

export const answerSchema = z.object({
  commandId: f.messageId.describe('envelope id of the command'),
  verdict: z
    .enum(['known', 'accepted', 'denied', 'not-found'])
    .describe(
      'accepted: taken on now · known: taken on before, see order · denied: never sent and never will be · not-found: no such order here',
    ),
  order: orderViewSchema.optional().describe('current state of the order it is about'),
  orders: count0().optional().describe('cancel-all: how many orders it concerns'),
  reason: f.reason.optional(),
});
export type CommandAnswer = z.infer<typeof answerSchema>;

function count0() {
  return z.int().nonnegative();
}
