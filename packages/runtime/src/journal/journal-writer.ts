/**
 * The seam between "in the journal" and "may be acted upon". Owns the callbacks that wait for durability and runs them in the order in
 * which they were given, never inside one another.
 */
import type { Clock, Timer } from '../ports/clock.ts';
import type { Journal } from './journal.ts';
import { JournalError } from './journal-error.ts';

/**
 * `JOURNAL_SYNC`. `normal`: what the operating system has taken counts as durable; it survives the end of the process, and a power
 * cut may cost the newest records. `full`: durable is what a sync confirmed; effects wait for it.
 */
export type JournalSync = 'normal' | 'full';

export interface JournalWriterOptions {
  readonly sync: JournalSync;
  readonly clock: Clock;
  /** A sync failed: what waits will never run, and nothing more becomes durable. The process must halt. */
  readonly onSyncFailed: (error: unknown) => void;
  /** Default 100 000; one more is refused with `JRN_BACKLOG`. */
  readonly maxWaiting?: number;
}

export interface JournalWriter {
  /** See `Journal.append`. */
  append(payload: Uint8Array): number;
  /**
   * Runs `callback` once `pos` is durable: in this call if it is already and nothing waits before it, else later.
   * @throws JournalError `JRN_BACKLOG`
   */
  whenDurable(pos: number, callback: () => void): void;
  readonly durablePos: number;
  /** Callbacks that wait. */
  readonly waiting: number;
  /** Syncs now and runs what waits for it: before an orderly stop. */
  flush(): void;
  /** What still waits never runs. Does not close the journal. */
  close(): void;
}

const MAX_WAITING = 100_000;

/**
 * With `full` this syncs at the end of the turn, one sync for all records of that turn. Where the disk can do it elsewhere the loop goes
 * on meanwhile, and what is appended until it ends shares the next sync: group commit.
 */
export function createJournalWriter(journal: Journal, options: JournalWriterOptions): JournalWriter {
  return new OrderedWriter(journal, options);
}

interface Waiter {
  readonly pos: number;
  readonly callback: () => void;
}

class OrderedWriter implements JournalWriter {
  readonly #journal: Journal;
  readonly #options: JournalWriterOptions;
  #waiters: Waiter[] = [];
  /** Index of the first one not run yet: a queue without shifting. */
  #next = 0;
  #isRunning = false;
  #syncTimer: Timer | undefined;
  #isSyncing = false;
  #isStopped = false;

  constructor(journal: Journal, options: JournalWriterOptions) {
    this.#journal = journal;
    this.#options = options;
  }

  get durablePos(): number {
    return this.#options.sync === 'full' ? this.#journal.durablePos : this.#journal.lastPos;
  }

  get waiting(): number {
    return this.#waiters.length - this.#next;
  }

  append(payload: Uint8Array): number {
    const pos = this.#journal.append(payload);
    // Also without a callback: with `full` nothing stays unsynced for longer than a turn.
    if (this.#options.sync === 'full') this.#syncSoon();
    return pos;
  }

  whenDurable(pos: number, callback: () => void): void {
    if (this.#isStopped) return;
    const bound = this.#options.maxWaiting ?? MAX_WAITING;
    if (this.waiting >= bound) {
      throw new JournalError('JRN_BACKLOG', `${bound} effects wait for the journal's sync: the disk is too slow; take no new work`);
    }
    this.#waiters.push({ pos, callback });
    this.#run();
  }

  flush(): void {
    this.#syncTimer?.cancel();
    this.#syncTimer = undefined;
    try {
      this.#journal.sync();
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#run();
  }

  close(): void {
    this.#isStopped = true;
    this.#syncTimer?.cancel();
    this.#waiters = [];
    this.#next = 0;
  }

  #syncSoon(): void {
    // What is appended during a sync has its turn when that one ends.
    if (this.#isStopped || this.#isSyncing) return;
    this.#syncTimer ??= this.#options.clock.after(0, () => this.#syncGroup());
  }

  #syncGroup(): void {
    this.#syncTimer = undefined;
    this.#isSyncing = true;
    this.#journal.syncLater((error) => {
      this.#isSyncing = false;
      if (this.#isStopped) return;
      if (error !== undefined) this.#fail(error);
      else this.#run();
      if (this.#journal.durablePos < this.#journal.lastPos) this.#syncSoon();
    });
  }

  #fail(error: unknown): void {
    this.close();
    this.#options.onSyncFailed(error);
  }

  /** Runs what is durable, in order. A callback that waits anew joins the end of the queue instead of running inside another. */
  #run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (let waiter = this.#ready(); waiter !== undefined; waiter = this.#ready()) {
        this.#next += 1;
        waiter.callback();
      }
    } finally {
      this.#isRunning = false;
      this.#waiters.splice(0, this.#next);
      this.#next = 0;
    }
  }

  #ready(): Waiter | undefined {
    const waiter = this.#waiters[this.#next];
    return waiter !== undefined && waiter.pos <= this.durablePos ? waiter : undefined;
  }
}
