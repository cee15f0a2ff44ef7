/** What Linux says of a process. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Sample } from './verdict.ts';

const KB_PER_MB = 1_024;
/** `USER_HZ`: 100 on every Linux that Node runs on. */
const MS_PER_TICK = 10;

/** `undefined` when there is no such process any more. */
export function look(pid: number, atMs: number): Sample | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    // The name, in brackets, may hold anything; user and system time are the 12th and 13th field after it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const fds = readdirSync(`/proc/${pid}/fd`).length;
    const cpuMs = (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
    return { atMs, rssMb: megabytes(status, 'VmRSS'), anonMb: megabytes(status, 'RssAnon'), fds, cpuMs };
  } catch {
    // It ended between two looks.
    return undefined;
  }
}

function megabytes(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) / KB_PER_MB;
}
