/**
 * `node scripts/coverage-by-simulation.ts [SEEDS]`: how much of the engine's branches simulated histories reach, without any other test.
 * Fails below 80 %.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const BRANCHES_PERCENT = 80;
const ENGINE = 'packages/trading-engine/src';

const root = join(import.meta.dirname, '..');
const seeds = Number(process.argv[2] ?? '150');
const args = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  '--testMatch=**/packages/simulation/test/coverage/*.run.ts',
  `--globals=${JSON.stringify({ simulatedSeeds: seeds })}`,
  '--coverage',
  '--coverageReporters=text',
  '--coverageReporters=json',
  '--coverageDirectory=coverage/simulation',
  `--collectCoverageFrom=${ENGINE}/**/*.ts`,
  // Wiring: it runs in processes of its own, where the process tests see it.
  '--collectCoverageFrom=!**/main.ts',
  '--collectCoverageFrom=!**/mod.ts',
  `--coverageThreshold=${JSON.stringify({ [`./${ENGINE}/`]: { branches: BRANCHES_PERCENT } })}`,
];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
process.exitCode = status ?? 1;
