/** Memory of another process, and how fast a series of such figures rises. */
import { execFileSync } from 'node:child_process';

export function residentKilobytes(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }));
}

const HOUR_MS = 3_600_000;

export interface Sample {
  readonly atMs: number;
  readonly megabytes: number;
}

/** Least squares over the lowest figure of each window: the rest is what waits to be collected, which rises and falls. */
export function slopePerHour(samples: readonly Sample[], windows = 20): number {
  const size = Math.max(1, Math.floor(samples.length / windows));
  const lows: Sample[] = [];
  for (let from = 0; from + size <= samples.length; from += size) {
    lows.push(samples.slice(from, from + size).reduce((low, sample) => (sample.megabytes < low.megabytes ? sample : low)));
  }
  const mean = (of: (sample: Sample) => number) => lows.reduce((sum, sample) => sum + of(sample), 0) / lows.length;
  const [atMean, mbMean] = [mean(({ atMs }) => atMs), mean(({ megabytes }) => megabytes)];
  let [covariance, variance] = [0, 0];
  for (const { atMs, megabytes } of lows) {
    covariance += (atMs - atMean) * (megabytes - mbMean);
    variance += (atMs - atMean) ** 2;
  }
  return variance === 0 ? 0 : (covariance / variance) * HOUR_MS;
}
