/** Funding: at its hour every position pays or gets its share at the mark. What rounding leaves over goes to the fee account. */
import type { Clock, Timer } from '@fillwright/runtime/ports';
import { rearmed } from '../clock/venue-clock.ts';
import type { Market } from '../market/market.ts';
import { divideRounded, type Units } from '../numbers/units.ts';
import { FUNDING_INTERVAL_MS, nextFundingMs } from '../render/market-json.ts';
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
    this.#timer = this.#clock.after(nextFundingMs(nowMs) - nowMs, () => this.#due());
  }

  #due(): void {
    const nowMs = this.#engine.nowMs();
    // A clock that was set back, or a timer that is early by its own rounding: the hour has not come, and must not come twice.
    const isEarly = nextFundingMs(nowMs) - nowMs < FUNDING_INTERVAL_MS / 2;
    if (isEarly) {
      this.start();
      return;
    }
    for (const market of this.#engine.markets()) this.settle(market);
    this.#engine.expireAged();
    this.start();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Longs pay `value × rate` when the rate is positive. A special funding comes beside the regular ones. */
  settle(market: Market, special = false): void {
    const asset = market.spec.marginAsset;
    const incomeType = special ? 'SPECIAL_FUNDING_FEE' : 'FUNDING_FEE';
    let paidIn: Units = 0n;
    for (const account of this.#engine.accounts()) {
      for (const position of account.holding(market).positions) {
        if (position.lots === 0) continue;
        const payment = -divideRounded(position.notional * market.fundingRate, 100_000_000n);
        paidIn -= payment;
        this.#engine.bookMoney(account, { asset, amount: payment }, 'FUNDING_FEE', { position, incomeType });
      }
    }
    this.#engine.settlement.collect(asset, paidIn);
    const { fundingRate: rate, mark } = market;
    market.funded({ timeMs: this.#engine.nowMs(), rate, mark, special });
    this.#engine.liquidation.markMoved(market);
  }

  /** What a dump of the venue keeps of the private fields (`state/`). */
  hiddenState() {
    return { timer: this.#timer };
  }

  restoreHidden({ timer }: ReturnType<Funding['hiddenState']>): void {
    this.#timer = timer === undefined ? undefined : rearmed(timer, () => this.#due());
  }
}
