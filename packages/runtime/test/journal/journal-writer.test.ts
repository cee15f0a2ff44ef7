import { describe, expect, it } from '@jest/globals';
import type { Journal } from '../../src/journal/journal.ts';
import { createJournalWriter, type JournalSync, type JournalWriter } from '../../src/journal/journal-writer.ts';
import { errorOf, open, text } from './_journals.ts';
import { TestClock } from './_test-clock.ts';
import { TestDisk } from './_test-disk.ts';

interface Bench {
  readonly disk: TestDisk;
  readonly journal: Journal;
  readonly clock: TestClock;
  readonly writer: JournalWriter;
  readonly failures: unknown[];
  readonly syncs: () => number;
}

function make(sync: JournalSync, maxWaiting?: number): Bench {
  const disk = new TestDisk();
  const { journal } = open(disk);
  const clock = new TestClock(1000);
  const failures: unknown[] = [];
  const bound = maxWaiting === undefined ? {} : { maxWaiting };
  const writer = createJournalWriter(journal, { sync, clock, onSyncFailed: (error) => failures.push(error), ...bound });
  disk.calls.length = 0;
  return { disk, journal, clock, writer, failures, syncs: () => disk.calls.filter((call) => call.startsWith('sync')).length };
}

describe('journal writer with JOURNAL_SYNC=normal', () => {
  it('lets effects go in the same call, without a sync', () => {
    const { writer, clock, syncs } = make('normal');
    const ran: number[] = [];
    const pos = writer.append(text('a'));
    writer.whenDurable(pos, () => ran.push(pos));

    expect(ran).toEqual([1]);
    expect(writer.durablePos).toBe(1);
    expect(syncs()).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('runs callbacks in order, one after another, never inside one another', () => {
    const { writer } = make('normal');
    const ran: string[] = [];
    writer.whenDurable(writer.append(text('a')), () => {
      ran.push('a begins');
      writer.whenDurable(writer.append(text('b')), () => ran.push('b'));
      ran.push('a ends');
    });

    expect(ran).toEqual(['a begins', 'a ends', 'b']);
  });

  it('goes on with the next callback after one has thrown', () => {
    const { writer } = make('normal');
    const ran: string[] = [];
    const bug = new Error('bug');
    const pos = writer.append(text('a'));

    expect(() =>
      writer.whenDurable(pos, () => {
        writer.whenDurable(pos, () => ran.push('b'));
        throw bug;
      }),
    ).toThrow(bug);
    writer.whenDurable(pos, () => ran.push('c'));
    expect(ran).toEqual(['b', 'c']);
  });
});

describe('journal writer with JOURNAL_SYNC=full', () => {
  it('holds effects until one sync at the end of the turn, then runs them in order', () => {
    const { writer, clock, syncs } = make('full');
    const ran: number[] = [];
    for (const value of ['a', 'b', 'c']) {
      const pos = writer.append(text(value));
      writer.whenDurable(pos, () => ran.push(pos));
    }
    expect([ran, writer.durablePos, writer.waiting]).toEqual([[], 0, 3]);
    clock.run();

    expect([ran, writer.durablePos, writer.waiting]).toEqual([[1, 2, 3], 3, 0]);
    expect(syncs()).toBe(1);
  });

  it('syncs what nobody waits for as well', () => {
    const { writer, clock, journal } = make('full');
    writer.append(text('a'));
    clock.run();

    expect(journal.durablePos).toBe(1);
  });

  it('never lets an effect pass one that was given before it', () => {
    const { writer, clock } = make('full');
    const ran: string[] = [];
    writer.append(text('a'));
    clock.run();
    writer.whenDurable(writer.append(text('b')), () => ran.push('b'));
    writer.whenDurable(1, () => ran.push('a, already durable'));

    expect(ran).toEqual([]);
    clock.run();
    expect(ran).toEqual(['b', 'a, already durable']);
  });

  it('syncs again for what callbacks append', () => {
    const { writer, clock, syncs } = make('full');
    const ran: string[] = [];
    writer.whenDurable(writer.append(text('a')), () => {
      ran.push('a');
      writer.whenDurable(writer.append(text('b')), () => ran.push('b'));
    });
    clock.run();

    expect(ran).toEqual(['a', 'b']);
    expect(syncs()).toBe(2);
  });

  it('never runs an effect after a failed sync, and says so once', () => {
    const { writer, clock, disk, failures } = make('full');
    const ran: string[] = [];
    disk.fail({ call: 'sync', code: 'failed' });
    writer.whenDurable(writer.append(text('a')), () => ran.push('a'));
    clock.run();
    writer.whenDurable(writer.append(text('b')), () => ran.push('b'));
    clock.run();

    expect(ran).toEqual([]);
    expect(failures).toMatchObject([{ code: 'JRN_SYNC_FAILED', disk: 'failed' }]);
  });

  it('refuses more waiting effects than its bound', () => {
    const { writer, clock } = make('full', 2);
    const pos = writer.append(text('a'));
    writer.whenDurable(pos, () => undefined);
    writer.whenDurable(pos, () => undefined);

    expect(errorOf(() => writer.whenDurable(pos, () => undefined)).code).toBe('JRN_BACKLOG');
    clock.run();
    expect(() => writer.whenDurable(pos, () => undefined)).not.toThrow();
  });

  it('flushes for an orderly stop and runs nothing once closed', () => {
    const { writer, clock } = make('full');
    const ran: string[] = [];
    writer.whenDurable(writer.append(text('a')), () => ran.push('a'));
    writer.flush();
    writer.whenDurable(writer.append(text('b')), () => ran.push('b'));
    writer.close();
    clock.run();

    expect(ran).toEqual(['a']);
    expect(clock.pending).toBe(0);
  });
});
