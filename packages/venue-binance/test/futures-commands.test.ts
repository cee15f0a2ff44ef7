import { decimal, decimalText, usTime } from '@fillwright/domain';
import { describe, expect, it } from '@jest/globals';
import { ALGO_ID, BTC, createWorld, ID, LIMIT_BUY, STOP_SELL } from './adapter-world.ts';
import { algoAnswer, orderAnswer } from './payloads.ts';

const ORDER = { instrument: BTC, clientOrderId: ID, conditional: false };
const STOP = { instrument: BTC, clientOrderId: ALGO_ID, conditional: true };

describe('commands of the futures adapter', () => {
  it('writes the request in the turn of the call', () => {
    const { adapter, http } = createWorld();

    void adapter.submit({ clientOrderId: ID, terms: LIMIT_BUY });
    expect(http.asked.map((one) => one.what)).toEqual(['POST /fapi/v1/order']);
    void adapter.cancel(ORDER);
    expect(http.count('DELETE /fapi/v1/order')).toBe(1);
    void adapter.modify({ order: ORDER, terms: LIMIT_BUY, price: decimal('92001'), qty: decimal('0.011') });
    expect(http.count('PUT /fapi/v1/order')).toBe(1);
    void adapter.submit({ clientOrderId: ALGO_ID, terms: STOP_SELL });
    expect(http.count('POST /fapi/v1/algoOrder')).toBe(1);
  });

  it('sends a limit order with everything the venue needs and the signature last', () => {
    const { adapter, http } = createWorld();
    void adapter.submit({ clientOrderId: ID, terms: LIMIT_BUY });

    const { request, params } = http.last('POST /fapi/v1/order');
    expect(Object.fromEntries(params)).toMatchObject({
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '0.01',
      price: '92000',
      newClientOrderId: ID,
      newOrderRespType: 'RESULT',
      selfTradePreventionMode: 'EXPIRE_MAKER',
      recvWindow: '5000',
    });
    expect([...params.keys()].at(-1)).toBe('signature');
    expect(params.has('reduceOnly')).toBe(false);
    expect(request.headers['X-MBX-APIKEY']).toBe('key');
    expect(request.body).toBeUndefined();
  });

  it.each([
    ['has 1200.9 ms left', 1_200.9, '1200', 0],
    ['has a minute', 60_000, '5000', 0],
    ['has nothing left', 0, '1', -1],
    ['is late: this process was stopped after its last look', -4_000, '1', -4_001],
  ])('lets the venue refuse what comes after its deadline when it %s', (_what, leftMs, recvWindow, madeMs) => {
    const { adapter, http, clock } = createWorld();
    const nowUs = clock.wallUs();
    const notAfterTs = usTime(nowUs + leftMs * 1000);
    void adapter.submit({ clientOrderId: ID, terms: LIMIT_BUY, notAfterTs });
    void adapter.submit({ clientOrderId: ALGO_ID, terms: STOP_SELL, notAfterTs });
    void adapter.modify({ order: ORDER, terms: LIMIT_BUY, price: decimal('92001'), qty: decimal('0.011'), notAfterTs });

    for (const what of ['POST /fapi/v1/order', 'POST /fapi/v1/algoOrder', 'PUT /fapi/v1/order']) {
      const { params } = http.last(what);
      expect(params.getAll('recvWindow')).toEqual([recvWindow]);
      expect(params.getAll('timestamp')).toEqual([String(Math.floor(nowUs / 1000) + madeMs)]);
      expect(params.has('notAfter')).toBe(false);
    }
  });

  it('sends a stop to the Algo service', () => {
    const { adapter, http } = createWorld();
    void adapter.submit({ clientOrderId: ALGO_ID, terms: STOP_SELL });

    const { params } = http.last('POST /fapi/v1/algoOrder');
    expect(Object.fromEntries(params)).toMatchObject({
      algoType: 'CONDITIONAL',
      type: 'STOP_MARKET',
      triggerPrice: '90000',
      workingType: 'MARK_PRICE',
      quantity: '0.01',
      reduceOnly: 'true',
      clientAlgoId: ALGO_ID,
      selfTradePreventionMode: 'EXPIRE_MAKER',
    });
    expect(params.has('timeInForce')).toBe(false);
  });

  it('confirms an accepted order', async () => {
    const { adapter, http } = createWorld();
    const outcome = adapter.submit({ clientOrderId: ID, terms: LIMIT_BUY });
    http.last('POST /fapi/v1/order').answer(200, orderAnswer());

    expect(await outcome).toMatchObject({
      type: 'confirmed',
      value: { clientOrderId: ID, venueOrderId: '812345678901', phase: 'new', source: 'answer' },
    });
  });

  it('keeps all digits of a 64-bit order id', async () => {
    const { adapter, http } = createWorld();
    const outcome = adapter.submit({ clientOrderId: ID, terms: LIMIT_BUY });
    http.last('POST /fapi/v1/order').answer(200, JSON.stringify(orderAnswer()).replace('812345678901', '8389765739703626001'));

    expect(await outcome).toMatchObject({ type: 'confirmed', value: { venueOrderId: '8389765739703626001' } });
  });

  it('leaves the outcome unknown when the answer cannot be read or speaks of another order', async () => {
    const { adapter, http } = createWorld();
    for (const body of ['<html>', '{"orderId":1', '', 'null', orderAnswer({ clientOrderId: 'other' }), orderAnswer({ status: 'ODD' })]) {
      const outcome = adapter.submit({ clientOrderId: ID, terms: LIMIT_BUY });
      http.last('POST /fapi/v1/order').answer(200, body);
      expect(await outcome).toMatchObject({ type: 'unknown', reason: { code: 'UNREADABLE_ANSWER' } });
    }
  });

  it('tells "never sent" from "perhaps sent"', async () => {
    const { adapter, http } = createWorld();

    const refused = adapter.submit({ clientOrderId: ID, terms: LIMIT_BUY });
    http.last('POST /fapi/v1/order').fail({ reason: 'refused', sent: 'no', message: 'ECONNREFUSED' });
    expect(await refused).toMatchObject({ type: 'refused', retry: true, reason: { code: 'NOT_SENT' } });

    const cut = adapter.submit({ clientOrderId: ID, terms: LIMIT_BUY });
    http.last('POST /fapi/v1/order').fail({ reason: 'cut', sent: 'maybe', message: 'socket hang up' });
    expect(await cut).toMatchObject({ type: 'unknown', reason: { code: 'NO_ANSWER' } });
  });

  it('refuses terms the venue has no words for without sending anything', async () => {
    const { adapter, http } = createWorld();
    const { price: _, ...withoutPrice } = LIMIT_BUY;

    expect(await adapter.submit({ clientOrderId: ID, terms: withoutPrice })).toMatchObject({
      type: 'refused',
      reason: { code: 'BAD_TERMS' },
    });
    expect(await adapter.modify({ order: STOP, terms: STOP_SELL, price: decimal('1'), qty: decimal('1') })).toMatchObject({
      type: 'refused',
      reason: { code: 'MODIFY_UNSUPPORTED' },
    });
    expect(http.asked).toEqual([]);
  });

  it('cancels where the order lives: Algo service before it fired, normal service after', async () => {
    const { adapter, http } = createWorld();

    const waiting = adapter.cancel(STOP);
    expect(Object.fromEntries(http.last('DELETE /fapi/v1/algoOrder').params)).toMatchObject({ clientAlgoId: ALGO_ID });
    http.last('DELETE /fapi/v1/algoOrder').answer(200, { algoId: 2146760, clientAlgoId: ALGO_ID, code: '200', msg: 'success' });
    expect(await waiting).toEqual({ type: 'confirmed', value: undefined });

    const fired = adapter.cancel({ ...STOP, venueOrderId: '77' as never });
    expect(http.last('DELETE /fapi/v1/order').params.get('orderId')).toBe('77');
    http.last('DELETE /fapi/v1/order').answer(200, orderAnswer({ orderId: 77, status: 'CANCELED', clientOrderId: 'whatever' }));
    expect(await fired).toMatchObject({ type: 'confirmed', value: { phase: 'canceled' } });
  });

  it('leaves "unknown order" on a cancel unknown: it may be filled', async () => {
    const { adapter, http } = createWorld();
    const outcome = adapter.cancel(ORDER);
    http.last('DELETE /fapi/v1/order').answer(400, { code: -2011, msg: 'Unknown order sent.' });
    expect(await outcome).toMatchObject({ type: 'unknown', reason: { code: 'BINANCE_2011' } });
  });

  it('modifies with price and total quantity', async () => {
    const { adapter, http } = createWorld();
    const outcome = adapter.modify({ order: ORDER, terms: LIMIT_BUY, price: decimal('92000.5'), qty: decimal('0.02') });
    expect(Object.fromEntries(http.last('PUT /fapi/v1/order').params)).toMatchObject({
      origClientOrderId: ID,
      side: 'BUY',
      price: '92000.5',
      quantity: '0.02',
    });
    http.last('PUT /fapi/v1/order').answer(200, orderAnswer({ price: '92000.50', origQty: '0.020' }));
    const result = await outcome;
    expect(result.type === 'confirmed' && result.value.terms.price && decimalText(result.value.terms.price)).toBe('92000.5');
  });

  it('places a conditional order and reports its Algo id', async () => {
    const { adapter, http } = createWorld();
    const outcome = adapter.submit({ clientOrderId: ALGO_ID, terms: STOP_SELL });
    http.last('POST /fapi/v1/algoOrder').answer(200, algoAnswer());
    expect(await outcome).toMatchObject({ type: 'confirmed', value: { algoId: '2146760', clientOrderId: ALGO_ID, phase: 'new' } });
  });
});
