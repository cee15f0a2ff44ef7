/**
 * Runs a TypeScript entry with the Node that the workspace pins. Under any other Node it starts itself again with that one and passes
 * on arguments, standard streams, signals and the exit code; killed, it takes the other one along. Plain JavaScript for Node 20.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';

const USAGE = 2;
/** Set for the process that was started again: it never does so itself, and ends with the one that started it. */
const AGAIN = 'FILLWRIGHT_STARTED_AGAIN';
/** As in packages/runtime/src/process/memory.ts. */
const MEMORY_ENVIRONMENT = { MALLOC_ARENA_MAX: '16', MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' };
const MEMORY_FLAGS = [
  '--min-semi-space-size=4',
  '--max-semi-space-size=4',
  '--no-memory-pool',
  '--no-memory-reducer',
  '--no-maglev',
  '--memory-saver-mode',
];
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGCONT'];

/** `entry` is relative to this folder. */
export async function run(entry) {
  const startedAgain = process.env[AGAIN] !== undefined;
  // Not for processes that this one starts.
  delete process.env[AGAIN];
  if (startedAgain) endWithParent();
  const node = pinnedNode();
  if (node === undefined) {
    fail('RUN_NODE_MISSING', 'the Node of this workspace is not installed; run `npm ci` in its folder first');
  } else if (startedAgain || process.version === `v${node.version}`) {
    await import(new URL(entry, import.meta.url).href);
  } else {
    startAgain(node);
  }
}

/** The `node` package: its binary and version, `undefined` when it is not there. */
function pinnedNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json');
    const binary = join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
    return existsSync(binary) ? { binary, version } : undefined;
  } catch {
    // Not installed: said by the caller.
    return undefined;
  }
}

function startAgain({ binary, version }) {
  const child = spawn(binary, [...MEMORY_FLAGS, ...process.execArgv, ...process.argv.slice(1)], {
    // The channel carries nothing: its end tells that this process is gone, even when it was killed.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...MEMORY_ENVIRONMENT, ...process.env, [AGAIN]: '1' },
  });
  child.on('error', (error) => fail('RUN_NODE_MISSING', `Node ${version} (${binary}) cannot be started: ${error.message}`));
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 128 + (constants.signals[signal] ?? 0)));
}

function endWithParent() {
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.channel?.unref();
}

function fail(code, message) {
  process.stderr.write(`${code}: ${message}\n`);
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ ok: false, error: { code, message } })}\n`);
  process.exitCode = USAGE;
}
