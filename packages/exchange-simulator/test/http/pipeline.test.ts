import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type TestClient, TestVenue } from '../kit.ts';

let test: TestVenue;
let client: TestClient;
const KEY = 'fillwrightdemokey00000000000000000000000000000000000000000000main';
const SECRET = 'fillwrightdemosecret000000000000000000000000000000000000000000main';

beforeEach(async () => {
  test = await TestVenue.quiet();
  client = test.client('demo');
});

function signed(query: string): string {
  return `${query}&signature=${createHmac('sha256', SECRET).update(query).digest('hex')}`;
}

function get(target: string, headers: Record<string, string> = { 'x-mbx-apikey': KEY }) {
  return test.now(test.raw('GET', target, headers));
}

describe('the order of checks', () => {
  it('answers an unknown path with 404 and its own code', () => {
    expect(get('/fapi/v1/nope')).toMatchObject({ status: 404, json: { code: -5000, msg: 'Path /fapi/v1/nope, Method GET is invalid' } });
  });

  it('looks at the key before the parameters, at these before time, at time before the signature', () => {
    const now = test.clock.nowMs;
    expect(get('/fapi/v1/order', {})).toMatchObject({ status: 401, json: { code: -2014, msg: 'API-key format invalid.' } });
    expect(get('/fapi/v1/order', { 'x-mbx-apikey': 'unknown' })).toMatchObject({ status: 401, json: { code: -2015 } });
    expect(get('/fapi/v1/order')).toMatchObject({ status: 400, json: { code: -1102, msg: expect.stringContaining("'symbol'") } });
    expect(get('/fapi/v1/order?symbol=BTCUSDT').json).toMatchObject({ code: -1102, msg: expect.stringContaining("'timestamp'") });
    expect(get(`/fapi/v1/order?symbol=BTCUSDT&timestamp=${now}`).json).toMatchObject({
      code: -1102,
      msg: expect.stringContaining("'signature'"),
    });
    expect(get(`/fapi/v1/order?symbol=NOPE&timestamp=1&signature=x`).json.code).toBe(-1021);
    expect(get(`/fapi/v1/order?symbol=NOPE&timestamp=${now}&signature=x`).json.code).toBe(-1022);
    expect(get(`/fapi/v1/order?${signed(`symbol=NOPE&timestamp=${now}`)}`).json.code).toBe(-1121);
  });

  it('accepts a timestamp up to a second ahead and recvWindow behind, with two texts beyond', () => {
    const at = (offset: number, more = '') => get(`/fapi/v3/balance?${signed(`timestamp=${test.clock.nowMs + offset}${more}`)}`).json;
    expect(at(999)).toHaveLength(1);
    expect(at(1000)).toEqual({ code: -1021, msg: "Timestamp for this request was 1000ms ahead of the server's time." });
    expect(at(-5000)).toHaveLength(1);
    expect(at(-5001)).toEqual({ code: -1021, msg: 'Timestamp for this request is outside of the recvWindow.' });
    expect(at(-5001, '&recvWindow=6000')).toHaveLength(1);
    expect(at(0, '&recvWindow=60001')).toEqual({ code: -1131, msg: 'recvWindow must be less than 60000' });
  });

  it('reads parameters from query and body, the query first, whatever the content type says', () => {
    const query = 'symbol=SOLUSDT&side=BUY&type=LIMIT';
    const body = `side=SELL&quantity=1&price=180&timeInForce=GTC&timestamp=${test.clock.nowMs}`;
    const signature = createHmac('sha256', SECRET)
      .update(query + body)
      .digest('hex');
    const headers = { 'x-mbx-apikey': KEY, 'content-type': 'application/json' };
    const reply = test.now(test.raw('POST', `/fapi/v1/order?${query}`, headers, `${body}&signature=${signature}`));
    expect(reply.json).toMatchObject({ side: 'BUY', status: 'NEW', price: '180.0000' });
  });

  it('takes both spellings of the batch cancel lists', () => {
    const { orderId } = client.limit('BUY', '179.0000', '1').json;
    const reply = client.call('DELETE', '/fapi/v1/batchOrders', { symbol: 'SOLUSDT', orderidlist: `[${orderId}]` });
    expect(reply.json).toMatchObject([{ orderId, status: 'CANCELED' }]);
  });
});

describe('limits', () => {
  it('reports the used weight on every answer, also on errors, and starts over with the minute', () => {
    expect(get('/fapi/v1/ping').headers['x-mbx-used-weight-1m']).toBe('1');
    expect(get('/fapi/v1/depth?symbol=SOLUSDT&limit=1000').headers['x-mbx-used-weight-1m']).toBe('21');
    expect(get('/fapi/v1/depth?symbol=NOPE&limit=100').headers['x-mbx-used-weight-1m']).toBe('26');
    test.clock.advance(60_000);
    expect(get('/fapi/v1/ping').headers['x-mbx-used-weight-1m']).toBe('1');
  });

  it('blocks an address over its weight with 429, then bans it with 418 until the time it names', () => {
    for (let n = 0; n < 120; n += 1) get('/fapi/v1/depth?symbol=SOLUSDT&limit=1000');
    test.clock.advance(20_000);
    expect(get('/fapi/v1/ping')).toMatchObject({ status: 429, json: { code: -1003 }, headers: { 'retry-after': '40' } });
    for (let n = 0; n < 8; n += 1) expect(get('/fapi/v1/ping').status).toBe(429);
    const banned = get('/fapi/v1/ping');
    expect(banned.status).toBe(418);
    expect(banned.json.msg).toContain(`banned until ${test.clock.nowMs + 120_000}`);
    expect(test.now(test.raw('GET', '/fapi/v1/ping', {}, '', 5080, '10.9.9.9')).status).toBe(200);
    test.clock.advance(119_999);
    expect(get('/fapi/v1/ping').status).toBe(418);
    test.clock.advance(1);
    expect(get('/fapi/v1/ping').status).toBe(200);
  });

  it('counts accepted orders per 10 s and minute, five for a batch, and refuses beyond', async () => {
    test = await TestVenue.quiet({
      limits: { weightPerMinute: 2400, ordersPer10Seconds: 7, ordersPerMinute: 12, strikesToBan: 10, banMs: 1000 },
    });
    client = test.client('demo');
    const first = client.limit('BUY', '170.0000', '1');
    expect(first.headers).toMatchObject({ 'x-mbx-order-count-10s': '1', 'x-mbx-order-count-1m': '1' });
    expect(client.limit('BUY', '1.0000', '1').status).toBe(400);
    const batch = JSON.stringify([{ symbol: 'SOLUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '1', price: '179' }]);
    expect(client.call('POST', '/fapi/v1/batchOrders', { batchOrders: batch }).headers).toMatchObject({
      'x-mbx-order-count-10s': '6',
      'x-mbx-order-count-1m': '2',
    });
    client.limit('BUY', '172.0000', '1');
    const over = client.limit('BUY', '172.0000', '1');
    expect(over).toMatchObject({
      status: 429,
      json: { code: -1015, msg: 'Too many new orders; current limit is 7 orders per 10 SECONDS.' },
    });
    expect(client.call('DELETE', '/fapi/v1/allOpenOrders', { symbol: 'SOLUSDT' }).status).toBe(200);
    test.clock.advance(10_000);
    expect(client.limit('BUY', '172.0000', '1').headers).toMatchObject({ 'x-mbx-order-count-10s': '1', 'x-mbx-order-count-1m': '4' });
    expect(client.call('GET', '/fapi/v1/rateLimit/order').json).toMatchObject([{ count: 1 }, { count: 4 }]);
  });
});

describe('answers', () => {
  it('prints ids beyond 2^53 as bare integers', () => {
    const target = client.target('/fapi/v1/order', {
      symbol: 'ETHUSDT',
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      price: '3000',
      quantity: '1',
    });
    const reply = test.now(test.raw('POST', target, { 'x-mbx-apikey': KEY }));
    expect(reply.text).toContain('"orderId":8389765700000000001,');
    const found = client.call('GET', '/fapi/v1/order', { symbol: 'ETHUSDT', orderId: '8389765700000000001' });
    expect(found.json.orderId).toBe('8389765700000000001');
  });

  it('leaves average price and cumulative quote out of command replies, but not out of queries', () => {
    test.client('second').limit('SELL', '180.0000', '1');
    const reply = client.market('BUY', '1');
    expect(reply.json).toMatchObject({ status: 'FILLED', executedQty: '1.00' });
    expect(reply.json).not.toHaveProperty('avgPrice');
    expect(reply.json).not.toHaveProperty('cumQuote');
    const row = client.call('GET', '/fapi/v1/order', { symbol: 'SOLUSDT', orderId: reply.json.orderId });
    expect(row.json).toMatchObject({ avgPrice: '180.0000', cumQuote: '180.000000' });
  });

  it('acknowledges a filled order as new when no result was asked for', () => {
    test.client('second').limit('SELL', '180.0000', '1');
    expect(client.market('BUY', '1', { newOrderRespType: 'ACK' }).json).toMatchObject({ status: 'NEW', executedQty: '0.00' });
  });
});
