/** Checks: conditional orders, from placement over the trigger to what becomes of the ordinary order. */
import { describe, expect, it } from '@jest/globals';
import { type ClientDesk, openDesk, unless } from './client-desk.ts';
import type { Candidate } from './client-under-test.ts';
import { SYMBOL } from './desk-venue.ts';

/** One of ours is long 1 at 180, nobody rests. */
async function long({ ours, theirs }: ClientDesk): Promise<void> {
  await theirs.place({ side: 'SELL', price: '180', quantity: '1' });
  await ours.place({ side: 'BUY', price: '180', quantity: '1' });
}

/** The last price moves to `price`; `depth` more can be sold there. */
async function tradeDownTo({ venue }: ClientDesk, price: string, depth: string): Promise<void> {
  await venue.control('POST', 'book', { symbol: SYMBOL, bids: [[price, depth]], asks: [] });
  await venue.control('POST', 'trades', { symbol: SYMBOL, side: 'SELL', quantity: '0.05', price, account: 'second' });
}

export function describeConditional(candidate: Candidate): void {
  describe('conditional orders', () => {
    const desk = openDesk(candidate);

    it('places, lists, shows and cancels one; ordinary orders know nothing of it', async () => {
      const { ours, id } = desk();
      const placed = await ours.placeStop({ type: 'STOP_MARKET', side: 'SELL', trigger: '170', quantity: '1', clientId: id('stop') });
      expect(placed).toMatchObject({ clientId: id('stop'), status: 'NEW' });
      expect(await ours.openStops()).toEqual([placed]);
      expect(await ours.stop(placed.algoId)).toEqual(placed);
      expect(await ours.openOrders(SYMBOL)).toEqual([]);
      await ours.cancelAll(SYMBOL);
      expect(await ours.openStops()).toHaveLength(1);
      await ours.cancelStop(placed.algoId);
      expect(await ours.openStops()).toEqual([]);
      expect(await ours.stop(placed.algoId)).toEqual({ ...placed, status: 'CANCELED' });
    });

    it('cancels with a code that is a text, as only this service does', async () => {
      const { ours } = desk();
      const { algoId, clientId } = await ours.placeStop({ type: 'STOP_MARKET', side: 'SELL', trigger: '170', quantity: '1' });
      const answer = await ours.raw('DELETE', 'v1/algoOrder', { algoId });
      expect({ ...answer, algoId: String(answer.algoId) }).toMatchObject({ algoId, clientAlgoId: clientId, code: '200', msg: 'success' });
    });

    it('fires a stop at its trigger and not before, closes the position, and cannot be cancelled any more', async () => {
      const { ours } = desk();
      await long(desk());
      const stop = await ours.placeStop({ type: 'STOP_MARKET', side: 'SELL', trigger: '179', quantity: '1', reduceOnly: true });
      await tradeDownTo(desk(), '179.01', '5');
      expect(await ours.stop(stop.algoId)).toMatchObject({ status: 'NEW' });
      expect(await ours.position(SYMBOL)).toMatchObject({ amount: '1' });

      await tradeDownTo(desk(), '178.9', '5');
      expect(await ours.stop(stop.algoId)).toMatchObject({ status: 'FINISHED' });
      expect(await ours.position(SYMBOL)).toMatchObject({ amount: '0' });
      expect((await ours.trades(SYMBOL)).map(({ price, quantity, profit }) => [price, quantity, profit])).toEqual([
        ['180', '1', '0'],
        ['178.9', '1', '-1.1'],
      ]);
      await expect(ours.cancelStop(stop.algoId).catch((error) => candidate.refusalOf(error))).resolves.toEqual({
        code: -2011,
        msg: 'Unknown order sent.',
      });
    });

    it('turns a take-profit with a price into a limit order that rests', async () => {
      const { ours, venue } = desk();
      await long(desk());
      await ours.placeStop({ type: 'TAKE_PROFIT', side: 'SELL', trigger: '181', price: '182', quantity: '1', reduceOnly: true });
      await venue.control('POST', 'book', { symbol: SYMBOL, bids: [], asks: [['181', '5']] });
      await venue.control('POST', 'trades', { symbol: SYMBOL, side: 'BUY', quantity: '0.05', price: '181', account: 'second' });
      expect(await ours.openOrders(SYMBOL)).toMatchObject([{ status: 'NEW', price: '182', quantity: '1' }]);
      expect(await ours.openStops()).toEqual([]);
    });

    it('closes the whole position, whatever its size is by then', async () => {
      const { ours, theirs } = desk();
      await long(desk());
      await ours.placeStop({ type: 'STOP_MARKET', side: 'SELL', trigger: '179', closePosition: true });
      await theirs.place({ side: 'SELL', price: '180', quantity: '0.7' });
      await ours.place({ side: 'BUY', price: '180', quantity: '0.7' });
      await tradeDownTo(desk(), '178.9', '5');
      expect(await ours.position(SYMBOL)).toMatchObject({ amount: '0' });
    });

    it('follows the price with a trailing stop', async () => {
      const { ours, venue } = desk();
      await long(desk());
      await ours.placeStop({ type: 'TRAILING_STOP_MARKET', side: 'SELL', callbackRate: '1', quantity: '1', reduceOnly: true });
      await venue.control('POST', 'book', { symbol: SYMBOL, bids: [], asks: [['185', '5']] });
      await venue.control('POST', 'trades', { symbol: SYMBOL, side: 'BUY', quantity: '0.05', price: '185', account: 'second' });
      await tradeDownTo(desk(), '183.2', '5'); // 1 % below 185 is 183.15
      expect(await ours.position(SYMBOL)).toMatchObject({ amount: '1' });
      await tradeDownTo(desk(), '183.1', '5');
      expect(await ours.position(SYMBOL)).toMatchObject({ amount: '0' });
    });

    unless(candidate, 'algo events')('tells its life on the user stream', async () => {
      const { ours, venue, id } = desk();
      await long(desk());
      const { events } = await ours.userStream();
      await ours.placeStop({
        ...{ type: 'STOP_MARKET', side: 'SELL', trigger: '179', quantity: '1', reduceOnly: true, clientId: id('told') },
      });
      const told = () => events.flatMap((event) => (event.type === 'algo' && event.clientId === id('told') ? [event.status] : []));
      await venue.until('the algo order is told', () => told().length === 1);
      await tradeDownTo(desk(), '178.9', '5');
      await venue.until('its end is told', () => told().includes('FINISHED'));
      const merged = candidate.gaps['events within one command'] !== undefined;
      expect(told()).toEqual(merged ? ['NEW', 'FINISHED'] : ['NEW', 'TRIGGERING', 'TRIGGERED', 'FINISHED']);
    });
  });
}
