/**
 * What stands in a line of a recording. Columns go by the names in the first line, or, without one, by the order of the files of
 * data.binance.vision (https://github.com/binance/binance-public-data): aggTrades for trades, bookTicker for the book.
 */
import type { SymbolSpec } from '../market/symbol-spec.ts';
import { parseAmount, type Sign } from '../numbers/units.ts';

export type TapeRecord =
  | { readonly type: 'trade'; readonly timeUs: number; readonly takerSign: Sign; readonly ticks: number; readonly lots: number }
  /** Best prices; the whole book there is. */
  | { readonly type: 'top'; readonly timeUs: number; readonly bid: Quote; readonly ask: Quote }
  /** One level; of a snapshot, all levels of one time together are the whole book. */
  | {
      readonly type: 'level';
      readonly timeUs: number;
      readonly snapshot: boolean;
      readonly sign: Sign;
      readonly ticks: number;
      readonly lots: number;
    };

export interface Quote {
  readonly ticks: number;
  readonly lots: number;
}

/** Names that one column goes by. */
const COLUMNS = {
  time: ['transact_time', 'transaction_time', 'timestamp', 'time', 'event_time'],
  price: ['price'],
  quantity: ['quantity', 'qty', 'amount'],
  buyerIsMaker: ['is_buyer_maker', 'isbuyermaker'],
  bidPrice: ['best_bid_price'],
  bidQuantity: ['best_bid_qty'],
  askPrice: ['best_ask_price'],
  askQuantity: ['best_ask_qty'],
  side: ['side'],
  updateType: ['update_type'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
type Column = keyof typeof COLUMNS;

const AGG_TRADES = ['agg_trade_id', 'price', 'quantity', 'first_trade_id', 'last_trade_id', 'transact_time', 'is_buyer_maker'];
const BOOK_TICKER = ['update_id', 'best_bid_price', 'best_bid_qty', 'best_ask_price', 'best_ask_qty', 'transaction_time', 'event_time'];

const NEEDED: Readonly<Record<TapeRecord['type'], readonly Column[]>> = {
  trade: ['time', 'price', 'quantity', 'buyerIsMaker'],
  top: ['time', 'bidPrice', 'bidQuantity', 'askPrice', 'askQuantity'],
  level: ['time', 'side', 'price', 'quantity'],
};

/** From here on a time is in µs, below it in ms. */
const FIRST_MICROSECONDS = 1e15;

/** What is wrong with a line. */
export class BadLine extends Error {
  override readonly name = 'BadLine';
}

/** How to read the lines of one file. */
export class RecordFormat {
  readonly type: TapeRecord['type'];
  readonly #index: ReadonlyMap<Column, number>;
  readonly #spec: SymbolSpec;

  /** `first` is the first line. @throws BadLine when its columns are not known. */
  constructor(what: 'trades' | 'book', first: string, spec: SymbolSpec) {
    this.#spec = spec;
    const named = hasNames(first);
    const names = named ? cells(first).map((name) => name.toLowerCase()) : what === 'trades' ? AGG_TRADES : BOOK_TICKER;
    const index = new Map<Column, number>();
    for (const [column, aliases] of Object.entries(COLUMNS) as [Column, readonly string[]][]) {
      const alias = aliases.find((name) => names.includes(name));
      if (alias !== undefined) index.set(column, names.indexOf(alias));
    }
    this.#index = index;
    this.type = what === 'trades' ? 'trade' : index.has('side') ? 'level' : 'top';
    const missing = NEEDED[this.type].filter((column) => !index.has(column));
    if (missing.length > 0) {
      const wanted = missing.map((column) => COLUMNS[column].join(' or ')).join(', ');
      throw new BadLine(`the first line names no column ${wanted}`);
    }
  }

  /** @throws BadLine */
  read(line: string): TapeRecord {
    const row = cells(line);
    const timeUs = this.#time(row);
    switch (this.type) {
      case 'trade': {
        const maker = this.#cell(row, 'buyerIsMaker').toLowerCase();
        if (maker !== 'true' && maker !== 'false') throw new BadLine(`is_buyer_maker must be true or false, not '${maker}'`);
        const lots = this.#lots(row, 'quantity');
        if (lots === 0) throw new BadLine('a trade of nothing');
        return { type: 'trade', timeUs, takerSign: maker === 'true' ? -1 : 1, ticks: this.#ticks(row, 'price'), lots };
      }
      case 'top': {
        const quote = (price: Column, quantity: Column): Quote => ({ ticks: this.#ticks(row, price), lots: this.#lots(row, quantity) });
        const [bid, ask] = [quote('bidPrice', 'bidQuantity'), quote('askPrice', 'askQuantity')];
        if (bid.ticks >= ask.ticks) throw new BadLine('best bid and best ask are crossed');
        return { type: 'top', timeUs, bid, ask };
      }
      case 'level': {
        const side = this.#cell(row, 'side').toLowerCase();
        if (!SIDES.has(side)) throw new BadLine(`side must be b, a, bid or ask, not '${side}'`);
        const snapshot = this.#index.has('updateType') && this.#cell(row, 'updateType') === 'snap';
        const level = { sign: SIDES.get(side) as Sign, ticks: this.#ticks(row, 'price'), lots: this.#lots(row, 'quantity') };
        return { type: 'level', timeUs, snapshot, ...level };
      }
    }
  }

  #cell(row: readonly string[], column: Column): string {
    const cell = row[this.#index.get(column) ?? -1];
    if (cell === undefined || cell === '') throw new BadLine(`no ${COLUMNS[column][0]}`);
    return cell;
  }

  #time(row: readonly string[]): number {
    const text = this.#cell(row, 'time');
    const value = /^\d{1,16}$/.test(text) ? Number(text) : 0;
    if (value === 0) throw new BadLine(`'${text}' is no time in ms or µs since 1970`);
    return value >= FIRST_MICROSECONDS ? value : value * 1000;
  }

  #ticks(row: readonly string[], column: Column): number {
    const ticks = this.#steps(this.#cell(row, column), this.#spec.tickUnits, 'TICK_SIZE');
    if (ticks === 0) throw new BadLine('a price of nought');
    return ticks;
  }

  #lots(row: readonly string[], column: Column): number {
    return this.#steps(this.#cell(row, column), this.#spec.stepUnits, 'STEP_SIZE');
  }

  #steps(text: string, unit: number, key: string): number {
    const amount = parseAmount(text);
    if (amount === undefined || amount.units < 0 || !Number.isFinite(amount.units)) throw new BadLine(`'${text}' is no price or quantity`);
    if (amount.places > 8 || amount.units % unit !== 0)
      throw new BadLine(`${text} is no multiple of ${key}; set it to that of the recording`);
    return amount.units / unit;
  }
}

const SIDES: ReadonlyMap<string, Sign> = new Map([
  ['b', 1],
  ['bid', 1],
  ['a', -1],
  ['ask', -1],
]);

export function hasNames(first: string): boolean {
  return /^[\uFEFF"]?[A-Za-z]/.test(first);
}

function cells(line: string): string[] {
  return line.split(',').map((cell) =>
    cell
      .replace(/^\uFEFF/, '')
      .replaceAll('"', '')
      .trim(),
  );
}
