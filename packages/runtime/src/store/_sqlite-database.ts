/** One SQLite connection behind the Database port: whole numbers come back exactly, every failure is a `RUN_STORE_FAILED`. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { AppError } from '../app-error.ts';
import type { Database, SqlRow, SqlStatement, SqlValue } from '../ports/store.ts';

/** SQLite's own words, with the file they are about. */
export function storeFailure(file: string, doing: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  const sqlite = (error as { readonly errcode?: unknown } | null)?.errcode;
  return new AppError('RUN_STORE_FAILED', `SQLite could not ${doing} ${file}: ${detail}`, {
    cause: error,
    details: { file, ...(typeof sqlite === 'number' ? { sqlite } : {}) },
  });
}

/** True for "another connection holds it". The low byte is the primary code, 5 = SQLITE_BUSY: https://sqlite.org/rescode.html */
export function isBusy(error: unknown): boolean {
  const sqlite = (error as { readonly errcode?: unknown } | null)?.errcode;
  return typeof sqlite === 'number' && (sqlite & 0xff) === 5;
}

/** What differs between a file and a database in memory. */
export interface DatabaseEnds {
  /** As `Database.settle`, on one that is open. */
  settle(done: (isDurable: boolean) => void): void;
  /** A database in memory outlives its users. */
  onClose(): void;
}

export function wrapDatabase(raw: DatabaseSync, file: string, { settle, onClose }: DatabaseEnds): Database {
  let isOpen = true;
  let isInTransaction = false;

  function guard<T>(doing: string, work: () => T): T {
    if (!isOpen) throw new AppError('RUN_STORE_FAILED', `${file} was closed: open it again to go on`, { details: { file } });
    try {
      return work();
    } catch (error) {
      throw storeFailure(file, doing, error);
    }
  }

  function transaction<T>(work: () => T, { isDurable = false } = {}): T {
    if (isInTransaction)
      throw new AppError('RUN_STORE_FAILED', `transaction inside a transaction on ${file}: put both into one`, { details: { file } });
    return isDurable ? durably(() => committed(work)) : committed(work);
  }

  function committed<T>(work: () => T): T {
    guard('begin a transaction on', () => raw.exec('BEGIN IMMEDIATE'));
    isInTransaction = true;
    try {
      const result = work();
      if (isPromise(result))
        throw new AppError('RUN_STORE_FAILED', `the transaction on ${file} is asynchronous: it must end in its turn`, {
          details: { file },
        });
      guard('commit to', () => raw.exec('COMMIT'));
      return result;
    } finally {
      isInTransaction = false;
      // Also after a failed COMMIT, and when SQLite has rolled back by itself (disk full).
      rollBack(raw);
    }
  }

  /** A commit under FULL syncs the log, and with it all commits before: https://sqlite.org/pragma.html#pragma_synchronous */
  function durably<T>(work: () => T): T {
    guard('have commits synced to', () => raw.exec('PRAGMA synchronous = FULL'));
    try {
      return work();
    } finally {
      if (raw.isOpen && !raw.isTransaction) raw.exec('PRAGMA synchronous = NORMAL');
    }
  }

  function close(): void {
    if (!isOpen) return;
    isOpen = false;
    onClose();
  }

  return {
    exec: (sql) => guard('run a statement on', () => raw.exec(sql)),
    prepare: (sql) => guard('prepare a statement on', () => wrapStatement(raw.prepare(sql), guard)),
    transaction,
    settle: (done) => guard('settle', () => settle((isDurable) => isOpen && done(isDurable))),
    close,
  };
}

export function rollBack(raw: DatabaseSync): void {
  if (!raw.isOpen || !raw.isTransaction) return;
  try {
    raw.exec('ROLLBACK');
  } catch {
    // A disk in trouble: the transaction ends with the connection, and the caller has the error that led here.
  }
}

type Guard = <T>(doing: string, work: () => T) => T;

function wrapStatement(statement: StatementSync, guard: Guard): SqlStatement {
  // Without this SQLite integers above 2^53 throw, after the statement has taken effect.
  statement.setReadBigInts(true);
  return {
    run: (...values) => guard('run a statement on', () => ({ changes: Number(statement.run(...values).changes) })),
    get: (...values) => guard('query', () => plainRow(statement.get(...values))),
    all: (...values) => guard('query', () => statement.all(...values).map((row) => plainRow(row) ?? {})),
  };
}

/** Integers as numbers where a number holds them exactly, else as bigint. The row is fresh and ours: changed in place. */
function plainRow(row: Record<string, unknown> | undefined): SqlRow | undefined {
  if (row === undefined) return undefined;
  for (const key of Object.keys(row)) {
    const value = row[key];
    if (typeof value === 'bigint' && value >= MIN_EXACT && value <= MAX_EXACT) row[key] = Number(value);
  }
  return row as Record<string, SqlValue>;
}

const MAX_EXACT = BigInt(Number.MAX_SAFE_INTEGER);
const MIN_EXACT = -MAX_EXACT;

function isPromise(value: unknown): boolean {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';
}
