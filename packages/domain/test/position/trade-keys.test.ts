import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type TradeKey, TradeKeys } from '../../src/position/trade-keys.ts';

const text = ({ tradeId, side }: TradeKey): string => `${tradeId}|${side}`;
const key = (tradeId: string, side: 'buy' | 'sell' = 'buy'): TradeKey => ({ tradeId: tradeId as TradeKey['tradeId'], side });
const all = (keys: TradeKeys): readonly string[] => {
  const list = keys.list(text);
  return list.slice(0, list.length);
};
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
        expect(new Set(all(keys))).toEqual(known);
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

    expect(keys.has(key('700'))).toBe(false);
    expect(all(keys).length).toBeLessThanOrEqual(300);
  });

  it('go on from their list as if they had never stopped', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }), (before, after) => {
        const straight = new TradeKeys(10);
        for (let id = 0; id < before; id += 1) straight.add(key(String(id)));
        const restored = new TradeKeys(10);
        for (const one of all(straight)) restored.add(key(one.slice(0, one.indexOf('|'))));
        for (let id = before; id < before + after; id += 1) for (const keys of [straight, restored]) keys.add(key(String(id)));

        expect(all(restored)).toEqual(all(straight));
      }),
    );
  });

  it('list what was there at the time, in parts and in their order', () => {
    const keys = new TradeKeys(3);
    for (const id of ['1', 'a', '2', '3', '4']) keys.add(key(id, 'sell'));
    const list = keys.list(text);
    keys.add(key('5'));

    expect([list.length, list.slice(0, 2), list.slice(2, 9)]).toEqual([5, ['1|sell', '2|sell'], ['3|sell', '4|sell', 'a|sell']]);
    expect(list.slice(7, 9)).toEqual([]);
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
