/** What simulated histories alone reach of the engine's code: run by `node scripts/coverage-by-simulation.ts`, never by `npm test`. */
import { expect, it } from '@jest/globals';
import { scenarioOf } from '../../src/command/work-order.ts';
import { FAULT_KINDS } from '../../src/faults/kinds.ts';
import { MUTANTS, type MutantName, wrongOf } from '../../src/mutants/mutants.ts';
import { runScenario } from '../../src/scenario/run-scenario.ts';
import { PLAN } from '../scenario/desk-plan.ts';

/** Given on the command line as `--globals`. */
declare const simulatedSeeds: number;

const HOUR_MS = 3_600_000;
const SEEDS_PER_MUTANT = 2;

it(
  'runs seeds under all faults without a violation',
  async () => {
    for (let seed = 1; seed <= simulatedSeeds; seed += 1) {
      const report = await runScenario(scenarioOf(seed, { seconds: 20, faults: FAULT_KINDS, only: [], mutant: undefined }, PLAN));
      expect({ seed, violations: report.violations }).toEqual({ seed, violations: [] });
    }
  },
  HOUR_MS,
);

it(
  'commits every known wrong',
  async () => {
    for (const mutant of Object.keys(MUTANTS) as readonly MutantName[]) {
      const { faults = FAULT_KINDS, seconds = 20 } = wrongOf(mutant);
      for (let seed = 1; seed <= SEEDS_PER_MUTANT; seed += 1) {
        const report = await runScenario(scenarioOf(seed, { seconds, faults, only: [], mutant }, PLAN));
        expect(report.events).toBeGreaterThan(0);
      }
    }
  },
  HOUR_MS,
);
