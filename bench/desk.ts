/** What the end-to-end benchmarks stand on: live ports in a temporary folder, waiting with a deadline, helpers in processes of their own. */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLivePorts, createSecretRegistry, type EdgePorts } from '@fillwright/runtime';

const DEADLINE_MS = 20_000;
/** An endpoint with a free port; the bus says which it became. */
export const ANY_PORT = 'tcp://127.0.0.1:*';

/** Live ports whose files are gone with `drop`. Nothing of what is measured is replaced: log and metrics are the real ones too. */
export function benchPorts(name: string): { readonly ports: EdgePorts; drop(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'fillwright-bench-'));
  const silent = { interactive: false, columns: 80, rows: 24, write: () => undefined, note: () => undefined };
  const ports = createLivePorts({
    proc: name,
    dataFolder: join(folder, 'data'),
    logFolder: join(folder, 'logs'),
    logLevel: 'info',
    screenLevel: 'error',
    alertOnErrors: false,
    terminal: silent,
    secrets: { environment: () => undefined },
    registry: createSecretRegistry(),
  });
  return { ports, drop: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Polls, since what it waits for lies in services that do not know they are waited for. @throws Error naming `what` after 20 s. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Settles on `done`. Rejects after 20 s: a lost message must end a benchmark, not hang it. */
export class Turnstile {
  #resolve: (() => void) | undefined;

  /** @throws Error naming `what` after 20 s. */
  wait(what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not within ${DEADLINE_MS} ms: ${what}`)), DEADLINE_MS);
      this.#resolve = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  done(): void {
    this.#resolve?.();
    this.#resolve = undefined;
  }
}

export interface Helper<Ready> {
  /** What it said first. */
  readonly ready: Ready;
  /** Tells it something; resolves with its answer. */
  ask<Answer = unknown>(message: object): Promise<Answer>;
  /** It ends by itself when nobody is connected to it. */
  stop(): void;
}

/** A program of this folder in a process of its own, so that its work is in nobody's figures. */
export function startHelper<Ready>(file: string, ...args: string[]): Promise<Helper<Ready>> {
  return start(file, args, process.execArgv);
}

/** The same without the flags of our processes, as anybody else starts Node. */
export function startStranger<Ready>(file: string): Promise<Helper<Ready>> {
  return start(file, [], ['--expose-gc']);
}

async function start<Ready>(file: string, args: readonly string[], execArgv: string[]): Promise<Helper<Ready>> {
  const child = fork(join(import.meta.dirname, file), args, { execArgv });
  const answer = <T>() =>
    new Promise<T>((resolve, reject) => {
      const onExit = (code: number | null) => reject(new Error(`${file} ended with code ${code}`));
      child.once('exit', onExit);
      child.once('message', (message) => {
        child.off('exit', onExit);
        resolve(message as T);
      });
    });
  const ready = await answer<Ready>();
  return {
    ready,
    ask: <Answer>(message: object) => {
      const answered = answer<Answer>();
      child.send(message);
      return answered;
    },
    stop: () => child.disconnect(),
  };
}
