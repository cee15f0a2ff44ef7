/**
 * Brings together new orders whose turn comes in the same turn of the loop, so that they can leave in one request. Nobody waits for company: an
 * order that is alone goes at once, the others at the end of that turn, or as soon as they are as many as one request takes.
 */
import type { ClientOrderId, RateTicket } from '@fillwright/domain';
import type { Clock } from '@fillwright/runtime';
import type { OrderBatches } from '@fillwright/venue';

/** An order whose turn has come, with the room it was given. */
export interface Starter {
  readonly id: ClientOrderId;
  readonly ticket: RateTicket;
  /** There is nothing left to wait for: its slot is free. */
  readonly done: () => void;
}

export class Burst {
  readonly #clock: Clock;
  readonly #batches: OrderBatches | undefined;
  readonly #leave: (starters: readonly Starter[], batches: OrderBatches) => void;
  /** Orders that stand in the queue. */
  #expected = 0;
  #starters: Starter[] = [];

  /** `leave` is given at least one order, and calls `done` of each. */
  constructor(clock: Clock, batches: OrderBatches | undefined, leave: (starters: readonly Starter[], batches: OrderBatches) => void) {
    this.#clock = clock;
    this.#batches = batches;
    this.#leave = leave;
  }

  /** An order is put into the queue; it says so when its turn comes. */
  expect(): void {
    this.#expected += 1;
  }

  /** It did not get in. */
  forget(): void {
    this.#expected -= 1;
  }

  /** Undefined: it is alone and may go. Else settles when it is done. */
  join(id: ClientOrderId, ticket: RateTicket | undefined): Promise<void> | undefined {
    this.#expected -= 1;
    const batches = this.#batches;
    const isAlone = this.#expected === 0 && this.#starters.length === 0;
    if (isAlone || ticket === undefined || batches?.isOpen !== true) return undefined;
    return new Promise((done) => {
      this.#starters.push({ id, ticket, done });
      if (this.#starters.length >= batches.most) this.#go(batches);
      else if (this.#starters.length === 1) this.#clock.after(0, () => this.#go(batches));
    });
  }

  #go(batches: OrderBatches): void {
    const starters = this.#starters;
    this.#starters = [];
    if (starters.length > 0) this.#leave(starters, batches);
  }
}
