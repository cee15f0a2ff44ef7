/** The stamp of a signed request: when it was made, and for how long after that the venue may still take it. */
import { type UsTime, usTime } from '@fillwright/domain';
import type { Params } from './query-text.ts';

/** In the parameters of a request until it is signed, never on the wire: a time of our wall clock, in µs. */
export const NOT_AFTER = 'notAfter';

export interface StampClock {
  readonly recvWindowMs: number;
  /** Whole milliseconds of the venue. */
  nowMs(): number;
  /** A time of the venue on our wall clock. */
  toWall(serverMs: number): UsTime;
}

/**
 * The usual window, or less where the request must not be carried out later. Of one look at the clock, and ending with the deadline however late
 * that look is: a process may be stopped at any instruction before it.
 */
export function stamp(
  params: Params,
  { recvWindowMs, nowMs, toWall }: StampClock,
): { readonly recvWindow: string; readonly timestamp: string } {
  const now = nowMs();
  const notAfter = params[NOT_AFTER];
  if (notAfter === undefined) return { recvWindow: String(recvWindowMs), timestamp: String(now) };
  const leftMs = Math.floor((usTime(Number(notAfter)) - toWall(now)) / 1000);
  // The venue takes no window below 1 ms.
  const recvWindow = Math.max(1, Math.min(recvWindowMs, leftMs));
  return { recvWindow: String(recvWindow), timestamp: String(Math.min(now, now + leftMs - recvWindow)) };
}
