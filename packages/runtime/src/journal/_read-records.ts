/** Reads records across segments: from a place that the sparse index knows, to a fixed end, checking where one segment meets the next. */
import type { Disk, DiskFile } from '../ports/disk.ts';
import { openExisting, type Segment } from './_segment.ts';
import { SegmentReader } from './_segment-reader.ts';
import type { JournalRecord, ReadBound } from './journal.ts';
import { corrupt, diskFailure } from './journal-error.ts';

/** `last` fixes where reading ends: records appended meanwhile are not read. */
export function* readRecords(
  disk: Disk,
  segments: readonly Segment[],
  last: { readonly pos: number; readonly size: number },
  fromPos: number,
  bound: ReadBound,
): IterableIterator<JournalRecord> {
  let records = bound.limit ?? Number.POSITIVE_INFINITY;
  let bytes = bound.bytes ?? Number.POSITIVE_INFINITY;
  let isFirst = true;
  if (records <= 0) return;
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    if (next !== undefined && next.firstPos <= fromPos) continue;
    for (const record of readSegment(disk, segment, next, last, fromPos)) {
      bytes -= record.payload.length;
      if (bytes < 0 && !isFirst) return;
      yield record;
      isFirst = false;
      records -= 1;
      if (records <= 0) return;
    }
  }
}

function* readSegment(
  disk: Disk,
  segment: Segment,
  next: Segment | undefined,
  last: { readonly pos: number; readonly size: number },
  fromPos: number,
): IterableIterator<JournalRecord> {
  const endPos = next === undefined ? last.pos : next.firstPos - 1;
  if (Math.max(fromPos, segment.firstPos) > endPos) return;
  let file: DiskFile | undefined;
  try {
    file = openExisting(disk, segment.path);
    const reader = new SegmentReader(file, segment.placeBefore(fromPos), next === undefined ? last.size : file.size);
    for (let offset = reader.offset, payload = reader.next(); payload !== undefined; offset = reader.offset, payload = reader.next()) {
      const pos = reader.pos - 1;
      segment.note(pos, offset);
      if (pos > endPos) throw corrupt({ file: segment.path, offset, pos, reason: 'a record that also begins the next segment' });
      if (pos === endPos && next !== undefined) checkSeam(reader, segment, next);
      if (pos >= fromPos) yield { pos, payload };
    }
    if (reader.fault !== undefined || reader.pos <= endPos) throw endFault(segment, reader);
  } catch (error) {
    throw diskFailure('JRN_READ_FAILED', 'read', error);
  } finally {
    file?.close();
  }
}

/** The hash of a segment's last record stands in the header of the next. */
function checkSeam(reader: SegmentReader, segment: Segment, next: Segment): void {
  if (Buffer.compare(reader.hash, next.startHash) === 0) return;
  throw corrupt({ file: next.path, offset: 16, pos: next.firstPos, reason: `this segment does not continue ${segment.path}` });
}

function endFault(segment: Segment, reader: SegmentReader): unknown {
  const reason = reader.fault ?? 'records are missing at the end';
  return corrupt({ file: segment.path, offset: reader.offset, pos: reader.pos, reason });
}
