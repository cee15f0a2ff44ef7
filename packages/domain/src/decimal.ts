/** Exact decimals for money, prices and sizes. Sums and products are exact; only an explicit quotient rounds, half-even. */
import { Decimal as Base } from 'decimal.js';

/** 80 significant digits: no product of two 38-digit amounts is ever rounded. Plain notation always. */
const Exact = Base.clone({ precision: 80, rounding: Base.ROUND_HALF_EVEN, toExpNeg: -9e15, toExpPos: 9e15 });

export type Decimal = Base;

/** A decimal as it stands on the wire: optional minus, digits, optional fraction; no exponent, no plus, no blanks. */
const PLAIN = /^-?\d{1,40}(\.\d{1,30})?$/;

export const ZERO: Decimal = new Exact(0);
export const ONE: Decimal = new Exact(1);

/** @throws RangeError when `text` is not a plain decimal such as `-12.50`. */
export function decimal(text: string): Decimal {
  if (!PLAIN.test(text)) throw new RangeError(`not a plain decimal: ${JSON.stringify(text)}`);
  return new Exact(text);
}

/** `undefined` instead of a throw, for input that may be anything. */
export function tryDecimal(text: unknown): Decimal | undefined {
  return typeof text === 'string' && PLAIN.test(text) ? new Exact(text) : undefined;
}

/** A decimal we wrote ourselves with all its digits (a cost after a division has more than the wire allows). @throws RangeError */
export function storedDecimal(text: string): Decimal {
  if (!/^-?\d{1,400}(\.\d{1,400})?$/.test(text)) throw new RangeError(`not a stored decimal: ${JSON.stringify(text.slice(0, 40))}`);
  return new Exact(text);
}

export function isPlainDecimal(text: string): boolean {
  return PLAIN.test(text);
}

/** A whole number as a decimal. @throws RangeError when it is not a safe integer. */
export function decimalFromInteger(value: number | bigint): Decimal {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${value}`);
  return new Exact(value.toString());
}

/** Canonical text: no exponent, no trailing zeros, never `-0`. */
export function decimalText(value: Decimal): string {
  return value.isZero() ? '0' : value.toFixed();
}

/** Text with exactly `places` digits after the point, rounded half-even. */
export function fixedText(value: Decimal, places: number): string {
  const text = value.toFixed(places, Base.ROUND_HALF_EVEN);
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text;
}

/** `a / b`, rounded half-even to `places` digits after the point. @throws RangeError when `b` is zero. */
export function quotient(a: Decimal, b: Decimal, places: number): Decimal {
  if (b.isZero()) throw new RangeError('division by zero');
  return a.div(b).toDecimalPlaces(places, Base.ROUND_HALF_EVEN);
}

export function isMultipleOf(value: Decimal, step: Decimal): boolean {
  return step.isZero() || value.mod(step).isZero();
}

/** The greatest multiple of `step` that is not above `value`. */
export function floorTo(value: Decimal, step: Decimal): Decimal {
  return value.div(step).floor().times(step);
}

export function minOf(a: Decimal, b: Decimal): Decimal {
  return a.lt(b) ? a : b;
}

export function maxOf(a: Decimal, b: Decimal): Decimal {
  return a.gt(b) ? a : b;
}
