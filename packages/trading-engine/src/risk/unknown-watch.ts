/** How many outcomes are unknown and for how long, as metrics and facts. The alarm after 15 s is the resolver's. */
import type { Clock, Metrics } from '@fillwright/runtime';
import type { AccountBook } from '../account/account-book.ts';
import { unknownSince } from '../order/settled.ts';

export class UnknownWatch {
  readonly #book: AccountBook;
  readonly #clock: Clock;
  readonly #count;
  readonly #age;

  constructor(book: AccountBook, clock: Clock, metrics: Metrics) {
    this.#book = book;
    this.#clock = clock;
    this.#count = metrics.gauge('fillwright_engine_unknown_orders', 'Orders and requests about orders without a proven outcome');
    this.#age = metrics.gauge('fillwright_engine_oldest_unknown_seconds', 'Age of the oldest of them; 0 when there is none');
  }

  get oldestTs(): number | undefined {
    let oldest: number | undefined;
    for (const order of this.#book.liveOrders()) {
      const since = unknownSince(order);
      if (since !== undefined && (oldest === undefined || since < oldest)) oldest = since;
    }
    return oldest;
  }

  /** Once a second. */
  measure(): void {
    const { oldestTs } = this;
    this.#count.set(this.#book.unknownCount);
    this.#age.set(oldestTs === undefined ? 0 : Math.max(0, (this.#clock.wallUs() - oldestTs) / 1e6));
  }
}
