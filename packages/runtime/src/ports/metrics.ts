/** Numbers for operators; names are `fillwright_subsystem_name_unit`. Labels are few and bounded. */

export interface Counter {
  add(amount?: number, label?: string): void;
}

export interface Gauge {
  set(value: number, label?: string): void;
}

export interface Histogram {
  observe(value: number, label?: string): void;
}

export interface Metrics {
  /** `labelName` names the one label, when there is one. Asking twice for a name gives the same metric. */
  counter(name: string, help: string, labelName?: string): Counter;
  gauge(name: string, help: string, labelName?: string): Gauge;
  /** Default buckets suit microseconds from 1 to 10 000 000. */
  histogram(name: string, help: string, labelName?: string, buckets?: readonly number[]): Histogram;
  /** Prometheus text exposition of everything. */
  expose(): Promise<string>;
  /** The newest values, flat, for the periodic METRICS log line. */
  summary(): Readonly<Record<string, number>>;
}
