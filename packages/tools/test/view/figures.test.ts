import { decimal } from '@fillwright/domain/decimal';
import { describe, expect, it } from '@jest/globals';
import { ageText, clockText, distanceText, durationText, grouped, signed, uptimeText } from '../../src/view/figures.ts';

describe('figures', () => {
  it.each([
    ['0.5', '0.5'],
    ['999', '999'],
    ['1000', '1,000'],
    ['-1234567.0012345', '-1,234,567.0012345'],
  ])('groups %s as %s', (text, shown) => {
    expect(grouped(text)).toBe(shown);
  });

  it.each([
    ['0', '0.00'],
    ['0.001', '0.00'],
    ['-0.001', '0.00'],
    ['12.345', '+12.34'],
    ['-1234.5', '-1,234.50'],
  ])('signs %s as %s', (text, shown) => {
    expect(signed(decimal(text), 2)).toBe(shown);
  });

  it.each([
    [-5, '0.0 s'],
    [440, '0.4 s'],
    [9_949, '9.9 s'],
    [9_960, '9 s'],
    [59_999, '59 s'],
    [185_000, '3 m 05 s'],
    [7_620_000, '2 h 07 m'],
  ])('shows an age of %i ms as %s', (ms, shown) => {
    expect(ageText(ms)).toBe(shown);
  });

  it.each([
    [87, '87 µs'],
    [1_240, '1.24 ms'],
    [35_400, '35 ms'],
    [1_200_000, '1.2 s'],
  ])('shows %i µs as %s', (us, shown) => {
    expect(durationText(us)).toBe(shown);
  });

  it('shows times of day in UTC and uptimes beyond a day', () => {
    expect(clockText(1_793_534_400_123_456)).toBe('12:00:00.123');
    expect(uptimeText(90_061_000)).toBe('25:01:01');
  });

  it('measures distances in ticks, or in basis points where the tick is not known', () => {
    expect(distanceText(decimal('0.1'), decimal('92000'), '0.10')).toBe('1 tick');
    expect(distanceText(decimal('120'), decimal('92000'), '0.1')).toBe('1,200 ticks');
    expect(distanceText(decimal('9.2'), decimal('92000'), undefined)).toBe('1.00 bp');
  });
});
