import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SeededRandom } from '../../src/mod.ts';

const draws = (random: SeededRandom, count: number): readonly number[] => Array.from({ length: count }, () => random.uint32());

it('repeats by seed and stream, and differs by either', () => {
  const base = draws(new SeededRandom('1', 'a'), 20);

  expect(draws(new SeededRandom('1', 'a'), 20)).toEqual(base);
  expect(draws(new SeededRandom('2', 'a'), 20)).not.toEqual(base);
  expect(draws(new SeededRandom('1', 'b'), 20)).not.toEqual(base);
});

it('stays within its bounds', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 1_000_000 }), (seed, bound) => {
      const random = new SeededRandom(seed, 'bounds');
      const float = random.float();
      const below = random.below(bound);
      const between = random.between(-bound, bound);

      expect(float >= 0 && float < 1).toBe(true);
      expect(Number.isInteger(below) && below >= 0 && below < bound).toBe(true);
      expect(Number.isInteger(between) && between >= -bound && between <= bound).toBe(true);
    }),
  );
});

it('is even: each of ten buckets gets a tenth', () => {
  const random = new SeededRandom('even', 'x');
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 100_000; i++) {
    const bucket = random.below(10);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }

  // Six standard deviations of a binomial with n = 100 000 and p = 0.1.
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(570);
});

it('refuses to pick from nothing', () => {
  expect(() => new SeededRandom('1', 'a').pick([])).toThrow(RangeError);
});
