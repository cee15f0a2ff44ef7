/** Time as the whole system counts it: whole microseconds since 1970, safe as a JS integer until the year 2255. */

declare const brand: unique symbol;

/** Microseconds since 1970-01-01T00:00:00Z; an integer. On the wire an int64. */
export type UsTime = number & { readonly [brand]: 'UsTime' };

/** @throws RangeError when `value` is not a safe non-negative integer. */
export function usTime(value: number): UsTime {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a time in microseconds: ${value}`);
  return value as UsTime;
}

/** Venues speak milliseconds. */
export function usFromMs(ms: number): UsTime {
  return usTime(ms * 1000);
}

/** Milliseconds, rounded down. */
export function msFromUs(us: UsTime): number {
  return Math.floor(us / 1000);
}
