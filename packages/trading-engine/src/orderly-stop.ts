/**
 * What a stop does about the account: cancels our own orders (never those made by others) or flattens, waits for the venue's word on each
 * within a budget, and tells what is left.
 */
import { type ClientOrderId, decimalText, type Order } from '@fillwright/domain';
import { mutated } from '@fillwright/runtime/ports';
import type { EngineContext } from './context.ts';
import type { CommandDesk } from './order/command-desk.ts';
import type { Dispatcher } from './order/dispatcher.ts';
import type { FlattenDesk } from './order/flatten-desk.ts';
import { EXTERNAL } from './order/report-desk.ts';

interface Desks {
  readonly desk: CommandDesk;
  readonly dispatcher: Dispatcher;
  readonly flatten: FlattenDesk;
}

export class OrderlyStop {
  readonly #context: EngineContext;
  readonly #desks: Desks;
  #onQuiet: (() => void) | undefined;
  #isAbandoned = false;

  constructor(context: EngineContext, desks: Desks) {
    this.#context = context;
    this.#desks = desks;
  }

  /** Resolves when no own order lives and nothing is in flight, when the budget is spent, or when it is abandoned. */
  begin(): Promise<void> {
    const { clock, inputs, options } = this.#context;
    inputs.run(() => this.#cancel());
    // The journal may refuse the very first cancel.
    if (this.#isAbandoned) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = clock.after(options.stopBudgetMs, () => this.abandon());
      this.#onQuiet = () => {
        timer.cancel();
        this.#onQuiet = undefined;
        resolve();
      };
      inputs.run(() => this.look());
    });
  }

  /** To be called when an order or a request has changed. */
  look(): void {
    const { dispatcher, flatten } = this.#desks;
    if (!this.#onQuiet) return;
    flatten.look();
    if (!flatten.isActive && dispatcher.inFlight === 0 && this.#ownLive().length === 0) this.#onQuiet();
  }

  /** Waits no longer. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#onQuiet?.();
  }

  /**
   * What an operator finds after the stop: orders without an end, and positions where they were to be closed. `isCanceled`: at the venue,
   * although the journal could not take it.
   */
  left(isCanceled: (id: ClientOrderId) => boolean = () => false): readonly string[] {
    const { book, options } = this.#context;
    const orders = this.#ownLive()
      .filter(({ clientOrderId }) => !isCanceled(clientOrderId))
      .map(({ clientOrderId, phase, terms }) => `order ${clientOrderId} (${phase}) on ${terms.instrument}`);
    if (!options.flattenOnStop) return orders;
    const held = book.positions.all().filter(({ qty }) => !qty.isZero());
    return [...orders, ...held.map(({ instrument, qty }) => `position ${decimalText(qty)} of ${instrument}`)];
  }

  #cancel(): void {
    const { options, epoch, log } = this.#context;
    const { desk, flatten } = this.#desks;
    const isMeant = ({ owner }: Order): boolean => owner !== EXTERNAL || mutated(this.#context, 'stop-cancels-everything');
    if (!options.flattenOnStop) desk.cancelOwned(isMeant, `stop${epoch.toString(36)}`);
    else if (flatten.begin({ isPatient: true }).denials.length > 0)
      log.error('not-flattened', { code: 'ENG_FLATTEN_DENIED', left: this.left() });
  }

  #ownLive(): readonly Order[] {
    return this.#context.book.liveOrders().filter((order) => order.owner !== EXTERNAL);
  }
}
