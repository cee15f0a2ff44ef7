/**
 * Where requests of one lane wait: whoever has waited longest without a turn goes next, first among owners, then among the symbols of that
 * owner. A trader that asks a thousand times at once takes every second place beside one that asks once, not the next thousand.
 */

export interface Claim {
  /** Absent: the house itself. */
  readonly owner?: string;
  readonly symbol?: string;
}

type Symbols<T> = Map<string, T[]>;

export class FairRoom<T> {
  /** In order of turns: who was served goes to the end. */
  readonly #owners = new Map<string, Symbols<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  put(job: T, { owner = '', symbol = '' }: Claim): void {
    const symbols = this.#owners.get(owner) ?? new Map<string, T[]>();
    this.#owners.set(owner, symbols);
    const jobs = symbols.get(symbol) ?? [];
    symbols.set(symbol, jobs);
    jobs.push(job);
    this.#size += 1;
  }

  take(): T | undefined {
    for (const [owner, symbols] of this.#owners) {
      this.#owners.delete(owner);
      for (const [symbol, jobs] of symbols) {
        symbols.delete(symbol);
        const job = jobs.shift();
        this.#size -= 1;
        if (jobs.length > 0) symbols.set(symbol, jobs);
        if (symbols.size > 0) this.#owners.set(owner, symbols);
        return job;
      }
    }
    return undefined;
  }

  /** Takes out whatever `isMoot` picks, in any order. */
  sweep(isMoot: (job: T) => boolean): readonly T[] {
    const swept: T[] = [];
    for (const [owner, symbols] of [...this.#owners]) {
      for (const [symbol, jobs] of [...symbols]) {
        const kept = jobs.filter((job) => !isMoot(job) || swept.push(job) === 0);
        if (kept.length > 0) symbols.set(symbol, kept);
        else symbols.delete(symbol);
      }
      if (symbols.size === 0) this.#owners.delete(owner);
    }
    this.#size -= swept.length;
    return swept;
  }
}
