/** The databases and locks of one data directory: SQLite in memory, shared by all who open a name, outliving processes. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { AppError, type Database, type ExclusiveLock, type SqlRow, type SqlStatement, type Store } from '@fillwright/runtime/ports';

export class DatabaseShelf implements Store {
  readonly #databases = new Map<string, DatabaseSync>();
  readonly #locks = new Map<string, object>();

  open(name: string): Database {
    const known = this.#databases.get(name);
    const database = known ?? new DatabaseSync(':memory:');
    this.#databases.set(name, database);
    return new SharedDatabase(name, database);
  }

  lock(name: string): ExclusiveLock {
    if (this.#locks.has(name)) throw new AppError('RUN_LOCKED', `${name} is held by another process; stop that one first`);
    const holder = {};
    this.#locks.set(name, holder);
    return {
      release: () => {
        if (this.#locks.get(name) === holder) this.#locks.delete(name);
      },
    };
  }
}

class SharedDatabase implements Database {
  readonly #name: string;
  readonly #database: DatabaseSync;
  #open = true;

  constructor(name: string, database: DatabaseSync) {
    this.#name = name;
    this.#database = database;
  }

  exec(sql: string): void {
    this.#attempt(() => this.#database.exec(sql));
  }

  prepare(sql: string): SqlStatement {
    const statement: StatementSync = this.#attempt(() => this.#database.prepare(sql));
    return {
      run: (...values) => this.#attempt(() => ({ changes: Number(statement.run(...values).changes) })),
      get: (...values) => this.#attempt(() => statement.get(...values) as SqlRow | undefined),
      all: (...values) => this.#attempt(() => statement.all(...values) as unknown as readonly SqlRow[]),
    };
  }

  transaction<T>(work: () => T): T {
    this.exec('BEGIN IMMEDIATE');
    try {
      const value = work();
      this.#database.exec('COMMIT');
      return value;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#open = false;
  }

  #attempt<T>(work: () => T): T {
    if (!this.#open) throw new AppError('RUN_STORE_FAILED', `${this.#name}: the database was closed`);
    try {
      return work();
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new AppError('RUN_STORE_FAILED', `${this.#name}: ${text}`, { cause });
    }
  }
}
