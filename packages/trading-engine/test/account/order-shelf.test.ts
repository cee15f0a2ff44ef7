import { initialOrder, type Order, parseOwnerTag, usTime, type VenueOrderId } from '@fillwright/domain';
import { describe, expect, it } from '@jest/globals';
import type { OrderArchive } from '../../src/account/order-archive.ts';
import { OrderShelf } from '../../src/account/order-shelf.ts';
import { BTC } from '../_world.ts';
import { idOf } from './_histories.ts';

const TS = usTime(1_795_000_000_000_000);
const CLOSED = 3_000;
/** An order in memory takes about 2 kB. */
const MOST_IN_MEMORY = 2_000;

function closedOrder(n: number): Order {
  const terms = { instrument: BTC, side: 'buy', type: 'limit', timeInForce: 'GTC', qty: '1', price: '100' };
  const made = { type: 'initialized', clientOrderId: idOf(n), ts: TS, owner: parseOwnerTag('q1'), strategy: 's', terms, external: false };
  const order = initialOrder(made as never);
  return { ...order, state: 'closed', phase: 'canceled', venueOrderId: String(n) as VenueOrderId, closedTs: TS, updatedTs: TS } as Order;
}

describe('closed orders', () => {
  it('leave memory beyond a bound that small accounts reach within minutes, and are still found by every name', () => {
    const archived = new Map<string, string>();
    const archive: OrderArchive = {
      pos: CLOSED,
      note: ({ clientOrderId }, _pos, names) => void archived.set(clientOrderId, names[0] ?? ''),
      find: (id) => (archived.has(id) ? closedOrder([...archived.keys()].indexOf(id) + 1) : undefined),
      findName: (name) => [...archived].find(([, known]) => known === name)?.[0],
    };
    const shelf = new OrderShelf();
    shelf.attach(archive);
    for (let n = 1; n <= CLOSED; n += 1) shelf.put(closedOrder(n), n);

    expect(shelf.forget(TS, CLOSED)).toBe(CLOSED - MOST_IN_MEMORY);
    expect(shelf.closedCount).toBe(MOST_IN_MEMORY);
    expect(shelf.namesOf(idOf(1))).toEqual([]);
    for (const n of [1, CLOSED]) {
      expect(shelf.get(idOf(n))?.clientOrderId).toBe(idOf(n));
      expect(shelf.byVenueId(BTC, String(n))?.clientOrderId).toBe(idOf(n));
    }
  });
});
