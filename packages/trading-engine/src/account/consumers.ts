/**
 * Durable consumers of the journal: who they are, how far each has stored what it read, and when it was heard last. Kept over restarts, so
 * that an engine which starts before them does not forget what they have not read.
 */
import type { Clock, Database, Log, SqlStatement } from '@fillwright/runtime';

/** Position-server, recorders. One more is not remembered, and its name is in the log. */
const BOUND = 100;

export interface Consumer {
  readonly name: string;
  /** Everything up to here is stored by it. */
  readonly pos: number;
  /** Wall clock. */
  readonly heardUs: number;
}

export class Consumers {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #put: SqlStatement;
  readonly #remove: SqlStatement;
  readonly #all = new Map<string, Consumer>();
  #failing = false;

  /** `database` as `openEngineDatabase` opens it. @throws AppError `RUN_STORE_FAILED` */
  constructor(parts: { database: Database; clock: Clock; log: Log }) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#put = parts.database.prepare('INSERT OR REPLACE INTO consumers VALUES (?, ?, ?)');
    this.#remove = parts.database.prepare('DELETE FROM consumers WHERE name = ?');
    for (const { name, pos, heard_us: heardUs } of parts.database.prepare('SELECT name, pos, heard_us FROM consumers').all())
      this.#all.set(String(name), { name: String(name), pos: Number(pos), heardUs: Number(heardUs) });
  }

  /** What it says is so, also when it is less than before: its own store may have been restored from a backup. */
  acknowledge(name: string, pos: number): void {
    if (this.#all.size >= BOUND && !this.#all.has(name)) {
      this.#log.warn('consumer-not-remembered', { consumer: name, bound: BOUND });
      return;
    }
    const consumer = { name, pos, heardUs: this.#clock.wallUs() };
    this.#all.set(name, consumer);
    try {
      this.#put.run(name, pos, consumer.heardUs);
      this.#failing = false;
    } catch (error) {
      // The stored position stays behind the true one: the journal keeps more than it must.
      if (!this.#failing) this.#log.warn('acknowledgement-not-stored', { consumer: name, error });
      this.#failing = true;
    }
  }

  /**
   * It will never come back. If it does, it is remembered again from where it says it stands; what the journal dropped meanwhile is gone.
   * @throws AppError `RUN_STORE_FAILED` when the database refuses: it stays remembered
   */
  retire(name: string): void {
    this.#remove.run(name);
    this.#all.delete(name);
  }

  /** By name. */
  all(): readonly Consumer[] {
    return [...this.#all.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The first position that one of them has not stored; infinite without any. */
  get neededPos(): number {
    let needed = Number.POSITIVE_INFINITY;
    for (const { pos } of this.#all.values()) needed = Math.min(needed, pos + 1);
    return needed;
  }
}
