/** The one map around every message. The first frame of a publication repeats `topic` as UTF-8 text. */
import { z } from 'zod';
import { messageId, sequence, usTimestamp } from './fields.ts';

export const WIRE_VERSION = 1;

export const envelopeSchema = z.object({
  v: z.literal(WIRE_VERSION).describe('version of this contract'),
  type: z.string().min(1).max(64).describe('what `data` is'),
  src: z.string().min(1).max(64).describe('PROCESS_NAME of the sender'),
  account: z.string().min(1).max(32).describe('ACCOUNT_ID the message is about'),
  epoch: z.int().positive().describe('incarnation of the sender; rises with each start'),
  topic: z.string().max(160).describe("full topic; '' on service sockets"),
  seq: z.int().nonnegative().describe('1, 2, 3 … per (epoch, topic); 0 on service sockets'),
  pos: sequence.optional().describe('journal position; engine event topics only; never restarts'),
  ts: usTimestamp.describe('when it was made, by the wall clock of the sender'),
  id: messageId.describe('unique per sender; a resend carries the same id'),
  cause: messageId.optional().describe('id of the message this answers'),
  data: z.unknown(),
});

export type Envelope<T = unknown> = Omit<z.infer<typeof envelopeSchema>, 'data'> & { readonly data: T };
