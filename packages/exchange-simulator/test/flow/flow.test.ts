import { describe, expect, it } from '@jest/globals';
import { TestVenue } from '../kit.ts';

/** Everything a client could see in a scripted minute. */
async function transcript(seed: string): Promise<string> {
  const test = await TestVenue.open({ seed });
  const client = test.client();
  const user = client.userStream();
  const market = test.connect('/public/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker/ethusdt@trade');
  const answers: string[] = [];
  for (let second = 0; second < 60; second += 1) {
    test.clock.advance(1000);
    const { bids } = test.now(test.raw('GET', '/fapi/v1/depth?symbol=BTCUSDT&limit=5')).json;
    const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: bids[0][0], quantity: '0.010' };
    answers.push(client.order(order).text);
  }
  return [...answers, ...user.frames, ...market.frames].join('\n');
}

describe('synthetic flow', () => {
  it('moves books several times a second and fills a quote at the touch within seconds', async () => {
    const test = await TestVenue.open();
    const client = test.client();
    const socket = test.connect('/public/ws/btcusdt@bookTicker');
    let filledAfterMs: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const side = round % 2 === 0 ? 'BUY' : 'SELL';
      const book = test.now(test.raw('GET', '/fapi/v1/ticker/bookTicker?symbol=BTCUSDT')).json;
      const price = side === 'BUY' ? book.bidPrice : book.askPrice;
      const { orderId } = client.order({ symbol: 'BTCUSDT', side, type: 'LIMIT', timeInForce: 'GTC', price, quantity: '0.010' }).json;
      const startMs = test.clock.nowMs;
      const state = () => client.call('GET', '/fapi/v1/order', { symbol: 'BTCUSDT', orderId }).json.status;
      while (test.clock.nowMs < startMs + 20_000 && state() !== 'FILLED') test.clock.advance(100);
      filledAfterMs.push(test.clock.nowMs - startMs);
      client.call('DELETE', '/fapi/v1/allOpenOrders', { symbol: 'BTCUSDT' });
    }
    filledAfterMs = filledAfterMs.sort((a, b) => a - b);
    expect(filledAfterMs[10]).toBeLessThan(5_000);
    const seconds = (test.clock.nowMs - 1_793_491_200_000) / 1000;
    expect(socket.take().length / seconds).toBeGreaterThan(3);
  });

  it('stays near its price for hours, with two sides always there', async () => {
    const test = await TestVenue.open();
    for (let hour = 0; hour < 2; hour += 1) {
      test.clock.advance(1_800_000);
      const market = test.venue.engine.market('BTCUSDT');
      expect(market?.book.bids.size).toBeGreaterThan(5);
      expect(market?.book.asks.size).toBeGreaterThan(5);
      const mark = Number(test.now(test.raw('GET', '/fapi/v1/premiumIndex?symbol=BTCUSDT')).json.markPrice);
      expect(Math.abs(mark / 92_000 - 1)).toBeLessThan(0.05);
    }
  }, 60_000);

  it('gives the same bytes for the same seed and others for another', async () => {
    const [once, twice, other] = [await transcript('7'), await transcript('7'), await transcript('8')];
    expect(once.length).toBeGreaterThan(10_000);
    expect(twice).toBe(once);
    expect(other).not.toBe(once);
  });

  it('leaves a symbol without flow quiet and empty', async () => {
    const test = await TestVenue.open();
    test.clock.advance(60_000);
    const { bids, asks } = test.now(test.raw('GET', '/fapi/v1/depth?symbol=SOLUSDT')).json;
    expect([bids, asks]).toEqual([[], []]);
  });
});
