import { describe, expect, it } from '@jest/globals';
import { inspectJournal, scanJournal, tailOfJournal } from '../../src/journal/journal-reader.ts';
import { errorOf, FOLDER, fill, open, segmentNames } from './_journals.ts';
import { TestDisk } from './_test-disk.ts';

function filled(count = 20, segmentBytes = 300): TestDisk {
  const disk = new TestDisk();
  fill(open(disk, segmentBytes).journal, count);
  disk.calls.length = 0;
  return disk;
}

function scanned(disk: TestDisk, fromPos?: number): readonly string[] {
  return Array.from(scanJournal(disk, FOLDER, fromPos), ({ pos, payload }) => `${pos}:${new TextDecoder().decode(payload)}`);
}

function lastFile(disk: TestDisk): string {
  return `${FOLDER}/${segmentNames(disk).at(-1)}`;
}

/** The last segment without its last bytes, or with other ones. */
function changedEnd(disk: TestDisk, change: (bytes: Uint8Array) => Uint8Array): TestDisk {
  return disk.copy((files) => files.set(lastFile(disk), change(files.get(lastFile(disk)) ?? new Uint8Array())));
}

describe('a journal that is only looked at', () => {
  it('shows every record, over segments, from any position', () => {
    const disk = filled();

    expect(scanned(disk)).toEqual(Array.from({ length: 20 }, (_, at) => `${at + 1}:record ${at + 1}`));
    for (const from of [1, 2, 7, 8, 20]) expect(scanned(disk, from)[0]).toBe(`${from}:record ${from}`);
    expect(scanned(disk, 21)).toEqual([]);
  });

  it('is not changed by looking, also when its end is torn', () => {
    const disk = changedEnd(filled(), (bytes) => bytes.slice(0, -3));
    const before = new Map(disk.files);
    scanned(disk);
    tailOfJournal(disk, FOLDER, 3);
    inspectJournal(disk, FOLDER);

    expect(disk.files).toEqual(before);
    expect(disk.calls.filter((call) => /^(append|truncate|sync|remove|writeAtomic)/.test(call))).toEqual([]);
  });

  it('leaves out a torn end and tells it', () => {
    const disk = changedEnd(filled(), (bytes) => bytes.slice(0, -3));

    expect(scanned(disk).at(-1)).toBe('19:record 19');
    expect(inspectJournal(disk, FOLDER)).toMatchObject({
      lastPos: 19,
      records: 19,
      torn: { file: lastFile(disk), reason: 'the record is cut short' },
    });
    expect(inspectJournal(disk, FOLDER).fault).toBeUndefined();
  });

  it('takes a segment whose header is not whole for torn as well', () => {
    const disk = filled(20).copy((files) => files.set(`${FOLDER}/0000000000000021.journal`, new Uint8Array(7)));

    expect(scanned(disk)).toHaveLength(20);
    expect(inspectJournal(disk, FOLDER)).toMatchObject({ lastPos: 20, torn: { bytes: 7 } });
  });

  it('is refused where something whole stands behind the damage', () => {
    const disk = changedEnd(filled(20, 100_000), (bytes) => bytes.with(100, (bytes[100] ?? 0) ^ 1));

    expect(errorOf(() => scanned(disk)).code).toBe('JRN_CORRUPT');
    expect(inspectJournal(disk, FOLDER)).toMatchObject({ fault: { file: lastFile(disk) } });
    expect(errorOf(() => tailOfJournal(disk, FOLDER, 2)).code).toBe('JRN_CORRUPT');
  });

  it('is refused where records are missing between segments, and where the first ones are not kept', () => {
    const disk = filled();
    const [first = '', second = ''] = segmentNames(disk);
    const gap = disk.copy((files) => files.delete(`${FOLDER}/${second}`));
    const dropped = disk.copy((files) => files.delete(`${FOLDER}/${first}`));

    expect(errorOf(() => scanned(gap)).code).toBe('JRN_CORRUPT');
    expect(errorOf(() => scanned(dropped)).code).toBe('JRN_NOT_KEPT');
    expect(scanned(dropped, Number.parseInt(second, 10))).toHaveLength(20 - Number.parseInt(second, 10) + 1);
  });

  it('shows its newest records, also over a change of segments', () => {
    const disk = filled();
    for (const count of [1, 5, 12, 20, 100]) {
      const tail = tailOfJournal(disk, FOLDER, count);
      expect(tail.map(({ pos }) => pos)).toEqual(Array.from({ length: Math.min(count, 20) }, (_, at) => 21 - Math.min(count, 20) + at));
    }
    expect(tailOfJournal(new TestDisk(), FOLDER, 3)).toEqual([]);
  });

  it('tells its size', () => {
    const disk = filled();

    expect(inspectJournal(disk, FOLDER)).toEqual({
      ...{ records: 20, firstPos: 1, lastPos: 20, segments: segmentNames(disk).length },
      bytes: [...disk.files.values()].reduce((sum, { length }) => sum + length, 0),
    });
  });
});
