/** The simulated world: machines, the network between them, and the processes that live, die and are started again on them. */
import { AppError, type Ports } from '@fillwright/runtime/ports';
import { LogRing } from '../ports/log.ts';
import { simulatedPorts } from '../ports/ports.ts';
import { Incarnation, type KillOptions, type PortGate } from './incarnation.ts';
import { IncarnationDead } from './incarnation-dead.ts';
import { Kernel, type KernelOptions, type RunOptions, type RunOutcome } from './kernel.ts';
import { Machine } from './machine.ts';
import { Network, type NetworkOptions } from './network.ts';

/** 2026-01-01T00:00:00Z. */
const DEFAULT_WALL_ZERO_US = 1_767_225_600_000_000;

export interface WorldOptions extends KernelOptions {
  /** The wall clocks at virtual time 0, µs since 1970; default the start of 2026. */
  readonly wallZeroUs?: number;
  readonly network?: NetworkOptions;
  /** Log lines kept, over all processes; default 10 000. */
  readonly logLines?: number;
}

/** What a process may have: then it is called once it is built. */
interface Startable {
  start(): unknown;
}

export interface SpawnOptions {
  /** Where its files and databases are on its machine; default the name of the process. */
  readonly dataDirectory?: string;
  /** Virtual time from now to its birth; default 0. */
  readonly delayUs?: number;
}

export class World {
  readonly kernel: Kernel;
  readonly network: Network;
  readonly logs: LogRing;
  /** Every port call of every incarnation passes it; set it to strike at crash points. */
  gate: PortGate | undefined;
  /**
   * Told when `start` of a process failed; the process is dead then, as after an exit with code 1. By default that fails the run;
   * a supervisor would restart it.
   */
  onStartFailed: (process: SimulatedProcess<object>, error: unknown) => void;
  readonly #wallZeroUs: number;
  readonly #machines = new Map<string, Machine>();
  readonly #processes = new Map<string, SimulatedProcess<object>>();

  constructor(options: WorldOptions) {
    this.kernel = new Kernel(options);
    this.logs = new LogRing(options.logLines);
    this.#wallZeroUs = options.wallZeroUs ?? DEFAULT_WALL_ZERO_US;
    this.network = new Network(this.kernel, this.#machines, (name) => this.#processes.get(name)?.machine, options.network);
    this.onStartFailed = (process, error) => {
      const text = error instanceof Error ? error.message : String(error);
      this.kernel.fail(new AppError('SIM_START_FAILED', `${process.incarnation.name} could not start: ${text}`, { cause: error }));
    };
  }

  /** A computer by name; made when first named. Its name is a host name too. */
  machine(name: string): Machine {
    const known = this.#machines.get(name);
    if (known !== undefined) return known;
    const number = this.#machines.size + 1;
    const address = `10.0.${number >> 8}.${number & 0xff}`;
    const machine = new Machine(name, address, this.#wallZeroUs, this.kernel.random(`machine ${name}`));
    this.#machines.set(name, machine);
    return machine;
  }

  /** All processes ever spawned, dead ones included, in the order of their first birth. */
  get processes(): readonly SimulatedProcess<object>[] {
    return [...this.#processes.values()];
  }

  /**
   * Starts a process: `build` runs as its first event and gets the ports of this incarnation; then `start` of what it built is called.
   * @param where `machine/process`; process names are unique in a world
   */
  spawn<S extends object>(where: string, build: (ports: Ports) => S | Promise<S>, options: SpawnOptions = {}): SimulatedProcess<S> {
    const [machineName, name, ...rest] = where.split('/');
    if (!machineName || !name || rest.length > 0 || /\s/.test(where)) {
      throw new AppError('SIM_BAD_NAME', `'${where}' does not say where to spawn: expected machine/process, without spaces`);
    }
    if (this.#processes.has(name)) throw new AppError('SIM_BAD_NAME', `there is a process ${name} already: use its restart()`);
    const process = new SimulatedProcess<S>(this, this.machine(machineName), name, build, options.dataDirectory ?? name);
    this.#processes.set(name, process);
    process.restart(options.delayUs);
    return process;
  }

  /** A power cut: every process on the machine dies without a word to its peers, and what was not synced is lost or torn. */
  cutPower(machine: Machine): void {
    machine.powered = false;
    for (const process of this.#processes.values()) {
      if (process.machine === machine) process.incarnation.kill({ connections: 'silent', inFlight: 'lose' });
    }
    const random = this.kernel.random(`power ${machine.name} ${this.kernel.nowUs}`);
    for (const disk of machine.disks().values()) disk.cutPower(random);
  }

  /** The machine answers again; its processes are to be restarted one by one. */
  restorePower(machine: Machine): void {
    machine.powered = true;
  }

  /** See `Kernel.run`. */
  run(options?: RunOptions): Promise<RunOutcome> {
    return this.kernel.run(options);
  }

  /** @throws AppError `SIM_STALLED` when the time is over and the condition does not hold, as a rejection naming what is open. */
  async runUntil(condition: () => boolean, what: string, withinUs = 60_000_000): Promise<RunOutcome> {
    const outcome = await this.kernel.run({ until: condition, untilUs: this.kernel.nowUs + withinUs });
    if (outcome.reason === 'condition') return outcome;
    const open = this.kernel.describePending().slice(0, 20).join('; ');
    throw new AppError('SIM_STALLED', `seed ${this.kernel.seed}: no ${what} within ${withinUs} µs of virtual time. Open: ${open}`);
  }
}

/** A process over all its lives. */
export class SimulatedProcess<S extends object> {
  readonly name: string;
  readonly machine: Machine;
  readonly dataDirectory: string;
  readonly #world: World;
  readonly #build: (ports: Ports) => S | Promise<S>;
  #incarnation: Incarnation | undefined;
  #service: S | undefined;
  #started = false;
  #births = 0;

  constructor(world: World, machine: Machine, name: string, build: (ports: Ports) => S | Promise<S>, dataDirectory: string) {
    this.#world = world;
    this.machine = machine;
    this.name = name;
    this.#build = build;
    this.dataDirectory = dataDirectory;
  }

  /** The newest life. */
  get incarnation(): Incarnation {
    if (this.#incarnation === undefined) throw new AppError('SIM_NOT_SPAWNED', `${this.name} was never spawned`);
    return this.#incarnation;
  }

  get alive(): boolean {
    return this.#incarnation?.dead === false;
  }

  /** What `build` made in this life; `undefined` until then and after death. */
  get service(): S | undefined {
    return this.alive ? this.#service : undefined;
  }

  /** True once `start` of this life is through. */
  get started(): boolean {
    return this.alive && this.#started;
  }

  kill(options?: KillOptions): void {
    this.#incarnation?.kill(options);
  }

  /** A new life with the same files. @throws AppError `SIM_ALIVE` */
  restart(delayUs = 0): void {
    if (this.alive) throw new AppError('SIM_ALIVE', `${this.name} is alive: kill it before it is restarted`);
    const world = this.#world;
    const incarnation = new Incarnation(world.kernel, this.machine, this.name, ++this.#births, () => world.gate);
    this.#incarnation = incarnation;
    this.#service = undefined;
    this.#started = false;
    incarnation.later(delayUs, 'birth', () => void this.#live(incarnation));
  }

  async #live(incarnation: Incarnation): Promise<void> {
    try {
      const ports = simulatedPorts(incarnation, this.#world.network, this.#world.logs, this.dataDirectory);
      const service = await this.#build(ports);
      if (incarnation.dead) return;
      this.#service = service;
      if (isStartable(service)) await service.start();
      this.#started = !incarnation.dead;
    } catch (error) {
      if (error instanceof IncarnationDead || incarnation.dead) return;
      incarnation.kill();
      this.#world.onStartFailed(this as SimulatedProcess<object>, error);
    }
  }
}

function isStartable(service: object): service is Startable {
  return 'start' in service && typeof service.start === 'function';
}
