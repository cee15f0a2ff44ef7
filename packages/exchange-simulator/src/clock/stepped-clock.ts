/** A clock that stands still until it is told to go on: for scripts whose every byte must repeat. */
import { type UsTime, usTime } from '@fillwright/domain/time';
import type { Clock, Timer } from '@fillwright/runtime/ports';

interface Due {
  readonly dueUs: number;
  readonly order: number;
  readonly callback: () => void;
}

export class SteppedClock implements Clock {
  #nowUs: number;
  #nextOrder = 0;
  /** Next one last. */
  readonly #queue: Due[] = [];

  constructor(startUs: number) {
    this.#nowUs = startUs;
  }

  wallUs(): UsTime {
    return usTime(this.#nowUs);
  }

  monotonicUs(): number {
    return this.#nowUs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const due = { dueUs: this.#nowUs + Math.max(0, Math.round(delayMs * 1000)), order: this.#nextOrder, callback };
    this.#nextOrder += 1;
    this.#queue.splice(this.#indexOf(due), 0, due);
    return {
      cancel: () => {
        const index = this.#indexOf(due);
        if (this.#queue[index] === due) this.#queue.splice(index, 1);
      },
    };
  }

  /** Runs everything due within this span, in order of time, then of setting; the time ends exactly there. */
  advance(spanUs: number): void {
    const untilUs = this.#nowUs + spanUs;
    for (let next = this.#queue.at(-1); next !== undefined && next.dueUs <= untilUs; next = this.#queue.at(-1)) {
      this.#queue.pop();
      this.#nowUs = Math.max(this.#nowUs, next.dueUs);
      next.callback();
    }
    this.#nowUs = untilUs;
  }

  /** Where `due` stands, or belongs, in the queue. */
  #indexOf(due: Due): number {
    let low = 0;
    let high = this.#queue.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#queue[middle] as Due;
      if (other.dueUs > due.dueUs || (other.dueUs === due.dueUs && other.order > due.order)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
