/** What can go wrong with a journal, each with what to do about it. */
import { AppError } from '../app-error.ts';
import { DiskError, type DiskErrorCode } from '../ports/disk.ts';

export type JournalErrorCode =
  /** Bytes that were once whole are damaged. Nothing behind the fault is used. */
  | 'JRN_CORRUPT'
  /** An append did not happen; the journal is as before and may be used again once the disk heals. */
  | 'JRN_WRITE_FAILED'
  | 'JRN_READ_FAILED'
  /** What the last sync did not confirm may be lost in a power cut; no later sync can confirm it. Restart. */
  | 'JRN_SYNC_FAILED'
  /** A payload above `MAX_PAYLOAD_BYTES`. */
  | 'JRN_TOO_LARGE'
  /** The positions asked for were dropped: only a snapshot helps. */
  | 'JRN_NOT_KEPT'
  /** The positions asked for were never given out: the reader knows more than this journal, which must have lost its tail. */
  | 'JRN_AHEAD'
  /** Written by a newer version of this program. */
  | 'JRN_VERSION'
  /** More callbacks wait for durability than allowed. */
  | 'JRN_BACKLOG'
  | 'JRN_CLOSED';

export class JournalError extends AppError {
  /** Set when the disk was the reason. */
  readonly disk: DiskErrorCode | undefined;

  constructor(
    code: JournalErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly details?: Readonly<Record<string, unknown>> } = {},
  ) {
    const disk = options.cause instanceof DiskError ? options.cause.code : undefined;
    super(code, message, { ...options, details: { ...options.details, ...(disk === undefined ? {} : { disk }) } });
    this.disk = disk;
  }
}

/** Where a journal stops being what was written. */
export interface JournalFault {
  readonly file: string;
  readonly offset: number;
  /** The position that should stand there. */
  readonly pos: number;
  /** e.g. `bad checksum`. */
  readonly reason: string;
}

export function corrupt(fault: JournalFault): JournalError {
  return new JournalError(
    'JRN_CORRUPT',
    `journal damaged: ${fault.reason} in ${fault.file} at byte ${fault.offset}, where position ${fault.pos} should be. ` +
      `Keep a copy of the folder, then restore this file from a backup, or move it and all later files away ` +
      `to go on from the last whole record and let reconciliation with the venue fill in the rest.`,
    { details: { ...fault } },
  );
}

const REMEDY: Readonly<Record<DiskErrorCode, string>> = {
  full: 'free some space',
  'read-only': 'mount it writable',
  denied: 'give this user access',
  absent: 'look who removed it',
  failed: 'look at the system log for disk errors',
};

/** Wraps what the disk threw; anything else (a simulated crash, a bug) passes as it is. */
export function diskFailure(code: JournalErrorCode, doing: string, error: unknown): unknown {
  if (!(error instanceof DiskError)) return error;
  const message = `journal: cannot ${doing} ${error.path}: disk ${error.code}; ${REMEDY[error.code]}`;
  return new JournalError(code, message, { cause: error, details: { file: error.path } });
}
