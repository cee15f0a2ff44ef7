import { decimal, parseVenueOrderId } from '@fillwright/domain';
import { confirmed, unknown } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { BTC, World } from '../_world.ts';

const ID = 'q1tkr3x01';
const STRANGER = parseVenueOrderId('4711');

/** An order that was written, and whose answer never came. */
async function inDoubt(): Promise<World> {
  const world = new World();
  world.place(ID);
  await world.lastCall('submit').answer(unknown('NO_ANSWER', 'cut'));
  expect(world.order(ID).phase).toBe('unknown');
  return world;
}

describe('a trade of the history that names an order we cannot tell yet', () => {
  it('belongs to the order that turns out to have that id', async () => {
    const world = await inDoubt();
    const filled = world.report(ID, { phase: 'filled', filledQty: decimal('1') });

    expect(world.reports.trade(world.fill(1, '1', { venueOrderId: filled.venueOrderId ?? STRANGER }))).toBe(false);
    expect(world.book.positions.qty(BTC).toString()).toBe('0');
    world.reports.report(filled);

    expect(world.order(ID)).toMatchObject({ state: 'closed', phase: 'filled' });
    expect(world.book.positions.qty(BTC).toString()).toBe('1');
    expect(world.records.filter(({ k }) => k === 'stray-fill')).toEqual([]);
  });

  it('is booked as somebody else’s once no order of ours is in doubt', async () => {
    const world = await inDoubt();
    world.reports.trade(world.fill(1, '0.5', { venueOrderId: STRANGER }));
    expect(world.reports.isDeferring(BTC)).toBe(true);

    world.reports.report(world.report(ID));

    expect(world.reports.isDeferring(BTC)).toBe(false);
    expect(world.records.filter(({ k }) => k === 'stray-fill')).toMatchObject([{ fill: { owner: 'EXTERNAL', qty: '0.5' } }]);
    expect(world.order(ID)).toMatchObject({ phase: 'new' });
  });

  it('belongs at once to the order that has that id while another one is still in doubt', async () => {
    const world = await inDoubt();
    world.place('q1tkr3x02');
    await world.lastCall('submit').answer(unknown('NO_ANSWER', 'cut'));
    world.place('q1tkr3x03', { side: 'sell' });
    await world.lastCall('submit').answer(confirmed(world.report('q1tkr3x03')));
    const filled = world.report(ID, { phase: 'partially-filled', filledQty: decimal('0.5') });
    world.reports.trade(world.fill(1, '0.5', { venueOrderId: filled.venueOrderId ?? STRANGER }));
    world.reports.trade(world.fill(2, '0.1', { venueOrderId: STRANGER }));

    world.reports.report(world.report('q1tkr3x03'));
    expect(world.qty()).toBe('0');
    world.reports.report(filled);

    expect(world.order(ID).filledQty.toString()).toBe('0.5');
    expect(world.qty()).toBe('0.5');
    expect(world.reports.isDeferring(BTC)).toBe(true);
    world.reports.report(world.report('q1tkr3x02'));
    expect(world.qty()).toBe('0.6');
    expect(world.reports.isDeferring(BTC)).toBe(false);
  });

  it('is booked as soon as the last doubt has ended, also when that ends by absence', async () => {
    const world = await inDoubt();
    world.reports.trade(world.fill(1, '0.5', { venueOrderId: STRANGER }));
    for (let asked = 0; world.order(ID).phase === 'unknown' && asked < 20; asked++) {
      await world.clock.advance(20_000);
      await world.lastCall('lookUpOrder').answer({ type: 'absent' });
    }

    expect(world.order(ID)).toMatchObject({ state: 'closed', phase: 'rejected' });
    expect(world.records.filter(({ k }) => k === 'stray-fill')).toMatchObject([{ fill: { qty: '0.5' } }]);
  });

  it('is booked at once when it cannot be ours: other side, or nothing in doubt', async () => {
    const world = await inDoubt();
    expect(world.reports.trade(world.fill(1, '0.5', { venueOrderId: STRANGER, side: 'sell' }))).toBe(true);

    const calm = new World();
    await calm.open(ID);
    expect(calm.reports.trade(calm.fill(2, '0.5', { venueOrderId: STRANGER }))).toBe(true);
  });

  it('does not wait twice: the same trade told again changes nothing', async () => {
    const world = await inDoubt();
    const filled = world.report(ID, { phase: 'filled', filledQty: decimal('1') });
    const fill = world.fill(1, '1', { venueOrderId: filled.venueOrderId ?? STRANGER });
    world.reports.trade(fill);
    world.reports.trade(fill);
    world.reports.report(filled);
    world.reports.report(filled);
    world.reports.trade(fill);

    expect(world.book.positions.qty(BTC).toString()).toBe('1');
    expect(world.changes(ID).filter((change) => change === 'filled')).toHaveLength(1);
  });
});

describe('identifying orders before their trades', () => {
  it('gives an order of ours its venue id and leaves its fills to its trades', async () => {
    const world = await inDoubt();
    const filled = world.report(ID, { phase: 'filled', filledQty: decimal('1') });

    world.reports.identify(filled);
    expect(world.order(ID)).toMatchObject({ state: 'open', phase: 'new', venueOrderId: filled.venueOrderId });
    world.reports.trade(world.fill(1, '1', { venueOrderId: filled.venueOrderId ?? STRANGER }));

    expect(world.order(ID)).toMatchObject({ state: 'closed', phase: 'filled' });
  });

  it('takes on an order made by hand, so that its trades do not stand alone', async () => {
    const world = new World();
    await world.open(ID);
    const byHand = world.report(ID, {
      clientOrderId: 'web_1' as never,
      venueOrderId: STRANGER,
      phase: 'partially-filled',
      filledQty: decimal('0.4'),
    });

    world.reports.identify(byHand);
    world.reports.trade(world.fill(1, '0.4', { venueOrderId: STRANGER }));
    world.reports.report(byHand);

    expect(world.order('web_1')).toMatchObject({ owner: 'EXTERNAL', phase: 'partially-filled' });
    expect(world.count('trades')).toBe(0);
    expect(world.book.positions.qty(BTC).toString()).toBe('0.4');
  });

  it('is idempotent with what the answer to the command says later', async () => {
    const world = new World();
    world.place(ID);
    world.reports.identify(world.report(ID));
    await world.lastCall('submit').answer(confirmed(world.report(ID)));

    expect(world.changes(ID)).toEqual(['initialized', 'sending', 'accepted']);
  });
});
