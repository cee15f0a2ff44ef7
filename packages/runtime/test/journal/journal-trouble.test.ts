import { describe, expect, it } from '@jest/globals';
import { contents, errorOf, fill, open, segmentNames, text } from './_journals.ts';
import { TestDisk } from './_test-disk.ts';

describe('journal on a disk in trouble', () => {
  it.each([0, 1, 31, 32, 40])('takes back an append of which %i bytes got through, and goes on when the disk heals', (after) => {
    const disk = new TestDisk();
    const { journal } = open(disk);
    fill(journal, 2);
    disk.fail({ call: 'append', code: 'full', after });

    const error = errorOf(() => journal.append(text('lost')));
    expect([error.code, error.disk]).toEqual(['JRN_WRITE_FAILED', 'full']);
    expect(error.message).toContain('journal/0000000000000001.journal');
    expect(journal.lastPos).toBe(2);
    expect(journal.append(text('kept'))).toBe(3);
    expect(contents(journal)).toEqual(['1:record 1', '2:record 2', '3:kept']);
    expect(contents(open(disk.copy()).journal)).toEqual(['1:record 1', '2:record 2', '3:kept']);
    expect(journal.verify()).toEqual({ records: 3, firstPos: 1, lastPos: 3 });
  });

  it('tries again to take back a failed append when the disk refused that too', () => {
    const disk = new TestDisk();
    const { journal } = open(disk);
    fill(journal, 1);
    disk.fail({ call: 'append', code: 'failed', after: 20 });
    disk.fail({ call: 'truncate', code: 'failed', times: 2 });

    expect(errorOf(() => journal.append(text('a'))).disk).toBe('failed');
    expect(errorOf(() => journal.append(text('b'))).message).toContain('take back');
    expect(contents(journal)).toEqual(['1:record 1']);
    expect(journal.append(text('c'))).toBe(2);
    expect(contents(open(disk.copy()).journal)).toEqual(['1:record 1', '2:c']);
  });

  it('cuts what a failed append left when the process ended before it was taken back', () => {
    const disk = new TestDisk();
    const { journal } = open(disk);
    fill(journal, 1);
    disk.fail({ call: 'append', code: 'failed', after: 20 });
    disk.fail({ call: 'truncate', code: 'failed' });
    errorOf(() => journal.append(text('a')));

    const again = open(disk.copy());
    expect(contents(again.journal)).toEqual(['1:record 1']);
    expect(again.cuts).toEqual([
      { file: 'journal/0000000000000001.journal', offset: 80, bytes: 20, lastPos: 1, reason: 'the record is cut short' },
    ]);
  });

  it.each([
    ['open', 0],
    ['append', 0],
    ['append', 17],
    ['append', 40],
    ['sync', 0],
  ] as const)('stays as it was when a new segment cannot be begun (%s fails after %i bytes)', (call, after) => {
    const disk = new TestDisk();
    const { journal } = open(disk, 190);
    fill(journal, 3);
    disk.fail({ call, code: 'full', after });

    expect(errorOf(() => fill(journal, 1)).disk).toBe('full');
    const crashed = open(disk.copy(), 190).journal;
    expect(contents(crashed)).toEqual(contents(journal));
    expect(crashed.append(text('x'))).toBe(4);
    // A failed sync is final; all else heals.
    if (call === 'sync') expect(errorOf(() => fill(journal, 1)).code).toBe('JRN_SYNC_FAILED');
    else expect(journal.append(text(''))).toBe(4);
  });

  it('writes nothing more to a segment after a failed try to begin the next', () => {
    const disk = new TestDisk();
    const { journal } = open(disk, 190);
    fill(journal, 3);
    // The header gets through in full, so the next segment's file is there and claims position 4.
    disk.fail({ call: 'append', code: 'failed', after: 40 });
    errorOf(() => journal.append(new Uint8Array(50)));
    journal.append(text(''));

    expect(segmentNames(disk)).toEqual(['0000000000000001.journal', '0000000000000004.journal']);
    expect(contents(open(disk.copy(), 190).journal)).toEqual([...contents(journal).slice(0, 3), '4:']);
  });

  it('says what failed when it cannot be opened', () => {
    for (const call of ['open', 'append', 'sync'] as const) {
      const disk = new TestDisk();
      disk.fail({ call, code: 'read-only' });
      expect(errorOf(() => open(disk)).disk).toBe('read-only');
    }
    const disk = new TestDisk();
    disk.fail({ call: 'read', code: 'denied' });
    expect(errorOf(() => open(disk)).code).toBe('JRN_READ_FAILED');
  });

  it('says what failed while reading or dropping, and can try again', () => {
    const disk = new TestDisk();
    const { journal } = open(disk, 190);
    fill(journal, 10);
    disk.fail({ call: 'read', code: 'failed' });
    expect(errorOf(() => contents(journal)).code).toBe('JRN_READ_FAILED');
    disk.fail({ call: 'remove', code: 'read-only', skip: 1 });
    expect(errorOf(() => journal.dropBefore(10)).disk).toBe('read-only');

    expect(journal.firstPos).toBe(4);
    expect(contents(journal)).toHaveLength(7);
    expect(journal.dropBefore(10)).toBe(2);
  });

  it('lets what is no disk error pass unchanged: a simulated crash is none', () => {
    const disk = new TestDisk();
    const { journal } = open(disk);
    const crash = new Error('this process is dead');
    disk.pass = () => {
      throw crash;
    };

    expect(() => journal.append(text('x'))).toThrow(crash);
    expect(() => journal.sync()).not.toThrow();
    expect(() => contents(journal)).not.toThrow();
  });
});
