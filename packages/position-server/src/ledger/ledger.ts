/**
 * The account's money as booked from the engine's events: positions, profit, fees, funding, balances, and the part of each strategy.
 * What an event made of the books and how far the engine's journal was read are one transaction, and memory follows only after its
 * commit. A call that throws may be repeated: the books are read from the database again first.
 */
import { type Decimal, decimal, type Fill, fillKey, type InstrumentId, ZERO } from '@fillwright/domain';
import {
  type BalanceEventMessage,
  type BalanceView,
  type FillView,
  fillFromView,
  type LedgerEventMessage,
  type PositionView,
  type StrategyBook,
} from '@fillwright/messages';
import type { Database } from '@fillwright/runtime';
import { addFunding, bookFill, emptyAccount, type InstrumentAccount } from './instrument-account.ts';
import { type JournalPlace, LedgerTables } from './ledger-tables.ts';
import { bookViews, openPosition, positionView } from './ledger-views.ts';

/** Fills per instrument that a late one may still be put between; an older one is booked at their beginning. */
const WINDOW = 250;

/**
 * `booked`: the books changed. `known`: this trade was booked before. `contradicts`: so it was, with another quantity or price; the first
 * one stays. `old`: its journal position was read before.
 */
export type FillResult = 'booked' | 'known' | 'contradicts' | 'old';

export class Ledger {
  readonly #database: Database;
  readonly #tables: LedgerTables;
  readonly #windowSize: number;
  /** As many as the account ever traded. */
  readonly #accounts = new Map<InstrumentId, InstrumentAccount>();
  readonly #balances = new Map<string, BalanceView>();
  readonly #accountFunding = new Map<string, Decimal>();
  readonly #settleAssets = new Map<InstrumentId, string>();
  #applied: JournalPlace = { pos: 0, event: '' };
  /** A transaction threw: whether it was committed is known only to the database. */
  #isInDoubt = false;

  /** @throws AppError `POS_LEDGER_VERSION` | `POS_LEDGER_DAMAGED` */
  constructor(database: Database, options: { readonly windowSize?: number } = {}) {
    this.#database = database;
    this.#tables = new LedgerTables(database);
    this.#windowSize = options.windowSize ?? WINDOW;
    this.#load();
  }

  /** Newest journal position of the engine that is contained in these books. */
  get appliedPos(): number {
    return this.#applied.pos;
  }

  get applied(): JournalPlace {
    return this.#applied;
  }

  /**
   * Books a trade once, for ever. The journal position advances whatever the result, save `old`.
   * `event`: what stands at this position, in a few words; here and below.
   */
  fill(view: FillView, pos: number, event = ''): FillResult {
    this.#resolveDoubt();
    if (pos <= this.#applied.pos) return 'old';
    const fill = fillFromView(view);
    const key = fillKey(fill);
    const { result, account } = this.#commit((): { result: FillResult; account?: InstrumentAccount } => {
      this.#tables.saveApplied({ pos, event });
      if (!this.#tables.insertFill(key, view, pos)) {
        const first = this.#tables.findFill(key);
        return { result: first && isSameTrade(first, fill) ? 'known' : 'contradicts' };
      }
      // It belongs to its order; the position we began with contains it.
      if (fill.beforeLedger) return { result: 'booked' };
      const booked = bookFill(this.#account(fill.instrument), { fill, owner: view.owner, strategy: view.strategy }, this.#windowSize);
      this.#tables.saveAccount(booked.account);
      this.#tables.saveBook(booked.book);
      const folded = booked.foldedAway.map((one) => fillKey(one.fill));
      if (folded.length > 0) this.#tables.saveBases(booked.account, folded);
      return { result: 'booked', account: booked.account };
    });
    this.#applied = { pos, event };
    if (account) this.#accounts.set(account.instrument, account);
    return result;
  }

  /** A wallet balance as the venue stated it; funding goes to its instrument, where the venue names one. False: read before. */
  balance(view: BalanceEventMessage, pos: number, event = ''): boolean {
    this.#resolveDoubt();
    if (pos <= this.#applied.pos) return false;
    const { asset, wallet, instrument, venueTs } = view;
    const funding = view.cause === 'funding' && view.delta !== undefined ? decimal(view.delta) : undefined;
    const account = funding && instrument && addFunding(this.#account(instrument), asset, funding, venueTs);
    const unassigned = funding && !instrument ? (this.#accountFunding.get(asset) ?? ZERO).plus(funding) : undefined;
    this.#commit(() => {
      this.#tables.saveApplied({ pos, event });
      this.#tables.saveBalance(view, pos);
      if (account) this.#tables.saveAccount(account);
      if (unassigned) this.#tables.saveAccountFunding(asset, unassigned);
    });
    this.#applied = { pos, event };
    this.#balances.set(asset, { asset, wallet, updatedTs: venueTs });
    if (account) this.#accounts.set(account.instrument, account);
    if (unassigned) this.#accountFunding.set(asset, unassigned);
    return true;
  }

  /** An event that changes no books was read. */
  skip(pos: number, event = ''): void {
    this.#resolveDoubt();
    if (pos <= this.#applied.pos) return;
    this.#commit(() => this.#tables.saveApplied({ pos, event }));
    this.#applied = { pos, event };
  }

  /** Tells whether a power cut can no longer take away what is booked by now. */
  makeDurable(done: (isDurable: boolean) => void): void {
    this.#database.settle(done);
  }

  /** What fees of these instruments are counted in. Returns those of which it was not known, or was something else. */
  settle(assets: ReadonlyMap<InstrumentId, string>): readonly InstrumentId[] {
    this.#resolveDoubt();
    const changed = [...assets].filter(([instrument, asset]) => this.#settleAssets.get(instrument) !== asset);
    if (changed.length === 0) return [];
    this.#commit(() => {
      for (const [instrument, asset] of changed) this.#tables.saveSettleAsset(instrument, asset);
    });
    for (const [instrument, asset] of changed) this.#settleAssets.set(instrument, asset);
    return changed.map(([instrument]) => instrument);
  }

  settleAsset(instrument: InstrumentId): string | undefined {
    return this.#settleAssets.get(instrument);
  }

  /** All that were ever booked, by id. */
  instruments(): readonly InstrumentId[] {
    return [...this.#accounts.keys()].sort();
  }

  isFlat(instrument: InstrumentId): boolean {
    return this.#account(instrument).whole.current.qty.isZero();
  }

  position(instrument: InstrumentId, mark?: Decimal): PositionView {
    return positionView(this.#account(instrument), this.#settleAssets.get(instrument), mark);
  }

  /** The strategies' parts of one position, by owner and strategy. */
  books(instrument: InstrumentId): readonly StrategyBook[] {
    return bookViews(this.#account(instrument), this.#settleAssets.get(instrument));
  }

  /** By asset. */
  balances(): readonly BalanceView[] {
    return [...this.#balances.keys()].sort().map((asset) => this.#balances.get(asset) as BalanceView);
  }

  /** Funding that no instrument was named for, by asset: in the balances, in no position. */
  accountFunding(): ReadonlyMap<string, Decimal> {
    return this.#accountFunding;
  }

  /** For the engine: every position that is not flat and every balance that is not zero, at one journal position. */
  openPositions(): LedgerEventMessage {
    const positions = this.instruments()
      .map((instrument) => this.#account(instrument).whole.current)
      .filter(({ qty }) => !qty.isZero());
    const balances = this.balances().filter(({ wallet }) => !decimal(wallet).isZero());
    return {
      appliedPos: this.#applied.pos,
      positions: positions.map(openPosition),
      balances: balances.map(({ asset, wallet }) => ({ asset, wallet })),
    };
  }

  #commit<T>(work: () => T): T {
    try {
      return this.#database.transaction(work);
    } catch (error) {
      this.#isInDoubt = true;
      throw error;
    }
  }

  #resolveDoubt(): void {
    if (this.#isInDoubt) this.#load();
    this.#isInDoubt = false;
  }

  #load(): void {
    const stored = this.#tables.load();
    this.#applied = stored.applied;
    replace(this.#accounts, stored.accounts);
    replace(this.#balances, stored.balances);
    replace(this.#accountFunding, stored.accountFunding);
    replace(this.#settleAssets, stored.settleAssets);
  }

  #account(instrument: InstrumentId): InstrumentAccount {
    return this.#accounts.get(instrument) ?? emptyAccount(instrument);
  }
}

function isSameTrade(a: Fill, b: Fill): boolean {
  return a.qty.eq(b.qty) && a.price.eq(b.price);
}

function replace<K, V>(map: Map<K, V>, entries: ReadonlyMap<K, V>): void {
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
}
