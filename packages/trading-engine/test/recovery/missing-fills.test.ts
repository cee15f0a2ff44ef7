import { decimal, type Order, type OrderTerms, parseVenueOrderId, usTime } from '@fillwright/domain';
import type { OrderReport } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { BTC, World } from '../_world.ts';

const ID = 'q1tkr3x01';
const HAND = parseVenueOrderId('4711');

/** The venue proves a quantity of an order of ours, and no trade of it was seen. */
async function short(phase: OrderReport['phase'] = 'filled', filled = '1'): Promise<World> {
  const world = new World();
  await world.open(ID);
  world.reports.report(world.report(ID, { phase, filledQty: decimal(filled), source: 'query' }));
  expect(world.missing.isHunting(BTC)).toBe(true);
  return world;
}

const idOf = (order: Order) => order.venueOrderId ?? HAND;

describe('fills that the venue proves and we lack', () => {
  it('come by the stream in most cases: nobody asks then', async () => {
    const world = await short();
    const fill = world.fill(1, '1', { venueOrderId: idOf(world.order(ID)) });
    world.reports.report(world.report(ID, { phase: 'filled', filledQty: decimal('1'), fill, source: 'stream' }));
    await world.clock.advance(60_000);

    expect(world.count('trades')).toBe(0);
    expect(world.missing.isHunting(BTC)).toBe(false);
  });

  it('are asked for from a little before the order was made, and end it', async () => {
    const world = await short();
    const { createdTs } = world.order(ID);
    await world.clock.advance(250);
    expect(world.lastCall('trades').args).toEqual([BTC, { sinceTs: createdTs - 60_000_000 }]);
    await world.answerTrades([world.fill(1, '1', { venueOrderId: idOf(world.order(ID)) })]);

    expect(world.order(ID).phase).toBe('filled');
    expect(world.missing.isHunting(BTC)).toBe(false);
  });

  it('come before the end of a cancelled order', async () => {
    const world = await short('canceled', '0.4');
    await world.clock.advance(250);
    await world.answerTrades([world.fill(1, '0.4', { venueOrderId: idOf(world.order(ID)) })]);

    expect(world.changes(ID).slice(-2)).toEqual(['filled', 'canceled']);
  });

  it('are asked for again, less and less often, and never made up for an order of ours', async () => {
    const world = await short();
    const askedAtMs: number[] = [];
    const startUs = world.clock.monotonicUs();
    for (let round = 0; round < 9; round += 1) {
      const asked = world.count('trades');
      for (let waited = 0; waited < 400 && world.count('trades') === asked; waited += 1) await world.clock.advance(250);
      askedAtMs.push((world.clock.monotonicUs() - startUs) / 1000);
      if (round % 2) await world.answerTrades([]);
      else {
        await world.fail('trades');
        world.tradesAnswered += 1;
      }
    }

    const pauses = askedAtMs.map((ms, at) => ms - (askedAtMs[at - 1] ?? 0));
    expect(pauses).toEqual([250, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 60_000, 60_000]);
    expect(world.order(ID)).toMatchObject({ state: 'open', phase: 'new' });
    expect(world.qty()).toBe('0');
  });

  it('are not made up for an order of ours, however young the ledger is', async () => {
    const world = new World();
    world.ledgerStartTs = world.clock.wallUs();
    await world.open(ID);
    world.reports.report(world.report(ID, { phase: 'filled', filledQty: decimal('1'), source: 'query' }));
    await world.clock.advance(250);
    await world.answerTrades([]);

    expect(world.order(ID).filledQty.toString()).toBe('0');
    expect(world.missing.isHunting(BTC)).toBe(true);
  });

  it('of several orders of one instrument are one question', async () => {
    const world = await short();
    await world.open('q1tkr3x02');
    world.reports.report(world.report('q1tkr3x02', { phase: 'filled', filledQty: decimal('1'), source: 'query' }));
    await world.clock.advance(250);
    await world.answerTrades([
      world.fill(1, '1', { venueOrderId: idOf(world.order(ID)) }),
      world.fill(2, '1', { venueOrderId: idOf(world.order('q1tkr3x02')) }),
    ]);

    expect([world.order(ID).phase, world.order('q1tkr3x02').phase, world.count('trades')]).toEqual(['filled', 'filled', 1]);
  });

  it('wait while the queue is full', async () => {
    const world = await short();
    world.full = true;
    await world.clock.advance(3_000);
    expect(world.count('trades')).toBe(0);
    world.full = false;
    await world.clock.advance(10_000);

    expect(world.count('trades')).toBe(1);
  });

  it('are not asked for after the stop', async () => {
    const world = await short();
    world.missing.stop();
    await world.clock.advance(60_000);

    expect(world.count('trades')).toBe(0);
  });
});

describe('an order made by hand that had traded before our time', () => {
  const TERMS: OrderTerms = {
    instrument: BTC,
    side: 'buy',
    type: 'limit',
    timeInForce: 'GTC',
    qty: decimal('2'),
    price: decimal('100'),
    reduceOnly: false,
    closePosition: false,
  };

  async function begun(change: Partial<OrderReport> = {}): Promise<World> {
    const world = new World();
    world.ledgerStartTs = world.clock.wallUs();
    const venueTs = usTime(world.clock.wallUs() - 3_600_000_000);
    world.reports.report({
      clientOrderId: 'web_1',
      venueOrderId: HAND,
      terms: TERMS,
      phase: 'partially-filled',
      filledQty: decimal('0.5'),
      averagePrice: decimal('99'),
      venueTs,
      source: 'query',
      ...change,
    });
    await world.clock.advance(250);
    return world;
  }

  it('gets its quantity, at its average price, and our position none of it', async () => {
    const world = await begun();
    await world.answerTrades([]);

    expect(world.order('web_1')).toMatchObject({ phase: 'partially-filled', filledQty: decimal('0.5'), filledQuote: decimal('49.5') });
    expect(world.recordsOf('order').at(-1)?.change.fill).toMatchObject({ synthetic: true, beforeLedger: true, owner: 'EXTERNAL' });
    expect([world.qty(), world.missing.isHunting(BTC)]).toEqual(['0', false]);
  });

  it('goes on with its real trades from there', async () => {
    const world = await begun();
    await world.answerTrades([]);
    const fill = world.fill(1, '1.5', { venueOrderId: HAND });
    world.reports.report({
      ...world.report('web_1'),
      venueOrderId: HAND,
      phase: 'filled',
      filledQty: decimal('2'),
      fill,
      source: 'stream',
    });

    expect(world.order('web_1').phase).toBe('filled');
    expect(world.qty()).toBe('1.5');
  });

  it('is asked for, not guessed, while its trades cannot be read', async () => {
    const world = await begun();
    await world.fail('trades');

    expect(world.order('web_1').filledQty.toString()).toBe('0');
    expect(world.missing.isHunting(BTC)).toBe(true);
  });

  it('keeps what the history does show apart from what it does not', async () => {
    const world = await begun();
    await world.answerTrades([world.fill(1, '0.2', { venueOrderId: HAND, venueTs: usTime(world.ledgerStartTs + 1) })]);

    expect(world.order('web_1').filledQty.toString()).toBe('0.5');
    expect(world.qty()).toBe('0.2');
  });
});
