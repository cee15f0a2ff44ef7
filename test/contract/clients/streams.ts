/** Checks: the user stream is complete and in order, its key lives and dies as told, and a local book stays in step with the core. */
import { describe, expect, it } from '@jest/globals';
import { type ClientDesk, openDesk, orderEvents, unless } from './client-desk.ts';
import type { Candidate, KeptBook, UserEvent } from './client-under-test.ts';
import { MOVING, SYMBOL } from './desk-venue.ts';

export function describeStreams(candidate: Candidate): void {
  describeUserStream(candidate);
  describeListenKey(candidate);
  describeBook(candidate);
}

function describeUserStream(candidate: Candidate): void {
  describe('the user stream', () => {
    const desk = openDesk(candidate);

    it('tells each step of an order once and in order, and nothing of others', async () => {
      const { ours, theirs, venue, id } = desk();
      const { events } = await ours.userStream();
      const steps = (count: number) => venue.until(`${count} order events`, () => orderEvents(events).length >= count);
      const order = await ours.place({ side: 'BUY', price: '180', quantity: '1', clientId: id('told') });
      await steps(1);
      await theirs.place({ side: 'SELL', price: '180', quantity: '0.3', clientId: id('other') });
      await steps(2);
      await ours.amend(order, { side: 'BUY', price: '179', quantity: '0.8' });
      await steps(3);
      await theirs.place({ side: 'SELL', price: '179', quantity: '0.2' });
      await steps(4);
      await ours.cancel(order);
      await steps(5);
      await ours.place({ side: 'BUY', price: '175', quantity: '1', clientId: id('last') });
      await steps(6);
      expect(orderEvents(events)).toEqual([
        'told NEW NEW 0/0',
        'told TRADE PARTIALLY_FILLED 0.3/0.3',
        'told AMENDMENT PARTIALLY_FILLED 0/0.3',
        'told TRADE PARTIALLY_FILLED 0.2/0.5',
        'told CANCELED CANCELED 0/0.5',
        'last NEW NEW 0/0',
      ]);
    });

    unless(candidate, 'events within one command')('tells every fill of one command, each with its own event', async () => {
      const { ours, theirs, venue, id } = desk();
      for (const price of ['180', '180.1', '180.2']) await theirs.place({ side: 'SELL', price, quantity: '0.5' });
      const { events } = await ours.userStream();
      await ours.place({ side: 'BUY', price: '180.1', quantity: '1.5', timeInForce: 'IOC', clientId: id('swept') });
      await venue.until('the last order event', () => orderEvents(events).length >= 4);
      expect(orderEvents(events)).toEqual([
        'swept NEW NEW 0/0',
        'swept TRADE PARTIALLY_FILLED 0.5/0.5',
        'swept TRADE PARTIALLY_FILLED 0.5/1',
        'swept EXPIRED EXPIRED 0/1',
      ]);
    });

    unless(candidate, 'account events')('tells wallet and position after each fill as REST has them', async () => {
      const { ours, theirs, venue } = desk();
      const { events } = await ours.userStream();
      const accounts = () => events.filter((event): event is UserEvent & { type: 'account' } => event.type === 'account');
      await ours.place({ side: 'BUY', price: '180', quantity: '1' });
      for (const [count, quantity] of [
        [1, '0.4'],
        [2, '0.6'],
      ] as const) {
        await theirs.place({ side: 'SELL', price: '180', quantity });
        await venue.until(`${count} account events`, () => accounts().length >= count);
        const { wallet } = await ours.balance();
        const { amount } = await ours.position(SYMBOL);
        expect(accounts().at(-1)).toMatchObject({ wallet, amounts: { [SYMBOL]: amount } });
      }
      expect(accounts()).toHaveLength(2);
    });
  });
}

async function listenKeyExpires({ venue }: ClientDesk): Promise<number> {
  return Number((await venue.control('GET', 'accounts/demo')).listenKeyExpires);
}

function describeListenKey(candidate: Candidate): void {
  describe('the listen key', () => {
    const desk = openDesk(candidate);

    it('lives longer after each keepalive', async () => {
      const { ours, venue } = desk();
      await ours.userStream();
      const before = await listenKeyExpires(desk());
      await venue.until('a later end', async () => {
        await ours.keepAlive();
        return (await listenKeyExpires(desk())) > before;
      });
    });

    unless(candidate, 'expiry event')('says that it expires; a new one brings the events back', async () => {
      const { ours, venue, id } = desk();
      const { events } = await ours.userStream();
      await venue.control('POST', 'listen-keys', { account: 'demo' });
      await venue.until('the expiry is told', () => events.some((event) => event.type === 'other' && /expired/i.test(event.name)));
      const again = await ours.userStream();
      await ours.place({ side: 'BUY', price: '175', quantity: '1', clientId: id('after') });
      await venue.until('the order is told', () => orderEvents(again.events).includes('after NEW NEW 0/0'));
    });
  });
}

async function inStep({ ours, venue }: ClientDesk, disturb: () => Promise<void>): Promise<KeptBook> {
  const book = await ours.keepBook(MOVING);
  const frames = async (count: number) => {
    const target = book.frames + count;
    await venue.until(`${count} more frames`, () => book.frames >= target);
  };
  venue.simulator.setFlow(true, MOVING);
  await frames(8);
  await disturb();
  await frames(4);
  venue.simulator.setFlow(false);
  const core = venue.book(MOVING, 1_000);
  expect(core.bids.length).toBeGreaterThan(10);
  // The last frames are on their way; a difference that stays is shown by the comparison.
  await venue.until('the book equals the core', () => JSON.stringify(book.rows(1_000)) === JSON.stringify(core)).catch(() => {});
  expect(book.rows(1_000)).toEqual(core);
  return book;
}

function describeBook(candidate: Candidate): void {
  describe('a local book', () => {
    const desk = openDesk(candidate);

    it('equals the core level by level after flow', async () => {
      const { restarts = 0 } = await inStep(desk(), async () => {});
      expect(restarts).toBe(0);
    });

    unless(candidate, 'reconnect')('finds its way back after a cut connection', async () => {
      const { venue } = desk();
      await inStep(desk(), () => venue.control('POST', 'sockets', { action: 'cut', route: 'public' }).then(() => {}));
    });
  });
}
