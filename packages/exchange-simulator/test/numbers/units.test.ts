import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { divideRounded, parseAmount, trimmedText, unitsOf, unitsText } from '../../src/numbers/units.ts';

describe('integer amounts', () => {
  it.each([
    ['92000.10', { units: 9_200_010_000_000, places: 1 }],
    ['0.00100', { units: 100_000, places: 3 }],
    ['-1.5', { units: -150_000_000, places: 1 }],
    ['007', { units: 700_000_000, places: 0 }],
    ['99999999999999', { units: Number.POSITIVE_INFINITY, places: 0 }],
    ['0.123456789', { units: 12_345_678, places: 9 }],
  ])('reads %s', (text, amount) => {
    expect(parseAmount(text)).toEqual(amount);
  });

  it.each(['', '1e5', '1.', '.5', '+1', ' 1', '0x10', 'NaN', '1,0'])('refuses %j', (text) => {
    expect(parseAmount(text)).toBeUndefined();
  });

  it('prints and reads back every amount', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), (units) => {
        expect(unitsOf(unitsText(units))).toBe(units);
        expect(unitsOf(trimmedText(units))).toBe(units);
      }),
    );
  });

  it('keeps the places asked for and drops other zeros', () => {
    expect(trimmedText(9_200_000_000_000n)).toBe('92000');
    expect(trimmedText(9_200_000_000_000n, 2)).toBe('92000.00');
    expect(trimmedText(9_199_950_000_000n, 1)).toBe('91999.5');
    expect(trimmedText(-1n)).toBe('-0.00000001');
    expect(trimmedText(0n)).toBe('0');
  });

  it('rounds halves to even, symmetrically', () => {
    expect([5n, 15n, 25n, -5n, -15n, 14n, 16n].map((n) => divideRounded(n, 10n))).toEqual([0n, 2n, 2n, 0n, -2n, 1n, 2n]);
  });
});
