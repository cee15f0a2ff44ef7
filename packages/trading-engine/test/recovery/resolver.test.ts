import { confirmed, unknown } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { HORIZON_MS, World } from '../_world.ts';

const ID = 'q1tkr3x01';

async function askedAgain(world: World): Promise<void> {
  const asked = world.count('lookUpOrder');
  for (let waited = 0; world.count('lookUpOrder') === asked; waited += 1) {
    if (waited > 400) throw new Error('nobody asks any more');
    await world.clock.advance(250);
  }
}

const ageMs = (world: World, sinceUs: number) => (world.clock.monotonicUs() - sinceUs) / 1000;

describe('a doubt', () => {
  it('about a second thing begins anew: the time of the first does not count for it', async () => {
    const world = new World();
    await world.open(ID);
    world.modify(ID, { price: '99' }, 'm1');
    await world.lastCall('modify').answer(unknown('NO_ANSWER', 'timeout'));
    for (let round = 0; round < 4; round += 1) {
      await askedAgain(world);
      await world.fail('lookUpOrder');
    }
    world.reports.report(world.report(ID, { change: 'amended' }));
    world.modify(ID, { price: '98' }, 'm2');
    await world.lastCall('modify').answer(unknown('NO_ANSWER', 'timeout'));
    const sinceUs = world.clock.monotonicUs();
    while ('request' in world.order(ID)) {
      await askedAgain(world);
      await world.answer('lookUpOrder', world.report(ID, { source: 'query' }));
    }

    expect(world.changes(ID).at(-1)).toBe('request-refused');
    expect(ageMs(world, sinceUs)).toBeGreaterThan(HORIZON_MS);
  });

  it('is told once when it outlives the first wait, and not when the stream settled it by then', async () => {
    const world = new World();
    let told = 0;
    world.resolver.onStillUnknown = () => {
      told += 1;
    };
    await world.open(ID);
    world.cancel(ID);
    await world.lastCall('cancel').answer(unknown('BINANCE_2011', 'Unknown order sent.'));
    world.reports.report(world.report(ID, { phase: 'canceled', source: 'stream' }));
    await world.clock.advance(10_000);
    expect([told, world.count('lookUpOrder')]).toEqual([0, 0]);

    world.place('q1tkr3x02');
    await world.lastCall('submit').answer(unknown('NO_ANSWER', 'timeout'));
    await askedAgain(world);
    await world.fail('lookUpOrder');
    await askedAgain(world);
    expect(told).toBe(1);
  });

  it('is not forgotten when the question finds no room', async () => {
    const world = new World();
    world.place(ID);
    await world.lastCall('submit').answer(unknown('NO_ANSWER', 'timeout'));
    world.full = true;
    await world.clock.advance(20_000);
    world.full = false;
    await world.clock.advance(10_000);

    expect(world.count('lookUpOrder')).toBeGreaterThan(0);
  });

  it('about an order that the venue says has ended asks for no cancel', async () => {
    const world = new World();
    await world.open(ID);
    world.cancel(ID);
    await world.lastCall('cancel').answer(unknown('NO_ANSWER', 'timeout'));
    await askedAgain(world);
    await world.answer('lookUpOrder', world.report(ID, { phase: 'filled', filledQty: world.order(ID).terms.qty, source: 'query' }));

    expect(world.count('cancel')).toBe(1);
    expect(world.order(ID)).toMatchObject({ state: 'open', request: { phase: 'unknown' } });
  });

  it('about a cancel goes on where it was when the repeated cancel takes long', async () => {
    const world = new World();
    await world.open(ID);
    world.cancel(ID);
    await world.lastCall('cancel').answer(unknown('NO_ANSWER', 'timeout'));
    for (let round = 0; round < 3; round += 1) {
      await askedAgain(world);
      await world.answer('lookUpOrder', world.report(ID, { source: 'query' }));
      expect(world.count('cancel')).toBe(round + 2);
      await world.clock.advance(12_000);
      await world.lastCall('cancel').answer(unknown('NO_ANSWER', 'timeout'));
    }
    const sinceUs = world.clock.monotonicUs();
    await askedAgain(world);

    expect(ageMs(world, sinceUs)).toBeGreaterThan(500);
  });

  it('ends with the stop', async () => {
    const world = new World();
    world.place(ID);
    await world.lastCall('submit').answer(unknown('NO_ANSWER', 'timeout'));
    await askedAgain(world);
    world.resolver.stop();
    await world.lastCall('lookUpOrder').answer({ type: 'absent' });
    await world.clock.advance(60_000);

    expect(world.count('lookUpOrder')).toBe(1);
    expect(world.order(ID).phase).toBe('unknown');
  });
});

describe('an open order that the venue does not show any more', () => {
  async function missed(): Promise<World> {
    const world = new World();
    await world.open(ID);
    world.resolver.missed(world.order(ID).clientOrderId);
    return world;
  }

  it('is what it was when it shows up, and nobody goes on asking', async () => {
    const world = await missed();
    await askedAgain(world);
    await world.answer('lookUpOrder', world.report(ID, { source: 'query' }));
    await world.clock.advance(60_000);

    expect(world.order(ID).phase).toBe('new');
    expect(world.count('lookUpOrder')).toBe(1);
  });

  it('is given up after two proofs beyond the horizon on a stream that is up', async () => {
    const world = await missed();
    const sinceUs = world.clock.monotonicUs();
    world.streamUp = false;
    for (let round = 0; round < 6; round += 1) {
      await askedAgain(world);
      await world.lastCall('lookUpOrder').answer({ type: 'absent' });
    }
    expect(ageMs(world, sinceUs)).toBeGreaterThan(HORIZON_MS);
    expect(world.order(ID).phase).toBe('new');
    world.streamUp = true;
    for (let round = 0; round < 2; round += 1) {
      await askedAgain(world);
      await world.lastCall('lookUpOrder').answer({ type: 'absent' });
    }

    expect(world.order(ID)).toMatchObject({ phase: 'canceled', reason: { code: 'NOT_FOUND' } });
  });

  it('may be cancelled meanwhile', async () => {
    const world = await missed();
    world.cancel(ID);
    await world.lastCall('cancel').answer(confirmed(world.report(ID, { phase: 'canceled' })));
    await world.clock.advance(60_000);

    expect(world.order(ID).phase).toBe('canceled');
    expect(world.count('lookUpOrder')).toBe(0);
  });
});
