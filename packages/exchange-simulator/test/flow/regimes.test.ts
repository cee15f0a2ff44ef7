import { describe, expect, it } from '@jest/globals';
import type { Regime } from '../../src/flow/regimes.ts';
import { DEMO_SYMBOLS } from '../../src/mod.ts';
import { TestVenue } from '../kit.ts';

interface Seen {
  /** Middle prices, one a second. */
  readonly mids: readonly number[];
  readonly spreads: readonly number[];
  /** Quote within 0.2 % of the middle, both sides. */
  readonly depths: readonly number[];
  readonly trades: number;
}

/** What one sees of a symbol in so many seconds; the book is never crossed and never one-sided. */
function watch(test: TestVenue, seconds: number): Seen {
  const market = test.venue.engine.market('BTCUSDT');
  if (market === undefined) throw new Error('no market');
  const [mids, spreads, depths]: [number[], number[], number[]] = [[], [], []];
  let tradeId = market.hiddenState().nextTradeId;
  const firstTrade = tradeId;
  for (let second = 0; second < seconds; second += 1) {
    test.clock.advance(1_000);
    const { bids, asks } = market.book;
    const [bid, ask] = [bids.best()?.ticks ?? Number.NaN, asks.best()?.ticks ?? Number.NaN];
    expect(bid).toBeLessThan(ask);
    const mid = (bid + ask) / 2;
    mids.push(mid);
    spreads.push((ask - bid) / mid);
    let depth = 0;
    for (const side of [bids, asks]) {
      for (let n = 0; n < side.size; n += 1) {
        const level = side.nth(n);
        if (level !== undefined && Math.abs(level.ticks / mid - 1) < 0.002) depth += (level.ticks * level.lots) / 10_000;
      }
    }
    depths.push(depth);
  }
  tradeId = market.hiddenState().nextTradeId;
  return { mids, spreads, depths, trades: tradeId - firstTrade };
}

function opened(flow: Regime, seed: string): Promise<TestVenue> {
  return TestVenue.open({ seed, symbols: DEMO_SYMBOLS.slice(0, 1).map((symbol) => ({ ...symbol, flow })) });
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const change = (mids: readonly number[]): number => (mids.at(-1) ?? 0) / (mids[0] ?? 1) - 1;
/** Root mean square of the change per second, in basis points. */
const volatility = (mids: readonly number[]): number =>
  10_000 * Math.sqrt(average(mids.slice(1).map((mid, n) => (mid / (mids[n] ?? mid) - 1) ** 2)));

describe.each(['1', '2'])('synthetic flow of seed %s', (seed) => {
  it('is calm: deep, narrow, and hardly moves', async () => {
    const [calm, walk] = [watch(await opened('calm', seed), 240), watch(await opened('walk', seed), 240)];
    expect(volatility(calm.mids)).toBeLessThan(volatility(walk.mids) / 2);
    expect(Math.abs(change(calm.mids))).toBeLessThan(0.001);
    expect(average(calm.depths)).toBeGreaterThan(average(walk.depths));
    expect(average(calm.spreads)).toBeLessThan(0.00002);
  });

  it('trends: far one way within minutes', async () => {
    const [trending, walk] = [watch(await opened('trending', seed), 240), watch(await opened('walk', seed), 240)];
    const highest = Math.max(...trending.mids) / Math.min(...trending.mids) - 1;
    expect(highest).toBeGreaterThan(0.004);
    expect(Math.max(...walk.mids) / Math.min(...walk.mids) - 1).toBeLessThan(0.003);
    expect(trending.trades).toBeGreaterThan(walk.trades);
  });

  it('is thin: a wide spread, little in the book, few trades', async () => {
    const [thin, walk] = [watch(await opened('thin', seed), 300), watch(await opened('walk', seed), 300)];
    expect(average(thin.spreads)).toBeGreaterThan(4 * average(walk.spreads));
    expect(average(thin.depths)).toBeLessThan(average(walk.depths) / 10);
    expect(thin.trades).toBeLessThan(walk.trades / 3);
    expect(thin.trades).toBeGreaterThan(0);
  });

  it('crashes in a flash and comes most of the way back', async () => {
    const { mids, depths } = watch(await opened('flash-crash', seed), 240);
    const lowest = Math.min(...mids);
    const at = mids.indexOf(lowest);
    expect(lowest / (mids[0] ?? 0) - 1).toBeLessThan(-0.09);
    expect(lowest / (mids[0] ?? 0) - 1).toBeGreaterThan(-0.16);
    // The fall itself takes 20 s.
    expect((mids[48] ?? 0) / (mids[0] ?? 1) - 1).toBeLessThan(-0.08);
    expect(at).toBeGreaterThan(35);
    expect(at).toBeLessThan(75);
    expect(change(mids)).toBeGreaterThan(-0.04);
    expect(Math.min(...depths.slice(30, 65))).toBeLessThan(average(depths.slice(0, 25)) / 5);
  });
});

describe('the regime of a symbol', () => {
  it('is switched while it runs, of one symbol or of all, and the same seed gives the same again', async () => {
    const run = async () => {
      const test = await opened('walk', '5');
      test.clock.advance(5_000);
      expect(test.control('POST', 'flow', { regime: 'thin', symbol: 'BTCUSDT' }).json).toEqual({ flowing: ['BTCUSDT'], regime: 'thin' });
      const thin = watch(test, 60);
      test.control('POST', 'flow', { regime: 'calm' });
      return { thin, calm: watch(test, 60), markets: test.control('GET', 'markets').text };
    };
    const [once, twice] = [await run(), await run()];
    expect(average(once.thin.depths)).toBeLessThan(average(once.calm.depths) / 10);
    expect(once.markets).toContain('"regime":"calm"');
    expect(twice).toEqual(once);
  });

  it.each([
    [{ regime: 'wild' }, /unknown regime wild; known: walk calm trending flash-crash thin/],
    [{ regime: 'calm', symbol: 'SOLUSDT' }, /SOLUSDT has .* set FLOW to a regime/],
    [{}, /give a state/],
  ])('is refused when it cannot be: %j', async (body, why) => {
    const reply = (await TestVenue.open()).control('POST', 'flow', body);
    expect(reply.status).toBe(400);
    expect(reply.json.error).toMatch(why);
  });
});
