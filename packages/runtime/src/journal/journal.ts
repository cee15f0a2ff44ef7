/**
 * The journal: an append-only sequence of byte records that survives any stop. Owns a folder of segment files. Guarantees: positions
 * start at 1, never skip and are never given twice; what is read is what was appended, or a `JRN_CORRUPT` that says where; a torn end
 * is cut at open and reported; a failed append leaves the journal as it was.
 */
import { type Disk, DiskError, type DiskFile } from '../ports/disk.ts';
import { encodeSegmentHeader, hashOf, MAX_PAYLOAD_BYTES, RecordEncoder, SEGMENT_HEADER_BYTES } from './_format.ts';
import { readRecords } from './_read-records.ts';
import { type JournalCut, recover } from './_recovery.ts';
import { Segment, segmentPath } from './_segment.ts';
import { diskFailure, JournalError } from './journal-error.ts';
import { type JournalCheck, verifyJournal } from './verify-journal.ts';

export { MAX_PAYLOAD_BYTES } from './_format.ts';
export type { JournalCut } from './_recovery.ts';

export interface JournalOptions {
  /** Below the data directory; nothing else may write there. */
  readonly folder: string;
  /** Default 64 MiB. A segment may be shorter, and is longer only when it holds a single record. */
  readonly segmentBytes?: number;
  /** Called during open when a torn end was cut. */
  readonly onCut?: (cut: JournalCut) => void;
}

export interface JournalRecord {
  readonly pos: number;
  /** A view into a larger chunk that is never written again: copy it to keep it for long. */
  readonly payload: Uint8Array;
}

export interface ReadBound {
  /** At most so many records. Default: no bound. */
  readonly limit?: number;
  /** At most so many payload bytes, but at least one record. Default: no bound. */
  readonly bytes?: number;
}

export interface Journal {
  /** The oldest position kept; `lastPos + 1` when there is none. */
  readonly firstPos: number;
  /** The newest position; 0 before the first. */
  readonly lastPos: number;
  /** Up to here everything survives a power cut. */
  readonly durablePos: number;
  /**
   * Adds a record and returns its position. When it returns, the record survives the end of this process (a power cut only after
   * `sync`). After a throw nothing was added and the next append tries again; only when the disk then refuses the cleaning-up too and
   * the process ends may a restart find the record all the same.
   * @throws JournalError `JRN_WRITE_FAILED` | `JRN_TOO_LARGE` | `JRN_SYNC_FAILED` (when a segment is full) | `JRN_CLOSED`
   */
  append(payload: Uint8Array): number;
  /**
   * The records from `fromPos` to what is the last one now, in order. Empty for `lastPos + 1`.
   * @throws JournalError at once `JRN_NOT_KEPT` | `JRN_AHEAD`; while reading `JRN_CORRUPT` | `JRN_READ_FAILED`
   */
  read(fromPos: number, bound?: ReadBound): IterableIterator<JournalRecord>;
  /** @throws JournalError `JRN_SYNC_FAILED`, then for ever: after a failed sync the system may have dropped the bytes it could not write. */
  sync(): void;
  /**
   * The same without holding up the caller: `done` runs later, when `durablePos` covers what was appended before this call, or with a
   * `JRN_SYNC_FAILED`. Where the disk can only sync in place it does so at once. After `close` it runs with `JRN_CLOSED`.
   */
  syncLater(done: (error: unknown) => void): void;
  /** Bytes on disk that hold positions from `pos` on, to the nearest 64 kB; all of them without it. */
  bytes(pos?: number): number;
  /** Removes the segments that hold only positions below `pos`, never the last one; returns how many. Durable readers must be past it. */
  dropBefore(pos: number): number;
  /** How many segments that would remove. */
  droppable(pos: number): number;
  /** Reads everything, checks each record and the hash chain, reports the first fault. Slow: not for the hot path. */
  verify(): JournalCheck;
  /** Does not sync. Idempotent. */
  close(): void;
}

/** From DESIGN §6. */
const DEFAULT_SEGMENT_BYTES = 64 * 1024 * 1024;

/** @throws JournalError `JRN_CORRUPT` | `JRN_VERSION` | `JRN_READ_FAILED` | `JRN_WRITE_FAILED` | `JRN_SYNC_FAILED` */
export function openJournal(disk: Disk, options: JournalOptions): Journal {
  return new SegmentJournal(disk, options);
}

class SegmentJournal implements Journal {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #segmentBytes: number;
  readonly #encoder = new RecordEncoder();
  readonly #segments: Segment[];
  #active: Segment;
  #file: DiskFile;
  /** Of the active segment: what lies behind it is not part of the journal. */
  #size: number;
  /** A failed append may have left bytes behind `#size`. */
  #isDirty = false;
  /** A failed roll may have left the next segment's file: while it is there, no record may go to this one. */
  #hasUnborn = false;
  /** Hash of the last record. */
  #head: Uint8Array;
  #lastPos: number;
  #durablePos: number;
  #syncFailure: unknown;
  #isClosed = false;

  constructor(disk: Disk, options: JournalOptions) {
    this.#disk = disk;
    this.#folder = options.folder;
    this.#segmentBytes = options.segmentBytes ?? DEFAULT_SEGMENT_BYTES;
    const found = recover(disk, options.folder, options.onCut ?? (() => undefined));
    this.#segments = [...found.segments];
    this.#head = Uint8Array.from(found.head);
    this.#lastPos = found.lastPos;
    const last = this.#segments.at(-1);
    if (last === undefined) {
      [this.#active, this.#file] = this.#createSegment();
      this.#segments.push(this.#active);
      this.#size = SEGMENT_HEADER_BYTES;
    } else {
      this.#active = last;
      this.#file = this.#reopen(last);
      this.#size = found.size;
    }
    // What recovery will act on must not vanish later.
    this.#durablePos = 0;
    this.#syncFile();
  }

  get firstPos(): number {
    return this.#segments[0]?.firstPos ?? 1;
  }

  get lastPos(): number {
    return this.#lastPos;
  }

  get durablePos(): number {
    return this.#durablePos;
  }

  append(payload: Uint8Array): number {
    this.#assertOpen();
    if (payload.length > MAX_PAYLOAD_BYTES) throw tooLarge(payload.length);
    const pos = this.#lastPos + 1;
    const record = this.#encoder.encode(this.#head, pos, payload);
    if (this.#isDirty) this.#cutLeftover();
    if (this.#hasUnborn || this.#isFullFor(record.length)) this.#roll();

    try {
      this.#file.append(record);
    } catch (error) {
      this.#isDirty = true;
      attempt(() => this.#cutLeftover());
      throw diskFailure('JRN_WRITE_FAILED', 'append to', error);
    }
    this.#active.note(pos, this.#size);
    this.#size += record.length;
    this.#head.set(hashOf(record));
    this.#lastPos = pos;
    return pos;
  }

  read(fromPos: number, bound: ReadBound = {}): IterableIterator<JournalRecord> {
    this.#assertOpen();
    if (!Number.isSafeInteger(fromPos) || fromPos < this.firstPos) throw notKept(fromPos, this.firstPos);
    if (fromPos > this.#lastPos + 1) throw ahead(fromPos, this.#lastPos);
    const last = { pos: this.#lastPos, size: this.#size };
    return readRecords(this.#disk, [...this.#segments], last, fromPos, bound);
  }

  sync(): void {
    this.#assertOpen();
    if (this.#durablePos < this.#lastPos) this.#syncFile();
  }

  syncLater(done: (error: unknown) => void): void {
    this.#assertOpen();
    const file = this.#file;
    const pos = this.#lastPos;
    if (file.syncLater === undefined || this.#syncFailure !== undefined || this.#durablePos >= pos) {
      this.#syncedInPlace(done);
      return;
    }
    file.syncLater((error) => {
      if (error !== undefined) this.#syncFailure ??= diskFailure('JRN_SYNC_FAILED', 'sync', error);
      // Rolling over to another segment syncs the one before, so this holds for whatever file is written to by now.
      else if (this.#syncFailure === undefined) this.#durablePos = Math.max(this.#durablePos, pos);
      done(this.#isClosed ? this.#closedError() : this.#syncFailure);
    });
  }

  bytes(pos = 0): number {
    if (pos > this.#lastPos) return 0;
    let bytes = 0;
    for (const [index, segment] of this.#segments.entries()) {
      const next = this.#segments[index + 1];
      if (next !== undefined && next.firstPos <= pos) continue;
      const size = next === undefined ? this.#size : segment.sealedBytes;
      bytes += size - (pos <= segment.firstPos ? 0 : segment.placeBefore(pos).offset);
    }
    return bytes;
  }

  dropBefore(pos: number): number {
    this.#assertOpen();
    const droppable = this.droppable(pos);
    if (droppable === 0) return 0;
    // The positions go on from the segments that stay: those must survive what removes the others.
    this.#syncFile();
    let dropped = 0;
    for (; dropped < droppable; dropped += 1) {
      try {
        this.#disk.remove(this.#segments[0]?.path ?? '');
      } catch (error) {
        throw diskFailure('JRN_WRITE_FAILED', 'remove', error);
      }
      this.#segments.shift();
    }
    return dropped;
  }

  droppable(pos: number): number {
    // A segment can go when the one after it begins at or before `pos`; the last one never.
    return this.#segments.slice(1).filter((next) => next.firstPos <= pos).length;
  }

  verify(): JournalCheck {
    this.#assertOpen();
    if (this.#isDirty) this.#cutLeftover();
    if (this.#hasUnborn) this.#removeUnborn();
    return verifyJournal(this.#disk, this.#folder);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#isDirty) attempt(() => this.#cutLeftover());
    this.#file.close();
  }

  #assertOpen(): void {
    if (this.#isClosed) throw this.#closedError();
  }

  #closedError(): JournalError {
    return new JournalError('JRN_CLOSED', `journal ${this.#folder} was closed: open it again to go on`);
  }

  #syncedInPlace(done: (error: unknown) => void): void {
    try {
      this.sync();
    } catch (error) {
      done(error);
      return;
    }
    done(undefined);
  }

  #reopen(segment: Segment): DiskFile {
    try {
      return this.#disk.open(segment.path);
    } catch (error) {
      throw diskFailure('JRN_WRITE_FAILED', 'open', error);
    }
  }

  #isFullFor(bytes: number): boolean {
    return this.#size + bytes > this.#segmentBytes && this.#lastPos >= this.#active.firstPos;
  }

  /** Goes on in a new segment. The old one is synced first, so that only the last segment can ever be torn. */
  #roll(): void {
    this.#syncFile();
    const [segment, file] = this.#createSegment();
    const full = this.#file;
    this.#active.sealedBytes = this.#size;
    this.#segments.push(segment);
    this.#active = segment;
    this.#file = file;
    this.#size = SEGMENT_HEADER_BYTES;
    this.#hasUnborn = false;
    closeSynced(full);
  }

  #createSegment(): [Segment, DiskFile] {
    const header = { firstPos: this.#lastPos + 1, startHash: Uint8Array.from(this.#head) };
    let file: DiskFile | undefined;
    try {
      file = this.#disk.open(segmentPath(this.#folder, header.firstPos));
      // An attempt before this one may have failed half-way.
      if (file.size > 0) file.truncate(0);
      file.append(encodeSegmentHeader(header));
      return [new Segment(this.#folder, header), file];
    } catch (error) {
      this.#hasUnborn = true;
      attempt(() => file?.close());
      attempt(() => this.#removeUnborn());
      throw diskFailure('JRN_WRITE_FAILED', 'begin the segment', error);
    }
  }

  #syncFile(): void {
    if (this.#syncFailure !== undefined) throw this.#syncFailure;
    try {
      this.#file.sync();
      this.#durablePos = this.#lastPos;
    } catch (error) {
      this.#syncFailure = diskFailure('JRN_SYNC_FAILED', 'sync', error);
      throw this.#syncFailure;
    }
  }

  #cutLeftover(): void {
    try {
      this.#file.truncate(this.#size);
      this.#isDirty = false;
    } catch (error) {
      throw diskFailure('JRN_WRITE_FAILED', 'take back a failed append to', error);
    }
  }

  #removeUnborn(): void {
    try {
      this.#disk.remove(segmentPath(this.#folder, this.#lastPos + 1));
      this.#hasUnborn = false;
    } catch (error) {
      throw diskFailure('JRN_WRITE_FAILED', 'remove', error);
    }
  }
}

/** Tidies up after a failure, on a disk in trouble: a flag tells the next call to try again, and the caller gets the first error. */
function attempt(tidy: () => void): void {
  try {
    tidy();
  } catch {
    // See above.
  }
}

function closeSynced(file: DiskFile): void {
  try {
    file.close();
  } catch (error) {
    // All its bytes are safe: a disk that minds the closing changes nothing.
    if (!(error instanceof DiskError)) throw error;
  }
}

function tooLarge(length: number): JournalError {
  return new JournalError(
    'JRN_TOO_LARGE',
    `a journal record of ${length} bytes is above the limit of ${MAX_PAYLOAD_BYTES}: use a snapshot`,
  );
}

function notKept(fromPos: number, firstPos: number): JournalError {
  const message = `journal position ${fromPos} is not kept; the oldest is ${firstPos}: start from a snapshot`;
  return new JournalError('JRN_NOT_KEPT', message, { details: { fromPos, firstPos } });
}

function ahead(fromPos: number, lastPos: number): JournalError {
  const message =
    `journal position ${fromPos} was never given out; the newest is ${lastPos}: the reader has seen records that this journal ` +
    `lost (power cut, restored backup), or reads another journal; let it start from a snapshot`;
  return new JournalError('JRN_AHEAD', message, { details: { fromPos, lastPos } });
}
