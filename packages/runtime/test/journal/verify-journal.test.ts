import { describe, expect, it } from '@jest/globals';
import { verifyJournal } from '../../src/journal/verify-journal.ts';
import { contents, crc32Of, FOLDER, fill, open, text } from './_journals.ts';
import { TestDisk } from './_test-disk.ts';

const FIRST = `${FOLDER}/0000000000000001.journal`;
const SECOND = `${FOLDER}/0000000000000004.journal`;

function filled(): TestDisk {
  const disk = new TestDisk();
  fill(open(disk, 190).journal, 5);
  return disk;
}

/** Changes bytes and makes the checksum before them right again, as somebody would who edits history. */
function forge(disk: TestDisk, file: string, at: { change: number; from: number; to: number; crc: number }): void {
  const bytes = Buffer.from(disk.files.get(file) ?? text(''));
  bytes.writeUInt8(bytes.readUInt8(at.change) ^ 1, at.change);
  bytes.writeUInt32LE(crc32Of(bytes.subarray(at.from, at.to)), at.crc);
  disk.files.set(file, bytes);
}

describe('verifying a journal', () => {
  it('finds nothing in a folder that is empty, whole, or begins later', () => {
    const disk = filled();
    expect(verifyJournal(new TestDisk(), FOLDER)).toEqual({ records: 0, firstPos: 1, lastPos: 0 });
    expect(verifyJournal(disk, FOLDER)).toEqual({ records: 5, firstPos: 1, lastPos: 5 });
    open(disk, 190).journal.dropBefore(4);

    expect(verifyJournal(disk, FOLDER)).toEqual({ records: 2, firstPos: 4, lastPos: 5 });
  });

  it('finds the record after one that was forged with a right checksum, which reading alone does not see', () => {
    const disk = filled();
    forge(disk, FIRST, { change: 80 + 32, from: 84, to: 120, crc: 80 });

    expect(contents(open(disk.copy()).journal)[1]).toBe('2:secord 2');
    expect(verifyJournal(disk, FOLDER)).toEqual({
      records: 1,
      firstPos: 1,
      lastPos: 1,
      fault: { file: FIRST, offset: 80, pos: 2, reason: 'broken hash chain' },
    });
  });

  it('finds a beginning that was forged', () => {
    const disk = filled();
    forge(disk, FIRST, { change: 16, from: 0, to: 36, crc: 36 });

    expect(verifyJournal(disk, FOLDER).fault).toMatchObject({ file: FIRST, offset: 16, pos: 1 });
  });

  it('finds a seam that was forged', () => {
    const disk = filled();
    forge(disk, SECOND, { change: 16, from: 0, to: 36, crc: 36 });

    expect(verifyJournal(disk, FOLDER)).toMatchObject({ lastPos: 3, fault: { file: SECOND, offset: 16, pos: 4 } });
  });

  it('finds whichever bit has flipped, and changes nothing', () => {
    const disk = filled();
    for (const [file, whole] of disk.files) {
      for (let bit = 0; bit < whole.length * 8; bit += 1) {
        const hurt = disk.copy((files) => {
          const bytes = files.get(file) ?? text('');
          bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        });
        const before = new Map(hurt.files);
        expect(verifyJournal(hurt, FOLDER).fault?.file).toBe(file);
        expect(hurt.files).toEqual(before);
      }
    }
  });

  it('finds missing files and missing ends', () => {
    const missing = filled();
    missing.files.delete(FIRST);
    expect(verifyJournal(missing, FOLDER)).toEqual({ records: 2, firstPos: 4, lastPos: 5 });
    const cut = filled();
    cut.files.set(FIRST, cut.files.get(FIRST)?.slice(0, 120) ?? text(''));

    expect(verifyJournal(cut, FOLDER).fault).toEqual({
      file: SECOND,
      offset: 8,
      pos: 3,
      reason: 'records are missing before this segment',
    });
  });
});
