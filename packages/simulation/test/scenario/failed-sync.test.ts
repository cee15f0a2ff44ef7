/** A sync that failed while nobody waited for it (JOURNAL_SYNC=normal, a snapshot): the run goes on, and its stop is as clean as any. */
import { expect, it } from '@jest/globals';
import { runScenario } from '../../src/scenario/run-scenario.ts';
import { PLAN } from './desk-plan.ts';

it('stops in order after a snapshot could not be made safe', async () => {
  let failed = 0;
  const report = await runScenario({
    plan: PLAN,
    seed: 5,
    seconds: 14,
    disturb: ({ engine, world }, endUs) => {
      const disk = engine.machine.disk(engine.dataDirectory);
      disk.faults = {
        before: ({ name }) => {
          if (name !== 'sync') return undefined;
          failed += 1;
          return { error: 'failed' };
        },
      };
      world.kernel.at(endUs - 500_000, 'the disk is well again', undefined, () => {
        disk.faults = undefined;
      });
    },
  });

  expect(failed).toBeGreaterThan(0);
  expect(report.violations).toEqual([]);
}, 60_000);
