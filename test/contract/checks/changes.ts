/** Checks: amending an order by the client's own function, in price and in size. */
import { expect } from '@jest/globals';
import { answer, notDone, unitMore } from '../breaks/break.ts';
import { CHANGES_PRICE_ONLY, KEEPS_ITS_PLACE } from '../breaks/core-breaks.ts';
import type { ClientDesk } from '../clients/client-desk.ts';
import { SYMBOL } from '../clients/desk-venue.ts';
import type { Check } from './check.ts';

const AMENDED = /PUT .*v1\/order$/;

function fromOutside({ venue }: ClientDesk, quantity: string): Promise<unknown> {
  return venue.control('POST', 'orders', { symbol: SYMBOL, side: 'BUY', price: '180', quantity });
}

export const CHANGE_CHECKS: readonly Check[] = [
  {
    id: 'amends',
    area: 'changes of orders',
    name: 'amends price and size; id, client id and what is filled stay',
    breaks: [
      notDone('an amend is answered and not done', AMENDED, { method: 'GET' }),
      CHANGES_PRICE_ONLY,
      answer('the new price is told a unit off', AMENDED, unitMore('price')),
      answer('what was filled before is forgotten', AMENDED, (body) => body.replace(/"executedQty":"[^"]*"/, '"executedQty":"0.00"')),
    ],
    async run({ ours, theirs, id }) {
      const order = await ours.place({ side: 'SELL', price: '181', quantity: '2', clientId: id('amended') });
      await theirs.place({ side: 'BUY', price: '181', quantity: '0.5' });
      const dearer = await ours.amend(order, { side: 'SELL', price: '182.5', quantity: '2' });
      expect(dearer).toEqual({ ...order, price: '182.5', filled: '0.5', status: 'PARTIALLY_FILLED' });
      const smaller = await ours.amend(order, { side: 'SELL', price: '182.5', quantity: '1.25' });
      expect(smaller).toEqual({ ...dearer, quantity: '1.25' });
      expect(await ours.openOrders(SYMBOL)).toEqual([smaller]);
      expect(await theirs.place({ side: 'BUY', price: '182.5', quantity: '1' })).toMatchObject({ filled: '0.75' });
      expect(await ours.order(order)).toEqual({ ...smaller, filled: '1.25', status: 'FILLED' });
    },
  },
  {
    id: 'amend-loses-place',
    area: 'changes of orders',
    name: 'puts an amended order behind those at its price, and ends one that is amended to what is filled',
    breaks: [KEEPS_ITS_PLACE, notDone('an amend is answered and not done', AMENDED, { method: 'GET' })],
    async run(desk) {
      const { ours, theirs } = desk;
      const order = await ours.place({ side: 'BUY', price: '180', quantity: '1' });
      await fromOutside(desk, '1');
      await ours.amend(order, { side: 'BUY', price: '180', quantity: '2' });
      await theirs.place({ side: 'SELL', price: '180', quantity: '1' });
      expect(await ours.order(order)).toMatchObject({ status: 'NEW', filled: '0' });
      await theirs.place({ side: 'SELL', price: '180', quantity: '0.5' });
      expect(await ours.order(order)).toMatchObject({ status: 'PARTIALLY_FILLED', filled: '0.5' });
      await ours.amend(order, { side: 'BUY', price: '179', quantity: '0.5' });
      expect(await ours.order(order)).toMatchObject({ status: 'CANCELED', filled: '0.5' });
    },
  },
];
