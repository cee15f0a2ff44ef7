/** What went over the WebSocket API is held to what holds for HTTP; and what only some desks are set up for is counted. */
import { describe, expect, it } from '@jest/globals';
import { evidenceOf } from '../../src/checkers/evidence.ts';
import { sendingFirst } from '../../src/checkers/sending-first.ts';
import { SetupTally } from '../../src/checkers/setup-tally.ts';
import { standingOrders } from '../../src/checkers/standing-orders.ts';
import { variedSetup } from '../../src/command/desk-variety.ts';
import { PLAN } from '../scenario/desk-plan.ts';
import { journaled, verdict } from './evidence-of.ts';

const SETTING = { engine: 'trading-engine', venueAccount: 'demo' };
const SECOND = 1_000_000;

function noted(what: string, detail: string, us = 7) {
  return evidenceOf({ us, who: 'trading-engine#1', what, detail } as never);
}

function frame(method: string, params: string) {
  return noted('ws.text', `{"id":"7","method":"${method}","params":{${params}}}`);
}

function wound(us: number, countdownMs: number) {
  return noted('http.request', `POST http://venue:5080/fapi/v1/countdownCancelAll?symbol=BTCUSDT&countdownTime=${countdownMs}\n`, us);
}

function canceled(us: number, account = 'demo') {
  const line = { type: 'order', account, symbol: 'BTCUSDT', event: 'CANCELED' };
  return { us, process: 'exchange', incarnation: 'exchange#1', type: 'venue', line } as const;
}

const PLACE = frame('order.place', '"symbol":"BTCUSDT","newClientOrderId":"q1a1","timestamp":1795000000000');

describe('a frame of the WebSocket API', () => {
  it('is the request that does the same, with numbers of orders to the last digit', () => {
    expect(frame('order.cancel', '"symbol":"BTCUSDT","orderId":8389765700000001001,"timestamp":5')).toMatchObject([
      { type: 'requested', method: 'DELETE', path: '/fapi/v1/order', isFrame: true },
    ]);
    const [cancel] = frame('order.cancel', '"orderId":8389765700000001001');
    expect(cancel?.type === 'requested' && cancel.params.get('orderId')).toBe('8389765700000001001');
    expect(frame('session.logon', '"apiKey":"x"')).toEqual([]);
    expect(noted('ws.text', '{"e":"ORDER_TRADE_UPDATE"}')).toEqual([]);
  });

  it('needs a journaled sending, and is not written after a halt', () => {
    const sending = journaled(1, 'sending', { clientOrderId: 'q1a1', phase: 'sending' });
    const halted = { ...journaled(2, 'x'), record: { k: 'mode', mode: 'halted' } };

    expect(verdict(sendingFirst, [sending, ...PLACE])).toEqual([]);
    expect(verdict(sendingFirst, PLACE)).toEqual(['place of q1a1 was written without a journaled sending before it']);
    expect(verdict(standingOrders, [halted, ...PLACE])).toHaveLength(1);
  });
});

describe('what only some desks are set up for', () => {
  it.each([
    [
      'orders over a socket, and those that became unknown',
      [...PLACE, journaled(3, 'x', { clientOrderId: 'q1a1', phase: 'unknown' })],
      { 'order-over-socket': 1, 'unknown-over-socket': 1 },
    ],
    ['a stream that outlived a connection', noted('log.warn private-connection-lost', '{}'), { 'stream-spared': 1 }],
    [
      'a trader that fell silent',
      [{ ...journaled(4, 'x'), record: { k: 'mode', why: 'trader t (q1) was not heard for 4000 ms: cancel' } }],
      { 'trader-silent': 1 },
    ],
    ['what it held', [journaled(5, 'initialized', { clientOrderId: 'FLAT1', strategy: 'reduce-q1' })], { 'holding-reduced': 1 }],
    ['a countdown that ran out', [...wound(0, 5_000), canceled(5 * SECOND + 9)], { 'countdown-wound': 1, 'countdown-ran-out': 1 }],
  ])('counts %s', (_what, evidence, counts) => {
    const tally = new SetupTally(SETTING);
    for (const one of evidence) tally.see(one);

    expect(tally.counts).toEqual(counts);
  });

  it.each([
    ['before its time', [...wound(0, 5_000), canceled(4 * SECOND)]],
    ['long after it', [...wound(0, 5_000), canceled(9 * SECOND)]],
    ['when it was wound up again', [...wound(0, 5_000), ...wound(2 * SECOND, 5_000), canceled(5 * SECOND + 9)]],
    ['when it was taken back', [...wound(0, 5_000), ...wound(2 * SECOND, 0), canceled(5 * SECOND + 9)]],
    ['of another account', [...wound(0, 5_000), canceled(5 * SECOND + 9, 'other')]],
  ])('does not take a cancel for a countdown that ran out: %s', (_what, evidence) => {
    const tally = new SetupTally(SETTING);
    for (const one of evidence) tally.see(one);

    expect(tally.counts).not.toHaveProperty('countdown-ran-out');
  });

  it('is drawn by seed, each way often', () => {
    const drawn = Array.from({ length: 200 }, (_, seed) => variedSetup(seed, PLAN).engine);
    const shares = (of: (engine: (typeof drawn)[number]) => unknown) =>
      [...Map.groupBy(drawn, of)].map(([value, engines]) => [value, engines.length > 15] as const).toSorted();

    expect(shares(({ ORDER_MANAGEMENT }) => ORDER_MANAGEMENT.ORDER_TRANSPORT).map(([value]) => value)).toEqual(['auto', 'rest', 'ws']);
    expect(shares(({ PERFORMANCE }) => PERFORMANCE.WEBSOCKET_POOL_SIZE)).toEqual([
      [1, true],
      [2, true],
    ]);
    expect(shares(({ RISK_MANAGEMENT }) => RISK_MANAGEMENT.DEAD_MAN_COUNTDOWN_MS > 0)).toEqual([
      [false, true],
      [true, true],
    ]);
    expect(shares(({ RISK_MANAGEMENT }) => RISK_MANAGEMENT.TRADER_SILENCE_POLICY)).toEqual([
      ['cancel', true],
      ['cancel-and-reduce', true],
      ['keep', true],
    ]);
    expect(variedSetup(7, PLAN)).toEqual(variedSetup(7, PLAN));
  });
});
