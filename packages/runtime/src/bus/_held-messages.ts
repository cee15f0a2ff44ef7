/** Live messages of one topic that wait while the consumer catches up: always without a hole, never more than a bound. */
import type { DecodeCode, Message } from '@fillwright/messages';

/** A message as a consumer counts it; one that could not be understood took a sequence number all the same. */
export type FeedItem =
  | { readonly epoch: number; readonly seq: number; readonly pos: number | undefined; readonly message: Message }
  | {
      readonly epoch: number;
      readonly seq: number;
      readonly pos: number | undefined;
      readonly message: undefined;
      readonly fault: DecodeCode;
    };

export type HoldOutcome = 'held' | 'duplicate' | 'hole' | 'overflow';

export class HeldMessages {
  readonly #bound: number;
  #items: FeedItem[] = [];

  constructor(bound: number) {
    this.#bound = bound;
  }

  get first(): FeedItem | undefined {
    return this.#items[0];
  }

  get last(): FeedItem | undefined {
    return this.#items.at(-1);
  }

  get size(): number {
    return this.#items.length;
  }

  /** After a hole or an overflow only `item` is held: what came before has to be fetched again. */
  hold(item: FeedItem): HoldOutcome {
    const last = this.last;
    if (last !== undefined && item.seq <= last.seq) return 'duplicate';
    const isHole = last !== undefined && item.seq > last.seq + 1;
    if (isHole || this.#items.length >= this.#bound) {
      this.#items = [item];
      return isHole ? 'hole' : 'overflow';
    }
    this.#items.push(item);
    return 'held';
  }

  /** Hands out everything and is empty. */
  release(): readonly FeedItem[] {
    const items = this.#items;
    this.#items = [];
    return items;
  }
}
