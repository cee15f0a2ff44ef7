/**
 * Hears of what comparisons found that the private stream should have told long before. Pings prove a connection, not that its events come:
 * one miss is counted, several within a minute are a stream that is silent, and that is replaced.
 */
import type { Clock, Log, Metrics } from '@fillwright/runtime';

/** Single frames get lost for reasons that a new stream does not cure. */
const MISSES = 2;
const WITHIN_US = 60_000_000;

export class StreamSilence {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #counter;
  readonly #onSilent: (reason: string) => void;
  #missesUs: number[] = [];

  constructor(ports: { readonly clock: Clock; readonly log: Log; readonly metrics: Metrics }, onSilent: (reason: string) => void) {
    this.#clock = ports.clock;
    this.#log = ports.log;
    this.#counter = ports.metrics.counter(
      'fillwright_engine_stream_missed_total',
      'Events that comparisons found and the private stream did not tell',
    );
    this.#onSilent = onSilent;
  }

  /** `what`: an order whose news came by a question, long after it happened. */
  missed(what: string, lateMs: number): void {
    const nowUs = this.#clock.monotonicUs();
    this.#counter.add();
    this.#missesUs = [...this.#missesUs.filter((us) => nowUs - us < WITHIN_US), nowUs];
    this.#log.warn('stream-missed-event', { order: what, lateMs, misses: this.#missesUs.length });
    if (this.#missesUs.length < MISSES) return;
    this.#missesUs = [];
    this.#log.error('stream-silent', { code: 'ENG_STREAM_SILENT', misses: MISSES, withinMs: WITHIN_US / 1000 });
    this.#onSilent(`the private stream did not tell ${MISSES} events within ${WITHIN_US / 1e6} s`);
  }
}
