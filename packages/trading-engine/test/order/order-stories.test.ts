/** The stories that lose money elsewhere, each told from the command to the end of the order. */
import { decimal, type OrderTerms, parseInstrumentId, parseVenueOrderId } from '@fillwright/domain';
import { confirmed, type OrderReport, refused, unknown } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { missingOrders } from '../../src/recovery/venue-snapshot.ts';
import { BTC, World } from '../_world.ts';

const ID = 'q1tkr3x01';
const NEW_LEG = parseVenueOrderId('7001');
const qty = (text: string) => decimal(text);

const closings = (world: World, id = ID) =>
  world.changes(id).filter((change) => ['canceled', 'expired', 'rejected', 'filled', 'denied'].includes(change));

/** The stream tells of a trade of the order. */
function trades(world: World, tradeId: number, quantity: string, change: Partial<OrderReport> = {}): void {
  const known = world.order(ID);
  const fill = world.fill(tradeId, quantity, { venueOrderId: known.venueOrderId ?? parseVenueOrderId('900') });
  const filledQty = known.filledQty.plus(fill.qty);
  const phase = filledQty.gte(change.terms?.qty ?? known.terms.qty) ? 'filled' : 'partially-filled';
  world.reports.report(world.report(ID, { phase, filledQty, fill, change: 'trade', source: 'stream', ...change }));
}

describe('a cancel that races with a fill', () => {
  it('ends canceled with what was filled before it, whichever is told first', async () => {
    for (const fillFirst of [true, false]) {
      const world = new World();
      const { venueOrderId = NEW_LEG } = await world.open(ID);
      world.cancel(ID);
      if (fillFirst) trades(world, 1, '0.4');
      await world.lastCall('cancel').answer(confirmed(world.report(ID, { phase: 'canceled', filledQty: qty('0.4') })));
      if (!fillFirst) {
        expect(world.order(ID)).toMatchObject({ state: 'open', request: { type: 'cancel' } });
        await world.clock.advance(250);
        await world.answerTrades([world.fill(1, '0.4', { venueOrderId })]);
      }

      expect(closings(world)).toEqual(['filled', 'canceled']);
      expect([world.order(ID).phase, world.qty()]).toEqual(['canceled', '0.4']);
    }
  });

  it('is told once, though it was asked for twice and answer, stream and query all confirm it', async () => {
    const world = new World();
    await world.open(ID);
    world.cancel(ID, 'c1');
    world.cancel(ID, 'c2');
    world.reports.report(world.report(ID, { phase: 'canceled', source: 'stream' }));
    await world.lastCall('cancel').answer(confirmed(world.report(ID, { phase: 'canceled' })));
    world.reports.report(world.report(ID, { phase: 'canceled', source: 'query' }));

    expect(closings(world)).toEqual(['canceled']);
    expect(world.count('cancel')).toBe(1);
  });

  it('takes the fill that comes after the cancel was confirmed: it moves the position and the order stays canceled', async () => {
    const world = new World();
    await world.open(ID);
    world.cancel(ID);
    await world.lastCall('cancel').answer(confirmed(world.report(ID, { phase: 'canceled' })));
    trades(world, 1, '0.4', { phase: 'canceled' });

    expect(world.order(ID)).toMatchObject({ state: 'closed', phase: 'canceled' });
    expect([world.order(ID).filledQty.toString(), world.qty()]).toEqual(['0.4', '0.4']);
    expect(closings(world)).toEqual(['canceled', 'filled']);
  });
});

describe('a modify that races with a fill', () => {
  it('of the whole order: it ends filled, and the refusal that follows changes nothing', async () => {
    const world = new World();
    await world.open(ID);
    world.modify(ID, { price: '99' });
    trades(world, 1, '1');
    await world.lastCall('modify').answer(refused('BINANCE_2013', 'Order does not exist.'));

    expect(world.order(ID)).toMatchObject({ state: 'closed', phase: 'filled' });
    expect(closings(world)).toEqual(['filled']);
    expect(world.book.exposure(BTC).long.toString()).toBe('1');
  });

  it('of a part: the fill stays, the new total holds', async () => {
    const world = new World();
    const { terms } = await world.open(ID);
    world.modify(ID, { qty: '2' });
    trades(world, 1, '0.4');
    const amended = { terms: { ...terms, qty: qty('2') }, phase: 'partially-filled', filledQty: qty('0.4') } as const;
    await world.lastCall('modify').answer(confirmed(world.report(ID, amended)));

    expect(world.order(ID)).toMatchObject({ state: 'open', phase: 'partially-filled' });
    expect(world.order(ID)).not.toHaveProperty('request');
    expect(world.book.exposure(BTC).long.toString()).toBe('2');
  });

  it('down to what was filled meanwhile: the venue ends the order, and no quantity is left over', async () => {
    const world = new World();
    const { terms } = await world.open(ID);
    world.modify(ID, { qty: '0.5' });
    trades(world, 1, '0.6');
    const ended = { terms: { ...terms, qty: qty('0.6') }, phase: 'canceled', filledQty: qty('0.6') } as const;
    await world.lastCall('modify').answer(confirmed(world.report(ID, ended)));

    expect(world.order(ID)).toMatchObject({ state: 'closed', phase: 'canceled' });
    expect(world.book.exposure(BTC).long.toString()).toBe('0.6');
  });

  it('without an answer is followed by questions, never by a second order', async () => {
    const world = new World();
    await world.open(ID);
    world.modify(ID, { price: '99' });
    await world.lastCall('modify').answer(unknown('NO_ANSWER', 'timeout'));
    for (let round = 0; round < 4; round += 1) {
      await world.clock.advance(10_000);
      await world.fail('lookUpOrder');
    }

    expect([world.count('submit'), world.count('modify')]).toEqual([1, 1]);
    expect(world.order(ID)).toMatchObject({ state: 'open', request: { type: 'modify', phase: 'unknown' } });
  });
});

describe('a modify of a partially filled order', () => {
  it('names the absolute quantity, and what remains is that less what is filled', async () => {
    const world = new World();
    const { terms } = await world.open(ID);
    trades(world, 1, '0.4');
    expect(world.modify(ID, { qty: '0.4' })).toMatchObject({ verdict: 'denied', reason: { code: 'QTY_RANGE' } });
    world.modify(ID, { qty: '0.7' });
    expect(world.lastCall('modify').args[0]).toMatchObject({ qty: qty('0.7') });
    const amended = { terms: { ...terms, qty: qty('0.7') }, phase: 'partially-filled', filledQty: qty('0.4') } as const;
    await world.lastCall('modify').answer(confirmed(world.report(ID, amended)));
    trades(world, 2, '0.3');

    expect(world.order(ID)).toMatchObject({ state: 'closed', phase: 'filled' });
    expect(world.qty()).toBe('0.7');
  });

  it('that changes the price alone repeats the absolute quantity, not the remaining one', async () => {
    const world = new World();
    await world.open(ID);
    trades(world, 1, '0.4');
    world.modify(ID, { price: '99' });

    expect(world.lastCall('modify').args[0]).toMatchObject({ qty: qty('1'), price: qty('99') });
  });
});

describe('the legs of a replaced order', () => {
  async function replaced(): Promise<World> {
    const world = new World();
    const { terms } = await world.open(ID);
    const leg = { venueOrderId: NEW_LEG, terms: { ...terms, price: qty('99') }, change: 'amended' } as const;
    world.reports.report(world.report(ID, { ...leg, source: 'stream' }));
    return world;
  }

  it('are one order under the newest id, and both ids lead to it', async () => {
    const world = await replaced();

    expect(world.order(ID)).toMatchObject({ venueOrderId: NEW_LEG });
    expect(world.book.orderByVenueId(BTC, parseVenueOrderId('900'))?.clientOrderId).toBe(ID);
    world.cancel(ID);
    expect(world.lastCall('cancel').args[0]).toMatchObject({ venueOrderId: NEW_LEG });
  });

  it('end one by one: the end of the old one, told in the same millisecond or later, does not end the order', async () => {
    const world = await replaced();
    world.reports.report(world.report(ID, { phase: 'canceled', source: 'stream' }));
    await world.clock.advance(5);
    world.reports.report(world.report(ID, { phase: 'canceled', source: 'query' }));
    world.reports.report(world.report(ID, { phase: 'new', source: 'query' }));

    expect(world.order(ID)).toMatchObject({ state: 'open', phase: 'new', venueOrderId: NEW_LEG });
    world.reports.report(world.report(ID, { venueOrderId: NEW_LEG, phase: 'canceled', source: 'stream' }));
    expect(world.order(ID).phase).toBe('canceled');
  });

  it('stand for themselves: a new one that the venue refuses leaves the old one as it is', async () => {
    const world = new World();
    await world.open(ID);
    world.reports.report(world.report(ID, { venueOrderId: NEW_LEG, phase: 'rejected', source: 'stream' }));

    expect(world.order(ID)).toMatchObject({ state: 'open', phase: 'new', venueOrderId: '900' });
  });

  it('share their trades: a late one of the old leg counts for the order and does not bring the old id back', async () => {
    const world = await replaced();
    const fill = world.fill(1, '0.4', { venueOrderId: parseVenueOrderId('900') });
    world.reports.report(world.report(ID, { phase: 'partially-filled', filledQty: qty('0.4'), fill, source: 'stream' }));

    expect(world.order(ID)).toMatchObject({ phase: 'partially-filled', venueOrderId: NEW_LEG });
    expect(world.order(ID).terms.price?.toString()).toBe('99');
    expect(world.qty()).toBe('0.4');
  });
});

describe('a refusal that is faster on the stream than the answer', () => {
  it.each(['expired', 'rejected'] as const)('(%s) ends the order, and whatever the answer says later changes nothing', async (phase) => {
    for (const answer of [refused('BINANCE_5022', 'post only'), unknown('NO_ANSWER', 'timeout')]) {
      const world = new World();
      world.place(ID);
      world.reports.report(world.report(ID, { phase, source: 'stream' }));
      await world.lastCall('submit').answer(answer);
      await world.clock.advance(30_000);

      expect(closings(world)).toEqual([phase]);
      expect([world.count('submit'), world.count('lookUpOrder')]).toEqual([1, 0]);
    }
  });

  it('is not taken back by an answer that confirms what was true before it', async () => {
    const world = new World();
    world.place(ID);
    const answer = world.report(ID);
    world.reports.report(world.report(ID, { phase: 'expired', source: 'stream' }));
    await world.lastCall('submit').answer(confirmed(answer));

    expect(world.order(ID)).toMatchObject({ state: 'closed', phase: 'expired' });
    expect(world.book.liveCount).toBe(0);
  });
});

describe('an instrument that is not in the cache', () => {
  const XRP = parseInstrumentId('XRPUSDT-PERP.BINANCE');
  const terms: OrderTerms = {
    ...{ instrument: XRP, side: 'sell', type: 'limit', timeInForce: 'GTC', reduceOnly: false, closePosition: false },
    ...{ qty: qty('3'), price: qty('2') },
  };

  it('does not keep its orders and trades out of the books; only new orders on it are denied', () => {
    const world = new World();
    const fill = world.fill(1, '3', { instrument: XRP, side: 'sell' });
    const base = {
      clientOrderId: 'web_1',
      venueOrderId: fill.venueOrderId,
      terms,
      venueTs: world.clock.wallUs(),
      source: 'stream',
    } as const;
    world.reports.report({ ...base, phase: 'new', filledQty: qty('0') });
    world.reports.report({ ...base, phase: 'filled', filledQty: qty('3'), fill });

    expect(world.order('web_1')).toMatchObject({ owner: 'EXTERNAL', phase: 'filled' });
    expect(world.book.positions.qty(XRP).toString()).toBe('-3');
    expect(world.place('q1x', { instrument: XRP })).toMatchObject({ verdict: 'denied', reason: { code: 'UNKNOWN_INSTRUMENT' } });
  });
});

describe('names that two instruments share', () => {
  const ETH = parseInstrumentId('ETHUSDT-PERP.BINANCE');
  const NUMBER = parseVenueOrderId('4711');

  /** An order made by hand, and its trade. */
  function byHand(world: World, instrument: typeof ETH, clientOrderId: string): void {
    const base = { instrument, side: 'buy', type: 'limit', timeInForce: 'GTC', reduceOnly: false, closePosition: false } as const;
    const terms: OrderTerms = { ...base, qty: qty('1'), price: qty('50') };
    const report = { clientOrderId, venueOrderId: NUMBER, terms, venueTs: world.clock.wallUs(), source: 'stream' } as const;
    world.reports.report({ ...report, phase: 'new', filledQty: qty('0') });
    const fill = world.fill(1, '0.5', { instrument, venueOrderId: NUMBER });
    world.reports.report({ ...report, phase: 'partially-filled', filledQty: qty('0.5'), fill });
  }

  it('(a client id of ours, on an order of another instrument) are two orders: neither gets what belongs to the other', async () => {
    const world = new World();
    await world.open(ID);
    byHand(world, ETH, ID);

    expect(world.order(ID)).toMatchObject({ phase: 'new', terms: { instrument: BTC } });
    expect(world.order(`${ID}#4711`)).toMatchObject({ phase: 'partially-filled', terms: { instrument: ETH } });
    expect([world.qty(), world.book.positions.qty(ETH).toString()]).toEqual(['0', '0.5']);
  });

  it('(number and client id both) are two orders, found again under their names', () => {
    const world = new World();
    for (let round = 0; round < 2; round += 1) for (const instrument of [BTC, ETH]) byHand(world, instrument, '');

    expect(world.order('#4711').terms.instrument).toBe(BTC);
    expect(world.order('#4711/ETHUSDT-PERP').terms.instrument).toBe(ETH);
    expect([world.qty(), world.book.positions.qty(ETH).toString(), world.book.liveCount]).toEqual(['0.5', '0.5', 2]);
    expect(world.broken).toEqual([]);
  });
});

it('an order is not there because one of another instrument has its client id', async () => {
  const world = new World();
  const order = await world.open(ID);
  const listed = { ...world.report(ID), terms: { ...order.terms, instrument: parseInstrumentId('ETHUSDT-PERP.BINANCE') } };

  expect(missingOrders([order], [listed])).toEqual([order]);
  expect(missingOrders([order], [world.report(ID)])).toEqual([]);
});

describe('an order that expired at the venue', () => {
  async function expiredIn(world: World): Promise<World> {
    await world.open(ID);
    const reason = { code: 'IOC_REMAINDER', text: 'the rest of an immediate order' };
    world.reports.report(world.report(ID, { phase: 'expired', reason, source: 'stream' }));
    return world;
  }

  it('is told as expired', async () => {
    expect((await expiredIn(new World())).order(ID).phase).toBe('expired');
  });

  it('is told as canceled where that is configured, with the venue’s reason', async () => {
    const world = new World();
    Object.assign(world.context.options.orders, { expiredAsCanceled: true });
    await expiredIn(world);

    expect(world.order(ID)).toMatchObject({ phase: 'canceled', reason: { code: 'IOC_REMAINDER' } });
    expect(closings(world)).toEqual(['canceled']);
  });
});

describe('cancel-all', () => {
  it('takes waiting stops along with ordinary orders', async () => {
    const world = new World();
    await world.open(ID);
    const trigger = { price: '90', working: 'mark' } as const;
    world.place('q1stop1', { type: 'stop-market', side: 'sell', trigger, reduceOnly: true, price: undefined as never });
    await world.lastCall('submit').answer(confirmed({ ...world.report('q1stop1'), algoId: parseVenueOrderId('70') }));
    world.cancelAll('q1');

    expect(world.calls.filter(({ name }) => name === 'cancel').map(({ id, args }) => [id, args[0]])).toEqual([
      [ID, expect.objectContaining({ conditional: false })],
      ['q1stop1', expect.objectContaining({ conditional: true, algoId: '70' })],
    ]);
  });

  it('has an outcome for each order: one refusal is told and hides neither success nor doubt of the others', async () => {
    const world = new World();
    const ids = [ID, 'q1tkr3x02', 'q1tkr3x03'];
    for (const id of ids) await world.open(id);
    world.cancelAll('q1');
    const [first, second, third] = world.calls.filter(({ name }) => name === 'cancel');
    await first?.answer(confirmed(world.report(ID, { phase: 'canceled' })));
    await second?.answer(refused('BINANCE_2015', 'not allowed'));
    await third?.answer(unknown('NO_ANSWER', 'timeout'));

    expect(ids.map((id) => world.changes(id).at(-1))).toEqual(['canceled', 'request-refused', 'request-unknown']);
    expect(ids.map((id) => world.order(id).state)).toEqual(['closed', 'open', 'open']);
  });
});
