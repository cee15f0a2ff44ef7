import type { OrderRef } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { ALGO_ID, BTC, createWorld, ID } from '../adapter-world.ts';
import { algoAnswer, orderAnswer } from '../payloads.ts';

const NORMAL: OrderRef = { instrument: BTC, clientOrderId: ID, conditional: false };
const STOP: OrderRef = { instrument: BTC, clientOrderId: ALGO_ID, conditional: true };
const ABSENT = [400, { code: -2013, msg: 'Order does not exist.' }] as const;

type Answers = Readonly<Record<string, readonly [number, unknown]>>;

function lookUp(order: OrderRef, answers: Answers) {
  const world = createWorld();
  world.http.auto = (what) => answers[what.replace('/fapi/v1', '')];
  return { answer: world.adapter.lookUpOrder(order), http: world.http };
}

describe('looking up one order', () => {
  it('finds a normal order with average price and filled quantity', async () => {
    const row = orderAnswer({ status: 'PARTIALLY_FILLED', executedQty: '0.004', avgPrice: '91999.50' });
    const { answer, http } = lookUp(NORMAL, { 'GET /order': [200, row] });
    const found = await answer;
    expect(found).toMatchObject({ type: 'answered', value: { phase: 'partially-filled', source: 'query' } });
    expect(found.type === 'answered' && [found.value.filledQty.toString(), found.value.averagePrice?.toString()]).toEqual([
      '0.004',
      '91999.5',
    ]);
    expect(http.last('GET /fapi/v1/order').params.get('origClientOrderId')).toBe(ID);
  });

  it('takes only the venue\'s own words for "absent"', async () => {
    expect(await lookUp(NORMAL, { 'GET /order': ABSENT }).answer).toEqual({ type: 'absent' });
    expect((await lookUp(NORMAL, { 'GET /order': [404, ''] }).answer).type).toBe('failed');
    expect((await lookUp(NORMAL, { 'GET /order': [500, { code: -2013, msg: 'Order does not exist.' }] }).answer).type).toBe('failed');
    expect((await lookUp(NORMAL, { 'GET /order': [200, {}] }).answer).type).toBe('failed');
  });

  it('does not believe an answer about another order', async () => {
    expect((await lookUp(NORMAL, { 'GET /order': [200, orderAnswer({ clientOrderId: 'other' })] }).answer).type).toBe('failed');
    expect((await lookUp(NORMAL, { 'GET /order': [200, orderAnswer({ symbol: 'ETHUSDT' })] }).answer).type).toBe('failed');
  });

  it('finds a stop in the Algo service', async () => {
    const { answer } = lookUp(STOP, { 'GET /algoOrder': [200, algoAnswer()] });
    expect(await answer).toMatchObject({ type: 'answered', value: { phase: 'new', algoId: '2146760', clientOrderId: ALGO_ID } });
  });

  it('follows a fired stop to the order it became and joins both', async () => {
    const { answer, http } = lookUp(STOP, {
      'GET /algoOrder': [200, algoAnswer({ algoStatus: 'FINISHED', actualOrderId: '88937381063' })],
      'GET /order': [
        200,
        orderAnswer({ orderId: 88937381063, clientOrderId: 'child', type: 'MARKET', side: 'SELL', status: 'FILLED', executedQty: '0.010' }),
      ],
    });
    expect(await answer).toMatchObject({
      type: 'answered',
      value: { phase: 'filled', venueOrderId: '88937381063', algoId: '2146760', clientOrderId: ALGO_ID, terms: { type: 'stop-market' } },
    });
    expect(http.last('GET /fapi/v1/order').params.get('orderId')).toBe('88937381063');
  });

  it('says "triggered" while the fired order is not visible yet, and fails when it cannot ask', async () => {
    const fired = { 'GET /algoOrder': [200, algoAnswer({ algoStatus: 'TRIGGERED', actualOrderId: '88937381063' })] } as const;
    expect(await lookUp(STOP, { ...fired, 'GET /order': ABSENT }).answer).toMatchObject({
      type: 'answered',
      value: { phase: 'triggered', venueOrderId: '88937381063' },
    });
    expect((await lookUp(STOP, { ...fired, 'GET /order': [502, ''] }).answer).type).toBe('failed');
  });

  it('takes the Algo record for the end of a fired order that the venue has forgotten', async () => {
    const lookUpOld = async (record: object) => {
      const row = algoAnswer({ algoStatus: 'FINISHED', actualOrderId: '88937381063', updateTime: 1_794_000_000_000, ...record });
      const answer = await lookUp(STOP, { 'GET /algoOrder': [200, row], 'GET /order': ABSENT }).answer;
      return answer.type === 'answered' && answer.value.phase;
    };
    expect(await lookUpOld({ actualQty: '0' })).toBe('expired');
    expect(await lookUpOld({ actualQty: '0.004' })).toBe('expired');
    expect(await lookUpOld({ actualQty: '0.010' })).toBe('filled');
    expect(await lookUpOld({ actualQty: '0.010', updateTime: 1_794_399_999_000 })).toBe('triggered');
    expect(await lookUpOld({ algoStatus: 'TRIGGERED' })).toBe('triggered');
  });

  it('calls a stop absent only when both services know nothing', async () => {
    expect(await lookUp(STOP, { 'GET /algoOrder': ABSENT, 'GET /order': ABSENT }).answer).toEqual({ type: 'absent' });
    expect((await lookUp(STOP, { 'GET /algoOrder': ABSENT, 'GET /order': [503, ''] }).answer).type).toBe('failed');
    expect((await lookUp(STOP, { 'GET /algoOrder': [503, ''], 'GET /order': ABSENT }).answer).type).toBe('failed');
  });

  it('reads every status of the Algo service', async () => {
    const phases: Readonly<Record<string, string>> = {
      NEW: 'new',
      TRIGGERING: 'new',
      CANCELED: 'canceled',
      REJECTED: 'rejected',
      EXPIRED: 'expired',
      FINISHED: 'expired',
    };
    for (const [algoStatus, phase] of Object.entries(phases)) {
      const answer = await lookUp(STOP, { 'GET /algoOrder': [200, algoAnswer({ algoStatus })] }).answer;
      expect([algoStatus, answer.type === 'answered' && answer.value.phase]).toEqual([algoStatus, phase]);
    }
    expect((await lookUp(STOP, { 'GET /algoOrder': [200, algoAnswer({ algoStatus: 'ODD' })] }).answer).type).toBe('failed');
  });
});
