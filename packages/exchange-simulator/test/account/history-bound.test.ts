import { describe, expect, it } from '@jest/globals';
import { DEFAULT_OPTIONS } from '../../src/options/options.ts';
import { TestVenue } from '../kit.ts';

const KEPT = 1_000;
const PAIRS = 2_500;
const NONE = 1_000_000_000;
const UNLIMITED = { ...DEFAULT_OPTIONS.limits, weightPerMinute: NONE, ordersPer10Seconds: NONE, ordersPerMinute: NONE };

describe('the history of an account', () => {
  it('forgets the oldest orders with their trades, and the oldest income; what is open stays', async () => {
    const test = await TestVenue.quiet({ historyKept: KEPT, limits: UNLIMITED });
    const [client, other] = [test.client('demo'), test.client('second')];
    const symbol = 'SOLUSDT';
    const resting = client.limit('BUY', '172.0000', '1').json.orderId;
    const orders: string[] = [];
    for (let n = 0; n < PAIRS; n += 1) {
      other.limit(n % 2 === 0 ? 'SELL' : 'BUY', '180.0000', '1');
      orders.push(client.limit(n % 2 === 0 ? 'BUY' : 'SELL', '180.0000', '1').json.orderId);
      test.clock.advance(1);
    }

    const status = (orderId: string | undefined) => client.call('GET', '/fapi/v1/order', { symbol, orderId }).json;
    const trades = (orderId: string | undefined) => client.call('GET', '/fapi/v1/userTrades', { symbol, orderId }).json;
    expect(status(resting)).toMatchObject({ status: 'NEW' });
    for (const old of [0, PAIRS - KEPT]) {
      expect(status(orders[old])).toMatchObject({ code: -2013 });
      expect(trades(orders[old])).toEqual([]);
    }
    expect(status(orders[PAIRS - KEPT + 1])).toMatchObject({ status: 'FILLED' });
    expect(trades(orders[PAIRS - KEPT + 1])).toHaveLength(1);
    const income = client.call('GET', '/fapi/v1/income', { limit: 1_000, startTime: test.clock.nowMs - PAIRS }).json;
    expect(income[0].time).toBeGreaterThan(test.clock.nowMs - PAIRS + 100);
  });
});
