/**
 * The Store port over `node:sqlite`: databases as files below one folder, in WAL mode. After the end of the process every committed
 * transaction is there; a power cut may cost the newest ones but never leaves half of one.
 */
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../app-error.ts';
import { dataPath } from '../disk/data-path.ts';
import type { Database, ExclusiveLock, Store } from '../ports/store.ts';
import { isBusy, storeFailure, wrapDatabase } from './_sqlite-database.ts';
import { WalTending } from './_wal-tending.ts';

/** Another process may read our files (a backup, an operator's shell); a writer meets it for moments only. */
const BUSY_TIMEOUT_MS = 250;

/** Pages in the log from which a commit empties it itself, in its own turn. The thread that tends it does so much earlier. */
const LAST_RESORT_PAGES = 48_000;

/** Of pages in memory. SQLite's 2 MiB fill in the course of an hour; the kernel has the rest at hand. */
const CACHE_KIB = 512;

/**
 * Locks that are held. A connection that nobody refers to is closed by the garbage collector, and its lock with it: these must live
 * as long as the process, whatever becomes of the store.
 */
const HELD = new Set<DatabaseSync>();

/** Nothing is made before it is needed. Names that would leave `rootFolder` are refused. */
export function createSqliteStore(rootFolder: string): Store {
  const root = resolve(rootFolder);

  function prepare(name: string): string {
    const file = name === '' ? undefined : dataPath(root, name);
    if (file === undefined)
      throw new AppError('RUN_STORE_FAILED', `the database name ${JSON.stringify(name)} is not below ${root}: give it a plain name`);
    try {
      mkdirSync(dirname(file), { recursive: true });
    } catch (error) {
      throw storeFailure(file, 'make the folder of', error);
    }
    return file;
  }

  return { open: (name) => openFile(prepare(name)), lock: (name) => lockFile(prepare(name)) };
}

function openFile(file: string): Database {
  const raw = connect(file, BUSY_TIMEOUT_MS);
  try {
    raw.exec('PRAGMA journal_mode = WAL');
    raw.exec('PRAGMA synchronous = NORMAL');
    raw.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
    raw.exec(`PRAGMA wal_autocheckpoint = ${LAST_RESORT_PAGES}`);
  } catch (error) {
    raw.close();
    throw storeFailure(file, 'open', error);
  }
  const tending = new WalTending(file);
  return wrapDatabase(raw, file, {
    settle: (done) => {
      if (!tending.settle(done)) done(raw.prepare('PRAGMA wal_checkpoint(FULL)').get()?.busy === 0);
    },
    onClose: () => {
      tending.stop();
      raw.close();
    },
  });
}

/** An open transaction on an empty database: the kernel's file lock behind it ends with the process, however that ends. */
function lockFile(file: string): ExclusiveLock {
  const raw = connect(file, 0);
  try {
    raw.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    raw.close();
    throw isBusy(error) ? locked(file) : storeFailure(file, 'lock', error);
  }
  HELD.add(raw);
  return {
    release: () => {
      if (HELD.delete(raw)) raw.close();
    },
  };
}

export function locked(file: string): AppError {
  const message =
    `${file} is locked by another process: one process per account and data directory. Stop the other one ` +
    `(\`fuser ${file}\` names it), or give this one its own ACCOUNT_ID`;
  return new AppError('RUN_LOCKED', message, { details: { file } });
}

function connect(file: string, timeoutMs: number): DatabaseSync {
  try {
    return new DatabaseSync(file, { timeout: timeoutMs });
  } catch (error) {
    throw storeFailure(file, 'open', error);
  }
}
