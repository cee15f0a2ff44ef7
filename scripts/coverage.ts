/** `npm run coverage`: all tests with line and branch coverage; fails below 95 % for the domain and 85 % for every other package. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const DOMAIN_PERCENT = 95;
const OTHER_PERCENT = 85;

const root = join(import.meta.dirname, '..');
const thresholds = readdirSync(join(root, 'packages')).map((folder) => {
  const percent = folder === 'domain' ? DOMAIN_PERCENT : OTHER_PERCENT;
  return [`./packages/${folder}/src/`, { lines: percent }];
});
const args = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  '--coverage',
  '--coverageReporters=text-summary',
  '--coverageReporters=html',
  '--collectCoverageFrom=packages/*/src/**/*.ts',
  // Wiring: it runs in processes of its own, where the process tests see it.
  '--collectCoverageFrom=!packages/*/src/**/main.ts',
  `--coverageThreshold=${JSON.stringify(Object.fromEntries(thresholds))}`,
  ...process.argv.slice(2),
];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
process.exitCode = status ?? 1;
