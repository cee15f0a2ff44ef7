/** A clock that moves only when told: timers run in order of time, then of insertion. */
import { type UsTime, usTime } from '@fillwright/domain';
import type { Clock, Timer } from '../../src/ports/clock.ts';

interface Entry {
  readonly atUs: number;
  readonly callback: () => void;
  cancelled: boolean;
}

export class VirtualClock implements Clock {
  #nowUs = 0;
  #entries: Entry[] = [];

  wallUs(): UsTime {
    return usTime(1_793_534_400_000_000 + Math.round(this.#nowUs));
  }

  monotonicUs(): number {
    return this.#nowUs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const entry: Entry = { atUs: this.#nowUs + delayMs * 1000, callback, cancelled: false };
    this.#entries.push(entry);
    return {
      cancel: () => {
        entry.cancelled = true;
      },
    };
  }

  /** Runs everything that is due within the next `ms`. */
  advance(ms: number): void {
    const endUs = this.#nowUs + ms * 1000;
    for (let next = this.#takeDue(endUs); next !== undefined; next = this.#takeDue(endUs)) {
      this.#nowUs = Math.max(this.#nowUs, next.atUs);
      next.callback();
    }
    this.#nowUs = endUs;
  }

  #takeDue(endUs: number): Entry | undefined {
    this.#entries = this.#entries.filter((entry) => !entry.cancelled);
    let first: Entry | undefined;
    for (const entry of this.#entries) if (entry.atUs <= endUs && (first === undefined || entry.atUs < first.atUs)) first = entry;
    if (first !== undefined) this.#entries.splice(this.#entries.indexOf(first), 1);
    return first;
  }
}
