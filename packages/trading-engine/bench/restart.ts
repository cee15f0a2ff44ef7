/** How long a start takes with a long past, how much memory it needs, and what the journal costs each order; each in a process of its own. */
import { fork } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Commanded, Opened } from './_account-process.ts';
import { CAUSES } from './_slow-causes.ts';

export interface BenchRow {
  readonly name: string;
  readonly n: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly unit: 'us';
  readonly budget?: number;
  readonly ok: boolean;
}

const EVENTS = 1_000_000;
const STARTS = 3;
const ORDERS = 100_000;

/** From the issue: ready apart from venue calls. */
const WITH_SNAPSHOT_US = 3_000_000;
const WITHOUT_SNAPSHOT_US = 15_000_000;
const MAX_RSS_MB = 400;
const JOURNAL_US = 40;
const JOURNAL_TAIL_US = 1_000;

/** Takes about two minutes and 1.5 GB in the system's temporary folder. */
export async function restartBench(): Promise<BenchRow[]> {
  const root = mkdtempSync(join(tmpdir(), 'fillwright-bench-'));
  const [whole, bare, busy] = [join(root, 'whole'), join(root, 'bare'), join(root, 'busy')];
  try {
    await run('write', whole, EVENTS);
    cpSync(whole, bare, { recursive: true, filter: (path) => !path.endsWith('snapshots') });
    return [
      startRow('start behind a snapshot, 1 000 000 events', await starts(whole), WITH_SNAPSHOT_US),
      startRow('start without a snapshot, 1 000 000 events', await starts(bare), WITHOUT_SNAPSHOT_US),
      ...(await orderRows(busy)),
    ];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function starts(folder: string): Promise<readonly Opened[]> {
  const all: Opened[] = [];
  for (let round = 0; round < STARTS; round += 1) all.push((await run('open', folder, 0)) as Opened);
  return all;
}

/** The name of the row says the memory too. */
function startRow(name: string, all: readonly Opened[], budget: number): BenchRow {
  const sorted = all.map(({ us }) => us).sort((a, b) => a - b);
  const rss = Math.round(Math.max(...all.map(({ maxRssMb }) => maxRssMb)));
  const row = rowOf(`${name} (RSS ${rss} of ${MAX_RSS_MB} MB)`, sorted, budget);
  return { ...row, ok: row.ok && rss <= MAX_RSS_MB };
}

async function orderRows(folder: string): Promise<BenchRow[]> {
  const { journalUs, betweenUs, causes, undisturbedUs } = (await run('command', folder, ORDERS)) as Commanded;
  const split = CAUSES.map((cause) => `${cause} ${causes[cause]}`).join(', ');
  const name = `command received → record on disk, JOURNAL_SYNC=normal (slowest 0.1 %: ${split})`;
  const journal = rowOf(name, ascending(journalUs), JOURNAL_US);
  return [
    tailed(journal),
    tailed(rowOf('the same, samples in which another process had the core left out', ascending(undisturbedUs), JOURNAL_US)),
    { ...rowOf('loop between two orders: index, snapshots, collector', ascending(betweenUs)), ok: true },
  ];
}

function tailed(row: BenchRow): BenchRow {
  return { ...row, ok: row.ok && row.p999 <= JOURNAL_TAIL_US };
}

function rowOf(name: string, sorted: readonly number[], budget?: number): BenchRow {
  const at = (share: number): number => Math.round((sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN) * 1000) / 1000;
  const p50 = at(0.5);
  const ok = budget === undefined || p50 <= budget;
  return { name, n: sorted.length, p50, p99: at(0.99), p999: at(0.999), unit: 'us', ...(budget !== undefined && { budget }), ok };
}

function ascending(values: readonly number[]): readonly number[] {
  return Array.from(Float64Array.from(values).sort());
}

/** Resolves with what the process had to tell. */
function run(task: 'write' | 'open' | 'command', folder: string, count: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    // Not the flags of this process: --expose-gc would change what a start costs.
    const child = fork(join(import.meta.dirname, '_account-process.ts'), [task, folder, String(count)], {
      execArgv: [],
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    let told: unknown;
    child.on('message', (message) => {
      told = message;
      child.disconnect();
    });
    child.on('exit', (code) => (code === 0 ? resolve(told) : reject(new Error(`${task} ended with code ${code}`))));
  });
}
