/** How a consumer wants one topic of one publisher, and what it may know about how that goes. */
import type { Message, MessageOf } from '@fillwright/messages';

/**
 * `unproven` nothing was tried yet · `proving` asking for a sign that the subscription works · `syncing` catching up ·
 * `live` complete up to the newest message · `stale` no heartbeat for 3 s · `halted` gave up, an operator must look.
 */
export type FeedState = 'unproven' | 'proving' | 'syncing' | 'live' | 'stale' | 'halted';

/** Current state plus changes: a snapshot, then every message after it. Gaps are replayed, or a new snapshot comes. */
export interface SnapshotMode {
  readonly type: 'snapshot';
  /** Replaces everything known; what follows by `onMessage` continues from it. */
  onSnapshot(snapshot: MessageOf<'service.snapshot'>): void;
  /** Default true: mend a gap by replay when the publisher still has it. False: always take a new snapshot. */
  readonly replay?: boolean;
}

/** Every journaled message exactly once, over restarts of both sides. Messages without a position come only while live. */
export interface DurableMode {
  readonly type: 'durable';
  /** Position of the first message wanted: last stored + 1. */
  readonly fromPos: number;
  onEpochEnd?(message: MessageOf<'epoch-end'>): void;
}

/** The newest only, at once and as it comes: gaps are counted, nothing is fetched again. Also for commands, which never are. */
export interface LatestMode {
  readonly type: 'latest';
}

export type FeedHaltReason =
  /** Three times in a minute messages were lost: this reader is too slow or its network is broken. */
  | 'too-many-resyncs'
  /** Durable only: the publisher no longer keeps what was not yet read. */
  | 'too-old'
  /** Durable only: a message of a known type could not be read; skipping it would falsify the books. */
  | 'not-understood';

export interface FeedOptions {
  readonly topic: string;
  readonly mode: SnapshotMode | DurableMode | LatestMode;
  /** In order, each once. Never `marker` or `epoch-end`. */
  onMessage(message: Message): void;
  onState?(state: FeedState, why: string): void;
  onHalt?(reason: FeedHaltReason, detail: string): void;
  /** Live messages held while catching up. Default 10 000; beyond it the oldest are fetched again. */
  readonly holdBound?: number;
}

export interface FeedStatistics {
  readonly topic: string;
  readonly state: FeedState;
  readonly epoch: number;
  readonly lastSeq: number;
  readonly lastPos: number;
  readonly delivered: number;
  /** Holes seen between messages, and messages missing in them. */
  readonly gaps: number;
  readonly missed: number;
  /** Losses at the end that only a heartbeat showed. */
  readonly lostTails: number;
  readonly duplicates: number;
  /** Messages of an earlier epoch than the newest known. */
  readonly outdated: number;
  readonly notUnderstood: number;
  readonly epochs: number;
  readonly snapshots: number;
  readonly replayed: number;
  readonly hellos: number;
  readonly held: number;
  readonly heartbeatAgeMs: number | undefined;
}
