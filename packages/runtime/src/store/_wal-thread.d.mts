/** The types of `_wal-thread.mjs`. */

export interface WalOrder {
  /** It exists and is in WAL mode. */
  readonly file: string;
  /** Shared between the threads: at `PHASE_AT` one of `WAL_PHASE`, at `ASKED_AT` how often it was asked to settle. */
  readonly cells: Int32Array<SharedArrayBuffer>;
}

/** The answer to all that was asked up to this count. */
export interface WalSettled {
  readonly asked: number;
  readonly isDurable: boolean;
}

export declare const WAL_PHASE: { readonly starting: 0; readonly tending: 1; readonly stopping: 2; readonly ended: 3 };
export declare const PHASE_AT: 0;
export declare const ASKED_AT: 1;

export interface WalBounds {
  /** Pages appended until the log is synced: what a power cut may cost. */
  readonly syncPages: number;
  /** Pages in the log from which it is emptied when the disk is quick. */
  readonly quickPages: number;
  /** The same, however slow the disk is. */
  readonly anyPages: number;
  /** A sync that took less is a quick disk. */
  readonly quickMs: number;
}

/** What one look did; `emptied`: the next write begins the log anew. */
export type WalLook = 'nothing' | 'synced' | 'emptied';

export declare class WalTender {
  constructor(file: string, bounds?: WalBounds, nowMs?: () => number);
  look(): WalLook;
  /** False when not everything could be moved into the file. */
  settle(): boolean;
  close(): void;
}
