/** `npm run simulate`: the whole desk on the virtual clock, seed after seed, and what the checks say of it. */
import { availableParallelism } from 'node:os'; // allowed: a person's command, outside of any simulated world
import { basename, dirname, join } from 'node:path';
import { createNodeDisk, type EdgePorts, EXIT, type ExitCode } from '@fillwright/runtime';
import { readDeskPlan } from '../scenario/desk-plan.ts';
import { runScenario, type ScenarioReport } from '../scenario/run-scenario.ts';
import { runBatch } from './batch.ts';
import { CONFIG_FOLDER } from './config-folder.ts';
import { parseSimulateOptions, type SimulateOptions, USAGE } from './simulate-options.ts';
import { summarize, summaryText } from './summary.ts';

const WORKER = join(import.meta.dirname, 'worker.ts');
const PROGRESS_US = 2_000_000;
/** Lines of a trace kept before they are written. */
const TRACE_CHUNK = 5_000;

export async function simulate(ports: EdgePorts, args: readonly string[]): Promise<ExitCode> {
  const { terminal, clock } = ports;
  const options = parseSimulateOptions(args, availableParallelism());
  if (options === 'help') {
    terminal.write(USAGE);
    return EXIT.ok;
  }
  const startUs = clock.monotonicUs();
  const reports = options.trace === undefined ? await batch(ports, options) : [await traced(options, options.trace)];
  const summary = summarize(reports, options.seconds, clock.monotonicUs() - startUs);
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

/** In this process, so that the trace goes straight to its file. */
async function traced({ seed, seconds }: SimulateOptions, path: string): Promise<ScenarioReport> {
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
  const report = await runScenario({ plan: readDeskPlan(CONFIG_FOLDER), seed, seconds, traceSink });
  flush();
  file.close();
  return report;
}
