/** The order flow of the benchmarks: 45 % cancels, 15 % orders that cross, the rest added to about 1 000 price levels. By seed. */
import { Prng } from '../src/numbers/prng.ts';
import type { Sign } from '../src/numbers/units.ts';

export const LEVELS_PER_SIDE = 500;
export const MID_TICKS = 18_000;
/** Ten on each level. */
const LIVE = 20 * LEVELS_PER_SIDE;

/** Where an order goes; the caller keeps what it made of it, and takes out the one it is told. */
export interface MixedFlow {
  readonly live: number;
  add(sign: Sign, ticks: number, lots: number): void;
  cancelNth(index: number): void;
}

export class OrderMix {
  readonly #prng: Prng;
  readonly #flow: MixedFlow;
  adds = 0;
  crossings = 0;
  cancels = 0;

  constructor(seed: string, flow: MixedFlow) {
    this.#prng = new Prng(seed, 'order mix');
    this.#flow = flow;
  }

  /** Brings the book back to its size: the mix takes more out than it puts in. Not part of what is measured. */
  settle(): void {
    while (this.#flow.live > LIVE) this.#flow.cancelNth(this.#prng.below(this.#flow.live));
    while (this.#flow.live < LIVE) this.#add();
  }

  #add(): void {
    const sign: Sign = this.#prng.below(2) === 0 ? 1 : -1;
    this.#flow.add(sign, MID_TICKS - sign * (1 + this.#prng.below(LEVELS_PER_SIDE)), this.#lots());
  }

  run(orders: number): void {
    const prng = this.#prng;
    for (let n = 0; n < orders; n += 1) {
      const kind = prng.float();
      if (kind < 0.45) {
        this.cancels += 1;
        this.#flow.cancelNth(prng.below(this.#flow.live));
      } else if (kind < 0.6) {
        this.crossings += 1;
        const sign: Sign = prng.below(2) === 0 ? 1 : -1;
        this.#flow.add(sign, MID_TICKS + sign * (1 + prng.below(20)), this.#lots());
      } else {
        this.adds += 1;
        this.#add();
      }
    }
  }

  #lots(): number {
    return 1 + this.#prng.below(100);
  }
}
