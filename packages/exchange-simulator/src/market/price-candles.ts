/** One-minute candles of a price that is not traded (mark, index), bounded. */
import { maxUnits, minUnits, type Units } from '../numbers/units.ts';

export interface PriceCandle {
  readonly openMs: number;
  readonly open: Units;
  readonly high: Units;
  readonly low: Units;
  readonly close: Units;
}

const KEPT = 1_500;
const MINUTE_MS = 60_000;

export class PriceCandles {
  readonly #minutes: PriceCandle[] = [];

  add(price: Units, timeMs: number): void {
    const openMs = timeMs - (timeMs % MINUTE_MS);
    const last = this.#minutes[this.#minutes.length - 1];
    if (last !== undefined && last.openMs >= openMs) {
      this.#minutes[this.#minutes.length - 1] = joined(last, { openMs: last.openMs, open: price, high: price, low: price, close: price });
      return;
    }
    this.#minutes.push({ openMs, open: last?.close ?? price, high: price, low: price, close: price });
    if (this.#minutes.length > 2 * KEPT) this.#minutes.splice(0, KEPT);
  }

  /** Of `intervalMs` (a multiple of a minute), oldest first, aligned to 1970. */
  candles(intervalMs: number): PriceCandle[] {
    const out: PriceCandle[] = [];
    for (const minute of this.#minutes) {
      const openMs = minute.openMs - (minute.openMs % intervalMs);
      const last = out[out.length - 1];
      if (last?.openMs === openMs) out[out.length - 1] = joined(last, minute);
      else out.push({ ...minute, openMs });
    }
    return out;
  }

  /** What a dump of the venue keeps of the private fields (`state/`). */
  hiddenState() {
    return { minutes: this.#minutes };
  }

  restoreHidden({ minutes }: ReturnType<PriceCandles['hiddenState']>): void {
    this.#minutes.splice(0, this.#minutes.length, ...minutes);
  }
}

function joined(first: PriceCandle, next: PriceCandle): PriceCandle {
  return { ...first, high: maxUnits(first.high, next.high), low: minUnits(first.low, next.low), close: next.close };
}
