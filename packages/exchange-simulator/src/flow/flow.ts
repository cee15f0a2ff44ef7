/**
 * Synthetic life of one symbol: a fair price walks at random, makers keep a ladder around it, takers come and go, all as the regime says. By
 * seed, on timers, and through the same engine as everybody else, so that clients' quotes near the touch fill within seconds.
 */
import type { Clock, Timer } from '@fillwright/runtime/ports';
import type { Account } from '../account/account.ts';
import { rearmed } from '../clock/venue-clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { Market } from '../market/market.ts';
import { Prng } from '../numbers/prng.ts';
import type { Sign } from '../numbers/units.ts';
import type { Order, OrderType } from '../order/order.ts';
import { Refusal } from '../order/refusal.ts';
import type { Feed, House } from './feed.ts';
import { REGIMES, type Regime, type Stage } from './regimes.ts';

/** Notional of a typical maker order, in whole quote. */
const ORDER_QUOTE = 20_000;
/** How much more takers go with the trend. */
const TREND_BIAS = 0.15;
/** The fair price stays within this factor of where the symbol started, whatever the trend. */
const FARTHEST = 4;

export class Flow implements Feed {
  readonly #clock: Clock;
  readonly #engine: Engine;
  readonly #market: Market;
  readonly #maker: Account;
  readonly #taker: Account;
  readonly #everyMs: number;
  readonly #typicalLots: number;
  readonly #homeTicks: number;
  #prng: Prng;
  #ladder = new Map<string, Order>();
  #fairTicks: number;
  /** The fair price around which the ladder stands. */
  #quotedTicks: number;
  #timer: Timer | undefined;
  #orders = 0;
  #regime: Regime;
  #stage = 0;
  #stepsInStage = 0;
  #trend: Sign = 1;

  constructor(init: {
    readonly clock: Clock;
    readonly engine: Engine;
    readonly market: Market;
    readonly house: House<Account>;
    readonly seed: string;
    readonly regime: Regime;
  }) {
    const { market } = init;
    this.#clock = init.clock;
    this.#engine = init.engine;
    this.#market = market;
    this.#maker = init.house.maker;
    this.#taker = init.house.taker;
    this.#prng = new Prng(init.seed, `flow ${market.spec.symbol}`);
    this.#everyMs = 1000 / market.spec.options.flowRate;
    this.#homeTicks = market.ticksBelow(market.mark);
    this.#fairTicks = this.#homeTicks;
    this.#quotedTicks = this.#homeTicks;
    const quotePerLot = Number((BigInt(this.#homeTicks) * market.spec.unitsPerTickLot) / 1_000_000n) / 100;
    this.#typicalLots = Math.max(2, Math.round(ORDER_QUOTE / quotePerLot));
    this.#regime = init.regime;
    this.#enter(init.regime);
  }

  get regime(): Regime {
    return this.#regime;
  }

  /** Begins a regime anew. */
  enter(regime: Regime): void {
    this.#enter(regime);
    if (this.running) this.#quote();
  }

  #enter(regime: Regime): void {
    this.#regime = regime;
    this.#stage = 0;
    this.#stepsInStage = 0;
    if (regime === 'trending') this.#trend = this.#prng.chance(0.5) ? 1 : -1;
  }

  get running(): boolean {
    return this.#timer !== undefined;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#quote();
    this.#schedule();
  }

  /** The ladder stays; nothing moves any more. */
  pause(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(): void {
    const delayMs = this.#everyMs * (0.5 + this.#prng.float());
    this.#timer = this.#clock.after(delayMs, () => this.#due());
  }

  #due(): void {
    this.#schedule();
    this.#step();
  }

  get #now(): Stage {
    return REGIMES[this.#regime][this.#stage] as Stage;
  }

  #step(): void {
    this.#stepsInStage += 1;
    if (this.#stepsInStage > this.#now.steps) {
      this.#stage += 1;
      this.#stepsInStage = 1;
    }
    this.#walk();
    this.#quote();
    if (this.#prng.chance(this.#now.taker)) this.#take();
    const unit = BigInt(this.#market.spec.tickUnits);
    // The mark follows the fair price slowly, as an average would.
    const fair = BigInt(Math.round(this.#fairTicks)) * unit;
    const mark = this.#market.mark + (fair - this.#market.mark) / 4n;
    this.#engine.setMark(this.#market, mark, fair);
  }

  get #gapTicks(): number {
    return Math.max(1, Math.floor((this.#homeTicks * this.#now.gap) / 1_000_000));
  }

  #walk(): void {
    const { walk, drift, turn, pull, anchor } = this.#now;
    const kick = this.#prng.float() + this.#prng.float() + this.#prng.float() - 1.5;
    if (this.#prng.chance(turn)) this.#trend = this.#trend === 1 ? -1 : 1;
    const home = this.#homeTicks;
    this.#fairTicks += kick * this.#gapTicks * walk + (home * anchor - this.#fairTicks) * pull + this.#trend * drift * this.#gapTicks;
    if (this.#fairTicks > home * FARTHEST || this.#fairTicks < home / FARTHEST) this.#trend = this.#fairTicks > home ? -1 : 1;
  }

  /**
   * Brings the ladder to the fair price. The side that the price moves towards goes first and from its far end, so that the ladder never
   * trades with itself and its touch changes as often as the price does, not with every level.
   */
  #quote(): void {
    const fair = Math.round(this.#fairTicks);
    const sides: readonly Sign[] = fair >= this.#quotedTicks ? [-1, 1] : [1, -1];
    this.#quotedTicks = fair;
    const { levels } = this.#now;
    for (const [turn, sign] of sides.entries()) {
      this.#withdraw(sign, levels);
      for (let n = 0; n < levels; n += 1) this.#level(fair, sign, turn === 0 ? levels - 1 - n : n);
    }
  }

  #level(fair: number, sign: Sign, level: number): void {
    const key = `${sign}/${level}`;
    const resting = this.#ladder.get(key);
    const gapTicks = this.#gapTicks;
    const ticks = fair - sign * (Math.ceil(gapTicks / 2) + level * gapTicks);
    const near = resting?.isOpen === true && Math.abs(resting.ticks - ticks) <= gapTicks / 2;
    if (near && !(level < 3 && this.#prng.chance(0.05))) return;
    if (resting?.isOpen === true) this.#engine.cancel(resting);
    const size = this.#size((1 + level / 4) * (sign === 1 ? this.#now.bidSize : 1));
    const placed = this.#place(this.#maker, sign, 'LIMIT', ticks, size);
    if (placed === undefined) this.#ladder.delete(key);
    else this.#ladder.set(key, placed);
  }

  /** Takes away what an earlier stage quoted deeper. */
  #withdraw(sign: Sign, from: number): void {
    for (let level = from; ; level += 1) {
      const key = `${sign}/${level}`;
      const resting = this.#ladder.get(key);
      if (resting === undefined) return;
      this.#ladder.delete(key);
      if (resting.isOpen) this.#engine.cancel(resting);
    }
  }

  #take(): void {
    const { buys, drift } = this.#now;
    const sign: Sign = this.#prng.chance(drift === 0 ? buys : buys + this.#trend * TREND_BIAS) ? 1 : -1;
    const eager = this.#prng.chance(0.15) ? 3 : 0.6;
    this.#place(this.#taker, sign, 'MARKET', 0, this.#size(eager));
  }

  #size(scale: number): number {
    return Math.max(1, Math.round(this.#typicalLots * this.#now.size * scale * (0.2 + this.#prng.float() * 1.3)));
  }

  #place(account: Account, sign: Sign, type: OrderType, ticks: number, lots: number): Order | undefined {
    this.#orders += 1;
    const placed = this.#engine.place({
      ...{ account, market: this.#market, sign, type, tif: 'GTC', lots, ticks, reduceOnly: false },
      ...{ clientId: `${account.name}-${this.#market.spec.symbol}-${this.#orders}`, stp: 'NONE', priceMatch: 'NONE', goodTillMs: 0 },
    });
    return placed instanceof Refusal ? undefined : placed;
  }

  /** What a dump of the venue keeps of the private fields (`state/`). */
  hiddenState() {
    return {
      ...{
        prng: this.#prng,
        ladder: this.#ladder,
        fairTicks: this.#fairTicks,
        quotedTicks: this.#quotedTicks,
        timer: this.#timer,
        orders: this.#orders,
      },
      ...{ regime: this.#regime, stage: this.#stage, stepsInStage: this.#stepsInStage, trend: this.#trend },
    };
  }

  restoreHidden(state: ReturnType<Flow['hiddenState']>): void {
    this.#prng = state.prng;
    this.#ladder = state.ladder;
    this.#fairTicks = state.fairTicks;
    this.#quotedTicks = state.quotedTicks;
    this.#timer = state.timer === undefined ? undefined : rearmed(state.timer, () => this.#due());
    this.#orders = state.orders;
    this.#regime = state.regime;
    this.#stage = state.stage;
    this.#stepsInStage = state.stepsInStage;
    this.#trend = state.trend;
  }
}
