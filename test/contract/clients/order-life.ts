/** Checks: markets, the whole life of orders, positions and balances after each step. */
import { describe, expect, it } from '@jest/globals';
import { openDesk } from './client-desk.ts';
import type { Candidate } from './client-under-test.ts';
import { LONG_IDS, SYMBOL } from './desk-venue.ts';

export function describeOrderLife(candidate: Candidate): void {
  describe('orders', () => {
    const desk = openDesk(candidate);

    it('loads the markets with their grids', async () => {
      const { ours } = desk();
      expect(await ours.markets()).toMatchObject({
        BTCUSDT: { tick: '0.1', step: '0.001', minNotional: '50' },
        SOLUSDT: { tick: '0.01', step: '0.01', minNotional: '5' },
      });
    });

    it('lives through place, partial fill, amend, fill and close, with position and money right after each step', async () => {
      const { ours, theirs, id } = desk();
      const money = async () => [await ours.balance(), await ours.position(SYMBOL)];
      expect(await money()).toMatchObject([{ wallet: '100000', available: '100000' }, { amount: '0' }]);

      const placed = await ours.place({ side: 'BUY', price: '180', quantity: '1', clientId: id('life') });
      expect(placed).toMatchObject({ clientId: id('life'), status: 'NEW', price: '180', quantity: '1', filled: '0' });
      expect(await ours.openOrders(SYMBOL)).toEqual([placed]);
      // 180 at 20 x.
      expect(await money()).toMatchObject([{ wallet: '100000', available: '99991' }, { amount: '0' }]);

      const taken = await theirs.place({ side: 'SELL', price: '180', quantity: '0.4', timeInForce: 'IOC' });
      expect(taken).toMatchObject({ status: 'FILLED', filled: '0.4' });
      expect(await ours.order(placed)).toMatchObject({ status: 'PARTIALLY_FILLED', filled: '0.4' });
      // Maker fee 72 x 0.02 %; theirs, the taker's, 72 x 0.05 %.
      expect(await money()).toMatchObject([
        { wallet: '99999.9856', available: '99990.9856' },
        { amount: '0.4', entryPrice: '180', unrealized: '0' },
      ]);
      expect([await theirs.balance(), await theirs.position(SYMBOL)]).toMatchObject([{ wallet: '99999.964' }, { amount: '-0.4' }]);

      const amended = await ours.amend(placed, { side: 'BUY', price: '179.5', quantity: '1.2' });
      expect(amended).toMatchObject({ orderId: placed.orderId, price: '179.5', quantity: '1.2', filled: '0.4' });
      await theirs.place({ side: 'SELL', price: '179.5', quantity: '0.8' });
      expect(await ours.order(placed)).toMatchObject({ status: 'FILLED', filled: '1.2', price: '179.5' });
      expect(await ours.openOrders(SYMBOL)).toEqual([]);
      // (0.4 x 180 + 0.8 x 179.5) / 1.2; marked at 180.
      expect(await money()).toMatchObject([{ wallet: '99999.95688' }, { amount: '1.2', entryPrice: '179.66666667', unrealized: '0.4' }]);

      await theirs.place({ side: 'BUY', price: '181', quantity: '1.2' });
      const closed = await ours.place({ side: 'SELL', quantity: '1.2', reduceOnly: true });
      expect(closed).toMatchObject({ status: 'FILLED', filled: '1.2' });
      // Profit 217.2 - 215.6, taker fee 0.1086.
      expect(await money()).toMatchObject([{ wallet: '100001.44828', available: '100001.44828' }, { amount: '0' }]);

      expect(await ours.trades(SYMBOL)).toEqual([
        { orderId: placed.orderId, price: '180', quantity: '0.4', fee: '0.0144', profit: '0', maker: true },
        { orderId: placed.orderId, price: '179.5', quantity: '0.8', fee: '0.02872', profit: '0', maker: true },
        { orderId: closed.orderId, price: '181', quantity: '1.2', fee: '0.1086', profit: '1.6', maker: false },
      ]);
    });

    it('cancels one, and all', async () => {
      const { ours } = desk();
      const [first, second, third] = [
        await ours.place({ side: 'BUY', price: '175', quantity: '1' }),
        await ours.place({ side: 'BUY', price: '176', quantity: '2' }),
        await ours.place({ side: 'SELL', price: '185', quantity: '3' }),
      ];
      expect(await ours.cancel(first)).toEqual({ ...first, status: 'CANCELED' });
      expect((await ours.openOrders(SYMBOL)).map(({ orderId }) => orderId)).toEqual([second.orderId, third.orderId]);
      await ours.cancelAll(SYMBOL);
      expect(await ours.openOrders(SYMBOL)).toEqual([]);
      expect(await ours.order(third)).toMatchObject({ status: 'CANCELED', filled: '0' });
      await ours.cancelAll(SYMBOL); // also when nothing is open
    });

    it('expires what an immediate-or-cancel order and a market order leave', async () => {
      const { ours, theirs } = desk();
      await theirs.place({ side: 'SELL', price: '181', quantity: '0.5' });
      expect(await ours.place({ side: 'BUY', price: '181', quantity: '1', timeInForce: 'IOC' })).toMatchObject({
        status: 'EXPIRED',
        filled: '0.5',
      });
      await theirs.place({ side: 'SELL', price: '181', quantity: '0.5' });
      expect(await ours.place({ side: 'BUY', quantity: '2' })).toMatchObject({ status: 'EXPIRED', filled: '0.5' });
      expect(await ours.place({ side: 'BUY', price: '181', quantity: '1', timeInForce: 'IOC' })).toMatchObject({
        status: 'EXPIRED',
        filled: '0',
      });
      expect(await ours.position(SYMBOL)).toMatchObject({ amount: '1', entryPrice: '181' });
    });

    it('fills a fill-or-kill order whole', async () => {
      const { ours, theirs } = desk();
      await theirs.place({ side: 'SELL', price: '180', quantity: '0.5' });
      await theirs.place({ side: 'SELL', price: '180.5', quantity: '0.5' });
      expect(await ours.place({ side: 'BUY', price: '180.5', quantity: '1', timeInForce: 'FOK' })).toMatchObject({ status: 'FILLED' });
      expect(await ours.position(SYMBOL)).toMatchObject({ amount: '1', entryPrice: '180.25' });
    });

    it('batches: orders and refusals in the order sent', async () => {
      const { ours } = desk();
      const rows = await ours.batch([
        { side: 'BUY', price: '175', quantity: '1' },
        { side: 'BUY', price: '190', quantity: '1' },
        { side: 'SELL', price: '185', quantity: '2' },
      ]);
      expect(rows).toMatchObject([
        { status: 'NEW', price: '175' },
        { code: -4016, msg: "Limit price can't be higher than 189.0000." },
        { status: 'NEW', price: '185' },
      ]);
      expect(await ours.openOrders(SYMBOL)).toHaveLength(2);
    });

    it(`${candidate.keepsLongIds ? 'keeps' : 'loses'} the last digits of a 19-digit order id`, async () => {
      const { ours, venue, id } = desk();
      const placed = await ours.place({ symbol: LONG_IDS, side: 'BUY', price: '3000', quantity: '0.1', clientId: id('long') });
      const cancel = ours.cancel({ symbol: LONG_IDS, orderId: placed.orderId });
      if (candidate.keepsLongIds) {
        expect(placed.orderId).toBe(venue.newestOrderId('demo', LONG_IDS));
        expect(await cancel).toMatchObject({ status: 'CANCELED' });
        return;
      }
      // The client holds another order's id: the venue does not know it. Its own client id finds the order.
      await expect(cancel.catch((error) => candidate.refusalOf(error))).resolves.toMatchObject({ code: -2011 });
      expect(venue.openOrders('demo')).toBe(1);
      await ours.raw('DELETE', 'v1/order', { symbol: LONG_IDS, origClientOrderId: id('long') });
      expect(venue.openOrders('demo')).toBe(0);
    });

    it('sets the leverage, and margin follows it', async () => {
      const { ours } = desk();
      await ours.place({ side: 'BUY', price: '180', quantity: '1' });
      await ours.setLeverage(SYMBOL, 10);
      expect(await ours.balance()).toMatchObject({ available: '99982' });
    });
  });
}
