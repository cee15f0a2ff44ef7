/** Trades that were booked before their order was known, kept until it turns up. Bounded; the oldest go first. */
import { type Fill, fillKey, type InstrumentId } from '@fillwright/domain';

const BOUND = 10_000;

export class StrayFills {
  readonly #byKey = new Map<string, Fill>();

  add(fill: Fill): void {
    if (fill.synthetic) return;
    this.#byKey.set(fillKey(fill), fill);
    if (this.#byKey.size <= BOUND) return;
    const oldest = this.#byKey.keys().next().value;
    if (oldest !== undefined) this.#byKey.delete(oldest);
  }

  /** Its order has it now. */
  claimed(fill: Fill): void {
    this.#byKey.delete(fillKey(fill));
  }

  /** Oldest booked first. */
  all(): readonly Fill[] {
    return [...this.#byKey.values()];
  }

  /** Oldest booked first. */
  of(instrument: InstrumentId, venueOrderId: string): readonly Fill[] {
    return [...this.#byKey.values()].filter((fill) => fill.instrument === instrument && fill.venueOrderId === venueOrderId);
  }
}
