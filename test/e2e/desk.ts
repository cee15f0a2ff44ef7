/** `npm start` as a user runs it, on ports and in folders of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PORT_PLAN } from '@fillwright/runtime';
import { type PortBlock, reservePorts } from '../_stack/port-block.ts';

const ROOT = join(import.meta.dirname, '../..');
/** A launcher that was told to stop and did not. */
const HUNG_MS = 20_000;

export interface DeskEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Desk {
  readonly folder = mkdtempSync(join(tmpdir(), 'fillwright-desk-'));
  /** Planned port → the free one it was replaced by. */
  readonly ports: ReadonlyMap<number, number>;
  readonly #block: PortBlock;
  stdout = '';
  stderr = '';
  #child: ChildProcessWithoutNullStreams | undefined;
  #ended: Promise<number | null> = Promise.resolve(null);
  #onOutput: () => void = () => {};

  private constructor(block: PortBlock) {
    const ports = new Map<number, number>(PORT_PLAN.map(({ port }) => [port, block.take()]));
    this.#block = block;
    this.ports = ports;
    mkdirSync(this.configFolder);
    for (const name of readdirSync(join(ROOT, 'config')).filter((file) => file.endsWith('.ini'))) {
      const text = readFileSync(join(ROOT, 'config', name), 'utf8');
      const moved = text.replace(/([:=])(\d{4})$/gm, (whole, sign: string, port: string) => {
        const free = ports.get(Number(port));
        return free === undefined ? whole : `${sign}${free}`;
      });
      const routes = moved.replace(/:(\d{4})\/(public|market|private)/g, (whole, port: string, route: string) => {
        const free = ports.get(Number(port));
        return free === undefined ? whole : `:${free}/${route}`;
      });
      writeFileSync(join(this.configFolder, name), routes);
    }
  }

  static async prepare(): Promise<Desk> {
    return new Desk(await reservePorts());
  }

  /** Ends what still runs, and gives the ports back. */
  async dispose(): Promise<void> {
    this.signal('SIGTERM');
    const hung = setTimeout(() => this.#child?.pid !== undefined && process.kill(-this.#child.pid, 'SIGKILL'), HUNG_MS);
    await this.#ended;
    clearTimeout(hung);
    await this.#block.release();
  }

  get configFolder(): string {
    return join(this.folder, 'config');
  }

  start(...args: string[]): void {
    const child = spawn('npm', ['start', '--silent', '--', '--config-dir', this.configFolder, ...args], {
      cwd: ROOT,
      // A group of its own: what a terminal calls the foreground.
      detached: true,
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        FILLWRIGHT_DATA_DIR: join(this.folder, 'data'),
        FILLWRIGHT_LOG_DIR: join(this.folder, 'logs'),
        // Real keys in the environment must not matter.
        BINANCE_API_KEY: 'real-key-of-somebody',
      },
    });
    this.#child = child;
    child.stdout.on('data', (bytes: Buffer) => this.#take('stdout', bytes));
    child.stderr.on('data', (bytes: Buffer) => this.#take('stderr', bytes));
    this.#ended = new Promise((resolve) => child.on('close', (code) => resolve(code)));
  }

  /** To npm alone, as a script does. */
  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  /** To everything in the foreground, as a terminal does. */
  pressCtrlC(): void {
    if (this.#child?.pid !== undefined) process.kill(-this.#child.pid, 'SIGINT');
  }

  /** Resolves when the command ended; kills it after the deadline and fails. */
  async end(deadlineMs: number): Promise<DeskEnd> {
    const code = await this.#before(deadlineMs, 'it did not end', this.#ended);
    return { code, stdout: this.stdout, stderr: this.stderr };
  }

  /** Resolves when the output shows it. */
  async until(shown: RegExp, deadlineMs: number): Promise<RegExpExecArray> {
    const found = new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = shown.exec(this.stdout) ?? shown.exec(this.stderr);
        if (match !== null) resolve(match);
      };
      this.#onOutput = look;
      look();
      void this.#ended.then(() => reject(new Error(`it ended before showing ${shown}: ${this.stderr}`)));
    });
    return this.#before(deadlineMs, `it did not show ${shown}`, found);
  }

  /** The log of a process. */
  log(name: string): string {
    return readFileSync(join(this.folder, 'logs', `${name}.log`), 'utf8');
  }

  #before<T>(deadlineMs: number, what: string, awaited: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.signal('SIGTERM');
        reject(new Error(`${what} within ${deadlineMs} ms; stderr: ${this.stderr} stdout: ${this.stdout}`));
      }, deadlineMs);
      awaited.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }

  #take(stream: 'stdout' | 'stderr', bytes: Buffer): void {
    this[stream] += bytes.toString('utf8');
    this.#onOutput();
  }
}

export function listening(port: number) {
  return new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** Whether nobody listens on any of them. */
export async function areFree(ports: Iterable<number>): Promise<boolean> {
  for (const port of ports) {
    try {
      const server = await listening(port);
      await new Promise((resolve) => server.close(resolve));
    } catch {
      return false;
    }
  }
  return true;
}

/** Looks again until nobody listens on any of them, or the time is over. */
export async function becomeFree(ports: Iterable<number>, deadlineMs: number): Promise<boolean> {
  const all = [...ports];
  const untilMs = Date.now() + deadlineMs;
  while (Date.now() < untilMs) {
    if (await areFree(all)) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return areFree(all);
}
