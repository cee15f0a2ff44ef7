/** What came of a batch of runs: for a person, and as the one line of `--json`. */
import { createHash } from 'node:crypto';
import type { ScenarioReport } from '../scenario/run-scenario.ts';

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
  readonly virtualSeconds: number;
  readonly eventsPerSecond: number;
  readonly violations: number;
  /** Over the trace hashes of all runs in the order of their seeds. */
  readonly traceHash: string;
  /** Only when something was violated. */
  readonly error?: { readonly code: 'SIM_VIOLATED'; readonly message: string };
  readonly findings?: readonly Finding[];
  readonly replay?: string;
}

/** Findings told; the count tells how many there were. */
const TOLD = 20;

/** @param seconds virtual seconds of trading per run, for who runs one again */
export function summarize(reports: readonly ScenarioReport[], seconds: number, realUs: number): Summary {
  const sum = (of: (report: ScenarioReport) => number): number => reports.reduce((total, report) => total + of(report), 0);
  const hash = createHash('sha256');
  for (const { seed, digest } of reports) hash.update(`${seed} ${digest}\n`);
  const events = sum((report) => report.events);
  const violations = sum((report) => report.violated);
  return {
    ok: violations === 0,
    runs: reports.length,
    events,
    orders: sum((report) => report.orders),
    fills: sum((report) => report.fills),
    virtualSeconds: Math.round(sum((report) => report.virtualUs) / 1000) / 1000,
    eventsPerSecond: Math.round(events / (realUs / 1_000_000)),
    violations,
    traceHash: hash.digest('hex'),
    ...failure(reports, seconds, violations),
  };
}

/** As lines for a screen. */
export function summaryText(summary: Summary): string {
  const { runs, events, orders, fills, virtualSeconds, eventsPerSecond, violations, traceHash, findings = [], replay } = summary;
  const lines = [
    `${runs} runs, ${virtualSeconds} virtual seconds: ${orders} orders, ${fills} fills, ${events} events at ${eventsPerSecond}/s`,
    `trace hash ${traceHash}`,
    violations === 0 ? 'no violation' : `${violations} violations`,
    ...findings.map(({ seed, us, check, text }) => `  seed ${seed} at ${(us / 1_000_000).toFixed(6)} s, ${check}: ${text}`),
    ...(replay === undefined ? [] : [`see it again: ${replay}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function failure(reports: readonly ScenarioReport[], seconds: number, violations: number): Pick<Summary, 'error' | 'findings' | 'replay'> {
  const broken = reports.filter(({ violated }) => violated > 0);
  const first = broken[0];
  if (first === undefined) return {};
  const findings = broken.flatMap(({ seed, violations: found }) => found.map((violation) => ({ seed, ...violation })));
  const message = `${violations} violations in ${broken.length} of ${reports.length} runs, first with seed ${first.seed}: ${first.violations[0]?.text}`;
  return {
    error: { code: 'SIM_VIOLATED', message },
    findings: findings.slice(0, TOLD),
    replay: `npm run simulate -- --seed ${first.seed} --seconds ${seconds} --trace seed-${first.seed}.ndjson`,
  };
}
