/** Numbers as a trader reads them: grouped digits, signs, short ages and durations. Texts in, texts out; nothing is computed with floats but ages. */
import { type Decimal, decimal, fixedText, quotient } from '@fillwright/domain/decimal';

/** `91998.4` → `91,998.40` with the places of the tick. */
export function grouped(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const sign = whole.startsWith('-') ? '-' : '';
  const digits = sign === '' ? whole : whole.slice(1);
  const groups = digits.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${sign}${groups}${fraction === undefined ? '' : `.${fraction}`}`;
}

/** With an explicit sign, so that it reads without colours; zero has none. */
export function signed(value: Decimal, places: number): string {
  const text = grouped(fixedText(value, places));
  if (value.isZero() || /^-?0(\.0*)?$/.test(text)) return text.replace('-', '');
  return value.isPositive() ? `+${text}` : text;
}

/** `0.4 s`, `12 s`, `3 m 05 s`, `2 h 07 m`, for ages and uptimes in ms. */
export function ageText(ms: number): string {
  if (ms < 9_950) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${twoDigits(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} m`;
}

/** `87 µs`, `1.24 ms`, `35 ms`, `1.2 s`. */
export function durationText(us: number): string {
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 10_000) return `${(us / 1000).toFixed(2)} ms`;
  if (us < 1_000_000) return `${Math.round(us / 1000)} ms`;
  return `${(us / 1_000_000).toFixed(1)} s`;
}

/** `00:03:25`. */
export function uptimeText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(twoDigits).join(':');
}

/** UTC time of day of a wall time in µs: `13:04:59.123`. */
export function clockText(tsUs: number): string {
  const ms = Math.floor(tsUs / 1000) % 86_400_000;
  return `${uptimeText(ms)}.${String(ms % 1000).padStart(3, '0')}`;
}

/** A distance in ticks where the tick is known (`1 tick`, `12 ticks`), else in basis points of the price. */
export function distanceText(distance: Decimal, price: Decimal, tick: string | undefined): string {
  if (tick !== undefined) {
    const ticks = fixedText(quotient(distance, decimal(tick), 0), 0);
    return `${grouped(ticks)} ${ticks === '1' ? 'tick' : 'ticks'}`;
  }
  return price.isZero() ? '–' : `${fixedText(quotient(distance.times(decimal('10000')), price, 6), 2)} bp`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
