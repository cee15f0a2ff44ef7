/** Child processes of this one, and its own end. Children are told of stop signals by their parent, never by the terminal. */
import { type ChildProcess as NodeChild, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { ChildEvents, Processes } from '../ports/processes.ts';

/** SIGHUP: the terminal was closed, which is a wish to stop as well. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** What a shell answers for a command it cannot start. */
const NOT_STARTED = 127;

/** Set for a child that is to end with its parent. */
const PARENT_VARIABLE = 'FILLWRIGHT_ENDS_WITH_PARENT';

/** In a process that was started so: it is told to stop when its parent is gone. */
export function endWithParent(): void {
  if (process.env[PARENT_VARIABLE] === undefined) return;
  // Not for processes that this one starts.
  delete process.env[PARENT_VARIABLE];
  process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM'));
  process.stdin.on('error', () => process.kill(process.pid, 'SIGTERM'));
  process.stdin.resume();
}

/** How soon a command notices that npm's shell is gone. */
const SHELL_WATCH_MS = 250;

/**
 * npm runs a script through a shell, and passes a signal on to the shell alone; where that dies of it and leaves us behind, its end is the
 * signal. In a process that npm did not start it does nothing.
 */
export function endWithShellOfNpm(): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, SHELL_WATCH_MS);
  watch.unref();
}

export interface ProcessesOptions {
  /** Runs before `exit` ends the process: writes what is pending, synchronously. */
  readonly beforeExit?: () => void;
}

export function createProcesses({ beforeExit = () => {} }: ProcessesOptions = {}): Processes {
  return {
    pid: process.pid,
    spawn: ([program, ...args], options, events) => {
      if (program === undefined) throw new RangeError('a command has at least a program');
      // Its own group: Ctrl-C reaches the parent alone, which then stops its children in order.
      const child = spawn(program, args, {
        env: { ...process.env, ...options.env, ...(options.endWithParent === true ? { [PARENT_VARIABLE]: '1' } : {}) },
        // The pipe carries nothing: its end tells that this process is gone.
        stdio: [options.endWithParent === true ? 'pipe' : 'ignore', 'pipe', 'pipe'],
        detached: true,
      });
      return follow(child, events);
    },
    onStopSignal: (handler) => {
      for (const signal of STOP_SIGNALS) process.on(signal, () => handler(signal));
    },
    exit: (code) => {
      beforeExit();
      process.exit(code);
    },
  };
}

function follow(child: NodeChild, events: ChildEvents) {
  let ended = false;
  const end = (code: number | null, signal: string | null) => {
    if (ended) return;
    ended = true;
    events.onExit({ code, signal });
  };
  child.on('error', () => {
    // Also reported for a failed kill; only a child without a pid was never started.
    if (child.pid === undefined) end(NOT_STARTED, null);
  });
  // `close` comes after the last line of both outputs, `exit` may come before.
  child.on('close', end);
  lines(child.stdout, events.onStdoutLine);
  lines(child.stderr, events.onStderrLine);
  return {
    pid: child.pid ?? -1,
    signal: (name: NodeJS.Signals) => {
      child.kill(name);
    },
  };
}

function lines(stream: NodeJS.ReadableStream | null, onLine: ((line: string) => void) | undefined): void {
  if (stream === null) return;
  // Read either way: a full pipe would block the child.
  createInterface({ input: stream }).on('line', (line) => onLine?.(line));
}
