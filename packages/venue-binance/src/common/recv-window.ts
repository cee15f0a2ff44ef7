/** How long after its signature the venue may still take a request: the usual window, or less where it is to be refused sooner. */
import type { Params } from './query-text.ts';

export function recvWindowOf(params: Params, usualMs: number): string {
  return String(Math.min(usualMs, Number(params.recvWindow ?? usualMs)));
}

/** Whole milliseconds, at least one; the venue takes no other. */
export function recvWindowText(withinMs: number | undefined): string | undefined {
  return withinMs === undefined ? undefined : String(Math.max(1, Math.floor(withinMs)));
}
