import { describe, expect, it } from '@jest/globals';
import { basicAnswers, createWorld } from '../adapter-world.ts';

const PING = 'GET /fapi/v1/ping';

describe('warm connections', () => {
  it('are opened all at once before the adapter is ready, and pinged before they would be closed', async () => {
    const world = createWorld({ warmConnections: 3 });
    const open: { answer(status: number, body: unknown): void }[] = [];
    const prepared = world.adapter.prepare();
    await world.clock.pass(0);
    for (const asked of world.http.asked.filter(({ what }) => what === PING)) open.push(asked);
    expect(open.length).toBe(3);
    for (const asked of open) asked.answer(200, {});
    expect((await prepared).type).toBe('confirmed');

    world.http.auto = (what) => (what === PING ? [200, {}] : basicAnswers(what, world.clock));
    await world.clock.pass(60_000);
    expect(world.http.count(PING)).toBe(12);
    await world.adapter.close();
    expect(world.clock.timers).toBe(0);
  });

  it('are no condition: a venue that answers no ping can be traded at all the same', async () => {
    const world = createWorld({ warmConnections: 2 });
    world.http.auto = (what) => (what === PING ? [503, ''] : basicAnswers(what, world.clock));
    const prepared = world.adapter.prepare();
    await world.clock.pass(0);
    expect((await prepared).type).toBe('confirmed');
  });

  it('are not pinged while a round is still on its way', async () => {
    const world = createWorld({ warmConnections: 2 });
    void world.adapter.prepare();
    await world.clock.pass(65_000);
    expect(world.http.count(PING)).toBe(2);
  });

  it('are not asked for where none are wanted', async () => {
    const world = createWorld();
    await world.adapter.prepare();
    await world.clock.pass(60_000);
    expect(world.http.count(PING)).toBe(0);
  });
});
