/**
 * What the ledger knows of one instrument: the position, and the part of it that each strategy made, as folds over the same fills in
 * the venue's order, whatever the order of their arrival. Pure: booking gives a new account and leaves the old one as it was.
 */
import { applyFill, compareFills, type Decimal, type Fill, flatPosition, type InstrumentId, type Position, ZERO } from '@fillwright/domain';

/** A fill and whose it is. */
export interface OwnedFill {
  readonly fill: Fill;
  /** Owner tag, or EXTERNAL. */
  readonly owner: string;
  readonly strategy: string;
}

/** A running fold: `current` = `base` and then the fills of the window that belong to it. */
export interface Fold {
  readonly base: Position;
  readonly current: Position;
}

export interface BookFold extends Fold {
  readonly owner: string;
  readonly strategy: string;
}

export interface InstrumentAccount {
  readonly instrument: InstrumentId;
  readonly whole: Fold;
  /** By `bookKey`. The sum of their quantities is the position. */
  readonly books: ReadonlyMap<string, BookFold>;
  /** The newest fills, in the venue's order; a late one takes its place among them. */
  readonly window: readonly OwnedFill[];
  /** Asset → funding received (negative: paid). */
  readonly funding: ReadonlyMap<string, Decimal>;
  readonly updatedTs: number;
}

export interface Booked {
  readonly account: InstrumentAccount;
  /** The book that changed. */
  readonly book: BookFold;
  /** The oldest fills when the window was full: they are now part of each `base`. */
  readonly foldedAway: readonly OwnedFill[];
}

/** One position message carries all books of an instrument and may hold 1000; what further strategies do is booked together. */
const MAX_BOOKS = 500;
/** The book of everybody who came after the first 500. */
export const OTHERS = 'OTHERS';

export function emptyAccount(instrument: InstrumentId): InstrumentAccount {
  const flat = flatPosition(instrument);
  return { instrument, whole: { base: flat, current: flat }, books: new Map(), window: [], funding: new Map(), updatedTs: 0 };
}

export function bookKey(owner: string, strategy: string): string {
  return `${owner}|${strategy}`;
}

/** Books a fill that was not booked before. At twice `windowSize` fills the older half leaves the window. */
export function bookFill(account: InstrumentAccount, owned: OwnedFill, windowSize: number): Booked {
  const { fill } = owned;
  const window = [...account.window];
  const at = place(window, fill);
  window.splice(at, 0, owned);
  const isNewest = at === window.length - 1;
  const current = (fold: Fold, isMine: (one: OwnedFill) => boolean): Position =>
    isNewest ? applyFill(fold.current, fill) : foldFills(fold.base, window.filter(isMine));
  const key = keyOf(account, owned);
  const known = account.books.get(key) ?? newBook(account.instrument, key, owned);
  const book = { ...known, current: current(known, (one) => keyOf(account, one) === key) };
  const next: InstrumentAccount = {
    ...account,
    whole: { base: account.whole.base, current: current(account.whole, () => true) },
    books: new Map(account.books).set(key, book),
    window,
    updatedTs: Math.max(account.updatedTs, fill.venueTs),
  };
  if (window.length <= windowSize * 2) return { account: next, book, foldedAway: [] };
  const foldedAway = window.slice(0, windowSize);
  const folded = foldAway(next, foldedAway);
  return { account: folded, book: folded.books.get(key) ?? book, foldedAway };
}

/** The account as it follows from what was stored: bases and window. */
export function restoredAccount(
  stored: Pick<InstrumentAccount, 'instrument' | 'window' | 'funding' | 'updatedTs'> & {
    readonly base: Position;
    readonly books: readonly { readonly owner: string; readonly strategy: string; readonly base: Position }[];
  },
): InstrumentAccount {
  const { instrument, funding, updatedTs, base } = stored;
  const window = [...stored.window].sort((a, b) => compareFills(a.fill, b.fill));
  const empty: InstrumentAccount = {
    instrument,
    whole: { base, current: foldFills(base, window) },
    books: new Map(stored.books.map((book) => [bookKey(book.owner, book.strategy), { ...book, current: book.base }])),
    window,
    funding,
    updatedTs,
  };
  const books = new Map(empty.books);
  for (const owned of window) {
    const key = keyOf(empty, owned);
    const book = books.get(key) ?? newBook(instrument, key, owned);
    books.set(key, { ...book, current: applyFill(book.current, owned.fill) });
  }
  return { ...empty, books };
}

export function addFunding(account: InstrumentAccount, asset: string, amount: Decimal, venueTs: number): InstrumentAccount {
  const funding = new Map(account.funding).set(asset, (account.funding.get(asset) ?? ZERO).plus(amount));
  return { ...account, funding, updatedTs: Math.max(account.updatedTs, venueTs) };
}

/** Each fill moves into the bases it belongs to; what is current stays what it is. */
function foldAway(account: InstrumentAccount, fills: readonly OwnedFill[]): InstrumentAccount {
  const books = new Map(account.books);
  let base = account.whole.base;
  for (const owned of fills) {
    base = applyFill(base, owned.fill);
    const key = keyOf(account, owned);
    const book = books.get(key);
    if (book) books.set(key, { ...book, base: applyFill(book.base, owned.fill) });
  }
  return { ...account, whole: { base, current: account.whole.current }, books, window: account.window.slice(fills.length) };
}

function foldFills(base: Position, fills: readonly OwnedFill[]): Position {
  return fills.reduce((position, { fill }) => applyFill(position, fill), base);
}

/** The book of a fill: its strategy's own, or that of the others once there are too many. */
function keyOf(account: InstrumentAccount, { owner, strategy }: OwnedFill): string {
  const own = bookKey(owner, strategy);
  return account.books.has(own) || account.books.size < MAX_BOOKS ? own : bookKey(OTHERS, '');
}

function newBook(instrument: InstrumentId, key: string, { owner, strategy }: OwnedFill): BookFold {
  const flat = flatPosition(instrument);
  const isOwn = key === bookKey(owner, strategy);
  return { owner: isOwn ? owner : OTHERS, strategy: isOwn ? strategy : '', base: flat, current: flat };
}

function place(window: readonly OwnedFill[], fill: Fill): number {
  let at = window.length;
  while (at > 0 && compareFills((window[at - 1] as OwnedFill).fill, fill) > 0) at--;
  return at;
}
