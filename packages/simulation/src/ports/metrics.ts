/** Metrics of the simulated world: plain sums, last values and counts, to be read by checks. */
import type { Counter, Gauge, Histogram, Metrics } from '@fillwright/runtime/ports';
import type { Incarnation } from '../kernel/incarnation.ts';

/** Values by series: `name` or `name{label}`; a histogram has `_count` and `_sum`. */
class Values {
  readonly #values = new Map<string, number>();

  add(series: string, amount: number): void {
    this.#values.set(series, (this.#values.get(series) ?? 0) + amount);
  }

  set(series: string, value: number): void {
    this.#values.set(series, value);
  }

  entries(): readonly (readonly [string, number])[] {
    return [...this.#values];
  }
}

export function simulatedMetrics(incarnation: Incarnation): Metrics {
  const values = new Values();
  const call = <T>(name: string, work: () => T): T => incarnation.call(name, work);
  const series = (name: string, labelName: string | undefined, label: string | undefined): string =>
    labelName === undefined || label === undefined ? name : `${name}{${labelName}="${label}"}`;
  return {
    counter: (name, _help, labelName): Counter =>
      call('metrics.counter', () => ({
        add: (amount = 1, label) => call('metrics.add', () => values.add(series(name, labelName, label), amount)),
      })),
    gauge: (name, _help, labelName): Gauge =>
      call('metrics.gauge', () => ({
        set: (value, label) => call('metrics.set', () => values.set(series(name, labelName, label), value)),
      })),
    histogram: (name, _help, labelName): Histogram =>
      call('metrics.histogram', () => ({
        observe: (value, label) =>
          call('metrics.observe', () => {
            values.add(series(`${name}_count`, labelName, label), 1);
            values.add(series(`${name}_sum`, labelName, label), value);
          }),
      })),
    expose: () =>
      incarnation.callAsync('metrics.expose', 'the text of the metrics', (settle) => {
        incarnation.later(0, 'metrics.exposed', () => settle.resolve(exposition(values)));
      }),
    summary: () => call('metrics.summary', () => Object.fromEntries(values.entries())),
  };
}

function exposition(values: Values): string {
  return values
    .entries()
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');
}
