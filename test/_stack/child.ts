/** One child process of a test: what it wrote, how it ended. It never outlives the test process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { nowMs, until, within } from './wait.ts';

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Lines kept of each output; the oldest go first. */
const LINES_KEPT = 5_000;
/** Real keys of whoever runs the tests must not win over those of the simulator. */
const HIDDEN = [
  ...['BINANCE_API_KEY', 'BINANCE_API_SECRET', 'BINANCE_API_KEY_FILE', 'BINANCE_API_SECRET_FILE'],
  ...['NODE_OPTIONS', 'FILLWRIGHT_DAEMON'],
];

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class Child {
  readonly name: string;
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  readonly #process: ChildProcess;
  readonly #ended: Promise<Ended>;
  ended: Ended | undefined;

  constructor(
    name: string,
    command: readonly string[],
    options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
  ) {
    this.name = name;
    const [program = '', ...args] = command;
    const env = { ...process.env, ...options.env };
    for (const variable of HIDDEN) if (options.env?.[variable] === undefined) delete env[variable];
    const child = spawn(program, args, { cwd: options.cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
    running.add(child);
    this.#process = child;
    // A child that ended no longer reads what we write to it.
    child.stdin.on('error', () => {});
    for (const [stream, lines] of [[child.stdout, this.stdout] as const, [child.stderr, this.stderr] as const]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (lines.length > LINES_KEPT) lines.shift();
      });
    }
    this.#ended = new Promise((resolve) => {
      const end = (ended: Ended): void => {
        running.delete(child);
        this.ended ??= ended;
        resolve(this.ended);
      };
      child.once('error', () => end({ code: 127, signal: null }));
      // `close`: both outputs are read to their end.
      child.once('close', (code, signal) => end({ code, signal }));
    });
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  get alive(): boolean {
    return this.ended === undefined;
  }

  write(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    if (this.alive) this.#process.kill(signal);
  }

  /** How it ended, and how long that took from now. */
  async end(signal: NodeJS.Signals | undefined, withinMs = 10_000): Promise<Ended & { readonly tookMs: number }> {
    const startedMs = nowMs();
    if (signal !== undefined) this.signal(signal);
    const ended = await within(withinMs, `${this.name} ends${signal === undefined ? '' : ` after ${signal}`}: ${this.tail()}`, this.#ended);
    return { ...ended, tookMs: nowMs() - startedMs };
  }

  /** The first line on stdout that `wanted` accepts, from line `from` on. */
  line(what: string, wanted: (line: string) => boolean, { withinMs = 20_000, from = 0 } = {}): Promise<string> {
    return until(
      `${this.name} writes ${what}`,
      () => {
        const line = this.stdout.slice(from).find(wanted);
        if (line === undefined && !this.alive) throw new Error(`${this.name} ended with ${JSON.stringify(this.ended)}`);
        return line;
      },
      { withinMs, describe: () => this.tail() },
    );
  }

  /** The last words, for failures. */
  tail(lines = 15): string {
    return [...this.stdout.slice(-lines), ...this.stderr.slice(-lines)].map((line) => `  ${this.name}: ${line.slice(0, 400)}`).join('\n');
  }
}
