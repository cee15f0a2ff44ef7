/** Which of the venue's limits a row is about, in `exchangeInfo` and in answers of the WebSocket API; undefined when it is none of ours. */
import type { RateUsage } from '@fillwright/venue';

/** What the venue allows in one window of each. */
export type StatedLimits = Readonly<Partial<Record<RateUsage['pool'], number>>>;

export function poolOf({ rateLimitType, interval, intervalNum }: Readonly<Record<string, unknown>>): RateUsage['pool'] | undefined {
  if (rateLimitType === 'REQUEST_WEIGHT') return interval === 'MINUTE' && intervalNum === 1 ? 'weight' : undefined;
  if (rateLimitType !== 'ORDERS') return undefined;
  if (interval === 'SECOND' && intervalNum === 10) return 'orders-10s';
  return interval === 'MINUTE' && intervalNum === 1 ? 'orders-1m' : undefined;
}
