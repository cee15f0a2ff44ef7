/** What the engine keeps in SQLite, behind the journal: closed orders by their ids, and how far durable consumers are. */
import { AppError, type Database, type Store } from '@fillwright/runtime';

const FILE = 'engine.sqlite';
const VERSION = 1;

const TABLES = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, view BLOB NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS names (name TEXT PRIMARY KEY, id TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS prefixes (prefix TEXT PRIMARY KEY, highest TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS consumers (name TEXT PRIMARY KEY, pos INTEGER NOT NULL, heard_us INTEGER NOT NULL) STRICT;
`;

/** @throws AppError `RUN_STORE_FAILED` | `ENG_STORE_VERSION` */
export function openEngineDatabase(store: Store): Database {
  const database = store.open(FILE);
  database.exec(TABLES);
  const version = database.prepare("SELECT value FROM meta WHERE name = 'version'").get()?.value ?? VERSION;
  if (Number(version) > VERSION) throw new AppError('ENG_STORE_VERSION', `${FILE} was written by a newer engine; start that version`);
  database.exec(`INSERT OR REPLACE INTO meta VALUES ('version', ${VERSION})`);
  return database;
}
