/** Everything the screen shows at one moment; the renderer looks at nothing else. */
import type { DeskView } from '../watch/desk-watch.ts';

/** `off`: not started yet, ended, or waiting to be started again. */
export type ProcessPhase = 'off' | 'starting' | 'syncing' | 'ready' | 'degraded' | 'halted' | 'stopping' | 'died';

export interface ProcessRow {
  readonly name: string;
  readonly state: ProcessPhase;
  readonly pid: number | undefined;
  readonly restarts: number;
  /** Since the last heartbeat (or answer, where there is no bus); `undefined` before the first. */
  readonly linkAgeMs: number | undefined;
  readonly loopLagUs: number | undefined;
  readonly gaps: number | undefined;
  /** Why it is not ready. */
  readonly reasons: readonly string[];
}

export interface RoundTrip {
  readonly p50: number;
  readonly p99: number;
  readonly n: number;
}

export interface ScreenState {
  /** `SIMULATOR`: no money is at stake. */
  readonly venue: string;
  readonly phase: 'starting' | 'trading' | 'not ready' | 'comparing' | 'stopping';
  readonly uptimeMs: number;
  /** Wall time, for ages of orders. */
  readonly nowUs: number;
  readonly processes: readonly ProcessRow[];
  readonly desk: DeskView;
  readonly roundTripUs: RoundTrip | undefined;
  /** Counted by the exchange; `undefined` until asked. */
  readonly exchange: { readonly orders: number; readonly fills: number } | undefined;
  /** Newest first: what the launcher has to say (a process died, was restarted). */
  readonly notices: readonly string[];
}
