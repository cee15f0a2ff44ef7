/**
 * The newest messages of one topic as they were sent, for replay by sequence number. The oldest go first: beyond `capacity` messages, beyond
 * 4 MiB, or two minutes old, when whoever missed them has long asked. All lie in one buffer that is written round and round: a buffer for each
 * would leave the allocator's pool in pieces.
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

/** A hole is seen within a second, by the next message or heartbeat; a process that stood still for a minute may still ask. */
const KEPT_US = 120_000_000;
/** Whatever their age. */
const KEPT_AT_LEAST = 60;

const SMALLEST = 4 * 1024;
/** For one topic; a message larger than that has the buffer for itself. */
const LARGEST = 4 * 1024 * 1024;
const FEWEST_PLACES = 16;

/** Of the three numbers about a message. */
const START = 0;
const END = 1;
const CAME = 2;

export class MessageRing {
  readonly #capacity: number;
  /** Where message `seq` begins and ends, and when it came: three numbers at place `seq % #places`. */
  #index = new Float64Array(0);
  #places = 0;
  #bytes = new Uint8Array(0);
  #newest = 0;
  #count = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Sequence numbers rise by one with each call. The body is copied: its maker uses the buffer again. `nowUs`: monotonic. */
  push(seq: number, body: Uint8Array, nowUs: number): void {
    if (this.#capacity > 0) {
      this.#forget(nowUs);
      const start = this.#roomFor(body.length);
      this.#bytes.set(body, start);
      if (this.#count === this.#places) this.#addPlaces();
      this.#count += 1;
      this.#put(seq, start, start + body.length, nowUs);
    }
    this.#newest = seq;
  }

  slice(fromSeq: number, limit: number): ReplaySlice {
    const oldest = this.#oldest;
    if (fromSeq > this.#newest) return { messages: [], next: this.#newest + 1, complete: true, tooOld: fromSeq > this.#newest + 1 };
    if (fromSeq < oldest) return { messages: [], next: oldest, complete: false, tooOld: true };
    const end = Math.min(this.#newest, fromSeq + limit - 1);
    const messages: unknown[] = [];
    for (let seq = fromSeq; seq <= end; seq += 1) messages.push(unpackUnchecked(this.#body(seq)));
    return { messages, next: end + 1, complete: end === this.#newest, tooOld: false };
  }

  get #oldest(): number {
    return this.#newest - this.#count + 1;
  }

  /** Makes room for one more message. */
  #forget(nowUs: number): void {
    if (this.#count === this.#capacity) this.#count -= 1;
    while (this.#count >= KEPT_AT_LEAST && nowUs - this.#number(this.#oldest, CAME) > KEPT_US) this.#count -= 1;
  }

  #number(seq: number, which: number): number {
    return this.#index[3 * (seq % this.#places) + which] ?? 0;
  }

  #put(seq: number, start: number, end: number, cameUs: number): void {
    const place = 3 * (seq % this.#places);
    this.#index[place + START] = start;
    this.#index[place + END] = end;
    this.#index[place + CAME] = cameUs;
  }

  /** Twice as many, with what is known in them. */
  #addPlaces(): void {
    const known = Array.from({ length: this.#count }, (_, at) => {
      const seq = this.#oldest + at;
      return [seq, this.#number(seq, START), this.#number(seq, END), this.#number(seq, CAME)] as const;
    });
    this.#places = Math.min(this.#capacity, Math.max(FEWEST_PLACES, 2 * this.#places));
    this.#index = new Float64Array(3 * this.#places);
    for (const place of known) this.#put(...place);
  }

  #body(seq: number): Uint8Array {
    return this.#bytes.subarray(this.#number(seq, START), this.#number(seq, END));
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
    const first = this.#number(this.#oldest, START);
    const end = this.#number(this.#newest, END);
    if (end <= first) return length <= first - end ? end : undefined;
    if (length <= size - end) return end;
    return length <= first ? 0 : undefined;
  }

  /** Twice as large, with the messages in their order from the beginning. */
  #grow(length: number): void {
    const bytes = new Uint8Array(Math.max(SMALLEST, Math.min(LARGEST, 2 * this.#bytes.length), length));
    let at = 0;
    for (let seq = this.#oldest; seq <= this.#newest; seq += 1) {
      const body = this.#body(seq);
      bytes.set(body, at);
      this.#put(seq, at, at + body.length, this.#number(seq, CAME));
      at += body.length;
    }
    this.#bytes = bytes;
  }
}
