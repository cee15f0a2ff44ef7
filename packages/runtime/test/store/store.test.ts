import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { AppError } from '../../src/app-error.ts';
import type { Store } from '../../src/ports/store.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';

const base = mkdtempSync(join(tmpdir(), 'fillwright-store-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

function errorOf(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** A store, and the store of the same process after a restart. */
function live(): { store: Store; restart: () => Store } {
  const root = join(mkdtempSync(join(base, 'root-')), 'made on demand');
  return { store: createSqliteStore(root), restart: () => createSqliteStore(root) };
}

function memory(): { store: Store; restart: () => Store } {
  const store = createMemoryStore();
  return {
    store,
    restart: () => {
      store.releaseAll();
      return store.incarnation();
    },
  };
}

describe.each([
  ['node:sqlite', live],
  ['memory', memory],
] as const)('%s as a Store', (_, make) => {
  it('runs, gets and lists', () => {
    const database = make().store.open('history.db');
    database.exec('CREATE TABLE fills (id INTEGER PRIMARY KEY, price TEXT, raw BLOB, note TEXT)');
    const insert = database.prepare('INSERT INTO fills (price, raw, note) VALUES (?, ?, ?)');

    expect(insert.run('0.10', Uint8Array.of(0, 255), null)).toEqual({ changes: 1 });
    insert.run('0.20', new Uint8Array(), 'x');
    expect(database.prepare('SELECT * FROM fills WHERE id = ?').get(1)).toEqual({
      id: 1,
      price: '0.10',
      raw: Uint8Array.of(0, 255),
      note: null,
    });
    expect(database.prepare('SELECT price FROM fills ORDER BY id DESC').all()).toEqual([{ price: '0.20' }, { price: '0.10' }]);
    expect(database.prepare('SELECT * FROM fills WHERE id = 9').get()).toBeUndefined();
    expect(database.prepare('UPDATE fills SET note = ?').run('y')).toEqual({ changes: 2 });
  });

  it('returns every 64-bit integer exactly: as a number where that is exact, else as a bigint', () => {
    const database = make().store.open('numbers.db');
    database.exec('CREATE TABLE n (v INTEGER)');
    const insert = database.prepare('INSERT INTO n VALUES (?) RETURNING v');
    const exact = [0, -1, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER];
    const large = [2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n), 1_234_567_890_123_456_789n];

    for (const value of [...exact, ...large]) expect(insert.get(value)).toEqual({ v: value });
    expect(database.prepare('SELECT v FROM n ORDER BY rowid').all()).toEqual([...exact, ...large].map((v) => ({ v })));
    expect(database.prepare('SELECT 0.5 AS half').get()).toEqual({ half: 0.5 });
  });

  it('commits a transaction that returns and rolls back one that throws', () => {
    const database = make().store.open('a.db');
    database.exec('CREATE TABLE t (v TEXT)');
    const insert = database.prepare('INSERT INTO t VALUES (?)');
    const reason = new Error('changed my mind');

    expect(database.transaction(() => insert.run('kept').changes)).toBe(1);
    expect(() =>
      database.transaction(() => {
        insert.run('lost');
        throw reason;
      }),
    ).toThrow(reason);
    insert.run('after');
    expect(database.prepare('SELECT v FROM t').all()).toEqual([{ v: 'kept' }, { v: 'after' }]);
  });

  it('syncs the commit of a durable transaction, and no other', () => {
    const database = make().store.open('a.db');
    const level = () => database.prepare('PRAGMA synchronous').get()?.synchronous;
    const failing = () =>
      database.transaction(
        () => {
          throw new Error('no');
        },
        { isDurable: true },
      );

    expect([database.transaction(level, { isDurable: true }), level(), database.transaction(level)]).toEqual([2, 1, 1]);
    expect(failing).toThrow('no');
    expect(level()).toBe(1);
  });

  it('refuses a transaction inside a transaction and an asynchronous one, and rolls back', () => {
    const database = make().store.open('a.db');
    database.exec('CREATE TABLE t (v TEXT)');
    const insert = database.prepare('INSERT INTO t VALUES (?)');

    const nested = errorOf(() => database.transaction(() => database.transaction(() => insert.run('x'))));
    expect(nested.message).toContain('inside a transaction');
    const later = errorOf(() =>
      database.transaction(() => {
        insert.run('x');
        return Promise.resolve();
      }),
    );
    expect(later.message).toContain('asynchronous');
    expect(database.prepare('SELECT v FROM t').all()).toEqual([]);
  });

  it('says which file and why when SQLite refuses', () => {
    const database = make().store.open('orders.db');
    database.exec('CREATE TABLE t (v TEXT UNIQUE)');
    const insert = database.prepare('INSERT INTO t VALUES (?)');
    insert.run('x');

    for (const work of [() => insert.run('x'), () => database.exec('NONSENSE'), () => database.prepare('SELECT * FROM nowhere')]) {
      const error = errorOf(work);
      expect(error.code).toBe('RUN_STORE_FAILED');
      expect(error.message).toMatch(/orders\.db.*: (UNIQUE|near|no such table)/);
    }
  });

  it('finds after a restart what was committed', () => {
    const { store, restart } = make();
    const database = store.open('state/a.db');
    database.exec('CREATE TABLE t (v TEXT)');
    database.prepare('INSERT INTO t VALUES (?)').run('x');
    database.close();

    expect(restart().open('state/a.db').prepare('SELECT v FROM t').all()).toEqual([{ v: 'x' }]);
  });

  it('keeps databases of different names apart', () => {
    const { store } = make();
    store.open('a.db').exec('CREATE TABLE t (v TEXT)');

    expect(errorOf(() => store.open('b.db').prepare('SELECT * FROM t')).message).toContain('no such table');
  });

  it('refuses a closed database, and closes twice without complaint', () => {
    const database = make().store.open('a.db');
    const statement = database.prepare('SELECT 1');
    database.close();
    database.close();

    expect(errorOf(() => database.exec('SELECT 1')).message).toContain('was closed');
    expect(errorOf(() => statement.get()).message).toContain('was closed');
  });

  it('gives a lock to one holder at a time, by name', () => {
    const { store } = make();
    const lock = store.lock('engine.lock');

    const error = errorOf(() => store.lock('engine.lock'));
    expect(error.code).toBe('RUN_LOCKED');
    expect(error.message).toContain('engine.lock is locked by another process');
    expect(error.message).toContain('Stop the other one');
    store.lock('other.lock').release();
    lock.release();
    lock.release();
    const again = store.lock('engine.lock');
    lock.release();
    expect(errorOf(() => store.lock('engine.lock')).code).toBe('RUN_LOCKED');
    again.release();
  });

  it.each(['', '../a.db', '/tmp/a.db', 'a/../../b.db'])('refuses the name %j', (name) => {
    const { store } = make();

    expect(errorOf(() => store.open(name)).code).toBe('RUN_STORE_FAILED');
    expect(errorOf(() => store.lock(name)).code).toBe('RUN_STORE_FAILED');
  });
});
