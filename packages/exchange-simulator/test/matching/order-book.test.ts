import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type MatchRules, OrderBook } from '../../src/matching/order-book.ts';
import type { BookOrder, Level } from '../../src/matching/price-levels.ts';
import type { Sign } from '../../src/numbers/units.ts';

class TestOrder implements BookOrder<TestOrder> {
  level: Level<TestOrder> | undefined;
  previous: TestOrder | undefined;
  next: TestOrder | undefined;
  readonly id: number;
  readonly sign: Sign;
  ticks: number;
  openLots: number;
  filled = 0;

  constructor(id: number, sign: Sign, ticks: number, lots: number) {
    this.id = id;
    this.sign = sign;
    this.ticks = ticks;
    this.openLots = lots;
  }
}

const commands = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constant('place' as const),
        sign: fc.constantFrom<Sign>(1, -1),
        ticks: fc.integer({ min: 90, max: 110 }),
        lots: fc.integer({ min: 1, max: 50 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('cancel' as const), pick: fc.nat() }) },
  ),
  { maxLength: 120 },
);

interface Trade {
  readonly taker: number;
  readonly maker: number;
  readonly lots: number;
  readonly ticks: number;
}

/** The slow and obvious way: a list, searched from the front. */
class ReferenceBook {
  readonly resting: { id: number; sign: Sign; ticks: number; lots: number }[] = [];

  place(id: number, sign: Sign, ticks: number, lots: number): Trade[] {
    const trades: Trade[] = [];
    while (lots > 0) {
      let best: (typeof this.resting)[number] | undefined;
      for (const order of this.resting) {
        if (order.sign === sign || (order.ticks - ticks) * sign > 0) continue;
        if (best === undefined || (order.ticks - best.ticks) * sign < 0) best = order;
      }
      if (best === undefined) break;
      const traded = Math.min(lots, best.lots);
      lots -= traded;
      best.lots -= traded;
      trades.push({ taker: id, maker: best.id, lots: traded, ticks: best.ticks });
      if (best.lots === 0) this.cancel(best.id);
    }
    if (lots > 0) this.resting.push({ id, sign, ticks, lots });
    return trades;
  }

  cancel(id: number): void {
    const index = this.resting.findIndex((order) => order.id === id);
    this.resting.splice(index, 1);
  }
}

class Runner {
  readonly sizes = new Map<string, number>();
  readonly book = new OrderBook<TestOrder>((sign, ticks, lots) => {
    if (lots === 0) this.sizes.delete(`${sign}/${ticks}`);
    else this.sizes.set(`${sign}/${ticks}`, lots);
  });
  readonly orders = new Map<number, TestOrder>();
  readonly trades: Trade[] = [];
  readonly rules: MatchRules<TestOrder> = {
    prevent: () => 'trade',
    traded: (taker, maker, lots, ticks) => {
      taker.filled += lots;
      maker.filled += lots;
      this.trades.push({ taker: taker.id, maker: maker.id, lots, ticks });
    },
    prevented: () => {},
  };

  place(id: number, sign: Sign, ticks: number, lots: number): void {
    const order = new TestOrder(id, sign, ticks, lots);
    this.orders.set(id, order);
    this.book.match(order, ticks, this.rules);
    if (order.openLots > 0) this.book.add(order);
  }
}

describe('the order book', () => {
  it('trades exactly as an obvious reference does, is never crossed, and tells of every level', () => {
    fc.assert(
      fc.property(commands, (script) => {
        const run = new Runner();
        const reference = new ReferenceBook();
        const expected: Trade[] = [];
        let placed = 0;
        for (const command of script) {
          if (command.type === 'place') {
            placed += 1;
            run.place(placed, command.sign, command.ticks, command.lots);
            expected.push(...reference.place(placed, command.sign, command.ticks, command.lots));
          } else if (reference.resting.length > 0) {
            const victim = reference.resting[command.pick % reference.resting.length]?.id ?? 0;
            reference.cancel(victim);
            run.book.remove(run.orders.get(victim) as TestOrder);
          }
          const [bid, ask] = [run.book.bids.best()?.ticks, run.book.asks.best()?.ticks];
          if (bid !== undefined && ask !== undefined) expect(bid).toBeLessThan(ask);
        }
        expect(run.trades).toEqual(expected);
        const resting = new Map<string, number>();
        for (const { sign, ticks, lots } of reference.resting) {
          resting.set(`${sign}/${ticks}`, (resting.get(`${sign}/${ticks}`) ?? 0) + lots);
        }
        expect(new Map([...run.sizes].sort())).toEqual(new Map([...resting].sort()));
      }),
      { numRuns: 400 },
    );
  });

  it('conserves quantity: what one side bought the other sold, and nothing is filled beyond its size', () => {
    fc.assert(
      fc.property(commands, (script) => {
        const run = new Runner();
        const sizes = new Map<number, number>();
        for (const [index, command] of script.entries()) {
          if (command.type !== 'place') continue;
          sizes.set(index, command.lots);
          run.place(index, command.sign, command.ticks, command.lots);
        }
        let bought = 0;
        let sold = 0;
        for (const order of run.orders.values()) {
          if (order.sign === 1) bought += order.filled;
          else sold += order.filled;
          expect(order.filled + order.openLots).toBe(sizes.get(order.id));
        }
        expect(bought).toBe(sold);
      }),
    );
  });

  it('keeps the place in the queue when an order shrinks, loses it when taken out and added again', () => {
    const run = new Runner();
    run.place(1, 1, 100, 5);
    run.place(2, 1, 100, 5);
    run.book.shrink(run.orders.get(1) as TestOrder, 2);
    run.place(3, -1, 100, 1);
    expect(run.trades.at(-1)?.maker).toBe(1);
    const first = run.orders.get(1) as TestOrder;
    run.book.remove(first);
    run.book.add(first);
    run.place(4, -1, 100, 1);
    expect(run.trades.at(-1)?.maker).toBe(2);
  });

  it('counts what an all-or-nothing order could get without changing anything', () => {
    const run = new Runner();
    run.place(1, -1, 100, 5);
    run.place(2, -1, 101, 5);
    run.place(3, -1, 105, 5);
    const probe = new TestOrder(9, 1, 101, 20);
    expect(run.book.fillable(probe, 101, 20, run.rules.prevent)).toBe(10);
    expect(run.book.fillable(probe, 101, 3, run.rules.prevent)).toBeGreaterThanOrEqual(3);
    expect(run.book.fillable(probe, 105, 20, (_, maker) => (maker.id === 2 ? 'expire-maker' : 'trade'))).toBe(10);
    expect(run.trades).toEqual([]);
  });
});
