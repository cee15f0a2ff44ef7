/**
 * Brings together new orders that become ready in the same turn of the loop, so that they can leave in one request: at the end of that turn, or
 * as soon as they are as many as one request takes. Nobody waits any longer for company.
 */
import type { Clock } from '@fillwright/runtime';
import type { OrderBatches } from '@fillwright/venue';

/** An order that is ready; `done`: its slot is free again. */
export type Ready<T> = T & { readonly done: () => void };

export class Burst<T> {
  readonly #clock: Clock;
  readonly #batches: OrderBatches | undefined;
  readonly #leave: (orders: readonly Ready<T>[], batches: OrderBatches) => void;
  #orders: Ready<T>[] = [];

  /** `leave` is given at least one order, and calls `done` of each in the end. */
  constructor(clock: Clock, batches: OrderBatches | undefined, leave: (orders: readonly Ready<T>[], batches: OrderBatches) => void) {
    this.#clock = clock;
    this.#batches = batches;
    this.#leave = leave;
  }

  /** Settles when the order is done. Undefined: it leaves alone, now. */
  join(order: T): Promise<void> | undefined {
    const batches = this.#batches;
    if (batches?.isOpen !== true) return undefined;
    return new Promise((done) => {
      this.#orders.push({ ...order, done });
      if (this.#orders.length >= batches.most) this.#go(batches);
      else if (this.#orders.length === 1) this.#clock.after(0, () => this.#go(batches));
    });
  }

  #go(batches: OrderBatches): void {
    const orders = this.#orders;
    this.#orders = [];
    if (orders.length > 0) this.#leave(orders, batches);
  }
}
