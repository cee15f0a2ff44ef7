import { decimal } from '@fillwright/domain';
import { confirmed, refused, unknown } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { settle, World } from '../_world.ts';

const ID = 'q1tkr3x01';
const HALTED = { code: 'HALTED', text: 'halted' };

describe('a request about an order', () => {
  it('stands in the queue once, however often its order changes meanwhile', async () => {
    const world = new World();
    await world.open(ID);
    world.held = true;
    world.modify(ID, { price: '99' });
    for (const [tradeId, filled] of ['0.1', '0.2', '0.3'].entries())
      world.reports.report(
        world.report(ID, { phase: 'partially-filled', filledQty: decimal(filled), fill: world.fill(tradeId, '0.1'), source: 'stream' }),
      );
    expect(world.waiting).toHaveLength(1);
    world.release();
    await settle();

    expect(world.count('modify')).toBe(1);
    expect(world.changes(ID).filter((change) => change === 'request-sending')).toHaveLength(1);
  });

  it('that waits for the confirmation of its order goes out once', async () => {
    const world = new World();
    world.place(ID);
    world.cancel(ID);
    world.reports.report(world.report(ID, { source: 'stream' }));
    await world.lastCall('submit').answer(confirmed(world.report(ID)));

    expect(world.count('cancel')).toBe(1);
  });

  it('is not sent when its order ended while it waited, and leaves nothing behind', async () => {
    const world = new World();
    await world.open(ID);
    world.held = true;
    world.cancel(ID);
    world.reports.report(world.report(ID, { phase: 'filled', filledQty: decimal('1'), fill: world.fill(1, '1'), source: 'stream' }));
    world.release();
    await settle();

    expect(world.count('cancel')).toBe(0);
    expect(world.broken).toEqual([]);
  });

  it('is told when there is no room for it', async () => {
    const world = new World();
    await world.open(ID);
    world.full = true;

    expect(world.modify(ID, { price: '99' })).toMatchObject({ verdict: 'denied', reason: { code: 'QUEUE_FULL' } });
    expect(world.order(ID)).not.toHaveProperty('request');
  });
});

describe('a confirmation', () => {
  it('of another order leaves the outcome unknown: the order is asked for, not sent again', async () => {
    const world = new World();
    await world.open('q1tkr3x02');
    world.place(ID);
    await world.lastCall('submit').answer(confirmed(world.report('q1tkr3x02')));
    expect(world.order(ID).phase).toBe('unknown');
    expect(world.recordsOf('order').at(-1)?.change).toMatchObject({ reason: { code: 'OF_ANOTHER' } });

    await world.clock.advance(500);
    await world.lastCall('lookUpOrder').answer({ type: 'answered', value: world.report(ID) });
    expect(world.order(ID).phase).toBe('new');
    expect(world.count('submit')).toBe(2);
  });
});

describe('what is left of a deadline', () => {
  it('goes with the order and with the modify: the venue refuses what comes later', async () => {
    const world = new World();
    world.held = true;
    world.place(ID);
    await world.clock.advance(700);
    world.held = false;
    world.release();
    await settle();
    expect(world.lastCall('submit').args).toMatchObject([{ clientOrderId: ID, notAfterTs: world.clock.wallUs() + 1_300_000 }]);

    await world.lastCall('submit').answer(confirmed(world.report(ID)));
    world.modify(ID, { price: '99' });
    await settle();
    expect(world.lastCall('modify').args).toMatchObject([{ notAfterTs: world.clock.wallUs() + 2_000_000 }]);
  });
});

describe('a cancel', () => {
  it('that only came at a bad moment stays wanted and is repeated, less and less often', async () => {
    const world = new World();
    await world.open(ID);
    world.cancel(ID);
    const seenAtMs: number[] = [];
    const startUs = world.clock.monotonicUs();
    for (let round = 0; round < 5; round += 1) {
      await world.lastCall('cancel').answer(refused('HTTP_429', 'over a limit', true));
      const made = world.count('cancel');
      while (world.count('cancel') === made) {
        const asked = world.count('lookUpOrder');
        await world.clock.advance(100);
        if (world.count('lookUpOrder') > asked) await world.answer('lookUpOrder', world.report(ID, { source: 'query' }));
      }
      seenAtMs.push((world.clock.monotonicUs() - startUs) / 1000);
    }
    await world.lastCall('cancel').answer(confirmed(world.report(ID, { phase: 'canceled' })));

    const pauses = seenAtMs.map((ms, at) => ms - (seenAtMs[at - 1] ?? 0));
    expect(world.order(ID).phase).toBe('canceled');
    expect(pauses[4]).toBeGreaterThan((pauses[0] ?? 0) * 4);
  });

  it('overtakes a modify; what that one asked counts until it is known to be past', async () => {
    const world = new World({ maxPositionPerSymbol: decimal('3') });
    await world.open(ID);
    world.modify(ID, { qty: '3' });
    world.cancel(ID);
    await world.lastCall('modify').answer(unknown('NO_ANSWER', 'timeout'));

    expect(world.order(ID)).toMatchObject({ request: { type: 'cancel' } });
    expect(world.place('q1tkr3x02', { qty: '0.1' })).toMatchObject({ reason: { code: 'MAX_POSITION_PER_SYMBOL' } });
    await world.lastCall('cancel').answer(confirmed(world.report(ID, { phase: 'canceled' })));
    expect(world.order(ID).phase).toBe('canceled');
    expect(world.place('q1tkr3x03', { qty: '3' })).toMatchObject({ verdict: 'accepted' });
  });

  it('of an order whose fate is unknown waits for the order and is never forgotten', async () => {
    const world = new World();
    world.place(ID);
    await world.lastCall('submit').answer(unknown('NO_ANSWER', 'timeout'));
    expect(world.cancel(ID)).toMatchObject({ verdict: 'accepted', order: { phase: 'unknown' } });
    expect(world.count('cancel')).toBe(0);

    await world.clock.advance(500);
    await world.answer('lookUpOrder', world.report(ID, { source: 'query' }));

    expect(world.count('cancel')).toBe(1);
  });

  it('passes while everything else is held back', async () => {
    const world = new World();
    await world.open(ID);
    world.gate = HALTED;
    world.cancel(ID);

    expect(world.count('cancel')).toBe(1);
  });
});

describe('a modify', () => {
  it.each([{ price: '99' }, { qty: '2' }, { qty: '0.5' }])('of %j does not pass a halt', async (change) => {
    const world = new World();
    await world.open(ID);
    world.gate = HALTED;

    expect(world.modify(ID, change)).toMatchObject({ verdict: 'denied', reason: HALTED });
    expect(world.count('modify')).toBe(0);
  });

  it('is looked at again when its turn comes', async () => {
    const world = new World();
    await world.open(ID);
    world.held = true;
    world.modify(ID, { price: '99' });
    world.gate = HALTED;
    world.release();
    await settle();

    expect(world.count('modify')).toBe(0);
    expect(world.changes(ID).slice(-2)).toEqual(['modify-requested', 'request-refused']);
  });

  it('that changes nothing is over when the venue confirms it', async () => {
    const world = new World();
    await world.open(ID);
    world.modify(ID, { price: '100' });
    await world.lastCall('modify').answer(confirmed(world.report(ID)));

    expect(world.changes(ID).at(-1)).toBe('modified');
    expect(world.order(ID)).not.toHaveProperty('request');
  });
});

describe('what is written while the journal is synced (JOURNAL_SYNC=full)', () => {
  function syncing(): World {
    const world = new World();
    world.syncsLater = true;
    return world;
  }

  it('waits until its record is safe', async () => {
    const world = syncing();
    world.place(ID);

    expect([world.changes(ID).at(-1), world.count('submit')]).toEqual(['sending', 0]);
    await world.sync();
    expect(world.lastCall('submit').journaled).toBe(world.records.length);
    await world.lastCall('submit').answer(confirmed(world.report(ID)));
    expect(world.order(ID)).toMatchObject({ phase: 'new' });

    world.cancel(ID);
    expect([world.changes(ID).at(-1), world.count('cancel')]).toEqual(['request-sending', 0]);
    await world.sync();
    expect(world.count('cancel')).toBe(1);
  });

  it('is never written when that can not be made safe', async () => {
    const world = syncing();
    world.place(ID);
    await world.clock.advance(5_000);

    expect([world.count('submit'), world.order(ID).phase]).toEqual([0, 'sending']);
  });

  it('is stopped by what forbids it by then, and that is journaled', async () => {
    const world = syncing();
    world.place(ID);
    world.gate = { code: 'HALTED', text: 'halted meanwhile' };
    await world.sync();

    expect(world.count('submit')).toBe(0);
    expect(world.order(ID)).toMatchObject({ phase: 'denied', reason: { code: 'HALTED' } });
  });

  it('is stopped by its deadline', async () => {
    const world = syncing();
    world.place(ID);
    await world.clock.advance(3_000);
    await world.sync();

    expect([world.count('submit'), world.order(ID).phase]).toEqual([0, 'denied']);
  });

  it('is stopped by a cancel of the order', async () => {
    const world = syncing();
    world.place(ID);
    world.cancel(ID);
    await world.sync();

    expect([world.count('submit'), world.count('cancel')]).toEqual([0, 0]);
    expect(world.order(ID)).toMatchObject({ phase: 'canceled', reason: { code: 'CANCELED_BEFORE_SEND' } });
  });

  it('does not modify what a cancel has overtaken, or a halt forbids', async () => {
    const world = new World();
    await world.open(ID);
    world.syncsLater = true;
    world.modify(ID, { price: '99' });
    world.cancel(ID);
    await world.sync();
    expect([world.count('modify'), world.count('cancel')]).toEqual([0, 1]);

    const other = new World();
    await other.open(ID);
    other.syncsLater = true;
    other.modify(ID, { price: '99' });
    other.gate = { code: 'HALTED', text: 'halted meanwhile' };
    await other.sync();
    expect([other.count('modify'), other.changes(ID).at(-1)]).toEqual([0, 'request-refused']);
  });

  it('takes its slot until it is answered, and gives it back when it was stopped', async () => {
    const world = syncing();
    world.held = true;
    world.place(ID);
    const [slot] = world.waiting.splice(0).map(({ start }) => start());
    let isFree = false;
    void slot?.then(() => {
      isFree = true;
    });
    await settle();
    expect(isFree).toBe(false);
    world.gate = { code: 'HALTED', text: 'halted meanwhile' };
    await world.sync();

    expect(isFree).toBe(true);
  });
});

describe('what is written', () => {
  it('is in the journal first, in the same turn', () => {
    const world = new World();
    world.place(ID);

    expect(world.changes(ID).at(-1)).toBe('sending');
    expect(world.lastCall('submit').journaled).toBe(world.records.length);
  });
});
