/** The three ends of every request to a venue. Confirmed and refused need proof; everything else is unknown. */
import type { Reason } from '@fillwright/domain';

/** A command whose fate the venue stated. */
export interface Confirmed<T> {
  readonly type: 'confirmed';
  readonly value: T;
}

/** Proof that the command was not carried out and never will be. `retry` = the venue says the same request may be sent again. */
export interface Refused {
  readonly type: 'refused';
  readonly reason: Reason;
  readonly retry: boolean;
}

/** Timeout, 5xx, a cut socket, an answer that cannot be read: it may have happened. Never folded into failure. */
export interface Unknown {
  readonly type: 'unknown';
  readonly reason: Reason;
}

export type Outcome<T> = Confirmed<T> | Refused | Unknown;

/** Asking changes nothing, so only three ends exist; `failed` is never "empty" and never "gone". */
export type Answer<T> = { readonly type: 'answered'; readonly value: T } | { readonly type: 'failed'; readonly reason: Reason };

/** For a single order: `absent` is the venue's own "no such order" of every place such an order can live. */
export type Lookup<T> = Answer<T> | { readonly type: 'absent' };

export function confirmed<T>(value: T): Confirmed<T> {
  return { type: 'confirmed', value };
}

export function refused(code: string, text: string, retry = false): Refused {
  return { type: 'refused', reason: { code, text }, retry };
}

export function unknown(code: string, text: string): Unknown {
  return { type: 'unknown', reason: { code, text } };
}
