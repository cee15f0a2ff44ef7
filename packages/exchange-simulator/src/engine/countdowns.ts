/** The dead man's switch: cancels all orders of an account on a symbol unless it is wound up again in time. */
import type { Clock, Timer } from '@fillwright/runtime/ports';
import type { Account } from '../account/account.ts';
import type { Market } from '../market/market.ts';
import type { Engine } from './engine.ts';

export class Countdowns {
  readonly #clock: Clock;
  readonly #engine: Engine;
  readonly #timers = new Map<string, Timer>();

  constructor(clock: Clock, engine: Engine) {
    this.#clock = clock;
    this.#engine = engine;
  }

  /** Starts over; 0 switches it off. */
  wind(account: Account, market: Market, countdownMs: number): void {
    const key = `${account.name} ${market.spec.symbol}`;
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
    if (countdownMs === 0) return;
    const timer = this.#clock.after(countdownMs, () => {
      this.#timers.delete(key);
      this.#engine.cancelAll(account, market);
    });
    this.#timers.set(key, timer);
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}
