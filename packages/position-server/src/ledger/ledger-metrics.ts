/** What an operator sees of the ledger at work. */
import type { Counter, Gauge, Histogram, Metrics } from '@fillwright/runtime';
import type { FillResult } from './ledger.ts';

export class LedgerMetrics {
  readonly #events: Counter;
  readonly #published: Counter;
  readonly #appliedPos: Gauge;
  readonly #took: Histogram;

  constructor(metrics: Metrics) {
    this.#events = metrics.counter(
      'fillwright_ledger_events_total',
      "Events of the engine's journal by what they did to the ledger",
      'result',
    );
    this.#published = metrics.counter('fillwright_ledger_published_total', 'Messages published by type', 'type');
    this.#appliedPos = metrics.gauge('fillwright_ledger_applied_pos', 'Newest journal position of the engine in the ledger');
    this.#took = metrics.histogram('fillwright_ledger_apply_us', 'Microseconds to book and store one event');
  }

  applied(result: FillResult | 'balance' | 'nothing', pos: number): void {
    this.#events.add(1, result);
    this.#appliedPos.set(pos);
  }

  took(us: number): void {
    this.#took.observe(us);
  }

  published(type: string): void {
    this.#published.add(1, type);
  }
}
