/** 6017 trade and account events; 6003 and 7004 positions. */
import { z } from 'zod';
import * as f from '../fields.ts';
import { fillSchema } from './order.ts';

/** 6017 `account.`: a trade of this account, booked once. */
export const fillEventSchema = z.object({ fill: fillSchema });
export type FillEventMessage = z.infer<typeof fillEventSchema>;

/** 6017: a wallet balance as the venue states it. */
export const balanceEventSchema = z.object({
  asset: z.string().max(20),
  wallet: f.decimalText.describe('wallet balance after the change'),
  delta: f.decimalText.optional().describe('change other than profit and fees, e.g. funding or a transfer'),
  cause: z.enum(['trade', 'funding', 'transfer', 'adjustment', 'snapshot', 'other']),
  instrument: f.instrumentId.optional().describe('funding only, where the venue names it'),
  venueTs: f.usTimestamp,
});
export type BalanceEventMessage = z.infer<typeof balanceEventSchema>;

/** 6017: a position as the venue states it; for comparison, never a source of fills. */
export const venuePositionEventSchema = z.object({
  instrument: f.instrumentId,
  qty: f.decimalText.describe('signed'),
  entryPrice: f.decimalText,
  venueTs: f.usTimestamp,
});
export type VenuePositionEventMessage = z.infer<typeof venuePositionEventSchema>;

export const positionViewSchema = z.object({
  instrument: f.instrumentId,
  qty: f.decimalText.describe('signed net quantity, base units'),
  entryPrice: f.decimalText.describe('average entry, 12 digits; 0 when flat'),
  realisedPnl: f.decimalText.describe('since the ledger began, before fees, settle asset'),
  fees: f.decimalText.describe('since the ledger began, in the settle asset; 0 while that is not known'),
  funding: f.decimalText.describe('since the ledger began, in the settle asset; positive = received'),
  otherAssets: z
    .array(z.object({ asset: z.string().max(20), fees: f.decimalText, funding: f.decimalText }))
    .max(50)
    .optional()
    .describe('fees and funding in any other asset (e.g. BNB), never added up; all of them while the settle asset is not known'),
  markPrice: f.decimalText.optional(),
  unrealisedPnl: f.decimalText.optional().describe('absent while the mark is stale'),
  updatedTs: f.usTimestamp,
});
export type PositionView = z.infer<typeof positionViewSchema>;

/** Part of a position that one strategy made: (owner, strategy, instrument). */
export const strategyBookSchema = z.object({
  owner: z.string().max(16),
  strategy: f.shortText,
  instrument: f.instrumentId,
  qty: f.decimalText,
  entryPrice: f.decimalText,
  realisedPnl: f.decimalText,
  fees: f.decimalText.describe('in the settle asset, as in the position'),
  otherAssets: z
    .array(z.object({ asset: z.string().max(20), fees: f.decimalText }))
    .max(50)
    .optional(),
});
export type StrategyBook = z.infer<typeof strategyBookSchema>;

export const balanceViewSchema = z.object({ asset: z.string().max(20), wallet: f.decimalText, updatedTs: f.usTimestamp });
export type BalanceView = z.infer<typeof balanceViewSchema>;

/** 6003 `position.`: one position changed (fill, mark or funding). */
export const positionEventSchema = z.object({
  position: positionViewSchema,
  books: z.array(strategyBookSchema).max(1000),
  appliedPos: z.int().nonnegative().describe('newest journal position of the engine that is booked here'),
});
export type PositionEventMessage = z.infer<typeof positionEventSchema>;

export const ledgerBalanceEventSchema = z.object({ balance: balanceViewSchema, appliedPos: z.int().nonnegative() });
export type LedgerBalanceEventMessage = z.infer<typeof ledgerBalanceEventSchema>;

/** 7004 `ledger.`: all non-zero positions at one journal position; the engine compares it with its own at the same `pos`. */
export const ledgerEventSchema = z.object({
  appliedPos: z.int().nonnegative(),
  positions: z.array(z.object({ instrument: f.instrumentId, qty: f.decimalText, entryPrice: f.decimalText })).max(5000),
  balances: z
    .array(z.object({ asset: z.string().max(20), wallet: f.decimalText }))
    .max(1000)
    .optional()
    .describe('all that are not zero, at the same journal position'),
});
export type LedgerEventMessage = z.infer<typeof ledgerEventSchema>;
