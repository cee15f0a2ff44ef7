/** Randomness of the machine. */
import { randomBytes, randomInt } from 'node:crypto';
import type { Random } from '../ports/random.ts';

export function createSystemRandom(): Random {
  return {
    float: () => Math.random(),
    below: (bound) => randomInt(bound),
    bytes: (length) => new Uint8Array(randomBytes(length)),
  };
}
