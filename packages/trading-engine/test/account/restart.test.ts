import type { Order } from '@fillwright/domain';
import { decimal, parseVenueOrderId } from '@fillwright/domain';
import { confirmed, unknown } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { AccountBook } from '../../src/account/account-book.ts';
import type { JournalRecord } from '../../src/account/record.ts';
import { restartEvents } from '../../src/account/restart.ts';
import { settle, World } from '../_world.ts';

const ID = 'q1tkr3x01';

/** What a new incarnation makes of a journal: the fold, then what a restart adds. */
function restarted(records: readonly JournalRecord[]): World {
  const world = new World();
  for (const record of records) world.context.records.write(record);
  for (const { clientOrderId, body } of restartEvents(world.book.liveOrders())) world.context.records.order(clientOrderId, body);
  return world;
}

describe('after a restart', () => {
  it('what was never sent never will be', () => {
    const world = new World();
    world.held = true;
    world.place(ID);

    expect(restarted(world.records).order(ID)).toMatchObject({ phase: 'denied', reason: { code: 'RESTART' } });
  });

  it('what was being sent is unknown', () => {
    const world = new World();
    world.place(ID);

    expect(restarted(world.records).order(ID)).toMatchObject({ state: 'pending', phase: 'unknown' });
  });

  it('what was unknown is unknown since then', async () => {
    const world = new World();
    world.place(ID);
    await world.lastCall('submit').answer(unknown('NO_ANSWER', ''));
    const before = world.order(ID);
    const after = restarted(world.records).order(ID);

    expect(after).toEqual(before);
  });

  it('a cancel that was asked for and not written stays wanted, one that was written is unknown', async () => {
    const waiting = new World();
    waiting.place(ID);
    waiting.cancel(ID);
    const written = new World();
    await written.open(ID);
    written.cancel(ID);

    expect(restarted(waiting.records).order(ID)).toMatchObject({ phase: 'unknown', request: { type: 'cancel', phase: 'waiting' } });
    expect(restarted(written.records).order(ID)).toMatchObject({ phase: 'new', request: { type: 'cancel', phase: 'unknown' } });
  });

  it('a modify that was not written is refused, one that was written is unknown', async () => {
    const waiting = new World();
    await waiting.open(ID);
    waiting.held = true;
    waiting.modify(ID, { price: '99' });
    const written = new World();
    await written.open(ID);
    written.modify(ID, { price: '99' });

    expect(restarted(waiting.records).order(ID)).not.toHaveProperty('request');
    expect(restarted(written.records).order(ID)).toMatchObject({ request: { type: 'modify', phase: 'unknown' } });
  });

  it('twice, the second changes nothing', async () => {
    const world = new World();
    world.place(ID);
    const once = restarted(world.records);

    expect(restartEvents(once.book.liveOrders())).toEqual([]);
  });
});

/** A day in which everything happens. */
async function day(): Promise<readonly JournalRecord[]> {
  const world = new World();
  await world.open(ID);
  world.modify(ID, { qty: '2' });
  await world.lastCall('modify').answer(unknown('NO_ANSWER', ''));
  world.cancel(ID);
  world.reports.report(
    world.report(ID, { phase: 'partially-filled', filledQty: decimal('0.5'), fill: world.fill(1, '0.5'), source: 'stream' }),
  );
  await world.lastCall('cancel').answer(confirmed(world.report(ID, { phase: 'canceled', filledQty: decimal('0.5') })));
  world.place('q1tkr3x02', { side: 'sell' });
  await world.lastCall('submit').answer(unknown('NO_ANSWER', ''));
  world.reports.trade(world.fill(2, '3', { venueOrderId: parseVenueOrderId('4711') }));
  world.reports.report(
    world.report(ID, { clientOrderId: 'web_1', venueOrderId: parseVenueOrderId('4711'), phase: 'filled', filledQty: decimal('3') }),
  );
  world.reports.report(world.report('q1tkr3x02', { phase: 'rejected' }));
  world.context.records.mode('reduce-only', 'me', 'test');
  world.place('q1tkr3x03');
  await settle();
  return world.records;
}

describe('any prefix of the journal', () => {
  it('is a state to go on from: nothing is over-filled, nothing is lost, exposure and position add up', async () => {
    const records = await day();
    for (let length = 0; length <= records.length; length += 1) {
      const world = restarted(records.slice(0, length));
      const orders = ids(records).flatMap((id) => world.book.order(id) ?? []);
      const traded = records
        .slice(0, length)
        .flatMap((record) =>
          record.k === 'stray-fill' ? [record.fill] : record.k === 'order' && record.change.fill ? [record.change.fill] : [],
        )
        .reduce((sum, { side, qty }) => sum.plus(decimal(qty).times(side === 'buy' ? 1 : -1)), decimal('0'));

      expect(world.broken).toEqual([]);
      expect(orders.filter((order) => !isSound(order))).toEqual([]);
      expect(world.qty()).toBe(traded.toString());
      expect(restartEvents(world.book.liveOrders())).toEqual([]);
    }
  });

  it('folded once or in two steps gives the same', async () => {
    const records = await day();
    const whole = new AccountBook();
    records.forEach((record, at) => {
      whole.apply(record, at + 1);
    });
    const live = new World();
    for (const record of records) live.context.records.write(record);

    expect(whole.liveOrders()).toEqual(live.book.liveOrders());
    expect(whole.positions.all()).toEqual(live.book.positions.all());
    expect([whole.mode, whole.lastPos]).toEqual(['reduce-only', records.length]);
  });
});

function ids(records: readonly JournalRecord[]): readonly string[] {
  return [...new Set(records.flatMap((record) => (record.k === 'order' ? [record.change.order.clientOrderId] : [])))];
}

function isSound(order: Order): boolean {
  const inBounds = order.filledQty.gte(0) && order.filledQty.lte(order.terms.qty);
  return inBounds && order.phase !== 'intent' && order.phase !== 'waiting' && order.phase !== 'sending';
}
