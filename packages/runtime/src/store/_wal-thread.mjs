/**
 * Makes what SQLite appended to the log of a database durable, and moves it into the database file, on a connection and in a thread of its own:
 * whoever writes need not wait for the disk. SQLite's own rules hold: nothing is in the file that is not durable in the log, and the log begins
 * anew only when the file is durable. Plain JavaScript that imports nothing of ours: stripping types would cost the thread 17 MB.
 */
import { closeSync, fdatasyncSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';

export const WAL_PHASE = { starting: 0, tending: 1, stopping: 2, ended: 3 };
/** Cells of the memory that both threads share: the phase, and how often it was asked to settle, or to look at the phase. */
export const PHASE_AT = 0;
export const ASKED_AT = 1;

/**
 * Pages have 4 KiB. 1000 is SQLite's own measure. A log that begins anew costs the writer one sync: a larger log makes that rare, and emptying
 * it while the disk is quick makes it short.
 */
const BOUNDS = { syncPages: 1_000, quickPages: 4_000, anyPages: 32_000, quickMs: 10 };
/**
 * Each look leaves 240 bytes in a young generation that, at V8's flags for the process, has room for hours of them: nearly 1 MB an hour at one
 * a second. Whoever asks to settle does not wait for it.
 */
const LOOK_MS = 5_000;
/** The writer goes on meanwhile: each round leaves what it appended during the one before. */
const ROUNDS = 5;

export class WalTender {
  #database;
  /** Prepared once: what each look prepared would stay in memory until this thread's heap is collected, which is hardly ever. */
  #count;
  #move;
  #log;
  #bounds;
  #nowMs;
  /** Pages of the log that are durable. */
  #synced = 0;

  constructor(file, bounds = BOUNDS, nowMs = () => performance.now()) {
    this.#bounds = bounds;
    this.#nowMs = nowMs;
    this.#database = new DatabaseSync(file, { timeout: 0 });
    this.#count = this.#database.prepare('PRAGMA wal_checkpoint(NOOP)');
    this.#move = this.#database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
    // The first question makes the log.
    pages(this.#count);
    this.#log = openSync(`${file}-wal`, 'r+');
  }

  look() {
    const { syncPages, quickPages, anyPages, quickMs } = this.#bounds;
    const { inLog, inFile } = pages(this.#count);
    if (inLog < this.#synced || inLog === inFile) this.#synced = 0;
    if (inLog === inFile || inLog - this.#synced < syncPages) return 'nothing';
    const startMs = this.#nowMs();
    fdatasyncSync(this.#log);
    const isQuick = this.#nowMs() - startMs < quickMs;
    this.#synced = inLog;
    const isDue = inLog >= (isQuick ? quickPages : anyPages);
    return isDue && this.settle() ? 'emptied' : 'synced';
  }

  /**
   * Moves everything into the file, durably. False when the writer was always ahead, or somebody reads an old state: then not all of it.
   */
  settle() {
    for (let round = 0; round < ROUNDS; round++) {
      const { inLog, inFile, isBusy } = pages(this.#move);
      if (inLog === inFile && !isBusy) return true;
    }
    return false;
  }

  close() {
    closeSync(this.#log);
    this.#database.close();
  }
}

/**
 * Pages in the log, and how many of them are in the file, too; busy, and both unknown, while somebody else moves them. NOOP only counts; PASSIVE
 * moves what it can, and never makes a writer wait.
 */
function pages(checkpoint) {
  const { busy, log, checkpointed } = checkpoint.get();
  return { inLog: Number(log), inFile: Number(checkpointed), isBusy: Number(busy) !== 0 };
}

function tend({ file, cells }) {
  // Told to stop before it began.
  if (Atomics.compareExchange(cells, PHASE_AT, WAL_PHASE.starting, WAL_PHASE.tending) !== WAL_PHASE.starting) return;
  try {
    const tender = new WalTender(file);
    let answered = 0;
    while (Atomics.load(cells, PHASE_AT) === WAL_PHASE.tending) {
      const asked = Atomics.load(cells, ASKED_AT);
      if (asked === answered) tried(() => tender.look());
      else parentPort.postMessage({ asked, isDurable: tried(() => tender.settle()) });
      answered = asked;
      Atomics.wait(cells, ASKED_AT, answered, LOOK_MS);
    }
    tender.close();
  } finally {
    Atomics.store(cells, PHASE_AT, WAL_PHASE.ended);
    Atomics.notify(cells, PHASE_AT);
  }
}

/** A disk that is full or in trouble: whoever writes meets it, too, and says so. Here the next look tries again. */
function tried(work) {
  try {
    return work();
  } catch {
    return false;
  }
}

if (!isMainThread && workerData?.cells instanceof Int32Array) tend(workerData);
