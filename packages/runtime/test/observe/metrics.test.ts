import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createMetrics, DEFAULT_BUCKETS } from '../../src/observe/metrics.ts';
import { createQuantiles } from '../../src/observe/quantiles.ts';

describe('metrics', () => {
  it('are exposed for Prometheus and summed up flat', async () => {
    const metrics = createMetrics();
    metrics.counter('fillwright_a_total', 'a').add();
    metrics.counter('fillwright_a_total', 'a').add(2);
    metrics.counter('fillwright_b_total', 'b', 'kind').add(4, 'x');
    metrics.gauge('fillwright_c_us', 'c').set(7);
    for (let value = 1; value <= 100; value += 1) metrics.histogram('fillwright_d_us', 'd').observe(value);

    const text = await metrics.expose();
    expect(text).toContain('fillwright_a_total 3');
    expect(text).toContain('fillwright_b_total{kind="x"} 4');
    expect(text).toContain('fillwright_d_us_bucket{le="50"} 50');
    expect(metrics.summary()).toMatchObject({
      fillwright_a_total: 3,
      'fillwright_b_total.x': 4,
      fillwright_c_us: 7,
      fillwright_d_us_count: 100,
      fillwright_d_us_p50: 50,
      fillwright_d_us_p99: 99,
    });
  });

  it('keep labels few, whatever comes', async () => {
    const metrics = createMetrics();
    for (let index = 0; index < 1_000; index += 1) metrics.counter('fillwright_x_total', 'x', 'code').add(1, `code${index}`);

    expect(Object.keys(metrics.summary()).length).toBeLessThan(100);
    expect(metrics.summary()['fillwright_x_total.other']).toBe(1_000 - 64);
  });

  it('refuse one name for two things', () => {
    const metrics = createMetrics();
    metrics.counter('fillwright_x_total', 'x');

    expect(() => metrics.gauge('fillwright_x_total', 'x')).toThrow(expect.objectContaining({ code: 'RUN_METRIC_CONFLICT' }));
  });
});

describe('percentiles from buckets', () => {
  it('lie in the bucket of the exact one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9_000_000 }), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.5, 0.9, 0.99, 0.999),
        (values, part) => {
          const quantiles = createQuantiles(DEFAULT_BUCKETS);
          for (const value of values) quantiles.add(value);
          const exact = values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(part * values.length) - 1)] ?? 0;
          const high = DEFAULT_BUCKETS.find((bound) => bound >= exact) ?? 0;
          const low = DEFAULT_BUCKETS.findLast((bound) => bound < exact) ?? 0;

          const found = quantiles.quantile(part);
          expect(found).toBeGreaterThanOrEqual(low);
          expect(found).toBeLessThanOrEqual(high);
        },
      ),
    );
  });

  it('are 0 of nothing, and the last bound beyond all buckets', () => {
    const quantiles = createQuantiles([1, 2]);
    expect(quantiles.quantile(0.5)).toBe(0);
    quantiles.add(100);
    expect(quantiles.quantile(0.5)).toBe(2);
  });
});
