/** The one network of the simulated world: names, listeners, connections, and a link for each direction between two processes. */
import { ConnectionEnd, type EndEvents } from './connection.ts';
import type { Incarnation } from './incarnation.ts';
import type { Kernel } from './kernel.ts';
import { type Latency, Link } from './link.ts';
import type { Machine } from './machine.ts';

/** What a name that nobody has costs to find out. */
const RESOLVE_US = 2_000;
const FIRST_EPHEMERAL_PORT = 49_152;
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '::1', '[::1]']);
const EVERY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '*', '::', '[::]']);

export interface NetworkOptions {
  /** Range of one-way delays between two machines, drawn per link; default 300–3 000 µs. */
  readonly remote?: Latency;
  /** … between two processes of one machine; default 20–120 µs. */
  readonly local?: Latency;
}

export interface ListenerEvents {
  /** A new connection; set its `events` in this call. */
  onConnection(end: ConnectionEnd): void;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  readonly incarnation: Incarnation;
  /** Frees the port; connections live on. Idempotent. */
  close(): void;
}

interface Listening extends Listener {
  readonly loopbackOnly: boolean;
  readonly events: ListenerEvents;
}

export type ConnectFailure = 'refused' | 'unresolved';

export interface ConnectRequest {
  readonly host: string;
  readonly port: number;
  readonly protocol: string;
  readonly heartbeatUs?: number;
}

export interface ConnectEvents extends EndEvents {
  onOpen(): void;
  /** Instead of `onOpen`. */
  onFailed(failure: ConnectFailure): void;
}

export class Network {
  readonly #kernel: Kernel;
  readonly #remote: Latency;
  readonly #local: Latency;
  readonly #machines: ReadonlyMap<string, Machine>;
  readonly #homeOf: (processName: string) => Machine | undefined;
  readonly #aliases = new Map<string, string>();
  readonly #listening = new Map<string, Listening>();
  /** Which process was last seen at an address: the link to it exists also while nobody listens. */
  readonly #tenants = new Map<string, string>();
  readonly #links = new Map<string, Link>();
  readonly #ephemeral = new Map<string, number>();
  #connections = 0;

  constructor(
    kernel: Kernel,
    machines: ReadonlyMap<string, Machine>,
    homeOf: (processName: string) => Machine | undefined,
    options: NetworkOptions = {},
  ) {
    this.#kernel = kernel;
    this.#machines = machines;
    this.#homeOf = homeOf;
    this.#remote = options.remote ?? { minUs: 300, maxUs: 3_000 };
    this.#local = options.local ?? { minUs: 20, maxUs: 120 };
  }

  /** Makes `host` (e.g. `fapi.binance.com`) a name of that machine. */
  alias(host: string, machineName: string): void {
    this.#aliases.set(host, machineName);
  }

  /** The direction from one process to another; made when first asked for. */
  link(from: string, to: string): Link {
    const key = `${from} ${to}`;
    const known = this.#links.get(key);
    if (known !== undefined) return known;
    const home = this.#home(from);
    const range = home !== undefined && home === this.#home(to) ? this.#local : this.#remote;
    const link = new Link(this.#kernel, from, to, this.#drawLatency(range, key));
    this.#links.set(key, link);
    return link;
  }

  /** Every link so far, in the order they were made. */
  links(): readonly Link[] {
    return [...this.#links.values()];
  }

  /** The open ends at `from` of its connections to `to`, in the order they were made; of one protocol or of all. */
  connections(from: string, to: string, protocol?: string): readonly ConnectionEnd[] {
    const ends = this.link(from, to).ends.filter((end) => end instanceof ConnectionEnd);
    return ends.filter((end) => end.open && (protocol === undefined || end.protocol === protocol));
  }

  /** Nothing passes between the two groups of processes, in both directions, until `heal`. */
  partition(left: readonly string[], right: readonly string[]): void {
    for (const a of left) for (const b of right) for (const link of [this.link(a, b), this.link(b, a)]) link.block();
  }

  /** Heals every link. */
  heal(): void {
    for (const link of this.links()) link.heal();
  }

  /** `undefined` when the port is taken; `'unavailable'` when the host is not an address of this machine. */
  listen(incarnation: Incarnation, host: string, port: number, events: ListenerEvents): Listener | 'in-use' | 'unavailable' {
    const machine = incarnation.machine;
    const loopbackOnly = LOOPBACK.has(host);
    if (!loopbackOnly && !EVERY_ADDRESS.has(host) && this.#resolve(machine, host) !== machine) return 'unavailable';
    const free = port === 0 ? this.#freePort(machine) : port;
    const key = addressKey(machine, free);
    if (this.#listening.has(key)) return 'in-use';
    const close = (): void => {
      unregister();
      if (this.#listening.get(key) === listening) this.#listening.delete(key);
    };
    const unregister = incarnation.atDeath(close);
    const listening: Listening = { host, port: free, incarnation, loopbackOnly, events, close };
    this.#listening.set(key, listening);
    this.#tenants.set(key, incarnation.processName);
    return listening;
  }

  /** Never calls back inside this call. The answer is usable once `onOpen` was called. */
  connect(incarnation: Incarnation, request: ConnectRequest, events: ConnectEvents): ConnectionEnd {
    const machine = this.#resolve(incarnation.machine, request.host);
    const key = machine === undefined ? '' : addressKey(machine, request.port);
    const tenant = this.#tenants.get(key) ?? `@${machine?.name ?? request.host}`;
    const outward = this.link(incarnation.processName, tenant);
    const id = `${request.protocol}-${++this.#connections}`;
    const end = new ConnectionEnd(id, request.protocol, incarnation, outward, machine?.address ?? '', request.heartbeatUs);
    end.events = events;
    if (machine === undefined) {
      incarnation.later(RESOLVE_US, 'net.unresolved', () => refuse(end, events, 'unresolved'));
      return end;
    }
    this.#knock({ end, events, key, machine, outward, heartbeatUs: request.heartbeatUs });
    return end;
  }

  #knock(attempt: Attempt): void {
    const { end, outward, machine } = attempt;
    const inward = this.link(outward.to, outward.from);
    const blocked = outward.blocked ? outward : inward.blocked ? inward : undefined;
    if (blocked !== undefined) {
      blocked.whenHealed(() => this.#knock(attempt));
      return;
    }
    if (!end.open) return;
    this.#kernel.at(end.incarnation.nowUs + outward.delayUs(), 'net.connect', undefined, () => {
      if (!end.open || !machine.powered) return;
      this.#arrive(attempt, inward);
    });
  }

  #arrive(attempt: Attempt, inward: Link): void {
    const { end, events, key, machine } = attempt;
    const client = end.incarnation;
    const local = machine === client.machine;
    const answeredUs = this.#kernel.nowUs + inward.delayUs();
    const listening = this.#listening.get(key);
    if (listening === undefined || (listening.loopbackOnly && !local)) {
      this.#kernel.at(answeredUs, 'net.refused', client, () => refuse(end, events, 'refused'));
      return;
    }
    const server = listening.incarnation;
    const remoteAddress = local ? '127.0.0.1' : client.machine.address;
    const serverEnd = new ConnectionEnd(`${end.id}s`, end.protocol, server, inward, remoteAddress, attempt.heartbeatUs);
    serverEnd.attach(end, answeredUs);
    end.attach(serverEnd);
    this.#kernel.at(0, 'net.accept', server, () => {
      if (serverEnd.open) listening.events.onConnection(serverEnd);
    });
    this.#kernel.at(answeredUs, 'net.open', client, () => {
      if (end.open) events.onOpen();
    });
  }

  /** Where a process lives; `@name` stands for a machine on which nobody listened yet. */
  #home(processName: string): Machine | undefined {
    return processName.startsWith('@') ? this.#machines.get(processName.slice(1)) : this.#homeOf(processName);
  }

  /** Each link has its own distance and its own jitter of up to half of it. */
  #drawLatency(range: Latency, key: string): Latency {
    const minUs = this.#kernel.random(`latency ${key}`).between(range.minUs, range.maxUs);
    return { minUs, maxUs: Math.round(minUs * 1.5) };
  }

  #resolve(from: Machine, host: string): Machine | undefined {
    if (LOOPBACK.has(host) || EVERY_ADDRESS.has(host)) return from;
    const known = this.#machines.get(this.#aliases.get(host) ?? host);
    if (known !== undefined) return known;
    for (const machine of this.#machines.values()) if (machine.address === host) return machine;
    return undefined;
  }

  #freePort(machine: Machine): number {
    let port = this.#ephemeral.get(machine.name) ?? FIRST_EPHEMERAL_PORT;
    while (this.#listening.has(addressKey(machine, port))) port++;
    this.#ephemeral.set(machine.name, port + 1);
    return port;
  }
}

interface Attempt {
  readonly end: ConnectionEnd;
  readonly events: ConnectEvents;
  readonly key: string;
  readonly machine: Machine;
  readonly outward: Link;
  readonly heartbeatUs: number | undefined;
}

function addressKey(machine: Machine, port: number): string {
  return `${machine.name}:${port}`;
}

function refuse(end: ConnectionEnd, events: ConnectEvents, failure: ConnectFailure): void {
  if (!end.open) return;
  end.end();
  events.onFailed(failure);
}
