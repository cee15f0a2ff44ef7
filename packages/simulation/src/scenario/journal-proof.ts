/**
 * A journal proves its state: folded from the first record, or from a snapshot and the records after it, the account is the same, at the end
 * and after any prefix.
 */
import { AppError } from '@fillwright/runtime';
import type { Disk } from '@fillwright/runtime/ports';
import { bookText, type Replay, replayAccount } from '@fillwright/trading-engine';
import type { SeededRandom } from '../kernel/seeded-random.ts';

const JOURNAL = 'journal';

/** One sentence for each place where the two ways part, or that is no journal. */
export function journalDifferences(disk: Disk, random: SeededRandom): readonly string[] {
  try {
    return folded(disk, random);
  } catch (error) {
    if (error instanceof AppError) return [`the journal cannot be folded again: ${error.code}: ${error.message}`];
    throw error;
  }
}

function folded(disk: Disk, random: SeededRandom): readonly string[] {
  const { book } = replayAccount({ disk, journalFolder: JOURNAL });
  const prefix = random.between(1, Math.max(1, book.lastPos));
  const places = [
    { pos: book.lastPos, whole: book },
    { pos: prefix, whole: replayAccount({ disk, journalFolder: JOURNAL, toPos: prefix }).book },
  ];
  return places.flatMap(({ pos, whole }) => {
    const short = fromSnapshot(disk, pos);
    if (short === undefined || bookText(short.book) === bookText(whole)) return [];
    return [`after journal position ${pos} the snapshot of ${short.snapshotPos} and what follows it make another account than all records`];
  });
}

/** `undefined`: no snapshot is that old, or can be read. */
function fromSnapshot(disk: Disk, toPos: number): Replay | undefined {
  try {
    return replayAccount({ disk, journalFolder: JOURNAL, toPos, fromSnapshot: true });
  } catch (error) {
    if (error instanceof AppError && error.code === 'ENG_STATE_LOST') return undefined;
    throw error;
  }
}
