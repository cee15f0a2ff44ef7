/** Everything the account has on disk: lock, journal, snapshots, the id index and what durable consumers have read. */
import { type Database, type ExclusiveLock, type Journal, openJournal, type Ports } from '@fillwright/runtime';
import { mutated } from '@fillwright/runtime/ports';
import type { EngineOptions } from '../options.ts';
import type { AccountBook } from './account-book.ts';
import { Consumers } from './consumers.ts';
import { openEngineDatabase } from './engine-database.ts';
import { IdIndex } from './id-index.ts';
import { Keeper } from './keeper.ts';
import { restoreBook, SNAPSHOT_FOLDER } from './restore.ts';
import { Rotation } from './rotation.ts';

export type StorageOptions = Pick<EngineOptions, 'journalFolder' | 'segmentBytes' | 'snapshotMs' | 'backlogBytes'>;

const SNAPSHOT_MS = 30_000;
const BACKLOG_BYTES = 4 * 1024 ** 3;

export class Storage {
  readonly journal: Journal;
  readonly consumers: Consumers;
  readonly keeper: Keeper;
  readonly #lock: ExclusiveLock;
  readonly #database: Database;
  #isOpen = true;

  /** Fills `book` with what was known last. @throws AppError `RUN_LOCKED` | `JRN_…` | `ENG_STATE_LOST` | `ENG_STORE_VERSION` | `RUN_STORE_FAILED` */
  constructor(ports: Ports, options: StorageOptions, book: AccountBook) {
    const { disk, store, clock, log, metrics } = ports;
    const { journalFolder, segmentBytes } = options;
    this.#lock = store.lock('engine.lock');
    let isCut = false;
    this.journal = openJournal(disk, {
      folder: journalFolder,
      onCut: (cut) => {
        isCut = true;
        log.warn('journal-tail-cut', { ...cut });
      },
      ...(segmentBytes !== undefined && { segmentBytes }),
    });
    this.#database = openEngineDatabase(store);
    const { journal } = this;
    const index = new IdIndex({ database: this.#database, clock, log });
    this.consumers = new Consumers({ database: this.#database, clock, log });
    restoreBook({ disk, log, journal, index, book, skipsLast: isCut && mutated(ports, 'torn-tail-misread') });
    const backlogBytes = options.backlogBytes ?? BACKLOG_BYTES;
    const rotation = new Rotation({
      ...{ clock, disk, log, metrics, journal, index, backlogBytes },
      consumers: this.consumers,
      snapshotFolder: SNAPSHOT_FOLDER,
    });
    const everyMs = options.snapshotMs ?? SNAPSHOT_MS;
    this.keeper = new Keeper({ clock, disk, log, metrics, journal, index, book, rotation, everyMs });
  }

  /** Idempotent. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.keeper.stop();
    this.journal.close();
    this.#database.close();
    this.#lock.release();
  }
}
