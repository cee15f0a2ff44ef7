/** Randomness of one incarnation: its own stream, so what one process draws shifts no other, and each life draws anew. */
import type { Random } from '@fillwright/runtime/ports';
import type { Incarnation } from '../kernel/incarnation.ts';

export function simulatedRandom(incarnation: Incarnation): Random {
  const stream = incarnation.kernel.random(`random ${incarnation.name}`);
  return {
    float: () => incarnation.call('random.float', () => stream.float()),
    below: (bound) => incarnation.call('random.below', () => stream.below(bound)),
    bytes: (length) => incarnation.call('random.bytes', () => stream.bytes(length)),
  };
}
