/** What strikes can reach: the processes of the desk, their disks, the links between them, and the venue's own controls. */
import type { DiskImage } from '../kernel/disk-image.ts';
import type { Link } from '../kernel/link.ts';
import type { SeededRandom } from '../kernel/seeded-random.ts';
import type { SimulatedProcess, World } from '../kernel/world.ts';
import type { Desk } from '../scenario/desk.ts';
import { Operator } from '../scenario/operator.ts';
import { RudeTrader } from '../scenario/rude-trader.ts';
import type { TruthOf } from '../scenario/verdicts.ts';
import type { FaultEvent } from './fault-event.ts';
import { LinkFaults } from './link-faults.ts';
import { type DrillParams, VenueDrills } from './venue-drills.ts';

/** Who talks to whom. */
const PAIRS = [
  ['trading-engine', 'trader'],
  ['trading-engine', 'trader2'],
  ['trading-engine', 'position-server'],
  ['trading-engine', 'market-server'],
  ['position-server', 'trader'],
  ['position-server', 'market-server'],
  ['market-server', 'trader'],
  ['market-server', 'trader2'],
  ['trading-engine', 'exchange'],
  ['market-server', 'exchange'],
] as const;

export class Scene {
  readonly desk: Desk;
  /** What somebody sees who looks at the venue. */
  readonly truthOf: TruthOf;
  readonly links = new LinkFaults();
  /** Processes whose disk was made to fail: they may give up. */
  readonly diskTroubled = new Set<string>();
  crashes = 0;
  readonly #drills: SimulatedProcess<VenueDrills>;
  readonly #rude: SimulatedProcess<RudeTrader>;
  readonly #operator: SimulatedProcess<Operator>;

  constructor(desk: Desk, truthOf: TruthOf) {
    this.desk = desk;
    this.truthOf = truthOf;
    this.#drills = desk.world.spawn(`${desk.engine.machine.name}/venue-drills`, (ports) => new VenueDrills(ports, desk.plan));
    this.#rude = desk.world.spawn(`${desk.engine.machine.name}/rude-trader`, (ports) => new RudeTrader(ports, desk.plan));
    this.#operator = desk.world.spawn(`${desk.engine.machine.name}/operator`, (ports) => new Operator(ports, desk.plan));
  }

  get world(): World {
    return this.desk.world;
  }

  get nowUs(): number {
    return this.world.kernel.nowUs;
  }

  /** The engine's account at the venue. */
  get account(): string {
    return this.desk.plan.venueAccount;
  }

  /** The processes that may die: all but the venue and those who watch. */
  get mortals(): readonly SimulatedProcess<object>[] {
    return [this.desk.engine, ...this.desk.traders, this.desk.positions, this.desk.market];
  }

  /** Those that keep something on disk that others rely on. */
  get writers(): readonly SimulatedProcess<object>[] {
    return [this.desk.engine, this.desk.engine, ...this.desk.traders];
  }

  /** User events and bus frames that came twice. */
  get duplicates(): number {
    return this.links.duplicated + (this.#drills.service?.eventsDuplicated ?? 0);
  }

  random({ id }: FaultEvent): SeededRandom {
    return this.world.kernel.random(`fault ${id}`);
  }

  process(name: string): SimulatedProcess<object> {
    const found = this.mortals.find((process) => process.name === name);
    if (found === undefined) throw new Error(`the desk has no process ${name}`);
    return found;
  }

  disk(process: SimulatedProcess<object>): DiskImage {
    return process.machine.disk(process.dataDirectory);
  }

  /** What it wrote to its sockets still arrives: the worst case. */
  cutPower(process: SimulatedProcess<object>, random: SeededRandom): void {
    const { kernel } = this.world;
    const disk = this.disk(process);
    const before = disk.usedBytes;
    disk.cutPower(random);
    for (const path of disk.paths)
      kernel.trace.note(this.nowUs, process.incarnation.name, `disk.cut ${path}`, String(disk.file(path)?.size));
    process.kill({ connections: 'silent', inFlight: 'deliver' });
    kernel.trace.note(this.nowUs, 'faults', 'power-cut', `${before - disk.usedBytes} bytes are lost`);
  }

  somePair(random: SeededRandom): readonly [string, string] {
    return random.pick(PAIRS);
  }

  /** The links between some processes, in one direction or in both. */
  someLinks(random: SeededRandom): readonly Link[] {
    const { network } = this.world;
    return PAIRS.filter(() => random.chance(0.3)).flatMap(([left, right]) => {
      const links = [network.link(left, right), network.link(right, left)];
      return links.filter(() => random.chance(0.7));
    });
  }

  /** Works the venue's controls, from now on; nobody waits for it. */
  venue(method: 'POST' | 'DELETE', path: string, params: DrillParams): void {
    this.#inDrills((drills) => drills.act(method, path, params));
  }

  /** One of our orders is partly filled, and cancelled before anybody hears of it. */
  lateFill(random: SeededRandom): void {
    this.#inDrills(async (drills) => {
      if (await drills.lateFill(random)) this.operate((operator) => operator.ask('cancel-all'));
    });
  }

  /** Somebody without manners sends so many things. */
  misbehave(times: number, random: SeededRandom): void {
    this.#inside(this.#rude, (rude) => rude.misbehave(times, random));
  }

  /** The same asks for so many orders at once. */
  burst(count: number, random: SeededRandom): void {
    this.#inside(this.#rude, (rude) => rude.burst(count, random));
  }

  operate(work: (operator: Operator) => Promise<void>): void {
    this.#inside(this.#operator, (operator) => void work(operator));
  }

  /** Takes back whatever lasts. */
  heal(): void {
    this.#inside(this.#rude, (rude) => rude.quiet());
    this.links.clear();
    this.world.network.heal();
    this.#inDrills((drills) => drills.heal());
  }

  /** Whoever caused trouble goes home. */
  leave(): void {
    for (const process of [this.#drills, this.#rude, this.#operator]) process.kill();
  }

  #inDrills(work: (drills: VenueDrills) => Promise<void>): void {
    this.#inside(this.#drills, (drills) => void work(drills));
  }

  #inside<S extends object>({ service, incarnation }: SimulatedProcess<S>, work: (service: S) => void): void {
    if (service !== undefined) this.world.kernel.at(this.nowUs, 'drill', incarnation, () => work(service));
  }
}
