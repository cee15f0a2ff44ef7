/** Round trips: from the command to the first state the venue confirmed, in microseconds. Keeps the newest samples. */

const KEPT = 4_096;
/** Orders whose answer is awaited; the oldest go first. */
const OPEN_BOUND = 10_000;

export interface LatencySummary {
  readonly n: number;
  readonly p50: number;
  readonly p99: number;
}

export class RoundTrips {
  readonly #sent = new Map<string, number>();
  readonly #samples: number[] = [];
  #count = 0;

  sent(id: string, nowUs: number): void {
    this.#sent.set(id, nowUs);
    if (this.#sent.size <= OPEN_BOUND) return;
    const oldest = this.#sent.keys().next().value;
    if (oldest !== undefined) this.#sent.delete(oldest);
  }

  /** The first confirmation counts; later ones say nothing. Returns the sample. */
  confirmed(id: string, nowUs: number): number | undefined {
    const sentUs = this.#sent.get(id);
    if (sentUs === undefined) return undefined;
    this.#sent.delete(id);
    const elapsed = Math.round(nowUs - sentUs);
    this.#samples[this.#count % KEPT] = elapsed;
    this.#count += 1;
    return elapsed;
  }

  /** It ended without the venue: no sample. */
  forget(id: string): void {
    this.#sent.delete(id);
  }

  summary(): LatencySummary {
    const sorted = [...this.#samples].sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    return { n: this.#count, p50: at(0.5), p99: at(0.99) };
  }
}
