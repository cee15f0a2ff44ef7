import { decimal } from '@fillwright/domain';
import type { MessageData } from '@fillwright/messages';
import { confirmed, unknown } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import type { ControlResult } from '../../src/feeds/engine-feeds.ts';
import { SettleDesk } from '../../src/order/settle-desk.ts';
import { BTC, World } from '../_world.ts';

const ID = 'q1tkr3x01';
type Verdict = Omit<MessageData<'service.settle-order'>, 'clientOrderId' | 'who' | 'why'>;

function settle(world: World, verdict: Verdict, id = ID): ControlResult {
  const request = { clientOrderId: id, who: 'ann', why: 'seen at the venue', ...verdict } as MessageData<'service.settle-order'>;
  return new SettleDesk(world.context, world.reports).handle(request);
}

async function unknownOrder(): Promise<World> {
  const world = new World();
  world.place(ID);
  await world.lastCall('submit').answer(unknown('NO_ANSWER', 'timeout'));
  await world.clock.advance(400);
  return world;
}

/** The venue's number of the order in reports of `World`. */
const filled = (qty: string): Verdict => ({ outcome: 'filled', filledQty: qty, price: '100', venueOrderId: '900' as never });

describe('settling by hand', () => {
  it.each<readonly [Verdict['outcome'], string]>([
    ['canceled', 'canceled'],
    ['expired', 'expired'],
    ['rejected', 'rejected'],
    ['never-existed', 'rejected'],
  ])('as %s ends the order and says who and why', async (outcome, phase) => {
    const world = await unknownOrder();

    expect(settle(world, { outcome })).toMatchObject({ text: expect.stringContaining(phase) });
    expect(world.order(ID)).toMatchObject({ phase, reason: { code: 'SETTLED_BY_HAND', text: expect.stringContaining('ann') } });
    expect(world.book.unknownCount).toBe(0);
  });

  it('leaves an audit record before anything changes: who, why, what was believed, for how long', async () => {
    const world = await unknownOrder();
    settle(world, { outcome: 'canceled' });
    const kinds = world.records.slice(-2).map(({ k }) => k);

    expect(kinds).toEqual(['settlement', 'order']);
    expect(world.recordsOf('settlement')).toMatchObject([
      { clientOrderId: ID, outcome: 'canceled', who: 'ann', why: 'seen at the venue', ageMs: 400, believed: { phase: 'unknown' } },
    ]);
  });

  it('as filled books the trade once, marked as made up, and the position', async () => {
    const world = await unknownOrder();
    settle(world, filled('1'));

    expect(world.order(ID)).toMatchObject({ phase: 'filled' });
    expect(world.qty()).toBe('1');
    expect(world.recordsOf('order').at(-1)?.change.fill).toMatchObject({ synthetic: true, qty: '1', price: '100', owner: 'q1' });
    expect(settle(world, filled('1'))).toMatchObject({ code: 'ENG_NOT_UNKNOWN' });
    expect(world.qty()).toBe('1');
  });

  it('as canceled with a part filled books that part', async () => {
    const world = await unknownOrder();
    settle(world, { ...filled('0.4'), outcome: 'canceled' });

    expect(world.order(ID)).toMatchObject({ phase: 'canceled', filledQty: decimal('0.4') });
    expect(world.qty()).toBe('0.4');
  });

  it('ends a doubt about a cancel of an open order as well, with what was filled before', async () => {
    const world = new World();
    await world.open(ID);
    const part = { phase: 'partially-filled', filledQty: decimal('0.3'), fill: world.fill(1, '0.3') } as const;
    world.reports.report(world.report(ID, part));
    world.cancel(ID);
    await world.lastCall('cancel').answer(unknown('NO_ANSWER', 'timeout'));
    settle(world, { outcome: 'canceled', filledQty: '0.5', price: '100' });

    expect(world.order(ID)).toMatchObject({ phase: 'canceled', filledQty: decimal('0.5') });
    expect(world.qty()).toBe('0.5');
  });

  it.each<readonly [string, Verdict]>([
    ['filled without figures', { outcome: 'filled' }],
    ['a part as filled', filled('0.5')],
    ['more than the order', { ...filled('2'), outcome: 'canceled' }],
    ['a quantity without its price', { outcome: 'canceled', filledQty: '1', venueOrderId: '900' as never }],
    ['a quantity without the number of the order', { outcome: 'canceled', filledQty: '1', price: '100' }],
    ['a rejection with a quantity', { ...filled('1'), outcome: 'rejected' }],
  ])('refuses %s, and changes nothing', async (_what, verdict) => {
    const world = await unknownOrder();
    const before = world.records.length;

    expect(settle(world, verdict)).toMatchObject({ code: 'ENG_SETTLE_CONTRADICTS' });
    expect(world.records).toHaveLength(before);
    expect(world.order(ID).phase).toBe('unknown');
  });

  it('refuses what is not unknown, what is not here, and that never existed what the venue confirmed', async () => {
    const world = new World();
    await world.open(ID);
    expect(settle(world, { outcome: 'canceled' })).toMatchObject({ code: 'ENG_NOT_UNKNOWN' });
    expect(settle(world, { outcome: 'canceled' }, 'q1nobody')).toMatchObject({ code: 'ENG_ORDER_NOT_HERE' });
    world.cancel(ID);
    await world.lastCall('cancel').answer(unknown('NO_ANSWER', 'timeout'));

    expect(settle(world, { outcome: 'never-existed' })).toMatchObject({ code: 'ENG_SETTLE_CONTRADICTS' });
    expect(world.order(ID).state).toBe('open');
  });

  it('ends the asking about it', async () => {
    const world = await unknownOrder();
    settle(world, { outcome: 'never-existed' });
    await world.clock.advance(60_000);

    expect(world.count('lookUpOrder')).toBe(0);
    expect(world.resolver.pending).toBe(0);
  });
});

describe('evidence against what was settled', () => {
  it('is booked on the order: a fill after all', async () => {
    const world = await unknownOrder();
    settle(world, { outcome: 'never-existed' });
    const fill = world.fill(7, '1', { venueOrderId: world.report(ID).venueOrderId as never });
    world.reports.report(world.report(ID, { phase: 'filled', filledQty: decimal('1'), fill, source: 'stream' }));

    expect(world.qty()).toBe('1');
    expect(world.order(ID)).toMatchObject({ phase: 'filled', owner: 'q1' });
  });

  it('that it lives brings it back as a live order of its owner, which can be cancelled', async () => {
    const world = await unknownOrder();
    settle(world, { outcome: 'canceled' });
    world.context.records.write({ k: 'owner', ts: world.clock.wallUs(), tag: 'q1', src: 'trader' });
    const found = world.reports.report(world.report(ID, { source: 'query' }));

    expect(found.state).toBe('open');
    expect(found.clientOrderId).not.toBe(ID);
    expect(world.book.liveOrders()).toHaveLength(1);
  });

  it('that a filled one traded otherwise moves the position and is not lost', async () => {
    const world = await unknownOrder();
    settle(world, filled('1'));
    const fill = world.fill(8, '1', { venueOrderId: '900' as never });
    world.reports.report(world.report(ID, { phase: 'filled', filledQty: decimal('1'), fill, source: 'stream' }));

    // Both stand until the comparison with the venue takes the made-up one back: a trade is never thrown away on somebody's word.
    expect(world.qty()).toBe('2');
    expect(world.recordsOf('stray-fill')).toMatchObject([{ fill: { tradeId: '8', owner: 'q1' } }]);
    const atVenue = [{ instrument: BTC, qty: decimal('1'), entryPrice: decimal('100'), venueTs: world.clock.wallUs() }];
    world.context.inputs.run(() => world.audit.compare(atVenue));
    for (let look = 0; look < 4; look += 1) {
      if (world.count('trades') > world.tradesAnswered) await world.answerTrades([fill]);
      await world.clock.advance(1_000);
      await world.answer('positions', atVenue);
    }
    expect(world.qty()).toBe('1');
  });

  it('that comes as a late answer of the venue is heard', async () => {
    const world = await unknownOrder();
    settle(world, { outcome: 'rejected' });
    const report = world.report(ID, { phase: 'canceled' });
    world.reports.report(report);
    await world.open('q1tkr3x02');

    expect(world.order(ID).phase).toBe('rejected');
    expect(confirmed(report).value.phase).toBe('canceled');
    expect(world.broken).toEqual([]);
  });
});
