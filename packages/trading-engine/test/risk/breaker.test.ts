import type { Log } from '@fillwright/runtime';
import { describe, expect, it } from '@jest/globals';
import { Breaker } from '../../src/risk/breaker.ts';
import { TestClock } from '../_world.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent } as Log;
const WELL = { streamUp: true, positionsInDoubt: false };
const DOWN = { streamUp: false, positionsInDoubt: true };

function breaker(): { breaker: Breaker; clock: TestClock; changes: () => number } {
  const clock = new TestClock();
  const made = new Breaker(clock, silent);
  let count = 0;
  made.onChange = () => {
    count += 1;
  };
  return { breaker: made, clock, changes: () => count };
}

describe('the breaker', () => {
  it('opens when the stream is down for more than 30 s, not sooner', async () => {
    const world = breaker();
    world.breaker.look(DOWN);
    await world.clock.advance(30_000);
    world.breaker.look(DOWN);
    expect(world.breaker.reason).toBeUndefined();
    await world.clock.advance(1);
    world.breaker.look(DOWN);

    expect(world.breaker.reason).toMatchObject({ code: 'BREAKER_OPEN', text: expect.stringContaining('30 s') });
    expect(world.changes()).toBe(1);
  });

  it('does not add up outages', async () => {
    const world = breaker();
    for (let outage = 0; outage < 3; outage += 1) {
      world.breaker.look(DOWN);
      await world.clock.advance(20_000);
      world.breaker.look(WELL);
    }

    expect(world.breaker.reason).toBeUndefined();
  });

  it('opens at the third error in a row, and says so once', () => {
    const world = breaker();
    expect([1, 2].map(() => world.breaker.failed('x'))).toEqual([false, false]);
    world.breaker.succeeded();
    expect([1, 2, 3, 4].map(() => world.breaker.failed('x'))).toEqual([false, false, true, false]);

    expect(world.breaker.reason?.code).toBe('BREAKER_OPEN');
    expect(world.changes()).toBe(1);
  });

  it('closes only after a recovery since it opened, with the stream up and positions compared', () => {
    const world = breaker();
    world.breaker.recovered();
    for (let error = 0; error < 3; error += 1) world.breaker.failed('x');
    world.breaker.look(WELL);
    expect(world.breaker.reason).toBeDefined();
    world.breaker.succeeded();
    world.breaker.look(WELL);
    expect(world.breaker.reason).toBeDefined();
    world.breaker.recovered();
    world.breaker.look({ streamUp: true, positionsInDoubt: true });
    expect(world.breaker.reason).toBeDefined();
    world.breaker.look(WELL);

    expect(world.breaker.reason).toBeUndefined();
    expect(world.changes()).toBe(2);
  });
});
