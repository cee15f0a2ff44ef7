/**
 * Keeps a listen key alive: prolongs it in time, tries again when that fails, asks for it anew when it goes on failing, and says once when it
 * is lost. It never deletes the key: other programs of the account may listen on the same one.
 */
import type { Clock, Timer } from '@fillwright/runtime/ports';

/** `gone` = the venue does not know the key any more (−1125), or gave another one. */
export type ExtendResult = { readonly type: 'extended' } | { readonly type: 'gone' | 'failed'; readonly text: string };

export interface ListenKeyPorts {
  readonly clock: Clock;
  /** Asks the venue to prolong the key by an hour. Never rejects. */
  extendKey(): Promise<ExtendResult>;
  /** Asks for the key as at the start: the venue gives the one that is valid, prolonged by an hour. Never rejects. */
  renewKey(): Promise<ExtendResult>;
}

/** Keys live 60 minutes; the venue advises to prolong them every 20 to 30. */
const EXTEND_EVERY_MS = 25 * 60_000;
const RETRY_MS = 60_000;
const KEY_LIFE_MS = 58 * 60_000;
/** Failures in a row before the other way is tried. */
const FAILURES_BEFORE_RENEWAL = 3;

export class ListenKey {
  readonly #ports: ListenKeyPorts;
  readonly #onLost: (reason: string) => void;
  #timer: Timer | undefined;
  #extendedUs = 0;
  #failures = 0;
  #stopped = false;

  constructor(ports: ListenKeyPorts, onLost: (reason: string) => void) {
    this.#ports = ports;
    this.#onLost = onLost;
  }

  /** It was made or prolonged just now. */
  start(): void {
    this.#extendedUs = this.#ports.clock.monotonicUs();
    this.#extendAfter(EXTEND_EVERY_MS);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #extendAfter(ms: number): void {
    this.#timer = this.#ports.clock.after(ms, () => {
      const isWorse = this.#failures >= FAILURES_BEFORE_RENEWAL;
      void (isWorse ? this.#ports.renewKey() : this.#ports.extendKey()).then((result) => this.#extended(result));
    });
  }

  #extended(result: ExtendResult): void {
    if (this.#stopped) return;
    const nowUs = this.#ports.clock.monotonicUs();
    if (result.type === 'extended') {
      this.#extendedUs = nowUs;
      this.#failures = 0;
      this.#extendAfter(EXTEND_EVERY_MS);
      return;
    }
    this.#failures += 1;
    const ageMs = (nowUs - this.#extendedUs) / 1000;
    if (result.type === 'gone') this.#lost(`the venue does not know the listen key any more: ${result.text}`);
    else if (ageMs + RETRY_MS > KEY_LIFE_MS)
      this.#lost(`the listen key could not be kept alive for ${Math.round(ageMs / 60_000)} minutes: ${result.text}`);
    else this.#extendAfter(RETRY_MS);
  }

  #lost(reason: string): void {
    this.stop();
    this.#onLost(reason);
  }
}
