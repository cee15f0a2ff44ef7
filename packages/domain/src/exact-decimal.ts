/**
 * An exact decimal number. Amounts as they occur (a coefficient below 2^53, at most 18 places) are kept as two plain numbers and reckoned
 * with integer arithmetic; everything else is left to decimal.js with 80 digits. One value has one form, so equal values are alike.
 */
import { Decimal as Base } from 'decimal.js';

/** 80 significant digits: no product of two 38-digit amounts is ever rounded. Plain notation always. */
const Exact = Base.clone({ precision: 80, rounding: Base.ROUND_HALF_EVEN, toExpNeg: -9e15, toExpPos: 9e15 });

const MAX = Number.MAX_SAFE_INTEGER;
/** Places of the small form. Powers of ten up to here are exact as doubles. */
const MAX_SCALE = 18;
const POWERS: readonly number[] = Array.from({ length: MAX_SCALE + 1 }, (_, places) => Number(`1e${places}`));
/** Texts up to here have at most 15 digits: their coefficient is exact as a double whatever they are. */
const SHORT_TEXT = 16;

const MINUS = 45;
const POINT = 46;
const DIGIT_0 = 48;

export class Decimal {
  /** The small form: the value is coefficient / 10^scale, without trailing zeros. NaN in the large form: all its comparisons are false. */
  readonly coefficient: number;
  readonly scale: number;
  /** The large form, of values that do not fit the small one. */
  readonly large: Base | undefined;
  /** Canonical text, made when first asked for. Private to the engine as well: two equal values look alike whether asked or not. */
  #text: string | undefined;

  /** For this file alone, see `small` and `fromBase`: others parse or reckon. */
  constructor(coefficient: number, scale: number, large?: Base, text?: string) {
    this.coefficient = coefficient;
    this.scale = scale;
    this.large = large;
    this.#text = text;
  }

  /** A plain decimal without sign of plus, blanks or exponent; the caller has checked what is not short. */
  static fromPlain(text: string): Decimal {
    return Decimal.fromShort(text) ?? fromBase(new Exact(text));
  }

  /** Undefined for what is long, or no plain decimal. */
  static fromShort(text: string): Decimal | undefined {
    const { length } = text;
    const start = text.charCodeAt(0) === MINUS ? 1 : 0;
    if (length - start > SHORT_TEXT) return undefined;
    let coefficient = 0;
    let point = -1;
    for (let at = start; at < length; at += 1) {
      const digit = text.charCodeAt(at) - DIGIT_0;
      if (digit >= 0 && digit <= 9) coefficient = coefficient * 10 + digit;
      else if (digit === POINT - DIGIT_0 && point < 0 && at > start) point = at;
      else return undefined;
    }
    if (point === length - 1 || length === start || (point < 0 && length - start === SHORT_TEXT)) return undefined;
    const scale = point < 0 ? 0 : length - 1 - point;
    const value = small(start === 1 ? -coefficient : coefficient, scale);
    // Nothing was cut, and it does not begin with zeros: the text is the canonical one.
    if (value.scale === scale && (text.charCodeAt(start) !== DIGIT_0 || length - start === 1 || point === start + 1)) value.#text ??= text;
    return value;
  }

  /** Any finite amount. Numbers are for constants in code. */
  static of(value: Decimal | number | string): Decimal {
    if (value instanceof Decimal) return value;
    return typeof value === 'number' && Number.isSafeInteger(value) ? small(value, 0) : fromBase(new Exact(value));
  }

  plus(other: Decimal | number | string): Decimal {
    const that = Decimal.of(other);
    if (this.coefficient === 0) return that;
    if (that.coefficient === 0) return this;
    return sum(this, that, that.coefficient) ?? fromBase(this.#base().plus(that.#base()));
  }

  minus(other: Decimal | number | string): Decimal {
    const that = Decimal.of(other);
    if (that.coefficient === 0) return this;
    return sum(this, that, -that.coefficient) ?? fromBase(this.#base().minus(that.#base()));
  }

  times(other: Decimal | number | string): Decimal {
    const that = Decimal.of(other);
    const product = this.coefficient * that.coefficient;
    if (Math.abs(product) <= MAX) {
      const scale = this.scale + that.scale;
      if (scale <= MAX_SCALE) return small(product, scale);
    }
    return fromBase(this.#base().times(that.#base()));
  }

  /** To 80 significant digits, half-even. */
  div(other: Decimal | number | string): Decimal {
    return fromBase(this.#base().div(Decimal.of(other).#base()));
  }

  /** The rest of the division that cuts towards zero; it has the sign of this one. */
  mod(other: Decimal | number | string): Decimal {
    const that = Decimal.of(other);
    const scale = Math.max(this.scale, that.scale);
    const [own, others] = [aligned(this, scale), aligned(that, scale)];
    if (others !== 0 && Math.abs(own) <= MAX && Math.abs(others) <= MAX) return small(own % others, scale);
    return fromBase(this.#base().mod(that.#base()));
  }

  /** Towards minus infinity. */
  floor(): Decimal {
    if (this.scale === 0 && this.large === undefined) return this;
    const unit = POWERS[this.scale] as number;
    const rest = this.coefficient % unit;
    if (Math.abs(rest) <= MAX) return small((this.coefficient - rest) / unit - (rest < 0 ? 1 : 0), 0);
    return fromBase(this.#base().floor());
  }

  /** Towards infinity. */
  ceil(): Decimal {
    return this.negated().floor().negated();
  }

  abs(): Decimal {
    return this.isNegative() ? this.negated() : this;
  }

  negated(): Decimal {
    return this.large === undefined ? small(-this.coefficient, this.scale) : fromBase(this.large.negated());
  }

  isZero(): boolean {
    return this.coefficient === 0;
  }

  /** True for zero, too. */
  isPositive(): boolean {
    return this.large === undefined ? this.coefficient >= 0 : this.large.isPositive();
  }

  isNegative(): boolean {
    return this.large === undefined ? this.coefficient < 0 : this.large.isNegative();
  }

  isInteger(): boolean {
    return this.large === undefined ? this.scale === 0 : this.large.isInteger();
  }

  /** Digits after the point. */
  decimalPlaces(): number {
    return this.large === undefined ? this.scale : this.large.decimalPlaces();
  }

  /** Negative, zero or positive as this one is less than, equal to or greater than the other. */
  comparedTo(other: Decimal | number | string): number {
    const that = Decimal.of(other);
    if (this.large === undefined && that.large === undefined) {
      if (this.scale === that.scale) return Math.sign(this.coefficient - that.coefficient);
      const scale = Math.max(this.scale, that.scale);
      // Never equal: each value has one scale. And when one does not fit any more, the other is the smaller one all the more.
      return aligned(this, scale) < aligned(that, scale) ? -1 : 1;
    }
    return this.#base().comparedTo(that.#base());
  }

  eq(other: Decimal | number | string): boolean {
    return this.comparedTo(other) === 0;
  }

  gt(other: Decimal | number | string): boolean {
    return this.comparedTo(other) > 0;
  }

  gte(other: Decimal | number | string): boolean {
    return this.comparedTo(other) >= 0;
  }

  lt(other: Decimal | number | string): boolean {
    return this.comparedTo(other) < 0;
  }

  lte(other: Decimal | number | string): boolean {
    return this.comparedTo(other) <= 0;
  }

  /** Rounded half-even to so many digits after the point. */
  toDecimalPlaces(places: number): Decimal {
    if (this.large === undefined && this.scale <= places) return this;
    return fromBase(this.#base().toDecimalPlaces(places, Base.ROUND_HALF_EVEN));
  }

  /** To a whole number, half-even. */
  round(): Decimal {
    return this.toDecimalPlaces(0);
  }

  /** Plain notation: all digits there are, or exactly `places` after the point, rounded half-even. */
  toFixed(places?: number): string {
    if (places === undefined) return this.toString();
    if (this.large === undefined && this.scale <= places) return padded(this.toString(), this.scale, places);
    return this.#base().toFixed(places, Base.ROUND_HALF_EVEN);
  }

  toNumber(): number {
    return this.large === undefined ? this.coefficient / (POWERS[this.scale] as number) : this.large.toNumber();
  }

  /** Canonical: plain notation, no trailing zeros, never `-0`. */
  toString(): string {
    this.#text ??= this.large === undefined ? textOf(this.coefficient, this.scale) : this.large.toFixed();
    return this.#text;
  }

  toJSON(): string {
    return this.toString();
  }

  #base(): Base {
    return this.large ?? new Exact(this.toString());
  }
}

export const ZERO: Decimal = new Decimal(0, 0, undefined, '0');

/** `coefficient` is a safe integer, `scale` from 0 to `MAX_SCALE`. */
function small(coefficient: number, scale: number): Decimal {
  if (coefficient === 0) return ZERO;
  let cut = coefficient;
  let places = scale;
  while (places > 0 && cut % 10 === 0) {
    cut /= 10;
    places -= 1;
  }
  return new Decimal(cut, places);
}

/** The one form of this value. @throws RangeError when it is no finite number. */
function fromBase(value: Base): Decimal {
  if (!value.isFinite()) throw new RangeError(`not a finite amount: ${value}`);
  const text = value.toFixed();
  if (value.isZero()) return ZERO;
  const scale = value.decimalPlaces();
  const coefficient = scale > MAX_SCALE ? Number.NaN : Number(text.replace('.', ''));
  return Math.abs(coefficient) <= MAX ? new Decimal(coefficient, scale, undefined, text) : new Decimal(Number.NaN, 0, value, text);
}

/** The coefficient at more places; exact when it is a safe integer, beyond all of those when not. */
function aligned(value: Decimal, scale: number): number {
  return value.scale === scale ? value.coefficient : value.coefficient * (POWERS[scale - value.scale] as number);
}

function sum(a: Decimal, b: Decimal, coefficientOfB: number): Decimal | undefined {
  if (a.scale === b.scale) {
    const total = a.coefficient + coefficientOfB;
    return Math.abs(total) <= MAX ? small(total, a.scale) : undefined;
  }
  const scale = Math.max(a.scale, b.scale);
  const own = aligned(a, scale);
  const others = b.scale === scale ? coefficientOfB : coefficientOfB * (POWERS[scale - b.scale] as number);
  if (!(Math.abs(own) <= MAX && Math.abs(others) <= MAX)) return undefined;
  const total = own + others;
  return Math.abs(total) <= MAX ? small(total, scale) : undefined;
}

function textOf(coefficient: number, scale: number): string {
  if (scale === 0) return String(coefficient);
  const digits = String(Math.abs(coefficient)).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${coefficient < 0 ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}

function padded(text: string, scale: number, places: number): string {
  return places === scale ? text : `${scale === 0 ? `${text}.` : text}${'0'.repeat(places - scale)}`;
}

/** `a / b` at `places` digits after the point, half-even; undefined when that is for large arithmetic. Exact: nothing is rounded twice. */
export function smallQuotient(a: Decimal, b: Decimal, places: number): Decimal | undefined {
  if (a.large !== undefined || b.large !== undefined) return undefined;
  const scale = a.scale - b.scale;
  // A cost over its quantity is a price again, most of the time.
  if (scale >= 0 && scale <= places && a.coefficient % b.coefficient === 0) return small(a.coefficient / b.coefficient, scale);
  const shift = places - scale;
  const isNegative = a.coefficient < 0 !== b.coefficient < 0;
  const up = BigInt(Math.abs(a.coefficient)) * 10n ** BigInt(Math.max(shift, 0));
  const down = BigInt(Math.abs(b.coefficient)) * 10n ** BigInt(Math.max(-shift, 0));
  const whole = up / down;
  const twice = (up % down) * 2n;
  const rounded = twice > down || (twice === down && whole % 2n === 1n) ? whole + 1n : whole;
  if (rounded <= MAX && places <= MAX_SCALE) return small(isNegative ? -Number(rounded) : Number(rounded), places);
  return Decimal.of(`${isNegative ? '-' : ''}${rounded}e-${places}`);
}

/** The greatest multiple of a positive `step` not above `value`; undefined when that is for large arithmetic. */
export function smallFloorTo(value: Decimal, step: Decimal): Decimal | undefined {
  const scale = Math.max(value.scale, step.scale);
  const [own, unit] = [aligned(value, scale), aligned(step, scale)];
  if (!(Math.abs(own) <= MAX && unit > 0 && unit <= MAX)) return undefined;
  const rest = own % unit;
  const floored = own - rest - (rest < 0 ? unit : 0);
  return Math.abs(floored) <= MAX ? small(floored, scale) : undefined;
}
