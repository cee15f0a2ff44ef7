/**
 * Which trades of one instrument were booked, some 24 bytes each: an account makes tens of thousands a day. Bounded: of as many again as it
 * promises to remember, the older half goes at once.
 */
import type { TradeId } from '../ids.ts';
import type { Side } from '../order/terms.ts';

/** What was remembered at one moment, oldest first: a list of keys that are written out only when somebody reads them. */
export interface TradeKeyList {
  readonly length: number;
  slice(from: number, to: number): readonly string[];
}

export interface TradeKey {
  readonly tradeId: TradeId;
  readonly side: Side;
}

/** Twice such a number and one for the side are exact in a double. */
const NUMBER = /^(?:0|[1-9]\d{0,14})$/;

export class TradeKeys {
  readonly #kept: number;
  /** Full, or empty. */
  #older = new NumberSet();
  #newer = new NumberSet();
  /** Ids that are no numbers, as reconciliation makes them: few. Oldest first. */
  readonly #texts = new Set<string>();

  /** The newest `kept` are surely known, never more than twice as many. */
  constructor(kept: number) {
    this.#kept = kept;
  }

  has(key: TradeKey): boolean {
    const packed = pack(key);
    return packed === undefined ? this.#texts.has(textOf(key)) : this.#newer.has(packed) || this.#older.has(packed);
  }

  /** It must not be there yet. */
  add(key: TradeKey): void {
    const packed = pack(key);
    if (packed === undefined) {
      this.#texts.add(textOf(key));
      const oldest = this.#texts.values().next().value;
      if (this.#texts.size > this.#kept && oldest !== undefined) this.#texts.delete(oldest);
      return;
    }
    if (this.#newer.size === this.#kept) {
      this.#older = this.#newer;
      this.#newer = new NumberSet();
    }
    this.#newer.add(packed);
  }

  /** Each key as `write` writes it. What is added later does not show. */
  list(write: (key: TradeKey) => string): TradeKeyList {
    const texts = [...this.#texts].map(keyOfText);
    const [older, newer] = [this.#older.values(), this.#newer.values()];
    const at = (index: number): TradeKey => {
      const packed = index < older.length ? older[index] : newer[index - older.length];
      return packed === undefined ? (texts[index - older.length - newer.length] as TradeKey) : unpack(packed);
    };
    const length = older.length + newer.length + texts.length;
    return {
      length,
      slice: (from, to) => Array.from({ length: Math.max(0, Math.min(to, length) - from) }, (_, offset) => write(at(from + offset))),
    };
  }
}

function pack({ tradeId, side }: TradeKey): number | undefined {
  return NUMBER.test(tradeId) ? Number(tradeId) * 2 + (side === 'buy' ? 0 : 1) : undefined;
}

function unpack(packed: number): TradeKey {
  return { tradeId: String(Math.floor(packed / 2)) as TradeId, side: packed % 2 === 0 ? 'buy' : 'sell' };
}

function textOf({ tradeId, side }: TradeKey): string {
  return `${side === 'buy' ? 'b' : 's'}${tradeId}`;
}

function keyOfText(text: string): TradeKey {
  return { tradeId: text.slice(1) as TradeId, side: text.startsWith('b') ? 'buy' : 'sell' };
}

const LEAST_CAPACITY = 64;
const TWO_32 = 2 ** 32;

/** Whole numbers below 2^53 in the order in which they came, found by an open table of their places. */
class NumberSet {
  #values = new Float64Array(LEAST_CAPACITY);
  /** Place + 1; 0 is free. Twice as long as `#values`: never more than half full. */
  #table = new Int32Array(LEAST_CAPACITY * 2);
  size = 0;

  has(value: number): boolean {
    return this.#table[this.#slotOf(value)] !== 0;
  }

  add(value: number): void {
    if (this.size === this.#values.length) this.#grow();
    this.#values[this.size] = value;
    this.size += 1;
    this.#table[this.#slotOf(value)] = this.size;
  }

  /** A copy. */
  values(): Float64Array {
    return this.#values.slice(0, this.size);
  }

  /** Where it is, or the free slot where it would be. */
  #slotOf(value: number): number {
    const mask = this.#table.length - 1;
    let slot = Math.imul((value | 0) ^ Math.imul(value / TWO_32, 0x85ebca6b), 0x9e3779b1) >>> 8;
    for (slot &= mask; ; slot = (slot + 1) & mask) {
      const place = this.#table[slot] as number;
      if (place === 0 || this.#values[place - 1] === value) return slot;
    }
  }

  #grow(): void {
    const values = new Float64Array(this.#values.length * 2);
    values.set(this.#values);
    this.#values = values;
    this.#table = new Int32Array(values.length * 2);
    for (let place = 0; place < this.size; place += 1) this.#table[this.#slotOf(values[place] as number)] = place + 1;
  }
}
