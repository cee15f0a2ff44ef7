/**
 * Keeps the processes of a desk alive: starts them, starts one again a second after it died, gives up on one that keeps dying or that never
 * got up, and stops all in a given order within a budget.
 */
import { AppError, type ChildEvents, type ChildExit, type Clock, type Processes } from '@fillwright/runtime';
import { ChildRecord } from './child-record.ts';
import type { ProcessName } from './plan.ts';

const RESTART_MS = 1_000;
const MAX_RESTARTS = 5;
const RESTART_WINDOW_US = 60_000_000;
const LINES_TOLD = 8;

export interface ChildPlan {
  readonly name: ProcessName;
  /** PROCESS_NAME, as it calls itself in what it writes. */
  readonly source: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Where a line goes besides memory. */
export interface LineSink {
  add(line: string): void;
}

export interface SupervisorOptions {
  readonly restart: boolean;
  /** Where the output of a process is kept, for messages: `logs/trader.out`. */
  readonly logOf: (name: ProcessName) => string;
  readonly sinkOf: (name: ProcessName) => LineSink;
}

export interface SupervisorEvents {
  onStdoutLine(name: ProcessName, line: string): void;
  /** An incarnation is gone: what was known of it no longer holds. */
  onEnded(name: ProcessName): void;
  /** Something a person should read. */
  onNotice(text: string): void;
  /** The desk cannot go on: the caller stops it. */
  onFatal(error: AppError): void;
}

export interface ChildStatus {
  readonly pid: number | undefined;
  readonly restarts: number;
  readonly phase: 'off' | 'running' | 'died';
}

export class Supervisor {
  readonly #processes: Processes;
  readonly #clock: Clock;
  readonly #options: SupervisorOptions;
  readonly #events: SupervisorEvents;
  readonly #children = new Map<ProcessName, ChildRecord>();
  #stopping = false;

  constructor(
    ports: { readonly processes: Processes; readonly clock: Clock },
    children: readonly ChildPlan[],
    options: SupervisorOptions,
    events: SupervisorEvents,
  ) {
    this.#processes = ports.processes;
    this.#clock = ports.clock;
    this.#options = options;
    this.#events = events;
    for (const plan of children) this.#children.set(plan.name, new ChildRecord(plan));
  }

  startAll(): void {
    for (const child of this.#children.values()) this.#start(child);
  }

  status(name: ProcessName): ChildStatus {
    const child = this.#child(name);
    const phase = child.process !== undefined ? 'running' : child.lastExit === undefined ? 'off' : 'died';
    return { pid: child.process?.pid, restarts: child.restarts, phase };
  }

  /** It does its whole job: from now on a death is worth a new start. */
  noteReady(name: ProcessName): void {
    this.#child(name).wasReady = true;
  }

  /** What a process said that it left when it stopped. */
  leftBy(name: ProcessName): readonly string[] {
    return this.#child(name).left;
  }

  /** No further starts, whatever dies. */
  retire(): void {
    this.#stopping = true;
    for (const child of this.#children.values()) child.timer?.cancel();
  }

  /** Resolves `true` when it ended within `budgetMs`; a process that does not run has ended. */
  stop(name: ProcessName, budgetMs: number): Promise<boolean> {
    const child = this.#child(name);
    const { process } = child;
    if (process === undefined) return Promise.resolve(true);
    if (!child.toldToStop) process.signal('SIGTERM');
    child.toldToStop = true;
    return new Promise((resolve) => {
      const timer = this.#clock.after(budgetMs, () => resolve(false));
      child.whenEnded(() => {
        timer.cancel();
        resolve(true);
      });
    });
  }

  /** Ends at once whatever still runs; returns the names. */
  killAll(): readonly ProcessName[] {
    this.retire();
    const running = [...this.#children.values()].filter(({ process }) => process !== undefined);
    for (const { process } of running) process?.signal('SIGKILL');
    return running.map(({ plan }) => plan.name);
  }

  #child(name: ProcessName): ChildRecord {
    const child = this.#children.get(name);
    if (child === undefined) throw new RangeError(`no process ${name} is planned`);
    return child;
  }

  #start(child: ChildRecord): void {
    const { plan } = child;
    child.begin();
    const sink = this.#options.sinkOf(plan.name);
    const take = (line: string) => {
      child.addLine(line);
      sink.add(line);
    };
    const events: ChildEvents = {
      onStdoutLine: (line) => {
        take(line);
        this.#events.onStdoutLine(plan.name, line);
      },
      onStderrLine: take,
      onExit: (exit) => this.#ended(child, exit),
    };
    child.process = this.#processes.spawn(plan.command, { env: plan.env, endWithParent: true }, events);
  }

  #ended(child: ChildRecord, exit: ChildExit): void {
    const { name } = child.plan;
    child.end(exit);
    this.#events.onEnded(name);
    if (this.#stopping) return;
    const how = exitText(exit);
    if (!this.#options.restart || (!child.wasReady && exit.signal === null)) {
      this.#events.onFatal(this.#death(child, `${name} ended with ${how}`, exit));
      return;
    }
    const nowUs = this.#clock.monotonicUs();
    child.restartTimes = [...child.restartTimes.filter((at) => nowUs - at < RESTART_WINDOW_US), nowUs];
    if (child.restartTimes.length > MAX_RESTARTS) {
      this.#events.onFatal(
        this.#death(child, `${name} died ${child.restartTimes.length} times within a minute, the last time with ${how}`, exit),
      );
      return;
    }
    this.#events.onNotice(`${name} ended with ${how}; it is started again in ${RESTART_MS / 1000} s (${this.#options.logOf(name)})`);
    child.timer = this.#clock.after(RESTART_MS, () => {
      if (this.#stopping) return;
      child.restarts += 1;
      this.#start(child);
    });
  }

  /** With its own words: the error line of `--json` where there is one, else the end of what it wrote. */
  #death(child: ChildRecord, what: string, exit: ChildExit): AppError {
    const { name } = child.plan;
    const own = child.ownError();
    const lines = child.lastLines(LINES_TOLD);
    const said = lines.length === 0 ? ' it wrote nothing; ' : `\n  ${lines.join('\n  ')}\n`;
    const words = own === undefined ? said : ` ${own.code}: ${own.message}; `;
    const details = { process: name, exitCode: exit.code, signal: exit.signal, lastLines: lines, own };
    return new AppError('TOL_PROCESS_DIED', `${what}:${words}see ${this.#options.logOf(name)}`, { details });
  }
}

function exitText({ code, signal }: ChildExit): string {
  return signal === null ? `exit code ${code ?? '?'}` : `signal ${signal}`;
}
