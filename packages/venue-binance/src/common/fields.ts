/**
 * Reads the named fields of one raw object and remembers the first thing that was wrong, so that a parser is a straight line:
 * read everything, then `result`. A value read after a problem is neutral and never leaves the parser. Never throws.
 * A parser in a hurry reads the members itself and hands each over beside its name: a look-up by a name that is a variable costs more
 * than all that is asked of the value.
 */
import { type Decimal, type InstrumentId, tryDecimal, type UsTime, usFromMs, ZERO } from '@fillwright/domain';
import { describe, malformed, type Parsed, parsed } from './parsed.ts';
import { tryInstrumentOf } from './symbol.ts';

/** All ids of this venue are numbers, of up to 64 bits. */
const ID = /^\d{1,40}$/;
/** Milliseconds beyond this do not fit `UsTime` (year 2255); Binance's own upper bound of goodTillDate is below it only in theory. */
const MAX_MS = Math.floor(Number.MAX_SAFE_INTEGER / 1000);
const NO_INSTRUMENT = 'NONE.NONE' as InstrumentId;

export class Fields {
  readonly #raw: Readonly<Record<string, unknown>>;
  readonly #what: string;
  #problem: string | undefined;

  constructor(raw: unknown, what: string) {
    this.#what = what;
    const isObject = typeof raw === 'object' && raw !== null && !Array.isArray(raw);
    this.#raw = isObject ? (raw as Readonly<Record<string, unknown>>) : {};
    if (!isObject) this.#problem = `${what}: expected an object, got ${describe(raw)}`;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  result<T>(value: T): Parsed<T> {
    return this.#problem === undefined ? parsed(value) : malformed(this.#problem);
  }

  reject(problem: string): void {
    this.#problem ??= `${this.#what}: ${problem}`;
  }

  raw(name: string): unknown {
    return this.#raw[name];
  }

  /** The whole object; empty when it is none. */
  get members(): Readonly<Record<string, unknown>> {
    return this.#raw;
  }

  /** Present and neither null nor an empty text. */
  has(name: string, value: unknown = this.#raw[name]): boolean {
    return value !== undefined && value !== null && value !== '';
  }

  text(name: string): string {
    const value = this.#raw[name];
    return typeof value === 'string' ? value : this.#wrong(name, 'a text', '');
  }

  /** `''` when absent or anything else. */
  textOrEmpty(name: string, value: unknown = this.#raw[name]): string {
    return typeof value === 'string' ? value : '';
  }

  decimal(name: string, value: unknown = this.#raw[name]): Decimal {
    return tryDecimal(value) ?? this.#wrong(name, 'a decimal', ZERO);
  }

  /** Absent, null, '' and 0 all mean "none" in this venue's language; text that is no decimal does not. */
  positiveOrNone(name: string, value: unknown = this.#raw[name]): Decimal | undefined {
    if (!this.has(name, value)) return undefined;
    const amount = this.decimal(name, value);
    return amount.isZero() || amount.isNegative() ? undefined : amount;
  }

  /** Zero when absent or null. */
  decimalOrZero(name: string, value: unknown = this.#raw[name]): Decimal {
    return this.has(name, value) ? this.decimal(name, value) : ZERO;
  }

  /** An integer of any length, as text. */
  id(name: string, value: unknown = this.#raw[name]): string {
    return idText(value) ?? this.#wrong(name, 'an id', '0');
  }

  /** Absent, null, '', 0 and "0" all mean "no id yet". */
  idOrNone(name: string, value: unknown = this.#raw[name]): string | undefined {
    if (value === undefined || value === null || value === '' || value === 0 || value === '0') return undefined;
    return this.id(name, value);
  }

  integer(name: string): number {
    const value = this.#raw[name];
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : this.#wrong(name, 'an integer', 0);
  }

  /** Milliseconds of the venue. */
  time(name: string, value: unknown = this.#raw[name]): UsTime {
    const valid = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= MAX_MS;
    return usFromMs(valid ? value : this.#wrong(name, 'a time in milliseconds', 0));
  }

  /** False unless it is `true` or "true". */
  flag(name: string, value: unknown = this.#raw[name]): boolean {
    return value === true || value === 'true';
  }

  /** One of a closed set of words: an unknown one is a problem. Use it only for what drives state. */
  word<T>(name: string, words: Readonly<Record<string, T>>, value: unknown = this.#raw[name]): T {
    if (typeof value === 'string' && Object.hasOwn(words, value)) return words[value] as T;
    return this.#wrong(name, `one of ${Object.keys(words).join(', ')}`, Object.values(words)[0] as T);
  }

  /** One of an open set: `fallback` for words this code does not know. */
  wordOr<T>(name: string, words: Readonly<Record<string, T>>, fallback: T, value: unknown = this.#raw[name]): T {
    return typeof value === 'string' && Object.hasOwn(words, value) ? (words[value] as T) : fallback;
  }

  /** A symbol of the futures exchange as our instrument id. */
  instrument(name: string, value: unknown = this.#raw[name]): InstrumentId {
    return tryInstrumentOf(value) ?? this.#wrong(name, 'a symbol', NO_INSTRUMENT);
  }

  #wrong<T>(name: string, expected: string, neutral: T): T {
    this.reject(`${name} must be ${expected}, got ${describe(this.#raw[name])}`);
    return neutral;
  }
}

/** Ids come as integers or, when long, as text. */
export function idText(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? String(value) : undefined;
  return typeof value === 'string' && ID.test(value) ? value : undefined;
}
