/** A batch is as many requests as it has orders: each is held to what holds for an order that leaves alone. */
import { describe, expect, it } from '@jest/globals';
import type { MakeCheck } from '../../src/checkers/check.ts';
import { evidenceOf } from '../../src/checkers/evidence.ts';
import { sendingFirst } from '../../src/checkers/sending-first.ts';
import { standingOrders } from '../../src/checkers/standing-orders.ts';
import { Tally } from '../../src/checkers/tally.ts';
import { journaled, verdict } from './evidence-of.ts';

const SETTING = { engine: 'trading-engine', exchange: 'BINANCE', venueAccount: 'demo' };
const IDS = ['q1a1', 'q1a2', 'q1a3'];
const orders = IDS.map((newClientOrderId) => ({ symbol: 'BTCUSDT', side: 'BUY', newClientOrderId }));
const target = `http://venue:5080/fapi/v1/batchOrders?batchOrders=${encodeURIComponent(JSON.stringify(orders))}&recvWindow=5000`;
const BATCH = evidenceOf({ us: 7, who: 'trading-engine#1', what: 'http.request', detail: `POST ${target}` } as never);
const sending = (id: string, pos: number) => journaled(pos, 'sending', { clientOrderId: id, phase: 'sending' });
const said = (check: MakeCheck, evidence: Parameters<typeof verdict>[1]) => verdict(check, evidence);

describe('a batch', () => {
  it('is one request for each of its orders, with the parameters of that order and those of the whole', () => {
    expect(BATCH.map((one) => one.type === 'requested' && [one.params.get('newClientOrderId'), one.params.get('recvWindow')])).toEqual(
      IDS.map((id) => [id, '5000']),
    );
  });

  it('needs a journaled sending for each', () => {
    expect(said(sendingFirst, [...IDS.map(sending), ...BATCH])).toEqual([]);
    expect(said(sendingFirst, [sending('q1a1', 1), sending('q1a3', 2), ...BATCH])).toEqual([
      'place of q1a2 was written without a journaled sending before it',
    ]);
  });

  it('is not written after a halt', () => {
    const halted = { ...journaled(4, 'x'), record: { k: 'mode', mode: 'halted' } };

    expect(said(standingOrders, [halted, ...BATCH])).toHaveLength(3);
  });

  it('is counted, and those of it that became unknown', () => {
    const tally = new Tally(SETTING as never);
    for (const one of [...IDS.map(sending), ...BATCH]) tally.see(one);
    tally.see(journaled(5, 'outcome-unknown', { clientOrderId: 'q1a2', phase: 'unknown' }));
    tally.see(journaled(6, 'accepted', { clientOrderId: 'q1a1', state: 'open', phase: 'new' }));
    tally.see(journaled(7, 'x', { clientOrderId: 'q1a1', phase: 'unknown' }));

    expect(tally.counts).toMatchObject({ ordersBatched: 3, batchedUnknown: 1 });
  });
});
