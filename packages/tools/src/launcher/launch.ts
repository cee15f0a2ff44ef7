/**
 * One run of the whole desk: its processes, what they say of themselves, what the bus and the exchange say of them. Everything shown or
 * compared comes from there, never from a child's memory.
 */
import { accountTopic } from '@fillwright/messages';
import { AppError, createNodeDisk, type EdgePorts, MEMORY_ENVIRONMENT, MEMORY_FLAGS, type Timer } from '@fillwright/runtime';
import type { ExchangeAccount } from '../compare/books.ts';
import type { ProcessPhase, ProcessRow, RoundTrip, ScreenState } from '../view/screen-state.ts';
import { DeskFeeds, deskTopics, type WatchedProcess } from '../watch/desk-feeds.ts';
import { DeskWatch } from '../watch/desk-watch.ts';
import { ServiceDesk, TOOLS_SOURCE } from '../watch/service-desk.ts';
import { ChildOutput } from './child-output.ts';
import { controlAccessIn, ExchangeControl } from './exchange-control.ts';
import { HealthPoll, objectIn } from './health-poll.ts';
import { HIDDEN_VARIABLES, type Plan, type PlannedChild, type ProcessName } from './plan.ts';
import { Supervisor } from './supervisor.ts';

const EXCHANGE_EVERY_MS = 1_000;
const MAX_NOTICES = 20;
const PROCESS_PHASES: readonly ProcessPhase[] = ['starting', 'syncing', 'ready', 'degraded', 'halted', 'stopping'];

export interface LaunchOptions {
  readonly restart: boolean;
  /** The program that runs the children: this Node. */
  readonly node: string;
  readonly dataFolder: string;
  readonly logFolder: string;
}

export class Launch {
  readonly plan: Plan;
  readonly services: ServiceDesk;
  readonly supervisor: Supervisor;
  /** Rejects when the desk cannot go on; never resolves. */
  readonly failed: Promise<never>;
  phase: 'running' | 'comparing' | 'stopping' = 'running';
  onNotice: (text: string) => void = () => {};
  readonly #ports: EdgePorts;
  readonly #startUs: number;
  readonly #desk: DeskWatch;
  readonly #feeds: DeskFeeds;
  readonly #health: HealthPoll;
  readonly #statusPorts = new Map<ProcessName, number>();
  #control: ExchangeControl | undefined;
  #account: ExchangeAccount | undefined;
  #exchangeTimer: Timer | undefined;
  #notices: readonly string[] = [];
  #fail: (error: AppError) => void = () => {};
  #waiting: readonly (() => void)[] = [];
  #wasReady = false;

  constructor(ports: EdgePorts, plan: Plan, options: LaunchOptions) {
    this.#ports = ports;
    this.plan = plan;
    this.#startUs = ports.clock.monotonicUs();
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Whoever waits for the end of the launch hears of it; nobody else must.
    this.failed.catch(() => {});
    this.services = new ServiceDesk(ports, plan);
    this.#desk = new DeskWatch(() => ports.clock.monotonicUs());
    this.#feeds = new DeskFeeds(ports, this.services, this.#desk, watchedProcesses(plan));
    this.#health = new HealthPoll(ports, (name, { ready }) => {
      if (ready) this.supervisor.noteReady(name);
      this.#checkReady();
    });
    this.supervisor = this.#supervise(options);
  }

  start(): void {
    this.supervisor.startAll();
    const port = ({ name, statusPort }: PlannedChild) => (statusPort === 0 ? this.#statusPorts.get(name) : statusPort);
    this.#health.start(this.plan.children.map((child) => ({ name: child.name, port: () => port(child) })));
    this.#watchExchange();
  }

  get allReady(): boolean {
    return this.plan.children.every(
      ({ name }) => this.supervisor.status(name).phase === 'running' && this.#health.fresh(name)?.ready === true,
    );
  }

  /** @throws AppError `TOL_NOT_READY` after the deadline, saying who is not and why (as a rejection). */
  async untilReady(deadlineMs: number): Promise<void> {
    if (this.allReady) return;
    await new Promise<void>((resolve, reject) => {
      const timer = this.#ports.clock.after(deadlineMs, () => {
        const late = this.#rows().filter(({ state }) => state !== 'ready');
        const why = late.map(({ name, state, reasons }) => `${name} is ${state}${reasons.length === 0 ? '' : ` (${reasons.join('; ')})`}`);
        reject(new AppError('TOL_NOT_READY', `not everything was ready within ${deadlineMs / 1000} s: ${why.join(', ')}; see the logs`));
      });
      this.#waiting = [
        ...this.#waiting,
        () => {
          timer.cancel();
          resolve();
        },
      ];
    });
  }

  /** @throws AppError `TOL_NOT_REACHABLE` while the simulator is not up. */
  get exchange(): ExchangeControl {
    if (this.#control === undefined) throw new AppError('TOL_NOT_REACHABLE', 'the exchange-simulator is not up');
    return this.#control;
  }

  /** Facts of the newest health answer. */
  factsOf(name: ProcessName): Readonly<Record<string, unknown>> {
    return this.#health.newest(name)?.facts ?? {};
  }

  roundTripUs(): RoundTrip | undefined {
    const facts = this.factsOf('trader').roundTripUs;
    if (typeof facts !== 'object' || facts === null) return undefined;
    const { p50, p99, n } = facts as { readonly [name: string]: unknown };
    return typeof p50 === 'number' && typeof p99 === 'number' && typeof n === 'number' ? { p50, p99, n } : undefined;
  }

  state(): ScreenState {
    const { clock } = this.#ports;
    const account = this.#account;
    return {
      venue: 'SIMULATOR',
      phase: this.#screenPhase(),
      uptimeMs: (clock.monotonicUs() - this.#startUs) / 1000,
      nowUs: clock.wallUs(),
      processes: this.#rows(),
      desk: this.#desk.view(),
      roundTripUs: this.roundTripUs(),
      exchange: account === undefined ? undefined : { orders: account.ordersAccepted, fills: account.trades },
      notices: this.#notices,
    };
  }

  /** Ends listening and asking; the processes are the supervisor's. */
  async close(): Promise<void> {
    this.#health.stop();
    this.#exchangeTimer?.cancel();
    await Promise.all([this.#feeds.close(), this.services.close()]);
  }

  /** Who asks, for audit records. */
  get who(): string {
    return TOOLS_SOURCE;
  }

  #supervise({ restart, node, dataFolder, logFolder }: LaunchOptions): Supervisor {
    const hidden = Object.fromEntries(HIDDEN_VARIABLES.map((name) => [name, '']));
    const env = { ...MEMORY_ENVIRONMENT, ...hidden, FILLWRIGHT_DATA_DIR: dataFolder, FILLWRIGHT_LOG_DIR: logFolder };
    const disk = createNodeDisk(logFolder);
    const sources = new Map(this.plan.children.map(({ name, source }) => [name, source]));
    const outputs = new Map(this.plan.children.map(({ name, source }) => [name, new ChildOutput(disk, `${source}.out`)]));
    return new Supervisor(
      this.#ports,
      this.plan.children.map(({ name, source, args }) => ({ name, source, command: [node, ...MEMORY_FLAGS, ...args], env })),
      {
        restart,
        logOf: (name) => `${logFolder}/${sources.get(name) ?? name}.log`,
        sinkOf: (name) => outputs.get(name) ?? { add: () => {} },
      },
      {
        onStdoutLine: (name, line) => this.#stdoutLine(name, line),
        onEnded: (name) => {
          this.#health.forget(name);
          this.#statusPorts.delete(name);
          if (name === 'exchange-simulator') this.#control = undefined;
        },
        onNotice: (text) => this.#notice(text),
        onFatal: (error) => this.#fail(error),
      },
    );
  }

  #stdoutLine(name: ProcessName, line: string): void {
    if (name !== 'exchange-simulator') {
      const { statusPort } = objectIn(line);
      if (typeof statusPort === 'number') this.#statusPorts.set(name, statusPort);
      return;
    }
    const access = controlAccessIn(line);
    if (access === undefined) return;
    try {
      this.#control = new ExchangeControl(this.#ports.http, access, this.plan.apiKey);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.#fail(error);
    }
  }

  #notice(text: string): void {
    this.#notices = [text, ...this.#notices].slice(0, MAX_NOTICES);
    this.#ports.log.warn('launcher-notice', { text });
    this.onNotice(text);
  }

  #checkReady(): void {
    if (!this.allReady) return;
    this.#wasReady = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #screenPhase(): ScreenState['phase'] {
    if (this.phase !== 'running') return this.phase;
    return this.allReady ? 'trading' : this.#wasReady ? 'not ready' : 'starting';
  }

  #rows(): readonly ProcessRow[] {
    const { links } = this.#desk.view();
    const nowUs = this.#ports.clock.monotonicUs();
    return this.plan.children.map(({ name, source }): ProcessRow => {
      const { pid, restarts, phase } = this.supervisor.status(name);
      const answer = this.#health.fresh(name);
      const link = links.get(source);
      // The simulator is no peer on the bus: its sign of life is an answer.
      const answered = answer === undefined ? undefined : (nowUs - answer.atUs) / 1000;
      return {
        name,
        state: phase === 'running' ? phaseOf(answer?.state) : phase,
        pid,
        restarts,
        linkAgeMs: link === undefined ? (name === 'exchange-simulator' ? answered : undefined) : link.ageMs,
        loopLagUs: link?.beat.loopLagUs,
        gaps: link?.gaps,
        reasons: answer?.reasons ?? [],
      };
    });
  }

  #watchExchange(): void {
    const look = async (): Promise<void> => {
      try {
        if (this.#control !== undefined) this.#account = await this.#control.account();
      } catch {
        // It is being started again; the next look tells.
      }
    };
    this.#exchangeTimer = this.#ports.clock.after(EXCHANGE_EVERY_MS, () => {
      void look().then(() => {
        if (this.phase !== 'stopping') this.#watchExchange();
      });
    });
  }
}

function phaseOf(state: string | undefined): ProcessPhase {
  return PROCESS_PHASES.find((phase) => phase === state) ?? 'starting';
}

function watchedProcesses(plan: Plan): readonly WatchedProcess[] {
  const topics = deskTopics(plan);
  const source = (name: ProcessName) => plan.children.find((child) => child.name === name)?.source ?? name;
  const { market, engine, positions, trader } = plan.endpoints;
  return [
    { source: source('market-server'), ...market, prefixes: [...topics.market, topics.instrument], snapshots: [topics.instrument] },
    { source: source('trading-engine'), ...engine, prefixes: [topics.order, topics.engine, topics.account], snapshots: [topics.order] },
    { source: source('position-server'), ...positions, prefixes: [topics.position], snapshots: [topics.position] },
    { source: source('trader'), ...trader, prefixes: [], snapshots: [] },
  ];
}

/** The topic whose snapshot is the ledger. */
export function ledgerTopic(plan: Plan): string {
  return accountTopic('position', plan.exchange, plan.account);
}
