import { decimal, type OrderTerms, parseVenueOrderId } from '@fillwright/domain';
import type { OrderReport } from '@fillwright/venue';
import { expect, it } from '@jest/globals';
import { operationsOf } from '../_operations.ts';
import { BTC, settle, World } from '../_world.ts';

const TERMS: OrderTerms = {
  instrument: BTC,
  side: 'buy',
  type: 'limit',
  timeInForce: 'GTC',
  qty: decimal('1'),
  price: decimal('100'),
  reduceOnly: false,
  closePosition: false,
};

function open(world: World, count: number): readonly OrderReport[] {
  return Array.from({ length: count }, (_, index) => ({
    clientOrderId: `web_${index}`,
    venueOrderId: parseVenueOrderId(String(1_000_000 + index)),
    terms: TERMS,
    phase: 'new',
    filledQty: decimal('0'),
    venueTs: world.clock.wallUs(),
    source: 'query',
  }));
}

/** Operations on collections: take on so many orders, compare them, and learn of a trade for each. */
async function reconcile(count: number): Promise<number> {
  const world = new World();
  const orders = open(world, count);
  world.audit.start();
  const operations = await operationsOf(async () => {
    for (let pass = 0; pass < 2; pass += 1) {
      await world.clock.advance(10_000);
      await world.answer('openOrders', orders);
      await world.answer('openAlgoOrders', []);
      await settle();
    }
    orders.forEach(({ venueOrderId }, index) => {
      world.reports.trade(world.fill(index, '0.5', venueOrderId && { venueOrderId }));
    });
  });
  expect(world.book.liveCount).toBe(count);
  expect(world.qty()).toBe(String(count / 2));
  expect(world.broken).toEqual([]);
  return operations;
}

it('reconciling 10 000 orders costs in proportion to their number, not by its square', async () => {
  const few = await reconcile(1_000);
  const many = await reconcile(10_000);

  expect(few).toBeGreaterThan(1_000);
  // In proportion it would be ten times as much, by the square a hundred times.
  expect(many / few).toBeLessThan(11);
}, 60_000);
