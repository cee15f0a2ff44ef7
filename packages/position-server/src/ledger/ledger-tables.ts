/** The ledger's tables in SQLite. Amounts are decimal text; nothing is ever computed in SQL. */
import {
  type Decimal,
  decimal,
  decimalText,
  type Fill,
  fillKey,
  type Position,
  parseInstrumentId,
  storedDecimal,
  usTime,
} from '@fillwright/domain';
import type { BalanceView, FillView } from '@fillwright/messages';
import { AppError, type Database, type SqlRow, type SqlStatement } from '@fillwright/runtime';

const VERSION = 1;
/** Trade keys loaded back per instrument: enough for any replay to be recognised. */
const KEYS = 100_000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS fills (
    key TEXT PRIMARY KEY, instrument TEXT NOT NULL, trade_id TEXT NOT NULL, venue_order_id TEXT NOT NULL, client_order_id TEXT NOT NULL,
    owner TEXT NOT NULL, strategy TEXT NOT NULL, side TEXT NOT NULL, qty TEXT NOT NULL, price TEXT NOT NULL, fee TEXT NOT NULL,
    fee_asset TEXT NOT NULL, liquidity TEXT NOT NULL, venue_ts INTEGER NOT NULL, synthetic INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS fills_by_time ON fills (instrument, venue_ts);
  CREATE TABLE IF NOT EXISTS positions (
    instrument TEXT PRIMARY KEY, qty TEXT NOT NULL, open_cost TEXT NOT NULL, realised TEXT NOT NULL, fees TEXT NOT NULL,
    funding TEXT NOT NULL, updated_ts INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS books (
    owner TEXT NOT NULL, strategy TEXT NOT NULL, instrument TEXT NOT NULL, qty TEXT NOT NULL, open_cost TEXT NOT NULL,
    realised TEXT NOT NULL, fees TEXT NOT NULL, PRIMARY KEY (owner, strategy, instrument)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS balances (asset TEXT PRIMARY KEY, wallet TEXT NOT NULL, updated_ts INTEGER NOT NULL) STRICT;
`;

export interface StoredPosition {
  readonly position: Position;
  readonly keys: readonly string[];
  readonly funding: Decimal;
  readonly updatedTs: number;
}

export interface StoredLedger {
  readonly appliedPos: number;
  readonly positions: readonly StoredPosition[];
  readonly books: readonly { readonly owner: string; readonly strategy: string; readonly position: Position }[];
  readonly balances: readonly BalanceView[];
}

export class LedgerTables {
  readonly #database: Database;
  readonly #insertFill: SqlStatement;
  readonly #upsertPosition: SqlStatement;
  readonly #upsertBook: SqlStatement;
  readonly #upsertBalance: SqlStatement;
  readonly #upsertMeta: SqlStatement;

  /** @throws AppError `POS_LEDGER_VERSION` when the file was written by a newer release. */
  constructor(database: Database) {
    this.#database = database;
    database.exec(SCHEMA);
    this.#upsertMeta = database.prepare('INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value');
    const version = this.#meta('version');
    if (version > VERSION) {
      throw new AppError(
        'POS_LEDGER_VERSION',
        `the ledger has format ${version}, this release reads up to ${VERSION}: install the newer release again`,
      );
    }
    this.#upsertMeta.run('version', VERSION);
    this.#insertFill = database.prepare('INSERT OR IGNORE INTO fills VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#upsertPosition = database.prepare('INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#upsertBook = database.prepare('INSERT OR REPLACE INTO books VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#upsertBalance = database.prepare('INSERT OR REPLACE INTO balances VALUES (?, ?, ?)');
  }

  load(): StoredLedger {
    const keysOf = this.#database.prepare(
      'SELECT key FROM (SELECT key, venue_ts FROM fills WHERE instrument = ? ORDER BY venue_ts DESC LIMIT ?) ORDER BY venue_ts',
    );
    const positions = this.#database.prepare('SELECT * FROM positions ORDER BY instrument').all();
    return {
      appliedPos: this.#meta('applied_pos'),
      positions: positions.map((row) => ({
        position: positionOf(row),
        keys: keysOf.all(text(row, 'instrument'), KEYS).map((found) => text(found, 'key')),
        funding: decimal(text(row, 'funding')),
        updatedTs: Number(row.updated_ts),
      })),
      books: this.#database
        .prepare('SELECT * FROM books ORDER BY owner, strategy, instrument')
        .all()
        .map((row) => ({ owner: text(row, 'owner'), strategy: text(row, 'strategy'), position: positionOf(row) })),
      balances: this.#database
        .prepare('SELECT * FROM balances ORDER BY asset')
        .all()
        .map((row) => ({ asset: text(row, 'asset'), wallet: text(row, 'wallet'), updatedTs: usTime(Number(row.updated_ts)) })),
    };
  }

  saveFill(fill: Fill, view: FillView): void {
    this.#insertFill.run(
      fillKey(fill),
      view.instrument,
      view.tradeId,
      view.venueOrderId,
      view.clientOrderId ?? '',
      view.owner,
      view.strategy,
      view.side,
      view.qty,
      view.price,
      view.fee,
      view.feeAsset,
      view.liquidity,
      view.venueTs,
      view.synthetic ? 1 : 0,
    );
  }

  savePosition(position: Position, funding: Decimal, updatedTs: number): void {
    const { instrument, qty, openCost, realisedPnl, fees } = position;
    this.#upsertPosition.run(
      instrument,
      decimalText(qty),
      decimalText(openCost),
      decimalText(realisedPnl),
      feesText(fees),
      decimalText(funding),
      updatedTs,
    );
  }

  saveBook(owner: string, strategy: string, position: Position): void {
    const { instrument, qty, openCost, realisedPnl, fees } = position;
    this.#upsertBook.run(owner, strategy, instrument, decimalText(qty), decimalText(openCost), decimalText(realisedPnl), feesText(fees));
  }

  saveBalance(balance: BalanceView): void {
    this.#upsertBalance.run(balance.asset, balance.wallet, balance.updatedTs);
  }

  saveAppliedPos(pos: number): void {
    this.#upsertMeta.run('applied_pos', pos);
  }

  #meta(name: string): number {
    return Number(this.#database.prepare('SELECT value FROM meta WHERE name = ?').get(name)?.value ?? 0);
  }
}

function positionOf(row: SqlRow): Position {
  return {
    instrument: parseInstrumentId(text(row, 'instrument')),
    qty: decimal(text(row, 'qty')),
    openCost: storedDecimal(text(row, 'open_cost')),
    realisedPnl: storedDecimal(text(row, 'realised')),
    fees: new Map(
      text(row, 'fees')
        .split(' ')
        .filter((part) => part !== '')
        .map((part): [string, Decimal] => {
          const at = part.indexOf('=');
          return [part.slice(0, at), storedDecimal(part.slice(at + 1))];
        }),
    ),
  };
}

function feesText(fees: ReadonlyMap<string, Decimal>): string {
  return [...fees].map(([asset, amount]) => `${asset}=${decimalText(amount)}`).join(' ');
}

function text(row: SqlRow, column: string): string {
  return String(row[column]);
}
