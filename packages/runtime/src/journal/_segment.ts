/** One segment file as the journal knows it: its name, its header, and where its records lie. */
import { type Disk, DiskError, type DiskFile } from '../ports/disk.ts';
import { decodeSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentHeader } from './_format.ts';
import { diskFailure, JournalError } from './journal-error.ts';

const NAME = /^(\d{16})\.journal$/;

/** One entry per this many bytes: a seek reads so much too much at most, and a full segment costs 16 kB of memory. */
const INDEX_STEP_BYTES = 64 * 1024;

export interface Place {
  readonly pos: number;
  readonly offset: number;
}

export class Segment {
  readonly path: string;
  readonly firstPos: number;
  readonly startHash: Uint8Array;
  /** Bytes in the file; of the one that is written to, the journal knows better. */
  sealedBytes: number;
  readonly #places: Place[];

  constructor(folder: string, header: SegmentHeader, sealedBytes = 0) {
    this.sealedBytes = sealedBytes;
    this.path = segmentPath(folder, header.firstPos);
    this.firstPos = header.firstPos;
    this.startHash = header.startHash;
    this.#places = [{ pos: header.firstPos, offset: SEGMENT_HEADER_BYTES }];
  }

  /** Whoever passes a record tells where it lies; only what the sparse index needs is kept. */
  note(pos: number, offset: number): void {
    const newest = this.#places.at(-1);
    if (newest === undefined || offset >= newest.offset + INDEX_STEP_BYTES) this.#places.push({ pos, offset });
  }

  /** The nearest known place at or before `pos`. */
  placeBefore(pos: number): Place {
    let low = 0;
    let high = this.#places.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#places[middle]?.pos ?? 0) <= pos) low = middle;
      else high = middle - 1;
    }
    return this.#places[low] ?? { pos: this.firstPos, offset: SEGMENT_HEADER_BYTES };
  }
}

export function segmentPath(folder: string, firstPos: number): string {
  return `${folder}/${String(firstPos).padStart(16, '0')}.journal`;
}

/** First positions of the segment files in a folder, ascending; other files are not ours. */
export function listSegments(disk: Disk, folder: string): readonly number[] {
  try {
    const starts = disk.list(folder).flatMap((name) => NAME.exec(name)?.[1] ?? []);
    return starts.map(Number).sort((a, b) => a - b);
  } catch (error) {
    throw diskFailure('JRN_READ_FAILED', 'list', error);
  }
}

/** `Disk.open` would make an absent file, and an empty segment is damage. */
export function openExisting(disk: Disk, path: string): DiskFile {
  if (!disk.exists(path)) throw new DiskError('absent', path);
  return disk.open(path);
}

/** Opens a file for one piece of reading. */
export function reading<T>(disk: Disk, path: string, work: (file: DiskFile) => T): T {
  let file: DiskFile | undefined;
  try {
    file = openExisting(disk, path);
    return work(file);
  } catch (error) {
    throw diskFailure('JRN_READ_FAILED', 'read', error);
  } finally {
    file?.close();
  }
}

export function readHeader(file: DiskFile, path: string): SegmentHeader | 'damaged' {
  const header = decodeSegmentHeader(file.read(0, SEGMENT_HEADER_BYTES));
  if (header !== 'version') return header;
  throw new JournalError('JRN_VERSION', `journal: ${path} was written by a newer version; start that version`, { details: { file: path } });
}
