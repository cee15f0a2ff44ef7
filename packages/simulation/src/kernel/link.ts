/** One direction between two processes: how long things take on it, what befalls them, and whether anything passes at all. */
import type { Kernel } from './kernel.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface LinkUnit {
  /** `http`, `websocket`, `bus` or `service`. */
  readonly protocol: string;
  readonly bytes: number;
  readonly payload: unknown;
}

export interface Arrival {
  readonly delayUs: number;
  /** True: may overtake what was sent before it. */
  readonly unordered?: boolean;
}

/** Decides what befalls each unit on a link: `[]` loses it, two arrivals double it, `undefined` is the usual delivery. */
export interface LinkBehaviour {
  plan(unit: LinkUnit, random: SeededRandom): readonly Arrival[] | undefined;
}

/** An end that sends on a link; the link tells it of its ups and downs. */
export interface LinkUser {
  linkBlocked(): void;
  linkHealed(): void;
}

export interface Latency {
  readonly minUs: number;
  readonly maxUs: number;
}

export class Link {
  readonly from: string;
  readonly to: string;
  latency: Latency;
  behaviour: LinkBehaviour | undefined;
  /** For whoever decides faults on this link. */
  readonly random: SeededRandom;
  readonly #ends = new Set<LinkUser>();
  readonly #waiting: (() => void)[] = [];
  #blocked = false;
  #blocks = 0;

  constructor(kernel: Kernel, from: string, to: string, latency: Latency) {
    this.from = from;
    this.to = to;
    this.latency = latency;
    this.random = kernel.random(`link ${from} ${to}`);
  }

  get blocked(): boolean {
    return this.#blocked;
  }

  /** The ends that send on it, in the order they were made. */
  get ends(): readonly LinkUser[] {
    return [...this.#ends];
  }

  /** How often it was blocked so far. */
  get blocks(): number {
    return this.#blocks;
  }

  /** A draw for one unit. */
  delayUs(): number {
    return this.random.between(this.latency.minUs, this.latency.maxUs);
  }

  /** Nothing passes until `heal`. Nobody is told: connections hang, as when a cable is pulled. */
  block(): void {
    if (this.#blocked) return;
    this.#blocked = true;
    this.#blocks++;
    for (const end of [...this.#ends]) end.linkBlocked();
  }

  /** What waited is sent again, in order. */
  heal(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    for (const end of [...this.#ends]) end.linkHealed();
    for (const retry of this.#waiting.splice(0)) retry();
  }

  /** Calls back at the next `heal`; what waits is bounded by those who connect. */
  whenHealed(retry: () => void): void {
    this.#waiting.push(retry);
  }

  join(end: LinkUser): void {
    this.#ends.add(end);
  }

  leave(end: LinkUser): void {
    this.#ends.delete(end);
  }
}
