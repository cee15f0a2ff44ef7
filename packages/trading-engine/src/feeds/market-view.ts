/** Marks as the engine last heard them from the market-server; a mark that is too old is no mark. */
import { type Decimal, decimal, type InstrumentId, type Reason } from '@fillwright/domain';
import type { MessageData } from '@fillwright/messages';
import type { Clock } from '@fillwright/runtime';

interface Mark {
  readonly price: Decimal;
  readonly receivedUs: number;
}

export class MarketView {
  readonly #clock: Clock;
  readonly #staleMs: number;
  readonly #marks = new Map<InstrumentId, Mark>();

  /** `staleMs` zero: marks never go stale (no market-server in this deployment). */
  constructor(clock: Clock, staleMs: number) {
    this.#clock = clock;
    this.#staleMs = staleMs;
  }

  mark(message: MessageData<'market.mark'>): void {
    this.#marks.set(message.instrument, { price: decimal(message.mark), receivedUs: this.#clock.monotonicUs() });
  }

  /** Undefined when there is none, or it is stale. */
  markOf(instrument: InstrumentId): Decimal | undefined {
    const mark = this.#marks.get(instrument);
    return mark && !this.#isStale(mark) ? mark.price : undefined;
  }

  /** Why nothing that increases risk may pass on this instrument. */
  staleness(instrument: InstrumentId): Reason | undefined {
    if (this.#staleMs === 0) return undefined;
    const mark = this.#marks.get(instrument);
    if (!mark)
      return {
        code: 'STALE_MARK',
        text: `no mark price of ${instrument} yet: is the market-server running and does it follow this symbol?`,
      };
    if (!this.#isStale(mark)) return undefined;
    return { code: 'STALE_MARK', text: `the mark price of ${instrument} is older than ${this.#staleMs} ms` };
  }

  #isStale(mark: Mark): boolean {
    return this.#staleMs > 0 && this.#clock.monotonicUs() - mark.receivedUs > this.#staleMs * 1000;
  }
}
