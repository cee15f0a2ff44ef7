import { describe, expect, it } from '@jest/globals';
import { pollBusily } from '../../src/process/busy-poll.ts';

/** A loop with an immediate in it does not wait for the network. */
const isAwake = () => process.getActiveResourcesInfo().includes('Immediate');
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('busy polling', () => {
  it('gives the loop no reason to sleep, turn after turn, until it is stopped', async () => {
    const stop = pollBusily();
    const seen: boolean[] = [];
    for (let index = 0; index < 10; index += 1) {
      await turn();
      seen.push(isAwake());
    }
    stop();
    await turn();
    await turn();

    expect(seen).toEqual(Array.from({ length: 10 }, () => true));
    expect(isAwake()).toBe(false);
  });
});
