/** Who writes the log of a database into its file: a thread beside the writer, so that the writer need not wait for the disk. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import type { Database } from '../../src/ports/store.ts';
import { type WalBounds, WalTender } from '../../src/store/_wal-thread.mjs';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';

const PAGE = 4096;
/** SQLite's own limit, at which a commit would wait for the disk. */
const USUAL_PAGES = 1_000;
const BOUNDS: WalBounds = { syncPages: 100, quickPages: 200, anyPages: 500, quickMs: 10 };
const DEADLINE_MS = 20_000;
/** Another process that begins the log anew, as `sqlite3` in an operator's hands might. */
const EMPTIES = `
  const { workerData } = require('node:worker_threads');
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(workerData, { timeout: 60_000 });
  database.prepare('PRAGMA wal_checkpoint(RESTART)').get();
  database.close();
`;

const root = mkdtempSync(join(tmpdir(), 'fillwright-wal-'));
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).reverse()) end();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Desk {
  readonly file: string;
  readonly database: Database;
  /** Commits that fill about so many pages of the log. */
  write(pages: number): void;
  rows(): number;
}

function desk(): Desk {
  const folder = mkdtempSync(join(root, 'd-'));
  const database = createSqliteStore(folder).open('ledger.sqlite');
  ends.push(() => database.close());
  database.exec('CREATE TABLE t (v BLOB)');
  const insert = database.prepare('INSERT INTO t VALUES (?)');
  return {
    file: join(folder, 'ledger.sqlite'),
    database,
    // A row for each page, and at each commit those above it.
    write: (pages) => {
      for (let left = pages; left > 0; left -= 10)
        database.transaction(() => {
          for (let row = 0; row < 8; row++) insert.run(new Uint8Array(PAGE - 500));
        });
    },
    rows: () => Number(database.prepare('SELECT count(*) AS n FROM t').get()?.n),
  };
}

function settled(database: Database): Promise<boolean> {
  return new Promise((resolve) => database.settle(resolve));
}

describe('the log of a database', () => {
  it('is not written into the file by the commits, as far as it may wait', () => {
    const { file, write } = desk();
    const before = statSync(file).size;
    write(3 * USUAL_PAGES);

    expect(statSync(`${file}-wal`).size).toBeGreaterThan(3 * USUAL_PAGES * PAGE);
    expect(statSync(file).size).toBe(before);
  });

  it('is emptied by its thread while the writer goes on, and nothing is lost', async () => {
    const { file, write, rows } = desk();
    const deadline = performance.now() + DEADLINE_MS;
    // Fewer than make the thread move them: the commits themselves move none.
    write(3_500);
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(3_000 * PAGE);
    write(2_500);
    let written = 6_000;
    while (statSync(file).size < 4_000 * PAGE && performance.now() < deadline) {
      write(10);
      written += 10;
      await new Promise((resolve) => setImmediate(resolve));
    }

    expect(statSync(file).size).toBeGreaterThanOrEqual(4_000 * PAGE);
    expect(rows()).toBe((written / 10) * 8);
  });

  it('is settled on demand: what was committed is in the file then, and each who asked is told', async () => {
    const { file, database, write } = desk();
    write(500);
    const both = [settled(database), settled(database)];

    expect(await Promise.all(both)).toEqual([true, true]);
    expect(statSync(file).size).toBeGreaterThan(350 * PAGE);
  });

  it('cannot be settled while somebody reads an old state of it', async () => {
    const { file, database, write } = desk();
    const reader = createSqliteStore(join(file, '..')).open('ledger.sqlite');
    ends.push(() => reader.close());
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM t').get();
    write(100);

    expect(await settled(database)).toBe(false);
    reader.exec('COMMIT');
    expect(await settled(database)).toBe(true);
  });

  it('is not taken for settled while another process empties it', async () => {
    const { file, write } = desk();
    const reader = createSqliteStore(join(file, '..')).open('ledger.sqlite');
    ends.push(() => reader.close());
    write(100);
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM t').get();
    const tender = new WalTender(file, BOUNDS);
    ends.push(() => tender.close());
    expect(tender.settle()).toBe(true);
    // It waits for the reader, and meanwhile nobody else may.
    const other = new Worker(EMPTIES, { eval: true, workerData: file });
    const ended = once(other, 'exit');
    try {
      const deadline = performance.now() + DEADLINE_MS;
      while (tender.settle() && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
      expect(tender.settle()).toBe(false);
    } finally {
      reader.exec('COMMIT');
      await ended;
    }
    expect(tender.settle()).toBe(true);
  });

  it('is gone, with everything in the file, after the database was closed', async () => {
    const { file, database, write } = desk();
    await settled(database);
    write(300);
    database.close();

    expect([existsSync(`${file}-wal`), existsSync(`${file}-shm`)]).toEqual([false, false]);
    expect(statSync(file).size).toBeGreaterThan(200 * PAGE);
  });

  it('answers nobody after the database was closed', async () => {
    const { database, write } = desk();
    write(300);
    let told = 0;
    database.settle(() => {
      told += 1;
    });
    database.close();
    await settled(desk().database);

    expect(told).toBe(0);
    expect(() => database.settle(() => undefined)).toThrow('was closed');
  });
});

describe('a look at the log', () => {
  /** `syncsMs`: what each sync takes, by the clock of the tender. */
  function tended(syncMs: number) {
    const { file, write, rows } = desk();
    let nowMs = 0;
    const tender = new WalTender(file, BOUNDS, () => {
      nowMs += syncMs;
      return nowMs;
    });
    ends.push(() => tender.close());
    return { tender, file, write, rows };
  }

  it('does nothing before there is enough to sync', () => {
    const { tender, write } = tended(1);
    write(40);
    expect(tender.look()).toBe('nothing');
    write(100);
    expect(tender.look()).toBe('synced');
    expect(tender.look()).toBe('nothing');
  });

  it('empties it early where the disk is quick, and later where it is slow', () => {
    const quick = tended(1);
    quick.write(300);
    expect(quick.tender.look()).toBe('emptied');

    const slow = tended(1_000);
    slow.write(300);
    expect(slow.tender.look()).toBe('synced');
    slow.write(300);
    expect(slow.tender.look()).toBe('emptied');
  });

  it('begins to count anew with the log', () => {
    const { tender, write } = tended(1);
    write(210);
    expect(tender.look()).toBe('emptied');
    expect(tender.look()).toBe('nothing');
    write(260);
    expect(tender.look()).toBe('emptied');
  });
});
