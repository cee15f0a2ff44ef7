/** What `npm run simulate` was asked for. */
import { parseArgs } from 'node:util';
import { AppError } from '@fillwright/runtime/ports';
import { FAULT_KINDS, type FaultKindName, isFaultKindName, KINDS } from '../faults/kinds.ts';
import { isMutant, MUTANTS, type MutantName, wrongOf } from '../mutants/mutants.ts';

export interface SimulateOptions {
  readonly seed: number;
  readonly runs: number;
  readonly jobs: number;
  /** Virtual seconds of trading per run. */
  readonly seconds: number;
  readonly json: boolean;
  /** Fails also when too little happened. */
  readonly requireCoverage: boolean;
  /** Kinds of faults that may strike; empty = none. */
  readonly faults: readonly FaultKindName[];
  /** Of the plan of a seed only these events strike; empty = all. */
  readonly only: readonly string[];
  /** The wrong that is switched on in production code. */
  readonly mutant: MutantName | undefined;
  /** Where the readable trace of one run goes. */
  readonly trace: string | undefined;
}

const all = (list: Readonly<Record<string, { readonly doc: string }>>): string =>
  Object.entries(list)
    .map(([name, { doc }]) => `${name.padEnd(24)} ${doc}\n`)
    .join('');

export const FAULT_LIST = all(KINDS);
export const MUTANT_LIST = all(MUTANTS);

export const USAGE = `npm run simulate -- [--seed S] [--runs N] [--jobs J] [--seconds T] [--faults a,b|all|none] [--only ID,ID]
                    [--mutant NAME] [--require-coverage] [--json] [--trace FILE] [--list-faults] [--list-mutants]

Runs the real services and the exchange simulator on a virtual clock, once for each of the seeds S … S+N−1, and checks what was promised.
  --seed S      first seed; default 1
  --runs N      number of seeds; default 20, with --trace 1
  --jobs J      processes that share them; default one less than this machine has cores; the result does not depend on it
  --seconds T   virtual seconds of trading per run; default 20
  --faults F    kinds of faults, each seed draws its own mix of them; default none
  --only IDS    of the faults of a seed only these strike: what a violation printed as the shortest schedule found
  --mutant M    switches a wrong on in the engine, under the faults that show it soonest, until a run of it is found out
  --list-faults, --list-mutants   what there is
  --require-coverage   fail also when too little happened in these runs for them to prove anything
  --json        one line of JSON on stdout
  --trace FILE  write every event and payload of one run to FILE as NDJSON; as a story for readers when FILE ends in .txt
Exit code 0: nothing violated, 1: something was, 2: usage.
`;

const DEFAULT_RUNS = 20;
const MAX_RUNS = 1_000_000;
const MAX_JOBS = 256;
const MAX_SECONDS = 86_400;

/** `'help'` when that was asked for. @throws AppError `RUN_USAGE` */
export function parseSimulateOptions(args: readonly string[], cores: number): SimulateOptions | 'help' | 'list-faults' | 'list-mutants' {
  const values = read(args);
  if (values.help) return 'help';
  if (values['list-faults']) return 'list-faults';
  if (values['list-mutants']) return 'list-mutants';
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
  const { mutant } = values;
  if (mutant !== undefined && !isMutant(mutant)) throw usage(`--mutant ${mutant}: there is none of that name`);
  const wrong = mutant && wrongOf(mutant);
  const seconds = whole('seconds', wrong?.seconds ?? 20, 1, MAX_SECONDS);
  const options = { seed: whole('seed', 1, 0, Number.MAX_SAFE_INTEGER - MAX_RUNS), runs, seconds };
  const faults = values.faults === undefined && wrong ? (wrong.faults ?? FAULT_KINDS) : faultKinds(values.faults ?? 'none');
  const wanted = { faults, only: values.only?.split(',') ?? [], mutant, requireCoverage: values['require-coverage'] === true };
  return { ...options, ...wanted, jobs: Math.min(jobs, runs), json: values.json === true, trace };
}

function faultKinds(text: string): readonly FaultKindName[] {
  if (text === 'none') return [];
  if (text === 'all') return FAULT_KINDS;
  const names = text.split(',');
  for (const name of names) if (!isFaultKindName(name)) throw usage(`--faults ${name}: there is no such fault`);
  return FAULT_KINDS.filter((kind) => names.includes(kind));
}

function read(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const lists = { 'list-faults': flag, 'list-mutants': flag, 'require-coverage': flag };
  const choices = { faults: text, only: text, mutant: text, ...lists };
  const options = {
    seed: text,
    runs: text,
    jobs: text,
    seconds: text,
    trace: text,
    json: flag,
    help: { ...flag, short: 'h' },
    ...choices,
  } as const;
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

function usage(problem: string): AppError {
  return new AppError('RUN_USAGE', `${problem}; npm run simulate -- --help tells what there is`);
}
