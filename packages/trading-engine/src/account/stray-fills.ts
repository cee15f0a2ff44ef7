/** Trades that were booked before their order was known, kept until it turns up. Bounded; the oldest go first. */
import { type Fill, fillKey, type InstrumentId } from '@fillwright/domain';
import { venueName } from './order-archive.ts';

const BOUND = 10_000;

export class StrayFills {
  readonly #byKey = new Map<string, Fill>();
  /** What the venue calls their order → their keys, oldest booked first. */
  readonly #byOrder = new Map<string, Set<string>>();

  add(fill: Fill): void {
    if (fill.synthetic) return;
    const key = fillKey(fill);
    const name = venueName(fill.instrument, fill.venueOrderId);
    const keys = this.#byOrder.get(name) ?? new Set();
    this.#byOrder.set(name, keys.add(key));
    this.#byKey.set(key, fill);
    if (this.#byKey.size <= BOUND) return;
    const oldest = this.#byKey.values().next().value;
    if (oldest !== undefined) this.claimed(oldest);
  }

  /** Its order has it now. False when it was not among them. */
  claimed(fill: Fill): boolean {
    const key = fillKey(fill);
    const name = venueName(fill.instrument, fill.venueOrderId);
    const keys = this.#byOrder.get(name);
    const isKnown = this.#byKey.delete(key);
    keys?.delete(key);
    if (keys?.size === 0) this.#byOrder.delete(name);
    return isKnown;
  }

  /** Oldest booked first. */
  all(): readonly Fill[] {
    return [...this.#byKey.values()];
  }

  /** Oldest booked first. */
  of(instrument: InstrumentId, venueOrderId: string): readonly Fill[] {
    const keys = this.#byOrder.get(venueName(instrument, venueOrderId)) ?? [];
    return [...keys].flatMap((key) => this.#byKey.get(key) ?? []);
  }
}
