/**
 * `npm run soak -- [--minutes M] [--rate R] [--json]`: the desk under a steady load, and how memory, open files and loop lag of each process
 * behave; the first quarter is left out. `--compose PROJECT` watches the containers of a Compose project that runs, and starts nothing.
 * Exit 1 when a bound is broken, 2 on wrong usage.
 */
import { parseArgs } from 'node:util';
import { nowMs } from '../_stack/wait.ts';
import { watchCompose } from './compose-desk.ts';
import { look } from './proc.ts';
import { startDesk, type Target, type Watchable } from './process-desk.ts';
import { lineOfMinute, table } from './table.ts';
import { type Cumulative, histogramOf } from './trend.ts';
import { judge, LEFT_OUT, type Row, type Sample } from './verdict.ts';

const USAGE = 'usage: npm run soak -- [--minutes M] [--rate R] [--compose PROJECT] [--json]';
const SAMPLE_MS = 3_000;
const MINUTE_MS = 60_000;
const LAG = 'fillwright_process_loop_delay_us';

interface Options {
  readonly minutes: number;
  readonly rate: number;
  readonly compose: string | undefined;
  readonly json: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '60' },
      rate: { type: 'string', default: '20' },
      compose: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [minutes, rate] = [Number(values.minutes), Number(values.rate)];
  if (!(minutes > 0 && minutes <= 24 * 60)) throw new RangeError(`--minutes ${values.minutes}: expected a number above 0, at most 1440`);
  if (!(rate > 0 && rate <= 200)) throw new RangeError(`--rate ${values.rate}: expected orders a second, above 0, at most 200`);
  return { minutes, rate, compose: values.compose, json: values.json };
}

interface Watch {
  readonly target: Target;
  readonly samples: Sample[];
  lagBefore: Cumulative;
  isAlive: boolean;
}

/** Looks at every process until time is up or one is gone. */
async function watch(desk: Watchable, minutes: number, say: (line: string) => void): Promise<readonly Watch[]> {
  const watches = desk.targets.map((target): Watch => ({ target, samples: [], lagBefore: new Map(), isAlive: true }));
  const startMs = nowMs();
  let [toldMs, isMeasuring] = [0, false];
  for (let atMs = 0; atMs <= minutes * MINUTE_MS && watches.every(({ isAlive }) => isAlive); atMs = nowMs() - startMs) {
    for (const one of watches) {
      const sample = look(one.target.pid, atMs);
      if (sample === undefined) one.isAlive = false;
      else one.samples.push(sample);
    }
    if (!isMeasuring && atMs >= LEFT_OUT * minutes * MINUTE_MS) {
      isMeasuring = true;
      for (const one of watches) one.lagBefore = await lagOf(one.target);
    }
    if (atMs - toldMs >= MINUTE_MS) {
      toldMs += MINUTE_MS;
      say(lineOfMinute(toldMs / MINUTE_MS, watches));
    }
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  }
  return watches;
}

async function lagOf(target: Target): Promise<Cumulative> {
  return histogramOf(await target.metrics(), LAG);
}

async function rowsOf(desk: Watchable, watches: readonly Watch[]): Promise<readonly Row[]> {
  const errors = desk.errors();
  const rows: Row[] = [];
  for (const { target, samples, lagBefore, isAlive } of watches) {
    const lagAfter = isAlive ? await lagOf(target) : lagBefore;
    const { name, restarts } = target;
    rows.push(judge({ name, samples, lagBefore, lagAfter, restarts: restarts + (isAlive ? 0 : 1), errors: errors.get(name) ?? 0 }));
  }
  return rows;
}

/** Requests about orders that the exchange answered, by kind and answer; none when the engine is gone. */
async function requestsOf(watches: readonly Watch[]): Promise<Readonly<Record<string, number>>> {
  const engine = watches.find(({ target, isAlive }) => isAlive && target.name === 'trading-engine');
  const page = (await engine?.target.metrics()) ?? '';
  const rows = page.matchAll(/^fillwright_venue_requests_total\{result="((?:place|modify|cancel)-order \S+)"\} (\d+)$/gm);
  return Object.fromEntries([...rows].map(([, result = '', count]) => [result, Number(count)]));
}

async function main(): Promise<number> {
  let options: Options;
  try {
    options = readOptions();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
    return 2;
  }
  const { minutes, rate, compose, json } = options;
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const desk = compose === undefined ? await startDesk(rate) : watchCompose(compose);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void desk.dispose().finally(() => process.exit(1)));
  try {
    const watches = await watch(desk, minutes, say);
    const rows = await rowsOf(desk, watches);
    const ok = rows.every(({ broken }) => broken.length === 0);
    const requests = await requestsOf(watches);
    const report = { ok, minutes, ...(compose === undefined && { rate }), requests, processes: rows };
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${table(rows)}${JSON.stringify(requests)}\n`);
    for (const { name, broken } of rows) for (const what of broken) say(`${name}: ${what}`);
    return ok ? 0 : 1;
  } finally {
    await desk.dispose();
  }
}

process.exitCode = await main();
