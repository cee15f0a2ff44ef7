/** A fault as plain data: what strikes when. A run is replayed, and its schedule made shorter, by choosing among these. */
import type { SeededRandom } from '../kernel/seeded-random.ts';

export interface FaultEvent<K extends string = string> {
  /** Unique in a plan. It names the random stream of the details, so that leaving out one event changes no other. */
  readonly id: string;
  readonly kind: K;
  /** Which of the two periods of trading. */
  readonly half: 0 | 1;
  /** From the beginning of the period. */
  readonly atUs: number;
  /** How long it lasts at most; the end of the period heals everything. */
  readonly forUs: number;
}

export interface PlanOptions<K extends string> {
  readonly kinds: readonly K[];
  /** Length of one period. */
  readonly periodUs: number;
  readonly random: SeededRandom;
}

/** Share of the kinds that a seed has at all. */
const LEAST_SHARE = 0.15;
const MOST_SHARE = 0.6;
const MOST_OF_A_KIND = 4;
/** Nothing strikes in the last part of a period, so that what lasts has time to act. */
const STRIKING_SHARE = 0.9;
const SHORTEST_US = 100_000;
const LONGEST_US = 6_000_000;

/** Swarm: each seed draws its own mix of kinds and how much of each, so that kinds also meet in pairs and alone. */
export function drawFaultPlan<K extends string>({ kinds, periodUs, random }: PlanOptions<K>): readonly FaultEvent<K>[] {
  const share = LEAST_SHARE + random.float() * (MOST_SHARE - LEAST_SHARE);
  const events: FaultEvent<K>[] = [];
  const strikeUs = Math.round(periodUs * STRIKING_SHARE);
  for (const kind of kinds) {
    // Always drawn, so that choosing fewer kinds on the command line leaves the plan of the others as it was.
    const isIn = kinds.length === 1 || random.chance(share);
    const count = 1 + random.below(MOST_OF_A_KIND);
    for (let n = 0; n < MOST_OF_A_KIND; n++) {
      const half = random.chance(0.5) ? 1 : 0;
      const event = {
        id: `${kind}.${n}`,
        kind,
        half,
        atUs: random.below(strikeUs),
        forUs: random.between(SHORTEST_US, LONGEST_US),
      } as const;
      if (isIn && n < count) events.push(event);
    }
  }
  return events.toSorted((a, b) => a.half - b.half || a.atUs - b.atUs || (a.id < b.id ? -1 : 1));
}
