/**
 * Why single samples take long: the collector ran, the system gave the core to somebody else, the write had to wait, or none of these.
 * Snapshots and the index of closed orders (its checkpoints too) run between two samples, never inside one: they have a row of their own.
 */
import { PerformanceObserver } from 'node:perf_hooks';

/** In the order in which they are asked for. */
export const CAUSES = ['collector', 'another process', 'waiting for the disk', 'other'] as const;
export type Cause = (typeof CAUSES)[number];
export type CauseCounts = Readonly<Record<Cause, number>>;

/** Of the slowest: one in a thousand. */
const SHARE = 0.001;

interface Sample {
  readonly startUs: number;
  readonly us: number;
  /** The system took the core away. */
  readonly isPreempted: boolean;
  /** It was given away, in a call that had to wait. */
  readonly hasWaited: boolean;
}

interface Switches {
  readonly involuntaryContextSwitches: number;
  readonly voluntaryContextSwitches: number;
}

export class SlowCauses {
  readonly #collections: { readonly startUs: number; readonly endUs: number }[] = [];
  readonly #samples: Sample[] = [];
  readonly #observer = new PerformanceObserver((list) => this.#collected(list.getEntries()));
  #before: Switches = process.resourceUsage();

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** Right before a sample. */
  begin(): void {
    this.#before = process.resourceUsage();
  }

  /** Right after what was measured, or later in the same turn. */
  end(startUs: number, us: number): void {
    const { involuntaryContextSwitches, voluntaryContextSwitches } = process.resourceUsage();
    const isPreempted = involuntaryContextSwitches > this.#before.involuntaryContextSwitches;
    const hasWaited = voluntaryContextSwitches > this.#before.voluntaryContextSwitches;
    this.#samples.push({ startUs, us, isPreempted, hasWaited });
  }

  counts(): CauseCounts {
    this.#collected(this.#observer.takeRecords());
    this.#observer.disconnect();
    const slowest = this.#samples.sort((a, b) => b.us - a.us).slice(0, Math.ceil(this.#samples.length * SHARE));
    const counts = { collector: 0, 'another process': 0, 'waiting for the disk': 0, other: 0 };
    for (const sample of slowest) counts[this.#causeOf(sample)] += 1;
    return counts;
  }

  /** Samples during which the core was ours. */
  undisturbedUs(): readonly number[] {
    return this.#samples.filter(({ isPreempted }) => !isPreempted).map(({ us }) => us);
  }

  #collected(entries: readonly PerformanceEntry[]): void {
    for (const { startTime, duration } of entries)
      this.#collections.push({ startUs: startTime * 1000, endUs: (startTime + duration) * 1000 });
  }

  /** The collector is to blame when it took most of the time. */
  #causeOf({ startUs, us, isPreempted, hasWaited }: Sample): Cause {
    const endUs = startUs + us;
    let collectedUs = 0;
    for (const each of this.#collections) collectedUs += Math.max(0, Math.min(each.endUs, endUs) - Math.max(each.startUs, startUs));
    if (collectedUs > us / 2) return 'collector';
    if (isPreempted) return 'another process';
    return hasWaited ? 'waiting for the disk' : 'other';
  }
}
