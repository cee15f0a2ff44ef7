/** Checks: public trades, best prices and mark prices, through the client's own subscriptions. */
import { expect } from '@jest/globals';
import { frames, lost, unitMore } from '../breaks/break.ts';
import type { ClientDesk } from '../clients/client-desk.ts';
import type { MarketFeed } from '../clients/client-under-test.ts';
import { SYMBOL } from '../clients/desk-venue.ts';
import type { Check } from './check.ts';

const STREAMS = 3;
const TRADE = /"e":"aggTrade"/;
const BEST = /"e":"bookTicker"/;
const MARK = /"e":"markPriceUpdate"/;

async function subscribed({ ours, venue }: ClientDesk): Promise<MarketFeed> {
  const { simulator } = venue;
  const delivered = (): number => simulator.deliveries('public') + simulator.deliveries('market');
  const before = delivered();
  const feed = await ours.marketFeed(SYMBOL);
  await venue.until('its streams', () => delivered() >= before + STREAMS);
  return feed;
}

export const MARKET_STREAM_CHECKS: readonly Check[] = [
  {
    id: 'trades-and-best',
    area: 'market streams',
    name: 'tells each trade with its side, and the best prices as they change',
    breaks: [
      frames('a price is told a unit off', TRADE, (text) => [unitMore('p')(text)]),
      frames('a quantity is told a unit off', TRADE, (text) => [unitMore('q')(text)]),
      frames('the other side is told to have taken', TRADE, (text) => [text.replace(/"m":(true|false)/, (_, m) => `"m":${m !== 'true'}`)]),
      lost('a trade is not told', TRADE, 2),
      frames('the best ask is told a unit off', BEST, (text) => [unitMore('a')(text)]),
      frames('the best prices are told no more', BEST, () => []),
    ],
    async run(desk) {
      const { ours, theirs, venue } = desk;
      const feed = await subscribed(desk);
      const best = (text: string) => venue.until(`best ${text}, told ${feed.best}`, () => feed.best.at(-1) === text);
      await theirs.place({ side: 'BUY', price: '179.5', quantity: '2' });
      await theirs.place({ side: 'SELL', price: '180.1', quantity: '1' });
      await best('179.5/180.1');
      await theirs.place({ side: 'SELL', price: '180.2', quantity: '1' });
      await ours.place({ side: 'BUY', price: '180.2', quantity: '1.5' });
      await best('179.5/180.2');
      await ours.place({ side: 'SELL', price: '179.5', quantity: '0.25' });
      await venue.until('the last trade', () => feed.trades.length >= 3);
      expect(feed.trades).toEqual(['BUY 1 at 180.1', 'BUY 0.5 at 180.2', 'SELL 0.25 at 179.5']);
    },
  },
  {
    id: 'mark-price',
    area: 'market streams',
    name: 'tells the mark price',
    breaks: [frames('it is told a unit off', MARK, (text) => [unitMore('p')(text)]), frames('it is not told', MARK, () => [])],
    async run(desk) {
      const { venue } = desk;
      const feed = await subscribed(desk);
      await venue.control('POST', 'mark', { symbol: SYMBOL, price: '181.25' });
      await venue.until('the mark price', () => feed.marks.length > 0 && feed.marks.at(-1) !== '180');
      expect(feed.marks.at(-1)).toBe('181.25');
    },
  },
];
