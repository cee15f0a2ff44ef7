/** Seeded randomness: xoshiro128**, its state taken from SHA-256 of (seed, stream name), so streams do not shift each other. */
import { createHash } from 'node:crypto';
import type { Random } from '@fillwright/runtime/ports';

export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** `stream` names the component that draws; two streams of one seed are independent. */
  constructor(seed: string, stream: string) {
    const digest = createHash('sha256').update(`${seed}\n${stream}`).digest();
    this.#a = digest.readUInt32LE(0);
    this.#b = digest.readUInt32LE(4);
    this.#c = digest.readUInt32LE(8);
    // xoshiro must not start from all zeros.
    this.#d = digest.readUInt32LE(12) | 1;
  }

  /** Uniform 32 bits. */
  uint32(): number {
    const b = this.#b;
    const scrambled = Math.imul(b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    this.#c ^= this.#a;
    this.#d ^= b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= b << 9;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  float(): number {
    return ((this.uint32() >>> 5) * 0x4000000 + (this.uint32() >>> 6)) / 0x20000000000000;
  }

  below(bound: number): number {
    return Math.floor(this.float() * bound);
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.uint32() & 0xff;
    return bytes;
  }

  /** Uniform integer in [low, high]. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True with this probability; always draws, so that a probability can change without shifting what follows. */
  chance(probability: number): boolean {
    return this.float() < probability;
  }

  /** @throws RangeError on an empty list. */
  pick<T>(list: readonly T[]): T {
    const index = this.below(list.length);
    if (index >= list.length || list.length === 0) throw new RangeError('cannot pick from an empty list');
    return list[index] as T;
  }
}
