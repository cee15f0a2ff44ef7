import { describe, expect, it } from '@jest/globals';
import { BTC, createWorld } from './adapter-world.ts';
import { algoAnswer, orderAnswer } from './payloads.ts';

describe('lists of open orders', () => {
  it('are read to the last row', async () => {
    const { adapter, http } = createWorld();
    const orders = adapter.openOrders();
    http.last('GET /fapi/v1/openOrders').answer(
      200,
      [1, 2, 3].map((n) => orderAnswer({ orderId: n, clientOrderId: `q1tkr3x0${n}` })),
    );
    const algo = adapter.openAlgoOrders();
    http.last('GET /fapi/v1/openAlgoOrders').answer(
      200,
      [4, 5].map((n) => algoAnswer({ algoId: n, clientAlgoId: `q1tkr3x0${n}` })),
    );

    const ids = [await orders, await algo].map((answer) => answer.type === 'answered' && answer.value.map((row) => row.clientOrderId));
    expect(ids).toEqual([
      ['q1tkr3x01', 'q1tkr3x02', 'q1tkr3x03'],
      ['q1tkr3x04', 'q1tkr3x05'],
    ]);
  });

  it('are no answer when one row cannot be read: what it hides would look gone', async () => {
    const { adapter, http } = createWorld();
    for (const bad of [orderAnswer({ status: 'ODD' }), orderAnswer({ origQty: null }), null, 'row']) {
      const orders = adapter.openOrders();
      http.last('GET /fapi/v1/openOrders').answer(200, [orderAnswer(), bad]);
      expect((await orders).type).toBe('failed');
    }
    const algo = adapter.openAlgoOrders();
    http.last('GET /fapi/v1/openAlgoOrders').answer(200, [algoAnswer(), algoAnswer({ algoStatus: 'ODD' })]);
    expect((await algo).type).toBe('failed');
  });

  it('say with price and trigger how an order of others could be built again', async () => {
    const { adapter, http } = createWorld();
    const algo = adapter.openAlgoOrders();
    http.last('GET /fapi/v1/openAlgoOrders').answer(200, [algoAnswer({ clientAlgoId: 'web_1', orderType: 'STOP', price: '89990.00' })]);
    const answer = await algo;
    const [row] = answer.type === 'answered' ? answer.value : [];

    expect(row?.terms).toMatchObject({ type: 'stop', side: 'sell', trigger: { working: 'mark' } });
    expect([row?.terms.price?.toString(), row?.terms.trigger?.price?.toString()]).toEqual(['89990', '90000']);
  });

  it('are those of one instrument where one is named', async () => {
    const { adapter, http } = createWorld();
    expect(adapter.listsByInstrument).toBeGreaterThan(1);
    const lists = [adapter.openOrders(BTC), adapter.openAlgoOrders(BTC)];
    for (const path of ['openOrders', 'openAlgoOrders']) {
      const asked = http.last(`GET /fapi/v1/${path}`);
      expect(asked.params.get('symbol')).toBe('BTCUSDT');
      asked.answer(200, []);
    }

    expect(await Promise.all(lists)).toEqual([
      { type: 'answered', value: [] },
      { type: 'answered', value: [] },
    ]);
  });
});
