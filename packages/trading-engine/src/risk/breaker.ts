/**
 * The circuit breaker: opens when the private stream is down for too long, or when requests fail in a row. While it is open nothing that adds
 * risk passes; it closes only after a recovery that began later was complete, and positions agree. An operator's mode is not its business.
 */
import type { Reason } from '@fillwright/domain';
import type { Clock, Log } from '@fillwright/runtime';

/** DESIGN §7. */
const DOWN_MS = 30_000;
const ERRORS = 3;

export class Breaker {
  readonly #clock: Clock;
  readonly #log: Log;
  #errors = 0;
  #downSinceUs: number | undefined;
  #open: Reason | undefined;
  /** A recovery was complete since it opened. */
  #recovered = false;
  /** Told when it opens or closes. */
  onChange: () => void = () => undefined;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Why nothing that adds risk may pass. */
  get reason(): Reason | undefined {
    return this.#open;
  }

  /** A request failed without an answer that proves anything about the order it was about. True when that opened the breaker. */
  failed(what: string): boolean {
    this.#errors += 1;
    if (this.#errors < ERRORS) return false;
    const isNew = this.#errors === ERRORS;
    this.#trip(`${ERRORS} API errors in a row: ${what}`);
    return isNew;
  }

  succeeded(): void {
    this.#errors = 0;
  }

  /** A recovery was complete. */
  recovered(): void {
    this.#errors = 0;
    this.#downSinceUs = undefined;
    this.#recovered = true;
  }

  /** Once a second, and when something changed. */
  look({ streamUp, positionsInDoubt }: { readonly streamUp: boolean; readonly positionsInDoubt: boolean }): void {
    const nowUs = this.#clock.monotonicUs();
    if (streamUp) this.#downSinceUs = undefined;
    else this.#downSinceUs ??= nowUs;
    if (this.#downSinceUs !== undefined && nowUs - this.#downSinceUs > DOWN_MS * 1000)
      this.#trip(`the private stream is not in sync for more than ${DOWN_MS / 1000} s`);
    if (!this.#open || !this.#recovered || !streamUp || positionsInDoubt) return;
    this.#open = undefined;
    this.#log.info('breaker-closed', { after: 'a complete reconciliation' });
    this.onChange();
  }

  #trip(why: string): void {
    if (this.#open) return;
    this.#open = { code: 'BREAKER_OPEN', text: `paused until the account is reconciled: ${why}`.slice(0, 500) };
    this.#recovered = false;
    this.#log.error('breaker-open', { code: 'ENG_BREAKER_OPEN', reason: why });
    this.onChange();
  }
}
