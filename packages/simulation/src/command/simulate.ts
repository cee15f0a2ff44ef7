/** `npm run simulate`: the whole desk on the virtual clock, seed after seed, and what the checks say of it. */
import { availableParallelism } from 'node:os'; // allowed: a person's command, outside of any simulated world
import { basename, dirname, join } from 'node:path';
import { createNodeDisk, type EdgePorts, EXIT, type ExitCode } from '@fillwright/runtime';
import { storyOf } from '../faults/story.ts';
import type { TraceNote } from '../kernel/trace.ts';
import { readDeskPlan } from '../scenario/desk-plan.ts';
import { runScenario, type ScenarioReport } from '../scenario/run-scenario.ts';
import { runBatch } from './batch.ts';
import { CONFIG_FOLDER } from './config-folder.ts';
import { shrink } from './shrink.ts';
import { FAULT_LIST, MUTANT_LIST, parseSimulateOptions, type SimulateOptions, USAGE } from './simulate-options.ts';
import { summarize, summaryText } from './summary.ts';
import { faultPlanOf, scenarioOf } from './work-order.ts';

const WORKER = join(import.meta.dirname, 'worker.ts');
const PROGRESS_US = 2_000_000;
/** Lines of a trace kept before they are written. */
const TRACE_CHUNK = 5_000;

export async function simulate(ports: EdgePorts, args: readonly string[]): Promise<ExitCode> {
  const { terminal, clock } = ports;
  const options = parseSimulateOptions(args, availableParallelism());
  if (typeof options === 'string') {
    terminal.write({ help: USAGE, 'list-faults': FAULT_LIST, 'list-mutants': MUTANT_LIST }[options]);
    return EXIT.ok;
  }
  const startUs = clock.monotonicUs();
  const reports = options.trace === undefined ? await batch(ports, options) : [await traced(options, options.trace)];
  const realUs = clock.monotonicUs() - startUs;
  const isSearched = options.trace === undefined && options.mutant === undefined;
  const broken = isSearched ? reports.find(({ violated }) => violated > 0) : undefined;
  const schedule = broken && (await shortest(ports, broken, options));
  const summary = summarize(reports, { ...options, ...(schedule && { schedule }) }, realUs);
  terminal.write(options.json ? `${JSON.stringify(summary)}\n` : summaryText(summary));
  if (options.json && summary.error !== undefined) terminal.note(summaryText(summary).trimEnd());
  return summary.ok ? EXIT.ok : EXIT.failed;
}

function batch({ processes, terminal, clock }: EdgePorts, options: SimulateOptions): Promise<readonly ScenarioReport[]> {
  let done = 0;
  let violated = 0;
  let toldUs = clock.monotonicUs();
  return runBatch(processes, [process.execPath, WORKER], options, {
    onReport: (report) => {
      done += 1;
      violated += report.violated;
      if (clock.monotonicUs() - toldUs < PROGRESS_US && done < options.runs) return;
      toldUs = clock.monotonicUs();
      terminal.note(`simulate: ${done} of ${options.runs} runs, ${violated} violations`);
    },
  });
}

/** The fewest faults found that still break this seed. */
async function shortest({ terminal }: EdgePorts, { seed }: ScenarioReport, options: SimulateOptions): Promise<readonly string[]> {
  const events = faultPlanOf(seed, options);
  if (events.length === 0) return [];
  terminal.note(`simulate: seed ${seed} breaks with ${events.length} faults; looking for fewer`);
  const plan = readDeskPlan(CONFIG_FOLDER);
  const found = await shrink(events, async (fewer) => {
    const report = await runScenario({ ...scenarioOf(seed, options, plan), faults: fewer });
    return report.violated > 0;
  });
  return found.map(({ id }) => id);
}

/** In this process, so that the trace goes straight to its file. */
async function traced(options: SimulateOptions, path: string): Promise<ScenarioReport> {
  const disk = createNodeDisk(dirname(path));
  disk.remove(basename(path));
  const file = disk.open(basename(path));
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.length > 0) file.append(Buffer.from(`${lines.join('\n')}\n`));
    lines = [];
  };
  const traceSink = (line: string): void => {
    lines.push(line);
    if (lines.length >= TRACE_CHUNK) flush();
  };
  const onNote = (note: TraceNote): void => {
    for (const line of storyOf(note)) traceSink(line);
  };
  const scenario = scenarioOf(options.seed, options, readDeskPlan(CONFIG_FOLDER));
  const report = await runScenario({ ...scenario, ...(path.endsWith('.txt') ? { onNote } : { traceSink }) });
  flush();
  file.close();
  return report;
}
