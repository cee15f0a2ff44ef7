/** What came of a batch of runs: for a person, and as the one line of `--json`. */
import { createHash } from 'node:crypto';
import { FAULT_KINDS, type FaultKindName } from '../faults/kinds.ts';
import type { ScenarioReport } from '../scenario/run-scenario.ts';
import { runsWithUnknown, shortfalls } from './run-coverage.ts';

export interface Finding {
  readonly seed: number;
  readonly us: number;
  readonly check: string;
  readonly text: string;
}

export interface Summary {
  readonly ok: boolean;
  readonly runs: number;
  readonly events: number;
  readonly orders: number;
  readonly fills: number;
  readonly ordersAtVenue: number;
  readonly unknownOutcomes: number;
  readonly unknownResolved: number;
  readonly runsWithUnknown: number;
  readonly ordersBatched: number;
  readonly batchedUnknown: number;
  readonly lateFills: number;
  readonly duplicatesInjected: number;
  readonly crashes: number;
  /** Strikes by kind. */
  readonly faults: Readonly<Record<string, number>>;
  /** What only some desks are set up for. */
  readonly setups: Readonly<Record<string, number>>;
  readonly virtualSeconds: number;
  readonly eventsPerSecond: number;
  readonly violations: number;
  /** Over the trace hashes of all runs in the order of their seeds. */
  readonly traceHash: string;
  /** Only when something was violated. */
  readonly error?: { readonly code: 'SIM_VIOLATED' | 'SIM_TOO_LITTLE'; readonly message: string };
  readonly findings?: readonly Finding[];
  /** Faults of the first broken seed that are enough to break it. */
  readonly schedule?: readonly string[];
  readonly replay?: string;
}

/** Findings told; the count tells how many there were. */
const TOLD = 20;

/** How the runs were made, for who runs one again. */
export interface Made {
  readonly seconds: number;
  readonly faults: readonly FaultKindName[];
  readonly requireCoverage?: boolean;
  readonly mutant?: string | undefined;
  readonly schedule?: readonly string[];
}

export function summarize(reports: readonly ScenarioReport[], made: Made, realUs: number): Summary {
  const sum = (of: (report: ScenarioReport) => number): number => reports.reduce((total, report) => total + of(report), 0);
  const hash = createHash('sha256');
  for (const { seed, digest } of reports) hash.update(`${seed} ${digest}\n`);
  const events = sum((report) => report.events);
  const violations = sum((report) => report.violated);
  const lacking = made.requireCoverage ? shortfalls(reports, made.faults) : [];
  return {
    ok: violations === 0 && lacking.length === 0,
    runs: reports.length,
    events,
    orders: sum((report) => report.orders),
    fills: sum((report) => report.fills),
    ordersAtVenue: sum((report) => report.ordersAtVenue),
    unknownOutcomes: sum((report) => report.unknownOutcomes),
    unknownResolved: sum((report) => report.unknownResolved),
    runsWithUnknown: runsWithUnknown(reports),
    ordersBatched: sum((report) => report.ordersBatched),
    batchedUnknown: sum((report) => report.batchedUnknown),
    lateFills: sum((report) => report.lateFills),
    duplicatesInjected: sum((report) => report.duplicatesInjected),
    crashes: sum((report) => report.crashes),
    faults: summed(reports.map(({ faults }) => faults)),
    setups: summed(reports.map(({ setups }) => setups)),
    virtualSeconds: Math.round(sum((report) => report.virtualUs) / 1000) / 1000,
    eventsPerSecond: Math.round(events / (realUs / 1_000_000)),
    violations,
    traceHash: hash.digest('hex'),
    ...(lacking.length > 0 && { error: { code: 'SIM_TOO_LITTLE', message: lacking.join('; ') } as const }),
    ...failure(reports, made, violations),
  };
}

/** As lines for a screen. */
export function summaryText(summary: Summary): string {
  const { runs, events, orders, fills, virtualSeconds, eventsPerSecond, violations, traceHash, findings = [], replay } = summary;
  const lines = [
    `${runs} runs, ${virtualSeconds} virtual seconds: ${orders} orders, ${fills} fills, ${events} events at ${eventsPerSecond}/s`,
    ...faultLines(summary),
    `trace hash ${traceHash}`,
    violations === 0 ? 'no violation' : `${violations} violations`,
    ...(summary.error?.code === 'SIM_TOO_LITTLE' ? [`too little happened: ${summary.error.message}`] : []),
    ...findings.map(({ seed, us, check, text }) => `  seed ${seed} at ${(us / 1_000_000).toFixed(6)} s, ${check}: ${text}`),
    ...(summary.schedule === undefined ? [] : [`these faults are enough: ${summary.schedule.join(', ')}`]),
    ...(replay === undefined ? [] : [`see it again: ${replay}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function summed(all: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const one of all) for (const [name, count] of Object.entries(one)) counts.set(name, (counts.get(name) ?? 0) + count);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function faultLines(summary: Summary): readonly string[] {
  const { faults, crashes, unknownOutcomes, unknownResolved, lateFills, duplicatesInjected, ordersBatched, batchedUnknown } = summary;
  const struck = Object.entries(faults).map(([kind, count]) => `${kind} ${count}`);
  if (struck.length === 0) return [];
  return [
    `struck: ${struck.join(', ')}`,
    `set up for: ${Object.entries(summary.setups)
      .map(([event, count]) => `${event} ${count}`)
      .join(', ')}`,
    `${ordersBatched} orders sent in batches, ${batchedUnknown} of them with an unknown outcome`,
    `${crashes} crashes, ${duplicatesInjected} duplicates, ${unknownOutcomes} unknown outcomes (${unknownResolved} settled), ${lateFills} late fills`,
  ];
}

function failure(
  reports: readonly ScenarioReport[],
  made: Made,
  violations: number,
): Pick<Summary, 'error' | 'findings' | 'schedule' | 'replay'> {
  const broken = reports.filter(({ violated }) => violated > 0);
  const first = broken[0];
  if (first === undefined) return {};
  const findings = broken.flatMap(({ seed, violations: found }) => found.map((violation) => ({ seed, ...violation })));
  const message = `${violations} violations in ${broken.length} of ${reports.length} runs, first with seed ${first.seed}: ${first.violations[0]?.text}`;
  return {
    error: { code: 'SIM_VIOLATED', message },
    findings: findings.slice(0, TOLD),
    ...(made.schedule && made.schedule.length > 0 && { schedule: made.schedule }),
    replay: replayOf(first.seed, made),
  };
}

function replayOf(seed: number, { seconds, faults, mutant, schedule = [] }: Made): string {
  const options = [`--seed ${seed}`, `--seconds ${seconds}`];
  if (faults.length > 0) options.push(`--faults ${faults.length === FAULT_KINDS.length ? 'all' : faults.join(',')}`);
  if (schedule.length > 0) options.push(`--only ${schedule.join(',')}`);
  if (mutant !== undefined) options.push(`--mutant ${mutant}`);
  return `npm run simulate -- ${options.join(' ')} --trace seed-${seed}.${faults.length > 0 ? 'txt' : 'ndjson'}`;
}
