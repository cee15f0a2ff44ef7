/**
 * The account's money as booked from the engine's events: positions, profit, fees, funding, and the part of each strategy.
 * What an event made of the books and how far the engine's journal was read are stored in one transaction.
 */
import {
  applyFill,
  type Decimal,
  decimal,
  decimalText,
  entryPrice,
  type Fill,
  flatPosition,
  type InstrumentId,
  type Position,
  PositionBook,
  unrealisedPnl,
  usTime,
  ZERO,
} from '@fillwright/domain';
import {
  type BalanceEventMessage,
  type BalanceView,
  type FillView,
  fillFromView,
  type PositionView,
  type StrategyBook,
} from '@fillwright/messages';
import type { Database } from '@fillwright/runtime';
import { LedgerTables } from './ledger-tables.ts';

interface Book {
  readonly owner: string;
  readonly strategy: string;
  position: Position;
}

export interface MarkPrice {
  readonly price: Decimal;
}

export class Ledger {
  readonly #database: Database;
  readonly #tables: LedgerTables;
  readonly #positions = new PositionBook();
  /** `owner|strategy|instrument`. */
  readonly #books = new Map<string, Book>();
  readonly #balances = new Map<string, BalanceView>();
  readonly #funding = new Map<InstrumentId, Decimal>();
  readonly #updatedTs = new Map<InstrumentId, number>();
  #appliedPos: number;

  constructor(database: Database) {
    this.#database = database;
    this.#tables = new LedgerTables(database);
    const stored = this.#tables.load();
    this.#appliedPos = stored.appliedPos;
    for (const { position, keys, funding, updatedTs } of stored.positions) {
      this.#positions.restore(position, keys);
      this.#funding.set(position.instrument, funding);
      this.#updatedTs.set(position.instrument, updatedTs);
    }
    for (const book of stored.books) this.#books.set(bookKey(book.owner, book.strategy, book.position.instrument), { ...book });
    for (const balance of stored.balances) this.#balances.set(balance.asset, balance);
  }

  /** Newest journal position of the engine that is contained in these books. */
  get appliedPos(): number {
    return this.#appliedPos;
  }

  /** Books a trade once; `false` when it was booked before. The journal position advances either way. */
  fill(view: FillView, pos: number): boolean {
    if (pos <= this.#appliedPos) return false;
    const fill = fillFromView(view);
    return this.#database.transaction(() => {
      const isNew = this.#positions.book(fill);
      if (isNew) this.#bookNew(fill, view);
      this.#advance(pos);
      return isNew;
    });
  }

  balance(event: BalanceEventMessage, pos: number): void {
    if (pos <= this.#appliedPos) return;
    this.#database.transaction(() => {
      const view: BalanceView = { asset: event.asset, wallet: event.wallet, updatedTs: event.venueTs };
      this.#balances.set(event.asset, view);
      this.#tables.saveBalance(view);
      if (event.cause === 'funding' && event.instrument && event.delta !== undefined)
        this.#fund(event.instrument, decimal(event.delta), event.venueTs);
      this.#advance(pos);
    });
  }

  /** An event that changes no books was read. */
  skip(pos: number): void {
    if (pos > this.#appliedPos) this.#database.transaction(() => this.#advance(pos));
  }

  position(instrument: InstrumentId, mark?: Decimal): PositionView {
    const position = this.#positions.get(instrument);
    return {
      instrument,
      qty: decimalText(position.qty),
      entryPrice: decimalText(entryPrice(position)),
      realisedPnl: decimalText(position.realisedPnl),
      fees: decimalText([...position.fees.values()].reduce((sum, fee) => sum.plus(fee), ZERO)),
      funding: decimalText(this.#funding.get(instrument) ?? ZERO),
      ...(mark && { markPrice: decimalText(mark), unrealisedPnl: decimalText(unrealisedPnl(position, mark)) }),
      updatedTs: usTime(this.#updatedTs.get(instrument) ?? 0),
    };
  }

  instruments(): readonly InstrumentId[] {
    return this.#positions.all().map(({ instrument }) => instrument);
  }

  /** By owner, strategy, instrument; all instruments or one. */
  books(instrument?: InstrumentId): readonly StrategyBook[] {
    return [...this.#books.keys()].sort().flatMap((key): readonly StrategyBook[] => {
      const { owner, strategy, position } = this.#books.get(key) as Book;
      if (instrument && position.instrument !== instrument) return [];
      return [
        {
          owner,
          strategy,
          instrument: position.instrument,
          qty: decimalText(position.qty),
          entryPrice: decimalText(entryPrice(position)),
          realisedPnl: decimalText(position.realisedPnl),
          fees: decimalText([...position.fees.values()].reduce((sum, fee) => sum.plus(fee), ZERO)),
        },
      ];
    });
  }

  balances(): readonly BalanceView[] {
    return [...this.#balances.keys()].sort().map((asset) => this.#balances.get(asset) as BalanceView);
  }

  #bookNew(fill: Fill, view: FillView): void {
    const position = this.#positions.get(fill.instrument);
    this.#updatedTs.set(fill.instrument, Math.max(fill.venueTs, this.#updatedTs.get(fill.instrument) ?? 0));
    this.#tables.saveFill(fill, view);
    this.#savePosition(position);
    if (fill.beforeLedger) return;
    const key = bookKey(view.owner, view.strategy, fill.instrument);
    const book = this.#books.get(key) ?? { owner: view.owner, strategy: view.strategy, position: flatPosition(fill.instrument) };
    book.position = applyFill(book.position, fill);
    this.#books.set(key, book);
    this.#tables.saveBook(book.owner, book.strategy, book.position);
  }

  #fund(instrument: InstrumentId, amount: Decimal, venueTs: number): void {
    this.#funding.set(instrument, (this.#funding.get(instrument) ?? ZERO).plus(amount));
    this.#updatedTs.set(instrument, venueTs);
    this.#savePosition(this.#positions.get(instrument));
  }

  #savePosition(position: Position): void {
    const { instrument } = position;
    this.#tables.savePosition(position, this.#funding.get(instrument) ?? ZERO, this.#updatedTs.get(instrument) ?? 0);
  }

  #advance(pos: number): void {
    this.#appliedPos = pos;
    this.#tables.saveAppliedPos(pos);
  }
}

function bookKey(owner: string, strategy: string, instrument: InstrumentId): string {
  return `${owner}|${strategy}|${instrument}`;
}
