import { describe, expect, it } from '@jest/globals';
import { missedMinima } from './enough.ts';

const ENOUGH = { orders: 500, fills: 50, engineKills: 5, cuts: 5 };
const NOTHING = { orders: 0, fills: 0, engineKills: 0, cuts: 0 };

describe('what a run of chaos must have seen', () => {
  it('is met by the minima of ten minutes, and by each of them alone not', () => {
    expect(missedMinima(10, ENOUGH)).toEqual([]);
    const missed = Object.entries(ENOUGH).map(([what, count]) => missedMinima(10, { ...ENOUGH, [what]: count - 1 }));
    expect(missed).toEqual([
      ['orders: 499, at least 500 in 10 min'],
      ['fills: 49, at least 50 in 10 min'],
      ['engineKills: 4, at least 5 in 10 min'],
      ['cuts: 4, at least 5 in 10 min'],
    ]);
  });

  it('is a tenth of it in a minute, with one death of the engine', () => {
    expect(missedMinima(1, { orders: 50, fills: 5, engineKills: 1, cuts: 1 })).toEqual([]);
    expect(missedMinima(1, NOTHING).map((line) => line.split(',')[1])).toEqual([50, 5, 1, 1].map((least) => ` at least ${least} in 1 min`));
  });

  it('asks a look of seconds for orders, not for a death of the engine', () => {
    expect(missedMinima(0.5, { ...NOTHING, orders: 25, fills: 2 })).toEqual([]);
    expect(missedMinima(0.5, NOTHING)).toHaveLength(2);
  });
});
