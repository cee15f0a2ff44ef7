/** Integer amounts: money is a bigint count of 10^-8 quote, prices and sizes are integer ticks and lots. Nothing here ever rounds silently. */

/** Money, price or size in 10^-8. */
export type Units = bigint;
export type Sign = 1 | -1;

export const UNIT_PLACES = 8;
export const UNITS_PER_ONE = 100_000_000n;
const UNITS_PER_ONE_NUMBER = 100_000_000;

const PLAIN = /^(-?)0*(\d{1,30})(?:\.(\d{1,30}))?$/;

/** What a client sent for a price or size. */
export interface Amount {
  /** In 10^-8; `Infinity` when it is beyond exact integers (and so beyond every filter). */
  readonly units: number;
  /** Significant digits after the point; trailing zeros do not count. */
  readonly places: number;
}

/** `undefined` when the text is no plain decimal. */
export function parseAmount(text: string): Amount | undefined {
  const match = PLAIN.exec(text);
  if (match === null) return undefined;
  const whole = match[2] ?? '0';
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  if (whole.length > 7) return { units: match[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY, places: fraction.length };
  const units = Number(whole) * UNITS_PER_ONE_NUMBER + Number(fraction.slice(0, UNIT_PLACES).padEnd(UNIT_PLACES, '0'));
  return { units: match[1] === '-' ? -units : units, places: fraction.length };
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

/** `value / 10^places` with exactly `places` digits after the point. */
export function integerText(value: number, places: number): string {
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
