/**
 * Brings together new orders that become ready in the same turn of the loop, so that they can leave in one request. Nobody waits for company: an
 * order that is the only one leaves at once, the others as soon as all that are expected are there, or as many as one request takes, and at
 * the end of that turn in any case.
 */
import type { Clock } from '@fillwright/runtime';
import type { OrderBatches } from '@fillwright/venue';

/** An order that is ready; `done`: its slot is free again. */
export type Ready<T> = T & { readonly done: () => void };

export class Burst<T> {
  readonly #clock: Clock;
  readonly #batches: OrderBatches | undefined;
  readonly #leave: (orders: readonly Ready<T>[], batches: OrderBatches) => void;
  /** Orders that will be ready, who knows when. */
  #expected = 0;
  #orders: Ready<T>[] = [];

  /** `leave` is given at least one order, and calls `done` of each in the end. */
  constructor(clock: Clock, batches: OrderBatches | undefined, leave: (orders: readonly Ready<T>[], batches: OrderBatches) => void) {
    this.#clock = clock;
    this.#batches = batches;
    this.#leave = leave;
  }

  /** An order will say `join` or `miss`. */
  expect(): void {
    this.#expected += 1;
  }

  /** One that was expected does not come, or leaves alone. */
  miss(): void {
    this.#expected -= 1;
  }

  /** Settles when the order is done. Undefined: it leaves alone, now. */
  join(order: T): Promise<void> | undefined {
    this.#expected -= 1;
    const batches = this.#batches;
    const isOnly = this.#expected === 0 && this.#orders.length === 0;
    if (isOnly || batches?.isOpen !== true) return undefined;
    return new Promise((done) => {
      this.#orders.push({ ...order, done });
      if (this.#expected === 0 || this.#orders.length >= batches.most) this.#go(batches);
      else if (this.#orders.length === 1) this.#clock.after(0, () => this.#go(batches));
    });
  }

  #go(batches: OrderBatches): void {
    const orders = this.#orders;
    this.#orders = [];
    if (orders.length > 0) this.#leave(orders, batches);
  }
}
