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

function status(orderId: unknown, who = client) {
  return who.call('GET', '/fapi/v1/order', { symbol: 'SOLUSDT', orderId: String(orderId) }).json.status;
}

describe('times in force', () => {
  it('rests what a GTC order could not trade, at its price', () => {
    other.limit('SELL', '180.0000', '1');
    const reply = client.limit('BUY', '181.0000', '3').json;
    expect(reply).toMatchObject({ status: 'PARTIALLY_FILLED', executedQty: '1.00', origQty: '3.00' });
    const { bids, asks } = test.now(test.raw('GET', '/fapi/v1/depth?symbol=SOLUSDT')).json;
    expect(bids).toEqual([['181.0000', '2.00']]);
    expect(asks).toEqual([]);
  });

  it('expires what an IOC order could not trade', () => {
    other.limit('SELL', '180.0000', '1');
    const reply = client.limit('BUY', '181.0000', '3', { timeInForce: 'IOC' }).json;
    expect(reply).toMatchObject({ status: 'EXPIRED', executedQty: '1.00' });
    expect(client.limit('BUY', '181.0000', '3', { timeInForce: 'IOC' }).json).toMatchObject({ status: 'EXPIRED', executedQty: '0.00' });
  });

  it('fills an FOK order whole or refuses it', () => {
    other.limit('SELL', '180.0000', '1');
    other.limit('SELL', '180.5000', '2');
    expect(client.limit('BUY', '180.0000', '3', { timeInForce: 'FOK' }).json.code).toBe(-5021);
    expect(client.limit('BUY', '180.5000', '3', { timeInForce: 'FOK' }).json).toMatchObject({ status: 'FILLED' });
  });

  it('rests a GTX order that does not cross', () => {
    other.limit('SELL', '180.0000', '1');
    expect(client.limit('BUY', '179.9900', '1', { timeInForce: 'GTX' }).json).toMatchObject({ status: 'NEW', timeInForce: 'GTX' });
  });

  it('expires a GTD order at its second, and not before', () => {
    const goodTillDate = test.clock.nowMs + 601_500;
    const { orderId, goodTillDate: kept } = client.limit('BUY', '179.0000', '1', { timeInForce: 'GTD', goodTillDate }).json;
    expect(kept).toBe(test.clock.nowMs + 601_000);
    test.clock.advance(600_999);
    expect(status(orderId)).toBe('NEW');
    test.clock.advance(1);
    expect(status(orderId)).toBe('EXPIRED');
  });

  it('expires a GTC order after a year', () => {
    const { orderId } = client.limit('BUY', '179.0000', '1').json;
    const status = () => client.call('GET', '/fapi/v1/order', { symbol: 'SOLUSDT', orderId }).json.status;
    test.clock.advance(365 * 86_400_000 - 1);
    expect(status()).toBe('NEW');
    test.clock.advance(1);
    expect(client.call('GET', '/fapi/v1/openOrders').json).toEqual([]);
  });

  it('sweeps with a market order up to its bound and expires the rest', () => {
    other.limit('SELL', '180.0000', '1');
    other.limit('SELL', '188.9000', '1');
    test.control('POST', 'orders', { symbol: 'SOLUSDT', side: 'SELL', price: '195.0000', quantity: '5' });
    expect(client.market('BUY', '5').json).toMatchObject({ status: 'EXPIRED', executedQty: '2.00' });
    expect(client.market('SELL', '1').json).toMatchObject({ status: 'EXPIRED', executedQty: '0.00' });
  });

  it('takes the price of the book level that priceMatch names', () => {
    other.limit('SELL', '180.0000', '1');
    other.limit('BUY', '179.0000', '1');
    const match = (priceMatch: string) => client.limit('BUY', '1', '1', { price: undefined, priceMatch }).json.price;
    expect(match('QUEUE')).toBe('179.0000');
    expect(match('OPPONENT')).toBe('180.0000');
  });
});

describe('modify', () => {
  it('changes price and quantity, goes to the back of the queue, keeps its identity', () => {
    const first = client.limit('BUY', '179.0000', '1').json;
    const second = other.limit('BUY', '179.0000', '1').json;
    const changed = client.call('PUT', '/fapi/v1/order', {
      symbol: 'SOLUSDT',
      side: 'BUY',
      orderId: first.orderId,
      price: '179.0000',
      quantity: '2',
    }).json;
    expect(changed).toMatchObject({
      orderId: first.orderId,
      status: 'NEW',
      origQty: '2.00',
      pair: 'SOLUSDT',
      selfTradePreventionMode: 'NONE',
    });
    test.control('POST', 'trades', { symbol: 'SOLUSDT', side: 'SELL', quantity: '1' });
    expect(status(second.orderId, other)).toBe('FILLED');
    expect(status(first.orderId)).toBe('NEW');
    const [row] = client.call('GET', '/fapi/v1/orderAmendment', { symbol: 'SOLUSDT', orderId: first.orderId }).json;
    expect(row.amendment).toEqual({
      price: { before: '179.0000', after: '179.0000' },
      origQty: { before: '1.00', after: '2.00' },
      count: 1,
    });
  });

  it('trades at once when the new price crosses', () => {
    other.limit('SELL', '180.0000', '1');
    const { orderId } = client.limit('BUY', '179.0000', '1').json;
    const changed = client.call('PUT', '/fapi/v1/order', {
      symbol: 'SOLUSDT',
      side: 'BUY',
      orderId,
      price: '180.0000',
      quantity: '1',
    }).json;
    expect(changed).toMatchObject({ status: 'FILLED', executedQty: '1.00' });
  });

  it.each([
    [{ price: '179.0000', quantity: '1' }, -5027],
    [{ price: '179.0000' }, -1102],
    [{ quantity: '2' }, -1102],
    [{ price: '200.0000', quantity: '1' }, -4016],
    [{ price: '178.0000', quantity: '1', reduceOnly: true }, -5047],
    [{ price: '178.0000', quantity: '0.02' }, -5029],
    [{ price: '178.0000', quantity: '100000' }, -2019],
  ])('refuses %j with %d and leaves the order as it was', (change, code) => {
    const before = client.limit('BUY', '179.0000', '1').json;
    expect(client.call('PUT', '/fapi/v1/order', { symbol: 'SOLUSDT', side: 'BUY', orderId: before.orderId, ...change }).json.code).toBe(
      code,
    );
    const after = client.call('GET', '/fapi/v1/openOrder', { symbol: 'SOLUSDT', orderId: before.orderId }).json;
    expect(after).toMatchObject({ price: '179.0000', origQty: '1.00', status: 'NEW' });
    expect(test.now(test.raw('GET', '/fapi/v1/depth?symbol=SOLUSDT')).json.bids).toEqual([['179.0000', '1.00']]);
  });

  it('cancels a partly filled order that is cut to what it has, and a post-only one that would take', () => {
    other.limit('SELL', '180.0000', '1');
    const part = client.limit('BUY', '180.0000', '3').json;
    const cut = { symbol: 'SOLUSDT', side: 'BUY', orderId: part.orderId, price: '180.0000', quantity: '1' };
    expect(client.call('PUT', '/fapi/v1/order', cut).json).toMatchObject({ status: 'CANCELED', executedQty: '1.00' });
    other.limit('SELL', '180.0000', '1');
    const { orderId } = client.limit('BUY', '179.0000', '1', { timeInForce: 'GTX' }).json;
    const cross = { symbol: 'SOLUSDT', side: 'BUY', orderId, price: '180.0000', quantity: '1' };
    expect(client.call('PUT', '/fapi/v1/order', cross).json).toMatchObject({ status: 'CANCELED', executedQty: '0.00' });
  });
});

describe('self-trade prevention', () => {
  const ROWS = [
    ['EXPIRE_TAKER', 'EXPIRED_IN_MATCH', 'NEW'],
    ['EXPIRE_MAKER', 'NEW', 'EXPIRED_IN_MATCH'],
    ['EXPIRE_BOTH', 'EXPIRED_IN_MATCH', 'EXPIRED_IN_MATCH'],
    ['NONE', 'FILLED', 'FILLED'],
  ] as const;

  it.each(ROWS)('%s leaves taker %s and maker %s', (mode, taker, maker) => {
    const resting = client.limit('SELL', '180.0000', '1').json;
    const reply = client.limit('BUY', '180.0000', '1', { selfTradePreventionMode: mode }).json;
    expect(reply.status).toBe(taker);
    expect(status(resting.orderId)).toBe(maker);
  });

  it('prevents only between orders of one account', () => {
    const resting = other.limit('SELL', '180.0000', '1').json;
    expect(client.limit('BUY', '180.0000', '1', { selfTradePreventionMode: 'EXPIRE_BOTH' }).json.status).toBe('FILLED');
    expect(status(resting.orderId, other)).toBe('FILLED');
  });

  it('keeps the fills made before the own order came up', () => {
    other.limit('SELL', '179.5000', '1');
    client.limit('SELL', '180.0000', '1');
    const reply = client.limit('BUY', '180.0000', '2', { selfTradePreventionMode: 'EXPIRE_TAKER' }).json;
    expect(reply).toMatchObject({ status: 'EXPIRED_IN_MATCH', executedQty: '1.00' });
  });

  it('books both halves of a self-trade under one trade id', () => {
    client.limit('SELL', '180.0000', '1');
    client.market('BUY', '1', { selfTradePreventionMode: 'NONE' });
    const [maker, taker] = client.call('GET', '/fapi/v1/userTrades', { symbol: 'SOLUSDT' }).json;
    expect(maker).toMatchObject({ maker: true, side: 'SELL' });
    expect(taker).toMatchObject({ maker: false, side: 'BUY', id: maker.id });
    expect(client.position().positionAmt).toBe('0.00');
  });
});

describe('reduce-only', () => {
  function long(quantity: string): void {
    other.limit('SELL', '180.0000', quantity);
    client.limit('BUY', '180.0000', quantity);
  }

  it('is cut to the position', () => {
    long('2');
    expect(client.limit('SELL', '185.0000', '5', { reduceOnly: true }).json).toMatchObject({ status: 'NEW', origQty: '2.00' });
  });

  it('is refused on the side that would enlarge', () => {
    long('2');
    expect(client.limit('BUY', '170.0000', '1', { reduceOnly: true }).json.code).toBe(-2022);
  });

  it('is changed without regard to minimum notional only when the change says so', () => {
    long('2');
    const { orderId } = client.limit('SELL', '185.0000', '2', { reduceOnly: true }).json;
    const change = { symbol: 'SOLUSDT', orderId, side: 'SELL', price: '185.0000', quantity: '0.02' };
    expect(client.call('PUT', '/fapi/v1/order', change).json).toEqual({ code: -5029, msg: "Order's notional must be no smaller than 5" });
    expect(client.call('PUT', '/fapi/v1/order', { ...change, reduceOnly: true }).json).toMatchObject({ origQty: '0.02', reduceOnly: true });
  });

  it('closes without regard to minimum notional', () => {
    long('2');
    expect(client.limit('SELL', '185.0000', '0.01', { reduceOnly: true }).status).toBe(200);
  });

  it('expires what the shrinking position no longer carries, the best price first to stay', () => {
    long('3');
    const near = client.limit('SELL', '184.0000', '2', { reduceOnly: true }).json;
    const far = client.limit('SELL', '186.0000', '2', { reduceOnly: true }).json;
    const stream = client.userStream();
    other.limit('BUY', '179.0000', '1');
    client.market('SELL', '1');
    expect(status(near.orderId)).toBe('NEW');
    expect(status(far.orderId)).toBe('EXPIRED');
    const expired = stream.take().find((frame) => frame.o?.x === 'EXPIRED');
    expect(expired?.o).toMatchObject({ i: far.orderId, X: 'EXPIRED', er: '4' });
  });

  it('never turns a position over, whatever crosses it', () => {
    long('2');
    client.limit('SELL', '184.0000', '2', { reduceOnly: true });
    client.limit('SELL', '184.0000', '2', { reduceOnly: true });
    other.limit('BUY', '184.0000', '4');
    expect(client.position().positionAmt).toBe('0.00');
    expect(client.call('GET', '/fapi/v1/openOrders', { symbol: 'SOLUSDT' }).json).toEqual([]);
  });
});

describe('several at once', () => {
  const ITEM = { symbol: 'SOLUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '1', price: '179' };

  it('answers each item of a batch on its own, in order', () => {
    const batchOrders = JSON.stringify([ITEM, { ...ITEM, price: '1000' }, { ...ITEM, quantity: '2', newClientOrderId: 'third' }]);
    const reply = client.call('POST', '/fapi/v1/batchOrders', { batchOrders });
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject([{ status: 'NEW' }, { code: -4016 }, { clientOrderId: 'third', origQty: '2.00' }]);
  });

  it('cancels a list with per-item errors', () => {
    client.limit('BUY', '179.0000', '1', { newClientOrderId: 'a' });
    const reply = client.call('DELETE', '/fapi/v1/batchOrders', { symbol: 'SOLUSDT', origClientOrderIdList: '["a","b"]' });
    expect(reply.json).toMatchObject([
      { clientOrderId: 'a', status: 'CANCELED' },
      { code: -2011, msg: 'Unknown order sent.' },
    ]);
  });

  it('cancels lists of ids beyond 2^53', () => {
    const placed = client.order({ symbol: 'ETHUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '3000', quantity: '1' }).json;
    const reply = client.call('DELETE', '/fapi/v1/batchOrders', { symbol: 'ETHUSDT', orderIdList: `[${placed.orderId}]` });
    expect(reply.json).toMatchObject([{ orderId: '8389765700000000001', status: 'CANCELED' }]);
  });

  it('cancels all orders of one symbol and account only', () => {
    client.limit('BUY', '179.0000', '1');
    client.limit('BUY', '178.0000', '1');
    const elsewhere = client.order({
      symbol: 'ETHUSDT',
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      price: '3000',
      quantity: '1',
    }).json;
    const foreign = other.limit('BUY', '177.0000', '1').json;
    client.call('DELETE', '/fapi/v1/allOpenOrders', { symbol: 'SOLUSDT' });
    expect(client.call('GET', '/fapi/v1/openOrders').json).toMatchObject([{ orderId: elsewhere.orderId }]);
    expect(status(foreign.orderId, other)).toBe('NEW');
  });

  it('cancels when the countdown runs out, and not when it is wound up or off', () => {
    const { orderId } = client.limit('BUY', '179.0000', '1').json;
    const wind = (countdownTime: number) => client.call('POST', '/fapi/v1/countdownCancelAll', { symbol: 'SOLUSDT', countdownTime });
    expect(wind(1000).json).toEqual({ symbol: 'SOLUSDT', countdownTime: '1000' });
    test.clock.advance(900);
    wind(1000);
    test.clock.advance(999);
    expect(status(orderId)).toBe('NEW');
    wind(0);
    test.clock.advance(5000);
    expect(status(orderId)).toBe('NEW');
    wind(10);
    test.clock.advance(10);
    expect(status(orderId)).toBe('CANCELED');
  });
});

describe('history', () => {
  it('lists orders and trades by id, time and order', () => {
    const first = client.limit('BUY', '179.0000', '1').json;
    test.clock.advance(1000);
    other.limit('SELL', '180.0000', '2');
    const second = client.market('BUY', '1').json;
    const all = client.call('GET', '/fapi/v1/allOrders', { symbol: 'SOLUSDT' }).json;
    expect(all.map((row: { orderId: number }) => row.orderId)).toEqual([first.orderId, second.orderId]);
    expect(client.call('GET', '/fapi/v1/allOrders', { symbol: 'SOLUSDT', orderId: second.orderId }).json).toHaveLength(1);
    expect(client.call('GET', '/fapi/v1/allOrders', { symbol: 'SOLUSDT', startTime: test.clock.nowMs }).json).toHaveLength(1);
    const [trade] = client.call('GET', '/fapi/v1/userTrades', { symbol: 'SOLUSDT', orderId: second.orderId }).json;
    expect(trade).toMatchObject({ qty: '1.00', price: '180.0000', maker: false, buyer: true, commission: '0.09000000', realizedPnl: '0' });
    expect(client.call('GET', '/fapi/v1/userTrades', { symbol: 'SOLUSDT', fromId: trade.id + 1 }).json).toEqual([]);
  });
});
