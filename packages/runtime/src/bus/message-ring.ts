/**
 * The newest messages of one topic as they were sent, for replay by sequence number. The oldest go first: beyond `capacity` messages, or beyond
 * 4 MiB. All lie in one buffer that is written round and round: a buffer for each would leave the allocator's pool in pieces.
 */
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

const SMALLEST = 4 * 1024;
/** For one topic; a message larger than that has the buffer for itself. */
const LARGEST = 4 * 1024 * 1024;

export class MessageRing {
  readonly #capacity: number;
  /** Where a message begins and ends, by `seq % capacity`. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #bytes = new Uint8Array(0);
  #newest = 0;
  #count = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Sequence numbers rise by one with each call. The body is copied: its maker uses the buffer again. */
  push(seq: number, body: Uint8Array): void {
    if (this.#capacity > 0) {
      if (this.#count === this.#capacity) this.#count -= 1;
      const start = this.#roomFor(body.length);
      this.#bytes.set(body, start);
      this.#starts[seq % this.#capacity] = start;
      this.#ends[seq % this.#capacity] = start + body.length;
      this.#count += 1;
    }
    this.#newest = seq;
  }

  slice(fromSeq: number, limit: number): ReplaySlice {
    const oldest = this.#newest - this.#count + 1;
    if (fromSeq > this.#newest) return { messages: [], next: this.#newest + 1, complete: true, tooOld: fromSeq > this.#newest + 1 };
    if (fromSeq < oldest) return { messages: [], next: oldest, complete: false, tooOld: true };
    const end = Math.min(this.#newest, fromSeq + limit - 1);
    const messages: unknown[] = [];
    for (let seq = fromSeq; seq <= end; seq += 1) messages.push(unpackUnchecked(this.#body(seq)));
    return { messages, next: end + 1, complete: end === this.#newest, tooOld: false };
  }

  #body(seq: number): Uint8Array {
    const slot = seq % this.#capacity;
    return this.#bytes.subarray(this.#starts[slot], this.#ends[slot]);
  }

  /** Where so many bytes may be written. The buffer grows for it while it may, then the oldest messages go. */
  #roomFor(length: number): number {
    for (;;) {
      const start = this.#gap(length);
      if (start !== undefined) return start;
      if (this.#bytes.length < LARGEST || this.#count === 0) this.#grow(length);
      else this.#count -= 1;
    }
  }

  /** Behind the newest message, or at the beginning; never over one that is kept. */
  #gap(length: number): number | undefined {
    const size = this.#bytes.length;
    if (this.#count === 0) return length <= size ? 0 : undefined;
    const first = this.#starts[(this.#newest - this.#count + 1) % this.#capacity] ?? 0;
    const end = this.#ends[this.#newest % this.#capacity] ?? 0;
    if (end <= first) return length <= first - end ? end : undefined;
    if (length <= size - end) return end;
    return length <= first ? 0 : undefined;
  }

  /** Twice as large, with the messages in their order from the beginning. */
  #grow(length: number): void {
    const bytes = new Uint8Array(Math.max(SMALLEST, Math.min(LARGEST, 2 * this.#bytes.length), length));
    let at = 0;
    for (let seq = this.#newest - this.#count + 1; seq <= this.#newest; seq += 1) {
      const body = this.#body(seq);
      bytes.set(body, at);
      this.#starts[seq % this.#capacity] = at;
      at += body.length;
      this.#ends[seq % this.#capacity] = at;
    }
    this.#bytes = bytes;
  }
}
