import { decimal, parseVenueOrderId } from '@fillwright/domain';
import { confirmed } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { EXTERNAL } from '../../src/order/report-desk.ts';
import { Watching } from './_watching.ts';

const ID = 'q1tkr3x01';
const OTHER = 'q2tkr3x01';

async function desk(policy: 'keep' | 'cancel' | 'cancel-and-reduce', byTag: readonly [string, 'keep' | 'cancel'][] = []) {
  const watching = new Watching({ traderSilenceMs: 10_000, traderPolicy: policy, traderPolicies: new Map(byTag) });
  await watching.world.open(ID);
  watching.world.place(OTHER, { owner: 'q2' }, 'second');
  await watching.world.lastCall('submit').answer(confirmed(watching.world.report(OTHER)));
  return watching;
}

function reasons(watching: Watching): readonly string[] {
  return watching.world.recordsOf('mode').map(({ why }) => why);
}

describe('a trader that is not heard any more', () => {
  it('keeps its orders while it sends heartbeats or commands', async () => {
    const watching = await desk('cancel');
    await watching.seconds(40, () => {
      watching.heartbeat('trader');
      watching.watches.heard({ src: 'second', type: 'command.query' } as never);
    });
    expect(watching.world.count('cancel')).toBe(0);
    expect(watching.watches.silentTraders).toEqual([]);
  });

  it('has its orders cancelled after the time that was set, and nobody else has; why is journaled', async () => {
    const watching = await desk('cancel');
    await watching.seconds(10, () => watching.heartbeat('second'));
    expect(watching.world.count('cancel')).toBe(0);
    await watching.seconds(1, () => watching.heartbeat('second'));

    expect(watching.world.calls.filter(({ name }) => name === 'cancel').map(({ id }) => id)).toEqual([ID]);
    expect(reasons(watching)).toEqual(['trader trader (q1) was not heard for 11000 ms: cancel, 1 open orders']);
    expect(watching.watches.silentTraders).toMatchObject([{ src: 'trader', tag: 'q1', policy: 'cancel' }]);
    await watching.seconds(5, () => watching.heartbeat('second'));
    expect(watching.world.count('cancel')).toBe(1);
  });

  it('has a cancel sent again that the venue refused', async () => {
    const watching = await desk('cancel');
    await watching.seconds(11, () => watching.heartbeat('second'));
    await watching.world.lastCall('cancel').answer({ type: 'refused', reason: { code: 'BINANCE_4002', text: 'no' }, retry: false });
    await watching.seconds(1, () => watching.heartbeat('second'));
    expect(watching.world.count('cancel')).toBe(2);
  });

  it('keeps its orders where that was set, for all or by its tag, and is told of all the same', async () => {
    const watching = await desk('cancel', [['q1', 'keep']]);
    await watching.seconds(20);
    expect(watching.world.calls.filter(({ name }) => name === 'cancel').map(({ id }) => id)).toEqual([OTHER]);
    expect(watching.watches.silentTraders.map(({ tag, policy }) => `${tag} ${policy}`)).toEqual(['q1 keep', 'q2 cancel']);
    expect(watching.gauges.get('fillwright_engine_silent_traders')).toBe(2);
  });

  it('is not taken for dead by an engine that stood still itself', async () => {
    const watching = await desk('cancel');
    await watching.seconds(2, () => {
      watching.heartbeat('trader');
      watching.heartbeat('second');
    });
    await watching.world.clock.advance(60_000);
    await watching.seconds(9);
    expect(watching.world.count('cancel')).toBe(0);
    await watching.seconds(3);
    expect(watching.world.count('cancel')).toBe(2);
  });

  it('is welcome again when it is heard', async () => {
    const watching = await desk('keep');
    await watching.seconds(20);
    expect(watching.watches.silentTraders.length).toBe(2);
    await watching.seconds(1, () => watching.heartbeat('trader'));
    expect(watching.watches.silentTraders.map(({ src }) => src)).toEqual(['second']);
  });

  it('does not touch orders that nobody of ours made, and does not change the mode or why it is set', async () => {
    const watching = await desk('cancel');
    const { world } = watching;
    world.context.records.mode('paused', 'me', 'lunch');
    world.context.inputs.run(() =>
      world.reports.report(world.report(ID, { clientOrderId: 'by-hand', venueOrderId: parseVenueOrderId('77'), source: 'query' })),
    );
    expect(world.book.liveOrders().map(({ owner }) => owner)).toEqual(['q1', 'q2', EXTERNAL]);
    await watching.seconds(20);
    expect(world.calls.filter(({ name }) => name === 'cancel').map(({ id }) => id)).toEqual([ID, OTHER]);
    expect(world.book.mode).toBe('paused');
    expect(world.book.modeReason).toMatch(/^lunch · trader second \(q2\) was not heard/);
  });
});

describe('cancel and reduce', () => {
  async function holding() {
    const watching = await desk('cancel-and-reduce');
    const { world } = watching;
    world.context.inputs.run(() => {
      world.reports.event({
        type: 'order',
        report: world.report(ID, { filledQty: decimal('0.4'), phase: 'partially-filled', change: 'trade', fill: world.fill(1, '0.4') }),
      });
      world.reports.event({
        type: 'order',
        report: world.report(OTHER, {
          filledQty: decimal('0.3'),
          phase: 'partially-filled',
          change: 'trade',
          fill: world.fill(2, '0.3', { venueOrderId: world.order(OTHER).venueOrderId as never }),
        }),
      });
    });
    expect(world.qty()).toBe('0.7');
    return watching;
  }

  it("closes what the dead trader's own fills built up, after its cancels, and no more", async () => {
    const watching = await holding();
    const { world } = watching;
    const others = () => watching.heartbeat('second');
    await watching.seconds(11, others);
    expect(world.count('submit')).toBe(2);
    await world.lastCall('cancel').answer(confirmed(world.report(ID, { phase: 'canceled', filledQty: decimal('0.4') })));
    await watching.seconds(1, others);

    const [order, ...more] = world.book.liveOrders().filter(({ owner }) => owner === 'FLAT');
    expect(more).toEqual([]);
    expect(order).toMatchObject({ strategy: 'reduce-q1', terms: { side: 'sell', type: 'market', reduceOnly: true } });
    expect(order?.terms.qty.toString()).toBe('0.4');
    expect(reasons(watching).at(-1)).toBe('trader trader (q1): 1 reduce-only orders sent');
    await watching.seconds(30, others);
    expect(world.count('submit')).toBe(3);
  });

  it('leaves alone what was traded by hand', async () => {
    const watching = new Watching({ traderSilenceMs: 10_000, traderPolicy: 'cancel-and-reduce' });
    const { world } = watching;
    world.place(ID);
    await world.lastCall('submit').answer(confirmed(world.report(ID)));
    const byHand = {
      clientOrderId: 'by-hand',
      venueOrderId: parseVenueOrderId('77'),
      source: 'stream',
      phase: 'partially-filled',
    } as const;
    const fill = world.fill(1, '0.4', { venueOrderId: parseVenueOrderId('77') });
    world.context.inputs.run(() =>
      world.reports.event({ type: 'order', report: world.report(ID, { ...byHand, filledQty: decimal('0.4'), change: 'trade', fill }) }),
    );
    expect(world.qty()).toBe('0.4');
    await watching.seconds(60);
    expect(world.count('submit')).toBe(1);
    expect(watching.watches.silentTraders.map(({ tag }) => tag)).toEqual(['q1']);
  });

  it('also of one that has no orders any more, and tries again while it may not', async () => {
    const watching = await holding();
    const { world } = watching;
    const others = () => watching.heartbeat('second');
    world.cancel(ID);
    await world.lastCall('cancel').answer(confirmed(world.report(ID, { phase: 'canceled', filledQty: decimal('0.4') })));
    world.gate = { code: 'HALTED', text: 'a drill' };
    await watching.seconds(12, others);
    expect(world.count('submit')).toBe(2);
    expect(reasons(watching).at(-1)).toContain('not sent: BTCUSDT-PERP.BINANCE: HALTED');
    world.gate = undefined;
    await watching.seconds(10, others);
    expect(world.count('submit')).toBe(3);
  });
});
