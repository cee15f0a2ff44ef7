/**
 * Tells frames that several connections bring of one stream apart from those that are new, by their text. One that comes twice over the
 * same connection is new both times: the venue said it twice.
 */

/** Frames remembered; the oldest go first. A connection that lags behind more than this brings doubles, which the engine knows as well. */
const BOUND = 4_000;

export class SeenFrames {
  /** Text → bits of the connections that brought it. */
  readonly #seen = new Map<string, number>();

  /** `bit` = 2ⁿ of the connection that brought it. */
  isNews(bit: number, text: string): boolean {
    const brought = this.#seen.get(text);
    if (brought !== undefined && (brought & bit) === 0) {
      this.#seen.set(text, brought | bit);
      return false;
    }
    if (brought === undefined && this.#seen.size >= BOUND) {
      const [oldest] = this.#seen.keys();
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
    this.#seen.set(text, bit);
    return true;
  }

  clear(): void {
    this.#seen.clear();
  }
}
