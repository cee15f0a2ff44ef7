/** Numbers for operators: exposed through prom-client, and kept flat for the METRICS line. */
import { Counter as PromCounter, Gauge as PromGauge, Histogram as PromHistogram, Registry } from 'prom-client';
import { AppError } from '../app-error.ts';
import type { Counter, Gauge, Histogram, Metrics } from '../ports/metrics.ts';
import { createQuantiles, type Quantiles } from './quantiles.ts';

/** Label values beyond it share one: labels must stay few, whatever a peer sends. */
const MAX_LABELS = 64;
const OTHER = 'other';
/** 1, 2, 5, 10 … 10 000 000: microseconds from a function call to a slow exchange. */
export const DEFAULT_BUCKETS: readonly number[] = Array.from({ length: 8 }, (_, power) => power)
  .flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power))
  .filter((bound) => bound <= 10_000_000);

type Kind = 'counter' | 'gauge' | 'histogram';

interface Registered {
  readonly kind: Kind;
  readonly labelName: string | undefined;
  readonly metric: Counter | Gauge | Histogram;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registered = new Map<string, Registered>();
  /** Counters and gauges by flat name. */
  const values = new Map<string, number>();
  const quantiles = new Map<string, Quantiles>();

  const register = <M extends Counter | Gauge | Histogram>(kind: Kind, name: string, labelName: string | undefined, make: () => M): M => {
    const known = registered.get(name);
    if (known === undefined) {
      const metric = make();
      registered.set(name, { kind, labelName, metric });
      return metric;
    }
    if (known.kind !== kind || known.labelName !== labelName) {
      throw new AppError('RUN_METRIC_CONFLICT', `the metric ${name} is asked for as two different things; give one of them another name`);
    }
    // Same kind, so the same shape: `make` of that kind made it.
    return known.metric as M;
  };

  return {
    counter: (name, help, labelName) =>
      register('counter', name, labelName, () => {
        const prom = new PromCounter({ name, help, labelNames: labelNames(labelName), registers: [registry] });
        const bounded = boundedLabels();
        return {
          add: (amount = 1, label?: string) => {
            const used = bounded(label);
            prom.inc(labels(labelName, used), amount);
            const flat = flatName(name, used);
            values.set(flat, (values.get(flat) ?? 0) + amount);
          },
        };
      }),
    gauge: (name, help, labelName) =>
      register('gauge', name, labelName, () => {
        const prom = new PromGauge({ name, help, labelNames: labelNames(labelName), registers: [registry] });
        const bounded = boundedLabels();
        return {
          set: (value, label) => {
            const used = bounded(label);
            prom.set(labels(labelName, used), value);
            values.set(flatName(name, used), value);
          },
        };
      }),
    histogram: (name, help, labelName, buckets = DEFAULT_BUCKETS) =>
      register('histogram', name, labelName, () => {
        const prom = new PromHistogram({ name, help, labelNames: labelNames(labelName), buckets: [...buckets], registers: [registry] });
        const bounded = boundedLabels();
        return {
          observe: (value, label) => {
            const used = bounded(label);
            prom.observe(labels(labelName, used), value);
            const flat = flatName(name, used);
            let counts = quantiles.get(flat);
            if (counts === undefined) {
              counts = createQuantiles(buckets);
              quantiles.set(flat, counts);
            }
            counts.add(value);
          },
        };
      }),
    expose: () => registry.metrics(),
    summary: () => summaryOf(values, quantiles),
  };
}

function summaryOf(values: ReadonlyMap<string, number>, quantiles: ReadonlyMap<string, Quantiles>): Record<string, number> {
  const flat: Record<string, number> = Object.fromEntries(values);
  for (const [name, counts] of quantiles) {
    flat[`${name}_count`] = counts.count;
    flat[`${name}_p50`] = counts.quantile(0.5);
    flat[`${name}_p99`] = counts.quantile(0.99);
  }
  return flat;
}

function boundedLabels(): (label: string | undefined) => string | undefined {
  const seen = new Set<string>();
  return (label) => {
    if (label === undefined || seen.has(label)) return label;
    if (seen.size >= MAX_LABELS) return OTHER;
    seen.add(label);
    return label;
  };
}

function labelNames(labelName: string | undefined): string[] {
  return labelName === undefined ? [] : [labelName];
}

function labels(labelName: string | undefined, label: string | undefined): Record<string, string> {
  return labelName === undefined || label === undefined ? {} : { [labelName]: label };
}

function flatName(name: string, label: string | undefined): string {
  return label === undefined ? name : `${name}.${label}`;
}
