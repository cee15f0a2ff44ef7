/** Percentiles from bucket counts: bounded memory, off by at most the width of one bucket. */

export interface Quantiles {
  readonly count: number;
  add(value: number): void;
  /** The value below which this part (0 to 1) of all lie; 0 when there are none. */
  quantile(part: number): number;
}

/** `bounds` rise; what lies above the last one counts as the last one. */
export function createQuantiles(bounds: readonly number[]): Quantiles {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  let count = 0;
  return {
    get count() {
      return count;
    },
    add: (value) => {
      const bucket = lowerBound(bounds, value);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      count += 1;
    },
    quantile: (part) => {
      const rank = part * count;
      let below = 0;
      for (const [bucket, inside] of counts.entries()) {
        if (inside > 0 && below + inside >= rank) {
          const low = bounds[bucket - 1] ?? 0;
          const high = bounds[bucket] ?? low;
          return low + ((high - low) * Math.max(0, rank - below)) / inside;
        }
        below += inside;
      }
      return 0;
    },
  };
}

/** The first bucket whose bound is at least `value`. */
function lowerBound(bounds: readonly number[], value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bounds[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
