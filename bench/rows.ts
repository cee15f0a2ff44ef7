/** Figures of a benchmark: quantiles of rounds, their medians, and the row that people and programs read. */

export interface BenchRow {
  readonly name: string;
  /** Samples of all rounds. */
  readonly n: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly unit: 'us';
  /** p50 of the same thing done bare, in the same run; null where nothing comparable exists. */
  readonly baseline: number | null;
  /** p50 over the baseline. */
  readonly ratio: number | null;
  /** For p50; null where DESIGN sets none. */
  readonly budget: number | null;
  readonly ok: boolean;
}

/** Microseconds of single samples, one list per round. */
export type Rounds = readonly (readonly number[])[];

export interface RowRule {
  /** Measured alternately with the rounds of the row. */
  readonly bare?: Rounds;
  /** For p50. */
  readonly budget?: number;
  /** Budget as a factor on the p50 of the bare thing. */
  readonly budgetRatio?: number;
  /** Budget as an amount on top of the p50 of the bare thing. */
  readonly budgetAbove?: number;
  /** For p99.9. */
  readonly tailBudget?: number;
}

interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** Each figure is the median of what the rounds say, so that a burst of somebody else's work spoils one round and not the row. */
export function benchRow(name: string, rounds: Rounds, rule: RowRule = {}): BenchRow {
  const { p50, p99, p999 } = ofRounds(rounds);
  const baseline = rule.bare === undefined ? null : ofRounds(rule.bare).p50;
  const budget = budgetOf(rule, baseline);
  const ok = (budget === null || p50 <= budget) && (rule.tailBudget === undefined || p999 <= rule.tailBudget);
  const n = rounds.reduce((sum, round) => sum + round.length, 0);
  return { name, n, p50, p99, p999, unit: 'us', baseline, ratio: baseline === null ? null : rounded(p50 / baseline), budget, ok };
}

function budgetOf(rule: RowRule, baseline: number | null): number | null {
  if (rule.budget !== undefined) return rule.budget;
  if (baseline === null) return null;
  if (rule.budgetRatio !== undefined) return rounded(baseline * rule.budgetRatio);
  return rule.budgetAbove === undefined ? null : rounded(baseline + rule.budgetAbove);
}

function ofRounds(rounds: Rounds): Quantiles {
  const each = rounds.map((round) => quantilesOf(round));
  const medianOf = (name: keyof Quantiles) => rounded(at(ascending(each.map((one) => one[name])), 0.5));
  return { p50: medianOf('p50'), p99: medianOf('p99'), p999: medianOf('p999') };
}

function quantilesOf(samples: readonly number[]): Quantiles {
  const sorted = ascending(samples);
  return { p50: at(sorted, 0.5), p99: at(sorted, 0.99), p999: at(sorted, 0.999) };
}

function ascending(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}

function at(sorted: Float64Array, share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** As Markdown, to be pasted as it is. */
export function tableOf(rows: readonly BenchRow[]): string {
  const head = ['what', 'n', 'p50', 'p99', 'p99.9', 'bare p50', 'ratio', 'budget', ''];
  const lines = rows.map((row) => [
    row.name,
    String(row.n),
    ...[row.p50, row.p99, row.p999, row.baseline, row.ratio, row.budget].map(shown),
    row.ok ? 'ok' : 'over',
  ]);
  const widths = head.map((text, column) => Math.max(text.length, ...lines.map((line) => line[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(Math.max(1, width - 1))}:`)).join(' | ')} |`;
  return [line(head), rule, ...lines.map(line)].join('\n');
}

function shown(value: number | null): string {
  if (value === null) return '–';
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
