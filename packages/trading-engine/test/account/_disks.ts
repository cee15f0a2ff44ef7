/** Everything an account keeps, in memory: files that can be damaged or refused, databases that outlive their process. */
import {
  createMemoryStore,
  type Database,
  type Disk,
  DiskError,
  type DiskErrorCode,
  type DiskFile,
  diskErrorOf,
  type MemoryStore,
  type Ports,
  type SqlStatement,
  type Store,
} from '@fillwright/runtime';
import { AccountBook } from '../../src/account/account-book.ts';
import { AccountLog } from '../../src/account/account-log.ts';
import { OrderShelf } from '../../src/account/order-shelf.ts';
import { Storage } from '../../src/account/storage.ts';
import { TestClock } from '../_world.ts';

export class MemoryDisk implements Disk {
  readonly files = new Map<string, Uint8Array>();
  /** What every change is answered with, when set. */
  refuses: DiskErrorCode | undefined;
  /** Takes up what is asked for later, for the test to do; without it that happens by itself. */
  held: (() => void)[] | undefined;

  open(path: string): DiskFile {
    if (!this.files.has(path)) this.#change(path, new Uint8Array());
    const bytes = () => this.files.get(path) ?? new Uint8Array();
    return {
      get size() {
        return bytes().length;
      },
      append: (more) => this.#change(path, Buffer.concat([bytes(), more])),
      read: (offset, length) => bytes().slice(offset, offset + length),
      truncate: (size) => this.#change(path, bytes().slice(0, size)),
      sync: () => undefined,
      close: () => undefined,
    };
  }

  list(folder: string): readonly string[] {
    const below = [...this.files.keys()].filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1));
    return below.filter((name) => !name.includes('/')).sort();
  }

  exists(path: string): boolean {
    return this.files.has(path);
  }

  writeAtomic(path: string, bytes: Uint8Array): void {
    this.#change(path, bytes.slice());
  }

  writeAtomicLater(path: string, bytes: Uint8Array, done: (error: DiskError | undefined) => void): void {
    this.#later(() => done(diskErrorOf(() => this.writeAtomic(path, bytes))));
  }

  removeLater(path: string, done: (error: DiskError | undefined) => void): void {
    this.#later(() => done(diskErrorOf(() => this.remove(path))));
  }

  readWhole(path: string): Uint8Array {
    const bytes = this.files.get(path);
    if (!bytes) throw new DiskError('absent', path);
    return bytes.slice();
  }

  remove(path: string): void {
    if (this.refuses) throw new DiskError(this.refuses, path);
    this.files.delete(path);
  }

  #later(work: () => void): void {
    if (this.held === undefined) queueMicrotask(work);
    else this.held.push(work);
  }

  #change(path: string, bytes: Uint8Array): void {
    if (this.refuses) throw new DiskError(this.refuses, path);
    this.files.set(path, bytes);
  }
}

/** One log line worth looking at. */
export interface Line {
  readonly level: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A machine: its disk, its databases, its clock; and the engine's account on it, life after life. */
export class Machine {
  readonly disk = new MemoryDisk();
  store: MemoryStore = createMemoryStore();
  readonly clock = new TestClock();
  readonly lines: Line[] = [];
  readonly gauges = new Map<string, number>();
  /** Told of each single row that is asked of a database. */
  onQuery: () => void = () => undefined;
  #last: MemoryStore | undefined;

  /** A new process; the one before is dead. */
  start(options: { readonly closed?: number; readonly backlogBytes?: number } = {}): Life {
    this.#last?.releaseAll();
    const store = this.store.incarnation();
    this.#last = store;
    const book = new AccountBook(new OrderShelf({ closed: options.closed ?? 10_000, closedUs: 3_600_000_000 }));
    const ports = {
      clock: this.clock,
      disk: this.disk,
      store: this.#watched(store),
      log: this.#log(),
      metrics: this.#metrics(),
    } as unknown as Ports;
    const storage = new Storage(
      ports,
      { journalFolder: 'journal', segmentBytes: 4_000, ...(options.backlogBytes && { backlogBytes: options.backlogBytes }) },
      book,
    );
    const log = new AccountLog({ journal: storage.journal, book, clock: this.clock, log: ports.log, publish: () => undefined });
    return { book, storage, log };
  }

  codes(): readonly unknown[] {
    return this.lines.flatMap(({ fields }) => fields.code ?? []);
  }

  #watched(store: Store): Store {
    const open = (name: string): Database => {
      const database = store.open(name);
      const prepare = (sql: string): SqlStatement => {
        const statement = database.prepare(sql);
        const get: SqlStatement['get'] = (...values) => {
          this.onQuery();
          return statement.get(...values);
        };
        return { ...statement, get };
      };
      return { ...database, prepare };
    };
    return { open, lock: (name) => store.lock(name) };
  }

  #log(): Ports['log'] {
    const put =
      (level: string) =>
      (event: string, fields: Line['fields'] = {}) =>
        void this.lines.push({ level, event, fields });
    return { debug: put('debug'), info: put('info'), warn: put('warn'), error: put('error'), child: () => this.#log() };
  }

  #metrics(): Pick<Ports['metrics'], 'gauge'> {
    return { gauge: (name) => ({ set: (value, label) => void this.gauges.set(label === undefined ? name : `${name} ${label}`, value) }) };
  }
}

export interface Life {
  readonly book: AccountBook;
  readonly storage: Storage;
  readonly log: AccountLog;
}
