/** What a request can come to besides a readable answer. Says only what was seen; `outcome-table.ts` says what it means. */

import type { Reason } from '@fillwright/domain';
import type { HttpFailureReason } from '@fillwright/runtime/ports';

export type VenueFailure =
  /** No answer. `sent: 'no'` only with proof that no byte reached the venue. */
  | { readonly kind: 'transport'; readonly sent: 'no' | 'maybe'; readonly reason: HttpFailureReason; readonly text: string }
  /** An answer that is an error; `code` when its body is the venue's `{code,msg}`. */
  | { readonly kind: 'error'; readonly status: number; readonly code?: number; readonly text: string }
  /** The venue's word on one order of a batch. */
  | { readonly kind: 'row'; readonly code: number; readonly text: string }
  /** A success whose body could not be read, or that speaks of something else than what was asked. */
  | { readonly kind: 'unreadable'; readonly text: string };

/** The stable, searchable code: `BINANCE_2019` is the venue's −2019. */
export function failureReason(failure: VenueFailure): Reason {
  switch (failure.kind) {
    case 'transport':
      return { code: failure.sent === 'no' ? 'NOT_SENT' : 'NO_ANSWER', text: `${failure.reason}: ${failure.text}` };
    case 'error':
      return failure.code === undefined
        ? { code: `HTTP_${failure.status}`, text: failure.text }
        : { code: venueReasonCode(failure.code), text: `${failure.text} (${failure.code}, HTTP ${failure.status})` };
    case 'row':
      return { code: venueReasonCode(failure.code), text: `${failure.text} (${failure.code}, in the answer to a batch)` };
    case 'unreadable':
      return { code: 'UNREADABLE_ANSWER', text: failure.text };
  }
}

export function venueReasonCode(code: number): string {
  return `BINANCE_${Math.abs(code)}`;
}
