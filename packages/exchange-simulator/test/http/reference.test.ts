import { describe, expect, it } from '@jest/globals';
import { TestVenue } from '../kit.ts';

describe('mark, index and premium candles', () => {
  it('follow what was set, minute by minute and in longer intervals', async () => {
    const test = await TestVenue.quiet();
    const get = (target: string) => test.now(test.raw('GET', `/fapi/v1/${target}`)).json;
    for (const [price, index] of [
      ['180', '180'],
      ['184', '180'],
      ['178', '180'],
      ['182', '181'],
    ]) {
      // biome-ignore format: a table
      test.control('POST', 'mark', { symbol: 'SOLUSDT', price, index });
      test.clock.advance(30_000);
    }
    const short = (rows: (string | number)[][]) => rows.map((row) => row.slice(1, 5).map((text) => String(Number(text))));
    const mark = get('markPriceKlines?symbol=SOLUSDT&interval=1m');
    expect(mark[0]).toHaveLength(12);
    expect(mark[1][0] - mark[0][0]).toBe(60_000);
    expect(short(mark)).toEqual([['180', '184', '180', '184'], ['184', '182', '178', '182']]); // biome-ignore format: a table
    expect(short(get('markPriceKlines?symbol=SOLUSDT&interval=5m'))).toEqual([['180', '184', '178', '182']]);
    expect(short(get('indexPriceKlines?pair=SOLUSDT&interval=5m'))).toEqual([['180', '181', '180', '181']]);
    expect(short(get('premiumIndexKlines?symbol=SOLUSDT&interval=5m'))).toEqual([['0', '0.00552486', '0', '0.00552486']]); // 1 / 181
  });

  it('are refused for what is not there', async () => {
    const test = await TestVenue.quiet();
    const code = (target: string) => test.now(test.raw('GET', `/fapi/v1/${target}`)).json.code;
    expect(code('markPriceKlines?symbol=SOLUSDT&interval=7m')).toBe(-1120);
    expect(code('indexPriceKlines?pair=NOPE&interval=1m')).toBe(-1121);
    expect(code('historicalTrades?symbol=SOLUSDT')).toBe(-2014);
  });
});
