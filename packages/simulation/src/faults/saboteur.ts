/**
 * Carries a fault plan out: strikes at the times of the plan, heals everything at the end of a period, and starts again, as a supervisor
 * would, what gave up or could not start.
 */
import type { Service } from '@fillwright/runtime';
import { IncarnationDead } from '../kernel/incarnation-dead.ts';
import type { SimulatedProcess } from '../kernel/world.ts';
import type { Desk } from '../scenario/desk.ts';
import type { TruthOf } from '../scenario/verdicts.ts';
import type { FaultEvent } from './fault-event.ts';
import type { Struck } from './kind.ts';
import { type FaultKindName, KINDS } from './kinds.ts';
import { Scene } from './scene.ts';

/** systemd's RestartSec of the shipped units. */
const RESTART_US = 1_000_000;

/** The operator looks so often, so many times. */
const FIRST_TEND_US = 1_000_000;
const TEND_US = 5_000_000;
const TENDED = 6;

/**
 * After a strike of these kinds something may be put off for as long: a ban forbids even cancels, a silent socket swallows them, and a
 * trader that was restarted on a clock set back asks about its old intents only when their deadlines have passed on that clock.
 */
const QUIET_US = [
  // What was answered last may still be under way, and a recovery that ran into the ban tries again within 30 s of its end.
  ['rate-limit', 92_000_000],
  ['ban', 152_000_000],
  ['clock-step', 12_000_000],
  // A socket that went silent is given up 25 s after its last frame; until then the cancels of a stop may go over it.
  ['socket-silence', 32_000_000],
] as const;

export interface FaultCounts {
  readonly crashes: number;
  readonly duplicatesInjected: number;
  /** Strikes by kind. */
  readonly faults: Readonly<Record<string, number>>;
}

export class Saboteur {
  readonly #plan: readonly FaultEvent<FaultKindName>[];
  readonly #scene: Scene;
  readonly #struck = new Map<string, number>();
  readonly #lasting = new Set<() => void>();
  /** Kinds that struck in this period. */
  readonly #struckNow = new Set<string>();
  #quietUntilUs = 0;

  constructor(desk: Desk, plan: readonly FaultEvent<FaultKindName>[], truthOf: TruthOf) {
    this.#plan = plan;
    this.#scene = new Scene(desk, truthOf);
    desk.world.onStartFailed = (process) => this.#startAgain(process);
    const { kernel } = desk.world;
    const judge = kernel.onUncaught;
    // What nobody catches ends a live process with code 1.
    kernel.onUncaught = (error, owner, kind) => {
      const process = this.#scene.mortals.find(({ incarnation }) => incarnation === owner);
      if (process === undefined || !this.forgives(process.name)) judge(error, owner, kind);
      else process.kill();
    };
  }

  get counts(): FaultCounts {
    const faults = Object.fromEntries([...this.#struck].sort(([a], [b]) => (a < b ? -1 : 1)));
    return { crashes: this.#scene.crashes, duplicatesInjected: this.#scene.duplicates, faults };
  }

  /** Strikes during this period of trading; everything heals at its end. */
  begin(half: 0 | 1, endUs: number): void {
    const { kernel } = this.#scene.world;
    const startUs = kernel.nowUs;
    this.#struckNow.clear();
    for (const event of this.#plan) {
      if (event.half !== half) continue;
      const atUs = startUs + event.atUs;
      if (atUs < endUs) kernel.at(atUs, `fault ${event.kind}`, undefined, () => this.#strike(event));
    }
    kernel.at(endUs, 'heal', undefined, () => this.#heal());
  }

  /** After the last strike. */
  end(): void {
    this.#scene.leave();
  }

  /** True when the process had a reason to give up: it is started again, as after an exit with code 1. */
  forgives(process: string): boolean {
    const found = this.#scene.mortals.find(({ name }) => name === process);
    if (found === undefined || !this.#scene.diskTroubled.has(process)) return false;
    this.#startAgain(found);
    return true;
  }

  #strike(event: FaultEvent<FaultKindName>): void {
    const struck: Struck | undefined = KINDS[event.kind].strike(this.#scene, event);
    const { kernel } = this.#scene.world;
    kernel.trace.note(kernel.nowUs, 'faults', event.kind, struck?.what ?? 'nothing to strike');
    if (struck === undefined) return;
    this.#struckNow.add(event.kind);
    this.#struck.set(event.kind, (this.#struck.get(event.kind) ?? 0) + 1);
    const { undo } = struck;
    if (undo === undefined) return;
    const once = (): void => {
      if (this.#lasting.delete(once)) undo();
    };
    this.#lasting.add(once);
    kernel.at(kernel.nowUs + event.forUs, 'heal', undefined, once);
  }

  /** Until then what struck may put off what a stop needs. */
  get quietUntilUs(): number {
    return this.#quietUntilUs;
  }

  #heal(): void {
    const { nowUs } = this.#scene;
    for (const [kind, us] of QUIET_US) if (this.#struckNow.has(kind)) this.#quietUntilUs = Math.max(this.#quietUntilUs, nowUs + us);
    for (const undo of [...this.#lasting]) undo();
    this.#scene.heal();
    // An engine that its operator halted is resumed first.
    const { kernel } = this.#scene.world;
    kernel.at(kernel.nowUs + FIRST_TEND_US, 'tend', undefined, () => this.#tend(TENDED));
  }

  /** What halted itself under faults (a reader that lost too much) is started again by its operator, once they are over. */
  #tend(times: number): void {
    const { kernel } = this.#scene.world;
    for (const process of this.#scene.mortals) {
      if (!isHalted(process)) continue;
      process.kill();
      this.#startAgain(process);
    }
    if (times > 1) kernel.at(kernel.nowUs + TEND_US, 'tend', undefined, () => this.#tend(times - 1));
  }

  #startAgain(process: SimulatedProcess<object>): void {
    const { kernel } = this.#scene.world;
    kernel.at(kernel.nowUs + RESTART_US, 'restart', undefined, () => {
      if (!process.alive) process.restart();
    });
  }
}

function isHalted(process: SimulatedProcess<object>): boolean {
  const { service } = process;
  if (service === undefined || !process.started || !('health' in service)) return false;
  try {
    return (service as Pick<Service, 'health'>).health().state === 'halted';
  } catch (error) {
    // The crash that was due at its very next port call.
    if (error instanceof IncarnationDead) return false;
    throw error;
  }
}
