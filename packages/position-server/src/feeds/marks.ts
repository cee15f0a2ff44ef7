/** Mark prices as last heard from the market-server; one that is too old is none. */
import { type Decimal, decimal, type InstrumentId } from '@fillwright/domain';
import type { MarkMessage } from '@fillwright/messages';
import type { Clock } from '@fillwright/runtime';

/** The venue sends one a second; after this many a profit counted with it would mislead. */
const STALE_MS = 10_000;

export class Marks {
  readonly #clock: Clock;
  /** As many as the market-server follows. */
  readonly #marks = new Map<InstrumentId, { readonly price: Decimal; readonly receivedUs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take({ instrument, mark }: MarkMessage): void {
    this.#marks.set(instrument, { price: decimal(mark), receivedUs: this.#clock.monotonicUs() });
  }

  /** Undefined when there is none, or it is too old. */
  of(instrument: InstrumentId): Decimal | undefined {
    const mark = this.#marks.get(instrument);
    return mark && this.#clock.monotonicUs() - mark.receivedUs <= STALE_MS * 1000 ? mark.price : undefined;
  }
}
