/**
 * Which trades of one instrument were booked, some three bytes each: an account makes tens of thousands a day. In the order in which they
 * came, a block at a time as differences, which are small: venues count upwards.
 */
import type { TradeId } from '../ids.ts';
import type { Side } from '../order/terms.ts';

/** What was remembered at one moment; what is added later does not show. */
export interface TradeKeysState {
  /** Of ids that are numbers, oldest first: see `packNumbers`. */
  readonly blocks: readonly Uint8Array[];
  /** All others, oldest first. */
  readonly others: readonly TradeKey[];
}

export interface TradeKey {
  readonly tradeId: TradeId;
  readonly side: Side;
}

/** Twice such a number and one for the side, and twice a difference of two of these, are exact in a double. */
const NUMBER = /^(?:0|[1-9]\d{0,14})$/;
const BLOCK = 256;

export class TradeKeys {
  readonly #kept: number;
  /** Oldest first; each of as many as `#recent` has room for. */
  readonly #blocks: Block[] = [];
  readonly #recent: Float64Array;
  #count = 0;
  /** The largest ever added: what is above it is new. */
  #largest = -1;
  /** Ids that are no numbers, as reconciliation makes them: few. Oldest first. */
  readonly #texts = new Set<string>();

  /** The newest `kept` are surely known, and never more than a block beyond. */
  constructor(kept: number) {
    this.#kept = kept;
    this.#recent = new Float64Array(Math.min(BLOCK, kept));
  }

  has(key: TradeKey): boolean {
    const packed = pack(key);
    if (packed === undefined) return this.#texts.has(textOf(key));
    if (packed > this.#largest) return false;
    const at = this.#recent.indexOf(packed);
    return (at >= 0 && at < this.#count) || this.#blocks.some((block) => block.has(packed));
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
    if (this.#count === this.#recent.length) this.#close();
    this.#recent[this.#count] = packed;
    this.#count += 1;
    this.#largest = Math.max(this.#largest, packed);
  }

  #close(): void {
    this.#blocks.push(new Block(this.#recent));
    this.#count = 0;
    if ((this.#blocks.length - 1) * this.#recent.length >= this.#kept) this.#blocks.shift();
  }

  state(): TradeKeysState {
    const recent = this.#recent.subarray(0, this.#count);
    return { blocks: [...this.#blocks.map(({ bytes }) => bytes), packNumbers(recent)], others: [...this.#texts].map(keyOfText) };
  }

  /** Adds what another one knew. */
  restore({ blocks, others }: TradeKeysState): void {
    for (const bytes of blocks) for (const packed of unpackNumbers(bytes)) this.add(unpack(packed));
    for (const key of others) this.add(key);
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

/** Bits of a byte that count; the uppermost says that more follow. */
const SEVEN_BITS = 128;

/** As many as a `TradeKeys` closes at once. */
class Block {
  readonly bytes: Uint8Array;
  readonly #least: number;
  readonly #largest: number;

  constructor(values: Float64Array) {
    this.bytes = packNumbers(values);
    this.#least = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
    this.#largest = values.reduce((largest, value) => Math.max(largest, value), -1);
  }

  has(value: number): boolean {
    return value >= this.#least && value <= this.#largest && unpackNumbers(this.bytes).includes(value);
  }
}

/** Whole numbers below 2^51 in their order, each as its difference from the one before, seven bits a byte, lowest first. */
function packNumbers(values: Float64Array): Uint8Array {
  const bytes: number[] = [];
  let before = 0;
  for (const value of values) {
    const difference = value - before;
    before = value;
    let rest = difference < 0 ? -2 * difference - 1 : 2 * difference;
    for (; rest >= SEVEN_BITS; rest = Math.floor(rest / SEVEN_BITS)) bytes.push((rest % SEVEN_BITS) + SEVEN_BITS);
    bytes.push(rest);
  }
  return Uint8Array.from(bytes);
}

function unpackNumbers(bytes: Uint8Array): readonly number[] {
  const values: number[] = [];
  let [value, number, unit] = [0, 0, 1];
  for (const byte of bytes) {
    number += (byte % SEVEN_BITS) * unit;
    unit *= SEVEN_BITS;
    if (byte >= SEVEN_BITS) continue;
    value += number % 2 === 0 ? number / 2 : -(number + 1) / 2;
    values.push(value);
    [number, unit] = [0, 1];
  }
  return values;
}
