/**
 * `npm run bench [-- --json] [--only NAME]`: what our code costs above the bare libraries, on this machine, in this run; what the figures
 * mean is in `docs/performance.md`. `NAME` is part of a suite's path.
 * Every `bench/*-bench.ts` and `packages/…/bench/*.ts` is a suite, run alone in its own process, started as ours are. Exit code 1 when a suite failed; a budget
 * that is not met is a row that says so, since figures depend on the machine.
 */
import { fork } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { MEMORY_ENVIRONMENT, MEMORY_FLAGS } from '@fillwright/runtime';
import { type BenchRow, tableOf } from './rows.ts';

const root = join(import.meta.dirname, '..');
/** Several times what the longest one takes on a busy machine. */
const SUITE_TIMEOUT_MS = 240_000;

/** `_name.ts` is private to its folder. */
function suites(): string[] {
  const packages = readdirSync(join(root, 'packages')).sort();
  const folders = packages.map((name) => join(root, 'packages', name, 'bench')).filter((folder) => existsSync(folder));
  const own = readdirSync(import.meta.dirname).filter((name) => name.endsWith('-bench.ts'));
  const paths = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  return [...paths.filter((path) => /\/[a-z][a-z0-9-]*\.ts$/.test(path)), ...own.sort().map((name) => join(import.meta.dirname, name))];
}

function runSuite(path: string): Promise<readonly BenchRow[]> {
  return new Promise((resolve, reject) => {
    const execArgv = ['--expose-gc', ...MEMORY_FLAGS, ...process.execArgv.filter((flag) => flag !== '--expose-gc')];
    const options = { execArgv, env: { ...MEMORY_ENVIRONMENT, ...process.env }, timeout: SUITE_TIMEOUT_MS };
    // Whatever a suite prints goes to stderr: stdout is for the result.
    const child = fork(join(import.meta.dirname, 'run-suite.ts'), [path], { ...options, stdio: ['ignore', 2, 2, 'ipc'] });
    let rows: readonly BenchRow[] | undefined;
    child.on('message', (message) => {
      rows = message as readonly BenchRow[];
    });
    child.on('close', (code, signal) => {
      if (rows !== undefined) resolve(rows.map(complete));
      else reject(new Error(`${relative(root, path)} ended by ${signal ?? `code ${code}`} without a result`));
    });
  });
}

/** Absent figures are null, so that every row has every key. */
function complete(row: BenchRow): BenchRow {
  const { name, n, p50, p99, p999, unit, baseline = null, ratio = null, budget = null, ok } = row;
  return { name, n, p50, p99, p999, unit, baseline, ratio, budget, ok };
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, only: { type: 'string' } } });
  const wanted = suites().filter((path) => relative(root, path).includes(values.only ?? ''));
  const rows: BenchRow[] = [];
  const failures: string[] = [];
  if (wanted.length === 0)
    failures.push(
      `no suite has '${values.only}' in its path; there are ${suites()
        .map((path) => relative(root, path))
        .join(', ')}`,
    );
  for (const path of wanted) {
    process.stderr.write(`${relative(root, path)} …\n`);
    try {
      rows.push(...(await runSuite(path)));
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  if (values.json) {
    const error = { code: 'BENCH_FAILED', message: failures.join('; ') };
    process.stdout.write(`${JSON.stringify(failures.length > 0 ? { ok: false, error, rows } : { rows })}\n`);
  } else {
    const [cpu] = cpus();
    const load = loadavg()[0]?.toFixed(1);
    process.stdout.write(
      `${tableOf(rows)}\n\nµs; Node ${process.version}; ${cpus().length} × ${cpu?.model ?? 'unknown processor'}; load ${load}\n`,
    );
    for (const failure of failures) process.stderr.write(`failed: ${failure}\n`);
  }
  return failures.length > 0 ? 1 : 0;
}

process.exitCode = await main();
