/** All inputs of an account pass here, one at a time, in order of arrival. Handlers are synchronous; what they start comes back as an input. */

/** More than this in one turn is a loop, not load. */
const BOUND = 100_000;

export class InputQueue {
  readonly #waiting: (() => void)[] = [];
  readonly #onBroken: (error: unknown) => void;
  #running = false;
  #closed = false;

  /** `onBroken` is told when a handler throws: a broken invariant; nothing more is handled then. */
  constructor(onBroken: (error: unknown) => void) {
    this.#onBroken = onBroken;
  }

  /** Runs `handler` now, or right after the one that is running: never inside it. */
  run(handler: () => void): void {
    if (this.#closed) return;
    this.#waiting.push(handler);
    if (this.#running) return;
    this.#running = true;
    try {
      let next = this.#waiting.shift();
      let handled = 0;
      while (next) {
        if (++handled > BOUND) throw new Error(`more than ${BOUND} inputs in one turn`);
        next();
        next = this.#waiting.shift();
      }
    } catch (error) {
      this.close();
      this.#onBroken(error);
    } finally {
      this.#running = false;
    }
  }

  /** Brings the answer of an effect back as an input. */
  after<T>(promise: Promise<T>, handler: (value: T) => void): Promise<void> {
    return promise.then(
      (value) => this.run(() => handler(value)),
      (error: unknown) => {
        // Ports and adapters answer with values; a rejection is a bug of ours.
        this.close();
        this.#onBroken(error);
      },
    );
  }

  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
  }
}
