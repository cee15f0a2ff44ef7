import { describe, expect, it } from '@jest/globals';
import { shrink } from '../../src/command/shrink.ts';
import { faultPlanOf, type WorkOrder } from '../../src/command/work-order.ts';
import { FAULT_KINDS } from '../../src/faults/kinds.ts';

const ALL: WorkOrder = { seconds: 20, faults: FAULT_KINDS, only: [], mutant: undefined };

describe('a fault plan', () => {
  it('follows from the seed, and differs between seeds', () => {
    expect(faultPlanOf(7, ALL)).toEqual(faultPlanOf(7, ALL));
    expect(faultPlanOf(8, ALL)).not.toEqual(faultPlanOf(7, ALL));
  });

  it('strikes within its period, in the order of time, each event under its own name', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const plan = faultPlanOf(seed, ALL);
      const times = plan.map(({ half, atUs }) => half * 10_000_000 + atUs);

      expect(plan.every(({ atUs, forUs }) => atUs >= 0 && atUs < 9_000_000 && forUs > 0)).toBe(true);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(new Set(plan.map(({ id }) => id)).size).toBe(plan.length);
    }
  });

  it('has its own mix per seed: over 200 seeds each kind at least 20 times, and no seed has all', () => {
    const counts = new Map<string, number>();
    for (let seed = 1; seed <= 200; seed++) {
      const plan = faultPlanOf(seed, ALL);
      expect(new Set(plan.map(({ kind }) => kind)).size).toBeLessThan(FAULT_KINDS.length);
      for (const { kind } of plan) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }

    expect(FAULT_KINDS.filter((kind) => (counts.get(kind) ?? 0) < 20)).toEqual([]);
  });

  it('can be cut down to some of its events without changing them', () => {
    const plan = faultPlanOf(7, ALL);
    const some = plan.filter((_event, index) => index % 3 === 0);

    expect(faultPlanOf(7, { ...ALL, only: some.map(({ id }) => id) })).toEqual(some);
  });
});

describe('shrinking', () => {
  const numbers = Array.from({ length: 32 }, (_, index) => index);

  it('finds the two events that break together', async () => {
    const found = await shrink(numbers, async (fewer) => fewer.includes(5) && fewer.includes(23), 200);

    expect(found).toEqual([5, 23]);
  });

  it('finds that nothing is needed when it breaks anyway', async () => {
    expect(await shrink(numbers, async () => true)).toEqual([]);
  });

  it('stops at its bound with what it has, which breaks', async () => {
    let runs = 0;
    const breaks = async (fewer: readonly number[]): Promise<boolean> => {
      runs++;
      return fewer.includes(5) && fewer.includes(23);
    };
    const found = await shrink(numbers, breaks, 7);

    expect(runs).toBe(7);
    expect(found).toEqual(expect.arrayContaining([5, 23]));
  });
});
