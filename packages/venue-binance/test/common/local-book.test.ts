import { usTime } from '@fillwright/domain';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BookSide, type Level, priceKey } from '../../src/common/book-side.ts';
import { type DepthDiff, type DepthSnapshot, LocalBook } from '../../src/common/local-book.ts';

const TS = usTime(1);

function level(price: string, qty: string): Level {
  const key = priceKey(price);
  if (key === undefined) throw new Error(`bad price ${price}`);
  return { key, price, qty };
}

function diff(
  firstId: number,
  lastId: number,
  previousLastId: number,
  bids: readonly Level[] = [],
  asks: readonly Level[] = [],
): DepthDiff {
  return { firstId, lastId, previousLastId, bids, asks, venueTs: TS };
}

function snapshot(lastUpdateId: number, bids: readonly Level[] = [], asks: readonly Level[] = []): DepthSnapshot {
  return { lastUpdateId, bids, asks, venueTs: TS };
}

function texts(side: BookSide): readonly string[] {
  return side.top(100).map(({ price, qty }) => `${price} x ${qty}`);
}

describe('price keys', () => {
  it('compares prices as integers and refuses what integers cannot hold', () => {
    expect(priceKey('0.00001234')).toBe(1234);
    expect(priceKey('92000.10')).toBe(priceKey('92000.1'));
    expect(priceKey('92000')).toBe(9_200_000_000_000);
    for (const text of ['', '-1', '1e5', '0.000000001', '99999999999', 'x', '1.']) expect(priceKey(text)).toBeUndefined();
  });
});

describe('the local book', () => {
  it('holds events until a snapshot and starts with the one that straddles it', () => {
    const book = new LocalBook();
    expect(book.onDiff(diff(90, 99, 80, [level('1', '5')]))).toBe('held');
    expect(book.onDiff(diff(100, 105, 99, [level('2', '7')]))).toBe('held');

    expect(book.onSnapshot(snapshot(102, [level('1', '9')], [level('3', '1')]))).toBe(true);
    expect(texts(book.bids)).toEqual(['2 x 7', '1 x 9']);
    expect(texts(book.asks)).toEqual(['3 x 1']);
    expect(book.state?.updateId).toBe(105);
  });

  it('joins in a quiet market, where the next event names the snapshot as its predecessor', () => {
    const book = new LocalBook();
    expect(book.onSnapshot(snapshot(100))).toBe(true);
    expect(book.onDiff(diff(101, 104, 100, [level('1', '1')]))).toBe('applied');
  });

  it('asks for a newer snapshot when the first event lies beyond it', () => {
    const book = new LocalBook();
    book.onDiff(diff(110, 115, 109));
    expect(book.onSnapshot(snapshot(100))).toBe(false);
    expect(book.inSync).toBe(false);
    expect(book.onSnapshot(snapshot(112))).toBe(true);
  });

  it('drops the book at a gap and starts over', () => {
    const book = new LocalBook();
    book.onSnapshot(snapshot(100, [level('1', '1')]));
    expect(book.onDiff(diff(98, 101, 97))).toBe('applied');
    expect(book.onDiff(diff(105, 106, 104))).toBe('gap');
    expect(book.inSync).toBe(false);
    expect(texts(book.bids)).toEqual([]);
    expect(book.onSnapshot(snapshot(106, [level('2', '2')]))).toBe(true);
    expect(texts(book.bids)).toEqual(['2 x 2']);
  });

  it('follows `pu` once it runs: an event that overlaps the one before is a gap', () => {
    const book = new LocalBook();
    book.onSnapshot(snapshot(100));
    expect(book.onDiff(diff(99, 103, 98))).toBe('applied');
    expect(book.onDiff(diff(102, 106, 101))).toBe('gap');
  });

  it('ignores what it knows already', () => {
    const book = new LocalBook();
    book.onSnapshot(snapshot(100));
    expect(book.onDiff(diff(90, 99, 89))).toBe('stale');
    expect(book.onDiff(diff(99, 103, 98))).toBe('applied');
    expect(book.onDiff(diff(99, 103, 98))).toBe('stale');
  });

  it('deletes with zero, also what is not there, in whatever spelling', () => {
    const book = new LocalBook();
    book.onSnapshot(snapshot(1, [level('1.5', '1'), level('1.4', '2')]));
    book.onDiff(diff(1, 2, 0, [level('1.50', '0.000'), level('9', '0')]));
    expect(texts(book.bids)).toEqual(['1.4 x 2']);
  });

  it('says which positions changed', () => {
    const side = new BookSide('best-is-lowest');
    side.fill([level('1', '1'), level('2', '1'), level('3', '1')]);
    expect(side.takeFirstTouched()).toBe(0);
    side.set(level('3', '2'));
    expect(side.takeFirstTouched()).toBe(2);
    side.set(level('3', '2'));
    side.set(level('7', '0'));
    expect(side.takeFirstTouched()).toBe(Number.POSITIVE_INFINITY);
  });

  /** A venue's book in the plainest form; its history is cut into diff events. */
  function venueOf(steps: readonly (readonly [isBid: boolean, price: number, qty: number])[]) {
    const history: { readonly bids: Map<number, number>; readonly asks: Map<number, number>; readonly event: DepthDiff }[] = [];
    let bids = new Map<number, number>();
    let asks = new Map<number, number>();
    let lastId = 1000;
    for (const [isBid, price, qty] of steps) {
      bids = new Map(bids);
      asks = new Map(asks);
      const side = isBid ? bids : asks;
      if (qty === 0) side.delete(price);
      else side.set(price, qty);
      const change = [level(String(price), String(qty))];
      const event = diff(lastId + 2, lastId + 5, lastId, isBid ? change : [], isBid ? [] : change);
      lastId += 5;
      history.push({ bids, asks, event });
    }
    return history;
  }

  function levelsOf(side: ReadonlyMap<number, number>): Level[] {
    return [...side].map(([price, qty]) => level(String(price), String(qty)));
  }

  it('is, whenever it says it is in sync, exactly the book of the venue at that update, whatever is lost or repeated', () => {
    const step = fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 3 }));
    const fate = fc.constantFrom('deliver', 'deliver', 'deliver', 'lose', 'repeat', 'snapshot', 'old snapshot');
    let synced = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fate), { minLength: 1, maxLength: 60 }), (script) => {
        const history = venueOf(script.map(([one]) => one));
        const book = new LocalBook();
        for (const [index, [, what]] of script.entries()) {
          const now = history[index];
          if (now === undefined) continue;
          if (what !== 'lose') book.onDiff(now.event);
          if (what === 'repeat') book.onDiff(now.event);
          if (!book.inSync && what.endsWith('snapshot')) {
            const at = history[what === 'snapshot' ? index : Math.max(0, index - 4)] ?? now;
            book.onSnapshot(snapshot(at.event.lastId, levelsOf(at.bids), levelsOf(at.asks)));
          }
          const state = book.state;
          if (state === undefined) continue;
          synced++;
          const venue = history.find((one) => one.event.lastId === state.updateId);
          expect(texts(book.bids)).toEqual(sorted(venue?.bids, -1));
          expect(texts(book.asks)).toEqual(sorted(venue?.asks, 1));
        }
        // Once nothing is lost any more, one snapshot is enough.
        const last = history.at(-1);
        if (last === undefined || book.inSync) return;
        expect(book.onSnapshot(snapshot(last.event.lastId, levelsOf(last.bids), levelsOf(last.asks)))).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(synced).toBeGreaterThan(500);
  });

  function sorted(side: ReadonlyMap<number, number> | undefined, sign: 1 | -1): readonly string[] {
    return [...(side ?? [])].sort(([a], [b]) => (a - b) * sign).map(([price, qty]) => `${price} x ${qty}`);
  }
});
