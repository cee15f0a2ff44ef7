import { parseInstrumentId, usTime } from '@fillwright/domain';
import { expect, it } from '@jest/globals';
import { MarketView } from '../../src/feeds/market-view.ts';
import { BTC, TestClock } from '../_world.ts';

const ETH = parseInstrumentId('ETHUSDT-PERP.BINANCE');

function mark(instrument = BTC, price = '100') {
  return { instrument, mark: price, index: price, fundingRate: '0', nextFundingTs: usTime(1), venueTs: usTime(1), receivedTs: usTime(1) };
}

it('gives the newest mark of an instrument until it is too old to trade on', async () => {
  const clock = new TestClock();
  const view = new MarketView(clock, 5_000);
  expect(view.staleness(BTC)).toMatchObject({ code: 'STALE_MARK', text: expect.stringContaining('market-server') });
  view.mark(mark(BTC, '100'));
  view.mark(mark(BTC, '101'));
  await clock.advance(5_000);
  expect([view.markOf(BTC)?.toString(), view.staleness(BTC), view.markOf(ETH)]).toEqual(['101', undefined, undefined]);
  await clock.advance(1);

  expect(view.markOf(BTC)).toBeUndefined();
  expect(view.staleness(BTC)).toMatchObject({ code: 'STALE_MARK' });
});

it('never calls a mark stale where none is expected', async () => {
  const clock = new TestClock();
  const view = new MarketView(clock, 0);
  expect(view.staleness(BTC)).toBeUndefined();
  view.mark(mark());
  await clock.advance(1e9);

  expect(view.markOf(BTC)?.toString()).toBe('100');
});
