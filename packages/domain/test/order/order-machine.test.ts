import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  applyOrderEvent,
  decimal,
  initialOrder,
  MOVES,
  mayApply,
  type Order,
  type OrderEvent,
  type OrderPhase,
  parseVenueOrderId,
  usTime,
} from '../../src/mod.ts';
import { arrivals, fill, ORDER_ID, terms } from '../arbitraries.ts';

type Event = Exclude<OrderEvent, { type: 'initialized' }>;
type Body = Event extends infer E ? (E extends Event ? Omit<E, 'clientOrderId' | 'ts'> : never) : never;

const TS = usTime(1_000);
const REASON = { code: 'X', text: 'x' };

function start(): Order {
  return initialOrder({
    type: 'initialized',
    clientOrderId: ORDER_ID,
    ts: TS,
    owner: 'q1',
    strategy: '',
    terms: terms('10'),
    external: false,
  });
}

function after(order: Order, ...bodies: readonly Body[]): Order {
  return bodies.reduce((current, body) => {
    const result = applyOrderEvent(current, { ...body, clientOrderId: ORDER_ID, ts: TS } as Event);
    if (result.type === 'refused') throw new Error(result.text);
    return result.order;
  }, order);
}

const accepted: Body = { type: 'accepted', venueOrderId: parseVenueOrderId('1') };
const sending: Body = { type: 'sending', attempt: 1 };
const unknown: Body = { type: 'outcome-unknown', reason: REASON };
const canceled: Body = { type: 'canceled', reason: REASON };

/** One order in each phase. */
const PHASES: Readonly<Record<OrderPhase, () => Order>> = {
  intent: start,
  waiting: () => ({ ...start(), phase: 'waiting' }) as Order,
  sending: () => after(start(), sending),
  unknown: () => after(start(), sending, unknown),
  new: () => after(start(), sending, accepted),
  'partially-filled': () => after(start(), sending, accepted, { type: 'filled', fill: fill(1, 'buy', '4', '100') }),
  filled: () => after(start(), sending, accepted, { type: 'filled', fill: fill(1, 'buy', '10', '100') }),
  canceled: () => after(start(), sending, accepted, canceled),
  expired: () => after(start(), sending, accepted, { type: 'expired', reason: REASON }),
  rejected: () => after(start(), sending, { type: 'rejected', reason: REASON }),
  denied: () => after(start(), { type: 'denied', reason: REASON }),
};

const EVENTS: Readonly<Record<Event['type'], Body>> = {
  denied: { type: 'denied', reason: REASON },
  sending,
  'outcome-unknown': unknown,
  accepted,
  triggered: { type: 'triggered', venueOrderId: parseVenueOrderId('2') },
  rejected: { type: 'rejected', reason: REASON },
  filled: { type: 'filled', fill: fill(9, 'buy', '1', '100') },
  'cancel-requested': { type: 'cancel-requested', commandId: 'c1' },
  'modify-requested': { type: 'modify-requested', commandId: 'm1', qty: decimal('12') },
  'request-sending': { type: 'request-sending', commandId: 'c1', attempt: 1 },
  'request-unknown': { type: 'request-unknown', commandId: 'c1', reason: REASON },
  'request-refused': { type: 'request-refused', commandId: 'c1', reason: REASON },
  modified: { type: 'modified', qty: decimal('12') },
  canceled,
  expired: { type: 'expired', reason: REASON },
};

/** Written by hand from DESIGN §5, not from the code: phase × event → phase after, '-' refused. Requests need one in flight. */
const TABLE = `
                 denied sending outcome-unknown accepted         triggered        rejected filled           cancel-requested modify-requested modified         canceled expired
intent           denied sending -               -                -                -        -                intent           -                -                canceled -
waiting          denied sending -               -                -                -        -                waiting          -                -                canceled -
sending          denied sending unknown         new              new              rejected partially-filled sending          -                -                canceled expired
unknown          -      -       unknown         new              new              rejected partially-filled unknown          -                -                canceled expired
new              -      -       -               new              new              rejected partially-filled new              new              new              canceled expired
partially-filled -      -       -               partially-filled partially-filled -        partially-filled partially-filled partially-filled partially-filled canceled expired
filled           -      -       -               -                -                -        -                -                -                -                -        -
canceled         -      -       -               -                -                -        canceled         -                -                -                -        -
expired          -      -       -               -                -                -        expired          -                -                -                -        -
rejected         -      -       -               -                -                -        canceled         -                -                -                -        -
denied           -      -       -               -                -                -        -                -                -                -                -        -
`;

const [header, ...rows] = TABLE.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));
const cases = rows.flatMap(([phase, ...results]) =>
  results.map((result, at) => [phase as OrderPhase, header?.[at] as Event['type'], result] as const),
);

describe('order machine', () => {
  it.each(cases)('%s order meets %s → %s', (phase, type, expected) => {
    const order = PHASES[phase]();
    const result = applyOrderEvent(order, { ...EVENTS[type], clientOrderId: ORDER_ID, ts: TS } as Event);

    expect(result.type === 'refused' ? '-' : result.order.phase).toBe(expected);
  });

  it('covers every phase and every event that needs no request in flight', () => {
    const types = Object.keys(MOVES).filter((type) => !type.startsWith('request-'));

    expect(cases).toHaveLength(types.length * Object.keys(PHASES).length);
  });

  it('keeps a cancel request through the confirmation of its order and drops it when the venue refuses it', () => {
    const asked = after(PHASES.sending(), EVENTS['cancel-requested'], accepted);
    const refused = after(asked, EVENTS['request-sending'], EVENTS['request-refused']);

    expect(asked.state === 'open' && asked.request?.commandId).toBe('c1');
    expect(refused).toMatchObject({ phase: 'new' });
    expect('request' in refused).toBe(false);
  });

  it('lets a cancel overtake a modify but nothing wait behind a cancel', () => {
    const modifying = after(PHASES.new(), EVENTS['modify-requested']);
    const cancelling = after(modifying, EVENTS['cancel-requested']);

    expect(cancelling.state === 'open' && cancelling.request?.type).toBe('cancel');
    expect(applyOrderEvent(cancelling, { ...EVENTS['modify-requested'], clientOrderId: ORDER_ID, ts: TS } as Event).type).toBe('refused');
  });

  it('counts the quantity of a modify on its way also when a cancel has overtaken it, and not of one that never left', () => {
    const modifying = after(PHASES.new(), EVENTS['modify-requested']);
    const sent = after(modifying, { type: 'request-sending', commandId: 'm1', attempt: 1 });

    expect(after(sent, EVENTS['cancel-requested'])).toMatchObject({ request: { type: 'cancel', qty: decimal('12') } });
    expect(after(modifying, EVENTS['cancel-requested'])).not.toHaveProperty('request.qty');
  });

  it('ends filled when the venue takes the quantity down to what is filled, and never below it', () => {
    const order = PHASES['partially-filled']();

    expect(after(order, { type: 'modified', qty: decimal('4') })).toMatchObject({ state: 'closed', phase: 'filled' });
    expect(applyOrderEvent(order, { type: 'modified', qty: decimal('3'), clientOrderId: ORDER_ID, ts: TS })).toMatchObject({
      type: 'refused',
      code: 'overfill',
    });
  });

  it('refuses a fill beyond the quantity and leaves the order as it was', () => {
    const result = applyOrderEvent(PHASES['partially-filled'](), {
      type: 'filled',
      fill: fill(2, 'buy', '7', '100'),
      clientOrderId: ORDER_ID,
      ts: TS,
    });

    expect(result).toMatchObject({ type: 'refused', code: 'overfill' });
  });

  it('books a late fill on a canceled order; one that completes it makes it filled', () => {
    const late = after(PHASES.canceled(), { type: 'filled', fill: fill(2, 'buy', '10', '100') });

    expect(late).toMatchObject({ state: 'closed', phase: 'filled' });
  });

  it('never lets filled quantity fall, reopen a closed order or differ from its fills, whatever happens', () => {
    const anyEvent = fc
      .constantFrom(...Object.values(EVENTS))
      .chain((body) =>
        body.type === 'filled'
          ? fc
              .tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 40 }))
              .map(([id, lots]): Body => ({ ...body, fill: fill(id, 'buy', String(lots / 10), '100') }))
          : fc.constant(body),
      );
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (bodies) => {
        let order = start();
        let booked = decimal('0');
        for (const body of bodies) {
          const result = applyOrderEvent(order, { ...body, clientOrderId: ORDER_ID, ts: TS } as Event);
          expect(result.type === 'applied').toBe(result.type === 'applied' && mayApply(order.phase, body.type));
          if (result.type === 'refused') continue;
          if (body.type === 'filled') booked = booked.plus(body.fill.qty);
          expect(result.order.filledQty.gte(order.filledQty)).toBe(true);
          expect(order.state === 'closed' && result.order.state !== 'closed').toBe(false);
          order = result.order;
          expect(order.filledQty.eq(booked)).toBe(true);
        }
      }),
    );
  });

  it('gives the same order for fills in any order of arrival', () => {
    const fills = [fill(1, 'buy', '2', '100'), fill(2, 'buy', '3', '101'), fill(3, 'buy', '5', '99')];
    fc.assert(
      fc.property(arrivals(fills), (arrived) => {
        const once = [...new Set(arrived)];
        const order = once.reduce((current, one) => after(current, { type: 'filled', fill: one }), PHASES.new());
        expect(order).toMatchObject({ phase: 'filled' });
        expect(order.filledQuote.toString()).toBe('998');
      }),
    );
  });
});
