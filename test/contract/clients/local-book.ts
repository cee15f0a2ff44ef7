/** Binance's documented procedure for a local book of USDⓈ-M futures, run on whatever snapshot and depth frames a client delivers. */
import type { KeptBook } from './client-under-test.ts';
import { plain } from './desk-venue.ts';

export interface DepthFrame {
  readonly first: number;
  readonly last: number;
  readonly previous: number;
  readonly bids: readonly (readonly [unknown, unknown])[];
  readonly asks: readonly (readonly [unknown, unknown])[];
}

export interface Snapshot {
  readonly last: number;
  readonly bids: readonly (readonly [unknown, unknown])[];
  readonly asks: readonly (readonly [unknown, unknown])[];
}

type Rows = DepthFrame['bids'];

export class LocalBook implements KeptBook {
  frames = 0;
  restarts = 0;
  #bids = new Map<string, string>();
  #asks = new Map<string, string>();
  #last: number | undefined;
  #joined = false;
  #waiting: DepthFrame[] = [];
  #asking = false;
  readonly #snapshot: () => Promise<Snapshot>;

  constructor(snapshot: () => Promise<Snapshot>) {
    this.#snapshot = snapshot;
  }

  /** Takes a frame in; a gap starts the procedure over. */
  apply(frame: DepthFrame): void {
    this.frames += 1;
    if (this.#last === undefined) {
      this.#waiting.push(frame);
      if (!this.#asking) void this.#start();
      return;
    }
    if (frame.last < this.#last) return;
    if (this.#joined ? frame.previous !== this.#last : frame.first > this.#last) {
      this.restarts += 1;
      this.#last = undefined;
      this.#waiting = [frame];
      void this.#start();
      return;
    }
    this.#joined = true;
    this.#last = frame.last;
    write(this.#bids, frame.bids);
    write(this.#asks, frame.asks);
  }

  async #start(): Promise<void> {
    this.#asking = true;
    const { last, bids, asks } = await this.#snapshot();
    this.#asking = false;
    this.#bids = new Map();
    this.#asks = new Map();
    write(this.#bids, bids);
    write(this.#asks, asks);
    this.#last = last;
    this.#joined = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const frame of waiting) {
      this.frames -= 1;
      this.apply(frame);
    }
  }

  rows(levels: number) {
    return { bids: best(this.#bids, -1, levels), asks: best(this.#asks, 1, levels) };
  }
}

function write(side: Map<string, string>, rows: Rows): void {
  for (const [price, quantity] of rows) {
    if (Number(quantity) === 0) side.delete(plain(price));
    else side.set(plain(price), plain(quantity));
  }
}

function best(side: ReadonlyMap<string, string>, direction: 1 | -1, levels: number): string[][] {
  const rows = [...side].sort(([a], [b]) => (Number(a) - Number(b)) * direction);
  return rows.slice(0, levels).map(([price, quantity]) => [price, quantity]);
}
