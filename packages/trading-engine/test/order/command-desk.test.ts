import { decimal, usTime } from '@fillwright/domain';
import { confirmed, refused, unknown } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { BTC, EPOCH, HORIZON_MS, INSTRUMENT, World } from '../_world.ts';

const ID = 'q1tkr3x01';

describe('placing an order', () => {
  it('journals intent and sending before the venue is called, in the same turn', () => {
    const world = new World();

    const answer = world.place(ID);

    expect(answer).toMatchObject({ verdict: 'accepted', order: { phase: 'intent' } });
    expect(world.changes(ID)).toEqual(['initialized', 'sending']);
    expect(world.lastCall('submit').journaled).toBe(world.records.length);
  });

  it('opens when the venue confirms', async () => {
    const world = new World();

    const order = await world.open(ID);

    expect(order).toMatchObject({ state: 'open', phase: 'new' });
    expect(world.changes(ID)).toEqual(['initialized', 'sending', 'accepted']);
  });

  it('answers every further copy with the current state and sends nothing again', async () => {
    const world = new World();
    await world.open(ID);

    const copies = [world.place(ID), world.place(ID, { deadlineTs: usTime(1) }), world.place(ID, { engineEpoch: 1 }), world.place(ID)];

    expect(copies.map(({ verdict, order }) => [verdict, order?.phase])).toEqual(Array(4).fill(['known', 'new']));
    expect(world.count('submit')).toBe(1);
  });

  it.each([
    ['FENCED', { engineEpoch: EPOCH - 1 }],
    ['DEADLINE', { deadlineTs: usTime(1) }],
    ['DEADLINE_TOO_FAR', { deadlineTs: usTime(9e15) }],
    ['UNKNOWN_INSTRUMENT', { instrument: 'XRPUSDT-PERP.BINANCE' as never }],
    ['PRICE_TICK', { price: '100.05' }],
    ['MIN_NOTIONAL', { qty: '0.001' }],
  ])('denies with %s, keeps that in the journal and never sends this id', (code, change) => {
    const world = new World();

    expect(world.place(ID, change)).toMatchObject({ verdict: 'denied', reason: { code } });
    expect(world.place(ID)).toMatchObject({ verdict: 'known', order: { phase: 'denied', reason: { code } } });
    expect(world.calls).toEqual([]);
    expect(world.changes(ID)).toEqual(['initialized', 'denied']);
  });

  it('denies an order of a halted instrument, and asks that the list be looked at again', () => {
    const world = new World();
    const stale: string[] = [];
    world.desk.onStaleInstrument = (instrument) => stale.push(instrument);
    world.context.instruments.set(BTC, { ...INSTRUMENT, trading: false });

    expect(world.place(ID)).toMatchObject({ verdict: 'denied', reason: { code: 'INSTRUMENT_HALTED' } });
    expect(stale).toEqual([BTC]);
  });

  it('refuses an id whose tag is not the sender’s, and a tag that belongs to another sender', () => {
    const world = new World();
    world.place(ID);

    expect(world.place('zz000001', { owner: 'q1' })).toMatchObject({ verdict: 'denied', reason: { code: 'NOT_YOURS' } });
    expect(world.place('q1tkr3x02', {}, 'intruder')).toMatchObject({ verdict: 'denied', reason: { code: 'NOT_YOURS' } });
    expect(world.cancel(ID, 'c9', 'intruder')).toMatchObject({ verdict: 'denied', reason: { code: 'NOT_YOURS' } });
    expect(world.count('submit')).toBe(1);
  });

  it('denies what would exceed the position limit with everything open or unknown counted as filled', async () => {
    const world = new World({ maxPositionPerSymbol: decimal('2') });
    await world.open(ID);
    world.place('q1b');
    await world.lastCall('submit').answer(unknown('TIMEOUT', 'no answer'));

    expect(world.order('q1b').phase).toBe('unknown');
    expect(world.place('q1c', { qty: '0.1' })).toMatchObject({ verdict: 'denied', reason: { code: 'MAX_POSITION_PER_SYMBOL' } });
    expect(world.place('q1d', { side: 'sell', qty: '2' })).toMatchObject({ verdict: 'accepted' });
  });

  it('denies when the queue is full', () => {
    const world = new World();
    world.full = true;

    expect(world.place(ID)).toMatchObject({ verdict: 'denied', reason: { code: 'QUEUE_FULL' } });
  });

  it('looks again when its turn comes: a passed deadline and a closed gate stop it', async () => {
    const world = new World();
    world.held = true;
    world.place(ID);
    world.place('q1b', { deadlineTs: usTime(world.clock.wallUs() + 60_000_000) });
    await world.clock.advance(3_000);
    world.gate = { code: 'HALTED', text: 'halted' };
    world.release();

    expect(world.order(ID)).toMatchObject({ phase: 'denied', reason: { code: 'DEADLINE' } });
    expect(world.order('q1b')).toMatchObject({ phase: 'denied', reason: { code: 'HALTED' } });
    expect(world.calls).toEqual([]);
  });

  it('keeps a definite refusal apart and sends again only what the venue proved not executed', async () => {
    const world = new World();
    world.place(ID);
    await world.lastCall('submit').answer(refused('BUSY', 'not executed', true));
    await world.clock.advance(100);
    await world.lastCall('submit').answer(refused('MARGIN', 'margin is insufficient'));

    expect(world.count('submit')).toBe(2);
    expect(world.order(ID)).toMatchObject({ phase: 'rejected', reason: { code: 'MARGIN' } });
  });
});

describe('an order with an unknown outcome', () => {
  async function unknownOrder() {
    const world = new World();
    world.place(ID);
    await world.lastCall('submit').answer(unknown('TIMEOUT', 'no answer in time'));
    return world;
  }

  it('is never sent again, only asked for', async () => {
    const world = await unknownOrder();
    for (let round = 0; round < 5; round += 1) {
      await world.clock.advance(10_000);
      await world.lastCall('lookUpOrder').answer({ type: 'failed', reason: { code: 'TIMEOUT', text: '' } });
    }

    expect(world.order(ID).phase).toBe('unknown');
    expect(world.count('submit')).toBe(1);
    expect(world.count('lookUpOrder')).toBe(5);
  });

  it('is what the venue says when found', async () => {
    const world = await unknownOrder();
    await world.clock.advance(500);
    await world.lastCall('lookUpOrder').answer({ type: 'answered', value: world.report(ID, { source: 'query' }) });

    expect(world.order(ID)).toMatchObject({ state: 'open', phase: 'new' });
  });

  it('counts as never taken only after “not found” twice, beyond the time in which it could still happen', async () => {
    const world = await unknownOrder();
    let absences = 0;
    while (world.order(ID).phase === 'unknown' && absences < 20) {
      const asked = world.count('lookUpOrder');
      while (world.count('lookUpOrder') === asked) await world.clock.advance(500);
      await world.lastCall('lookUpOrder').answer({ type: 'absent' });
      absences += 1;
    }

    const ageMs = (world.clock.wallUs() - world.order(ID).createdTs) / 1000;
    expect(world.order(ID)).toMatchObject({ phase: 'rejected', reason: { code: 'NOT_FOUND' } });
    expect(ageMs).toBeGreaterThan(HORIZON_MS);
    expect(ageMs).toBeLessThan(HORIZON_MS + 4_000);
  });

  it('is not given up while the stream is down', async () => {
    const world = await unknownOrder();
    world.streamUp = false;
    for (let round = 0; round < 6; round += 1) {
      await world.clock.advance(10_000);
      await world.lastCall('lookUpOrder').answer({ type: 'absent' });
    }

    expect(world.order(ID).phase).toBe('unknown');
  });

  it('that turns out filled waits for its trades and books each once', async () => {
    const world = await unknownOrder();
    await world.clock.advance(500);
    await world.lastCall('lookUpOrder').answer({ type: 'answered', value: world.report(ID, { phase: 'filled', filledQty: decimal('1') }) });
    expect(world.order(ID).state).toBe('open');
    await world.clock.advance(250);
    const venueOrderId = world.order(ID).venueOrderId;
    if (!venueOrderId) throw new Error('no venue id');
    await world
      .lastCall('trades')
      .answer({ type: 'answered', value: [world.fill(1, '0.4', { venueOrderId }), world.fill(2, '0.6', { venueOrderId })] });

    expect(world.order(ID)).toMatchObject({ state: 'closed', phase: 'filled' });
    expect(world.book.positions.qty(world.order(ID).terms.instrument).toString()).toBe('1');
  });

  it('may fill over the stream before anybody was asked', async () => {
    const world = await unknownOrder();
    world.reports.event({
      type: 'order',
      report: world.report(ID, { phase: 'filled', change: 'trade', filledQty: decimal('1'), fill: world.fill(1, '1') }),
    });

    expect(world.changes(ID)).toEqual(['initialized', 'sending', 'outcome-unknown', 'accepted', 'filled']);
  });
});

describe('cancelling', () => {
  it('a waiting order is local: no request is made', () => {
    const world = new World();
    world.held = true;
    world.place(ID);

    expect(world.cancel(ID)).toMatchObject({ verdict: 'accepted', order: { phase: 'canceled' } });
    world.release();
    expect(world.calls).toEqual([]);
  });

  it('an order on its way waits for the confirmation, then goes out', async () => {
    const world = new World();
    world.place(ID);
    world.cancel(ID);
    expect(world.count('cancel')).toBe(0);

    await world.lastCall('submit').answer(confirmed(world.report(ID)));
    expect(world.count('cancel')).toBe(1);

    await world.lastCall('cancel').answer(confirmed(world.report(ID, { phase: 'canceled' })));
    expect(world.order(ID)).toMatchObject({ state: 'closed', phase: 'canceled' });
  });

  it('twice is once', async () => {
    const world = new World();
    await world.open(ID);
    world.cancel(ID, 'c1');

    expect(world.cancel(ID, 'c1')).toMatchObject({ verdict: 'known' });
    expect(world.cancel(ID, 'c2')).toMatchObject({ verdict: 'known' });
    expect(world.count('cancel')).toBe(1);
  });

  it('with an unknown outcome asks; while the order lives the cancel is repeated, never assumed', async () => {
    const world = new World();
    await world.open(ID);
    world.cancel(ID);
    await world.lastCall('cancel').answer(unknown('CUT', 'connection lost'));
    expect(world.order(ID)).toMatchObject({ state: 'open', request: { phase: 'unknown' } });

    await world.clock.advance(500);
    await world.lastCall('lookUpOrder').answer({ type: 'answered', value: world.report(ID, { source: 'query' }) });
    expect(world.count('cancel')).toBe(2);
    await world.lastCall('cancel').answer(confirmed(world.report(ID, { phase: 'canceled' })));

    expect(world.order(ID).phase).toBe('canceled');
  });

  it('refused by the venue leaves the order as it was', async () => {
    const world = new World();
    await world.open(ID);
    world.cancel(ID);
    await world.lastCall('cancel').answer(refused('NO', 'not now'));

    expect(world.order(ID)).toMatchObject({ state: 'open', phase: 'new' });
    expect(world.changes(ID).at(-1)).toBe('request-refused');
  });

  it('that lost the race against a fill ends filled', async () => {
    const world = new World();
    await world.open(ID);
    world.cancel(ID);
    world.reports.event({
      type: 'order',
      report: world.report(ID, { phase: 'filled', change: 'trade', filledQty: decimal('1'), fill: world.fill(1, '1') }),
    });
    await world.lastCall('cancel').answer(unknown('UNKNOWN_ORDER', 'Unknown order sent.'));

    expect(world.order(ID)).toMatchObject({ state: 'closed', phase: 'filled' });
  });

  it('answers not-found for an id nobody knows', () => {
    expect(new World().cancel('q1nothing')).toMatchObject({ verdict: 'not-found' });
  });
});

describe('modifying', () => {
  it('changes price and quantity when the venue confirms', async () => {
    const world = new World();
    await world.open(ID);
    world.modify(ID, { price: '99.5', qty: '2' });
    const terms = { ...world.order(ID).terms, price: decimal('99.5'), qty: decimal('2') };
    await world.lastCall('modify').answer(confirmed(world.report(ID, { terms, change: 'amended' })));

    expect(world.order(ID).terms).toMatchObject({ price: decimal('99.5'), qty: decimal('2') });
    expect(world.order(ID)).not.toHaveProperty('request');
  });

  it('counts the larger of old and new quantity until the outcome is known', async () => {
    const world = new World({ maxPositionPerSymbol: decimal('3') });
    await world.open(ID);
    world.modify(ID, { qty: '3' });
    await world.lastCall('modify').answer(unknown('TIMEOUT', ''));

    expect(world.place('q1b', { qty: '0.1' })).toMatchObject({ verdict: 'denied', reason: { code: 'MAX_POSITION_PER_SYMBOL' } });
  });

  it('with an unknown outcome is settled by the order as it stands, refused only beyond the horizon', async () => {
    const world = new World();
    await world.open(ID);
    world.modify(ID, { price: '99' });
    await world.lastCall('modify').answer(unknown('TIMEOUT', ''));
    await world.clock.advance(500);
    await world.lastCall('lookUpOrder').answer({ type: 'answered', value: world.report(ID, { source: 'query' }) });
    expect(world.order(ID)).toMatchObject({ request: { type: 'modify', phase: 'unknown' } });

    for (let round = 0; round < 5; round += 1) {
      await world.clock.advance(10_000);
      if (world.order(ID).state === 'open' && !('request' in world.order(ID))) break;
      await world.lastCall('lookUpOrder').answer({ type: 'answered', value: world.report(ID, { source: 'query' }) });
    }
    expect(world.changes(ID).at(-1)).toBe('request-refused');
    expect(world.count('modify')).toBe(1);
  });

  it('is denied on what is not open, on other types and below what is filled', async () => {
    const world = new World();
    world.place(ID);
    expect(world.modify(ID, { price: '99' })).toMatchObject({ verdict: 'denied', reason: { code: 'NOT_OPEN' } });
    await world.lastCall('submit').answer(confirmed(world.report(ID)));
    world.reports.event({
      type: 'order',
      report: world.report(ID, { phase: 'partially-filled', filledQty: decimal('0.5'), fill: world.fill(1, '0.5') }),
    });

    expect(world.modify(ID, {})).toMatchObject({ reason: { code: 'NOTHING_TO_MODIFY' } });
    expect(world.modify(ID, { qty: '0.5' })).toMatchObject({ reason: { code: 'QTY_RANGE' } });
  });
});

describe('copies and namesakes of commands', () => {
  it('two senders may use the same command id: each gets its own done', async () => {
    const world = new World();
    await world.open(ID);
    world.place('zztkr3x01', { owner: 'zz' }, 'other');
    await world.lastCall('submit').answer(confirmed(world.report('zztkr3x01')));

    expect(world.cancel(ID, 'tkr3x0-1')).toMatchObject({ verdict: 'accepted' });
    expect(world.cancel('zztkr3x01', 'tkr3x0-1', 'other', 'zz')).toMatchObject({ verdict: 'accepted' });
    expect(world.cancel(ID, 'tkr3x0-1')).toMatchObject({ verdict: 'known' });
    expect(world.count('cancel')).toBe(2);
  });

  it('a modify that was denied stays denied, also when it would be possible by now', async () => {
    const world = new World();
    world.place(ID);
    expect(world.modify(ID, { price: '99' }, 'm1')).toMatchObject({ verdict: 'denied', reason: { code: 'NOT_OPEN' } });
    await world.lastCall('submit').answer(confirmed(world.report(ID)));

    expect(world.modify(ID, { price: '99' }, 'm1')).toMatchObject({ verdict: 'denied', reason: { code: 'NOT_OPEN' } });
    expect(world.count('modify')).toBe(0);
    expect(world.modify(ID, { price: '99' }, 'm2')).toMatchObject({ verdict: 'accepted' });
  });

  it('a modify that was taken on is known after a restart', async () => {
    const world = new World();
    await world.open(ID);
    world.modify(ID, { price: '99' }, 'm1');
    const again = new World();
    for (const record of world.records) again.context.records.write(record);

    expect(again.modify(ID, { price: '99' }, 'm1')).toMatchObject({ verdict: 'known', order: { request: { commandId: 'm1' } } });
    expect(again.calls).toEqual([]);
  });

  it('the second copy of a cancel-all leaves alone what was placed after the first', async () => {
    const world = new World();
    await world.open(ID);
    expect(world.cancelAll('q1', 'a1')).toMatchObject({ verdict: 'accepted', orders: 1 });
    await world.open('q1tkr3x02');

    expect(world.cancelAll('q1', 'a1')).toMatchObject({ verdict: 'known', orders: 1 });
    expect(world.calls.filter(({ name }) => name === 'cancel').map(({ id }) => id)).toEqual([ID]);
  });
});

it('a cancel-all of one sender is not a copy of another’s with the same id', async () => {
  const world = new World();
  await world.open(ID);
  world.place('zztkr3x01', { owner: 'zz' }, 'other');
  await world.lastCall('submit').answer(confirmed(world.report('zztkr3x01')));

  expect(world.cancelAll('q1', 'a1')).toMatchObject({ verdict: 'accepted', orders: 1 });
  expect(world.cancelAll('zz', 'a1', 'other')).toMatchObject({ verdict: 'accepted', orders: 1 });
});

describe('owner tags', () => {
  it.each(['q1t', 'q1tk'])('%s is refused while q1 belongs to somebody else: their ids could not be told apart', (owner) => {
    const world = new World();
    world.place(ID);

    expect(world.place(`${owner}tkr3x01`, { owner }, 'other')).toMatchObject({ verdict: 'denied', reason: { code: 'TAG_AMBIGUOUS' } });
    expect(world.book.order(`${owner}tkr3x01`)).toBeUndefined();
    expect(world.book.ownerOf(owner)).toBeUndefined();
  });
});

describe('cancel-all', () => {
  it('concerns the orders of its owner and no others', async () => {
    const world = new World();
    await world.open(ID);
    world.place('zz1', { owner: 'zz' }, 'other');
    await world.lastCall('submit').answer(confirmed(world.report('zz1')));

    expect(world.cancelAll('q1')).toMatchObject({ verdict: 'accepted', orders: 1 });
    expect(world.calls.filter(({ name }) => name === 'cancel').map(({ id }) => id)).toEqual([ID]);
  });
});
