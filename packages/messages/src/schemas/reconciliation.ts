/** What a comparison of the engine's books with the venue's and the position-server's came to, and how to ask for one. */
import { z } from 'zod';
import * as f from '../fields.ts';

/**
 * `agrees`: at one moment both sides said the same. `differs`: a difference stood in several looks. `moving`: each look differed, but no
 * difference stood: the account is busy. `failed`: the venue could not be asked.
 */
export const reconciliationVerdicts = ['agrees', 'differs', 'moving', 'failed'] as const;
export type ReconciliationVerdict = (typeof reconciliationVerdicts)[number];

const booksSchema = z.object({
  orders: f.count.describe('open orders, Algo orders included'),
  positions: f.count.describe('not flat'),
  balances: f.count.describe('not zero'),
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('SHA-256 over one line for each of them, sorted'),
});

/** 6002 `engine.`: a full pass over the account ended. */
export const reconciliationSchema = z.object({
  why: f.shortText.describe('regular, after a recovery, or who asked and why'),
  startedTs: f.usTimestamp,
  endedTs: f.usTimestamp,
  verdict: z.enum(reconciliationVerdicts),
  pos: f.count.describe('journal position of the engine at the last look'),
  looks: f.count,
  engine: booksSchema.optional().describe('absent when the venue never answered'),
  venue: booksSchema.optional(),
  inDoubt: f.count.describe('orders without a proven outcome: left out on both sides'),
  differences: f.count,
  firstDifference: f.shortText.optional(),
  ledger: z
    .object({
      pos: f.count,
      agrees: z.boolean(),
      engineDigest: z.string(),
      ledgerDigest: z.string(),
      firstDifference: f.shortText.optional(),
    })
    .optional()
    .describe('positions and balances of the position-server at the same journal position; absent when it did not speak in time'),
  reason: f.reason.optional().describe('failed only'),
});
export type ReconciliationMessage = z.infer<typeof reconciliationSchema>;

/** Asks the engine for a full pass now. Reply: `service.reconciliation` when it ended, some seconds later. */
export const reconcileRequestSchema = z.strictObject({ who: f.shortText, why: f.shortText });

/** A durable consumer will never come back: the journal need not be kept for it any more. Reply: `service.ok`. */
export const retireConsumerSchema = z.strictObject({ consumer: f.messageId, who: f.shortText, why: f.shortText });
