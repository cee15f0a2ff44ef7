/**
 * What the books were a while ago, for rules of the kind `stale-depth`: a snapshot from a server that lags behind the streams. Bounded by
 * taking, for each span asked for, a picture only every so often. Costs nothing while there is no such rule.
 */
import type { VenueListener } from '../engine/events.ts';
import type { Market } from '../market/market.ts';
import { depthSnapshot } from '../render/market-json.ts';
import type { JsonObject } from '../render/order-json.ts';

/** Pictures of one book at most, whatever the span. */
const PICTURES = 60;
/** The deepest snapshot that clients may ask for. */
const LEVELS = 1_000;

interface Picture {
  readonly timeMs: number;
  readonly snapshot: JsonObject;
}

export class PastBooks implements VenueListener {
  readonly #nowMs: () => number;
  readonly #pictures = new Map<Market, Picture[]>();
  #spanMs = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** From now on books up to so old are kept; they begin as they are. */
  keep(spanMs: number, markets: Iterable<Market>): void {
    if (this.#spanMs === 0) for (const market of markets) this.#pictures.set(market, [this.#picture(market, this.#nowMs())]);
    this.#spanMs = Math.max(this.#spanMs, spanMs);
  }

  settled(market: Market, timeMs: number): void {
    if (this.#spanMs === 0) return;
    const pictures = this.#pictures.get(market) ?? [];
    const last = pictures.at(-1);
    if (last !== undefined && timeMs - last.timeMs < this.#spanMs / (PICTURES - 2)) return;
    pictures.push(this.#picture(market, timeMs));
    if (pictures.length > PICTURES) pictures.shift();
    this.#pictures.set(market, pictures);
  }

  #picture(market: Market, timeMs: number): Picture {
    return { timeMs, snapshot: depthSnapshot(market, LEVELS, timeMs) };
  }

  /** The newest picture that is at least so old, else the oldest; `undefined` when there is none. */
  snapshot(market: Market, limit: number, agoMs: number): JsonObject | undefined {
    const pictures = this.#pictures.get(market) ?? [];
    const oldEnough = this.#nowMs() - agoMs;
    const { snapshot } = pictures.findLast(({ timeMs }) => timeMs <= oldEnough) ?? pictures[0] ?? {};
    if (snapshot === undefined) return undefined;
    const { bids, asks } = snapshot as { readonly bids: readonly string[][]; readonly asks: readonly string[][] };
    return { ...snapshot, E: this.#nowMs(), bids: bids.slice(0, limit), asks: asks.slice(0, limit) };
  }
}
