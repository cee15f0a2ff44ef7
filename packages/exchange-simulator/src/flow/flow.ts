/**
 * Synthetic life of one symbol: a fair price walks at random, makers keep a ladder around it, takers come and go. By seed, on timers, and
 * through the same engine as everybody else, so that clients' quotes near the touch fill within seconds.
 */
import type { Clock, Timer } from '@fillwright/runtime/ports';
import type { Account } from '../account/account.ts';
import type { Engine } from '../engine/engine.ts';
import type { Market } from '../market/market.ts';
import { Prng } from '../numbers/prng.ts';
import type { Sign } from '../numbers/units.ts';
import type { Order, OrderType } from '../order/order.ts';
import { Refusal } from '../order/refusal.ts';

/** Price levels the makers keep on each side. */
const LADDER = 20;
/** Share of the price between two levels, in tenths of a basis point. */
const LEVEL_GAP = 5n;
/** Chance per step that a taker comes. */
const TAKER_CHANCE = 0.45;
/** Notional of a typical maker order, in whole quote. */
const ORDER_QUOTE = 20_000;
/** Step of the walk at the most, in level gaps: about 0.3 basis points a second at the default rate, a calm day of a large market. */
const WALK_GAPS = 4;
/** Pull back to where the symbol started, per step: keeps a long run near its price. */
const HOME_PULL = 0.0005;

export class Flow {
  readonly #clock: Clock;
  readonly #engine: Engine;
  readonly #market: Market;
  readonly #maker: Account;
  readonly #taker: Account;
  readonly #prng: Prng;
  readonly #everyMs: number;
  readonly #gapTicks: number;
  readonly #typicalLots: number;
  readonly #homeTicks: number;
  readonly #ladder = new Map<string, Order>();
  #fairTicks: number;
  /** The fair price around which the ladder stands. */
  #quotedTicks: number;
  #timer: Timer | undefined;
  #orders = 0;

  constructor(clock: Clock, engine: Engine, market: Market, house: { readonly maker: Account; readonly taker: Account }, seed: string) {
    this.#clock = clock;
    this.#engine = engine;
    this.#market = market;
    this.#maker = house.maker;
    this.#taker = house.taker;
    this.#prng = new Prng(seed, `flow ${market.spec.symbol}`);
    this.#everyMs = 1000 / market.spec.options.flowRate;
    this.#homeTicks = market.ticksBelow(market.mark);
    this.#fairTicks = this.#homeTicks;
    this.#quotedTicks = this.#homeTicks;
    this.#gapTicks = Math.max(1, Number((BigInt(this.#homeTicks) * LEVEL_GAP) / 1_000_000n));
    const quotePerLot = Number((BigInt(this.#homeTicks) * market.spec.unitsPerTickLot) / 1_000_000n) / 100;
    this.#typicalLots = Math.max(2, Math.round(ORDER_QUOTE / quotePerLot));
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
    this.#timer = this.#clock.after(delayMs, () => {
      this.#schedule();
      this.#step();
    });
  }

  #step(): void {
    this.#walk();
    this.#quote();
    if (this.#prng.chance(TAKER_CHANCE)) this.#take();
    const unit = BigInt(this.#market.spec.tickUnits);
    // The mark follows the fair price slowly, as an average would.
    const fair = BigInt(Math.round(this.#fairTicks)) * unit;
    const mark = this.#market.mark + (fair - this.#market.mark) / 4n;
    this.#engine.setMark(this.#market, mark, fair);
  }

  #walk(): void {
    const kick = this.#prng.float() + this.#prng.float() + this.#prng.float() - 1.5;
    this.#fairTicks += kick * this.#gapTicks * WALK_GAPS + (this.#homeTicks - this.#fairTicks) * HOME_PULL;
  }

  /**
   * Brings the ladder to the fair price. The side that the price moves towards goes first and from its far end, so that the ladder never
   * trades with itself and its touch changes as often as the price does, not with every level.
   */
  #quote(): void {
    const fair = Math.round(this.#fairTicks);
    const sides: readonly Sign[] = fair >= this.#quotedTicks ? [-1, 1] : [1, -1];
    this.#quotedTicks = fair;
    for (const [turn, sign] of sides.entries()) {
      for (let n = 0; n < LADDER; n += 1) this.#level(fair, sign, turn === 0 ? LADDER - 1 - n : n);
    }
  }

  #level(fair: number, sign: Sign, level: number): void {
    const key = `${sign}/${level}`;
    const resting = this.#ladder.get(key);
    const ticks = fair - sign * (Math.ceil(this.#gapTicks / 2) + level * this.#gapTicks);
    const near = resting?.isOpen === true && Math.abs(resting.ticks - ticks) <= this.#gapTicks / 2;
    if (near && !(level < 3 && this.#prng.chance(0.05))) return;
    if (resting?.isOpen === true) this.#engine.cancel(resting);
    const placed = this.#place(this.#maker, sign, 'LIMIT', ticks, this.#size(1 + level / 4));
    if (placed === undefined) this.#ladder.delete(key);
    else this.#ladder.set(key, placed);
  }

  #take(): void {
    const sign: Sign = this.#prng.chance(0.5) ? 1 : -1;
    const eager = this.#prng.chance(0.15) ? 3 : 0.6;
    this.#place(this.#taker, sign, 'MARKET', 0, this.#size(eager));
  }

  #size(scale: number): number {
    return Math.max(1, Math.round(this.#typicalLots * scale * (0.2 + this.#prng.float() * 1.3)));
  }

  #place(account: Account, sign: Sign, type: OrderType, ticks: number, lots: number): Order | undefined {
    this.#orders += 1;
    const placed = this.#engine.place({
      ...{ account, market: this.#market, sign, type, tif: 'GTC', lots, ticks, reduceOnly: false },
      ...{ clientId: `${account.name}-${this.#market.spec.symbol}-${this.#orders}`, stp: 'NONE', priceMatch: 'NONE', goodTillMs: 0 },
    });
    return placed instanceof Refusal ? undefined : placed;
  }
}
