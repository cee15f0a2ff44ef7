import { beforeEach, describe, expect, it } from '@jest/globals';
import { type TestClient, TestVenue } from '../kit.ts';

let test: TestVenue;
let client: TestClient;
let other: TestClient;

beforeEach(async () => {
  test = await TestVenue.quiet();
  client = test.client('demo');
  other = test.client('second');
});

const LIMIT = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '92000', quantity: '0.010' } as const;
const MARKET = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.010' } as const;

describe('refusals of a new order', () => {
  it.each([
    [{ ...LIMIT, symbol: 'NOPE' }, -1121, 'Invalid symbol.'],
    [{ ...LIMIT, symbol: undefined }, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."],
    [{ ...LIMIT, symbol: '' }, -1105, "Parameter 'symbol' was empty."],
    [{ ...LIMIT, side: 'LONG' }, -1117, 'Invalid side.'],
    [{ ...LIMIT, type: 'ICEBERG' }, -1116, 'Invalid orderType.'],
    [{ ...LIMIT, timeInForce: 'DAY' }, -1115, 'Invalid timeInForce.'],
    [{ ...LIMIT, timeInForce: undefined }, -1102, "Mandatory parameter 'timeInForce' was not sent, was empty/null, or malformed."],
    [{ ...LIMIT, price: undefined }, -1102, "Mandatory parameter 'price' was not sent, was empty/null, or malformed."],
    [{ ...LIMIT, quantity: undefined }, -1102, "Mandatory parameter 'quantity' was not sent, was empty/null, or malformed."],
    [
      { ...LIMIT, quantity: '1e3' },
      -1100,
      "Illegal characters found in parameter 'quantity'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.",
    ],
    [{ ...MARKET, timeInForce: 'GTC' }, -1106, "Parameter 'timeinforce' sent when not required."],
    [{ ...MARKET, price: '92000' }, -1106, "Parameter 'price' sent when not required."],
    [{ ...LIMIT, type: 'STOP_MARKET' }, -4120, /Algo Order API/],
    [{ ...LIMIT, price: '92000.05' }, -4014, 'Price not increased by tick size.'],
    [{ ...LIMIT, price: '92000.123' }, -1111, 'Precision is over the maximum defined for this asset.'],
    [{ ...LIMIT, price: '100' }, -4013, 'Price less than min price.'],
    [{ ...LIMIT, price: '900000' }, -4002, 'Price greater than max price.'],
    [{ ...LIMIT, price: '-1' }, -4001, 'Price less than 0.'],
    [{ ...LIMIT, quantity: '0' }, -4003, 'Quantity less than or equal to zero.'],
    [{ ...LIMIT, quantity: '0.0001' }, -1111, 'Precision is over the maximum defined for this asset.'],
    [{ ...LIMIT, quantity: '1001' }, -4005, 'Quantity greater than max quantity.'],
    [{ ...MARKET, quantity: '121' }, -4005, 'Quantity greater than max quantity.'],
    [{ ...LIMIT, quantity: '99999999999999999999' }, -4005, 'Quantity greater than max quantity.'],
    [{ ...LIMIT, price: '90000', quantity: '0.000' }, -4003, 'Quantity less than or equal to zero.'],
    [{ ...LIMIT, price: '300', quantity: '0.100' }, -4164, "Order's notional must be no smaller than 50 (unless you choose reduce only)."],
    [{ ...LIMIT, price: '96600.1' }, -4016, "Limit price can't be higher than 96600.00."],
    [{ ...LIMIT, side: 'SELL', price: '87399.9' }, -4024, "Limit price can't be lower than 87400.00."],
    [{ ...LIMIT, quantity: '100' }, -2019, 'Margin is insufficient.'],
    [{ ...LIMIT, reduceOnly: true }, -2022, 'ReduceOnly Order is rejected.'],
    [{ ...LIMIT, positionSide: 'LONG' }, -4061, "Order's position side does not match user's setting."],
    [{ ...LIMIT, positionSide: 'UP' }, -4060, 'Invalid position side.'],
    [{ ...LIMIT, newClientOrderId: 'has blank' }, -4015, 'Client order id is not valid.'],
    [{ ...LIMIT, newClientOrderId: 'x'.repeat(37) }, -4015, 'Client order id length should not be more than 36 chars'],
    [{ ...LIMIT, selfTradePreventionMode: 'DECREMENT' }, -5039, 'Invalid self trade prevention mode'],
    [{ ...LIMIT, price: undefined, priceMatch: 'OPPONENT_10' }, -5037, 'Invalid price match'],
    [{ ...LIMIT, price: undefined, priceMatch: 'OPPONENT' }, -5041, 'No depth matches this BBO order'],
    [{ ...MARKET, priceMatch: 'QUEUE' }, -5038, 'Price match only supports order type: LIMIT, STOP AND TAKE_PROFIT'],
    [{ ...LIMIT, priceMatch: 'QUEUE' }, -1106, "Parameter 'price' sent when not required."],
    [{ ...LIMIT, timeInForce: 'GTD' }, -1102, "Mandatory parameter 'goodTillDate' was not sent, was empty/null, or malformed."],
    [{ ...LIMIT, timeInForce: 'GTD', goodTillDate: 1 }, -5040, /goodTillDate/],
    [{ ...LIMIT, timeInForce: 'FOK' }, -5021, /FOK order has been rejected/],
    [{ ...LIMIT, newOrderRespType: 'FULL' }, -1136, 'Invalid newOrderRespType.'],
  ])('%j → %d', (values, code, msg) => {
    const reply = client.order(values);
    expect(reply.status).toBe(400);
    expect(reply.json).toEqual({ code, msg: typeof msg === 'string' ? msg : expect.stringMatching(msg) });
    expect(client.call('GET', '/fapi/v1/openOrders').json).toEqual([]);
  });

  it('refuses a post-only order that would take, without a trace', () => {
    other.limit('SELL', '180.0000', '1');
    const stream = client.userStream();
    expect(client.limit('BUY', '180.0000', '1', { timeInForce: 'GTX', newClientOrderId: 'po' }).json).toEqual({
      code: -5022,
      msg: 'Due to the order could not be executed as maker, the Post Only order will be rejected.',
    });
    expect(stream.take()).toEqual([]);
    expect(client.call('GET', '/fapi/v1/order', { symbol: 'SOLUSDT', origClientOrderId: 'po' }).json.code).toBe(-2013);
  });

  it('refuses a client id while its order is open and takes it again afterwards', () => {
    client.limit('BUY', '179.0000', '1', { newClientOrderId: 'twice' });
    expect(client.limit('BUY', '178.0000', '1', { newClientOrderId: 'twice' }).json).toEqual({
      code: -4116,
      msg: 'ClientOrderId is duplicated.',
    });
    client.call('DELETE', '/fapi/v1/order', { symbol: 'SOLUSDT', origClientOrderId: 'twice' });
    const again = client.limit('BUY', '178.0000', '1', { newClientOrderId: 'twice' });
    expect(again.json.status).toBe('NEW');
    const found = client.call('GET', '/fapi/v1/order', { symbol: 'SOLUSDT', origClientOrderId: 'twice' });
    expect(found.json.orderId).toBe(again.json.orderId);
  });

  it('refuses the 201st open order of a symbol', () => {
    for (let n = 0; n < 200; n += 1) {
      expect(client.limit('BUY', '172.0000', '0.05').status).toBe(200);
      test.clock.advance(100);
    }
    expect(client.limit('BUY', '172.0000', '0.05').json).toEqual({ code: -2025, msg: 'Reach max open order limit.' });
  });

  it('refuses a market order whose counter price is out of the band', () => {
    test.control('POST', 'orders', { symbol: 'SOLUSDT', side: 'SELL', price: '200.0000', quantity: '5' });
    expect(client.market('BUY', '1').json.code).toBe(-4131);
  });

  it('refuses a position beyond the bracket of the leverage', async () => {
    const rich = (await TestVenue.quiet({ accounts: [{ name: 'rich', apiKey: 'r', apiSecret: 's', balanceUsdt: '10000000' }] })).client(
      'rich',
    );
    rich.call('POST', '/fapi/v1/leverage', { symbol: 'BTCUSDT', leverage: 125 });
    expect(rich.order({ ...LIMIT, quantity: '0.6' }).json.code).toBe(-2027);
    expect(rich.order({ ...LIMIT, quantity: '0.5' }).status).toBe(200);
  });
});

describe('refusals of other commands', () => {
  it.each([
    ['DELETE', '/fapi/v1/order', { symbol: 'SOLUSDT', orderId: 1 }, -2011, 'Unknown order sent.'],
    ['DELETE', '/fapi/v1/order', { symbol: 'SOLUSDT' }, -1102, /orderId/],
    ['GET', '/fapi/v1/order', { symbol: 'SOLUSDT', origClientOrderId: 'none' }, -2013, 'Order does not exist.'],
    ['GET', '/fapi/v1/openOrder', { symbol: 'SOLUSDT', orderId: 5 }, -2013, 'Order does not exist.'],
    ['PUT', '/fapi/v1/order', { symbol: 'SOLUSDT', side: 'BUY', quantity: '1', price: '180', orderId: 5 }, -2013, 'Order does not exist.'],
    ['POST', '/fapi/v1/batchOrders', { batchOrders: '[]' }, -4082, 'Invalid number of batch place orders.'],
    ['POST', '/fapi/v1/batchOrders', { batchOrders: 'what' }, -1130, "Data sent for parameter 'batchOrders' is not valid."],
    ['POST', '/fapi/v1/marginType', { symbol: 'SOLUSDT', marginType: 'CROSSED' }, -4046, 'No need to change margin type.'],
    ['POST', '/fapi/v1/positionSide/dual', { dualSidePosition: 'false' }, -4059, 'No need to change position side.'],
    ['POST', '/fapi/v1/multiAssetsMargin', { multiAssetsMargin: 'false' }, -4171, /asset mode is currently set/],
    ['POST', '/fapi/v1/leverage', { symbol: 'SOLUSDT', leverage: 126 }, -4028, 'Leverage 126 is not valid'],
    ['DELETE', '/fapi/v1/algoOrder', { algoId: 5 }, -2011, 'Unknown order sent.'],
    ['GET', '/fapi/v1/klines', { symbol: 'SOLUSDT', interval: '7m' }, -1120, 'Invalid interval.'],
    ['GET', '/fapi/v1/depth', { symbol: 'SOLUSDT', limit: 7 }, -4021, '7 is not valid depth limit.'],
    ['GET', '/fapi/v1/allOrders', { symbol: 'SOLUSDT', startTime: 5, endTime: 4 }, -1023, /Start time/],
    ['GET', '/fapi/v1/allOrders', { symbol: 'SOLUSDT', startTime: 1, endTime: 1 + 8 * 86_400_000 }, -4165, /7 days/],
  ])('%s %s %j → %d', (method, path, values, code, msg) => {
    expect(client.call(method, path, values).json).toEqual({ code, msg: typeof msg === 'string' ? msg : expect.stringMatching(msg) });
  });

  it('refuses a listen key that is not there', () => {
    expect(client.keyed('PUT', '/fapi/v1/listenKey').json).toEqual({ code: -1125, msg: 'This listenKey does not exist.' });
  });

  it('answers cancel-all well even when nothing was open', () => {
    const reply = client.call('DELETE', '/fapi/v1/allOpenOrders', { symbol: 'SOLUSDT' });
    expect(reply.json).toEqual({ code: 200, msg: 'The operation of cancel all open order is done.' });
  });
});
