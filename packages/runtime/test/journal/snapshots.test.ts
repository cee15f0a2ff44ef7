import { describe, expect, it } from '@jest/globals';
import { readNewestSnapshot, SnapshotDraft, type SnapshotReport, writeSnapshot, writeSnapshotLater } from '../../src/journal/snapshots.ts';
import { type DiskError, diskErrorOf } from '../../src/ports/disk.ts';
import { errorOf, text } from './_journals.ts';
import { TestDisk } from './_test-disk.ts';

const name = (pos: number): string => `${String(pos).padStart(16, '0')}.snapshot`;
const path = (pos: number): string => `snapshots/${name(pos)}`;

function draftOf(bytes: Uint8Array): SnapshotDraft {
  const draft = new SnapshotDraft();
  draft.append(bytes);
  return draft;
}

function filled(...positions: readonly number[]): TestDisk {
  const disk = new TestDisk();
  for (const pos of positions) writeSnapshot(disk, 'snapshots', pos, draftOf(text(`state ${pos}`)));
  return disk;
}

/** Does what it is to do later when the test says so. */
class SlowDisk extends TestDisk {
  readonly waiting: (() => void)[] = [];

  writeAtomicLater(path: string, bytes: Uint8Array, done: (error: DiskError | undefined) => void): void {
    this.waiting.push(() => done(diskErrorOf(() => this.writeAtomic(path, bytes))));
  }

  removeLater(path: string, done: (error: DiskError | undefined) => void): void {
    this.waiting.push(() => done(diskErrorOf(() => this.remove(path))));
  }
}

function newest(disk: TestDisk, maxPos = 1_000_000): { found: string | undefined; reports: SnapshotReport[] } {
  const reports: SnapshotReport[] = [];
  const snapshot = readNewestSnapshot(disk, 'snapshots', { maxPos, onPassedOver: (report) => reports.push(report) });
  return { found: snapshot && `${snapshot.pos}:${new TextDecoder().decode(snapshot.bytes)}`, reports };
}

describe('snapshots', () => {
  it('are none at first', () => {
    expect(newest(new TestDisk())).toEqual({ found: undefined, reports: [] });
  });

  it('give back the newest, byte for byte, also an empty one', () => {
    expect(newest(filled(5, 70, 600))).toEqual({ found: '600:state 600', reports: [] });
    const disk = filled(5);
    writeSnapshot(disk, 'snapshots', 6, draftOf(new Uint8Array()));
    expect(newest(disk).found).toBe('6:');
  });

  it('keep the last three', () => {
    expect(filled(1, 2, 3, 4, 5).list('snapshots')).toEqual([name(3), name(4), name(5)]);
  });

  it('replace one of the same position', () => {
    const disk = filled(1, 2);
    writeSnapshot(disk, 'snapshots', 2, draftOf(text('again')));

    expect(newest(disk).found).toBe('2:again');
    expect(disk.list('snapshots')).toHaveLength(2);
  });

  it('fall back to the older one, with a report, whichever bit of the newest flips', () => {
    const disk = filled(1, 2);
    const size = disk.files.get(path(2))?.length ?? 0;
    for (let bit = 0; bit < size * 8; bit += 1) {
      const hurt = disk.copy((files) => {
        const bytes = files.get(path(2)) ?? text('');
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      });
      expect(newest(hurt)).toEqual({ found: '1:state 1', reports: [{ file: path(2), pos: 2, reason: 'damaged' }] });
    }
  });

  it('fall back to the older one wherever the newest is cut', () => {
    const disk = filled(1, 2);
    const whole = disk.files.get(path(2)) ?? text('');
    for (let kept = 0; kept < whole.length; kept += 1) {
      expect(newest(disk.copy((files) => files.set(path(2), whole.slice(0, kept)))).found).toBe('1:state 1');
    }
  });

  it('are not taken under the position of another', () => {
    const disk = filled(1, 2);
    disk.files.set(path(9), disk.files.get(path(1)) ?? text(''));

    expect(newest(disk)).toEqual({ found: '2:state 2', reports: [{ file: path(9), pos: 9, reason: 'damaged' }] });
  });

  it('are set aside when the journal has lost their records, and never come back to life', () => {
    const disk = filled(100, 200, 300);

    expect(newest(disk, 150)).toMatchObject({
      found: '100:state 100',
      reports: [
        { pos: 300, reason: 'ahead' },
        { pos: 200, reason: 'ahead' },
      ],
    });
    expect(newest(disk, 400)).toEqual({ found: '100:state 100', reports: [] });
    expect(disk.list('snapshots')).toEqual([name(100), `${name(200)}.ahead`, `${name(300)}.ahead`]);
  });

  it('of a lost history do not crowd out the new one', () => {
    const disk = filled(200, 300, 400);
    writeSnapshot(disk, 'snapshots', 150, draftOf(text('new history')));

    expect(newest(disk).found).toBe('150:new history');
  });

  it('stay as they were when the disk refuses a new one', () => {
    const disk = filled(1, 2, 3);
    disk.fail({ call: 'writeAtomic', code: 'full' });

    const error = errorOf(() => writeSnapshot(disk, 'snapshots', 4, draftOf(text('x'))));
    expect([error.code, error.disk]).toEqual(['JRN_WRITE_FAILED', 'full']);
    expect(disk.list('snapshots')).toEqual([name(1), name(2), name(3)]);
    disk.fail({ call: 'read', code: 'failed' });
    expect(errorOf(() => newest(disk)).code).toBe('JRN_READ_FAILED');
  });

  describe('written while the loop is free', () => {
    const write = (disk: TestDisk, pos: number): unknown[] => {
      const told: unknown[] = [];
      writeSnapshotLater(disk, 'snapshots', pos, draftOf(text(`state ${pos}`)), (error) => told.push(error ?? 'done'));
      return told;
    };

    it('take the place of the oldest step by step; one of a lost history is set aside', () => {
      const disk = new SlowDisk();
      for (const pos of [1, 2, 3, 9]) disk.writeAtomic(path(pos), draftOf(text(`state ${pos}`)).sealed(pos));
      const told = write(disk, 4);
      expect([told, newest(disk, 4).found]).toEqual([[], '3:state 3']);
      disk.waiting.shift()?.();
      expect([told, newest(disk, 4).found, disk.exists(path(1))]).toEqual([[], '4:state 4', true]);
      disk.waiting.shift()?.();

      expect([told, disk.waiting]).toEqual([['done'], []]);
      expect(disk.list('snapshots')).toEqual([name(2), name(3), name(4), `${name(9)}.ahead`]);
    });

    it('stay as they were when the disk refuses the new one; a refused removal is told, too', () => {
      const disk = new SlowDisk();
      for (const pos of [1, 2, 3]) disk.writeAtomic(path(pos), draftOf(text(`state ${pos}`)).sealed(pos));
      disk.fail({ call: 'writeAtomic', code: 'full' });
      const refused = write(disk, 4);
      disk.waiting.shift()?.();
      expect(refused).toMatchObject([{ code: 'JRN_WRITE_FAILED', disk: 'full' }]);
      expect([disk.list('snapshots'), disk.waiting]).toEqual([[name(1), name(2), name(3)], []]);
      disk.fail({ call: 'remove', code: 'failed' });
      const kept = write(disk, 4);
      for (const step of disk.waiting) step();

      expect(kept).toMatchObject([{ code: 'JRN_WRITE_FAILED', disk: 'failed' }]);
      expect(newest(disk).found).toBe('4:state 4');
    });

    it('are written in place where the disk cannot do it later', () => {
      const disk = filled(1, 2, 3);
      expect(write(disk, 4)).toEqual(['done']);
      disk.fail({ call: 'writeAtomic', code: 'full' });
      expect(errorOf(() => write(disk, 5)).code).toBe('JRN_WRITE_FAILED');

      expect(newest(disk).found).toBe('4:state 4');
    });
  });

  it('writes one after another from the same draft, of whatever size, and keeps no large buffer for a small one', () => {
    const disk = new TestDisk();
    const draft = new SnapshotDraft();
    const sizes = [3, 3_000_000, 5, 1_500_000, 7];
    for (const [index, size] of sizes.entries()) {
      draft.clear();
      for (let rest = size; rest > 0; rest -= 700_000) draft.append(Buffer.alloc(Math.min(rest, 700_000), index + 1));
      writeSnapshot(disk, 'snapshots', index + 1, draft);

      expect(readNewestSnapshot(disk, 'snapshots', { maxPos: 9 })?.bytes).toEqual(new Uint8Array(size).fill(index + 1));
    }
    draft.clear();

    expect(draft.bytes.buffer.byteLength).toBeLessThan(2_000_000);
  });
});
