/** How fast a series rises, and what lies below a part of a histogram: pure arithmetic on what a soak has measured. */

export interface Point {
  readonly atMs: number;
  readonly value: number;
}

export interface Trend {
  readonly perHour: number;
  /** Standard error of `perHour`; infinite when there is too little to tell. */
  readonly error: number;
}

const HOUR_MS = 3_600_000;

/**
 * Least squares. Neighbouring samples share a garbage collector's mood, so that they do not count as independent: they are averaged in
 * `windows` windows of equal time first, and the error comes from how far these lie off the line.
 */
export function trend(points: readonly Point[], windows = 45): Trend {
  const means = windowMeans(points, windows);
  const n = means.length;
  if (n < 3) return { perHour: 0, error: Number.POSITIVE_INFINITY };
  const atMean = mean(means.map(({ atMs }) => atMs));
  const valueMean = mean(means.map(({ value }) => value));
  let [variance, covariance] = [0, 0];
  for (const { atMs, value } of means) {
    variance += (atMs - atMean) ** 2;
    covariance += (atMs - atMean) * (value - valueMean);
  }
  const slope = covariance / variance;
  let residual = 0;
  for (const { atMs, value } of means) residual += (value - valueMean - slope * (atMs - atMean)) ** 2;
  return { perHour: slope * HOUR_MS, error: Math.sqrt(residual / (n - 2) / variance) * HOUR_MS };
}

function windowMeans(points: readonly Point[], windows: number): readonly Point[] {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length <= windows) return points;
  const widthMs = (last.atMs - first.atMs) / windows;
  const groups = new Map<number, Point[]>();
  for (const point of points) {
    const at = Math.min(windows - 1, Math.floor((point.atMs - first.atMs) / widthMs));
    const group = groups.get(at);
    if (group === undefined) groups.set(at, [point]);
    else group.push(point);
  }
  return [...groups.values()].map((group) => ({
    atMs: mean(group.map(({ atMs }) => atMs)),
    value: mean(group.map(({ value }) => value)),
  }));
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Upper bound → how many lie at or below it; the last bound may be infinite. */
export type Cumulative = ReadonlyMap<number, number>;

/** What was counted between two looks at the same histogram. */
export function counted(before: Cumulative, after: Cumulative): Cumulative {
  return new Map([...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)]));
}

/** The value below which this part lies, within its bucket by proportion; 0 of nothing, infinite beyond the last finite bound. */
export function quantile(histogram: Cumulative, part: number): number {
  const rows = [...histogram].sort(([a], [b]) => a - b);
  const rank = part * (rows.at(-1)?.[1] ?? 0);
  if (rank === 0) return 0;
  let [low, below] = [0, 0];
  for (const [bound, count] of rows) {
    if (count >= rank) return Number.isFinite(bound) ? low + ((bound - low) * (rank - below)) / (count - below) : bound;
    [low, below] = [bound, count];
  }
  return low;
}

/** The histogram of this name in a page of `/metrics`. */
export function histogramOf(page: string, name: string): Cumulative {
  const histogram = new Map<number, number>();
  for (const [, bound, count] of page.matchAll(new RegExp(`^${name}_bucket\\{le="([^"]+)"\\} (\\S+)$`, 'gm')))
    histogram.set(bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound), Number(count));
  return histogram;
}
