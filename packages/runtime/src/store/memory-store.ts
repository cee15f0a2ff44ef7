/**
 * The Store port in memory, for the simulated world: the same SQLite, with databases that outlive the process incarnations which use
 * them, and locks and handles that die with one.
 */
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../app-error.ts';
import { dataPath } from '../disk/data-path.ts';
import type { Database, ExclusiveLock, Store } from '../ports/store.ts';
import { rollBack, wrapDatabase } from './_sqlite-database.ts';
import { locked } from './sqlite-store.ts';

export interface MemoryStore extends Store {
  /** Another process on the same databases, with its own handles and locks. */
  incarnation(): MemoryStore;
  /** The process died: its open transactions are rolled back, its handles throw from now on, its locks are free. */
  releaseAll(): void;
}

/** What lies on the simulated disk. */
interface Shared {
  readonly databases: Map<string, DatabaseSync>;
  readonly locks: Map<string, object>;
}

export function createMemoryStore(): MemoryStore {
  return incarnationOf({ databases: new Map(), locks: new Map() });
}

function incarnationOf(shared: Shared): MemoryStore {
  /** What dies with this incarnation. */
  const endings = new Set<() => void>();

  function open(name: string): Database {
    checkName(name);
    const raw = shared.databases.get(name) ?? new DatabaseSync(':memory:');
    shared.databases.set(name, raw);
    const onClose = () => {
      rollBack(raw);
      endings.delete(database.close);
    };
    const database = wrapDatabase(raw, name, { settle: (done) => done(true), onClose });
    endings.add(database.close);
    return database;
  }

  function lock(name: string): ExclusiveLock {
    checkName(name);
    if (shared.locks.has(name)) throw locked(name);
    const holder = {};
    shared.locks.set(name, holder);
    const release = (): void => {
      endings.delete(release);
      if (shared.locks.get(name) === holder) shared.locks.delete(name);
    };
    endings.add(release);
    return { release };
  }

  return {
    open,
    lock,
    incarnation: () => incarnationOf(shared),
    releaseAll: () => {
      for (const end of [...endings]) end();
    },
  };
}

/** Refuses what the live store refuses. */
function checkName(name: string): void {
  if (name !== '' && dataPath('/', name) !== undefined) return;
  throw new AppError('RUN_STORE_FAILED', `the database name ${JSON.stringify(name)} is not below the data directory: give it a plain name`);
}
