/**
 * Keeps an account small enough to start fast: a snapshot every so often while something happens and at an orderly stop, closed orders out of
 * memory, and a journal that forgets what nobody needs. None of it holds up the loop for long, and none of its failures stops trading.
 */
import {
  AppError,
  type Clock,
  type Disk,
  type Gauge,
  type Journal,
  type Log,
  type Metrics,
  SnapshotDraft,
  type Timer,
  writeSnapshot,
  writeSnapshotLater,
} from '@fillwright/runtime';
import type { AccountBook } from './account-book.ts';
import type { IdIndex } from './id-index.ts';
import { SNAPSHOT_FOLDER } from './restore.ts';
import type { Rotation } from './rotation.ts';
import { encodeSnapshot, encodingSteps } from './snapshot-codec.ts';

/** Of one turn of the loop. */
const SLICE_US = 500;
/** Closed orders that may leave memory at once. */
const FORGET_BATCH = 1_000;
/** A disk that takes longer over one snapshot may never answer. */
const STUCK_MS = 120_000;

export interface KeeperParts {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly journal: Journal;
  readonly index: IdIndex;
  readonly book: AccountBook;
  readonly rotation: Rotation;
  readonly everyMs: number;
}

export class Keeper {
  readonly #parts: KeeperParts;
  readonly #waiting: Gauge;
  readonly #bytes: Gauge;
  #draft = new SnapshotDraft();
  #timer: Timer | undefined;
  #slice: Timer | undefined;
  /** Position of the newest snapshot taken in this run. */
  #snapshotPos = 0;
  #isTaking = false;
  /** When the one that is being taken was begun; monotonic. */
  #beganUs = 0;
  #failing = false;
  #stopped = false;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    const { metrics, index, book, clock } = parts;
    this.#waiting = metrics.gauge('fillwright_engine_closed_unstored', 'Closed orders that wait for the id index');
    this.#bytes = metrics.gauge('fillwright_engine_snapshot_bytes', 'Size of the newest snapshot');
    index.onStored = () => book.forget(clock.wallUs(), FORGET_BATCH);
  }

  start(): void {
    this.#timer = this.#parts.clock.after(this.#parts.everyMs, () => {
      if (this.#stopped) return;
      this.start();
      this.#tick();
    });
  }

  /** No more snapshots from here on, except the last one. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#slice?.cancel();
    this.#parts.index.stop();
  }

  /** After `stop`, when nothing happens any more: the next start has nothing to fold. */
  takeLast(): void {
    const { journal, book, disk } = this.#parts;
    // Of one that is being written, the draft is in use.
    if (this.#isTaking) this.#draft = new SnapshotDraft();
    try {
      journal.sync();
      this.#store();
      encodeSnapshot(book.state(), this.#draft);
      writeSnapshot(disk, SNAPSHOT_FOLDER, book.lastPos, this.#draft);
      this.#taken(book.lastPos);
    } catch (error) {
      this.#failed(error);
    }
  }

  #tick(): void {
    const { book, rotation, clock, index } = this.#parts;
    book.forget(clock.wallUs(), FORGET_BATCH);
    this.#waiting.set(index.waiting);
    rotation.watch();
    if (this.#isTaking) this.#watch();
    else if (book.lastPos > this.#snapshotPos) this.#take();
  }

  /** Without an answer none can be begun, and the journal forgets nothing: somebody should look at the disk before it is full. */
  #watch(): void {
    const ageMs = (this.#parts.clock.monotonicUs() - this.#beganUs) / 1_000;
    if (ageMs >= STUCK_MS)
      this.#failed(new AppError('ENG_SNAPSHOT_FAILED', `the disk has not answered for ${Math.floor(ageMs / 1_000)} s`));
  }

  #take(): void {
    const { journal, book, clock } = this.#parts;
    this.#isTaking = true;
    this.#beganUs = clock.monotonicUs();
    this.#store();
    const pos = book.lastPos;
    const steps = encodingSteps(book.state(), this.#draft);
    const slice = (): void => {
      const startUs = clock.monotonicUs();
      while (clock.monotonicUs() - startUs < SLICE_US) {
        const step = steps.next();
        if (!step.done) continue;
        // A snapshot must never know more than the journal after a power cut.
        journal.syncLater((error) => this.#write(pos, error));
        return;
      }
      this.#slice = clock.after(0, slice);
    };
    slice();
  }

  #write(pos: number, syncError: unknown): void {
    if (this.#stopped) return;
    try {
      if (syncError !== undefined) throw syncError;
      writeSnapshotLater(this.#parts.disk, SNAPSHOT_FOLDER, pos, this.#draft, (error) => this.#finish(pos, error));
    } catch (error) {
      this.#finish(pos, error);
    }
  }

  #finish(pos: number, error: unknown): void {
    if (this.#stopped) return;
    this.#isTaking = false;
    try {
      if (error !== undefined) throw error;
      this.#taken(pos);
      this.#parts.rotation.rotate((failure) => this.#failed(failure));
    } catch (failure) {
      this.#failed(failure);
    }
  }

  /** What the index holds by now need not be in the snapshot. */
  #store(): void {
    const { index, book } = this.#parts;
    index.reached(book.lastPos);
    index.flush();
  }

  #taken(pos: number): void {
    const { log } = this.#parts;
    const { length } = this.#draft.bytes;
    this.#snapshotPos = pos;
    this.#bytes.set(length);
    log.debug('snapshot-taken', { pos, bytes: length });
    if (this.#failing) log.info('snapshots-work-again', { pos });
    this.#failing = false;
  }

  #failed(error: unknown): void {
    if (!this.#failing) this.#parts.log.error('snapshot-failed', { code: 'ENG_SNAPSHOT_FAILED', error });
    this.#failing = true;
  }
}
