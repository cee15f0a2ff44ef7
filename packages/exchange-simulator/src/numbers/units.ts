/** Integer amounts: money is a bigint count of 10^-8 quote, prices and sizes are integer ticks and lots. Nothing here ever rounds silently. */

/** Money, price or size in 10^-8. */
export type Units = bigint;
export type Sign = 1 | -1;

export const UNIT_PLACES = 8;
export const UNITS_PER_ONE = 100_000_000n;
const UNITS_PER_ONE_NUMBER = 100_000_000;

/** What a client sent for a price or size. */
export interface Amount {
  /** In 10^-8; `Infinity` when it is beyond exact integers (and so beyond every filter). */
  readonly units: number;
  /** Significant digits after the point; trailing zeros do not count. */
  readonly places: number;
}

/** Longer numbers than this are no plain decimals. */
const MOST_DIGITS = 30;
/** Whole parts with more digits are beyond exact integers of 10^-8. */
const EXACT_DIGITS = 7;

/** `undefined` when the text is no plain decimal. */
export function parseAmount(text: string): Amount | undefined {
  const negative = text.charCodeAt(0) === MINUS;
  let at = negative ? 1 : 0;
  const from = at;
  while (text.charCodeAt(at) === ZERO) at += 1;
  const significant = at;
  let whole = 0;
  for (let digit = digitAt(text, at); digit >= 0; digit = digitAt(text, ++at)) whole = whole * 10 + digit;
  const digits = at - significant;
  if (at === from || digits > MOST_DIGITS) return undefined;
  let [fraction, places] = [0, 0];
  if (at < text.length) {
    if (text.charCodeAt(at) !== POINT) return undefined;
    const point = at;
    for (let digit = digitAt(text, ++at); digit >= 0; digit = digitAt(text, ++at)) {
      if (at - point <= UNIT_PLACES) fraction += digit * (UNIT_OF_PLACE[at - point] as number);
      if (digit > 0) places = at - point;
    }
    if (at < text.length || at === point + 1 || at - point - 1 > MOST_DIGITS) return undefined;
  }
  const units = digits > EXACT_DIGITS ? Number.POSITIVE_INFINITY : whole * UNITS_PER_ONE_NUMBER + fraction;
  return { units: negative ? -units : units, places };
}

const [MINUS, POINT, ZERO] = [45, 46, 48];
/** What a digit so many places after the point counts in 10^-8. */
const UNIT_OF_PLACE = [0, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1];

/** -1 when there is none. */
function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - ZERO;
  return digit >= 0 && digit <= 9 ? digit : -1;
}

/** Exact units of a configured decimal. @throws RangeError when it is no plain decimal or finer than 10^-8. */
export function unitsOf(text: string): Units {
  const match = /^(-?)(\d{1,30})(?:\.(\d{1,8})0*)?$/.exec(text);
  if (match === null) throw new RangeError(`not a decimal with at most 8 places: ${JSON.stringify(text)}`);
  const magnitude = BigInt(`${match[2]}${(match[3] ?? '').padEnd(UNIT_PLACES, '0')}`);
  return match[1] === '-' ? -magnitude : magnitude;
}

/** `n / d`, rounded half to even. */
export function divideRounded(n: bigint, d: bigint): bigint {
  // Most divide without a rest.
  const whole = n / d;
  if (whole * d === n) return whole;
  const negative = n < 0n !== d < 0n;
  const a = n < 0n ? -n : n;
  const b = d < 0n ? -d : d;
  let q = a / b;
  const twice = (a - q * b) * 2n;
  if (twice > b || (twice === b && (q & 1n) === 1n)) q += 1n;
  return negative ? -q : q;
}

function placed(negative: boolean, digits: string, places: number): string {
  const sign = negative ? '-' : '';
  if (places === 0) return sign + digits;
  const padded = digits.length > places ? digits : digits.padStart(places + 1, '0');
  return `${sign}${padded.slice(0, -places)}.${padded.slice(-places)}`;
}

/** The commonest of all, by its places. */
const NOUGHT = ['0', '0.0', '0.00', '0.000', '0.0000', '0.00000', '0.000000', '0.0000000', '0.00000000'];

/** `value / 10^places` with exactly `places` digits after the point. */
export function integerText(value: number, places: number): string {
  if (value === 0) return NOUGHT[places] as string;
  return value < 0 ? placed(true, String(-value), places) : placed(false, String(value), places);
}

/** All 8 places. */
export function unitsText(value: Units): string {
  return value < 0n ? placed(true, (-value).toString(), UNIT_PLACES) : placed(false, value.toString(), UNIT_PLACES);
}

/** At least `minPlaces` places, more only as far as they are not zero. */
export function trimmedText(value: Units, minPlaces = 0): string {
  const text = unitsText(value);
  let end = text.length;
  const shortest = minPlaces === 0 ? text.length - UNIT_PLACES - 1 : text.length - UNIT_PLACES + minPlaces;
  while (end > shortest && text.charCodeAt(end - 1) === 48) end -= 1;
  if (text.charCodeAt(end - 1) === 46) end -= 1;
  return text.slice(0, end);
}

export function maxUnits(a: Units, b: Units): Units {
  return a > b ? a : b;
}

export function minUnits(a: Units, b: Units): Units {
  return a < b ? a : b;
}

export function absUnits(a: Units): Units {
  return a < 0n ? -a : a;
}
