import { describe, expect, it } from '@jest/globals';
import { ENDPOINTS } from '../../src/http/endpoints.ts';

/** From the venue's documentation, written down a second time: a wrong method or path must be wrong twice to pass. */
const DOCUMENTED: Readonly<Record<string, string>> = {
  time: 'GET /fapi/v1/time public',
  exchangeInfo: 'GET /fapi/v1/exchangeInfo public',
  depth: 'GET /fapi/v1/depth public',
  placeOrder: 'POST /fapi/v1/order signed',
  placeBatch: 'POST /fapi/v1/batchOrders signed',
  modifyOrder: 'PUT /fapi/v1/order signed',
  cancelOrder: 'DELETE /fapi/v1/order signed',
  queryOrder: 'GET /fapi/v1/order signed',
  openOrders: 'GET /fapi/v1/openOrders signed',
  userTrades: 'GET /fapi/v1/userTrades signed',
  placeAlgo: 'POST /fapi/v1/algoOrder signed',
  cancelAlgo: 'DELETE /fapi/v1/algoOrder signed',
  queryAlgo: 'GET /fapi/v1/algoOrder signed',
  openAlgoOrders: 'GET /fapi/v1/openAlgoOrders signed',
  balance: 'GET /fapi/v3/balance signed',
  positionRisk: 'GET /fapi/v3/positionRisk signed',
  positionMode: 'GET /fapi/v1/positionSide/dual signed',
  createListenKey: 'POST /fapi/v1/listenKey key',
  extendListenKey: 'PUT /fapi/v1/listenKey key',
};

describe('the endpoints', () => {
  it('have the method, the path and the signature that the venue documents', () => {
    const used = Object.entries(ENDPOINTS).map(([name, { method, path, security }]) => [name, `${method} ${path} ${security}`]);

    expect(Object.fromEntries(used)).toMatchObject(DOCUMENTED);
  });
});
