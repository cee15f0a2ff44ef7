/** How many requests a peer may make in one second. Remembers a bounded number of peers; the one that was quiet longest goes first. */

import type { PeerId } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';

interface Window {
  startUs: number;
  count: number;
}

const WINDOW_US = 1_000_000;
const MAX_PEERS = 1000;

export class PeerRate {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #windows = new Map<PeerId, Window>();

  constructor(clock: Clock, limitPerSecond: number) {
    this.#clock = clock;
    this.#limit = limitPerSecond;
  }

  admit(peer: PeerId): boolean {
    const now = this.#clock.monotonicUs();
    const window = this.#windows.get(peer);
    if (window === undefined || now - window.startUs >= WINDOW_US) {
      this.#windows.delete(peer);
      this.#windows.set(peer, { startUs: now, count: 1 });
      if (this.#windows.size > MAX_PEERS) this.#forgetOldest();
      return true;
    }
    window.count += 1;
    return window.count <= this.#limit;
  }

  #forgetOldest(): void {
    for (const peer of this.#windows.keys()) {
      this.#windows.delete(peer);
      return;
    }
  }
}
