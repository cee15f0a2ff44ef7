/** Seeds that found a defect, as they found it: run again for ever. */
import { expect, it } from '@jest/globals';
import { scenarioOf } from '../../src/command/work-order.ts';
import { FAULT_KINDS } from '../../src/faults/kinds.ts';
import { runScenario } from '../../src/scenario/run-scenario.ts';
import { PLAN } from './desk-plan.ts';

it.each([
  [2010, 'JOURNAL_SYNC=full: a stopped engine went on asking its closed journal to sync'],
  [2034, 'JOURNAL_SYNC=full: a sync that ended after the stop broke the engine'],
  [501_636, 'a trader lost messages for the third time while it stopped, and did not hear how its orders ended'],
  [
    519_439,
    'the index of closed orders was ahead of a journal that lost its tail, and what closed there again was forgotten by the next crash',
  ],
])(
  'seed %i: %s',
  async (seed) => {
    const report = await runScenario(scenarioOf(seed, { seconds: 20, faults: FAULT_KINDS, only: [], mutant: undefined }, PLAN));

    expect(report.violations).toEqual([]);
  },
  60_000,
);

it('books a position opened and closed by hand in an instrument the engine never held, while its disk was read-only', async () => {
  const only = ['disk-read-only.1', 'hand-trade.0', 'hand-trade.1'];
  const report = await runScenario(scenarioOf(103_098, { seconds: 12, faults: FAULT_KINDS, only, mutant: undefined }, PLAN));

  expect(report.violations).toEqual([]);
}, 60_000);
