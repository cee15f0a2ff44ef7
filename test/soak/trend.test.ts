import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { counted, histogramOf, type Point, quantile, trend } from './trend.ts';

const MINUTE_MS = 60_000;
const line = (count: number, valueAt: (minute: number) => number): readonly Point[] =>
  Array.from({ length: count }, (_, minute) => ({ atMs: minute * MINUTE_MS, value: valueAt(minute) }));

describe('the trend of a series', () => {
  it('is the slope of a line, by the hour, without error', () => {
    const { perHour, error } = trend(line(46, (minute) => 100 + minute / 12));

    expect(perHour).toBeCloseTo(5, 9);
    expect(error).toBeCloseTo(0, 6);
  });

  it('is found for any line, whatever the number of samples', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 900 }), fc.integer({ min: -500, max: 500 }), (count, perHour) => {
        const found = trend(line(count, (minute) => 300 + (perHour * minute) / 60));
        expect(found.perHour).toBeCloseTo(perHour, 6);
      }),
    );
  });

  it('hardly sees a saw that comes back to where it was, and says how unsure it is', () => {
    const { perHour, error } = trend(line(900, (minute) => 100 + (minute % 10)));

    expect(Math.abs(perHour)).toBeLessThan(0.1);
    expect(error).toBeLessThan(0.1);
  });

  it('gives an error as large as the noise makes it', () => {
    const quiet = trend(line(45, (minute) => 100 + (minute % 2)));
    const loud = trend(line(45, (minute) => 100 + 10 * (minute % 2)));

    expect(loud.error / quiet.error).toBeCloseTo(10, 6);
  });

  it('claims nothing of two samples', () => {
    expect(trend(line(2, (minute) => minute))).toEqual({ perHour: 0, error: Number.POSITIVE_INFINITY });
  });
});

describe('a quantile of a histogram', () => {
  const page = [
    '# TYPE lag histogram',
    'lag_bucket{le="10"} 900',
    'lag_bucket{le="20"} 1000',
    'lag_bucket{le="+Inf"} 1000',
    'lag_sum 5',
    'other_bucket{le="10"} 3',
  ].join('\n');

  it('lies within its bucket by proportion', () => {
    const histogram = histogramOf(page, 'lag');

    expect(quantile(histogram, 0.45)).toBeCloseTo(5, 9);
    expect(quantile(histogram, 0.95)).toBeCloseTo(15, 9);
  });

  it('leaves out what was counted before', () => {
    const before = new Map([
      [10, 900],
      [20, 900],
      [Number.POSITIVE_INFINITY, 900],
    ]);

    expect(quantile(counted(before, histogramOf(page, 'lag')), 0.5)).toBeCloseTo(15, 9);
  });

  it('is without bound beyond the last bucket, and 0 of nothing', () => {
    const all = new Map([
      [10, 1],
      [Number.POSITIVE_INFINITY, 2],
    ]);

    expect(quantile(all, 0.999)).toBe(Number.POSITIVE_INFINITY);
    expect(quantile(new Map(), 0.999)).toBe(0);
  });
});
