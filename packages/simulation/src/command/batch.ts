/** Shares the seeds among worker processes and gives their reports back in the order of the seeds, whoever ran them. */
import { AppError, type ChildEvents, type ChildProcess, EXIT, type Processes } from '@fillwright/runtime';
import type { ScenarioReport } from '../scenario/run-scenario.ts';
import type { WorkOrder } from './work-order.ts';

export interface BatchOptions extends WorkOrder {
  readonly seed: number;
  readonly runs: number;
  readonly jobs: number;
}

export interface BatchEvents {
  onReport(report: ScenarioReport): void;
}

/** Lines of a worker's stderr told when it fails. */
const LINES_TOLD = 20;

/**
 * Worker `j` takes every `jobs`-th seed from the `j`-th on. A stop signal ends them all, and this process with code 1.
 * @throws AppError `SIM_WORKER_FAILED` (as a rejection)
 */
export async function runBatch(
  processes: Processes,
  command: readonly string[],
  options: BatchOptions,
  events: BatchEvents,
): Promise<readonly ScenarioReport[]> {
  const { jobs } = options;
  const reports: ScenarioReport[] = [];
  const take = (report: ScenarioReport): void => {
    reports.push(report);
    events.onReport(report);
  };
  const children: ChildProcess[] = [];
  processes.onStopSignal(() => {
    for (const child of children) child.signal('SIGKILL');
    processes.exit(EXIT.failed);
  });
  const work = (job: number) =>
    runWorker((events) => children.push(processes.spawn([...command, ...workerArguments(options, job)], {}, events)), take);
  try {
    await Promise.all(Array.from({ length: jobs }, (_, job) => work(job)));
  } finally {
    for (const child of children) child.signal('SIGKILL');
  }
  const inOrder = reports.toSorted((a, b) => a.seed - b.seed);
  if (options.mutant !== undefined) return upToViolation(inOrder);
  if (reports.length !== options.runs) {
    throw new AppError('SIM_WORKER_FAILED', `${options.runs} runs were asked for, the workers reported ${reports.length}`);
  }
  return inOrder;
}

/** Whoever ran them, all seeds before the first violation were run. */
function upToViolation(inOrder: readonly ScenarioReport[]): readonly ScenarioReport[] {
  const index = inOrder.findIndex(({ violated }) => violated > 0);
  return index < 0 ? inOrder : inOrder.slice(0, index + 1);
}

function workerArguments({ seed, runs, jobs, seconds, faults, only, mutant }: BatchOptions, job: number): readonly string[] {
  const order: WorkOrder = { seconds, faults, only, mutant };
  return [...[seed + job, jobs, Math.ceil((runs - job) / jobs)].map(String), JSON.stringify(order)];
}

function runWorker(spawn: (events: ChildEvents) => void, take: (report: ScenarioReport) => void): Promise<void> {
  const told: string[] = [];
  return new Promise((resolve, reject) => {
    spawn({
      onStdoutLine: (line) => take(JSON.parse(line) as ScenarioReport),
      onStderrLine: (line) => {
        told.push(line);
        if (told.length > LINES_TOLD) told.shift();
      },
      onExit: ({ code, signal }) => {
        if (code === 0) resolve();
        else reject(new AppError('SIM_WORKER_FAILED', `a worker ended with ${signal ?? code}:\n${told.join('\n')}`));
      },
    });
  });
}
