/** One side of a book: price levels in order, best first, absolute quantities. Prices are compared as integers, never as floats. */

export interface Level {
  /** The price in units of 10⁻⁸. */
  readonly key: number;
  readonly price: string;
  readonly qty: string;
}

const DECIMALS = 8;
const PRICE = /^(\d{1,15})(?:\.(\d{1,20}))?$/;
const ZERO_QTY = /^0+(\.0*)?$/;
/** Levels far from the best price pile up over days and nobody looks at them. */
const MAX_LEVELS = 5_000;

/** `undefined` when it is no price, or one that integers cannot hold exactly. */
export function priceKey(price: string): number | undefined {
  const match = PRICE.exec(price);
  if (match === null) return undefined;
  const fraction = (match[2] ?? '').replace(/0+$/, '');
  if (fraction.length > DECIMALS) return undefined;
  const key = Number(`${match[1]}${fraction.padEnd(DECIMALS, '0')}`);
  return Number.isSafeInteger(key) ? key : undefined;
}

export class BookSide {
  readonly #sign: 1 | -1;
  /** Sorted best first. */
  readonly #levels: Level[] = [];
  #firstTouched = Number.POSITIVE_INFINITY;

  constructor(order: 'best-is-highest' | 'best-is-lowest') {
    this.#sign = order === 'best-is-lowest' ? 1 : -1;
  }

  get size(): number {
    return this.#levels.length;
  }

  top(count: number): readonly Level[] {
    return this.#levels.slice(0, count);
  }

  /** The best position touched since the last call; infinite when none was. */
  takeFirstTouched(): number {
    const first = this.#firstTouched;
    this.#firstTouched = Number.POSITIVE_INFINITY;
    return first;
  }

  clear(): void {
    this.#levels.length = 0;
    this.#firstTouched = 0;
  }

  fill(levels: readonly Level[]): void {
    this.clear();
    for (const level of levels) this.set(level);
  }

  /** A quantity of zero deletes; deleting what is not there is normal. */
  set(level: Level): void {
    const at = this.#position(level.key);
    const isThere = this.#levels[at]?.key === level.key;
    if (ZERO_QTY.test(level.qty)) {
      if (!isThere) return;
      this.#levels.splice(at, 1);
    } else if (isThere) {
      if (this.#levels[at]?.qty === level.qty) return;
      this.#levels[at] = level;
    } else {
      this.#levels.splice(at, 0, level);
      if (this.#levels.length > MAX_LEVELS) this.#levels.pop();
    }
    this.#firstTouched = Math.min(this.#firstTouched, at);
  }

  /** Where the key is, or where it belongs. */
  #position(key: number): number {
    let low = 0;
    let high = this.#levels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#levels[middle]?.key ?? 0;
      if ((other - key) * this.#sign < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
