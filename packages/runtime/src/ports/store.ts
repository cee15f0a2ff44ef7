/** SQLite, synchronously: what is queried (id index, ledger, snapshots), written behind the journal. */

export type SqlValue = string | number | bigint | null | Uint8Array;
export type SqlRow = Readonly<Record<string, SqlValue>>;

export interface SqlStatement {
  run(...values: readonly SqlValue[]): { readonly changes: number };
  get(...values: readonly SqlValue[]): SqlRow | undefined;
  all(...values: readonly SqlValue[]): readonly SqlRow[];
}

export interface Database {
  exec(sql: string): void;
  prepare(sql: string): SqlStatement;
  /** Commits when `work` returns, rolls back when it throws; not nested. `isDurable`: a power cut does not take it back, at the price of a sync. */
  transaction<T>(work: () => T, options?: { readonly isDurable: boolean }): T;
  /** Tells whether everything committed by now survives a power cut: `done` is called once that is so, or could not be had. Never after `close`. */
  settle(done: (isDurable: boolean) => void): void;
  close(): void;
}

/** Held until the process ends or `release`; the kernel frees it at death. */
export interface ExclusiveLock {
  release(): void;
}

export interface Store {
  /** `name` is a file below the data directory. @throws AppError `RUN_STORE_FAILED` */
  open(name: string): Database;
  /** @throws AppError `RUN_LOCKED` when another process holds it, naming the file. */
  lock(name: string): ExclusiveLock;
}
