import { describe, expect, it } from '@jest/globals';
import { batchCost, commandCost, costOf } from '../../src/http/endpoint-costs.ts';
import { ENDPOINTS, type Endpoint } from '../../src/http/endpoints.ts';

/** From the venue's documentation, written down a second time: weight, orders in 10 s and in a minute. */
const DOCUMENTED: Readonly<Record<string, readonly [weight: number, tenSeconds: number, minute: number]>> = {
  'GET /fapi/v1/ping': [1, 0, 0],
  'GET /fapi/v1/time': [1, 0, 0],
  'GET /fapi/v1/exchangeInfo': [1, 0, 0],
  'GET /fapi/v1/depth': [10, 0, 0],
  'POST /fapi/v1/order': [0, 1, 1],
  // As five orders; in the minute only one is documented.
  'POST /fapi/v1/batchOrders': [5, 5, 5],
  'PUT /fapi/v1/order': [0, 1, 1],
  'DELETE /fapi/v1/order': [1, 0, 0],
  'POST /fapi/v1/countdownCancelAll': [10, 0, 0],
  'GET /fapi/v1/order': [1, 0, 0],
  'GET /fapi/v1/openOrders': [40, 0, 0],
  'GET /fapi/v1/userTrades': [5, 0, 0],
  'GET /fapi/v1/income': [30, 0, 0],
  'POST /fapi/v1/algoOrder': [0, 1, 1],
  'DELETE /fapi/v1/algoOrder': [1, 0, 0],
  'GET /fapi/v1/algoOrder': [1, 0, 0],
  'GET /fapi/v1/openAlgoOrders': [40, 0, 0],
  'GET /fapi/v3/balance': [5, 0, 0],
  'GET /fapi/v3/positionRisk': [5, 0, 0],
  'GET /fapi/v1/positionSide/dual': [30, 0, 0],
  'POST /fapi/v1/listenKey': [1, 0, 0],
  'PUT /fapi/v1/listenKey': [1, 0, 0],
};

const endpoints: readonly Endpoint[] = Object.values(ENDPOINTS);
const figures = (cost: Readonly<Record<string, number>>) => [cost.weight ?? 0, cost['orders-10s'] ?? 0, cost['orders-1m'] ?? 0];

describe('what endpoints cost', () => {
  it('is what the venue documents, for every one of them', () => {
    const costs = Object.fromEntries(endpoints.map((one) => [`${one.method} ${one.path}`, figures(costOf(one, {}).cost)]));

    expect(costs).toEqual(DOCUMENTED);
  });

  it('depends on the levels of a book, and on whether one symbol is named', () => {
    const depths = [5, 50, 100, 500, 1000].map((limit) => costOf(ENDPOINTS.depth, { limit: String(limit) }).cost.weight);

    expect(depths).toEqual([2, 2, 5, 10, 20]);
    expect(costOf(ENDPOINTS.openOrders, { symbol: 'BTCUSDT' }).cost.weight).toBe(1);
    expect(costOf(ENDPOINTS.openAlgoOrders, { symbol: 'BTCUSDT' }).cost.weight).toBe(1);
  });

  it('is the same for a command before it is known which it will be', () => {
    for (const endpoint of endpoints.filter(({ webSocketMethod, method }) => webSocketMethod !== undefined && method !== 'GET')) {
      const { cost, lane } = costOf(endpoint, {});
      expect([endpoint.name, cost]).toEqual([endpoint.name, commandCost(lane)]);
    }
  });

  it('counts each order of a batch in the minute, and five in ten seconds however few they are', () => {
    expect([3, 5].map((orders) => figures(batchCost(orders).cost))).toEqual([
      [5, 5, 3],
      [5, 5, 5],
    ]);
  });

  it('counts against our own ceilings, except cancels', () => {
    for (const endpoint of endpoints) {
      const { cost, lane } = costOf(endpoint, {});
      expect([endpoint.name, cost['requests-1m'] ?? 0]).toEqual([endpoint.name, lane === 'cancel' ? 0 : 1]);
    }
  });

  it('is refused of what is not in the table', () => {
    expect(() => costOf({ ...ENDPOINTS.time }, {})).toThrow('no cost is known of time');
  });
});
