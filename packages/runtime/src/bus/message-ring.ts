/** The newest messages of one topic as they were sent, for replay by sequence number. Holds at most `capacity`; the oldest go first. */
import { unpackUnchecked } from '@fillwright/messages';

export interface ReplaySlice {
  /** Whole envelopes, oldest first. */
  readonly messages: readonly unknown[];
  /** Sequence number or journal position to ask from next. */
  readonly next: number;
  readonly complete: boolean;
  /** What was asked for is no longer kept. */
  readonly tooOld: boolean;
}

export class MessageRing {
  readonly #capacity: number;
  readonly #slots: Uint8Array[] = [];
  #newest = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Sequence numbers rise by one with each call. */
  push(seq: number, body: Uint8Array): void {
    this.#newest = seq;
    // A copy of its own: encoded messages share buffers, and a slow topic would keep one for each of its messages.
    if (this.#capacity > 0) this.#slots[seq % this.#capacity] = new Uint8Array(body);
  }

  slice(fromSeq: number, limit: number): ReplaySlice {
    const oldest = Math.max(1, this.#newest - Math.min(this.#capacity, this.#newest) + 1);
    if (fromSeq > this.#newest) return { messages: [], next: this.#newest + 1, complete: true, tooOld: fromSeq > this.#newest + 1 };
    if (fromSeq < oldest) return { messages: [], next: oldest, complete: false, tooOld: true };
    const end = Math.min(this.#newest, fromSeq + limit - 1);
    const messages: unknown[] = [];
    for (let seq = fromSeq; seq <= end; seq += 1) {
      const body = this.#slots[seq % this.#capacity];
      if (body !== undefined) messages.push(unpackUnchecked(body));
    }
    return { messages, next: end + 1, complete: end === this.#newest, tooOld: false };
  }
}
