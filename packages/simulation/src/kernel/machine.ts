/** A computer of the simulated world: its clock and the disks that outlive its processes. */
import { type UsTime, usTime } from '@fillwright/domain/time';
import { createMemoryStore, type MemoryStore } from '@fillwright/runtime/store';
import { DiskImage } from './disk-image.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Monotonic clocks of two machines never agree; up to an hour apart, so that mixing them shows. */
const MAX_MONOTONIC_ZERO_US = 3_600_000_000;

export class Machine {
  readonly name: string;
  readonly address: string;
  /** False after a power cut: nothing answers, not even with a refusal. */
  powered = true;
  /** What the wall clock is off by; step it to simulate a clock correction. */
  wallOffsetUs = 0;
  readonly #wallZeroUs: number;
  readonly #monotonicZeroUs: number;
  readonly #disks = new Map<string, DiskImage>();
  readonly #databases = new Map<string, MemoryStore>();

  /** @param wallZeroUs the wall clock at virtual time 0 */
  constructor(name: string, address: string, wallZeroUs: number, random: SeededRandom) {
    this.name = name;
    this.address = address;
    this.#wallZeroUs = wallZeroUs;
    this.#monotonicZeroUs = random.below(MAX_MONOTONIC_ZERO_US);
  }

  wallUs(nowUs: number): UsTime {
    return usTime(this.#wallZeroUs + nowUs + this.wallOffsetUs);
  }

  monotonicUs(nowUs: number): number {
    return nowUs + this.#monotonicZeroUs;
  }

  /** The files below a data directory; made when first asked for. */
  disk(dataDirectory: string): DiskImage {
    return getOrMake(this.#disks, dataDirectory, () => new DiskImage());
  }

  /** The databases and locks below a data directory. */
  databases(dataDirectory: string): MemoryStore {
    return getOrMake(this.#databases, dataDirectory, createMemoryStore);
  }

  /** All disks by data directory, in the order they were first used. */
  disks(): ReadonlyMap<string, DiskImage> {
    return this.#disks;
  }
}

function getOrMake<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
