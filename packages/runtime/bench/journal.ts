/** What the journal costs above the bare system calls for the same bytes, measured in the same run. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNodeDisk } from '../src/disk/node-disk.ts';
import { type Journal, openJournal } from '../src/journal/journal.ts';

export interface BenchRow {
  readonly name: string;
  readonly n: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly unit: 'us';
  /** p50 of the bare baseline. */
  readonly baseline: number;
  readonly ratio: number;
  /** For p50. */
  readonly budget?: number;
  readonly ok: boolean;
}

const PAYLOAD_BYTES = 250;
/** As in a segment: with the record's header. */
const RECORD_BYTES = PAYLOAD_BYTES + 32;
const WARM_UP = 20_000;
const APPENDS = 200_000;
const READS = 1_000_000;
/** One sample of reading is the mean over so many records: a single one is too short for a clock. */
const READ_SAMPLE = 1000;
/** As large as the journal's own chunks. */
const CHUNK_BYTES = 1024 * 1024;

/** Takes about 4 s and 360 MB in the system's temporary folder. */
export async function journalBench(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'fillwright-bench-'));
  try {
    const payload = new Uint8Array(PAYLOAD_BYTES).map((_, index) => index);
    const disk = createNodeDisk(folder);
    const warmUp = openJournal(disk, { folder: 'warm-up' });
    bareAppends(join(folder, 'warm-up.bare'), WARM_UP);
    samples(WARM_UP, () => warmUp.append(payload));

    const bare = bareAppends(join(folder, 'appends.bare'), APPENDS);
    const journal = openJournal(disk, { folder: 'journal' });
    const appends = samples(APPENDS, () => journal.append(payload));
    while (journal.lastPos < READS) journal.append(payload);
    bareReads(join(folder, 'appends.bare'));
    const chunks = bareReads(join(folder, 'appends.bare'));
    return [row('journal append 250 B', appends, bare, 10), row('journal read and check 250 B', recordReads(journal), chunks, 2)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Microseconds of each call, ascending. */
function samples(count: number, work: () => void): Float64Array {
  const taken = new Float64Array(count);
  for (let index = 0; index < count; index += 1) {
    const start = performance.now();
    work();
    taken[index] = (performance.now() - start) * 1000;
  }
  return taken.sort();
}

function bareAppends(path: string, count: number): Float64Array {
  const fd = openSync(path, 'a');
  const record = new Uint8Array(RECORD_BYTES);
  const taken = samples(count, () => writeSync(fd, record));
  closeSync(fd);
  return taken;
}

/** Per record that the bytes would hold, without looking at them. */
function bareReads(path: string): Float64Array {
  const fd = openSync(path, 'r');
  const recordsInChunk = CHUNK_BYTES / RECORD_BYTES;
  const chunks = Math.floor((APPENDS * RECORD_BYTES) / CHUNK_BYTES);
  let offset = 0;
  const taken = samples(chunks, () => {
    offset += readSync(fd, new Uint8Array(CHUNK_BYTES), 0, CHUNK_BYTES, offset);
  });
  closeSync(fd);
  return taken.map((us) => us / recordsInChunk);
}

function recordReads(journal: Journal): Float64Array {
  const records = journal.read(1);
  return samples(READS / READ_SAMPLE, () => {
    for (let index = 0; index < READ_SAMPLE; index += 1) records.next();
  }).map((us) => us / READ_SAMPLE);
}

function row(name: string, taken: Float64Array, baseline: Float64Array, budget: number): BenchRow {
  const at = (sorted: Float64Array, share: number): number => rounded(sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN);
  const p50 = at(taken, 0.5);
  const bare = at(baseline, 0.5);
  const tail = { p99: at(taken, 0.99), p999: at(taken, 0.999) };
  return { name, n: taken.length, p50, ...tail, unit: 'us', baseline: bare, ratio: rounded(p50 / bare), budget, ok: p50 <= budget };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
