import { describe, expect, it } from '@jest/globals';
import { createMemoryStore } from '../../src/store/memory-store.ts';

describe('memory store of a process that dies', () => {
  it('loses its open transaction, its handles and its locks, and nothing else', () => {
    const store = createMemoryStore();
    const database = store.open('a.db');
    database.exec('CREATE TABLE t (v TEXT)');
    const insert = database.prepare('INSERT INTO t VALUES (?)');
    store.lock('engine.lock');
    insert.run('committed');
    database.exec('BEGIN');
    insert.run('not committed');

    store.releaseAll();
    const next = store.incarnation();
    expect(() => insert.run('from the dead')).toThrow('was closed');
    expect(next.open('a.db').prepare('SELECT v FROM t').all()).toEqual([{ v: 'committed' }]);
    expect(() => next.lock('engine.lock')).not.toThrow();
  });

  it('dies alone: another process keeps what it holds', () => {
    const store = createMemoryStore();
    const other = store.incarnation();
    store.lock('mine.lock');
    other.lock('other.lock');
    const database = other.open('a.db');
    store.open('a.db');

    store.releaseAll();
    store.releaseAll();
    expect(() => store.lock('other.lock')).toThrow('is locked');
    expect(database.prepare('SELECT 1 AS one').get()).toEqual({ one: 1 });
  });
});
