/** Group commit: a sync that is under way elsewhere while the journal goes on. */
import { describe, expect, it } from '@jest/globals';
import { type Journal, openJournal } from '../../src/journal/journal.ts';
import { createJournalWriter } from '../../src/journal/journal-writer.ts';
import type { Disk, DiskFile } from '../../src/ports/disk.ts';
import { DiskError } from '../../src/ports/disk.ts';
import { errorOf, FOLDER, text } from './_journals.ts';
import { TestClock } from './_test-clock.ts';
import { TestDisk } from './_test-disk.ts';

type Done = (error: DiskError | undefined) => void;

/** Syncs end when the test says so, oldest first. */
class SlowDisk {
  readonly bare = new TestDisk();
  readonly started: Done[] = [];

  readonly disk: Disk = {
    open: (path) => this.#slow(this.bare.open(path)),
    list: (folder) => this.bare.list(folder),
    exists: (path) => this.bare.exists(path),
    writeAtomic: (path, bytes) => this.bare.writeAtomic(path, bytes),
    readWhole: (path) => this.bare.readWhole(path),
    remove: (path) => this.bare.remove(path),
  };

  end(error?: DiskError): void {
    this.started.shift()?.(error);
  }

  #slow(file: DiskFile): DiskFile {
    return {
      get size() {
        return file.size;
      },
      append: (bytes) => file.append(bytes),
      read: (offset, length) => file.read(offset, length),
      truncate: (size) => file.truncate(size),
      sync: () => file.sync(),
      syncLater: (done) => this.started.push(done),
      close: () => file.close(),
    };
  }
}

function make(segmentBytes?: number): { readonly slow: SlowDisk; readonly journal: Journal } {
  const slow = new SlowDisk();
  return { slow, journal: openJournal(slow.disk, { folder: FOLDER, ...(segmentBytes !== undefined && { segmentBytes }) }) };
}

describe('a sync that does not hold up the journal', () => {
  it('makes durable what was appended before it began, not what came meanwhile', () => {
    const { slow, journal } = make();
    const ended: unknown[] = [];
    journal.append(text('a'));
    journal.syncLater((error) => ended.push(error));
    journal.append(text('b'));

    expect([journal.durablePos, ended]).toEqual([0, []]);
    slow.end();
    expect([journal.durablePos, ended]).toEqual([1, [undefined]]);
  });

  it('does not take back what a segment change made durable meanwhile', () => {
    const { slow, journal } = make(100);
    journal.append(text('a'));
    journal.syncLater(() => undefined);
    for (const value of ['b', 'c', 'd']) journal.append(text(value));
    const durable = journal.durablePos;
    slow.end();

    expect(durable).toBeGreaterThan(1);
    expect(journal.durablePos).toBe(durable);
  });

  it('makes nothing durable any more once it has failed', () => {
    const { slow, journal } = make();
    const ended: unknown[] = [];
    journal.append(text('a'));
    journal.syncLater((error) => ended.push(error));
    slow.end(new DiskError('failed', 'journal'));

    expect(ended).toMatchObject([{ code: 'JRN_SYNC_FAILED' }]);
    expect(errorOf(() => journal.sync()).code).toBe('JRN_SYNC_FAILED');
    journal.syncLater((error) => ended.push(error));
    expect(ended).toMatchObject([{ code: 'JRN_SYNC_FAILED' }, { code: 'JRN_SYNC_FAILED' }]);
    expect(journal.durablePos).toBe(0);
  });

  it('ends with JRN_CLOSED when the journal was closed meanwhile', () => {
    const { slow, journal } = make();
    const ended: unknown[] = [];
    journal.append(text('a'));
    journal.syncLater((error) => ended.push(error));
    journal.close();
    slow.end();

    expect(ended).toMatchObject([{ code: 'JRN_CLOSED' }]);
  });
});

describe('group commit', () => {
  it('shares one sync between everything that was appended during the one before', () => {
    const { slow, journal } = make();
    const clock = new TestClock(1000);
    const writer = createJournalWriter(journal, { sync: 'full', clock, onSyncFailed: () => undefined });
    const ran: number[] = [];
    const append = (value: string): void => {
      const pos = writer.append(text(value));
      writer.whenDurable(pos, () => ran.push(pos));
    };
    append('a');
    clock.run();
    for (const value of ['b', 'c', 'd']) append(value);
    clock.run();

    expect([slow.started.length, ran]).toEqual([1, []]);
    slow.end();
    expect(ran).toEqual([1]);
    clock.run();
    expect(slow.started.length).toBe(1);
    slow.end();
    clock.run();
    expect([ran, slow.started.length, clock.pending]).toEqual([[1, 2, 3, 4], 0, 0]);
  });

  it('runs nothing and says so when the sync fails', () => {
    const { slow, journal } = make();
    const clock = new TestClock(1000);
    const failures: unknown[] = [];
    const ran: number[] = [];
    const writer = createJournalWriter(journal, { sync: 'full', clock, onSyncFailed: (error) => failures.push(error) });
    writer.whenDurable(writer.append(text('a')), () => ran.push(1));
    clock.run();
    slow.end(new DiskError('failed', 'journal'));
    clock.run();

    expect(failures).toMatchObject([{ code: 'JRN_SYNC_FAILED' }]);
    expect(ran).toEqual([]);
  });

  it('leaves out what waits when it is closed during a sync', () => {
    const { slow, journal } = make();
    const clock = new TestClock(1000);
    const ran: number[] = [];
    const writer = createJournalWriter(journal, { sync: 'full', clock, onSyncFailed: () => undefined });
    writer.whenDurable(writer.append(text('a')), () => ran.push(1));
    clock.run();
    writer.close();
    slow.end();
    clock.run();

    expect(ran).toEqual([]);
  });
});

describe('the size of a journal', () => {
  it('counts the bytes from a position on, over segments', () => {
    const { journal } = make(200);
    expect(journal.bytes()).toBe(40);
    for (let index = 0; index < 10; index += 1) journal.append(text('x'.repeat(18)));
    const all = journal.bytes();

    // Ten records of 50 bytes, three to a segment of 40 + 150.
    expect(all).toBe(10 * 50 + 4 * 40);
    expect(journal.bytes(10)).toBe(90);
    expect(journal.bytes(11)).toBe(0);
    journal.dropBefore(4);
    expect(journal.bytes()).toBe(all - 190);
  });

  it('knows it also of segments that an earlier process wrote', () => {
    const { slow, journal } = make(200);
    for (let index = 0; index < 10; index += 1) journal.append(text('x'.repeat(18)));
    journal.close();

    expect(openJournal(slow.disk, { folder: FOLDER, segmentBytes: 200 }).bytes()).toBe(journal.bytes());
  });
});
