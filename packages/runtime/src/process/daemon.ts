/** `--daemon`: starts the same command again in the background and waits until it is up, or says why it is not. */
import { spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../app-error.ts';
import { MEMORY_ENVIRONMENT, MEMORY_FLAGS } from './memory.ts';
import { refuseSecond } from './pid-file.ts';

/** Set for the process in the background: it writes the pid file and tells its parent when it is up. */
export const DAEMON_VARIABLE = 'FILLWRIGHT_DAEMON';
const READY = 'ready';
const WAIT_MS = 20_000;
const MAX_SHOWN = 4_096;

export interface DaemonOptions {
  readonly args: readonly string[];
  readonly pidPath: string;
  /** Gets stdout and stderr of the process. */
  readonly outputPath: string;
  /** Limit of V8's heap; absent for V8's own. */
  readonly heapLimitMb?: number | undefined;
}

export interface DaemonStart {
  readonly pid: number;
  /** False when it runs but is not up within 20 s. */
  readonly up: boolean;
}

/** @throws AppError `RUN_ALREADY_RUNNING` | `RUN_DAEMON_FAILED` (as a rejection); the latter with what it wrote. */
export async function startDaemon({ args, pidPath, outputPath, heapLimitMb }: DaemonOptions): Promise<DaemonStart> {
  refuseSecond(pidPath);
  mkdirSync(dirname(outputPath), { recursive: true });
  const output = openSync(outputPath, 'a');
  const before = fstatSync(output).size;
  const script = process.argv[1];
  if (script === undefined) throw new AppError('RUN_DAEMON_FAILED', 'there is no script to start again');
  const heap = heapLimitMb === undefined ? [] : [`--max-old-space-size=${heapLimitMb}`];
  const child = spawn(
    process.execPath,
    [...MEMORY_FLAGS, ...process.execArgv, ...heap, script, ...args.filter((arg) => arg !== '--daemon')],
    {
      detached: true,
      stdio: ['ignore', output, output, 'ipc'],
      env: { ...MEMORY_ENVIRONMENT, ...process.env, [DAEMON_VARIABLE]: '1' },
    },
  );
  closeSync(output);
  const end = await new Promise<'up' | 'slow' | number>((resolve) => {
    const timer = setTimeout(() => resolve('slow'), WAIT_MS);
    child.once('message', () => resolve('up'));
    child.once('error', () => resolve(1));
    child.once('exit', (code) => resolve(code ?? 1));
    child.once('exit', () => clearTimeout(timer));
    child.once('message', () => clearTimeout(timer));
  });
  if (typeof end === 'number' || child.pid === undefined) {
    const said = readFileSync(outputPath).subarray(before).subarray(-MAX_SHOWN).toString('utf8').trim();
    throw new AppError('RUN_DAEMON_FAILED', `it ended at once: ${said === '' ? `see ${outputPath}` : said}`, {
      details: { exitCode: end },
    });
  }
  if (child.connected) child.disconnect();
  child.unref();
  return { pid: child.pid, up: end === 'up' };
}

/** In the background process: tells the waiting command and lets go of it. */
export function announceUp(): void {
  if (!process.connected) return;
  // The parent may be gone by now; then nobody waits.
  process.send?.(READY, undefined, {}, () => {
    if (process.connected) process.disconnect?.();
  });
}
