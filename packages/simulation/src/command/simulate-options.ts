/** What `npm run simulate` was asked for. */
import { parseArgs } from 'node:util';
import { AppError } from '@fillwright/runtime/ports';

export interface SimulateOptions {
  readonly seed: number;
  readonly runs: number;
  readonly jobs: number;
  /** Virtual seconds of trading per run. */
  readonly seconds: number;
  readonly json: boolean;
  /** Where the readable trace of one run goes. */
  readonly trace: string | undefined;
}

export const USAGE = `npm run simulate -- [--seed S] [--runs N] [--jobs J] [--seconds T] [--json] [--trace FILE]

Runs the real services and the exchange simulator on a virtual clock, once for each of the seeds S … S+N−1, and checks what was promised.
  --seed S      first seed; default 1
  --runs N      number of seeds; default 20, with --trace 1
  --jobs J      processes that share them; default one less than this machine has cores; the result does not depend on it
  --seconds T   virtual seconds of trading per run; default 20
  --json        one line of JSON on stdout
  --trace FILE  write every event and payload of one run to FILE as NDJSON
Exit code 0: nothing violated, 1: something was, 2: usage.
`;

const DEFAULT_RUNS = 20;
const MAX_RUNS = 1_000_000;
const MAX_JOBS = 256;
const MAX_SECONDS = 86_400;

/** `'help'` when that was asked for. @throws AppError `RUN_USAGE` */
export function parseSimulateOptions(args: readonly string[], cores: number): SimulateOptions | 'help' {
  const values = read(args);
  if (values.help) return 'help';
  const whole = (name: 'seed' | 'runs' | 'jobs' | 'seconds', standard: number, min: number, max: number): number => {
    const text = values[name];
    if (text === undefined) return standard;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw usage(`--${name} ${text}: expected a whole number from ${min} to ${max}`);
  };
  const { trace } = values;
  const runs = whole('runs', trace === undefined ? DEFAULT_RUNS : 1, 1, MAX_RUNS);
  if (trace !== undefined && runs !== 1) throw usage('--trace takes one run: leave out --runs');
  const jobs = whole('jobs', Math.max(1, cores - 1), 1, MAX_JOBS);
  const options = { seed: whole('seed', 1, 0, Number.MAX_SAFE_INTEGER - MAX_RUNS), runs, seconds: whole('seconds', 20, 1, MAX_SECONDS) };
  return { ...options, jobs: Math.min(jobs, runs), json: values.json === true, trace };
}

function read(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = { seed: text, runs: text, jobs: text, seconds: text, trace: text, json: flag, help: { ...flag, short: 'h' } };
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

function usage(problem: string): AppError {
  return new AppError('RUN_USAGE', `${problem}; npm run simulate -- --help tells what there is`);
}
