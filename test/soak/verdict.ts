/** The bounds of a soak, and who broke which: pure, from the samples of one process. */
import { type Cumulative, counted, mean, type Point, quantile, trend } from './trend.ts';

export const MOST_MB_PER_HOUR = 2;
export const MOST_LAG_P999_MS = 20;
/** The first part is left out: pages are loaded, code is compiled, heaps find their size. */
export const LEFT_OUT = 0.25;

export interface Sample {
  readonly atMs: number;
  readonly rssMb: number;
  /** Resident memory that is no file's: heaps, stacks, buffers. */
  readonly anonMb: number;
  readonly fds: number;
  /** User and system time since the start of the process. */
  readonly cpuMs: number;
}

export interface Watched {
  readonly name: string;
  readonly samples: readonly Sample[];
  /** Lateness of timers in µs, at the beginning of the measured part and at the end. */
  readonly lagBefore: Cumulative;
  readonly lagAfter: Cumulative;
  /** Of the process: 0 unless somebody started it again. */
  readonly restarts: number;
  readonly errors: number;
}

export interface Row {
  readonly name: string;
  readonly rssStartMb: number;
  readonly rssEndMb: number;
  readonly mbPerHour: number;
  readonly mbPerHourError: number;
  readonly anonMbPerHour: number;
  readonly fdsStart: number;
  readonly fdsEnd: number;
  readonly lagP999Ms: number;
  readonly cpuPercent: number;
  readonly restarts: number;
  readonly errors: number;
  /** What broke, in words; empty when all is well. */
  readonly broken: readonly string[];
}

export function judge({ name, samples, lagBefore, lagAfter, restarts, errors }: Watched): Row {
  const from = (samples[0]?.atMs ?? 0) + LEFT_OUT * ((samples.at(-1)?.atMs ?? 0) - (samples[0]?.atMs ?? 0));
  const measured = samples.filter(({ atMs }) => atMs >= from);
  const [first, last] = [measured[0], measured.at(-1)];
  if (first === undefined || last === undefined) return nothingSeen(name);
  const series = (of: (sample: Sample) => number): readonly Point[] => measured.map((sample) => ({ atMs: sample.atMs, value: of(sample) }));
  const rss = trend(series(({ rssMb }) => rssMb));
  const half = Math.ceil(measured.length / 2);
  const [fdsStart, fdsEnd] = [restingFds(measured.slice(0, half)), restingFds(measured.slice(half - 1))];
  const lagP999Ms = quantile(counted(lagBefore, lagAfter), 0.999) / 1_000;
  const edge = Math.max(1, Math.floor(measured.length / 20));
  const row = {
    name,
    rssStartMb: mean(measured.slice(0, edge).map(({ rssMb }) => rssMb)),
    rssEndMb: mean(measured.slice(-edge).map(({ rssMb }) => rssMb)),
    mbPerHour: rss.perHour,
    mbPerHourError: rss.error,
    anonMbPerHour: trend(series(({ anonMb }) => anonMb)).perHour,
    fdsStart,
    fdsEnd,
    lagP999Ms,
    cpuPercent: last.atMs > first.atMs ? (100 * (last.cpuMs - first.cpuMs)) / (last.atMs - first.atMs) : 0,
    restarts,
    errors,
  };
  return { ...row, broken: brokenBounds(row) };
}

function brokenBounds(row: Omit<Row, 'broken'>): readonly string[] {
  const broken: string[] = [];
  if (!(row.mbPerHour < MOST_MB_PER_HOUR)) broken.push(`memory rises by ${row.mbPerHour.toFixed(1)} MB/h, at most ${MOST_MB_PER_HOUR}`);
  if (row.fdsEnd > row.fdsStart) broken.push(`open files rise from ${row.fdsStart} to ${row.fdsEnd}`);
  if (!(row.lagP999Ms < MOST_LAG_P999_MS)) broken.push(`loop lag p99.9 is ${row.lagP999Ms.toFixed(1)} ms, at most ${MOST_LAG_P999_MS}`);
  if (row.restarts > 0) broken.push(`started again ${row.restarts} times`);
  if (row.errors > 0) broken.push(`${row.errors} errors in its log`);
  return broken;
}

/**
 * A connection may be open just then, or just be replaced: what is never given back raises the count that nine tenths of the samples reach.
 */
function restingFds(samples: readonly Sample[]): number {
  const counts = samples.map(({ fds }) => fds).sort((a, b) => a - b);
  return counts[Math.floor(counts.length / 10)] ?? 0;
}

function nothingSeen(name: string): Row {
  const nothing = { rssStartMb: 0, rssEndMb: 0, mbPerHour: 0, mbPerHourError: 0, anonMbPerHour: 0, fdsStart: 0, fdsEnd: 0 };
  return { name, ...nothing, lagP999Ms: 0, cpuPercent: 0, restarts: 0, errors: 0, broken: ['never seen'] };
}
