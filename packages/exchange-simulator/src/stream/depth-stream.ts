/**
 * One diff-depth stream of one symbol at one speed. Frames are joined by `pu`; every change between two frames lies in the later one, so
 * a book kept from a snapshot and these frames equals the venue's.
 */
import type { Market } from '../market/market.ts';
import { priceText, qtyText } from '../market/symbol-spec.ts';
import type { Sign } from '../numbers/units.ts';
import { depthUpdate } from '../render/market-events.ts';

export class DepthStream {
  readonly #market: Market;
  readonly #detach: () => void;
  /** `sign × ticks` → lots. */
  readonly #changed = new Map<number, number>();
  #firstId = 0;
  #lastId: number;
  #previousId: number;

  constructor(market: Market) {
    this.#market = market;
    this.#previousId = market.lastUpdateId;
    this.#lastId = market.lastUpdateId;
    this.#detach = market.onDepth((sign, ticks, lots, updateId) => {
      if (this.#changed.size === 0) this.#firstId = updateId;
      this.#changed.set(sign * ticks, lots);
      this.#lastId = updateId;
    });
  }

  /** What changed since the last frame; `undefined` when nothing did. */
  frame(nowMs: number): string | undefined {
    if (this.#changed.size === 0) return undefined;
    const frame = {
      firstId: this.#firstId,
      lastId: this.#lastId,
      previousId: this.#previousId,
      bids: this.#rows(1),
      asks: this.#rows(-1),
    };
    this.#changed.clear();
    this.#previousId = this.#lastId;
    return depthUpdate(this.#market, frame, nowMs);
  }

  /** Best price first. */
  #rows(sign: Sign): string[][] {
    const { spec } = this.#market;
    const keys = [...this.#changed.keys()].filter((key) => key * sign > 0).sort((a, b) => b - a);
    return keys.map((key) => [priceText(spec, key * sign), qtyText(spec, this.#changed.get(key) ?? 0)]);
  }

  stop(): void {
    this.#detach();
  }
}
