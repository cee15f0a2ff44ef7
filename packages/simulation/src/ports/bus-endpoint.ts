/** Endpoints of the bus, `tcp://host:port`, and the connections to them that come back for ever. */
import { AppError, type LinkEvent } from '@fillwright/runtime/ports';
import type { ConnectionEnd } from '../kernel/connection.ts';
import type { KernelEvent } from '../kernel/event-queue.ts';
import type { Incarnation } from '../kernel/incarnation.ts';
import type { Network } from '../kernel/network.ts';

/** The values of the live sockets: a dead peer is seen within 3 s, the first retry comes after 50 ms, later ones each second. */
export const BUS_HEARTBEAT_US = 3_000_000;
const FIRST_RETRY_US = 50_000;
const MAX_RETRY_US = 1_000_000;
const CONNECT_TIMEOUT_US = 5_000_000;
export const FRAME_HEAD_BYTES = 16;

export interface BusAddress {
  readonly host: string;
  readonly port: number;
}

/** `undefined` when it is no endpoint at all. Port `*` is any free one. */
export function parseEndpoint(endpoint: string): BusAddress | undefined {
  const [, host, port] = /^tcp:\/\/(.+):(\d{1,5}|\*)$/.exec(endpoint) ?? [];
  if (host === undefined || port === undefined || Number(port) > 65_535) return undefined;
  return { host, port: port === '*' ? 0 : Number(port) };
}

/** @throws AppError `BUS_BAD_ENDPOINT` */
export function addressToConnect(endpoint: string): BusAddress {
  const address = parseEndpoint(endpoint);
  if (address !== undefined && address.port !== 0) return address;
  throw new AppError('BUS_BAD_ENDPOINT', `'${endpoint}' is not an endpoint to connect to: expected tcp://host:port`, {
    details: { endpoint },
  });
}

export interface LastingEvents {
  onOpen(end: ConnectionEnd): void;
  onUnit(unit: unknown): void;
  onLink(event: LinkEvent): void;
}

/** One endpoint, connected again whenever it is lost, until closed. */
export class LastingConnection {
  readonly #incarnation: Incarnation;
  readonly #network: Network;
  readonly #endpoint: string;
  readonly #address: BusAddress;
  readonly #protocol: string;
  readonly #events: LastingEvents;
  #end: ConnectionEnd | undefined;
  #ready = false;
  #timer: KernelEvent | undefined;
  #retryUs = FIRST_RETRY_US;
  #closed = false;

  constructor(incarnation: Incarnation, network: Network, endpoint: string, protocol: string, events: LastingEvents) {
    this.#incarnation = incarnation;
    this.#network = network;
    this.#endpoint = endpoint;
    this.#address = addressToConnect(endpoint);
    this.#protocol = protocol;
    this.#events = events;
  }

  /** The connection while there is one. */
  get end(): ConnectionEnd | undefined {
    return this.#ready ? this.#end : undefined;
  }

  connect(): void {
    this.#timer = this.#incarnation.later(CONNECT_TIMEOUT_US, 'bus.connect-timeout', () => this.#retry());
    const request = { ...this.#address, protocol: this.#protocol, heartbeatUs: BUS_HEARTBEAT_US };
    this.#end = this.#network.connect(this.#incarnation, request, {
      onOpen: () => this.#opened(),
      onFailed: () => this.#retry(),
      onUnit: (unit) => this.#events.onUnit(unit),
      onCut: () => this.#lost(),
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ready = false;
    this.#cancelTimer();
    this.#end?.end();
  }

  #opened(): void {
    const end = this.#end;
    if (end === undefined) return;
    this.#cancelTimer();
    this.#ready = true;
    this.#retryUs = FIRST_RETRY_US;
    this.#events.onOpen(end);
    this.#events.onLink({ endpoint: this.#endpoint, type: 'connected' });
    this.#events.onLink({ endpoint: this.#endpoint, type: 'handshake' });
  }

  #lost(): void {
    if (this.#closed) return;
    this.#ready = false;
    this.#events.onLink({ endpoint: this.#endpoint, type: 'disconnected' });
    this.#retry();
  }

  #retry(): void {
    if (this.#closed) return;
    this.#cancelTimer();
    this.#end?.reset();
    this.#end = undefined;
    const delayUs = this.#retryUs;
    this.#retryUs = Math.min(MAX_RETRY_US, delayUs * 2);
    this.#timer = this.#incarnation.later(delayUs, 'bus.retry', () => this.connect());
    this.#events.onLink({ endpoint: this.#endpoint, type: 'retrying', detail: `in ${delayUs / 1000} ms` });
  }

  #cancelTimer(): void {
    if (this.#timer !== undefined) this.#incarnation.kernel.cancel(this.#timer);
    this.#timer = undefined;
  }
}
