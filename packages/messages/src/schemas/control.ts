/** What keeps the bus honest: heartbeats, markers, ends of epochs, engine state. */
import { z } from 'zod';
import * as f from '../fields.ts';

export const processStates = ['starting', 'syncing', 'ready', 'degraded', 'halted', 'stopping'] as const;
export type ProcessState = (typeof processStates)[number];

/** `hb.`, once a second per socket: a lost tail, a stuck loop and a dead process are all seen. */
export const heartbeatSchema = z.object({
  state: z.enum(processStates),
  reasons: z.array(f.shortText).max(20).describe('why it is not ready'),
  loopLagUs: f.count,
  lastSeqs: z.record(z.string(), z.int().nonnegative()).describe('topic → last sequence number of this epoch on this socket'),
  lastPos: f.count.optional().describe('engine only: newest journal position'),
});
export type HeartbeatMessage = z.infer<typeof heartbeatSchema>;

/** Put on the topic a consumer said hello for; seeing its nonce there proves the subscription. Takes a sequence number. */
export const markerSchema = z.object({ nonce: z.string().min(1).max(64) });
export type MarkerMessage = z.infer<typeof markerSchema>;

/** Closes the replay of an earlier epoch: nothing after `lastSeq` was ever given in it. */
export const epochEndSchema = z.object({ endedEpoch: z.int().positive(), lastSeq: f.count });
export type EpochEndMessage = z.infer<typeof epochEndSchema>;

export const tradingModes = ['normal', 'reduce-only', 'paused', 'halted'] as const;
export type TradingMode = (typeof tradingModes)[number];

/** What happens to the orders of a trader that is not heard any more. */
export const silencePolicies = ['keep', 'cancel', 'cancel-and-reduce'] as const;
export type SilencePolicy = (typeof silencePolicies)[number];

/** 6002 `engine.`: what the engine allows and why. */
export const engineStateSchema = z.object({
  state: z.enum(processStates),
  mode: z.enum(tradingModes),
  reasons: z.array(f.shortText).max(20),
  streamUp: z.boolean(),
  unknownOrders: f.count,
  oldestUnknownTs: f.usTimestamp.optional().describe('since when the oldest unknown order or request is unknown'),
  openOrders: f.count,
  silentTraders: z
    .array(z.object({ src: f.shortText, owner: f.shortText, policy: z.enum(silencePolicies) }))
    .max(100)
    .optional()
    .describe('traders with orders or holdings here that are not heard any more, and what is done about it'),
  rates: z
    .array(
      z.object({
        pool: f.shortText,
        quota: f.count.describe('what this engine may use in one window'),
        left: f.count,
        resetTs: f.usTimestamp.describe("end of the window, on the venue's clock"),
      }),
    )
    .max(20)
    .optional()
    .describe("room in the venue's rate limits"),
  quietUntilTs: f.usTimestamp.optional().describe('the venue wants to hear nothing from this address before then; all that share it obey'),
  lastReconciliation: z
    .object({
      startedTs: f.usTimestamp,
      endedTs: f.usTimestamp,
      complete: z.boolean(),
      asked: z.array(f.shortText).max(50),
      applied: f.count,
      dropped: f.count,
    })
    .optional(),
});
export type EngineStateMessage = z.infer<typeof engineStateSchema>;
