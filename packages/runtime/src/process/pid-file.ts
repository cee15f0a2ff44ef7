/** The pid file of a background process: at most one of a name runs. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../app-error.ts';

export interface PidFile {
  readonly path: string;
  /** Removes it, if it is still ours. */
  remove(): void;
}

/** @throws AppError `RUN_ALREADY_RUNNING` when the process that the file names still runs. */
export function claimPidFile(path: string, pid: number): PidFile {
  mkdirSync(dirname(path), { recursive: true });
  refuseSecond(path);
  rmSync(path, { force: true });
  try {
    writeFileSync(path, `${pid}\n`, { flag: 'wx' });
  } catch (error) {
    const message = `cannot write the pid file ${path}: another process is just starting, or the folder is not writable`;
    throw new AppError('RUN_ALREADY_RUNNING', message, { cause: error });
  }
  return {
    path,
    remove: () => {
      if (pidIn(path) === pid) rmSync(path, { force: true });
    },
  };
}

/** @throws AppError `RUN_ALREADY_RUNNING` */
export function refuseSecond(path: string): void {
  const pid = pidIn(path);
  if (pid === undefined || pid === process.pid || !runs(pid) || !isNode(pid)) return;
  throw new AppError('RUN_ALREADY_RUNNING', `it runs already as process ${pid} (${path}); stop that one first: kill ${pid}`);
}

function pidIn(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'utf8').trim();
    return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
  } catch {
    // Absent or unreadable: nobody claims it.
    return undefined;
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** A pid is given anew after a crash or reboot: where the system tells (Linux), it has to be a Node process. */
function isNode(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0', 1)[0]?.includes('node') ?? false;
  } catch {
    // No /proc: then the pid alone decides.
    return true;
  }
}
