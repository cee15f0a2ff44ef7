/** The dead man's switch: cancels all orders of an account on a symbol unless it is wound up again in time. */
import type { Clock, Timer } from '@fillwright/runtime/ports';
import type { Account } from '../account/account.ts';
import { rearmed } from '../clock/venue-clock.ts';
import type { Market } from '../market/market.ts';
import type { Engine } from './engine.ts';

interface Countdown {
  readonly account: Account;
  readonly market: Market;
  readonly timer: Timer;
}

export class Countdowns {
  readonly #clock: Clock;
  readonly #engine: Engine;
  readonly #timers = new Map<string, Countdown>();

  constructor(clock: Clock, engine: Engine) {
    this.#clock = clock;
    this.#engine = engine;
  }

  /** Starts over; 0 switches it off. */
  wind(account: Account, market: Market, countdownMs: number): void {
    const key = `${account.name} ${market.spec.symbol}`;
    this.#timers.get(key)?.timer.cancel();
    this.#timers.delete(key);
    if (countdownMs === 0) return;
    const timer = this.#clock.after(countdownMs, () => this.#ranOut(key, account, market));
    this.#timers.set(key, { account, market, timer });
  }

  #ranOut(key: string, account: Account, market: Market): void {
    this.#timers.delete(key);
    this.#engine.cancelAll(account, market);
  }

  stop(): void {
    for (const { timer } of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  /** What a dump of the venue keeps of the private fields (`state/`). */
  hiddenState() {
    return { timers: this.#timers };
  }

  restoreHidden({ timers }: ReturnType<Countdowns['hiddenState']>): void {
    for (const [key, { account, market, timer }] of timers) {
      this.#timers.set(key, { account, market, timer: rearmed(timer, () => this.#ranOut(key, account, market)) });
    }
  }
}
