import { describe, expect, it } from '@jest/globals';
import { simulatorOptions } from '../../src/mod.ts';
import { TestVenue } from '../kit.ts';

const SYMBOL = 'SOLUSDT';

/** A venue that was started so long after its clock began, and the id of its `count`th trade. */
async function tradeId(startedAfterMs: number, count: number, freshTradeIds: boolean): Promise<number> {
  const symbols = simulatorOptions().symbols.map((symbol) => ({ ...symbol, flow: 'none' as const }));
  const test = new TestVenue({ symbols, freshTradeIds });
  test.clock.advance(startedAfterMs);
  await test.venue.start();
  const [maker, taker] = [test.client('demo'), test.client('second')];
  for (let n = 0; n < count; n += 1) {
    maker.limit('SELL', '180.0000', '1');
    taker.limit('BUY', '180.0000', '1');
  }
  const trades = taker.call('GET', '/fapi/v1/userTrades', { symbol: SYMBOL }).json;
  const aggregates = taker.call('GET', '/fapi/v1/aggTrades', { symbol: SYMBOL }).json;
  expect(aggregates.at(-1).a).toBe(trades.at(-1).id);
  return trades.at(-1).id;
}

describe('trade ids of an exchange that lost its state', () => {
  it('begin after those of the run before, so that nobody takes a new trade for one he knows', async () => {
    expect(await tradeId(2_000, 1, true)).toBeGreaterThan(await tradeId(0, 100, true));
  });

  it('begin where the options say when nobody asks for that', async () => {
    expect(await tradeId(2_000, 1, false)).toBe(await tradeId(0, 1, false));
  });
});
