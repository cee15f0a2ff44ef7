/** The ledger on disk: statements and rows. Whoever calls puts what belongs together into one transaction. */
import {
  type Decimal,
  decimalText,
  type Fill,
  flatPosition,
  type InstrumentId,
  type Position,
  parseInstrumentId,
  parseTradeId,
  parseVenueOrderId,
  storedDecimal,
  usTime,
  ZERO,
} from '@fillwright/domain';
import type { BalanceEventMessage, BalanceView, FillView } from '@fillwright/messages';
import { AppError, type Database, type SqlRow, type SqlStatement } from '@fillwright/runtime';
import { type BookFold, bookKey, type InstrumentAccount, type OwnedFill, restoredAccount } from './instrument-account.ts';
import { prepareSchema } from './ledger-schema.ts';

/** No owner tag: the row of a whole position among the bases. */
const WHOLE_OWNER = '*';
const WHOLE = bookKey(WHOLE_OWNER, '');

/** How far the engine's journal was read: the position of the newest event, and what it was in a few words. */
export interface JournalPlace {
  readonly pos: number;
  /** Empty when it is not known. */
  readonly event: string;
}

export interface StoredLedger {
  readonly applied: JournalPlace;
  readonly accounts: ReadonlyMap<InstrumentId, InstrumentAccount>;
  /** By asset. */
  readonly balances: ReadonlyMap<string, BalanceView>;
  /** Funding that the venue did not give an instrument to. */
  readonly accountFunding: ReadonlyMap<string, Decimal>;
  readonly settleAssets: ReadonlyMap<InstrumentId, string>;
}

export class LedgerTables {
  readonly #database: Database;
  readonly #insertFill: SqlStatement;
  readonly #findFill: SqlStatement;
  readonly #foldFill: SqlStatement;
  readonly #upsertBase: SqlStatement;
  readonly #upsertPosition: SqlStatement;
  readonly #upsertBook: SqlStatement;
  readonly #upsertBalance: SqlStatement;
  readonly #insertBalanceEvent: SqlStatement;
  readonly #upsertFunding: SqlStatement;
  readonly #upsertSettleAsset: SqlStatement;
  readonly #upsertApplied: SqlStatement;

  /** @throws AppError `POS_LEDGER_VERSION` */
  constructor(database: Database) {
    prepareSchema(database);
    this.#database = database;
    this.#insertFill = database.prepare('INSERT OR IGNORE INTO fills VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#findFill = database.prepare('SELECT * FROM fills WHERE key = ?');
    this.#foldFill = database.prepare('UPDATE fills SET folded = 1 WHERE key = ?');
    this.#upsertBase = database.prepare('INSERT OR REPLACE INTO bases VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#upsertPosition = database.prepare('INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#upsertBook = database.prepare('INSERT OR REPLACE INTO books VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#upsertBalance = database.prepare('INSERT OR REPLACE INTO balances VALUES (?, ?, ?)');
    this.#insertBalanceEvent = database.prepare('INSERT INTO balance_events VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#upsertFunding = database.prepare('INSERT OR REPLACE INTO account_funding VALUES (?, ?)');
    this.#upsertSettleAsset = database.prepare('INSERT OR REPLACE INTO settle_assets VALUES (?, ?)');
    this.#upsertApplied = database.prepare('INSERT OR REPLACE INTO applied VALUES (1, ?, ?)');
  }

  /** @throws AppError `POS_LEDGER_DAMAGED` when the tables contradict each other. */
  load(): StoredLedger {
    return {
      applied: this.#loadApplied(),
      accounts: new Map(this.#loadAccounts().map((account) => [account.instrument, account])),
      balances: new Map(
        this.#all('SELECT * FROM balances ORDER BY asset').map((row) => [
          text(row, 'asset'),
          { asset: text(row, 'asset'), wallet: text(row, 'wallet'), updatedTs: usTime(Number(row.updated_ts)) },
        ]),
      ),
      accountFunding: new Map(
        this.#all('SELECT * FROM account_funding ORDER BY asset').map((row) => [text(row, 'asset'), storedDecimal(text(row, 'amount'))]),
      ),
      settleAssets: new Map(
        this.#all('SELECT * FROM settle_assets ORDER BY instrument').map((row) => [
          parseInstrumentId(text(row, 'instrument')),
          text(row, 'asset'),
        ]),
      ),
    };
  }

  /** False when a fill of this key is there. */
  insertFill(key: string, view: FillView, pos: number): boolean {
    const { changes } = this.#insertFill.run(
      key,
      pos,
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
      view.venueRealisedPnl ?? '',
      view.venueTs,
      view.synthetic ? 1 : 0,
      view.beforeLedger ? 1 : 0,
      view.beforeLedger ? 1 : 0,
    );
    return changes > 0;
  }

  findFill(key: string): Fill | undefined {
    const row = this.#findFill.get(key);
    return row && ownedFillOf(row).fill;
  }

  saveAccount(account: InstrumentAccount): void {
    const { instrument, whole, funding, updatedTs } = account;
    this.#upsertPosition.run(instrument, ...amounts(whole.current), amountsText(funding), updatedTs);
  }

  saveBook({ owner, strategy, current }: BookFold): void {
    this.#upsertBook.run(owner, strategy, current.instrument, ...amounts(current));
  }

  /** After fills left the window: what they are part of now. */
  saveBases(account: InstrumentAccount, foldedKeys: readonly string[]): void {
    for (const key of foldedKeys) this.#foldFill.run(key);
    this.#upsertBase.run(WHOLE_OWNER, '', account.instrument, ...amounts(account.whole.base));
    for (const { owner, strategy, base } of account.books.values()) {
      this.#upsertBase.run(owner, strategy, account.instrument, ...amounts(base));
    }
  }

  saveBalance(event: BalanceEventMessage, pos: number): void {
    const { asset, wallet, delta = '', cause, instrument = '', venueTs } = event;
    this.#upsertBalance.run(asset, wallet, venueTs);
    this.#insertBalanceEvent.run(pos, asset, wallet, delta, cause, instrument, venueTs);
  }

  saveAccountFunding(asset: string, amount: Decimal): void {
    this.#upsertFunding.run(asset, decimalText(amount));
  }

  saveSettleAsset(instrument: InstrumentId, asset: string): void {
    this.#upsertSettleAsset.run(instrument, asset);
  }

  saveApplied({ pos, event }: JournalPlace): void {
    this.#upsertApplied.run(pos, event);
  }

  #loadApplied(): JournalPlace {
    const [row] = this.#all('SELECT * FROM applied');
    return row ? { pos: Number(row.pos), event: text(row, 'event') } : { pos: 0, event: '' };
  }

  #loadAccounts(): readonly InstrumentAccount[] {
    const bases = this.#database.prepare('SELECT * FROM bases WHERE instrument = ? ORDER BY owner, strategy');
    const books = this.#database.prepare('SELECT * FROM books WHERE instrument = ? ORDER BY owner, strategy');
    const window = this.#database.prepare('SELECT * FROM fills WHERE instrument = ? AND folded = 0 ORDER BY venue_ts');
    return this.#all('SELECT * FROM positions ORDER BY instrument').map((row) => {
      const instrument = parseInstrumentId(text(row, 'instrument'));
      const baseOf = new Map(bases.all(instrument).map((base) => [bookKey(text(base, 'owner'), text(base, 'strategy')), positionOf(base)]));
      const bookRows = books.all(instrument);
      const account = restoredAccount({
        instrument,
        base: baseOf.get(WHOLE) ?? flatPosition(instrument),
        books: bookRows.map((book) => {
          const [owner, strategy] = [text(book, 'owner'), text(book, 'strategy')];
          return { owner, strategy, base: baseOf.get(bookKey(owner, strategy)) ?? flatPosition(instrument) };
        }),
        window: window.all(instrument).map(ownedFillOf),
        funding: amountsOf(text(row, 'funding')),
        updatedTs: Number(row.updated_ts),
      });
      const stored = [row, ...bookRows].map((one) => amounts(positionOf(one)).join(' '));
      const folded = [account.whole, ...account.books.values()].map(({ current }) => amounts(current).join(' '));
      if (stored.join('; ') !== folded.join('; ')) throw damaged(instrument, stored, folded);
      return account;
    });
  }

  #all(sql: string): readonly SqlRow[] {
    return this.#database.prepare(sql).all();
  }
}

function damaged(instrument: InstrumentId, stored: readonly string[], folded: readonly string[]): AppError {
  const at = folded.findIndex((one, index) => one !== stored[index]);
  return new AppError(
    'POS_LEDGER_DAMAGED',
    `the ledger of ${instrument} contradicts its own fills (stored ${stored[at] ?? 'nothing'}, from fills ${folded[at] ?? 'nothing'}): ` +
      `stop, keep a copy of ledger.sqlite, restore its newest backup; or move the file away, then the ledger is built again from the engine's journal`,
    { details: { instrument } },
  );
}

/** The four columns of a position, in the order of the tables. */
function amounts({ qty, openCost, realisedPnl, fees }: Position): readonly [string, string, string, string] {
  return [decimalText(qty), decimalText(openCost), decimalText(realisedPnl), amountsText(fees)];
}

function positionOf(row: SqlRow): Position {
  return {
    instrument: parseInstrumentId(text(row, 'instrument')),
    qty: storedDecimal(text(row, 'qty')),
    openCost: storedDecimal(text(row, 'open_cost')),
    realisedPnl: storedDecimal(text(row, 'realised')),
    fees: amountsOf(text(row, 'fees')),
  };
}

function ownedFillOf(row: SqlRow): OwnedFill {
  return {
    owner: text(row, 'owner'),
    strategy: text(row, 'strategy'),
    fill: {
      instrument: parseInstrumentId(text(row, 'instrument')),
      tradeId: parseTradeId(text(row, 'trade_id')),
      venueOrderId: parseVenueOrderId(text(row, 'venue_order_id')),
      side: text(row, 'side') as Fill['side'],
      qty: storedDecimal(text(row, 'qty')),
      price: storedDecimal(text(row, 'price')),
      liquidity: text(row, 'liquidity') as Fill['liquidity'],
      fee: storedDecimal(text(row, 'fee')),
      feeAsset: text(row, 'fee_asset'),
      venueTs: usTime(Number(row.venue_ts)),
    },
  };
}

/** `[["BNB","0.01"],["USDT","1.5"]]`, by asset: the same amounts always give the same text. */
function amountsText(byAsset: ReadonlyMap<string, Decimal>): string {
  return JSON.stringify([...byAsset.keys()].sort().map((asset) => [asset, decimalText(byAsset.get(asset) ?? ZERO)]));
}

function amountsOf(stored: string): ReadonlyMap<string, Decimal> {
  // Written by `amountsText` and nobody else.
  const entries = JSON.parse(stored) as readonly (readonly [asset: string, amount: string])[];
  return new Map(entries.map(([asset, amount]) => [asset, storedDecimal(amount)]));
}

function text(row: SqlRow, column: string): string {
  return String(row[column]);
}
