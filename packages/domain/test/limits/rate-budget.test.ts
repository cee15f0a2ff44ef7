import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LANES, type Lane } from '../../src/limits/lane.ts';
import { type NamedRateLimit, RateBudget, type RateTicket } from '../../src/limits/rate-budget.ts';

const SKEW_US = 250_000;
const WEIGHT: NamedRateLimit = { pool: 'weight', windowUs: 60e6, quota: 100, share: 0.5, forCancels: 0.2, forReducing: 0 };
const ORDERS: NamedRateLimit = { pool: 'orders', windowUs: 10e6, quota: 30, share: 1, forCancels: 0, forReducing: 0.1 };
const ORDER = { orders: 1 };

function makeBudget(pace?: { readonly perSecond: number; readonly burst: number }): RateBudget {
  return new RateBudget({ limits: [WEIGHT, ORDERS], skewUs: SKEW_US, ...(pace && { pace }) });
}

/** Sends as long as there is room, and says how often that was. */
function fill(budget: RateBudget, cost: Readonly<Record<string, number>>, lane: Lane, nowUs: number): readonly RateTicket[] {
  const tickets: RateTicket[] = [];
  while (budget.waitUs(cost, lane, nowUs) === 0) {
    const ticket = budget.charge(cost, lane, nowUs);
    budget.sent(ticket);
    tickets.push(ticket);
  }
  return tickets;
}

describe('the rate budget', () => {
  it('keeps a part for reducing orders, and lets the rest through until the window is full', () => {
    const budget = makeBudget();

    expect(fill(budget, ORDER, 'new', 1e6)).toHaveLength(27);
    expect(fill(budget, ORDER, 'reduce', 1e6)).toHaveLength(3);
    expect(fill(budget, ORDER, 'cancel', 1e6)).toHaveLength(0);
  });

  it('keeps a part of the weight for cancels, and to its share of the whole', () => {
    const budget = makeBudget();

    expect(fill(budget, { weight: 5 }, 'query', 1e6)).toHaveLength(8);
    expect(fill(budget, { weight: 1 }, 'cancel', 1e6)).toHaveLength(10);
    expect(budget.room(1e6)).toContainEqual({ pool: 'weight', quota: 50, left: 0, resetUs: 60e6 });
  });

  it('opens again when the window of the venue is over for certain', () => {
    const budget = makeBudget();
    for (const ticket of fill(budget, ORDER, 'new', 1e6)) budget.land(ticket, true, 2e6);

    expect(budget.waitUs(ORDER, 'new', 2e6)).toBe(8e6 + SKEW_US);
    expect(budget.waitUs(ORDER, 'new', 10e6 + SKEW_US - 1)).toBe(1);
    expect(fill(budget, ORDER, 'new', 10e6 + SKEW_US)).toHaveLength(27);
  });

  it('carries what is on its way into the next window', () => {
    const budget = makeBudget();
    const [first, second] = fill(budget, ORDER, 'new', 1e6);
    for (const ticket of [first, second]) if (ticket) budget.land(ticket, true, 2e6);

    expect(fill(budget, ORDER, 'new', 11e6)).toHaveLength(2);
  });

  it('charges around a turn to both windows', () => {
    const budget = makeBudget();
    for (const ticket of fill(budget, ORDER, 'new', 9.9e6)) budget.land(ticket, true, 9.95e6);

    expect(budget.waitUs(ORDER, 'new', 10.1e6)).toBe(10e6 - 0.1e6 + SKEW_US);
    expect(fill(budget, ORDER, 'new', 10.3e6)).toHaveLength(0);
    expect(fill(budget, ORDER, 'new', 20.3e6)).toHaveLength(27);
  });

  it('counts what was given up without an answer in the next window as well', () => {
    const budget = makeBudget();
    for (const ticket of fill(budget, ORDER, 'new', 1e6)) budget.land(ticket, false, 6e6);

    expect(fill(budget, ORDER, 'new', 11e6)).toHaveLength(0);
    expect(fill(budget, ORDER, 'new', 21e6)).toHaveLength(27);
  });

  it('takes back what was never written, and only that', () => {
    const budget = makeBudget();
    const held = budget.charge(ORDER, 'new', 1e6);
    const sent = budget.charge(ORDER, 'new', 1e6);
    budget.sent(sent);
    budget.refund(held, 1e6);
    budget.refund(held, 1e6);
    budget.refund(sent, 1e6);
    budget.land(held, true, 1e6);

    expect(fill(budget, ORDER, 'new', 1e6)).toHaveLength(26);
  });

  it('makes room for what others use, as the venue counts it', () => {
    const budget = makeBudget();
    budget.correct('orders', 20, 1e6, 1.2e6);

    expect(fill(budget, ORDER, 'new', 2e6)).toHaveLength(10);
  });

  it('believes no count that may be of the window before', () => {
    const budget = makeBudget();
    budget.correct('orders', 30, 9.7e6, 10.5e6);

    expect(fill(budget, ORDER, 'new', 10.5e6)).toHaveLength(27);
  });

  it('counts what left before it began to count, while that window lasts', () => {
    const budget = makeBudget();
    for (const atUs of [9e6, 9.8e6, 11e6, 12e6]) budget.recall(ORDER, atUs, 12e6);
    // The first was in a window that is over for certain.
    expect(fill(budget, ORDER, 'new', 12e6)).toHaveLength(27 - 3);
  });

  it('follows the limits that the venue states', () => {
    const budget = makeBudget();
    budget.change([
      { ...ORDERS, quota: 10 },
      { ...ORDERS, pool: 'unheard-of', quota: 1 },
    ]);

    expect(fill(budget, ORDER, 'new', 1e6)).toHaveLength(9);
  });

  it('lets through what is larger than all its lane may use, once nobody else uses the window', () => {
    const budget = makeBudget();
    fill(budget, { weight: 1 }, 'cancel', 1e6).forEach((ticket) => {
      budget.land(ticket, true, 1e6);
    });

    expect(budget.waitUs({ weight: 90 }, 'query', 1e6)).toBe(59e6 + SKEW_US);
    expect(budget.waitUs({ weight: 90 }, 'query', 61e6)).toBe(0);
  });

  it('does not fall silent when the clock is set back, and gains nothing by it', () => {
    const budget = makeBudget();
    for (const ticket of fill(budget, ORDER, 'new', 3_605e6)) budget.land(ticket, true, 3_605e6);

    expect(budget.waitUs(ORDER, 'new', 5e6)).toBe(5e6 + SKEW_US);
  });

  it('gives nothing twice when the clock jumps ahead, once that is known', () => {
    const budget = makeBudget();
    for (const ticket of fill(budget, ORDER, 'new', 5e6)) budget.land(ticket, true, 5e6);
    budget.clockMoved();

    expect(fill(budget, ORDER, 'new', 15e6)).toHaveLength(0);
    expect(fill(budget, ORDER, 'new', 25e6)).toHaveLength(27);
  });

  it('spaces requests of every kind but cancels', () => {
    const budget = makeBudget({ perSecond: 10, burst: 3 });

    expect(fill(budget, {}, 'new', 1e6)).toHaveLength(3);
    expect(budget.waitUs({}, 'query', 1e6)).toBe(100_000);
    expect(budget.waitUs({}, 'cancel', 1e6)).toBe(0);
    expect(fill(budget, {}, 'reduce', 1.2e6)).toHaveLength(2);
    budget.refund(budget.charge({}, 'new', 1.2e6), 1.2e6);
    expect(budget.waitUs({}, 'new', 1.3e6)).toBe(0);
    // Set back by an hour: at most a whole burst is owed.
    const past = makeBudget({ perSecond: 10, burst: 3 });
    fill(past, {}, 'new', 3_600e6);
    expect(past.waitUs({}, 'new', 0)).toBeLessThanOrEqual(100_000);
  });

  it('keeps the latest of several bans', () => {
    const budget = makeBudget();
    budget.ban(9e6);
    budget.ban(5e6);

    expect([budget.quietUntilUs(1e6), budget.quietUntilUs(9e6)]).toEqual([9e6, undefined]);
  });

  it('refuses a window that is shorter than the doubt about the time', () => {
    expect(() => new RateBudget({ limits: [{ ...ORDERS, windowUs: 400_000 }], skewUs: SKEW_US })).toThrow('too short');
  });
});

interface Step {
  readonly afterUs: number;
  readonly lane: Lane;
  readonly weight: number;
  readonly orders: number;
  /** To the venue. */
  readonly outUs: number;
  readonly backUs: number;
  readonly isLost: boolean;
  readonly skewUs: number;
}

/** Dense enough that windows fill up and turn while requests are on their way. */
const step: fc.Arbitrary<Step> = fc.record({
  afterUs: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0, max: 400_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 12_000_000 }) },
  ),
  lane: fc.constantFrom(...LANES),
  weight: fc.integer({ min: 0, max: 9 }),
  orders: fc.integer({ min: 1, max: 5 }),
  outUs: fc.oneof(fc.integer({ min: 0, max: 50_000 }), fc.integer({ min: 0, max: 9_000_000 })),
  backUs: fc.integer({ min: 0, max: 2_000_000 }),
  isLost: fc.boolean(),
  skewUs: fc.integer({ min: -SKEW_US, max: SKEW_US }),
});

interface Flight {
  readonly ticket: RateTicket;
  readonly endUs: number;
  readonly isLost: boolean;
}

type Admit = (budget: RateBudget, cost: { weight: number; orders: number }, lane: Lane, nowUs: number) => RateTicket | undefined;

const whole: Admit = (budget, cost, lane, nowUs) => (budget.waitUs(cost, lane, nowUs) === 0 ? budget.charge(cost, lane, nowUs) : undefined);

/** Each order has room of its own first; then one request takes the place of all, or nothing is sent. */
const merged: Admit = (budget, cost, lane, nowUs) => {
  const tickets: RateTicket[] = [];
  while (tickets.length < cost.orders && budget.waitUs(ORDER, lane, nowUs) === 0) tickets.push(budget.charge(ORDER, lane, nowUs));
  const one = budget.merge(tickets, cost, lane, nowUs);
  if (one === undefined) for (const ticket of tickets) budget.refund(ticket, nowUs);
  return one;
};

/** A venue that counts what arrives by its own clock; requests take their time, some are given up before they arrive. */
function run(steps: readonly Step[], admit = whole): { readonly counts: ReadonlyMap<string, number>; readonly trace: readonly string[] } {
  const budget = makeBudget();
  const counts = new Map<string, number>();
  const trace: string[] = [];
  let flights: Flight[] = [];
  let nowUs = 1_000e6;
  for (const { afterUs, lane, weight, orders, outUs, backUs, isLost, skewUs } of steps) {
    nowUs += afterUs;
    for (const { ticket, endUs, isLost: lost } of flights.filter((flight) => flight.endUs <= nowUs).sort((a, b) => a.endUs - b.endUs))
      budget.land(ticket, !lost, endUs);
    flights = flights.filter(({ endUs }) => endUs > nowUs);
    const cost = { weight, orders };
    const ticket = admit(budget, cost, lane, nowUs);
    trace.push(`${nowUs} ${lane} ${ticket?.state}`);
    if (ticket === undefined) continue;
    budget.sent(ticket);
    const arrivalUs = nowUs + outUs + skewUs;
    // Given up at most half a window before it arrives.
    const endUs = isLost ? nowUs + Math.max(0, outUs - 4_000_000) : nowUs + outUs + backUs;
    flights.push({ ticket, endUs, isLost });
    for (const { pool, windowUs } of [WEIGHT, ORDERS]) {
      const key = `${pool} ${Math.floor(arrivalUs / windowUs)}`;
      counts.set(key, (counts.get(key) ?? 0) + (cost[pool as keyof typeof cost] ?? 0));
    }
  }
  return { counts, trace };
}

describe('one request in place of several', () => {
  const three = (budget: RateBudget) => [1, 2, 3].map(() => budget.charge(ORDER, 'new', 1e6));
  const rooms = (budget: RateBudget) => budget.room(1e6).map(({ left }) => left);

  it('takes what it costs itself, in every limit and of the pace', () => {
    const budget = makeBudget({ perSecond: 10, burst: 3 });
    const one = budget.merge(three(budget), { weight: 5, orders: 5 }, 'new', 1e6);
    expect(rooms(budget)).toEqual([45, 25]);
    expect(budget.waitUs(ORDER, 'new', 1e6)).toBe(0);

    if (one) budget.refund(one, 1e6);
    expect(rooms(budget)).toEqual([50, 30]);
  });

  it('changes nothing where it has no room, or where one of them is gone', () => {
    const budget = makeBudget();
    const tickets = three(budget);
    const before = rooms(budget);
    expect(budget.merge(tickets, { weight: 5, orders: 40 }, 'new', 1e6)).toBeUndefined();
    expect(budget.merge(tickets, { weight: 101, orders: 1 }, 'new', 1e6)).toBeUndefined();
    if (tickets[0]) budget.sent(tickets[0]);
    expect(budget.merge(tickets, { orders: 3 }, 'new', 1e6)).toBeUndefined();

    expect(rooms(budget)).toEqual(before);
    expect(tickets.map(({ state }) => state)).toEqual(['sent', 'held', 'held']);
  });

  it('leaves nothing to give back to those whose place it took', () => {
    const budget = makeBudget();
    const tickets = three(budget);
    budget.merge(tickets, { orders: 5 }, 'new', 1e6);
    for (const ticket of tickets) budget.refund(ticket, 1e6);

    expect(rooms(budget)).toEqual([50, 25]);
  });
});

describe('the rate budget, whatever happens', () => {
  it('never lets the venue count more than our share in one of its windows', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 100, maxLength: 200 }), (steps) => {
        for (const [key, count] of run(steps).counts) expect(count).toBeLessThanOrEqual(key.startsWith('weight') ? 50 : 30);
      }),
    );
  });

  it('never does so either when several requests become one', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 100, maxLength: 200 }), (steps) => {
        for (const [key, count] of run(steps, merged).counts) expect(count).toBeLessThanOrEqual(key.startsWith('weight') ? 50 : 30);
      }),
    );
  });

  it('keeps the reserve of cancels: without them the venue never counts it', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 100, maxLength: 200 }), (steps) => {
        const others = steps.map((one) => (one.lane === 'cancel' ? { ...one, lane: 'query' as const } : one));
        for (const [key, count] of run(others).counts) if (key.startsWith('weight')) expect(count).toBeLessThanOrEqual(40);
      }),
    );
  });

  it('says the same when it is asked the same', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        expect(run(steps)).toEqual(run(steps));
      }),
    );
  });

  it('lets everything through in time: the wait that it names is enough when nothing else is sent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1e9, max: 2e9 }), fc.constantFrom(...LANES), (nowUs, lane) => {
        const budget = makeBudget();
        for (const ticket of fill(budget, { weight: 3, orders: 1 }, lane, nowUs)) budget.land(ticket, true, nowUs);
        const waitUs = budget.waitUs({ weight: 3, orders: 1 }, lane, nowUs);

        expect(budget.waitUs({ weight: 3, orders: 1 }, lane, nowUs + waitUs)).toBe(0);
      }),
    );
  });
});
