import { usTime } from '@fillwright/domain';
import { refused } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { World } from '../_world.ts';

const ID = 'q1tkr3x01';
const BUSY = refused('BUSY', 'not executed', true);

/** Waits are longest in this world: its random is always 1. */
describe('an order that is proven not executed', () => {
  it('is sent again after waits that double, a few times, then rejected', async () => {
    const world = new World();
    world.place(ID);
    const times: number[] = [];
    for (const waitMs of [100, 200, 400]) {
      await world.lastCall('submit').answer(BUSY);
      await world.clock.advance(waitMs - 1);
      times.push(world.count('submit'));
      await world.clock.advance(1);
    }
    expect(times).toEqual([1, 2, 3]);
    await world.lastCall('submit').answer(BUSY);
    await world.clock.advance(10_000);

    expect(world.count('submit')).toBe(4);
    expect(world.order(ID)).toMatchObject({ phase: 'rejected', reason: { code: 'BUSY' } });
  });

  it('is not sent after its deadline: it is rejected at once', async () => {
    const world = new World();
    world.place(ID, { deadlineTs: usTime(world.clock.wallUs() + 50_000) });
    await world.lastCall('submit').answer(BUSY);

    expect(world.order(ID)).toMatchObject({ phase: 'rejected', reason: { code: 'BUSY' } });
  });

  it('can be cancelled while it waits: nothing more is sent', async () => {
    const world = new World();
    world.place(ID);
    await world.lastCall('submit').answer(BUSY);
    world.cancel(ID);

    expect(world.order(ID)).toMatchObject({ phase: 'canceled', reason: { code: 'CANCELED_BEFORE_SEND' } });
    await world.clock.advance(10_000);
    expect(world.count('submit')).toBe(1);
    expect(world.count('cancel')).toBe(0);
  });

  it('waits for as long as the venue wants to hear nothing', async () => {
    const world = new World();
    const deadlineTs = usTime(world.clock.wallUs() + 60_000_000);
    world.place(ID, { deadlineTs });
    Object.assign(world.context.adapter, { quietUntilTs: usTime(world.clock.wallUs() + 20_000_000) });
    await world.lastCall('submit').answer(BUSY);
    await world.clock.advance(20_000);
    expect(world.count('submit')).toBe(1);
    await world.clock.advance(100);

    expect(world.count('submit')).toBe(2);
  });

  it('is looked at again before it is sent again', async () => {
    const world = new World();
    world.place(ID);
    await world.lastCall('submit').answer(BUSY);
    world.gate = { code: 'HALTED', text: 'halted' };
    await world.clock.advance(1_000);

    expect(world.count('submit')).toBe(1);
    expect(world.order(ID)).toMatchObject({ phase: 'denied', reason: { code: 'HALTED' } });
  });
});
