/** Shorthand of the journal's tests. */
import { type Journal, type JournalCut, openJournal } from '../../src/journal/journal.ts';
import { JournalError } from '../../src/journal/journal-error.ts';
import type { Disk } from '../../src/ports/disk.ts';

export const FOLDER = 'journal';

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** `pos:payload` of everything from `fromPos`. */
export function contents(journal: Journal, fromPos = journal.firstPos): string[] {
  return Array.from(journal.read(fromPos), ({ pos, payload }) => `${pos}:${new TextDecoder().decode(payload)}`);
}

export function open(disk: Disk, segmentBytes?: number): { readonly journal: Journal; readonly cuts: readonly JournalCut[] } {
  const cuts: JournalCut[] = [];
  const journal = openJournal(disk, {
    folder: FOLDER,
    onCut: (cut) => cuts.push(cut),
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
  });
  return { journal, cuts };
}

/** Appends `record 1` … `record n`; each takes 40 bytes or a little more. */
export function fill(journal: Journal, count: number): void {
  for (let index = 0; index < count; index += 1) journal.append(text(`record ${journal.lastPos + 1}`));
}

export function segmentNames(disk: Disk): readonly string[] {
  return disk.list(FOLDER);
}

export function errorOf(work: () => unknown): JournalError {
  try {
    work();
  } catch (error) {
    if (error instanceof JournalError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** CRC-32, bit by bit: independent of the code under test. */
export function crc32Of(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}
