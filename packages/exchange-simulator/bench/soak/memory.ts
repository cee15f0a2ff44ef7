/**
 * `node packages/exchange-simulator/bench/soak/memory.ts [--minutes 30] [--seed 1]`: the process as a user starts it, under steady trade, and
 * how fast its memory grows. Histories, which are bounded, are filled first: what grows afterwards grows for ever. Told twice: what lives,
 * measured behind a collection, which shows a leak within minutes; and the resident set, which wanders by tens of megabytes as the engine of
 * the language sees fit, so that its slope means something only after hours. One JSON line.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ReadyInfo } from '../../src/mod.ts';
import { Listeners, Trader } from './_clients.ts';
import { residentKilobytes, type Sample, slopePerHour } from './_memory.ts';

const ROOT = join(import.meta.dirname, '../../../..');
/** More than any history keeps. */
const PAIRS_TO_FILL = 23_000;
/** Pairs of orders, one half of each a fill, and as many placed and cancelled. */
const PAIRS_PER_SECOND = 40;
const LISTENERS = 20;
const SAMPLE_MS = 2_000;
const LIVE_SAMPLE_MS = 30_000;
/** From then on the slope of the resident set counts, too. */
const LONG_RUN_MINUTES = 480;
/** After the filling, before the first sample: for what was made meanwhile to be collected, and for the heap to find its size. */
const SETTLE_MS = 300_000;
const MOST_MEGABYTES_PER_HOUR = 2;
const MEBIBYTE = 1_048_576;

/** The configuration of the demo on free ports, without limits. */
function writeConfig(folder: string, seed: string): string {
  const limits = ['WEIGHT_PER_MINUTE', 'ORDERS_PER_10_SECONDS', 'ORDERS_PER_MINUTE', 'STRIKES_TO_BAN'].map((key) => `${key}=1000000000`);
  const text = readFileSync(join(ROOT, 'config/exchange_simulator.ini'), 'utf8')
    .replaceAll(/^(FUTURES|CONTROL)_PORT=.*$/gm, '$1_PORT=0')
    .replace(/^SEED=.*$/m, `SEED=${seed}`)
    .replace(/\n\[(LIMITS|MONITORING)\][^[]*/g, '\n');
  const file = join(folder, 'soak.ini');
  writeFileSync(file, `${text}\n[LIMITS]\n${limits.join('\n')}\n\n[MONITORING]\nHTTP_STATUS_PORT=0\n`);
  return file;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' } } });
  const folder = mkdtempSync(join(tmpdir(), 'fillwright-soak-'));
  const program = join(ROOT, 'packages/exchange-simulator/src/main.ts');
  const probe = join(import.meta.dirname, '_live-probe.ts');
  const venue = spawn(process.execPath, ['--expose-gc', '--import', probe, program, writeConfig(folder, values.seed), '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  });
  try {
    const [line] = (await once(createInterface(venue.stdout as Readable), 'line')) as [string];
    const info = JSON.parse(line) as ReadyInfo;
    const trader = new Trader(info);
    await trader.trade(PAIRS_TO_FILL);
    const listeners = new Listeners(info, LISTENERS);
    await listeners.open(trader);
    const minutes = Number(values.minutes);
    const { resident, live } = await watch(trader, venue, minutes * 60_000);
    const [residentSlope, liveSlope] = [slopePerHour(resident), slopePerHour(live, live.length)];
    const ok = liveSlope < MOST_MEGABYTES_PER_HOUR && (minutes < LONG_RUN_MINUTES || residentSlope < MOST_MEGABYTES_PER_HOUR);
    const traffic = { minutes, orders: trader.orders, frames: listeners.frames };
    const told = {
      live: { ...endsOf(live), megabytesPerHour: liveSlope },
      resident: { ...endsOf(resident), megabytesPerHour: residentSlope },
    };
    process.stdout.write(`${JSON.stringify({ ok, ...traffic, ...told })}\n`);
    listeners.close();
    trader.close();
    return ok ? 0 : 1;
  } finally {
    venue.kill('SIGTERM');
    await once(venue, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Series {
  readonly resident: Sample[];
  readonly live: Sample[];
}

function endsOf(samples: readonly Sample[]) {
  const all = samples.map(({ megabytes }) => megabytes);
  return { first: all[0], last: all.at(-1), least: Math.min(...all), most: Math.max(...all) };
}

async function liveMegabytes(venue: ChildProcess): Promise<number> {
  venue.send('collect');
  const [bytes] = (await once(venue, 'message')) as [number];
  return bytes / MEBIBYTE;
}

async function watch(trader: Trader, venue: ChildProcess, forMs: number): Promise<Series> {
  const series: Series = { resident: [], live: [] };
  const from = performance.now();
  for (let [nextSample, nextLive] = [SETTLE_MS, SETTLE_MS]; ; ) {
    const atMs = performance.now() - from;
    if (atMs > SETTLE_MS + forMs) return series;
    if (atMs >= nextSample) {
      series.resident.push({ atMs, megabytes: residentKilobytes(venue.pid ?? 0) / 1_024 });
      nextSample += SAMPLE_MS;
    }
    if (atMs >= nextLive) {
      series.live.push({ atMs, megabytes: await liveMegabytes(venue) });
      nextLive += LIVE_SAMPLE_MS;
      const [live, resident] = [series.live.at(-1), series.resident.at(-1)];
      process.stderr.write(
        `${(atMs / 60_000).toFixed(1)} min: ${live?.megabytes.toFixed(2)} MB live, ${resident?.megabytes.toFixed(1)} MB resident\n`,
      );
    }
    await trader.trade(PAIRS_PER_SECOND / 4);
    await pause(Math.max(1, 250 - (performance.now() - from - atMs)));
  }
}

process.exitCode = await main();
