/**
 * Every order that ever closed, by its ids, in SQLite behind the journal: a copy of a command that comes days late is answered with how it
 * ended. Written in small transactions beside the hot path; a restart catches it up from the position it stored. Most ids are fresh, and
 * those are recognised without a query: per prefix (owner tag and epoch) it knows the highest counter that was ever stored.
 */
import type { Order } from '@fillwright/domain';
import { type OrderView, orderFromView, packValue, unpackValue } from '@fillwright/messages';
import { AppError, type Clock, type Database, type Log, type SqlStatement, type Timer } from '@fillwright/runtime';
import type { OrderArchive } from './order-archive.ts';

/** One transaction; about a millisecond of the loop. */
const BATCH = 100;
const FLUSH_MS = 1_000;
const RETRY_MS = 5_000;
/** Owner tag (2 to 4) and epoch (6): where an id's counter begins depends on the tag, so each id counts under all three. */
const PREFIXES = [8, 9, 10] as const;
/** Prefixes in memory; the one that was asked for longest ago goes first and is read again when needed. */
const PREFIX_BOUND = 20_000;

interface Waiting {
  readonly order: OrderView;
  readonly pos: number;
  readonly names: readonly string[];
}

type Statements = Readonly<Record<'order' | 'putOrder' | 'name' | 'putName' | 'prefix' | 'putPrefix' | 'putPos', SqlStatement>>;

export class IdIndex implements OrderArchive {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #database: Database;
  readonly #sql: Statements;
  /** Closed and not written yet, in the order of their positions. */
  readonly #waiting = new Map<string, Waiting>();
  /** Prefix → highest rest of an id that was ever stored; '' when none was. */
  readonly #highest = new Map<string, string>();
  #pos: number;
  /** How far the journal was when nothing waited. */
  #reachedPos: number;
  #timer: Timer | undefined;
  #isDue = false;
  #failing = false;
  #closed = false;
  /** Told after each batch: what it holds may leave memory. */
  onStored: () => void = () => undefined;

  /** `database` as `openEngineDatabase` opens it. @throws AppError `RUN_STORE_FAILED` */
  constructor(parts: { database: Database; clock: Clock; log: Log }) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#database = parts.database;
    this.#sql = statements(this.#database);
    this.#pos = Number(this.#database.prepare("SELECT value FROM meta WHERE name = 'pos'").get()?.value ?? 0);
    this.#reachedPos = this.#pos;
  }

  get pos(): number {
    return this.#pos;
  }

  /** Orders that wait to be written. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** True while the database refuses. */
  get failing(): boolean {
    return this.#failing;
  }

  /**
   * The journal ends before what is stored here: it lost its tail in a power cut. What was stored stays known; what closes at the lost positions
   * now is not stored yet, and must not seem so after another restart. @throws AppError `RUN_STORE_FAILED`
   */
  journalEndsAt(pos: number): void {
    this.#pos = Math.min(this.#pos, pos);
    this.#reachedPos = this.#pos;
    this.#database.transaction(() => this.#sql.putPos.run(this.#pos), { isDurable: true });
  }

  note(order: OrderView, pos: number, names: readonly string[]): void {
    if (pos <= this.#pos) return;
    const { clientOrderId } = order;
    this.#waiting.delete(clientOrderId);
    this.#waiting.set(clientOrderId, { order, pos, names });
    if (this.#waiting.size >= BATCH && !this.#failing) this.#soon();
    else this.#later(FLUSH_MS);
  }

  find(clientOrderId: string): Order | undefined {
    if (this.#isFresh(clientOrderId)) return undefined;
    const row = this.#sql.order.get(clientOrderId);
    return row && orderFromView(unpackValue(row.view as Uint8Array) as OrderView);
  }

  findName(name: string): string | undefined {
    const id = this.#sql.name.get(name)?.id;
    return typeof id === 'string' ? id : undefined;
  }

  /** The journal has reached `pos`, and what closed until then was noted. */
  reached(pos: number): void {
    this.#reachedPos = Math.max(this.#reachedPos, pos);
  }

  /** Writes everything that waits. False when the database refused: it is tried again. */
  flush(): boolean {
    while (this.#waiting.size > 0 || this.#reachedPos > this.#pos) if (!this.#write()) return false;
    return true;
  }

  /** Tells whether what is in the database by now survives a power cut from then on: only then may the journal forget it. */
  settle(done: (isDurable: boolean) => void): void {
    try {
      this.#database.settle(done);
    } catch (error) {
      this.#log.warn('id-index-not-settled', { error });
      done(false);
    }
  }

  /** Writes nothing any more. */
  stop(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #later(delayMs: number): void {
    if (!this.#closed) this.#timer ??= this.#clock.after(delayMs, () => this.#turn());
  }

  /** In the next turn of the loop, not in the one that closed the order. */
  #soon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#later(0);
  }

  #turn(): void {
    this.#timer = undefined;
    this.#isDue = false;
    const isWritten = this.#write();
    if (this.#waiting.size === 0) return;
    if (isWritten) this.#soon();
    else this.#later(RETRY_MS);
  }

  /** One batch. */
  #write(): boolean {
    const batch: Waiting[] = [];
    for (const waiting of this.#waiting.values()) if (batch.push(waiting) >= BATCH) break;
    const isLast = batch.length === this.#waiting.size;
    const pos = Math.max(batch.at(-1)?.pos ?? 0, isLast ? this.#reachedPos : 0, this.#pos);
    const raised = this.#raised(batch);
    try {
      this.#database.transaction(() => {
        for (const { order, names } of batch) {
          this.#sql.putOrder.run(order.clientOrderId, packValue(order));
          for (const name of names) this.#sql.putName.run(name, order.clientOrderId);
        }
        for (const [prefix, highest] of raised) this.#sql.putPrefix.run(prefix, highest);
        this.#sql.putPos.run(pos);
      });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (!this.#failing) this.#log.error('id-index-failing', { code: 'ENG_INDEX_FAILING', waiting: this.#waiting.size, error });
      this.#failing = true;
      return false;
    }
    if (this.#failing) this.#log.info('id-index-works-again', { waiting: this.#waiting.size });
    this.#failing = false;
    for (const { order } of batch) this.#waiting.delete(order.clientOrderId);
    for (const [prefix, highest] of raised) this.#remember(prefix, highest);
    this.#pos = pos;
    this.onStored();
    return true;
  }

  /** Prefixes whose highest counter this batch raises. */
  #raised(batch: readonly Waiting[]): ReadonlyMap<string, string> {
    const raised = new Map<string, string>();
    for (const { order } of batch) {
      for (const length of PREFIXES) {
        const prefix = order.clientOrderId.slice(0, length);
        const rest = order.clientOrderId.slice(length);
        if (isAbove(rest, raised.get(prefix) ?? this.#highestOf(prefix))) raised.set(prefix, rest);
      }
    }
    return raised;
  }

  /** True only when it was certainly never stored. */
  #isFresh(id: string): boolean {
    return PREFIXES.some((length) => id.length > length && isAbove(id.slice(length), this.#highestOf(id.slice(0, length))));
  }

  #highestOf(prefix: string): string {
    const known = this.#highest.get(prefix);
    if (known !== undefined) return known;
    const stored = this.#sql.prefix.get(prefix)?.highest;
    const highest = typeof stored === 'string' ? stored : '';
    this.#remember(prefix, highest);
    return highest;
  }

  #remember(prefix: string, highest: string): void {
    this.#highest.set(prefix, highest);
    const oldest = this.#highest.keys().next().value;
    if (this.#highest.size > PREFIX_BOUND && oldest !== undefined) this.#highest.delete(oldest);
  }
}

/** Counters without leading zeros: the longer one is higher. */
function isAbove(a: string, b: string): boolean {
  return a.length - b.length > 0 || (a.length === b.length && a > b);
}

function statements(database: Database): Statements {
  return {
    order: database.prepare('SELECT view FROM orders WHERE id = ?'),
    putOrder: database.prepare('INSERT OR REPLACE INTO orders VALUES (?, ?)'),
    name: database.prepare('SELECT id FROM names WHERE name = ?'),
    putName: database.prepare('INSERT OR REPLACE INTO names VALUES (?, ?)'),
    prefix: database.prepare('SELECT highest FROM prefixes WHERE prefix = ?'),
    putPrefix: database.prepare('INSERT OR REPLACE INTO prefixes VALUES (?, ?)'),
    putPos: database.prepare("INSERT OR REPLACE INTO meta VALUES ('pos', ?)"),
  };
}
