import { describe, expect, it } from '@jest/globals';
import { Decimal as Base } from 'decimal.js';
import fc from 'fast-check';
import {
  type Decimal,
  decimal,
  decimalText,
  fixedText,
  floorTo,
  isMultipleOf,
  quotient,
  storedDecimal,
  tryDecimal,
  ZERO,
} from '../src/mod.ts';

const Exact = Base.clone({ precision: 80, rounding: Base.ROUND_HALF_EVEN, toExpNeg: -9e15, toExpPos: 9e15 });

/** Around every bound there is: 2^53, 15 and 16 digits, 18 places, 38 digits; zeros at both ends. */
const digits = (maxLength: number) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.nat(9_999).map(String) },
    { weight: 2, arbitrary: fc.stringMatching(/^[0-9]+$/, { maxLength }).filter((text) => text !== '') },
    fc.constantFrom('0', '00', '10', '100000', '9007199254740991', '9007199254740992', '900719925474099', '999999999999999'),
  );
const plain = fc
  .tuple(fc.boolean(), digits(38), fc.option(digits(25)))
  .map(([isNegative, whole, fraction]) => `${isNegative ? '-' : ''}${whole}${fraction === null ? '' : `.${fraction}`}`)
  .filter((text) => /^-?\d{1,40}(\.\d{1,30})?$/.test(text));

function textOf(value: Base): string {
  return value.isZero() ? '0' : value.toFixed();
}

/** Equal values have one form, however they were reached: as parsed from their canonical text. */
function expectSame(actual: Decimal, expected: Base): void {
  expect(decimalText(actual)).toBe(textOf(expected));
  expect(actual).toStrictEqual(storedDecimal(textOf(expected)));
}

function each(law: (a: string, b: string) => void): void {
  fc.assert(fc.property(plain, plain, law), { numRuns: 3_000 });
}

describe('an exact decimal', () => {
  it('reads every plain decimal as decimal.js does, and in one form', () => {
    fc.assert(
      fc.property(plain, (text) => {
        expectSame(decimal(text), new Exact(text));
        expect(decimal(text).toNumber()).toBe(new Exact(text).plus(0).toNumber() + 0);
        expect(decimal(text).decimalPlaces()).toBe(new Exact(text).decimalPlaces());
        expect(decimal(text).isInteger()).toBe(new Exact(text).isInteger());
      }),
      { numRuns: 5_000 },
    );
  });

  it('refuses what is no plain decimal', () => {
    for (const text of [
      '',
      '-',
      '.',
      '.5',
      '5.',
      '-.5',
      '1e5',
      '+1',
      ' 1',
      '1 ',
      '1,0',
      '1.2.3',
      '--1',
      '1-',
      'NaN',
      'Infinity',
      '0x1',
      '１',
    ])
      expect([text, tryDecimal(text)]).toEqual([text, undefined]);
    for (const value of [undefined, null, 1, 1n, {}, ['1']]) expect(tryDecimal(value)).toBeUndefined();
    fc.assert(
      fc.property(fc.stringMatching(/^[-+.0-9eE ]{0,20}$/), (text) => {
        expect(tryDecimal(text) !== undefined).toBe(/^-?\d{1,40}(\.\d{1,30})?$/.test(text));
      }),
      { numRuns: 3_000 },
    );
  });

  it('adds, subtracts and multiplies as decimal.js does', () => {
    each((a, b) => {
      expectSame(decimal(a).plus(decimal(b)), new Exact(a).plus(b));
      expectSame(decimal(a).minus(decimal(b)), new Exact(a).minus(b));
      expectSame(decimal(a).times(decimal(b)), new Exact(a).times(b));
    });
  });

  it('compares as decimal.js does', () => {
    each((a, b) => {
      for (const [one, other] of [
        [a, b],
        [a, a],
        [a, `${b}`.replace('-', '')],
      ] as const) {
        const [own, base] = [decimal(one), new Exact(one)];
        const that = decimal(other);
        expect(own.comparedTo(that)).toBe(base.comparedTo(other));
        expect([own.eq(that), own.gt(that), own.gte(that), own.lt(that), own.lte(that)]).toEqual([
          base.eq(other),
          base.gt(other),
          base.gte(other),
          base.lt(other),
          base.lte(other),
        ]);
      }
    });
  });

  it('divides, rounds and cuts to steps as decimal.js does', () => {
    fc.assert(
      fc.property(plain, plain, fc.nat(20), (a, b, places) => {
        const step = decimal(b).abs();
        fc.pre(!step.isZero());
        const [value, base, baseStep] = [decimal(a), new Exact(a), new Exact(b).abs()];
        expectSame(value.div(decimal(b)), base.div(b));
        expectSame(quotient(value, decimal(b), places), base.div(b).toDecimalPlaces(places, Base.ROUND_HALF_EVEN));
        expectSame(value.mod(decimal(b)), base.mod(b));
        expect(isMultipleOf(value, step)).toBe(base.mod(baseStep).isZero());
        expectSame(floorTo(value, step), base.div(baseStep).floor().times(baseStep));
        expectSame(value.floor(), base.floor());
        expectSame(value.ceil(), base.ceil());
        expectSame(value.round(), base.round());
        expectSame(value.toDecimalPlaces(places), base.toDecimalPlaces(places, Base.ROUND_HALF_EVEN));
        const fixed = base.toFixed(places, Base.ROUND_HALF_EVEN);
        expect(fixedText(value, places)).toBe(/^-0(\.0*)?$/.test(fixed) ? fixed.slice(1) : fixed);
      }),
      { numRuns: 3_000 },
    );
  });

  it('rounds an exact half to the even digit', () => {
    expect(String(quotient(decimal('1'), decimal('8'), 2))).toBe('0.12');
    expect(String(quotient(decimal('3'), decimal('8'), 2))).toBe('0.38');
    expect(String(quotient(decimal('-1'), decimal('8'), 2))).toBe('-0.12');
    expect(fixedText(decimal('-0.004'), 2)).toBe('0.00');
  });

  it('knows signs as decimal.js does, and has one zero', () => {
    fc.assert(
      fc.property(plain, (text) => {
        const [value, base] = [decimal(text), new Exact(text).plus(0)];
        expect(value.isZero()).toBe(base.isZero());
        expectSame(value.abs(), base.abs());
        expectSame(value.negated(), base.negated());
        if (!value.isZero()) expect([value.isPositive(), value.isNegative()]).toEqual([base.isPositive(), base.isNegative()]);
      }),
      { numRuns: 2_000 },
    );
    for (const zero of [decimal('-0.00'), decimal('5').minus('5'), decimal('-3').times(0), ZERO.negated(), decimal('0').times('-7.5')])
      expect(zero).toBe(ZERO);
    expect([ZERO.isPositive(), ZERO.isNegative()]).toEqual([true, false]);
  });

  it('takes numbers and texts as the other side', () => {
    expect(String(decimal('0.1').plus(2))).toBe('2.1');
    expect(String(decimal('0.1').times('0.2'))).toBe('0.02');
    expect(decimal('1000000').gt(0)).toBe(true);
    expect(String(decimal('1').times(0.5))).toBe('0.5');
    expect(JSON.stringify({ price: decimal('1.50') })).toBe('{"price":"1.5"}');
  });

  it('refuses to be infinite', () => {
    expect(() => decimal('1').div(0)).toThrow(RangeError);
    expect(() => quotient(decimal('1'), ZERO, 2)).toThrow('division by zero');
  });
});
