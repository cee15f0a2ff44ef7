/**
 * A restart: the newest snapshot that can be used, and the journal after it. Without one the journal is folded from its first record; that
 * must then be the very first. Whatever was passed over is told, nothing is guessed.
 */
import { AppError, type Disk, type Journal, type Log, readNewestSnapshot } from '@fillwright/runtime';
import type { AccountBook } from './account-book.ts';
import type { BookState } from './book-state.ts';
import type { IdIndex } from './id-index.ts';
import { JournalFold } from './journal-fold.ts';
import { namesIn } from './order-archive.ts';
import { decodeRecord } from './record-codec.ts';
import { decodeSnapshot } from './snapshot-codec.ts';

/** Below the data directory. */
export const SNAPSHOT_FOLDER = 'snapshots';
/** Records that are read for the index between two writes to it. */
const TIDY_EVERY = 2_000;

export interface RestoreParts {
  readonly disk: Disk;
  readonly log: Log;
  readonly journal: Journal;
  readonly index: IdIndex;
  /** New. */
  readonly book: AccountBook;
  /** Only for a wrong that checks must find. */
  readonly skipsLast?: boolean;
}

/** Returns how many records were folded. @throws AppError `ENG_STATE_LOST` */
export function restoreBook({ disk, log, journal, index, book, skipsLast }: RestoreParts): number {
  book.attach(index);
  if (index.pos > journal.lastPos) {
    log.warn('journal-behind-index', { code: 'ENG_JOURNAL_TAIL_LOST', pos: journal.lastPos, indexPos: index.pos });
    index.journalEndsAt(journal.lastPos);
  }
  const state = newestState(disk, log, journal);
  if (state) book.restore(state);
  const from = (state?.pos ?? 0) + 1;
  if (from < journal.firstPos) throw stateLost(journal.firstPos);
  catchUpIndex({ journal, index, log }, from);
  const fold = new JournalFold(book, index);
  for (const { pos, payload } of journal.read(from)) if (!skipsLast || pos < journal.lastPos) fold.take(decodeRecord(payload), pos);
  fold.end();
  const folded = journal.lastPos + 1 - from;
  log.info('state-restored', { snapshotPos: state?.pos ?? 0, folded, pos: journal.lastPos });
  return folded;
}

function newestState(disk: Disk, log: Log, journal: Journal): BookState | undefined {
  const told = (file: string, pos: number, reason: string): void =>
    log.error('snapshot-passed-over', { code: 'ENG_SNAPSHOT_UNUSABLE', file, pos, reason });
  for (let maxPos = journal.lastPos; ; ) {
    const snapshot = readNewestSnapshot(disk, SNAPSHOT_FOLDER, {
      maxPos: journal.lastPos,
      belowPos: maxPos + 1,
      onPassedOver: ({ file, pos, reason }) => told(file, pos, reason),
    });
    if (!snapshot) return undefined;
    const state = snapshot.pos + 1 < journal.firstPos ? 'the journal after it is not kept' : readable(snapshot.bytes);
    if (typeof state !== 'string') return state;
    told(SNAPSHOT_FOLDER, snapshot.pos, state);
    maxPos = snapshot.pos - 1;
  }
}

/** The state, or why these bytes are none. */
function readable(bytes: Uint8Array): BookState | string {
  try {
    return decodeSnapshot(bytes) ?? 'of another version';
  } catch (error) {
    return String(error);
  }
}

/** What closed before the snapshot and is not in the index: it was lost, restored from a backup, or cut by a power failure. */
function catchUpIndex({ journal, index, log }: Pick<RestoreParts, 'journal' | 'index' | 'log'>, before: number): void {
  const from = Math.max(index.pos + 1, journal.firstPos);
  if (index.pos + 1 < journal.firstPos)
    log.error('id-index-has-gap', { code: 'ENG_INDEX_GAP', fromPos: index.pos + 1, toPos: journal.firstPos - 1 });
  if (from >= before) return;
  log.info('id-index-catching-up', { fromPos: from, toPos: before - 1 });
  let noted = 0;
  for (const { pos, payload } of journal.read(from, { limit: before - from })) {
    const record = decodeRecord(payload);
    if (record.k === 'order' && record.change.order.state === 'closed') index.note(record.change.order, pos, namesIn(record.change.order));
    noted += 1;
    if (noted % TIDY_EVERY === 0) index.flush();
  }
  index.reached(before - 1);
  index.flush();
}

function stateLost(firstPos: number): AppError {
  return new AppError(
    'ENG_STATE_LOST',
    `no snapshot can be used, and the journal begins at position ${firstPos}: what came before is not kept. Restore the folders ` +
      `"${SNAPSHOT_FOLDER}" and "journal" from a backup; or, if there is none, move both away: the engine then begins a new journal from ` +
      'what the venue says, and profit is counted from there',
  );
}
