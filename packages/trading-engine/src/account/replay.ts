/** What an account was after a journal position, folded again by somebody who only looks: nothing is written, no lock is needed. */
import { AppError, type Disk, firstKeptPos, readNewestSnapshot, scanJournal } from '@fillwright/runtime';
import { AccountBook } from './account-book.ts';
import type { OrderArchive } from './order-archive.ts';
import { decodeRecord } from './record-codec.ts';
import { SNAPSHOT_FOLDER } from './restore.ts';
import { decodeSnapshot } from './snapshot-codec.ts';

export interface Replay {
  /** Without orders that closed. */
  readonly book: AccountBook;
  /** Records that were folded. */
  readonly records: number;
  /** The snapshot it began from; 0 when the journal was folded from its first record. */
  readonly snapshotPos: number;
}

export interface ReplayRequest {
  readonly disk: Disk;
  readonly journalFolder: string;
  /** Stop after this position. Default: the newest. */
  readonly toPos?: number;
  /** Also when the first record is kept: the newest snapshot that fits, and the journal after it. */
  readonly fromSnapshot?: boolean;
}

/** Records carry whole orders, so those that closed need not be remembered to go on. */
const NOTHING_KEPT: OrderArchive = {
  pos: Number.POSITIVE_INFINITY,
  note: () => undefined,
  find: () => undefined,
  findName: () => undefined,
};
const FORGET_EVERY = 1_000;

/** From the first record when it is kept, else from the newest snapshot that fits. @throws AppError `ENG_STATE_LOST` | `JRN_…` */
export function replayAccount({ disk, journalFolder, toPos = Number.POSITIVE_INFINITY, fromSnapshot = false }: ReplayRequest): Replay {
  const firstPos = firstKeptPos(disk, journalFolder) ?? 1;
  const book = new AccountBook();
  book.attach(NOTHING_KEPT);
  const snapshotPos = firstPos === 1 && !fromSnapshot ? 0 : beginFromSnapshot(disk, book, firstPos, toPos);
  let records = 0;
  for (const { pos, payload } of scanJournal(disk, journalFolder, snapshotPos + 1)) {
    if (pos > toPos) break;
    const record = decodeRecord(payload);
    book.apply(record, pos);
    records += 1;
    if (records % FORGET_EVERY === 0) book.forget(record.ts, FORGET_EVERY);
  }
  return { book, records, snapshotPos };
}

function beginFromSnapshot(disk: Disk, book: AccountBook, firstPos: number, toPos: number): number {
  const snapshot = readNewestSnapshot(disk, SNAPSHOT_FOLDER, {
    maxPos: Number.POSITIVE_INFINITY,
    ...(toPos !== Number.POSITIVE_INFINITY && { belowPos: toPos + 1 }),
  });
  const state = snapshot && snapshot.pos + 1 >= firstPos ? decodeSnapshot(snapshot.bytes) : undefined;
  if (!state)
    throw new AppError(
      'ENG_STATE_LOST',
      `the journal begins at position ${firstPos} and no snapshot beside it says what came before; give the folder of the process, which has both`,
    );
  book.restore(state);
  return state.pos;
}
