/**
 * `npm run chaos -- [--minutes M] [--seed S] [--json]`: the real processes over real sockets while everything goes wrong that a seed draws;
 * then all is healed, and what everybody holds to be true is compared to the last unit. Exit 1 on a violation, and when too little happened to
 * prove anything; 2 on wrong usage.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SeededRandom } from '@fillwright/simulation';
import { Questions } from '../_stack/questions.ts';
import { PROCESS_NAMES, type Stack } from '../_stack/stack.ts';
import { nowMs } from '../_stack/wait.ts';
import { missedMinima } from './enough.ts';
import { Havoc } from './havoc.ts';
import { SETTLE_MS, settleAndJudge } from './settle.ts';
import { Supervisor } from './supervisor.ts';
import { createChaosStack } from './wiring.ts';
import { Workload } from './workload.ts';

const USAGE = 'usage: npm run chaos -- [--minutes M] [--seed S] [--json] [--verbose]';
const DISK_MIB = 512;

interface Options {
  readonly minutes: number;
  readonly seed: string;
  readonly json: boolean;
  readonly verbose: boolean;
}

interface Report {
  readonly ok: boolean;
  readonly seed: string;
  readonly minutes: number;
  readonly orders: number;
  readonly fills: number;
  /** Of any process. */
  readonly kills: number;
  readonly engineKills: number;
  readonly pauses: number;
  readonly cuts: number;
  readonly lies: number;
  readonly fullDisks: number;
  readonly unknownOutcomes: number;
  readonly violations: number;
  readonly firstViolation: string | null;
  /** Minima that were missed. */
  readonly tooLittle: readonly string[];
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
    },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= 24 * 60)) throw new RangeError(`--minutes ${values.minutes}: expected a number above 0, at most 1440`);
  return { minutes, seed: values.seed, json: values.json, verbose: values.verbose };
}

/** The data of the run on a file system of its own, so that it can be full; false where we may not mount one. */
function ownDisk(stack: Stack): boolean {
  const folder = join(stack.folder, 'data');
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return false;
  }
  stack.onDispose(() => execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' }));
  return true;
}

async function run({ minutes, seed, verbose }: Options): Promise<Report> {
  const say = (line: string): void => void (verbose && process.stderr.write(`${line}\n`));
  const { stack, links } = await createChaosStack({ 'exchange-simulator': { VENUE: { SEED: seed } } });
  try {
    const mayFillDisk = ownDisk(stack);
    if (!mayFillDisk) process.stderr.write('skipped: full disk (only root can mount a small file system for it)\n');
    for (const name of PROCESS_NAMES) stack.launch(name);
    await stack.allReady();
    const questions = new Questions(stack);
    const workload = await Workload.start(stack, questions, new SeededRandom(seed, 'workload'));
    stack.onDispose(() => workload.close());
    const havoc = new Havoc({ stack, links, random: new SeededRandom(seed, 'havoc'), mayFillDisk, say });
    workload.run();
    const supervisor = new Supervisor(stack, havoc, say);
    stack.onDispose(() => supervisor.stop());
    await wreak(havoc, minutes);
    await supervisor.restartHalted(SETTLE_MS);
    const judged = await settleAndJudge(stack, questions, workload);
    const violations = [...supervisor.findings, ...judged.violations];
    for (const violation of violations) process.stderr.write(`violation: ${violation}\n`);
    const unknownOutcomes = stack.log('trading-engine').filter(({ event }) => event === 'order-outcome-unknown').length;
    const figures = { orders: judged.orders, fills: judged.fills, ...havoc.counts, unknownOutcomes, violations: violations.length };
    // Nobody counts the orders of a run that did not come to rest.
    const tooLittle = violations.length > 0 ? [] : missedMinima(minutes, figures);
    for (const missed of tooLittle) process.stderr.write(`too little happened: ${missed}\n`);
    const ok = violations.length === 0 && tooLittle.length === 0;
    return { ok, seed, minutes, ...figures, firstViolation: violations[0] ?? null, tooLittle };
  } finally {
    await stack.dispose();
  }
}

/** Strikes until time is up, and heals. */
async function wreak(havoc: Havoc, minutes: number): Promise<void> {
  const endMs = nowMs() + minutes * 60_000;
  while (nowMs() < endMs) {
    const pauseMs = await havoc.strike();
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  await havoc.healAll();
}

async function main(): Promise<number> {
  let options: Options;
  try {
    options = readOptions();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
    return 2;
  }
  const report = await run(options);
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else {
    const { seed, minutes, orders, fills, kills, engineKills, pauses, cuts, unknownOutcomes, violations } = report;
    process.stdout.write(
      `chaos seed ${seed}, ${minutes} min: ${orders} orders, ${fills} fills, ${kills} kills (${engineKills} of the engine), ${pauses} pauses, ${cuts} cuts, ` +
        `${unknownOutcomes} unknown outcomes, ${violations} violations\n`,
    );
  }
  return report.ok ? 0 : 1;
}

process.exitCode = await main();
