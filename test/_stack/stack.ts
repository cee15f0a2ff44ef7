/**
 * Real processes on real sockets: any of the five, from the shipped INI files with ports, data and logs of their own. Whatever happens in
 * a test, `dispose` leaves no process, port or file behind.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MEMORY_ENVIRONMENT, MEMORY_FLAGS } from '@fillwright/runtime';
import { Child, type Ended } from './child.ts';
import { changeIni, type IniChanges, movePorts } from './ini.ts';
import { type PortBlock, reservePorts } from './port-block.ts';
import { Venue, type VenueReady } from './venue.ts';
import { until } from './wait.ts';

export const ROOT = join(import.meta.dirname, '../..');

const FILES = {
  'exchange-simulator': 'exchange_simulator.ini',
  'market-server': 'market_server_binance.ini',
  'trading-engine': 'trading_engine_binance.ini',
  'position-server': 'position_server_binance.ini',
  trader: 'trader.ini',
} as const;

export type ProcessName = keyof typeof FILES;
/** In the order in which they are started. */
export const PROCESS_NAMES = Object.keys(FILES) as readonly ProcessName[];

/** A start takes a second; on a machine that does much else, many. */
const STARTED_MS = 60_000;

/** As in the shipped files, where these are taken from. */
const STATUS_PORTS: Readonly<Record<ProcessName, number>> = {
  'exchange-simulator': 9105,
  'market-server': 9101,
  'trading-engine': 9102,
  'position-server': 9103,
  trader: 9104,
};

export interface HealthPage {
  readonly ready: boolean;
  readonly state: string;
  readonly reasons: readonly string[];
  readonly epoch?: number;
  readonly [fact: string]: unknown;
}

export interface LogLine {
  readonly ts: string;
  readonly level: string;
  readonly event: string;
  readonly [field: string]: unknown;
}

export type StackChanges = Partial<Readonly<Record<ProcessName, IniChanges>>>;

export class Stack {
  readonly folder: string;
  readonly #block: PortBlock;
  readonly #ports = new Map<number, number>();
  readonly #children = new Map<ProcessName, Child>();
  readonly #all: Child[] = [];
  #venue: Venue | undefined;
  readonly #closers: (() => Promise<unknown> | unknown)[] = [];

  private constructor(folder: string, block: PortBlock) {
    this.folder = folder;
    this.#block = block;
  }

  /** Nothing runs yet. */
  static async create(changes: StackChanges = {}): Promise<Stack> {
    const stack = new Stack(mkdtempSync(join(tmpdir(), 'fillwright-')), await reservePorts());
    for (const name of PROCESS_NAMES) {
      const shipped = readFileSync(join(ROOT, 'config', FILES[name]), 'utf8');
      const moved = movePorts(shipped, (planned) => stack.port(planned));
      writeFileSync(stack.ini(name), changeIni(moved, changes[name] ?? {}));
    }
    return stack;
  }

  /** With these processes up and ready. */
  static async start(names: readonly ProcessName[] = PROCESS_NAMES, changes: StackChanges = {}): Promise<Stack> {
    const stack = await Stack.create(changes);
    try {
      for (const name of names) stack.launch(name);
      await stack.allReady();
      return stack;
    } catch (error) {
      await stack.dispose();
      throw error;
    }
  }

  /** Where this stack has what is planned on `planned`. */
  port(planned: number): number {
    const port = this.#ports.get(planned) ?? this.#block.take();
    this.#ports.set(planned, port);
    return port;
  }

  /** One that nothing else here uses. */
  freePort(): number {
    return this.#block.take();
  }

  endpoint(planned: number): string {
    return `tcp://127.0.0.1:${this.port(planned)}`;
  }

  ini(name: ProcessName): string {
    return join(this.folder, FILES[name]);
  }

  change(name: ProcessName, changes: IniChanges): void {
    writeFileSync(this.ini(name), changeIni(readFileSync(this.ini(name), 'utf8'), changes));
  }

  get venue(): Venue {
    if (this.#venue === undefined) throw new Error('the simulator is not up');
    return this.#venue;
  }

  child(name: ProcessName): Child {
    const child = this.#children.get(name);
    if (child === undefined) throw new Error(`${name} was not started`);
    return child;
  }

  get running(): readonly ProcessName[] {
    return PROCESS_NAMES.filter((name) => this.#children.get(name)?.alive === true);
  }

  /** Starts a process and does not wait for it. */
  launch(name: ProcessName, extra: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Child {
    // Each start of it has another token.
    if (name === 'exchange-simulator') this.#venue = undefined;
    const venueLog = name === 'exchange-simulator' ? ['--venue-log', this.#venueLogPath] : [];
    const exchange = name === 'exchange-simulator' || name === 'trader' ? [] : ['BINANCE'];
    const child = this.run(name, [this.main(name), ...exchange, this.ini(name), '--json', ...venueLog, ...extra], env);
    this.#children.set(name, child);
    return child;
  }

  main(name: ProcessName): string {
    return join(ROOT, 'packages', name, 'src/main.ts');
  }

  /** Any program with the Node at hand as the launcher starts it, with data and logs of this stack. */
  run(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
    return this.spawn(name, [process.execPath, ...MEMORY_FLAGS, ...args], { ...MEMORY_ENVIRONMENT, ...env });
  }

  spawn(name: string, command: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
    const folders = { FILLWRIGHT_DATA_DIR: join(this.folder, 'data'), FILLWRIGHT_LOG_DIR: join(this.folder, 'logs') };
    const child = new Child(name, command, { cwd: this.folder, env: { ...folders, ...env } });
    this.#all.push(child);
    return child;
  }

  /** Called by `dispose`, the last one first. */
  onDispose(close: () => Promise<unknown> | unknown): void {
    this.#closers.unshift(close);
  }

  async launchReady(...names: readonly ProcessName[]): Promise<void> {
    for (const name of names) this.launch(name);
    for (const name of names) await this.ready(name);
  }

  /** Every process that runs says that it is ready. */
  async allReady(withinMs = STARTED_MS): Promise<void> {
    for (const name of this.running) await this.ready(name, withinMs);
  }

  async ready(name: ProcessName, withinMs = STARTED_MS): Promise<void> {
    const child = this.child(name);
    if (name === 'exchange-simulator' && this.#venue === undefined) {
      const line = await child.line('that it is ready', (text) => text.startsWith('{'), { withinMs });
      this.#venue = new Venue(JSON.parse(line) as VenueReady, this.#venueLogPath);
    }
    let last: HealthPage | undefined;
    await until(
      `${name} is ready`,
      async () => {
        const { alive, ended } = this.child(name);
        if (!alive) throw new Error(`${name} ended with ${JSON.stringify(ended)}`);
        last = await this.health(name);
        return last.ready;
      },
      { withinMs, describe: () => `${JSON.stringify(last)}\n${this.child(name).tail()}\n${this.logTail(name)}` },
    );
  }

  /** `/health/ready`, whatever it says. */
  async health(name: ProcessName): Promise<HealthPage> {
    return (await (await this.status(name, '/health/ready')).json()) as HealthPage;
  }

  status(name: ProcessName, path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port(STATUS_PORTS[name])}${path}`, { signal: AbortSignal.timeout(2_000) });
  }

  statusPort(name: ProcessName): number {
    return this.port(STATUS_PORTS[name]);
  }

  /** Sum of a metric over its labels; 0 when it never was counted. */
  async metric(name: ProcessName, metric: string, label = ''): Promise<number> {
    const text = await (await this.status(name, '/metrics')).text();
    const rows = text.split('\n').filter((row) => row.startsWith(metric) && /[ {]/.test(row[metric.length] ?? '') && row.includes(label));
    return rows.reduce((sum, row) => sum + Number(row.slice(row.lastIndexOf(' ') + 1)), 0);
  }

  /** What it logged so far, oldest first. */
  log(name: ProcessName): readonly LogLine[] {
    const processName = FILES[name].replace('.ini', '');
    let text: string;
    try {
      text = readFileSync(join(this.folder, 'logs', `${processName}.log`), 'utf8');
    } catch {
      // Not started yet.
      return [];
    }
    const lines = text.split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as LogLine);
  }

  logTail(name: ProcessName, lines = 12): string {
    const shown = this.log(name).filter(({ event }) => event !== 'METRICS');
    return shown
      .slice(-lines)
      .map((line) => `  ${name} log: ${JSON.stringify(line).slice(0, 500)}`)
      .join('\n');
  }

  /** `kill -9`; resolves when it is gone. */
  async kill(name: ProcessName): Promise<void> {
    await this.child(name).end('SIGKILL');
  }

  /** SIGTERM; how it ended. */
  stop(name: ProcessName, withinMs = 10_000): Promise<Ended & { readonly tookMs: number }> {
    return this.child(name).end('SIGTERM', withinMs);
  }

  async dispose(): Promise<void> {
    for (const close of this.#closers) await close();
    this.#closers.length = 0;
    await Promise.all(this.#all.map((child) => child.end('SIGKILL')));
    await this.#block.release();
    // To read the logs of a failure afterwards.
    if (process.env.FILLWRIGHT_KEEP_STACKS === undefined) rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
    else console.error(`kept ${this.folder}`);
  }

  get #venueLogPath(): string {
    return join(this.folder, 'venue.ndjson');
  }
}
