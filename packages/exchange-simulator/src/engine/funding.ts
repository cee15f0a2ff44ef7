/** Funding: at its hour every position pays or gets its share at the mark. What rounding leaves over goes to the fee account. */
import type { Clock, Timer } from '@fillwright/runtime/ports';
import type { Market } from '../market/market.ts';
import { worthOf } from '../market/symbol-spec.ts';
import { divideRounded, type Units } from '../numbers/units.ts';
import { nextFundingMs } from '../render/market-json.ts';
import type { Engine } from './engine.ts';

export class Funding {
  readonly #clock: Clock;
  readonly #engine: Engine;
  #timer: Timer | undefined;

  constructor(clock: Clock, engine: Engine) {
    this.#clock = clock;
    this.#engine = engine;
  }

  start(): void {
    const nowMs = this.#engine.nowMs();
    this.#timer = this.#clock.after(nextFundingMs(nowMs) - nowMs, () => {
      for (const market of this.#engine.markets()) this.settle(market);
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Longs pay `value × rate` when the rate is positive. */
  settle(market: Market): void {
    let paidIn: Units = 0n;
    for (const account of this.#engine.accounts()) {
      const { lots } = account.holding(market).position;
      if (lots === 0) continue;
      const payment = -divideRounded(worthOf(market.spec, lots, market.mark) * market.fundingRate, 100_000_000n);
      paidIn -= payment;
      this.#engine.bookMoney(account, payment, 'FUNDING_FEE', market);
    }
    this.#engine.settlement.feesCollected += paidIn;
  }
}
