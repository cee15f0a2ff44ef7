import { beforeEach, describe, expect, it } from '@jest/globals';
import { type FakeSocket, type TestClient, TestVenue } from '../kit.ts';

let test: TestVenue;
let client: TestClient;
let other: TestClient;

beforeEach(async () => {
  test = await TestVenue.quiet();
  client = test.client('demo');
  other = test.client('second');
  other.limit('SELL', '181.0000', '20');
  other.limit('BUY', '179.0000', '20');
});

const STOP = { algoType: 'CONDITIONAL', symbol: 'SOLUSDT', side: 'SELL', type: 'STOP_MARKET', quantity: '1', triggerPrice: '175' } as const;

function algo(values: Record<string, string | number | boolean | undefined> = {}) {
  return client.call('POST', '/fapi/v1/algoOrder', { ...STOP, workingType: 'MARK_PRICE', ...values });
}

function mark(price: string): void {
  test.control('POST', 'mark', { symbol: 'SOLUSDT', price });
}

function statuses(stream: FakeSocket): string[] {
  return stream.take().flatMap(({ e, o }) => (e === 'ALGO_UPDATE' ? [o.X] : e === 'ORDER_TRADE_UPDATE' ? [`child ${o.x}`] : []));
}

describe('conditional orders', () => {
  it('live apart from ordinary orders and hold no margin', () => {
    const placed = algo({ clientAlgoId: 'sl-1' }).json;
    expect(placed).toMatchObject({
      algoId: 2146760,
      clientAlgoId: 'sl-1',
      algoStatus: 'NEW',
      orderType: 'STOP_MARKET',
      triggerPrice: '175.0000',
    });
    expect(client.call('GET', '/fapi/v1/openOrders').json).toEqual([]);
    expect(client.call('GET', '/fapi/v1/openAlgoOrders').json).toMatchObject([{ clientAlgoId: 'sl-1' }]);
    expect(client.call('GET', '/fapi/v3/account').json.totalOpenOrderInitialMargin).toBe('0.00000000');
    client.call('DELETE', '/fapi/v1/allOpenOrders', { symbol: 'SOLUSDT' });
    expect(client.call('GET', '/fapi/v1/openAlgoOrders').json).toHaveLength(1);
  });

  it('fires by the mark, becomes an ordinary order and finishes', () => {
    const { algoId } = algo({ clientAlgoId: 'sl-1' }).json;
    const stream = client.userStream();
    mark('175.0001');
    expect(statuses(stream)).toEqual([]);
    mark('175');
    expect(statuses(stream)).toEqual(['TRIGGERING', 'child NEW', 'child TRADE', 'TRIGGERED', 'FINISHED']);
    const row = client.call('GET', '/fapi/v1/algoOrder', { algoId }).json;
    expect(row).toMatchObject({ algoStatus: 'FINISHED', actualPrice: '179.0000', actualQty: '1.00', actualType: 'MARKET' });
    const child = client.call('GET', '/fapi/v1/order', { symbol: 'SOLUSDT', orderId: row.actualOrderId }).json;
    expect(child).toMatchObject({
      clientOrderId: 'sl-1',
      origType: 'STOP_MARKET',
      type: 'MARKET',
      status: 'FILLED',
      stopPrice: '175.0000',
    });
  });

  it('fires by the last trade when told to', () => {
    algo({ workingType: 'CONTRACT_PRICE', triggerPrice: '179.0000' });
    const stream = client.userStream();
    mark('170');
    expect(statuses(stream)).toEqual([]);
    test.control('POST', 'trades', { symbol: 'SOLUSDT', side: 'SELL', quantity: '1' });
    expect(statuses(stream)).toEqual(['TRIGGERING', 'child NEW', 'child TRADE', 'TRIGGERED', 'FINISHED']);
  });

  it.each([
    ['STOP_MARKET', 'SELL', '175', '176', '175'],
    ['STOP_MARKET', 'BUY', '185', '184', '185'],
    ['TAKE_PROFIT_MARKET', 'SELL', '185', '184', '185'],
    ['TAKE_PROFIT_MARKET', 'BUY', '175', '176', '175'],
  ])('%s %s at %s waits at %s and fires at %s', (type, side, triggerPrice, before, at) => {
    const { algoId } = algo({ type, side, triggerPrice }).json;
    const status = () => client.call('GET', '/fapi/v1/algoOrder', { algoId }).json.algoStatus;
    mark(before);
    expect(status()).toBe('NEW');
    mark(at);
    expect(status()).toBe('FINISHED');
  });

  it('rests a limit child and finishes when that is done', () => {
    const { algoId } = algo({ type: 'STOP', price: '182.0000' }).json;
    mark('175');
    const row = () => client.call('GET', '/fapi/v1/algoOrder', { algoId }).json;
    expect(row().algoStatus).toBe('TRIGGERED');
    expect(client.call('DELETE', '/fapi/v1/algoOrder', { algoId }).json).toEqual({ code: -2011, msg: 'Unknown order sent.' });
    client.call('DELETE', '/fapi/v1/order', { symbol: 'SOLUSDT', orderId: row().actualOrderId });
    expect(row()).toMatchObject({ algoStatus: 'FINISHED', actualQty: '0.00' });
  });

  it('is rejected with a reason when the child is refused at the trigger', () => {
    const stream = client.userStream();
    algo({ reduceOnly: true });
    mark('175');
    expect(stream.take().map(({ o }) => [o.X, o.rm])).toEqual([['NEW', ''], ['TRIGGERING', ''], ['REJECTED', 'ReduceOnly Order is rejected.']]); // biome-ignore format: a table
  });

  it('closes whatever the position is at the trigger', () => {
    client.market('BUY', '3');
    algo({ quantity: undefined, closePosition: true });
    client.market('BUY', '2');
    mark('175');
    expect(client.position().positionAmt).toBe('0.00');
  });

  it('trails the best price by its rate, from activation on', () => {
    const trail = { type: 'TRAILING_STOP_MARKET', triggerPrice: undefined, callbackRate: '1.0', activatePrice: '182' };
    const { algoId } = algo(trail).json;
    const stream = client.userStream();
    const status = () => client.call('GET', '/fapi/v1/algoOrder', { algoId }).json.algoStatus;
    mark('150');
    expect(status()).toBe('NEW');
    mark('183');
    expect(stream.take().map(({ o }) => [o.X, o.ia])).toEqual([['NEW', true]]);
    mark('186');
    mark('184.15');
    expect(status()).toBe('NEW');
    mark('184.14');
    expect(status()).toBe('FINISHED');
  });

  it('cancels one and all, with the code as text for one', () => {
    const { algoId, clientAlgoId } = algo().json;
    expect(client.call('DELETE', '/fapi/v1/algoOrder', { algoId }).json).toEqual({ algoId, clientAlgoId, code: '200', msg: 'success' });
    algo();
    algo({ triggerPrice: '174' });
    expect(client.call('DELETE', '/fapi/v1/algoOpenOrders', { symbol: 'SOLUSDT' }).json.code).toBe(200);
    expect(client.call('GET', '/fapi/v1/openAlgoOrders').json).toEqual([]);
    const all = client.call('GET', '/fapi/v1/allAlgoOrders', { symbol: 'SOLUSDT' }).json as { algoStatus: string }[];
    expect(all.map((row) => row.algoStatus)).toEqual(['CANCELED', 'CANCELED', 'CANCELED']);
  });

  it('expires GTE_GTC when the position closes, and GTD when its time has come', () => {
    client.market('BUY', '1');
    const gte = algo({ timeInForce: 'GTE_GTC' }).json;
    const gtd = algo({ timeInForce: 'GTD', goodTillDate: test.clock.nowMs + 700_000 }).json;
    const status = (algoId: number) => client.call('GET', '/fapi/v1/algoOrder', { algoId }).json.algoStatus;
    client.market('SELL', '1');
    expect(status(gte.algoId)).toBe('EXPIRED');
    test.clock.advance(699_999);
    expect(status(gtd.algoId)).toBe('NEW');
    test.clock.advance(1);
    expect(status(gtd.algoId)).toBe('EXPIRED');
  });

  it.each([
    [{ triggerPrice: '181' }, -2021],
    [{ triggerPrice: undefined }, -1102],
    [{ quantity: undefined }, -1102],
    [{ closePosition: true }, -4137],
    [{ closePosition: true, quantity: undefined, reduceOnly: true }, -4138],
    [{ closePosition: true, quantity: undefined, type: 'STOP', price: '170' }, -4139],
    [{ type: 'LIMIT' }, -1116],
    [{ type: 'STOP' }, -1102],
    [{ workingType: 'INDEX' }, -4031],
    [{ triggerPrice: '175.00001' }, -1111],
    [{ type: 'TRAILING_STOP_MARKET', callbackRate: '20.1' }, -1130],
    [{ type: 'TRAILING_STOP_MARKET', callbackRate: '1', activatePrice: '170' }, -2021],
    [{ algoType: 'TWAP' }, -1130],
    [{ type: 'STOP', price: '166.24' }, -4184], // 175 × 0.95 = 166.25
    [{ side: 'BUY', type: 'STOP', triggerPrice: '185', price: '194.26' }, -4183], // 185 × 1.05 = 194.25
  ])('refuses %j with %d', (values, code) => {
    expect(algo(values).json.code).toBe(code);
  });

  it('takes one order of a kind that closes the position, and one of each kind', () => {
    const close = (values: Record<string, string>) => algo({ quantity: undefined, closePosition: true, ...values });
    expect(close({}).status).toBe(200);
    expect(close({ triggerPrice: '174' }).json).toEqual({
      code: -4130,
      msg: 'An open stop or take profit order with GTE and closePosition in the direction is existing.',
    });
    expect(close({ type: 'TAKE_PROFIT_MARKET', triggerPrice: '185' }).status).toBe(200);
    expect(close({ side: 'BUY', triggerPrice: '185' }).status).toBe(200);
  });

  it('stays in TRIGGERING as long as it is told, or for ever', () => {
    const stream = client.userStream();
    test.control('POST', 'algo', { triggerDelayMs: '300' });
    algo();
    mark('175');
    test.clock.advance(299);
    expect(statuses(stream)).toEqual(['NEW', 'TRIGGERING']);
    test.clock.advance(1);
    expect(statuses(stream)).toEqual(['child NEW', 'child TRADE', 'TRIGGERED', 'FINISHED']);
    test.control('POST', 'algo', { triggerDelayMs: '-1' });
    mark('180');
    const { algoId } = algo({ clientAlgoId: 'stuck' }).json;
    mark('175');
    test.clock.advance(3_600_000);
    expect(client.call('GET', '/fapi/v1/algoOrder', { algoId }).json.algoStatus).toBe('TRIGGERING');
    expect(client.call('DELETE', '/fapi/v1/algoOrder', { algoId }).json.code).toBe(-2011);
  });

  it('expires GTE_GTC also when the position is closed by force', async () => {
    const accounts = [
      { name: 'demo', apiKey: 'a', apiSecret: 'b', balanceUsdt: '1000' },
      { name: 'second', apiKey: 'c', apiSecret: 'd', balanceUsdt: '100000' },
    ];
    test = await TestVenue.quiet({ accounts });
    [client, other] = [test.client('demo'), test.client('second')];
    other.limit('SELL', '180.0000', '50');
    client.limit('BUY', '180.0000', '50');
    const { algoId } = algo({ type: 'TAKE_PROFIT_MARKET', triggerPrice: '200', timeInForce: 'GTE_GTC' }).json;
    mark('150'); // nobody bids: the fund takes it
    expect(client.position().positionAmt).toBe('0.00');
    expect(client.call('GET', '/fapi/v1/algoOrder', { algoId }).json.algoStatus).toBe('EXPIRED');
  });

  it('is refused while the symbol is halted', () => {
    test.control('POST', 'status', { symbol: 'SOLUSDT', status: 'TRADING_CANCEL_ONLY' });
    expect(algo().json.code).toBe(-4140);
  });

  it('is told for three days after it ended without a fill', () => {
    const { algoId } = algo().json;
    client.call('DELETE', '/fapi/v1/algoOrder', { algoId });
    const query = () => client.call('GET', '/fapi/v1/algoOrder', { algoId }).json;
    test.clock.advance(3 * 86_400_000);
    expect(query().algoStatus).toBe('CANCELED');
    test.clock.advance(1);
    expect(query().code).toBe(-2013);
  });

  it('refuses a client id that is live and the 201st one', () => {
    algo({ clientAlgoId: 'x' });
    expect(algo({ clientAlgoId: 'x' }).json.code).toBe(-4116);
    for (let n = 1; n < 200; n += 1) {
      expect(algo().status).toBe(200);
      test.clock.advance(100);
    }
    expect(algo().json.code).toBe(-4045);
  });

  it('counts as one accepted order, together with its child', () => {
    algo();
    mark('175');
    expect(test.control('GET', 'accounts/demo').json).toMatchObject({ ordersAccepted: 1, trades: 1 });
  });
});
