import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Prng } from '../../src/numbers/prng.ts';
import { type Draw, MarketSoak } from './market-soak.ts';

const thousand = fc.nat(999);
const draws = fc.array(fc.tuple(thousand, thousand, thousand, thousand, thousand, thousand), { minLength: 1, maxLength: 400 });

describe('whatever is traded', () => {
  it('conserves money, never crosses a book, keeps the queue and never makes a quantity negative', () => {
    fc.assert(
      fc.property(draws, (commands) => {
        const soak = new MarketSoak();
        for (const command of commands) {
          soak.run(command);
          expect(soak.broken()).toBeUndefined();
        }
      }),
      { numRuns: 60 },
    );
  });

  it('does so over twenty thousand commands with liquidations in between', () => {
    const soak = new MarketSoak();
    const prng = new Prng('1', 'soak');
    for (let n = 0; n < 20_000; n += 1) {
      soak.run(Array.from({ length: 6 }, () => prng.below(1_000)) as unknown as Draw);
      if (n % 20 === 0) expect(soak.broken()).toBeUndefined();
    }
    expect(soak.broken()).toBeUndefined();
    expect(soak.trades).toBeGreaterThan(3_000);
    expect(soak.liquidations).toBeGreaterThan(5);
    expect(soak.deleveragings).toBeGreaterThan(5);
    expect(soak.exchanges).toBeGreaterThan(0);
  });
});
