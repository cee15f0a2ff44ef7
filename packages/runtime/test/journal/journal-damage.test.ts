import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type JournalCut, openJournal } from '../../src/journal/journal.ts';
import { JournalError } from '../../src/journal/journal-error.ts';
import { contents, crc32Of, errorOf, FOLDER, fill, open, segmentNames, text } from './_journals.ts';
import { TestDisk } from './_test-disk.ts';

const path = (firstPos: number): string => `${FOLDER}/${String(firstPos).padStart(16, '0')}.journal`;

function filled(count: number, segmentBytes: number): TestDisk {
  const disk = new TestDisk();
  fill(open(disk, segmentBytes).journal, count);
  return disk;
}

function flip(files: Map<string, Uint8Array>, file: string, bit: number): void {
  const bytes = files.get(file);
  if (bytes === undefined) throw new Error(`no ${file}`);
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
}

/** What a process sees that opens the journal and reads it all: how far it came, what was cut, which error ended it. */
function outcome(disk: TestDisk): { seen: string[]; cuts: JournalCut[]; error: JournalError | undefined } {
  const seen: string[] = [];
  const cuts: JournalCut[] = [];
  try {
    const journal = openJournal(disk, { folder: FOLDER, onCut: (cut) => cuts.push(cut) });
    for (const { pos, payload } of journal.read(journal.firstPos)) seen.push(`${pos}:${new TextDecoder().decode(payload)}`);
    return { seen, cuts, error: undefined };
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    return { seen, cuts, error };
  }
}

describe('journal with a torn end', () => {
  it('opens after a cut at every single byte to the records that are whole, and says what it cut', () => {
    const disk = filled(7, 190);
    const all = contents(open(disk.copy()).journal);
    const last = path(7);
    const size = disk.files.get(last)?.length ?? 0;
    for (let kept = 0; kept < size; kept += 1) {
      const torn = disk.copy((files) => files.set(last, files.get(last)?.slice(0, kept) ?? text('')));
      const { seen, cuts, error } = outcome(torn);

      expect(error).toBeUndefined();
      expect(seen).toEqual(all.slice(0, 6));
      expect(cuts).toHaveLength(kept === 40 ? 0 : 1);
      expect(open(torn).journal.append(text('next'))).toBe(7);
      expect(outcome(torn)).toEqual({ seen: [...all.slice(0, 6), '7:next'], cuts: [], error: undefined });
    }
  });

  it('keeps every whole record before the cut in a long last segment', () => {
    const disk = filled(20, 1 << 20);
    const all = contents(open(disk.copy()).journal);
    const whole = disk.files.get(path(1)) ?? text('');
    for (let kept = 0; kept <= whole.length; kept += 1) {
      const { seen, error } = outcome(disk.copy((files) => files.set(path(1), whole.slice(0, kept))));

      expect(error).toBeUndefined();
      expect(seen).toEqual(all.slice(0, seen.length));
      const bytesSeen = seen.reduce((sum, entry) => sum + 32 + entry.slice(entry.indexOf(':') + 1).length, 40);
      expect(kept - bytesSeen).toBeLessThan(32 + 'record 20'.length);
    }
  });

  it.each(['zeros', 'ones', 'noise'])('cuts an end of %s, as a power cut may leave it', (kind) => {
    const disk = filled(5, 1 << 20);
    const tail = new Uint8Array(3_000_000).map((_, index) =>
      kind === 'zeros' ? 0 : kind === 'ones' ? 255 : (index * 2_654_435_761) >>> 13,
    );
    const { seen, cuts, error } = outcome(disk.copy((files) => files.set(path(1), Buffer.concat([files.get(path(1)) ?? text(''), tail]))));

    expect(error).toBeUndefined();
    expect(seen).toHaveLength(5);
    expect(cuts).toMatchObject([{ bytes: 3_000_000, lastPos: 5 }]);
  });
});

describe('journal with damage', () => {
  it('says where, what and what to do', () => {
    const disk = filled(5, 1 << 20).copy((files) => flip(files, path(1), (40 + 41 + 35) * 8));
    const { error, seen } = outcome(disk);

    expect(seen).toEqual([]);
    expect(error?.code).toBe('JRN_CORRUPT');
    expect(error?.details).toEqual({ file: path(1), offset: 80, pos: 2, reason: 'bad checksum' });
    expect(error?.message).toContain(`in ${path(1)} at byte 80`);
    expect(error?.message).toContain('restore this file from a backup');
  });

  it('never shows a wrong record, whichever bit of whichever file flips', () => {
    const disk = filled(8, 190);
    const all = contents(open(disk.copy()).journal);
    const lastFile = path(7);
    const lastRecordAt = (disk.files.get(lastFile)?.length ?? 0) - 32 - 'record 8'.length;
    for (const file of disk.files.keys()) {
      for (let bit = 0; bit < (disk.files.get(file)?.length ?? 0) * 8; bit += 1) {
        const { seen, cuts, error } = outcome(disk.copy((files) => flip(files, file, bit)));

        expect(seen).toEqual(all.slice(0, seen.length));
        const isEnd = file === lastFile && bit >= lastRecordAt * 8;
        if (isEnd) expect([seen.length, cuts.length, error]).toEqual([7, 1, undefined]);
        else expect([cuts.length, error?.code]).toEqual([0, 'JRN_CORRUPT']);
      }
    }
  });

  it('never shows a wrong record after any number of flips, cuts and overwrites', () => {
    const disk = filled(12, 300);
    const all = contents(open(disk.copy()).journal);
    const files = [...disk.files.keys()];
    const damage = fc.record({
      file: fc.constantFrom(...files),
      kind: fc.constantFrom('flip', 'cut', 'overwrite', 'remove'),
      at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 60 }),
    });
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (damages) => {
        const hurt = disk.copy((held) => {
          for (const { file, kind, at, bytes } of damages) {
            const before = held.get(file);
            if (before === undefined || before.length === 0) continue;
            const offset = Math.floor(at * before.length);
            if (kind === 'flip') flip(held, file, offset * 8 + ((bytes[0] ?? 0) & 7));
            if (kind === 'cut') held.set(file, before.slice(0, offset));
            if (kind === 'overwrite') before.set(bytes.subarray(0, before.length - offset), offset);
            if (kind === 'remove') held.delete(file);
          }
        });
        const { seen } = outcome(hurt);
        const start = seen[0] === undefined ? 0 : all.indexOf(seen[0]);

        expect(seen).toEqual(all.slice(start, start + seen.length));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['cut at a record boundary', (files: Map<string, Uint8Array>) => files.set(path(4), files.get(path(4))?.slice(0, 120) ?? text(''))],
    ['removed', (files: Map<string, Uint8Array>) => files.delete(path(4))],
    ['emptied', (files: Map<string, Uint8Array>) => files.set(path(4), text(''))],
    ['replaced by another', (files: Map<string, Uint8Array>) => files.set(path(4), files.get(path(7)) ?? text(''))],
    ['extended', (files: Map<string, Uint8Array>) => files.set(path(4), Buffer.concat([files.get(path(4)) ?? text(''), text('more')]))],
  ])('refuses an earlier segment that was %s', (_, change) => {
    const { error, seen, cuts } = outcome(filled(10, 190).copy(change));

    expect(error?.code).toBe('JRN_CORRUPT');
    expect(seen.length).toBeLessThanOrEqual(6);
    expect(cuts).toEqual([]);
  });

  it('refuses a segment of another history that has the right positions', () => {
    const other = new TestDisk();
    const journal = open(other, 190).journal;
    for (let index = 1; index <= 10; index += 1) journal.append(text(`recorD ${index}`));
    const mixed = filled(10, 190).copy((files) => files.set(path(4), other.files.get(path(4)) ?? text('')));

    const { seen, error } = outcome(mixed);
    expect(error?.code).toBe('JRN_CORRUPT');
    expect(seen).toEqual(['1:record 1', '2:record 2']);
  });

  it('refuses a segment that also holds what the next one begins with', () => {
    const longer = filled(10, 1 << 20).files.get(path(1)) ?? text('');
    const { seen, error } = outcome(filled(10, 190).copy((files) => files.set(path(1), longer)));

    expect(error?.details).toMatchObject({ file: path(1), pos: 4, reason: 'a record that also begins the next segment' });
    expect(seen).toEqual(['1:record 1', '2:record 2', '3:record 3']);
  });

  it('refuses records of a second writer in the same file', () => {
    const disk = filled(3, 1 << 20);
    const whole = disk.files.get(path(1)) ?? text('');
    const doubled = disk.copy((files) => files.set(path(1), Buffer.concat([whole, whole.subarray(40)])));

    expect(outcome(doubled).error?.details).toMatchObject({ offset: whole.length, pos: 4, reason: 'wrong position' });
  });

  it('refuses to lose its positions when the only segment left has no header', () => {
    const disk = filled(10, 190);
    open(disk, 190).journal.dropBefore(10);
    expect(segmentNames(disk)).toEqual(['0000000000000010.journal']);
    disk.files.set(path(10), text(''));

    expect(outcome(disk).error?.code).toBe('JRN_CORRUPT');
  });

  it('refuses a segment of a newer version without touching it', () => {
    const disk = filled(1, 190);
    // A whole header, but version 2: written with its own checksum.
    const bytes = Buffer.from(disk.files.get(path(1)) ?? text(''));
    bytes.writeUInt8(2, 7);
    bytes.writeUInt32LE(crc32Of(bytes.subarray(0, 36)), 36);
    disk.files.set(path(1), bytes);

    expect(errorOf(() => open(disk)).code).toBe('JRN_VERSION');
    expect(disk.files.get(path(1))).toEqual(bytes);
  });
});
