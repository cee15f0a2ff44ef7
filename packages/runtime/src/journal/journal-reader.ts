/**
 * Reads a journal without opening it: changes nothing, needs no lock, and works beside the process that writes it as well as on a copy. What
 * stands torn at the very end (a write going on, or a crash) is left out and told; any other damage is a `JRN_CORRUPT`.
 */
import type { Disk } from '../ports/disk.ts';
import { SEGMENT_HEADER_BYTES } from './_format.ts';
import { listSegments, readHeader, reading, segmentPath } from './_segment.ts';
import { findRecord, SegmentReader } from './_segment-reader.ts';
import type { JournalRecord } from './journal.ts';
import { corrupt, JournalError, type JournalFault } from './journal-error.ts';
import { type JournalCheck, verifyJournal } from './verify-journal.ts';

/** Bytes behind the last whole record. */
export interface TornTail {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly reason: string;
}

export interface JournalInspection extends JournalCheck {
  readonly segments: number;
  readonly bytes: number;
  readonly torn?: TornTail;
}

/** Checks everything as `verifyJournal` does, but a torn tail is no fault. @throws JournalError `JRN_READ_FAILED` | `JRN_VERSION` */
export function inspectJournal(disk: Disk, folder: string): JournalInspection {
  const starts = listSegments(disk, folder);
  const bytes = starts.reduce((sum, start) => sum + reading(disk, segmentPath(folder, start), (file) => file.size), 0);
  const { fault, ...check } = verifyJournal(disk, folder);
  const whole = { ...check, segments: starts.length, bytes };
  if (fault === undefined) return whole;
  const torn = tornAt(disk, folder, fault);
  return torn === undefined ? { ...whole, fault } : { ...whole, torn };
}

/** First position that is kept; `undefined` when there is no journal. @throws JournalError `JRN_READ_FAILED` */
export function firstKeptPos(disk: Disk, folder: string): number | undefined {
  return listSegments(disk, folder)[0];
}

/**
 * All records from `fromPos` on, each checked by its checksum and place.
 * @throws JournalError `JRN_NOT_KEPT` | `JRN_CORRUPT` | `JRN_READ_FAILED` | `JRN_VERSION`, while reading
 */
export function* scanJournal(disk: Disk, folder: string, fromPos = 1): IterableIterator<JournalRecord> {
  const starts = listSegments(disk, folder);
  const first = starts[0] ?? 1;
  if (fromPos < first) throw new JournalError('JRN_NOT_KEPT', `position ${fromPos} is not kept; the oldest is ${first}`);
  let pos = starts.findLast((start) => start <= fromPos) ?? first;
  for (const start of starts.filter((one) => one >= pos)) {
    if (start !== pos)
      throw corrupt({ file: segmentPath(folder, start), offset: 8, pos, reason: 'records are missing before this segment' });
    for (const payload of segmentPayloads(disk, folder, start)) {
      if (pos >= fromPos) yield { pos, payload };
      pos += 1;
    }
  }
}

/** The newest `count` records, oldest first. @throws JournalError as `scanJournal` */
export function tailOfJournal(disk: Disk, folder: string, count: number): readonly JournalRecord[] {
  const starts = listSegments(disk, folder);
  let found: JournalRecord[] = [];
  for (const start of starts.toReversed()) {
    const here: JournalRecord[] = [];
    let pos = start;
    for (const payload of segmentPayloads(disk, folder, start)) {
      here.push({ pos, payload });
      if (here.length > count * 2) here.splice(0, here.length - count);
      pos += 1;
    }
    found = [...here, ...found];
    if (found.length >= count) break;
  }
  return found.slice(Math.max(0, found.length - count));
}

function* segmentPayloads(disk: Disk, folder: string, start: number): IterableIterator<Uint8Array> {
  const path = segmentPath(folder, start);
  const fault = (offset: number, pos: number, reason: string): JournalFault => ({ file: path, offset, pos, reason });
  const refuseUnlessTorn = (found: JournalFault): void => {
    if (tornAt(disk, folder, found) === undefined) throw corrupt(found);
  };
  // Not `reading`: the file must stay open while records are handed out.
  const file = disk.open(path);
  try {
    if (readHeader(file, path) === 'damaged') {
      refuseUnlessTorn(fault(0, start, 'bad segment header'));
      return;
    }
    const reader = new SegmentReader(file, { pos: start, offset: SEGMENT_HEADER_BYTES }, file.size);
    for (let payload = reader.next(); payload !== undefined; payload = reader.next()) yield payload;
    if (reader.fault !== undefined) refuseUnlessTorn(fault(reader.offset, reader.pos, reader.fault));
  } finally {
    file.close();
  }
}

/** The same rule as at a restart: it is torn when it is in the last segment and nothing whole stands behind it. */
function tornAt(disk: Disk, folder: string, { file: path, offset, reason }: JournalFault): TornTail | undefined {
  const last = listSegments(disk, folder).at(-1);
  if (last === undefined || segmentPath(folder, last) !== path || reason === 'broken hash chain') return undefined;
  return reading(disk, path, (file) => {
    const next = findRecord(file, offset, file.size, last);
    // Whole by now: its writer was in the middle of it when it was looked at.
    const isWhole = next === offset && reason !== 'wrong position';
    return next === undefined || isWhole ? { file: path, offset, bytes: file.size - offset, reason } : undefined;
  });
}
