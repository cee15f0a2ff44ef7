/** Whatever the order and number of arrivals, and wherever the process was started anew: the same ledger. */

import { decimal, fillKey, ZERO } from '@fillwright/domain';
import { type FillView, fillFromView } from '@fillwright/messages';
import { createMemoryStore } from '@fillwright/runtime/store';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Ledger } from '../../src/mod.ts';
import { BTC, ETH, fill, shown } from './fills.ts';

const amount = fc.integer({ min: 1, max: 9_999 }).map((units) => (units / 1_000).toFixed(3));

const anyFill = fc
  .record({
    instrument: fc.constantFrom(BTC, ETH),
    // Few ids, so that both halves of self-trades turn up.
    trade: fc.integer({ min: 1, max: 40 }),
    at: fc.integer({ min: 0, max: 20 }),
    side: fc.constantFrom('buy' as const, 'sell' as const),
    qty: amount,
    price: amount,
    fee: fc.oneof(amount, fc.constant('0'), fc.constant('-0.001')),
    feeAsset: fc.constantFrom('USDT', 'BNB', 'USDC'),
    owner: fc.constantFrom('q1', 'q2', 'EXTERNAL'),
    strategy: fc.constantFrom('', 'maker'),
    isBefore: fc.integer({ min: 0, max: 9 }).map((digit) => digit === 0),
  })
  .map(({ isBefore, ...rest }) => fill({ ...rest, ...(isBefore && { beforeLedger: true as const }) }));

/** Trades of an account, each once. */
const trades = fc.uniqueArray(anyFill, { selector: (view) => fillKey(fillFromView(view)), maxLength: 40 });

/** The same trades as they may come: in any order, some of them several times; `restart` before some. */
const arrivals = trades.chain((views) =>
  fc.record({
    views: fc.constant(views),
    order: fc
      .shuffledSubarray([...views.keys(), ...views.keys()], { minLength: views.length, maxLength: views.length * 2 })
      .map((some) => [...some.map((index) => views[index] as FillView), ...views]),
    restarts: fc.array(fc.boolean(), { minLength: views.length * 3, maxLength: views.length * 3 }),
  }),
);

function run(order: readonly FillView[], options: { readonly windowSize?: number; readonly restarts?: readonly boolean[] } = {}): Ledger {
  const store = createMemoryStore();
  const open = () => new Ledger(store.open('ledger'), options);
  let ledger = open();
  order.forEach((view, index) => {
    if (options.restarts?.[index]) ledger = open();
    ledger.fill(view, index + 1);
  });
  return open();
}

function books(ledger: Ledger) {
  const { positions, books: parts } = shown(ledger);
  return { positions, parts };
}

describe('a ledger', () => {
  it('is the same for every order of arrival, with repeats and restarts, as for the order of the venue', () => {
    fc.assert(
      fc.property(arrivals, ({ views, order, restarts }) => {
        expect(books(run(order, { restarts }))).toEqual(books(run(views)));
      }),
      { numRuns: 150 },
    );
  });

  it('does not show that it was restarted, also when fills have left the window', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 6 }), ({ order, restarts }, windowSize) => {
        expect(shown(run(order, { windowSize, restarts }))).toEqual(shown(run(order, { windowSize })));
      }),
      { numRuns: 150 },
    );
  });

  it('holds quantities and fees to the last unit: of all fills, and of the strategies together', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 50 }), ({ views, order, restarts }, windowSize) => {
        const ledger = run(order, { windowSize, restarts });
        ledger.settle(new Map([BTC, ETH].map((instrument) => [instrument, 'USDT'])));
        for (const instrument of [BTC, ETH]) {
          const counted = views.filter((view) => view.instrument === instrument && !view.beforeLedger);
          const signed = sum(counted.map(({ side, qty }) => decimal(side === 'buy' ? qty : `-${qty}`)));
          const fees = sum(counted.filter(({ feeAsset }) => feeAsset === 'USDT').map(({ fee }) => decimal(fee)));
          const position = ledger.position(instrument);
          const parts = ledger.books(instrument);
          expect(position.qty).toBe(signed.toFixed());
          expect(sum(parts.map(({ qty }) => decimal(qty))).toFixed()).toBe(signed.toFixed());
          expect(position.fees).toBe(fees.toFixed());
          expect(sum(parts.map((book) => decimal(book.fees))).toFixed()).toBe(fees.toFixed());
        }
      }),
      { numRuns: 150 },
    );
  });

  it('gives the strategies together the profit of the position, at any mark', () => {
    fc.assert(
      fc.property(arrivals, amount, ({ order, restarts }, mark) => {
        const ledger = run(order, { restarts });
        for (const instrument of ledger.instruments()) {
          const worth = (one: { qty: string; entryPrice: string; realisedPnl: string }) =>
            decimal(one.realisedPnl).plus(decimal(one.qty).times(decimal(mark).minus(decimal(one.entryPrice))));
          const whole = worth(ledger.position(instrument));
          const parts = sum(ledger.books(instrument).map(worth));
          expect(whole.minus(parts).abs().toNumber()).toBeLessThan(1e-8);
        }
      }),
      { numRuns: 150 },
    );
  });
});

function sum(values: readonly ReturnType<typeof decimal>[]) {
  return values.reduce((total, value) => total.plus(value), ZERO);
}
