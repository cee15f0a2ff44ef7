/** ROUTER and DEALER on the simulated network: addressed, counted when undeliverable, nothing kept for a peer that comes back. */
import type { PeerId, ServiceClientSocket, ServiceSocket, ServiceSocketEvents, SubscriberEvents } from '@fillwright/runtime/ports';
import type { ConnectionEnd } from '../kernel/connection.ts';
import type { Incarnation } from '../kernel/incarnation.ts';
import type { Listener, Network } from '../kernel/network.ts';
import { FRAME_HEAD_BYTES, LastingConnection } from './bus-endpoint.ts';

/** Requests and replies in flight per peer. As live. */
const SERVICE_HIGH_WATER_MARK = 1_000;

export class SimulatedService implements ServiceSocket {
  readonly endpoint: string;
  readonly #incarnation: Incarnation;
  readonly #listener: Listener;
  readonly #peers = new Map<PeerId, ConnectionEnd>();
  #accepted = 0;
  #refused = 0;

  constructor(incarnation: Incarnation, listener: Listener, endpoint: string) {
    this.endpoint = endpoint;
    this.#incarnation = incarnation;
    this.#listener = listener;
  }

  accept(end: ConnectionEnd, events: ServiceSocketEvents): void {
    const peer: PeerId = `${this.#incarnation.name}.${++this.#accepted}`;
    this.#peers.set(peer, end);
    end.events = {
      onUnit: (unit) => events.onRequest(peer, [unit as Uint8Array]),
      onCut: () => {
        this.#peers.delete(peer);
        events.onLink?.({ endpoint: this.endpoint, type: 'disconnected' });
      },
    };
    events.onLink?.({ endpoint: this.endpoint, type: 'accepted' });
    events.onLink?.({ endpoint: this.endpoint, type: 'handshake' });
  }

  reply(peer: PeerId, body: Uint8Array): void {
    this.#incarnation.call('bus.reply', () => {
      this.#incarnation.note(`reply ${this.endpoint}`, body);
      if (!sendWithin(this.#peers.get(peer), body)) this.#refused++;
    });
  }

  get refused(): number {
    return this.#incarnation.call('bus.refused', () => this.#refused);
  }

  close(): Promise<void> {
    return this.#incarnation.callAsync('bus.close', `closing ${this.endpoint}`, (settle) => {
      this.#listener.close();
      for (const end of this.#peers.values()) end.end();
      this.#peers.clear();
      this.#incarnation.later(0, 'bus.closed', () => settle.resolve());
    });
  }
}

export class SimulatedServiceClient implements ServiceClientSocket {
  readonly #incarnation: Incarnation;
  readonly #endpoint: string;
  readonly #connection: LastingConnection;
  #refused = 0;

  constructor(incarnation: Incarnation, network: Network, endpoint: string, events: SubscriberEvents) {
    this.#incarnation = incarnation;
    this.#endpoint = endpoint;
    this.#connection = new LastingConnection(incarnation, network, endpoint, 'service', {
      onOpen: () => undefined,
      onUnit: (unit) => events.onFrames([unit as Uint8Array]),
      onLink: (event) => events.onLink?.(event),
    });
    this.#connection.connect();
  }

  send(body: Uint8Array): void {
    this.#incarnation.call('bus.request', () => {
      this.#incarnation.note(`request ${this.#endpoint}`, body);
      if (!sendWithin(this.#connection.end, body)) this.#refused++;
    });
  }

  get refused(): number {
    return this.#incarnation.call('bus.refused', () => this.#refused);
  }

  close(): Promise<void> {
    return this.#incarnation.callAsync('bus.close', `closing the client of ${this.#endpoint}`, (settle) => {
      this.#connection.close();
      this.#incarnation.later(0, 'bus.closed', () => settle.resolve());
    });
  }
}

function sendWithin(end: ConnectionEnd | undefined, body: Uint8Array): boolean {
  if (end === undefined || end.undelivered >= SERVICE_HIGH_WATER_MARK) return false;
  return end.send(body, FRAME_HEAD_BYTES + body.length);
}
