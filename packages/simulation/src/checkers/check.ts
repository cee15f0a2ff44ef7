/** What a check is: it sees all evidence in the order of its making and reports what contradicts its promise. */
import type { Evidence } from './evidence.ts';
import type { Report } from './violation.ts';

export interface Check {
  see(evidence: Evidence): void;
  /** After the last evidence: everything was stopped in order. */
  end?(us: number): void;
}

/** Whom the evidence is about. */
export interface Setting {
  /** Name of the engine's process. */
  readonly engine: string;
  readonly exchange: string;
  /** The engine's account at the venue. */
  readonly venueAccount: string;
  /** What the account had at the venue in USDT when it opened; absent: not checked. */
  readonly startWallet?: string;
  /** The engine runs with JOURNAL_SYNC=full: its records count once they are synced. */
  readonly isSynced?: boolean;
  /** Largest position per instrument that the engine may risk; absent = any. */
  readonly maxPosition?: string;
}

export type MakeCheck = (report: Report, setting: Setting) => Check;
