import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../src/app-error.ts';
import { nextEpoch } from '../../src/journal/epoch.ts';
import { text } from './_journals.ts';
import { TestClock } from './_test-clock.ts';
import { TestDisk } from './_test-disk.ts';

function errorOf(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('epoch', () => {
  it('is the second of the start, or one above the last when the clock stands or goes back', () => {
    const disk = new TestDisk();
    const at = (unixSeconds: number): number => nextEpoch(disk, new TestClock(unixSeconds), 'epoch');

    expect([at(1000), at(1000), at(500), at(2000), at(0)]).toEqual([1000, 1001, 1002, 2000, 2001]);
  });

  it('counts for each name by itself', () => {
    const disk = new TestDisk();

    expect(nextEpoch(disk, new TestClock(1000), 'engine/epoch')).toBe(1000);
    expect(nextEpoch(disk, new TestClock(1000), 'trader/epoch')).toBe(1000);
  });

  it('is stored before it is used: none when the disk refuses', () => {
    const disk = new TestDisk();
    disk.fail({ call: 'writeAtomic', code: 'full' });

    const error = errorOf(() => nextEpoch(disk, new TestClock(1000), 'epoch'));
    expect(error.code).toBe('JRN_EPOCH_FAILED');
    expect(error.details).toEqual({ file: 'epoch', disk: 'full' });
    expect(disk.exists('epoch')).toBe(false);
  });

  it.each(['', 'x', '12', '-5\n', '1e3\n', '9'.repeat(15)])('refuses to guess when the file holds %j', (content) => {
    const disk = new TestDisk();
    disk.writeAtomic('epoch', text(content));

    expect(errorOf(() => nextEpoch(disk, new TestClock(1000), 'epoch')).code).toBe('JRN_EPOCH_DAMAGED');
    expect(new TextDecoder().decode(disk.readWhole('epoch'))).toBe(content);
  });
});
