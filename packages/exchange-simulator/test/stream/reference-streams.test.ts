import { beforeEach, expect, it } from '@jest/globals';
import { TestVenue } from '../kit.ts';

let test: TestVenue;

beforeEach(async () => {
  test = await TestVenue.quiet();
});

it('tells prices and buffers of margin assets every second, as the REST API does', () => {
  const socket = test.connect('/market/ws/!assetIndex@arr');
  test.control('POST', 'mark', { symbol: 'BTCUSDT', price: '90000' });
  test.clock.advance(1_000);
  const [frame] = socket.take();
  const rows = test.now(test.raw('GET', '/fapi/v1/assetIndex')).json;
  expect(frame).toHaveLength(rows.length);
  expect(frame?.[2]).toMatchObject({
    e: 'assetIndexUpdate',
    s: 'BTCUSD',
    i: rows[2].index,
    b: rows[2].bidBuffer,
    B: rows[2].bidRate,
    G: rows[2].autoExchangeAskRate,
  });
});

it('tells a contract that is halted or ends, with its leverage table', () => {
  const socket = test.connect('/market/ws/!contractInfo');
  test.control('POST', 'status', { symbol: 'SOLUSDT', status: 'TRADING_HALT' });
  test.control('POST', 'settle', { symbol: 'SOLUSDT' });
  const frames = socket.take();
  expect(frames.map(({ e, s, ct, cs }) => [e, s, ct, cs])).toEqual([
    ['contractInfo', 'SOLUSDT', 'PERPETUAL', 'TRADING_HALT'],
    ['contractInfo', 'SOLUSDT', 'PERPETUAL', 'SETTLING'],
    ['contractInfo', 'SOLUSDT', 'PERPETUAL', 'CLOSE'],
  ]);
  expect(frames[0]?.bks[1]).toEqual({ bs: 2, bnf: 50_000, bnc: 600_000, mmr: 0.005, cf: 50, mi: 1, ma: 100 });
});

it('sends the candles of a pair beside those of its contract', () => {
  const socket = test.connect('/market/stream?streams=solusdt@kline_1m/solusdt_perpetual@continuousKline_1m');
  test.client('second').limit('SELL', '180', '2');
  test.client('demo').limit('BUY', '180', '2');
  test.clock.advance(250);
  const [one, other] = socket.take().map(({ data }) => data);
  expect(one).toMatchObject({ e: 'kline', s: 'SOLUSDT', k: { s: 'SOLUSDT', v: '2.00' } });
  expect(other).toMatchObject({ e: 'continuous_kline', ps: 'SOLUSDT', ct: 'PERPETUAL', k: { c: '180.0000', v: '2.00' } });
  expect(other.k.s).toBeUndefined();
});
