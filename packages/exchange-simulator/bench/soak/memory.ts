/**
 * `node packages/exchange-simulator/bench/soak/memory.ts [--minutes 30] [--seed 1]`: the process as a user starts it, under steady trade, and
 * how fast its memory grows. Histories, which are bounded, are filled first: what grows afterwards grows for ever. One JSON line.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ReadyInfo } from '../../src/mod.ts';
import { Listeners, Trader } from './_clients.ts';
import { residentKilobytes, slopePerHour } from './_memory.ts';

const ROOT = join(import.meta.dirname, '../../../..');
/** More than any history keeps. */
const PAIRS_TO_FILL = 23_000;
/** Pairs of orders, one half of each a fill, and as many placed and cancelled. */
const PAIRS_PER_SECOND = 40;
const LISTENERS = 20;
const SAMPLE_MS = 2_000;
/** After the filling, before the first sample: for what was made meanwhile to be collected, and for the heap to find its size. */
const SETTLE_MS = 300_000;
const MOST_MEGABYTES_PER_HOUR = 2;

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
  const venue = spawn(process.execPath, [program, writeConfig(folder, values.seed), '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const [line] = (await once(createInterface(venue.stdout), 'line')) as [string];
    const info = JSON.parse(line) as ReadyInfo;
    const trader = new Trader(info);
    await trader.trade(PAIRS_TO_FILL);
    const listeners = new Listeners(info, LISTENERS);
    await listeners.open(trader);
    const samples = await watch(trader, venue.pid ?? 0, Number(values.minutes) * 60_000);
    const slope = slopePerHour(samples);
    const ok = slope < MOST_MEGABYTES_PER_HOUR;
    const { orders } = trader;
    const ends = { firstMb: samples[0]?.megabytes, lastMb: samples.at(-1)?.megabytes };
    process.stdout.write(
      `${JSON.stringify({ ok, minutes: Number(values.minutes), orders, frames: listeners.frames, ...ends, megabytesPerHour: slope })}\n`,
    );
    listeners.close();
    trader.close();
    return ok ? 0 : 1;
  } finally {
    venue.kill('SIGTERM');
    await once(venue, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

async function watch(trader: Trader, pid: number, forMs: number): Promise<{ readonly atMs: number; readonly megabytes: number }[]> {
  const samples: { readonly atMs: number; readonly megabytes: number }[] = [];
  const from = performance.now();
  for (let nextSample = SETTLE_MS; ; ) {
    const atMs = performance.now() - from;
    if (atMs > SETTLE_MS + forMs) return samples;
    if (atMs >= nextSample) {
      samples.push({ atMs, megabytes: residentKilobytes(pid) / 1_024 });
      nextSample += SAMPLE_MS;
      if (samples.length % 60 === 0) process.stderr.write(`${Math.round(atMs / 60_000)} min: ${samples.at(-1)?.megabytes.toFixed(1)} MB\n`);
    }
    await trader.trade(PAIRS_PER_SECOND / 4);
    await pause(Math.max(1, 250 - (performance.now() - from - atMs)));
  }
}

process.exitCode = await main();
