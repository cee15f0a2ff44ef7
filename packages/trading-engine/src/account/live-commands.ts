/** Which commands about an order were taken on, as long as it lives: a second copy is never a second command, and a closed order takes none. */

/** Per order; the oldest go first. Somebody who modifies one order so often has long had the answer to his first command. */
const BOUND = 10_000;

export class LiveCommands {
  readonly #byOrder = new Map<string, Set<string>>();

  add(clientOrderId: string, commandId: string): void {
    const ids = this.#byOrder.get(clientOrderId) ?? new Set();
    this.#byOrder.set(clientOrderId, ids);
    ids.add(commandId);
    if (ids.size <= BOUND) return;
    const oldest = ids.values().next().value;
    if (oldest !== undefined) ids.delete(oldest);
  }

  /** Command ids are unique per sender only, and an order has one sender. */
  has(clientOrderId: string, commandId: string): boolean {
    return this.#byOrder.get(clientOrderId)?.has(commandId) ?? false;
  }

  /** The order closed. */
  ended(clientOrderId: string): void {
    this.#byOrder.delete(clientOrderId);
  }

  all(): readonly { readonly id: string; readonly commandId: string }[] {
    return [...this.#byOrder].flatMap(([id, ids]) => [...ids].map((commandId) => ({ id, commandId })));
  }
}
