/**
 * The ledger's tables. Amounts are decimal text and nothing is computed in SQL, so what is stored is what was computed.
 * `fills` and `balance_events` are the history and are never deleted; the other tables follow from them.
 */
import { AppError, type Database } from '@fillwright/runtime';

const VERSION = 1;

/*
 * fills.folded: 0 while the fill is in the window of its instrument, 1 when it is part of the bases (or never counts: before_ledger).
 * applied: the newest journal position, and a few words on the event there, by which the journal is known again.
 * bases: each fold without its window; owner is '*' for the whole position.
 * positions, books: what is current, for people and their queries; held against bases and window at every start.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS applied (one INTEGER PRIMARY KEY CHECK (one = 1), pos INTEGER NOT NULL, event TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS fills (
    key TEXT PRIMARY KEY, pos INTEGER NOT NULL, instrument TEXT NOT NULL, trade_id TEXT NOT NULL, venue_order_id TEXT NOT NULL,
    client_order_id TEXT NOT NULL, owner TEXT NOT NULL, strategy TEXT NOT NULL, side TEXT NOT NULL, qty TEXT NOT NULL,
    price TEXT NOT NULL, fee TEXT NOT NULL, fee_asset TEXT NOT NULL, liquidity TEXT NOT NULL, venue_realised_pnl TEXT NOT NULL,
    venue_ts INTEGER NOT NULL, synthetic INTEGER NOT NULL, before_ledger INTEGER NOT NULL, folded INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS fills_in_window ON fills (instrument) WHERE folded = 0;
  CREATE INDEX IF NOT EXISTS fills_by_time ON fills (instrument, venue_ts);
  CREATE TABLE IF NOT EXISTS bases (
    owner TEXT NOT NULL, strategy TEXT NOT NULL, instrument TEXT NOT NULL, qty TEXT NOT NULL, open_cost TEXT NOT NULL,
    realised TEXT NOT NULL, fees TEXT NOT NULL, PRIMARY KEY (owner, strategy, instrument)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS positions (
    instrument TEXT PRIMARY KEY, qty TEXT NOT NULL, open_cost TEXT NOT NULL, realised TEXT NOT NULL, fees TEXT NOT NULL,
    funding TEXT NOT NULL, updated_ts INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS books (
    owner TEXT NOT NULL, strategy TEXT NOT NULL, instrument TEXT NOT NULL, qty TEXT NOT NULL, open_cost TEXT NOT NULL,
    realised TEXT NOT NULL, fees TEXT NOT NULL, PRIMARY KEY (owner, strategy, instrument)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS balances (asset TEXT PRIMARY KEY, wallet TEXT NOT NULL, updated_ts INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS balance_events (
    pos INTEGER PRIMARY KEY, asset TEXT NOT NULL, wallet TEXT NOT NULL, delta TEXT NOT NULL, cause TEXT NOT NULL,
    instrument TEXT NOT NULL, venue_ts INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS account_funding (asset TEXT PRIMARY KEY, amount TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS settle_assets (instrument TEXT PRIMARY KEY, asset TEXT NOT NULL) STRICT;
`;

/** Makes what is missing. @throws AppError `POS_LEDGER_VERSION` when the file was written by a newer release. */
export function prepareSchema(database: Database): void {
  database.transaction(() => {
    database.exec(TABLES);
    const stored = Number(database.prepare("SELECT value FROM meta WHERE name = 'version'").get()?.value ?? 0);
    if (stored > VERSION) {
      const text = `the ledger has format ${stored}, this release reads up to ${VERSION}: install the newer release again`;
      throw new AppError('POS_LEDGER_VERSION', text, { details: { stored, readable: VERSION } });
    }
    if (stored < VERSION) database.prepare("INSERT OR REPLACE INTO meta VALUES ('version', ?)").run(VERSION);
  });
}
