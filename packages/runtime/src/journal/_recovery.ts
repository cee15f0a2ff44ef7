/**
 * Finds what a journal folder holds after any stop. The last segment is read through; a torn end is cut and reported. Damage that
 * cannot come from a torn write (something whole stands behind it, or it is in an earlier segment) is refused, never cut.
 */
import type { Disk } from '../ports/disk.ts';
import { GENESIS_HASH, SEGMENT_HEADER_BYTES } from './_format.ts';
import { listSegments, readHeader, reading, Segment, segmentPath } from './_segment.ts';
import { findRecord, SegmentReader } from './_segment-reader.ts';
import { corrupt, diskFailure } from './journal-error.ts';

/** What was cut off at open, and from where. */
export interface JournalCut {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  /** The last position that remains. */
  readonly lastPos: number;
  readonly reason: string;
}

export interface Recovered {
  /** At least one unless the journal is new. */
  readonly segments: readonly Segment[];
  /** Of the last segment. */
  readonly size: number;
  readonly lastPos: number;
  readonly head: Uint8Array;
}

/** @throws JournalError `JRN_CORRUPT` | `JRN_VERSION` | `JRN_READ_FAILED` | `JRN_WRITE_FAILED` (when the cut fails) */
export function recover(disk: Disk, folder: string, onCut: (cut: JournalCut) => void): Recovered {
  const starts = listSegments(disk, folder);
  const segments: Segment[] = [];
  for (const [index, firstPos] of starts.entries()) {
    const segment = openSegment(disk, folder, firstPos);
    if (segment !== undefined) segments.push(segment);
    else if (index < starts.length - 1) throw headerFault(folder, firstPos);
  }
  const last = segments.at(-1);
  const unborn = starts.length > segments.length ? starts.at(-1) : undefined;
  const end = last === undefined ? EMPTY : scan(disk, last);

  if (unborn !== undefined) {
    if (last !== undefined && end.fault !== undefined) throw tailFault(last, end, end.fault);
    removeUnborn(disk, folder, unborn, end, onCut);
  } else if (last !== undefined && end.fault !== undefined) {
    cutTail(disk, last, end, end.fault, onCut);
  }
  return { segments, size: end.offset, lastPos: end.lastPos, head: end.head };
}

interface SegmentEnd {
  readonly offset: number;
  readonly lastPos: number;
  readonly head: Uint8Array;
  readonly fileBytes: number;
  readonly fault: string | undefined;
}

const EMPTY: SegmentEnd = { offset: 0, lastPos: 0, head: GENESIS_HASH, fileBytes: 0, fault: undefined };

/** `undefined` when its header is not whole. */
function openSegment(disk: Disk, folder: string, firstPos: number): Segment | undefined {
  const path = segmentPath(folder, firstPos);
  const { header, bytes } = reading(disk, path, (file) => ({ header: readHeader(file, path), bytes: file.size }));
  if (header === 'damaged') return undefined;
  if (header.firstPos === firstPos) return new Segment(folder, header, bytes);
  throw corrupt({ file: path, offset: 8, pos: firstPos, reason: `the header says position ${header.firstPos}` });
}

function headerFault(folder: string, firstPos: number): unknown {
  return corrupt({ file: segmentPath(folder, firstPos), offset: 0, pos: firstPos, reason: 'bad segment header' });
}

function tailFault(segment: Segment, end: SegmentEnd, reason: string): unknown {
  return corrupt({ file: segment.path, offset: end.offset, pos: end.lastPos + 1, reason });
}

function scan(disk: Disk, segment: Segment): SegmentEnd {
  return reading(disk, segment.path, (file) => {
    const fileBytes = file.size;
    const reader = new SegmentReader(file, { pos: segment.firstPos, offset: SEGMENT_HEADER_BYTES }, fileBytes);
    let head = segment.startHash;
    for (let offset = reader.offset; reader.next() !== undefined; offset = reader.offset) {
      segment.note(reader.pos - 1, offset);
      head = reader.hash;
    }
    return { offset: reader.offset, lastPos: reader.pos - 1, head: Uint8Array.from(head), fileBytes, fault: reader.fault };
  });
}

function cutTail(disk: Disk, last: Segment, end: SegmentEnd, reason: string, onCut: (cut: JournalCut) => void): void {
  const isFollowed = reading(disk, last.path, (file) => findRecord(file, end.offset, end.fileBytes, last.firstPos) !== undefined);
  if (isFollowed) throw tailFault(last, end, reason);
  try {
    const file = disk.open(last.path);
    try {
      file.truncate(end.offset);
    } finally {
      file.close();
    }
  } catch (error) {
    throw diskFailure('JRN_WRITE_FAILED', 'cut the torn end of', error);
  }
  onCut({ file: last.path, offset: end.offset, bytes: end.fileBytes - end.offset, lastPos: end.lastPos, reason });
}

/** A new segment whose header was never whole. The one before it was synced first, so it must be whole and end just before. */
function removeUnborn(disk: Disk, folder: string, firstPos: number, before: SegmentEnd, onCut: (cut: JournalCut) => void): void {
  const path = segmentPath(folder, firstPos);
  const bytes = reading(disk, path, (file) => file.size);
  const isFollowed = reading(disk, path, (file) => findRecord(file, 0, bytes, firstPos) !== undefined);
  if (isFollowed || before.lastPos !== firstPos - 1) throw headerFault(folder, firstPos);
  try {
    disk.remove(path);
  } catch (error) {
    throw diskFailure('JRN_WRITE_FAILED', 'remove', error);
  }
  onCut({ file: path, offset: 0, bytes, lastPos: before.lastPos, reason: 'bad segment header' });
}
