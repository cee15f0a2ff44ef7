/** Exact decimals for money, prices and sizes. Sums and products are exact; only an explicit quotient rounds, half-even. */
import { Decimal, smallFloorTo, smallQuotient } from './exact-decimal.ts';

export type { Decimal } from './exact-decimal.ts';
export { ZERO } from './exact-decimal.ts';

/** A decimal as it stands on the wire: optional minus, digits, optional fraction; no exponent, no plus, no blanks. */
const PLAIN = /^-?\d{1,40}(\.\d{1,30})?$/;

export const ONE: Decimal = Decimal.of(1);

/** @throws RangeError when `text` is not a plain decimal such as `-12.50`. */
export function decimal(text: string): Decimal {
  const value = tryDecimal(text);
  if (value === undefined) throw new RangeError(`not a plain decimal: ${JSON.stringify(text)}`);
  return value;
}

/** `undefined` instead of a throw, for input that may be anything. */
export function tryDecimal(text: unknown): Decimal | undefined {
  if (typeof text !== 'string') return undefined;
  return Decimal.fromShort(text) ?? (PLAIN.test(text) ? Decimal.fromPlain(text) : undefined);
}

/** A decimal we wrote ourselves with all its digits (a cost after a division has more than the wire allows). @throws RangeError */
export function storedDecimal(text: string): Decimal {
  if (!/^-?\d{1,400}(\.\d{1,400})?$/.test(text)) throw new RangeError(`not a stored decimal: ${JSON.stringify(text.slice(0, 40))}`);
  return Decimal.fromPlain(text);
}

export function isPlainDecimal(text: string): boolean {
  return PLAIN.test(text);
}

/** A whole number as a decimal. @throws RangeError when it is not a safe integer. */
export function decimalFromInteger(value: number | bigint): Decimal {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${value}`);
  return Decimal.fromPlain(value.toString());
}

/** Canonical text: no exponent, no trailing zeros, never `-0`. */
export function decimalText(value: Decimal): string {
  return value.toString();
}

/** Text with exactly `places` digits after the point, rounded half-even. */
export function fixedText(value: Decimal, places: number): string {
  const text = value.toFixed(places);
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text;
}

/** `a / b`, rounded half-even to `places` digits after the point. @throws RangeError when `b` is zero. */
export function quotient(a: Decimal, b: Decimal, places: number): Decimal {
  if (b.isZero()) throw new RangeError('division by zero');
  return smallQuotient(a, b, places) ?? a.div(b).toDecimalPlaces(places);
}

export function isMultipleOf(value: Decimal, step: Decimal): boolean {
  return step.isZero() || value.mod(step).isZero();
}

/** The greatest multiple of `step` that is not above `value`. */
export function floorTo(value: Decimal, step: Decimal): Decimal {
  return smallFloorTo(value, step) ?? value.div(step).floor().times(step);
}

export function minOf(a: Decimal, b: Decimal): Decimal {
  return a.lt(b) ? a : b;
}

export function maxOf(a: Decimal, b: Decimal): Decimal {
  return a.gt(b) ? a : b;
}
