/** The cases of a known order meeting what the venue states, numbered as in the reconciliation rules; `fills` in the order they are booked. */
import {
  applyOrderEvent,
  type ClientOrderId,
  decimal,
  type Fill,
  initialOrder,
  type Order,
  type OrderEvent,
  type OrderTerms,
  parseTradeId,
  parseVenueOrderId,
  usTime,
} from '@fillwright/domain';
import type { OrderReport } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import type { OrderEventBody } from '../../src/account/account-log.ts';
import { planReport } from '../../src/order/report-plan.ts';
import { BTC } from '../_world.ts';

const ID = 'q1tkr3x01' as ClientOrderId;
const VENUE_ID = parseVenueOrderId('7');
/** Of the leg that was replaced. */
const FORMER_ID = parseVenueOrderId('5');
const ALGO_ID = parseVenueOrderId('70');
const NOW = usTime(1_000);
const TERMS: OrderTerms = {
  instrument: BTC,
  side: 'buy',
  type: 'limit',
  timeInForce: 'GTC',
  qty: decimal('10'),
  price: decimal('100'),
  reduceOnly: false,
  closePosition: false,
};
const STOP: OrderTerms = {
  instrument: BTC,
  side: 'buy',
  type: 'stop-market',
  timeInForce: 'GTC',
  qty: decimal('10'),
  trigger: { price: decimal('110'), working: 'mark' },
  reduceOnly: false,
  closePosition: false,
};

function trade(id: number, qty: string, venueTs = 500): Fill {
  return {
    instrument: BTC,
    tradeId: parseTradeId(String(id)),
    venueOrderId: VENUE_ID,
    side: 'buy',
    qty: decimal(qty),
    price: decimal('100'),
    liquidity: 'maker',
    fee: decimal('0'),
    feeAsset: 'USDT',
    venueTs: usTime(venueTs),
  };
}

function apply(order: Order, bodies: readonly OrderEventBody[]): Order {
  return bodies.reduce((current, body) => {
    const event = { ...body, clientOrderId: ID, ts: NOW } as Exclude<OrderEvent, { type: 'initialized' }>;
    const result = applyOrderEvent(current, event);
    if (result.type === 'refused') throw new Error(result.text);
    return result.order;
  }, order);
}

const REASON = { code: 'X', text: 'x' };
const sending: OrderEventBody = { type: 'sending', attempt: 1 };
const accepted: OrderEventBody = { type: 'accepted', venueOrderId: VENUE_ID, venueTs: usTime(100) };
const filled = (id: number, qty: string): OrderEventBody => ({ type: 'filled', fill: trade(id, qty, 200) });

function order(bodies: readonly OrderEventBody[], terms: OrderTerms = TERMS): Order {
  const start = initialOrder({ type: 'initialized', clientOrderId: ID, ts: NOW, owner: 'q1', strategy: '', terms, external: false });
  return apply(start, bodies);
}

function report(change: Omit<Partial<OrderReport>, 'filledQty' | 'terms'> & { filled?: string; terms?: Partial<OrderTerms> }): OrderReport {
  const { filled: filledText = '0', terms, ...rest } = change;
  return {
    clientOrderId: ID,
    venueOrderId: VENUE_ID,
    terms: { ...TERMS, ...terms },
    phase: 'new',
    filledQty: decimal(filledText),
    venueTs: usTime(500),
    source: 'query',
    ...rest,
  };
}

function plan(before: Order, said: OrderReport, booked: readonly Fill[] = []) {
  const isFormerId = (id: string) => id === FORMER_ID;
  const facts = { ts: NOW, isBooked: (fill: Fill) => booked.some((one) => one.tradeId === fill.tradeId), isFormerId };
  const made = planReport(before, said, facts);
  const after = apply(before, made.events);
  const again = planReport(after, said, { ...facts, isBooked: (fill) => facts.isBooked(fill) || fill === said.fill });
  return { events: made.events.map(({ type }) => type), missing: made.missingQty.toString(), after, again: again.events };
}

const submitted = order([sending]);
const unknown = order([sending, { type: 'outcome-unknown', reason: REASON }]);
const open = order([sending, accepted]);
const partly = order([sending, accepted, filled(1, '4')]);
const done = order([sending, accepted, filled(1, '10')]);
const canceled = order([sending, accepted, { type: 'canceled', reason: REASON, venueTs: usTime(300) }]);
const half = decimal('5');

interface Case {
  readonly name: string;
  readonly before: Order;
  readonly said: OrderReport;
  readonly events: readonly string[];
  readonly phase: string;
  readonly missing?: string;
}

const CASES: readonly Case[] = [
  { name: '1 accepted', before: submitted, said: report({}), events: ['accepted'], phase: 'new' },
  { name: '1 accepted, its answer lost', before: unknown, said: report({}), events: ['accepted'], phase: 'new' },
  { name: '2 another price', before: open, said: report({ terms: { price: decimal('99') } }), events: ['modified'], phase: 'new' },
  {
    name: '2 another quantity',
    before: partly,
    said: report({ terms: { qty: half }, filled: '4' }),
    events: ['modified'],
    phase: 'partially-filled',
  },
  {
    name: '2 a quantity below what is filled',
    before: partly,
    said: report({ terms: { qty: decimal('3') }, filled: '3' }),
    events: [],
    phase: 'partially-filled',
  },
  {
    name: '2 other terms, but older than what we know',
    before: partly,
    said: report({ terms: { qty: half }, filled: '4', venueTs: usTime(150) }),
    events: [],
    phase: 'partially-filled',
  },
  { name: '4 triggered, of a type without trigger', before: open, said: report({ phase: 'triggered' }), events: [], phase: 'new' },
  {
    name: '5 a real fill',
    before: open,
    said: report({ phase: 'partially-filled', filled: '4', fill: trade(1, '4') }),
    events: ['filled'],
    phase: 'partially-filled',
  },
  {
    name: '5 the fill that completes',
    before: partly,
    said: report({ phase: 'filled', filled: '10', fill: trade(2, '6') }),
    events: ['filled'],
    phase: 'filled',
  },
  {
    name: '5 a fill before the confirmation',
    before: submitted,
    said: report({ phase: 'filled', filled: '10', fill: trade(2, '10') }),
    events: ['accepted', 'filled'],
    phase: 'filled',
  },
  {
    name: '6 more filled than we know',
    before: open,
    said: report({ phase: 'filled', filled: '10' }),
    events: [],
    phase: 'new',
    missing: '10',
  },
  {
    name: '6 a fill, and another we lack',
    before: open,
    said: report({ phase: 'partially-filled', filled: '7', fill: trade(2, '3') }),
    events: ['filled'],
    phase: 'partially-filled',
    missing: '4',
  },
  { name: '7 less filled than we know', before: partly, said: report({ filled: '1' }), events: [], phase: 'partially-filled' },
  {
    name: '8 canceled, with fills we lack',
    before: open,
    said: report({ phase: 'canceled', filled: '4' }),
    events: [],
    phase: 'new',
    missing: '4',
  },
  {
    name: '8 canceled with the last fill',
    before: open,
    said: report({ phase: 'expired', filled: '4', fill: trade(1, '4') }),
    events: ['filled', 'expired'],
    phase: 'expired',
  },
  {
    name: '9 canceled, only submitted',
    before: submitted,
    said: report({ phase: 'canceled' }),
    events: ['accepted', 'canceled'],
    phase: 'canceled',
  },
  { name: '10 rejected', before: submitted, said: report({ phase: 'rejected' }), events: ['rejected'], phase: 'rejected' },
  { name: '10 rejected, its answer lost', before: unknown, said: report({ phase: 'rejected' }), events: ['rejected'], phase: 'rejected' },
  { name: '11 rejected after it was open', before: open, said: report({ phase: 'rejected' }), events: ['rejected'], phase: 'rejected' },
  { name: '12 filled, as we know', before: done, said: report({ phase: 'filled', filled: '10' }), events: [], phase: 'filled' },
  {
    name: '13 a late fill',
    before: canceled,
    said: report({ phase: 'canceled', filled: '4', fill: trade(1, '4') }),
    events: ['filled'],
    phase: 'canceled',
  },
  {
    name: '13 a late fill that completes',
    before: canceled,
    said: report({ phase: 'filled', filled: '10', fill: trade(1, '10') }),
    events: ['filled'],
    phase: 'filled',
  },
  {
    name: '14 a fill beyond the quantity',
    before: partly,
    said: report({ phase: 'partially-filled', filled: '4', fill: trade(2, '7') }),
    events: [],
    phase: 'partially-filled',
  },
  {
    name: '17 canceled, under an older venue id',
    before: partly,
    said: report({ phase: 'canceled', venueOrderId: parseVenueOrderId('6'), venueTs: usTime(150) }),
    events: [],
    phase: 'partially-filled',
  },
  {
    name: '17 canceled, under a former venue id, told in the same moment as the new leg or later',
    before: partly,
    said: report({ phase: 'canceled', venueOrderId: FORMER_ID, filled: '4', venueTs: usTime(900) }),
    events: [],
    phase: 'partially-filled',
  },
  {
    name: '18 open, under an older venue id',
    before: open,
    said: report({ venueOrderId: parseVenueOrderId('6'), venueTs: usTime(50) }),
    events: [],
    phase: 'new',
  },
  {
    name: '19 a fill of the old leg',
    before: open,
    said: report({ venueOrderId: parseVenueOrderId('6'), venueTs: usTime(50), phase: 'filled', filled: '4', fill: trade(1, '4') }),
    events: ['filled'],
    phase: 'partially-filled',
  },
  {
    name: '20 a fill and less quantity at once',
    before: open,
    said: report({ phase: 'partially-filled', terms: { qty: half }, filled: '4', fill: trade(1, '4') }),
    events: ['modified', 'filled'],
    phase: 'partially-filled',
  },
  {
    name: '20 a fill and more quantity at once',
    before: partly,
    said: report({ phase: 'partially-filled', terms: { qty: decimal('20') }, filled: '14', fill: trade(2, '10') }),
    events: ['modified', 'filled'],
    phase: 'partially-filled',
  },
  { name: 'a closed order said to be open', before: canceled, said: report({ venueTs: usTime(900) }), events: [], phase: 'canceled' },
  {
    name: 'shrunk by the venue with its last fill',
    before: open,
    said: report({ phase: 'filled', terms: { qty: half }, filled: '5', fill: trade(1, '5') }),
    events: ['modified', 'filled'],
    phase: 'filled',
  },
  {
    name: 'shrunk by the venue to what is filled',
    before: partly,
    said: report({ phase: 'filled', terms: { qty: decimal('4') }, filled: '4' }),
    events: ['modified'],
    phase: 'filled',
  },
  {
    name: 'filled at the venue with a rest here',
    before: partly,
    said: report({ phase: 'filled', filled: '4' }),
    events: ['modified'],
    phase: 'filled',
  },
  {
    name: 'canceled down to what is filled',
    before: partly,
    said: report({ phase: 'canceled', terms: { qty: decimal('4') }, filled: '4' }),
    events: ['canceled'],
    phase: 'canceled',
  },
];

describe('what follows from a report about a known order', () => {
  it.each(CASES)('$name → $events', ({ before, said, events, phase, missing = '0' }) => {
    const made = plan(before, said);

    expect(made.events).toEqual(events);
    expect(made.after.phase).toBe(phase);
    expect(made.missing).toBe(missing);
  });

  it.each(CASES)('$name: the second time nothing follows', ({ before, said }) => {
    expect(plan(before, said).again).toEqual([]);
  });

  it('16 books a trade once', () => {
    const said = report({ phase: 'partially-filled', filled: '4', fill: trade(1, '4') });

    expect(plan(partly, said, [trade(1, '4')]).events).toEqual([]);
  });

  it('18 keeps the newer venue id', () => {
    const { after } = plan(open, report({ venueOrderId: parseVenueOrderId('6'), venueTs: usTime(50) }));

    expect(after.venueOrderId).toBe(VENUE_ID);
  });

  it('takes the answer to a modify for its end, also when it changes nothing', () => {
    const asked = apply(open, [{ type: 'modify-requested', commandId: 'm1', price: decimal('100') }]);
    const { after, events } = plan(asked, report({ change: 'amended' }));

    expect(events).toEqual(['modified']);
    expect(after).not.toHaveProperty('request');
  });
});

describe('what follows from a report about a conditional order', () => {
  const algo = (change: Parameters<typeof report>[0]): OrderReport => {
    const { venueOrderId: _none, ...rest } = report({ ...change, terms: { ...STOP, ...change.terms } });
    return {
      ...rest,
      terms: { ...STOP, ...change.terms },
      algoId: ALGO_ID,
      ...(change.venueOrderId && { venueOrderId: change.venueOrderId }),
    };
  };
  const waiting = order([sending, { type: 'accepted', algoId: ALGO_ID, venueTs: usTime(100) }], STOP);
  const fired = apply(waiting, [{ type: 'triggered', venueOrderId: VENUE_ID, venueTs: usTime(200) }]);
  const child = (change: Parameters<typeof report>[0]) => report({ ...change, terms: { ...STOP, ...change.terms } });

  it('3 fires: the order it became is the same order', () => {
    const made = plan(waiting, algo({ phase: 'triggered', venueOrderId: VENUE_ID }));

    expect(made.events).toEqual(['triggered']);
    expect(made.after).toMatchObject({ algoId: ALGO_ID, venueOrderId: VENUE_ID });
  });

  it('is told by the order it became before the Algo service said so', () => {
    const made = plan(waiting, child({ phase: 'filled', filled: '10', fill: trade(1, '10') }));

    expect(made.events).toEqual(['triggered', 'filled']);
    expect(plan(made.after, algo({ phase: 'triggered', venueOrderId: VENUE_ID, filled: '10' })).events).toEqual([]);
  });

  it('may have its child seen before its own confirmation', () => {
    const first = plan(order([sending], STOP), child({}));
    const second = plan(first.after, algo({}));

    expect([first.events, second.events]).toEqual([['accepted'], ['accepted']]);
    expect(second.after).toMatchObject({ algoId: ALGO_ID, venueOrderId: VENUE_ID, phase: 'new' });
  });

  it('is rejected when it fires', () => {
    expect(plan(waiting, algo({ phase: 'rejected' })).after.phase).toBe('rejected');
  });

  it('keeps the quantity of the order it became, whatever it was made with', () => {
    const shrunk = plan(fired, child({ phase: 'partially-filled', terms: { qty: half }, filled: '4', fill: trade(1, '4') })).after;
    const late = plan(shrunk, algo({ phase: 'triggered', venueOrderId: VENUE_ID, filled: '4', venueTs: usTime(900) }));

    expect(late.events).toEqual([]);
    expect(late.after.terms.qty.toString()).toBe('5');
  });

  it('that closes the position ends with what it closed', () => {
    const closing = { ...STOP, qty: decimal('0'), closePosition: true };
    const before = order([sending, { type: 'accepted', algoId: ALGO_ID }, { type: 'triggered', venueOrderId: VENUE_ID }], closing);
    const byChild = plan(before, child({ phase: 'filled', terms: { ...closing, qty: half }, filled: '5', fill: trade(1, '5') }));
    const known = apply(before, [filled(1, '5')]);
    const byRecord = plan(known, algo({ phase: 'filled', terms: closing, venueOrderId: VENUE_ID, filled: '5' }));

    expect(byChild.after).toMatchObject({ state: 'closed', phase: 'filled' });
    expect(byRecord.after).toMatchObject({ state: 'closed', phase: 'filled' });
  });
});
