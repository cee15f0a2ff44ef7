/** Checks: the key of the user stream is kept alive, dies in time, says so, and can be had again. */
import { DEFAULT_OPTIONS } from '@fillwright/exchange-simulator';
import { expect } from '@jest/globals';
import { answer, type Break, frames, notDone, setUp } from '../breaks/break.ts';
import { type ClientDesk, orderEvents, told } from '../clients/client-desk.ts';
import { clientTimers } from '../clients/leftover-timers.ts';
import type { Check } from './check.ts';

const KEPT_ALIVE = /PUT .*listenKey/;
/** Its timers for it are of 50 s and more; nothing else of a client waits so long. */
const LONG_MS = 30_000;

async function expiresMs({ venue }: ClientDesk): Promise<number> {
  return Number((await venue.control('GET', 'accounts/demo')).listenKeyExpires ?? Number.NaN);
}

const DEAD_KEEPALIVE = notDone('a keepalive is answered and nothing lives longer', KEPT_ALIVE, '{"listenKey":"x"}');

const ANOTHER_EACH_TIME: Break = {
  name: 'another one is told each time',
  wire: (struck) => {
    let count = 0;
    return (
      answer('', /POST .*listenKey/, (body) => body.replace(/"\w(\w{63})"/, (_, rest) => `"${count++ % 10}${rest}"`)).wire?.(struck) ?? {}
    );
  },
};

export const LISTEN_KEY_CHECKS: readonly Check[] = [
  {
    id: 'key-same',
    area: 'listen key',
    name: 'is the same one as long as it lives, and is gone when the client closes it',
    codes: [-1125],
    breaks: [ANOTHER_EACH_TIME, notDone('its close is answered and not done', /DELETE .*listenKey/, '{}')],
    async run(desk) {
      const { ours } = desk;
      const { listenKey } = await ours.raw('POST', 'v1/listenKey', {});
      expect(listenKey).toMatch(/^\w{64}$/);
      expect(await ours.raw('POST', 'v1/listenKey', {})).toEqual({ listenKey });
      await ours.raw('DELETE', 'v1/listenKey', {});
      expect(await told(desk, () => ours.raw('PUT', 'v1/listenKey', {}))).toEqual({ code: -1125, msg: 'This listenKey does not exist.' });
    },
  },
  {
    id: 'key-keepalive',
    area: 'listen key',
    name: 'lives longer after each keepalive',
    breaks: [DEAD_KEEPALIVE],
    async run(desk) {
      const { ours, venue } = desk;
      await ours.userStream();
      const before = await expiresMs(desk);
      await venue.until('a later end', async () => {
        await ours.keepAlive();
        return (await expiresMs(desk)) > before;
      });
    },
  },
  {
    id: 'key-own-timer',
    area: 'listen key',
    name: 'is kept alive by the timer of the client itself',
    breaks: [DEAD_KEEPALIVE],
    async run(desk) {
      const { ours, venue } = desk;
      const others = new Set(clientTimers(LONG_MS));
      await ours.userStream();
      const before = await expiresMs(desk);
      const timers = clientTimers(LONG_MS).filter((timer) => !others.has(timer));
      expect(timers).not.toEqual([]);
      // The venue's clock goes on by itself; the client's hour is over when we say so.
      await venue.until('a later end', async () => {
        for (const timer of timers) timer.fire();
        return (await expiresMs(desk)) > before;
      });
    },
  },
  {
    id: 'key-expiry',
    area: 'listen key',
    name: 'says that it expires; a new one brings the events back',
    breaks: [
      frames('the expiry is not told', /listenKeyExpired/, () => []),
      frames('nothing is told after it', /"e":"ORDER_TRADE_UPDATE"/, () => []),
    ],
    async run({ ours, venue, id }) {
      const { events } = await ours.userStream();
      await venue.control('POST', 'listen-keys', { account: 'demo' });
      await venue.until('the expiry is told', () => events.some((event) => event.type === 'other' && /expired/i.test(event.name)));
      const again = await ours.userStream();
      await ours.place({ side: 'BUY', price: '175', quantity: '1', clientId: id('after') });
      await venue.until('the order is told', () => orderEvents(again.events).includes('after NEW NEW 0/0'));
    },
  },
  {
    id: 'key-dies',
    area: 'listen key',
    name: 'dies when its time is over and nobody kept it alive',
    codes: [-1125],
    options: { streams: { ...DEFAULT_OPTIONS.streams, listenKeyLifeMs: 200 } },
    breaks: [
      setUp('it never expires', { streams: DEFAULT_OPTIONS.streams }),
      answer('a dead one can be kept alive', KEPT_ALIVE, () => '{}'),
    ],
    async run(desk) {
      const { ours, venue } = desk;
      await ours.raw('POST', 'v1/listenKey', {});
      await venue.until('its end', async () => Number.isNaN(await expiresMs(desk)));
      expect(await told(desk, () => ours.raw('PUT', 'v1/listenKey', {}))).toEqual({ code: -1125, msg: 'This listenKey does not exist.' });
    },
  },
];
