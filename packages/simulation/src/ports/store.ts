/** The Store port over databases in memory: they outlive the incarnation, its locks do not. */
import type { Database, ExclusiveLock, SqlStatement, SqlValue, Store } from '@fillwright/runtime/ports';
import type { MemoryStore } from '@fillwright/runtime/store';
import type { Incarnation } from '../kernel/incarnation.ts';

/** @param databases those of the data directory, shared by all incarnations that use it */
export function simulatedStore(incarnation: Incarnation, databases: MemoryStore): Store {
  const own = databases.incarnation();
  incarnation.atDeath(() => own.releaseAll());
  return {
    open: (name) => incarnation.call('store.open', () => guardedDatabase(incarnation, name, own.open(name))),
    lock: (name) => incarnation.call('store.lock', () => guardedLock(incarnation, own.lock(name))),
  };
}

function guardedLock(incarnation: Incarnation, lock: ExclusiveLock): ExclusiveLock {
  return { release: () => incarnation.call('store.release', () => lock.release()) };
}

function guardedDatabase(incarnation: Incarnation, name: string, database: Database): Database {
  return {
    exec: (sql) =>
      incarnation.call('store.exec', () => {
        incarnation.note(`store ${name}`, sql);
        database.exec(sql);
      }),
    prepare: (sql) => incarnation.call('store.prepare', () => guardedStatement(incarnation, `store ${name}`, sql, database.prepare(sql))),
    // A death inside `work` leaves by an exception, so the transaction is rolled back: as after a real crash.
    transaction: (work, options) => incarnation.call('store.transaction', () => database.transaction(work, options)),
    settle: (done) => incarnation.call('store.settle', () => database.settle(done)),
    close: () => incarnation.call('store.close', () => database.close()),
  };
}

function guardedStatement(incarnation: Incarnation, what: string, sql: string, statement: SqlStatement): SqlStatement {
  return {
    run: (...values) =>
      incarnation.call('store.run', () => {
        incarnation.note(what, `${sql} ${values.map(textOf).join()}`);
        return statement.run(...values);
      }),
    get: (...values) => incarnation.call('store.get', () => statement.get(...values)),
    all: (...values) => incarnation.call('store.all', () => statement.all(...values)),
  };
}

function textOf(value: SqlValue): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value);
}
