import { describe, expect, it } from '@jest/globals';
import { simulatorOptions } from '../../src/mod.ts';
import { TestVenue } from '../kit.ts';

const SYMBOL = 'SOLUSDT';

interface LastIds {
  readonly trade: number;
  readonly order: bigint;
}

/** A venue that was started so long after its clock began, and the ids of its `count`th trade and of the order that made it. */
async function lastIds(startedAfterMs: number, count: number, freshIds: boolean): Promise<LastIds> {
  const symbols = simulatorOptions().symbols.map((symbol) => ({ ...symbol, flow: 'none' as const }));
  const test = new TestVenue({ symbols, freshIds });
  test.clock.advance(startedAfterMs);
  await test.venue.start();
  const [maker, taker] = [test.client('demo'), test.client('second')];
  for (let n = 0; n < count; n += 1) {
    maker.limit('SELL', '180.0000', '1');
    taker.limit('BUY', '180.0000', '1');
  }
  const trade = taker.call('GET', '/fapi/v1/userTrades', { symbol: SYMBOL }).json.at(-1);
  const aggregates = taker.call('GET', '/fapi/v1/aggTrades', { symbol: SYMBOL }).json;
  expect(aggregates.at(-1).a).toBe(trade.id);
  return { trade: trade.id, order: BigInt(trade.orderId) };
}

describe('ids of an exchange that lost its state', () => {
  it('begin after those of the run before, so that nobody takes a new order or trade for one he knows', async () => {
    const before = await lastIds(0, 100, true);
    const after = await lastIds(2_000, 1, true);
    expect(after.trade).toBeGreaterThan(before.trade);
    expect(after.order).toBeGreaterThan(before.order);
  });

  it('begin where the options say when nobody asks for that', async () => {
    expect(await lastIds(2_000, 1, false)).toEqual(await lastIds(0, 1, false));
  });
});
