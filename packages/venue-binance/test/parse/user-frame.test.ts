import { decimalText } from '@fillwright/domain';
import type { OrderReport, VenueEvent } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readUserFrame, type UserFrame } from '../../src/parse/user-frame.ts';
import { fillTexts } from '../adapter-world.ts';
import { algoUpdate, orderUpdate } from '../payloads.ts';

function frame(message: unknown): UserFrame {
  return readUserFrame(typeof message === 'string' ? message : JSON.stringify(message), () => 'USDT');
}

function eventsOf(message: unknown): readonly VenueEvent[] {
  const read = frame(message);
  if (read.type !== 'events') throw new Error(`expected events, got ${read.type}`);
  return read.events;
}

function reportOf(message: unknown): OrderReport {
  const [event, ...rest] = eventsOf(message);
  if (event?.type !== 'order' || rest.length > 0) throw new Error(`expected one order report, got ${JSON.stringify(event)}`);
  return event.report;
}

describe('ORDER_TRADE_UPDATE', () => {
  it('carries a trade whole', () => {
    const report = reportOf(orderUpdate());
    expect(report).toMatchObject({
      clientOrderId: 'q1tkr3x01a',
      venueOrderId: '812345678901',
      phase: 'partially-filled',
      change: 'trade',
      source: 'stream',
      venueTs: 1_794_400_002_990_000,
      terms: { instrument: 'BTCUSDT-PERP.BINANCE', side: 'buy', type: 'limit', timeInForce: 'GTC' },
      fill: { venueOrderId: '812345678901', clientOrderId: 'q1tkr3x01a', side: 'buy', liquidity: 'maker', venueTs: 1_794_400_002_990_000 },
    });
    expect(fillTexts(report.fill)).toEqual({ tradeId: '6100000001', qty: '0.004', price: '91999.5', fee: '0.0735996', feeAsset: 'USDT' });
    expect(decimalText(report.filledQty)).toBe('0.004');
    expect(report.averagePrice && decimalText(report.averagePrice)).toBe('91999.5');
  });

  it('keeps 64-bit ids exact', () => {
    const text = JSON.stringify(orderUpdate()).replace('812345678901', '8389765739703626001').replace('6100000001', '9223372036854775807');
    expect(reportOf(text)).toMatchObject({ venueOrderId: '8389765739703626001', fill: { tradeId: '9223372036854775807' } });
  });

  it.each([
    ['NEW', 'NEW', 'new', 'new'],
    ['CANCELED', 'CANCELED', 'canceled', 'canceled'],
    ['EXPIRED', 'EXPIRED', 'expired', 'expired'],
    ['EXPIRED', 'EXPIRED_IN_MATCH', 'expired', 'expired'],
    ['AMENDMENT', 'PARTIALLY_FILLED', 'amended', 'partially-filled'],
    ['SOMETHING_NEW', 'NEW', undefined, 'new'],
  ])('reads execution type %s with status %s', (x, X, change, phase) => {
    const report = reportOf(orderUpdate({ x, X }));
    expect(report.phase).toBe(phase);
    expect(report.change).toBe(change);
    expect(report.fill).toBeUndefined();
  });

  it('says why an order ended', () => {
    const reason = (overrides: object) => reportOf(orderUpdate({ l: '0', t: 0, ...overrides })).reason?.code;
    expect(reason({ x: 'EXPIRED', X: 'EXPIRED_IN_MATCH', er: '1' })).toBe('SELF_TRADE_PREVENTION');
    expect(reason({ x: 'EXPIRED', X: 'EXPIRED_IN_MATCH', er: '0' })).toBe('SELF_TRADE_PREVENTION');
    expect(reason({ x: 'EXPIRED', X: 'EXPIRED', er: '2' })).toBe('IOC_REMAINDER');
    expect(reason({ x: 'EXPIRED', X: 'EXPIRED', er: '99' })).toBe('VENUE_EXPIRY');
    expect(reason({ x: 'CANCELED', X: 'CANCELED', er: '5' })).toBe('LIQUIDATION');
    expect(reason({ x: 'CANCELED', X: 'CANCELED', er: '0' })).toBeUndefined();
    expect(reason({ x: 'NEW', X: 'NEW', er: '0' })).toBeUndefined();
  });

  it('makes no fill of a report without trade, and doubts a trade without price', () => {
    expect(reportOf(orderUpdate({ t: 0 })).fill).toBeUndefined();
    expect(reportOf(orderUpdate({ l: '0' })).fill).toBeUndefined();
    expect(reportOf(orderUpdate({ x: 'EXPIRED', X: 'EXPIRED_IN_MATCH', l: '0.006' })).fill).toBeUndefined();
    expect(eventsOf(orderUpdate({ L: '0' }))).toMatchObject([{ type: 'unreadable' }]);
  });

  it('takes a trade without commission as free', () => {
    const { N: _, n: __, ...rest } = orderUpdate().o;
    expect(fillTexts(reportOf({ ...orderUpdate(), o: rest }).fill)).toMatchObject({ fee: '0', feeAsset: 'USDT' });
    expect(fillTexts(reportOf(orderUpdate({ N: null, n: null })).fill)).toMatchObject({ fee: '0', feeAsset: 'USDT' });
  });

  it.each([
    ['autoclose-1794400000000', 'CALCULATED', 'FILLED', 'liquidation'],
    ['adl_autoclose', 'TRADE', 'FILLED', 'adl'],
    ['settlement_autoclose-1', 'TRADE', 'FILLED', 'settlement'],
    ['delivery_autoclose-1', 'TRADE', 'FILLED', 'settlement'],
    ['x', 'CALCULATED', 'NEW_ADL', 'adl'],
    ['x', 'CALCULATED', 'NEW_INSURANCE', 'liquidation'],
  ])('knows that the venue made %s (%s, %s)', (c, x, X, venueMade) => {
    const report = reportOf(orderUpdate({ c, x, X, q: '0.004' }));
    expect(report).toMatchObject({ venueMade, phase: 'filled', fill: { tradeId: '6100000001' } });
    expect(report.fill?.clientOrderId).toBe(c === 'x' ? 'x' : undefined);
  });

  it('makes nothing but a notice of a liquidation of nothing', () => {
    const events = eventsOf(orderUpdate({ c: 'autoclose-1', x: 'CALCULATED', X: 'FILLED', q: '0.000', l: '0.000', z: '0.000', L: '0.00' }));
    expect(events).toMatchObject([{ type: 'notice', code: 'EMPTY_VENUE_ORDER' }]);
  });

  it('reads orders that other programs made: unknown types, times in force, client ids', () => {
    expect(reportOf(orderUpdate({ o: 'LIQUIDATION', f: 'GTE_GTC', c: '' }))).toMatchObject({
      clientOrderId: '',
      terms: { type: 'limit', timeInForce: 'GTC' },
    });
    expect(reportOf(orderUpdate({ o: 'LIQUIDATION', p: '0' })).terms).toMatchObject({ type: 'market' });
    expect(reportOf(orderUpdate({ f: 'RPI', c: 'web_ÄÖ' })).terms.timeInForce).toBe('GTX');
  });

  it.each(['s', 'S', 'X', 'i', 'q', 'z'])('is unreadable without %s', (name) => {
    for (const value of [undefined, null, {}, 'what?', -1.5]) {
      const [event] = eventsOf(orderUpdate({ [name]: name === 's' && value === 'what?' ? 'a b' : value }));
      expect(event?.type).toBe('unreadable');
    }
  });

  it('never throws, whatever stands in a field', () => {
    const names = Object.keys(orderUpdate().o);
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.jsonValue(), (name, value) => {
        expect(['order', 'unreadable', 'notice']).toContain(eventsOf(orderUpdate({ [name]: value }))[0]?.type);
      }),
    );
  });
});

describe('ALGO_UPDATE', () => {
  it('reads a new conditional order, whose order id is an empty text', () => {
    const report = reportOf(algoUpdate());
    expect(report).toMatchObject({
      algoId: '2146760',
      clientOrderId: 'q1tkr3x01b',
      phase: 'new',
      change: 'new',
      terms: { type: 'stop-market', trigger: { working: 'mark' }, reduceOnly: true },
    });
    expect(report.venueOrderId).toBeUndefined();
  });

  it.each([
    [{ X: 'TRIGGERING' }, 'new', undefined],
    [{ X: 'TRIGGERED', ai: '88937381063' }, 'triggered', '88937381063'],
    [{ X: 'TRIGGERED', ai: 88937381063 }, 'triggered', '88937381063'],
    [{ X: 'FINISHED', ai: '88937381063', aq: '0.010', ap: '89990' }, 'triggered', '88937381063'],
    [{ X: 'FINISHED' }, 'expired', undefined],
    [{ X: 'CANCELED' }, 'canceled', undefined],
    [{ X: 'EXPIRED' }, 'expired', undefined],
    [{ X: 'REJECTED', rm: 'Margin is insufficient.' }, 'rejected', undefined],
  ])('reads %j', (overrides, phase, venueOrderId) => {
    const report = reportOf(algoUpdate(overrides));
    expect(report.phase).toBe(phase);
    expect(report.venueOrderId).toBe(venueOrderId);
  });

  it("keeps the venue's words on why it was refused", () => {
    expect(reportOf(algoUpdate({ X: 'REJECTED', rm: 'Margin is insufficient.' })).reason).toEqual({
      code: 'TRIGGER_REJECTED',
      text: 'Margin is insufficient.',
    });
  });

  it('needs no quantity to close a position', () => {
    const { q: _, ...rest } = algoUpdate({ cp: true }).o;
    expect(reportOf({ ...algoUpdate(), o: rest })).toMatchObject({ terms: { closePosition: true } });
    const { q: __, ...without } = algoUpdate().o;
    expect(eventsOf({ ...algoUpdate(), o: without })[0]?.type).toBe('unreadable');
  });
});

describe('ACCOUNT_UPDATE', () => {
  const update = (a: object) => ({ e: 'ACCOUNT_UPDATE', E: 1_794_400_002_995, T: 1_794_400_002_990, a });

  it('gives balances, then positions, in the order of the frame', () => {
    const events = eventsOf(
      update({
        m: 'ORDER',
        B: [
          { a: 'USDT', wb: '9999.9264', cw: '9999.9264', bc: '0' },
          { a: 'BNB', wb: '1', cw: '1', bc: '0' },
        ],
        P: [{ s: 'BTCUSDT', pa: '-0.004', ep: '91999.5', ps: 'BOTH' }],
      }),
    );
    expect(events).toMatchObject([
      { type: 'balance', report: { asset: 'USDT', cause: 'trade' } },
      { type: 'balance', report: { asset: 'BNB' } },
      { type: 'position', report: { instrument: 'BTCUSDT-PERP.BINANCE', venueTs: 1_794_400_002_990_000 } },
    ]);
  });

  it.each([
    ['FUNDING_FEE', 'funding'],
    ['SPECIAL_FUNDING_FEE', 'funding'],
    ['WITHDRAW', 'transfer'],
    ['COIN_SWAP_DEPOSIT', 'transfer'],
    ['INSURANCE_CLEAR', 'adjustment'],
    ['A_REASON_OF_TOMORROW', 'other'],
  ])('tells the cause of %s: %s', (m, cause) => {
    const [event] = eventsOf(update({ m, B: [{ a: 'USDT', wb: '10', cw: '10', bc: '-0.5' }], S: 'BTCUSDT' }));
    expect(event).toMatchObject({ type: 'balance', report: { cause } });
    expect(event?.type === 'balance' && event.report.delta?.toString()).toBe('-0.5');
  });

  it('drops empty hedge rows and raises a notice for others', () => {
    const row = { s: 'BTCUSDT', ep: '1', ps: 'LONG' };
    expect(eventsOf(update({ m: 'ORDER', B: [], P: [{ ...row, pa: '0' }] }))).toEqual([]);
    expect(eventsOf(update({ m: 'ORDER', B: [], P: [{ ...row, pa: '1' }] }))).toMatchObject([{ type: 'notice', code: 'HEDGE_MODE' }]);
  });

  it('is unreadable as a whole when one row is', () => {
    const good = { a: 'USDT', wb: '1', cw: '1', bc: '0' };
    expect(eventsOf(update({ m: 'ORDER', B: [good, { a: 'BNB', wb: 1 }], P: [] }))).toMatchObject([{ type: 'unreadable' }]);
    expect(eventsOf(update({ m: 'ORDER', B: {}, P: [] }))).toMatchObject([{ type: 'unreadable' }]);
  });
});

describe('other frames of the private stream', () => {
  it('hints at trades, never books them', () => {
    expect(eventsOf({ e: 'TRADE_LITE', E: 1, T: 1, s: 'BTCUSDT', c: 'q1tkr3x01a', t: 5, l: '1', L: '2', i: 3, S: 'BUY' })).toEqual([
      { type: 'trade-hint', clientOrderId: 'q1tkr3x01a', instrument: 'BTCUSDT-PERP.BINANCE' },
    ]);
  });

  it('passes margin calls and configuration changes on as notices', () => {
    expect(eventsOf({ e: 'MARGIN_CALL', E: 1_794_400_000_000, cw: '3.1', p: [{ s: 'ETHUSDT', pa: '1' }] })).toMatchObject([
      { type: 'notice', code: 'MARGIN_CALL', text: expect.stringContaining('ETHUSDT'), venueTs: 1_794_400_000_000_000 },
    ]);
    expect(eventsOf({ e: 'ACCOUNT_CONFIG_UPDATE', E: 1, T: 1, ac: { s: 'BTCUSDT', l: 25 } })).toMatchObject([
      { code: 'ACCOUNT_CONFIG_UPDATE' },
    ]);
  });

  it('ends with listenKeyExpired', () => {
    expect(frame({ e: 'listenKeyExpired', E: 1, listenKey: 'k' })).toEqual({ type: 'expired' });
    expect(frame({ stream: 'k', data: { e: 'listenKeyExpired', E: '1', listenKey: 'k' } })).toEqual({ type: 'expired' });
  });

  it('skips what says nothing to us, by name', () => {
    expect(frame({ e: 'GRID_UPDATE', E: 1 })).toEqual({ type: 'skipped', event: 'GRID_UPDATE', known: true });
    expect(frame({ e: 'EVENT_OF_TOMORROW', E: 1 })).toEqual({ type: 'skipped', event: 'EVENT_OF_TOMORROW', known: false });
    expect(frame({ result: null, id: 1 })).toEqual({ type: 'skipped', event: 'answer', known: true });
  });

  it('doubts what it cannot read', () => {
    for (const text of ['', 'null', '[]', '{', '{"x":1}', '{"e":5}', '"ORDER_TRADE_UPDATE"', '{"e":"ORDER_TRADE_UPDATE"}'])
      expect(frame(text)).toMatchObject({ type: 'events', events: [{ type: 'unreadable' }] });
  });
});
