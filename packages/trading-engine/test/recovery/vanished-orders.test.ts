import { decimal } from '@fillwright/domain';
import { unknown } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { HORIZON_MS, World } from '../_world.ts';

const ID = 'q1tkr3x01';
const OTHER = 'q1tkr3x02';

async function place(world: World, id: string): Promise<void> {
  world.place(id);
  await world.lastCall('submit').answer(unknown('NO_ANSWER', 'timeout'));
}

/** Runs until the order was asked about once more; gives the call. */
async function askedAbout(world: World, id: string) {
  const asked = () => world.calls.filter((call) => call.name === 'lookUpOrder' && call.id === id);
  const before = asked().length;
  for (let waited = 0; asked().length === before; waited += 1) {
    if (waited > 400) throw new Error(`nobody asks about ${id}`);
    await world.clock.advance(250);
  }
  const call = asked().at(-1);
  if (!call) throw new Error('gone');
  return call;
}

async function absent(world: World, id: string): Promise<void> {
  const call = await askedAbout(world, id);
  await call.answer({ type: 'absent' });
}

describe('an order that the venue has lost', () => {
  it('after a part was filled ends canceled, never rejected, and keeps its fills', async () => {
    const world = new World();
    const { venueOrderId } = await world.open(ID);
    const fill = world.fill(1, '0.4', venueOrderId && { venueOrderId });
    world.reports.report(world.report(ID, { phase: 'partially-filled', filledQty: decimal('0.4'), fill, source: 'stream' }));
    world.resolver.missed(world.order(ID).clientOrderId);
    for (let round = 0; round < 20 && world.order(ID).state !== 'closed'; round += 1) await absent(world, ID);

    expect(world.order(ID)).toMatchObject({ phase: 'canceled', reason: { code: 'NOT_FOUND' } });
    expect([world.order(ID).filledQty.toString(), world.qty()]).toEqual(['0.4', '0.4']);
  });

  it('still gets the trades that turn up after it was given up: an immediate order that was pruned', async () => {
    const world = new World();
    const { venueOrderId } = await world.open(ID, { timeInForce: 'IOC' });
    world.resolver.missed(world.order(ID).clientOrderId);
    for (let round = 0; round < 20 && world.order(ID).state !== 'closed'; round += 1) await absent(world, ID);
    world.reports.trade(world.fill(1, '0.3', venueOrderId && { venueOrderId }));

    expect(world.order(ID)).toMatchObject({ state: 'closed', phase: 'canceled' });
    expect([world.order(ID).filledQty.toString(), world.qty()]).toEqual(['0.3', '0.3']);
  });

  it('is lost only when “not found” comes twice in a row: an answer in between begins the count anew', async () => {
    const world = new World();
    await world.open(ID);
    world.cancel(ID);
    await world.lastCall('cancel').answer(unknown('NO_ANSWER', 'timeout'));
    const sinceUs = world.clock.monotonicUs();
    while (world.clock.monotonicUs() - sinceUs < (HORIZON_MS + 1_000) * 1_000) {
      const failed = await askedAbout(world, ID);
      await failed.answer({ type: 'failed', reason: { code: 'NO_ANSWER', text: 'timeout' } });
    }
    await absent(world, ID);
    const answered = await askedAbout(world, ID);
    await answered.answer({ type: 'answered', value: world.report(ID, { source: 'query' }) });
    await world.lastCall('cancel').answer(unknown('NO_ANSWER', 'timeout'));
    await absent(world, ID);

    expect(world.order(ID).state).toBe('open');
    await absent(world, ID);
    expect(world.order(ID).phase).toBe('canceled');
  });
});

describe('several orders in doubt', () => {
  it('do not wait for each other: one that cannot be asked about holds up nobody', async () => {
    const world = new World();
    await place(world, ID);
    await place(world, OTHER);
    // Never answered.
    await askedAbout(world, ID);
    const call = world.calls.find(({ name, id }) => name === 'lookUpOrder' && id === OTHER) ?? (await askedAbout(world, OTHER));
    await call.answer({ type: 'answered', value: world.report(OTHER, { source: 'query' }) });

    expect([world.order(ID).phase, world.order(OTHER).phase]).toEqual(['unknown', 'new']);
  });
});
