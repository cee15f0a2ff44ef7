import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type TradeKey, TradeKeys, type TradeKeysState } from '../../src/position/trade-keys.ts';

const text = ({ tradeId, side }: TradeKey): string => `${tradeId}|${side}`;
const key = (tradeId: string, side: 'buy' | 'sell' = 'buy'): TradeKey => ({ tradeId: tradeId as TradeKey['tradeId'], side });
/** Another one that knows what this one knew, and forgets as little as it may. */
function copy(state: TradeKeysState, kept = 10_000): TradeKeys {
  const keys = new TradeKeys(kept);
  keys.restore(state);
  return keys;
}
/** As venues number trades, as reconciliation names them, and what must not be taken for a number. */
const someKey = fc.record({
  tradeId: fc
    .oneof(
      fc.integer({ min: 0, max: 40 }).map(String),
      fc.bigInt({ min: 0n, max: 10n ** 19n }).map(String),
      fc.constantFrom('', '007', '1e3', '-1', 'rec-1', '9007199254740993', '999999999999999', '4294967296', '2147483648'),
    )
    .map((id) => id as TradeKey['tradeId']),
  side: fc.constantFrom('buy', 'sell'),
});

describe('the keys of booked trades', () => {
  it('know exactly what was added, by id and side', () => {
    fc.assert(
      fc.property(fc.array(someKey, { maxLength: 300 }), (added) => {
        const keys = new TradeKeys(1_000);
        const known = new Set<string>();
        for (const one of added) {
          expect(keys.has(one)).toBe(known.has(text(one)));
          if (!keys.has(one)) keys.add(one);
          known.add(text(one));
        }
        const restored = copy(keys.state());
        for (const one of added) expect(restored.has(one)).toBe(true);
      }),
    );
  });

  it('remember as many as they promise, and never more than twice as many', () => {
    const keys = new TradeKeys(100);
    for (let id = 1; id <= 1_000; id += 1) {
      keys.add(key(String(id)));
      keys.add(key(`made-${id}`));
      for (let back = 0; back < Math.min(id, 50); back += 1) {
        expect(keys.has(key(String(id - back)))).toBe(true);
        expect(keys.has(key(`made-${id - back}`))).toBe(true);
      }
    }

    const numbers = Array.from({ length: 1_000 }, (_, index) => key(String(index + 1)));
    expect(numbers.filter((one) => keys.has(one)).length).toBeLessThanOrEqual(200);
    expect(keys.state().others.length).toBe(100);
  });

  it('go on from their state as if they had never stopped', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }), (before, after) => {
        const straight = new TradeKeys(10);
        for (let id = 0; id < before; id += 1) straight.add(key(String(id)));
        const restored = copy(straight.state(), 10);
        for (let id = before; id < before + after; id += 1) for (const keys of [straight, restored]) keys.add(key(String(id)));

        expect(restored.state()).toEqual(straight.state());
      }),
    );
  });

  it('tell what was there at the time, in its order', () => {
    const keys = new TradeKeys(3);
    for (const id of ['1', 'a', '3', '2', '4']) keys.add(key(id, 'sell'));
    const state = keys.state();
    keys.add(key('5'));
    keys.add(key('b'));

    expect(state.others).toEqual([key('a', 'sell')]);
    expect(['1', '2', '3', '4', '5'].filter((id) => copy(state).has(key(id, 'sell')))).toEqual(['1', '2', '3', '4']);
  });

  it('take a few bytes each', () => {
    const keys = new TradeKeys(50_000);
    const before = process.memoryUsage().arrayBuffers;
    for (let id = 6_100_000_001; id < 6_101_500_001; id += 30) keys.add(key(String(id)));

    expect((process.memoryUsage().arrayBuffers - before) / 50_000).toBeLessThan(4);
    expect(keys.has(key('6100000001'))).toBe(true);
    expect(keys.has(key('6101499971'))).toBe(true);
    expect(keys.has(key('6101499972'))).toBe(false);
  });
});
