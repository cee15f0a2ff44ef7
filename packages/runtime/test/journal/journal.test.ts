import { describe, expect, it } from '@jest/globals';
import { MAX_PAYLOAD_BYTES } from '../../src/journal/journal.ts';
import { contents, errorOf, FOLDER, fill, open, segmentNames, text } from './_journals.ts';
import { TestDisk } from './_test-disk.ts';

describe('journal', () => {
  it('is empty when new, with position 1 to come', () => {
    const { journal } = open(new TestDisk());

    expect([journal.firstPos, journal.lastPos, journal.durablePos]).toEqual([1, 0, 0]);
    expect(contents(journal)).toEqual([]);
    expect(journal.append(text('a'))).toBe(1);
  });

  it('gives back what was appended, from any position, also after a restart', () => {
    const disk = new TestDisk();
    const { journal } = open(disk);
    for (const value of ['one', '', 'three']) journal.append(text(value));

    const again = open(disk.copy()).journal;
    expect(contents(journal)).toEqual(['1:one', '2:', '3:three']);
    expect(contents(again)).toEqual(['1:one', '2:', '3:three']);
    expect(contents(again, 3)).toEqual(['3:three']);
    expect(contents(again, 4)).toEqual([]);
    expect(again.append(text('four'))).toBe(4);
    expect(contents(again, 3)).toEqual(['3:three', '4:four']);
  });

  it('writes the same bytes for the same records, whatever else this process has written', () => {
    const [one, two] = [new TestDisk(), new TestDisk()];
    fill(open(one, 190).journal, 10);
    fill(open(two, 190).journal, 10);

    expect(two.files).toEqual(one.files);
  });

  it('keeps a record when the caller uses its buffer again', () => {
    const { journal } = open(new TestDisk());
    const buffer = text('before');
    journal.append(buffer);
    buffer.fill(0);

    expect(contents(journal)).toEqual(['1:before']);
  });

  it('stops reading at the limit, at the bytes, and at what was the end when the read began', () => {
    const { journal } = open(new TestDisk());
    fill(journal, 9);
    const positions = (bound: Parameters<typeof journal.read>[1]): number[] => Array.from(journal.read(3, bound), ({ pos }) => pos);

    expect(positions({ limit: 2 })).toEqual([3, 4]);
    expect(positions({ limit: 0 })).toEqual([]);
    expect(positions({ bytes: 16 })).toEqual([3, 4]);
    expect(positions({ bytes: 1 })).toEqual([3]);
    const live = journal.read(8);
    fill(journal, 5);
    expect(Array.from(live, ({ pos }) => pos)).toEqual([8, 9]);
  });

  it('goes on in a new segment when one is full, and reads across them', () => {
    const disk = new TestDisk();
    const { journal } = open(disk, 190);
    fill(journal, 10);

    expect(segmentNames(disk)).toEqual([
      '0000000000000001.journal',
      '0000000000000004.journal',
      '0000000000000007.journal',
      '0000000000000010.journal',
    ]);
    for (const name of segmentNames(disk)) expect(disk.files.get(`${FOLDER}/${name}`)?.length).toBeLessThanOrEqual(190);
    const expected = Array.from({ length: 10 }, (_, index) => `${index + 1}:record ${index + 1}`);
    for (let from = 1; from <= 10; from += 1) expect(contents(journal, from)).toEqual(expected.slice(from - 1));
    expect(contents(open(disk.copy(), 190).journal)).toEqual(expected);
  });

  it('puts a record above the segment size alone into a segment', () => {
    const disk = new TestDisk();
    const { journal } = open(disk, 100);
    for (const size of [10, 500, 500, 10]) journal.append(new Uint8Array(size));

    expect(segmentNames(disk)).toHaveLength(4);
    expect(Array.from(open(disk.copy(), 100).journal.read(1), ({ payload }) => payload.length)).toEqual([10, 500, 500, 10]);
  });

  it('takes the largest payload and refuses one byte more', () => {
    const disk = new TestDisk();
    const { journal } = open(disk);
    const largest = new Uint8Array(MAX_PAYLOAD_BYTES).map((_, index) => index % 253);
    journal.append(text('small'));
    journal.append(largest);
    const error = errorOf(() => journal.append(new Uint8Array(MAX_PAYLOAD_BYTES + 1)));

    expect(error.code).toBe('JRN_TOO_LARGE');
    expect(journal.append(text('after'))).toBe(3);
    const payloads = Array.from(open(disk.copy()).journal.read(1), ({ payload }) => payload);
    expect(Buffer.compare(payloads[1] ?? text(''), largest)).toBe(0);
    expect(payloads.map((payload) => payload.length)).toEqual([5, MAX_PAYLOAD_BYTES, 5]);
  });

  it('seeks in a large segment without reading it all', () => {
    const disk = new TestDisk();
    const filled = open(disk).journal;
    for (let index = 0; index < 4000; index += 1) filled.append(new Uint8Array(1000).fill(index % 256));
    for (const journal of [filled, open(disk.copy()).journal]) {
      const [record] = journal.read(3900, { limit: 1 });
      expect(record?.payload[0]).toBe(3899 % 256);
    }
    const reads = disk.copy();
    const { journal } = open(reads);
    const before = reads.calls.length;
    Array.from(journal.read(3900, { limit: 1 }));
    expect(reads.calls.slice(before).filter((call) => call.startsWith('read')).length).toBeLessThanOrEqual(2);
  });

  it('refuses positions that it does not hold', () => {
    const { journal } = open(new TestDisk(), 190);
    fill(journal, 10);
    journal.dropBefore(7);

    expect(errorOf(() => journal.read(6)).code).toBe('JRN_NOT_KEPT');
    expect(errorOf(() => journal.read(0)).code).toBe('JRN_NOT_KEPT');
    expect(errorOf(() => journal.read(12)).code).toBe('JRN_AHEAD');
    expect(errorOf(() => journal.read(12)).details).toEqual({ fromPos: 12, lastPos: 10 });
  });

  it('drops whole segments below a bound, never the last, and goes on counting', () => {
    const disk = new TestDisk();
    const { journal } = open(disk, 190);
    fill(journal, 10);

    expect(journal.dropBefore(6)).toBe(1);
    expect(journal.firstPos).toBe(4);
    expect(contents(journal)[0]).toBe('4:record 4');
    expect(journal.dropBefore(1_000_000)).toBe(2);
    expect([journal.firstPos, journal.lastPos]).toEqual([10, 10]);
    const again = open(disk.copy(), 190).journal;
    expect(again.append(text('next'))).toBe(11);
    expect(again.verify()).toEqual({ records: 2, firstPos: 10, lastPos: 11 });
  });

  it('syncs what stays before it drops what goes', () => {
    const disk = new TestDisk();
    const { journal } = open(disk, 190);
    fill(journal, 4);
    disk.calls.length = 0;
    journal.dropBefore(4);

    expect(disk.calls).toEqual(['sync journal/0000000000000004.journal', 'remove journal/0000000000000001.journal']);
  });

  it('finishes a read whose segments are dropped meanwhile with an error, never with a hole', () => {
    const disk = new TestDisk();
    const { journal } = open(disk, 190);
    fill(journal, 10);
    const reading = journal.read(1);
    expect(reading.next().value?.pos).toBe(1);
    journal.dropBefore(10);

    const seen: number[] = [];
    expect(
      errorOf(() => {
        for (const { pos } of reading) seen.push(pos);
      }).code,
    ).toBe('JRN_READ_FAILED');
    expect(seen).toEqual([2, 3]);
    expect(segmentNames(disk)).toEqual(['0000000000000010.journal']);
  });

  it('is closed once and for all', () => {
    const { journal } = open(new TestDisk());
    journal.close();
    journal.close();

    for (const work of [() => journal.append(text('x')), () => journal.read(1), () => journal.sync(), () => journal.verify()]) {
      expect(errorOf(work).code).toBe('JRN_CLOSED');
    }
  });

  it('leaves other files in its folder alone', () => {
    const disk = new TestDisk();
    disk.writeAtomic(`${FOLDER}/notes.txt`, text('mine'));
    fill(open(disk).journal, 3);

    expect(contents(open(disk).journal)).toHaveLength(3);
    expect(disk.exists(`${FOLDER}/notes.txt`)).toBe(true);
  });
});

describe('journal durability', () => {
  it('counts as durable what a sync confirmed', () => {
    const { journal } = open(new TestDisk());
    fill(journal, 3);
    expect(journal.durablePos).toBe(0);
    journal.sync();
    fill(journal, 1);

    expect(journal.durablePos).toBe(3);
  });

  it('syncs a full segment before the next begins, so that only the last can be torn', () => {
    const disk = new TestDisk();
    const { journal } = open(disk, 190);
    fill(journal, 3);
    disk.calls.length = 0;
    fill(journal, 1);

    expect(disk.calls.slice(0, 2)).toEqual(['sync journal/0000000000000001.journal', 'open journal/0000000000000004.journal']);
    expect(journal.durablePos).toBe(3);
  });

  it('makes durable at open what recovery will act on', () => {
    const disk = new TestDisk();
    fill(open(disk).journal, 3);

    expect(open(disk.copy()).journal.durablePos).toBe(3);
  });

  it('never believes a sync after one has failed', () => {
    const disk = new TestDisk();
    const { journal } = open(disk);
    fill(journal, 1);
    disk.fail({ call: 'sync', code: 'failed' });

    const error = errorOf(() => journal.sync());
    expect([error.code, error.disk]).toEqual(['JRN_SYNC_FAILED', 'failed']);
    expect(errorOf(() => journal.sync()).code).toBe('JRN_SYNC_FAILED');
    expect(journal.durablePos).toBe(0);
    expect(errorOf(() => journal.dropBefore(1) || journal.sync()).code).toBe('JRN_SYNC_FAILED');
  });
});
