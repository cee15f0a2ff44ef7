/**
 * The venue's own clock: its source (the machine, sped up, or moved by hand) plus a skew that drills may change. Everything inside the
 * venue reads this one. Its timers know when they are due and in which order they were set, so that a dump can keep them.
 */
import type { UsTime } from '@fillwright/domain/time';
import type { Clock, Timer } from '@fillwright/runtime/ports';

/** A timer as a dump keeps it. */
export interface SavedTimer {
  /** On the clock's source, without the skew. */
  readonly dueUs: number;
  /** Of two due at the same time the lower runs first. */
  readonly order: number;
}

export class VenueTimer implements Timer {
  /** On the source's monotonic scale. */
  readonly dueUs: number;
  readonly order: number;
  action: (() => void) | undefined;
  #armed: Timer | undefined;

  constructor(dueUs: number, order: number, action?: () => void) {
    this.dueUs = dueUs;
    this.order = order;
    this.action = action;
  }

  arm(source: Clock, delayMs: number): void {
    this.#armed = source.after(delayMs, () => this.action?.());
  }

  cancel(): void {
    this.action = undefined;
    this.#armed?.cancel();
  }
}

/** Gives a restored timer what it is to do; it runs once the whole state is restored. */
export function rearmed(timer: Timer, action: () => void): Timer {
  if (!(timer instanceof VenueTimer)) throw new Error('not a timer of the venue');
  timer.action = action;
  return timer;
}

export class VenueClock implements Clock {
  readonly #source: Clock;
  skewMs: number;
  #nextOrder = 0;
  #halted = false;
  #restored: VenueTimer[] = [];

  constructor(source: Clock, skewMs: number) {
    this.#source = source;
    this.skewMs = skewMs;
  }

  wallUs(): UsTime {
    return (this.#source.wallUs() + this.skewMs * 1000) as UsTime;
  }

  monotonicUs(): number {
    return this.#source.monotonicUs();
  }

  after(delayMs: number, callback: () => void): VenueTimer {
    const delayUs = Math.max(0, Math.round(delayMs * 1000));
    const timer = new VenueTimer(this.#source.monotonicUs() + delayUs, this.#nextOrder, () => {
      if (!this.#halted) callback();
    });
    this.#nextOrder += 1;
    timer.arm(this.#source, delayMs);
    return timer;
  }

  /** No timer runs any more: the venue that this clock belonged to is over. */
  halt(): void {
    this.#halted = true;
  }

  /** The source's time: without the skew. */
  sourceUs(): number {
    return this.#source.wallUs();
  }

  saved(timer: VenueTimer): SavedTimer {
    return { dueUs: this.#source.wallUs() + timer.dueUs - this.#source.monotonicUs(), order: timer.order };
  }

  /** Waits for `armRestored`, and for an action. */
  restored({ dueUs, order }: SavedTimer): VenueTimer {
    const timer = new VenueTimer(this.#source.monotonicUs() + dueUs - this.#source.wallUs(), order);
    this.#restored.push(timer);
    return timer;
  }

  /** Starts the restored timers in the order in which they were once set; what was due meanwhile runs at once. */
  armRestored(): void {
    const due = this.#restored.sort((a, b) => a.order - b.order);
    this.#restored = [];
    for (const timer of due) {
      const action = timer.action;
      if (action === undefined) continue;
      timer.action = () => {
        if (!this.#halted) action();
      };
      timer.arm(this.#source, Math.max(0, timer.dueUs - this.#source.monotonicUs()) / 1000);
    }
  }

  hiddenState() {
    return { nextOrder: this.#nextOrder };
  }

  restoreHidden({ nextOrder }: ReturnType<VenueClock['hiddenState']>): void {
    this.#nextOrder = nextOrder;
  }
}
