/**
 * Has the log of a database tended by a thread, so that no commit waits for the disk to take megabytes. Where there is no thread, SQLite's own
 * limit on the log stands: then a commit does it.
 */
import { Worker } from 'node:worker_threads';
import { ASKED_AT, PHASE_AT, WAL_PHASE, type WalOrder, type WalSettled } from './_wal-thread.mjs';

/** It may be in the middle of a sync. */
const STOP_MS = 2_000;
/** It holds a connection and a few numbers. V8's flags for the process count for more: its young generation is as large as the main thread's. */
const LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 };

type Settled = (isDurable: boolean) => void;

export class WalTending {
  readonly #cells = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  /** By the count of the question; oldest first. */
  readonly #waiting = new Map<number, Settled>();

  constructor(file: string) {
    const workerData: WalOrder = { file, cells: this.#cells };
    const thread = new Worker(new URL('./_wal-thread.mjs', import.meta.url), { workerData, resourceLimits: LIMITS });
    thread.on('message', ({ asked, isDurable }: WalSettled) => this.#settled(asked, isDurable));
    // No thread to be had, or no connection: there is nobody to wait for.
    thread.on('error', () => Atomics.store(this.#cells, PHASE_AT, WAL_PHASE.ended));
    thread.on('exit', () => this.#settled(Number.POSITIVE_INFINITY, false));
    thread.unref();
  }

  /** As `Database.settle`; false when there is no thread. */
  settle(done: Settled): boolean {
    if (Atomics.load(this.#cells, PHASE_AT) > WAL_PHASE.tending) return false;
    this.#waiting.set(this.#ask(), done);
    return true;
  }

  /** Waits for its end: the connection that is closed last empties the log and removes it. */
  stop(): void {
    const before = (phase: number) => Atomics.compareExchange(this.#cells, PHASE_AT, phase, WAL_PHASE.stopping) === phase;
    if (before(WAL_PHASE.starting) || !before(WAL_PHASE.tending)) return;
    this.#ask();
    Atomics.wait(this.#cells, PHASE_AT, WAL_PHASE.stopping, STOP_MS);
  }

  #ask(): number {
    const count = Atomics.add(this.#cells, ASKED_AT, 1) + 1;
    Atomics.notify(this.#cells, ASKED_AT);
    return count;
  }

  #settled(asked: number, isDurable: boolean): void {
    for (const [count, done] of this.#waiting) {
      if (count > asked) return;
      this.#waiting.delete(count);
      done(isDurable);
    }
  }
}
