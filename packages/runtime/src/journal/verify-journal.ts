/** Checks a journal folder from end to end without changing it: every header, record and link of the hash chain. */
import type { Disk, DiskFile } from '../ports/disk.ts';
import { GENESIS_HASH, recordHash, SEGMENT_HEADER_BYTES } from './_format.ts';
import { listSegments, readHeader, reading, segmentPath } from './_segment.ts';
import { SegmentReader } from './_segment-reader.ts';
import type { JournalFault } from './journal-error.ts';

export interface JournalCheck {
  /** Whole records from the first one kept up to the fault, or all. */
  readonly records: number;
  readonly firstPos: number;
  readonly lastPos: number;
  /** Absent when everything is as it was written. */
  readonly fault?: JournalFault;
}

/** Only while nothing writes there; beside a running process check a copy. @throws JournalError `JRN_READ_FAILED` | `JRN_VERSION` */
export function verifyJournal(disk: Disk, folder: string): JournalCheck {
  const starts = listSegments(disk, folder);
  const firstPos = starts[0] ?? 1;
  let link: Link = { pos: firstPos, hash: firstPos === 1 ? GENESIS_HASH : undefined };
  for (const start of starts) {
    const path = segmentPath(folder, start);
    const found = reading(disk, path, (file) => checkSegment(file, path, start, link));
    link = found.link;
    if (found.fault !== undefined) return { records: link.pos - firstPos, firstPos, lastPos: link.pos - 1, fault: found.fault };
  }
  return { records: link.pos - firstPos, firstPos, lastPos: link.pos - 1 };
}

/** What the next record must be: its position, and the hash it builds on (unknown when what came before was dropped). */
interface Link {
  readonly pos: number;
  readonly hash: Uint8Array | undefined;
}

function checkSegment(file: DiskFile, path: string, start: number, link: Link): { readonly link: Link; readonly fault?: JournalFault } {
  const fault = (offset: number, reason: string): JournalFault => ({ file: path, offset, pos: link.pos, reason });
  const header = readHeader(file, path);
  if (header === 'damaged') return { link, fault: fault(0, 'bad segment header') };
  if (header.firstPos !== start) return { link, fault: fault(8, `the header says position ${header.firstPos}`) };
  if (start !== link.pos) return { link, fault: fault(8, 'records are missing before this segment') };
  if (link.hash !== undefined && !equal(link.hash, header.startHash))
    return { link, fault: fault(16, 'it does not continue the one before') };
  return checkChain(file, path, { pos: start, hash: header.startHash });
}

function checkChain(file: DiskFile, path: string, from: Required<Link>): { readonly link: Link; readonly fault?: JournalFault } {
  const reader = new SegmentReader(file, { pos: from.pos, offset: SEGMENT_HEADER_BYTES }, file.size);
  let hash = from.hash ?? new Uint8Array();
  for (let offset = reader.offset, payload = reader.next(); payload !== undefined; offset = reader.offset, payload = reader.next()) {
    const pos = reader.pos - 1;
    const computed = recordHash(hash, pos, payload);
    if (!equal(computed, reader.hash)) return { link: { pos, hash }, fault: { file: path, offset, pos, reason: 'broken hash chain' } };
    hash = computed;
  }
  const link = { pos: reader.pos, hash };
  return reader.fault === undefined
    ? { link }
    : { link, fault: { file: path, offset: reader.offset, pos: reader.pos, reason: reader.fault } };
}

function equal(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
