/** Where ccxt passes a check in its own way. */
import { expect } from '@jest/globals';
import { frames, lost, notDone, unitMore } from '../breaks/break.ts';
import { ccxtAt } from './ccxt-at.ts';
import { orderEvents } from './client-desk.ts';
import type { OwnWay } from './client-under-test.ts';

const TRADE = /"x":"TRADE"/;
const SYMBOL = 'SOL/USDT:USDT';

/** It makes one update of several that come in one turn, but counts every trade. */
export const TELLS_TRADES: OwnWay = {
  how: 'it makes one update of those that come at once; every fill is told by watchMyTrades',
  breaks: [
    lost('a fill is not told', TRADE),
    frames('a fill is told a unit off', TRADE, (text) => [unitMore('l')(text)]),
    frames('a fill is told at another price', TRADE, (text) => [unitMore('L')(text)]),
  ],
  async run({ theirs, venue }) {
    for (const price of ['180', '180.1', '180.2']) await theirs.place({ side: 'SELL', price, quantity: '0.5' });
    const exchange = await ccxtAt(venue, venue.credentials('demo'));
    await exchange.loadMarkets();
    const seen: string[] = [];
    const watching = (async () => {
      for (;;) for (const { price, amount } of await exchange.watchMyTrades(SYMBOL)) seen.push(`${amount} at ${price}`);
    })().catch(() => {}); // it ends with the exchange object
    try {
      await venue.until('its private stream', () => venue.listeners() > 0);
      await exchange.createOrder(SYMBOL, 'limit', 'buy', 1.5, 180.2);
      await venue.until('three fills', () => seen.length >= 3);
      expect(seen).toEqual(['0.5 at 180', '0.5 at 180.1', '0.5 at 180.2']);
    } finally {
      await exchange.close();
      await watching;
    }
  },
};

export const NOTICES_EXPIRY: OwnWay = {
  how: 'it does not look at listenKeyExpired; it notices when its next keepalive is refused, and starts over',
  breaks: [
    notDone('a keepalive of a dead key is granted', /PUT .*listenKey/, '{"listenKey":"x"}'),
    frames('nothing is told after it', /"e":"ORDER_TRADE_UPDATE"/, () => []),
  ],
  async run({ ours, venue, id }) {
    await ours.userStream();
    await venue.control('POST', 'listen-keys', { account: 'demo' });
    expect(venue.listeners()).toBe(1); // the dead stream is still subscribed
    await ours.keepAlive();
    const again = await ours.userStream();
    await ours.place({ side: 'BUY', price: '175', quantity: '1', clientId: id('after') });
    await venue.until('the order is told', () => orderEvents(again.events).includes('after NEW NEW 0/0'));
  },
};
