/** Whether runs under all faults were worth their time: enough happened, every kind struck often, and outcomes were unknown. */
import type { SetupEvent } from '../checkers/setup-tally.ts';
import { FAULT_KINDS, type FaultKindName } from '../faults/kinds.ts';
import type { ScenarioReport } from '../scenario/run-scenario.ts';

/** Least averages per run. */
const LEAST = { events: 2_000, orders: 50, fills: 10 } as const;
/** Over 200 runs. */
const STRIKES_PER_RUN = 20 / 200;
const LEAST_SHARE_UNKNOWN = 0.3;
/** Averages per run, where traders burst. */
const LEAST_BATCHED = 2;
const LEAST_BATCHED_UNKNOWN = 0.05;

/** Averages per run under all faults: what only some desks are set up for. */
const LEAST_SET_UP: Readonly<Record<SetupEvent, number>> = {
  'order-over-socket': 5,
  'unknown-over-socket': 0.2,
  'stream-spared': 0.1,
  'countdown-wound': 3,
  'countdown-ran-out': 0.05,
  'trader-silent': 0.15,
  'holding-reduced': 0.05,
};

/** One sentence for each thing that happened too seldom; empty when all is well. */
export function shortfalls(reports: readonly ScenarioReport[], kinds: readonly FaultKindName[]): readonly string[] {
  const runs = reports.length;
  const found: string[] = [];
  for (const [name, least] of Object.entries(LEAST) as readonly [keyof typeof LEAST, number][]) {
    const average = reports.reduce((sum, report) => sum + report[name], 0) / runs;
    if (average < least) found.push(`${average.toFixed(1)} ${name} per run, at least ${least} are wanted`);
  }
  for (const kind of kinds) {
    const strikes = reports.reduce((sum, { faults }) => sum + (faults[kind] ?? 0), 0);
    if (strikes < STRIKES_PER_RUN * runs) found.push(`${kind} struck ${strikes} times in ${runs} runs`);
  }
  if (kinds.includes('burst')) {
    const sum = (name: 'ordersBatched' | 'batchedUnknown') => reports.reduce((total, report) => total + report[name], 0);
    const [batched, lost] = [sum('ordersBatched'), sum('batchedUnknown')];
    if (batched < LEAST_BATCHED * runs) found.push(`${batched} orders in batches in ${runs} runs`);
    if (lost < LEAST_BATCHED_UNKNOWN * runs) found.push(`an outcome was unknown of ${lost} orders in batches only, in ${runs} runs`);
  }
  if (kinds.length === FAULT_KINDS.length) {
    for (const [event, least] of Object.entries(LEAST_SET_UP)) {
      const count = reports.reduce((sum, { setups }) => sum + (setups[event] ?? 0), 0);
      if (count < least * runs) found.push(`${event} happened ${count} times in ${runs} runs`);
    }
  }
  const unknown = runsWithUnknown(reports);
  if (unknown < LEAST_SHARE_UNKNOWN * runs) found.push(`an outcome was unknown in ${unknown} of ${runs} runs only`);
  return found;
}

export function runsWithUnknown(reports: readonly ScenarioReport[]): number {
  return reports.filter(({ unknownOutcomes }) => unknownOutcomes > 0).length;
}
