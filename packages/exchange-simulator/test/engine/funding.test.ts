import { describe, expect, it } from '@jest/globals';
import { FUNDING_INTERVAL_MS, nextFundingMs } from '../../src/render/market-json.ts';
import { type Loose, TestVenue } from '../kit.ts';

describe('funding', () => {
  it('is settled once at its hour, also when the clock was set back before it', async () => {
    const test = await TestVenue.quiet();
    const [demo, second] = [test.client('demo'), test.client('second')];
    second.limit('SELL', '180.0000', '2');
    demo.limit('BUY', '180.0000', '2');
    const paid = () => demo.call('GET', '/fapi/v1/income', { incomeType: 'FUNDING_FEE' }).json.map(({ time }: Loose) => time);
    const hourMs = nextFundingMs(test.clock.nowMs);
    test.clock.setBack(5);

    test.clock.advance(hourMs - test.clock.nowMs);
    expect(paid()).toEqual([]);
    test.clock.advance(60_000);
    expect(paid()).toEqual([hourMs]);
    test.clock.advance(FUNDING_INTERVAL_MS);
    expect(paid()).toEqual([hourMs, hourMs + FUNDING_INTERVAL_MS]);
  });
});
