/**
 * One life of one process. All its port calls pass through here: this is where it dies, where crash points are, and why nothing it does
 * afterwards has any effect.
 */
import type { EventOwner, KernelEvent } from './event-queue.ts';
import { IncarnationDead } from './incarnation-dead.ts';
import type { Kernel } from './kernel.ts';
import type { Machine } from './machine.ts';

export interface PortCall {
  readonly incarnation: Incarnation;
  /** `port.method`, e.g. `disk.append`. */
  readonly name: string;
  /** Counts the port calls of this incarnation from 1. */
  readonly number: number;
}

/**
 * Every port call passes it, so a fault can strike before and after each: `call.incarnation.kill()` in `before` means the call never
 * happened; in `after`, that it happened and the caller never learnt of it.
 */
export interface PortGate {
  before?(call: PortCall): void;
  after?(call: PortCall): void;
}

export interface Settle<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

export interface KillOptions {
  /**
   * `cut` (default): as after kill -9, the operating system closes its connections and the peers see it.
   * `silent`: as after a power cut, the peers see nothing until they write to a machine that is up again.
   */
  readonly connections?: 'cut' | 'silent';
  /** What it had written and was not delivered yet: arrives (default, it was the operating system's) or is lost. */
  readonly inFlight?: 'deliver' | 'lose';
}

export class Incarnation implements EventOwner {
  readonly name: string;
  readonly processName: string;
  /** 1 for the first life of this process. */
  readonly number: number;
  readonly machine: Machine;
  readonly kernel: Kernel;
  readonly #gate: () => PortGate | undefined;
  /** In order of registration; run at death. */
  readonly #mourners = new Set<(options: KillOptions) => void>();
  #calls = 0;
  #dead = false;
  #busyUntilUs = 0;

  constructor(kernel: Kernel, machine: Machine, processName: string, number: number, gate: () => PortGate | undefined) {
    this.kernel = kernel;
    this.machine = machine;
    this.processName = processName;
    this.number = number;
    this.name = `${processName}#${number}`;
    this.#gate = gate;
  }

  get dead(): boolean {
    return this.#dead;
  }

  get busyUntilUs(): number {
    return this.#busyUntilUs;
  }

  /** Port calls made so far: the size of the crash matrix of a run. */
  get calls(): number {
    return this.#calls;
  }

  /** Virtual time as this process lives it: ahead of the kernel's while a call of its own takes long. */
  get nowUs(): number {
    return Math.max(this.kernel.nowUs, this.#busyUntilUs);
  }

  /** Makes its event loop stand still, as a slow disk does: its events wait, its clock goes on, its sockets stay. */
  pause(us: number): void {
    this.#busyUntilUs = this.nowUs + us;
  }

  /** Ends this life; idempotent. May be called from anywhere, also from inside one of its own port calls. */
  kill(options: KillOptions = {}): void {
    if (this.#dead) return;
    this.#dead = true;
    this.kernel.trace.note(this.kernel.nowUs, this.name, 'killed', options.connections ?? 'cut');
    this.kernel.forget(this);
    const mourners = [...this.#mourners];
    this.#mourners.clear();
    for (const mourn of mourners) mourn(options);
  }

  /** Runs `mourner` at death. The answer takes it back. */
  atDeath(mourner: (options: KillOptions) => void): () => void {
    this.#mourners.add(mourner);
    return () => this.#mourners.delete(mourner);
  }

  /** Something that happens to this process later, unless it is dead by then. */
  later(delayUs: number, kind: string, run: () => void): KernelEvent {
    return this.kernel.at(this.nowUs + delayUs, kind, this, run);
  }

  /** A payload worth comparing byte for byte. */
  note(what: string, detail: string | Uint8Array): void {
    this.kernel.trace.note(this.nowUs, this.name, what, detail);
  }

  /** @throws IncarnationDead before, at or after the call, when that is when it dies; besides what the call itself throws. */
  call<T>(name: string, work: () => T): T {
    const number = this.#enter(name);
    if (number === 0) throw new IncarnationDead(this.name);
    let value: T;
    try {
      value = work();
    } catch (error) {
      if (!this.#leave(name, number)) throw new IncarnationDead(this.name);
      throw error;
    }
    if (!this.#leave(name, number)) throw new IncarnationDead(this.name);
    return value;
  }

  /** A call that answers by promise. Death at any time means that the promise never settles; `work` has it settled by an event. */
  callAsync<T>(name: string, label: string, work: (settle: Settle<T>) => void): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const number = this.#enter(name);
    if (number === 0) return promise;
    const id = this.kernel.awaits(this, label);
    const settled = (): boolean => {
      this.kernel.arrived(id);
      return !this.#dead;
    };
    work({
      resolve: (value) => {
        if (settled()) resolve(value);
      },
      reject: (error) => {
        if (settled()) reject(error);
      },
    });
    this.#leave(name, number);
    return promise;
  }

  /** The number of this call; 0 when there is no such call, because it is dead (from here on). */
  #enter(name: string): number {
    if (this.#dead) return 0;
    this.kernel.checkInside(this.name, name);
    const number = ++this.#calls;
    this.#gate()?.before?.({ incarnation: this, name, number });
    return this.#dead ? 0 : number;
  }

  #leave(name: string, number: number): boolean {
    if (!this.#dead) this.#gate()?.after?.({ incarnation: this, name, number });
    return !this.#dead;
  }
}
