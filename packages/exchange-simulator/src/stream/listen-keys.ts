/** Listen keys: one per account, alive for an hour from the last POST or PUT, then expired with notice. */
import type { Clock, Timer } from '@fillwright/runtime/ports';
import type { Account } from '../account/account.ts';
import { rearmed } from '../clock/venue-clock.ts';
import type { Prng } from '../numbers/prng.ts';

interface ListenKey {
  readonly key: string;
  readonly account: Account;
  expiresMs: number;
  timer: Timer;
}

export class ListenKeys {
  readonly #clock: Clock;
  readonly #prng: Prng;
  readonly #lifeMs: number;
  readonly #byAccount = new Map<Account, ListenKey>();
  readonly #byKey = new Map<string, ListenKey>();
  #stopped = false;
  /** Told when a key ends without the client's doing. */
  onExpired: (key: string, account: Account) => void = () => {};

  constructor(clock: Clock, prng: Prng, lifeMs: number) {
    this.#clock = clock;
    this.#prng = prng;
    this.#lifeMs = lifeMs;
  }

  /** The running key of the account, extended, or a new one. */
  open(account: Account, nowMs: number): string {
    const running = this.#byAccount.get(account);
    if (running !== undefined) {
      this.#renew(running, nowMs);
      return running.key;
    }
    const key = this.#prng.text(64);
    const made: ListenKey = { key, account, expiresMs: nowMs + this.#lifeMs, timer: this.#arm(account) };
    this.#byAccount.set(account, made);
    this.#byKey.set(key, made);
    return key;
  }

  /** `undefined` when the account has none. */
  extend(account: Account, nowMs: number): string | undefined {
    const running = this.#byAccount.get(account);
    if (running === undefined) return undefined;
    this.#renew(running, nowMs);
    return running.key;
  }

  #renew(running: ListenKey, nowMs: number): void {
    running.timer.cancel();
    running.expiresMs = nowMs + this.#lifeMs;
    running.timer = this.#arm(running.account);
  }

  #arm(account: Account): Timer {
    const timer = this.#clock.after(this.#lifeMs, () => this.expire(account));
    // A request that was held back may come after the end.
    if (this.#stopped) timer.cancel();
    return timer;
  }

  /** Ended by the client: silent. */
  close(account: Account): boolean {
    return this.#remove(account) !== undefined;
  }

  /** Ends it as time would. */
  expire(account: Account): boolean {
    const ended = this.#remove(account);
    if (ended !== undefined) this.onExpired(ended.key, account);
    return ended !== undefined;
  }

  #remove(account: Account): ListenKey | undefined {
    const running = this.#byAccount.get(account);
    if (running === undefined) return undefined;
    running.timer.cancel();
    this.#byAccount.delete(account);
    this.#byKey.delete(running.key);
    return running;
  }

  /** The running key of an account. */
  keyOf(account: Account): string | undefined {
    return this.#byAccount.get(account)?.key;
  }

  /** When the running key ends unless it is extended. */
  expiresMs(account: Account): number | undefined {
    return this.#byAccount.get(account)?.expiresMs;
  }

  accountOf(key: string): Account | undefined {
    return this.#byKey.get(key)?.account;
  }

  stop(): void {
    this.#stopped = true;
    for (const { timer } of this.#byAccount.values()) timer.cancel();
  }

  /** What a dump of the venue keeps of the private fields (`state/`). */
  hiddenState() {
    return { byAccount: this.#byAccount };
  }

  restoreHidden({ byAccount }: ReturnType<ListenKeys['hiddenState']>): void {
    for (const [account, saved] of byAccount) {
      const running = { ...saved, timer: rearmed(saved.timer, () => this.expire(account)) };
      this.#byAccount.set(account, running);
      this.#byKey.set(running.key, running);
    }
  }
}
