/** Whole runs under faults: they repeat to the byte, faults do bite, and nothing that was promised breaks. */
import { expect, it } from '@jest/globals';
import { CONFIG_FOLDER } from '../../src/command/config-folder.ts';
import { scenarioOf, type WorkOrder } from '../../src/command/work-order.ts';
import { FAULT_KINDS } from '../../src/faults/kinds.ts';
import { readDeskPlan } from '../../src/scenario/desk-plan.ts';
import { runScenario, type ScenarioReport } from '../../src/scenario/run-scenario.ts';

const plan = readDeskPlan(CONFIG_FOLDER);
const order: WorkOrder = { seconds: 8, faults: FAULT_KINDS, only: [], mutant: undefined };
const run = (seed: number): Promise<ScenarioReport> => runScenario(scenarioOf(seed, order, plan));

it('repeats a run under all faults, byte for byte', async () => {
  const [first, second] = [await run(11), await run(11)];

  expect(second).toEqual(first);
}, 120_000);

it('keeps every promise while faults bite, and settles what was unknown', async () => {
  const reports: ScenarioReport[] = [];
  for (let seed = 1; seed <= 6; seed++) reports.push(await run(seed));
  const sum = (of: (report: ScenarioReport) => number): number => reports.reduce((total, report) => total + of(report), 0);

  expect(reports.flatMap(({ seed, violations }) => violations.map((violation) => ({ seed, ...violation })))).toEqual([]);
  expect(sum(({ crashes }) => crashes)).toBeGreaterThan(5);
  expect(sum(({ unknownOutcomes }) => unknownOutcomes)).toBeGreaterThan(0);
  expect(sum(({ unknownResolved }) => unknownResolved)).toBe(sum(({ unknownOutcomes }) => unknownOutcomes));
  expect(sum(({ fills }) => fills)).toBeGreaterThan(30);
}, 180_000);
