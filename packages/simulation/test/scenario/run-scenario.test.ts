import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { runScenario, type ScenarioReport } from '../../src/scenario/run-scenario.ts';
import { PLAN } from './desk-plan.ts';

const WORKER = fileURLToPath(new URL('../../src/command/worker.ts', import.meta.url));
const SECONDS = 10;

it('keeps every promise while nothing fails, and trades enough to prove it', async () => {
  const report = await runScenario({ plan: PLAN, seed: 11, seconds: 20 });

  expect(report.violations).toEqual([]);
  expect(report.orders).toBeGreaterThan(100);
  expect(report.fills).toBeGreaterThan(20);
  expect(report.events).toBeGreaterThan(5_000);
});

it('gives the same run for the same seed, here and in another process, and another for another', async () => {
  const first = await runScenario({ plan: PLAN, seed: 12, seconds: SECONDS });
  const second = await runScenario({ plan: PLAN, seed: 12, seconds: SECONDS });
  const other = await runScenario({ plan: PLAN, seed: 13, seconds: SECONDS });
  const order = JSON.stringify({ seconds: SECONDS, faults: [], mutant: undefined });
  const { stdout } = await promisify(execFile)(process.execPath, [WORKER, '12', '1', '1', order], { env: {} });
  const child = JSON.parse(stdout) as ScenarioReport;

  expect(second).toEqual(first);
  expect(child).toEqual(first);
  expect(other.digest).not.toBe(first.digest);
}, 60_000);

it('runs on the options of the shipped files, two traders side by side', () => {
  expect(PLAN.traders.map(({ ownerTag, endpoints }) => [ownerTag, endpoints.commands])).toEqual([
    ['q1', 'tcp://127.0.0.1:7003'],
    ['q2', 'tcp://127.0.0.1:7013'],
  ]);
  expect(PLAN.engine.ZMQ.TRADER_SUB_ENDPOINT).toEqual(['tcp://127.0.0.1:7003', 'tcp://127.0.0.1:7013', 'tcp://127.0.0.1:7023']);
  expect(PLAN.venueAccount).toBe('demo');
});
