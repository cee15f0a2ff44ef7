/** The processes of a simulated desk: real services and the exchange simulator, each a process of one machine that can be killed. */
import { usTime } from '@fillwright/domain/time';
import { ExchangeSimulator } from '@fillwright/exchange-simulator';
import { MarketServer, adapterFromConfig as marketAdapter, optionsFromConfig as marketOptions } from '@fillwright/market-server';
import { PositionServer } from '@fillwright/position-server';
import type { Health, Ports, Service } from '@fillwright/runtime';
import { TwoSidedQuoter } from '@fillwright/strategies';
import { Trader, type TraderOptions } from '@fillwright/trader';
import { adapterFromConfig as engineAdapter, optionsFromConfig as engineOptions, TradingEngine } from '@fillwright/trading-engine';
import { IncarnationDead } from '../kernel/incarnation-dead.ts';
import type { Machine } from '../kernel/machine.ts';
import type { SimulatedProcess, World } from '../kernel/world.ts';
import { Auditor } from './auditor.ts';
import type { DeskPlan } from './desk-plan.ts';

const MACHINE = 'desk';
/** Nobody starts at the same time as another. */
const START_SPREAD_US = 300_000;

/** Much more often than live, so that restarts of a run of seconds begin from a snapshot as well. */
const SNAPSHOT_MS = 4_000;

/** A service that may say it can not go on; the live process ends then with code 1. */
interface Breakable {
  onBroken: (error: unknown) => void;
}

export interface DeskOptions {
  readonly plan: DeskPlan;
  /** A service gave up: its process is dead now. */
  onBroken(process: string, error: unknown): void;
  /** Ports that do wrong, for one process or for all: what the checks must see. */
  readonly wrongs?: ((process: string, ports: Ports) => Ports) | undefined;
}

export class Desk {
  readonly world: World;
  readonly plan: DeskPlan;
  readonly exchange: SimulatedProcess<ExchangeSimulator>;
  readonly market: SimulatedProcess<MarketServer>;
  readonly engine: SimulatedProcess<TradingEngine>;
  readonly positions: SimulatedProcess<PositionServer>;
  readonly traders: readonly SimulatedProcess<Trader>[];
  readonly auditor: SimulatedProcess<Auditor>;
  readonly #options: DeskOptions;

  constructor(world: World, options: DeskOptions) {
    const { plan, wrongs = (_process, ports) => ports } = options;
    this.world = world;
    this.plan = plan;
    this.#options = options;
    const random = world.kernel.random('desk start');
    const spawn = <S extends object>(name: string, build: (ports: Ports) => S): SimulatedProcess<S> =>
      world.spawn(`${MACHINE}/${name}`, (ports) => build(wrongs(name, ports)), { delayUs: random.below(START_SPREAD_US) });
    const seed = world.kernel.seed;
    this.exchange = spawn('exchange', (ports) => new ExchangeSimulator(steady(ports, this.exchange.machine), { ...plan.simulator, seed }));
    this.market = spawn('market-server', (ports) => {
      const server = new MarketServer(ports, marketOptions(plan.market), marketAdapter(plan.market, ports));
      return this.#watched('market-server', server);
    });
    this.engine = spawn('trading-engine', (ports) => {
      const engine = new TradingEngine(
        ports,
        { ...engineOptions(plan.engine), snapshotMs: SNAPSHOT_MS },
        engineAdapter(plan.engine, ports),
      );
      return this.#watched('trading-engine', engine);
    });
    this.positions = spawn('position-server', (ports) => new PositionServer(ports, plan.positions));
    this.traders = plan.traders.map((options) => spawn(options.processName, (ports) => this.#trader(ports, options)));
    this.auditor = spawn('auditor', (ports) => new Auditor(ports, plan));
  }

  /** Everything that trades, in the order in which it is stopped. */
  get services(): readonly SimulatedProcess<Service>[] {
    return [...this.traders, this.engine, this.positions, this.market];
  }

  /** Whatever is not ready, with its reasons; empty when the desk is up. */
  unready(): readonly string[] {
    return [...this.services, this.exchange].flatMap((process) => {
      const health = process.started ? healthOf(process) : undefined;
      if (health === undefined) return [`${process.name} is not up`];
      return health.ready ? [] : [`${process.name} is ${health.state}: ${health.reasons.join('; ')}`];
    });
  }

  /** The engine is far from what the venue's limits leave it, as it counts itself. */
  hasRoomToAsk(): boolean {
    const rates = (this.engine.service?.health().facts?.rates ?? []) as readonly { readonly quota: number; readonly left: number }[];
    return rates.every(({ quota, left }) => left >= quota / 10);
  }

  /** Runs `work` inside of a process as its next event and lets the world run until it is done. */
  async inside<S extends object, T>(
    process: SimulatedProcess<S>,
    what: string,
    work: (service: S) => Promise<T>,
    withinUs?: number,
  ): Promise<T> {
    const { service } = process;
    if (service === undefined) throw new Error(`${process.name} is dead: ${what} is impossible`);
    let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
    this.world.kernel.at(this.world.kernel.nowUs, what, process.incarnation, () => {
      void work(service).then(
        (value) => {
          outcome = { value };
        },
        (error: unknown) => {
          outcome = { error };
        },
      );
    });
    await this.world.runUntil(() => outcome !== undefined, what, withinUs);
    if (outcome === undefined) throw new Error(`${what} ended without an outcome`);
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  #trader(ports: Ports, options: TraderOptions): Trader {
    return this.#watched(options.processName, new Trader(ports, options, new TwoSidedQuoter()));
  }

  #watched<S extends Breakable>(name: string, service: S): S {
    service.onBroken = (error) => {
      this.#options.onBroken(name, error);
      this.world.processes.find((process) => process.name === name)?.kill();
    };
    return service;
  }
}

/** The venue keeps true time, whatever happens to the clock of the desk. */
function steady(ports: Ports, machine: Machine): Ports {
  const { clock } = ports;
  return { ...ports, clock: { ...clock, wallUs: () => usTime(clock.wallUs() - machine.wallOffsetUs) } };
}

/** `undefined` also when it dies of the question: a crash may be due at its very next port call. */
function healthOf(process: SimulatedProcess<Pick<Service, 'health'>>): Pick<Health, 'ready' | 'state' | 'reasons'> | undefined {
  try {
    return process.service?.health();
  } catch (error) {
    if (error instanceof IncarnationDead) return undefined;
    throw error;
  }
}
