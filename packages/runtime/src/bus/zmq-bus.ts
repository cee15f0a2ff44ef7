/** The Bus port over ZeroMQ. Sends never block, wait or throw; each socket has one reader; closing frees the port before it resolves. */
import type { Socket } from 'zeromq';
import type {
  Bus,
  LinkEvent,
  PublisherSocket,
  ServiceClientSocket,
  ServiceSocket,
  ServiceSocketEvents,
  SubscriberEvents,
  SubscriberSocket,
} from '../ports/bus.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from '../ports/metrics.ts';
import { bindSocket, OpenSocket } from './_open-socket.ts';
import { dealerSocket, publisherSocket, routerSocket, type SocketSettings, subscriberSocket } from './_sockets.ts';
import type { Keyring } from './curve/keyring.ts';
import { securedBus } from './curve/secured-bus.ts';
import { Security } from './curve/security.ts';

export interface ZmqBusOptions extends SocketSettings {
  readonly log?: Log;
  readonly metrics?: Metrics;
  /** With it every socket speaks CURVE, and only peers of its list are spoken to. */
  readonly keyring?: Keyring | undefined;
}

/** A bus whose sockets can all be closed at once. */
export type ClosableBus = Bus & { close(): Promise<void> };

export function createZmqBus(options: ZmqBusOptions = {}): ClosableBus {
  const plain = new ZmqBus(options);
  const { keyring, log, metrics } = options;
  if (keyring === undefined) return plain;
  const security = new Security(keyring, log, metrics);
  const close = async (): Promise<void> => {
    await plain.close();
    await security.close();
  };
  return { ...securedBus({ security, settings: options, keep: plain.keep.bind(plain) }), close };
}

class ZmqBus implements ClosableBus {
  readonly #options: ZmqBusOptions;
  readonly #open = new Set<OpenSocket>();

  constructor(options: ZmqBusOptions) {
    this.#options = options;
  }

  async bindPublisher(endpoint: string, onLink?: (event: LinkEvent) => void): Promise<PublisherSocket> {
    const socket = publisherSocket(this.#options);
    const open = this.keep(socket, await bindSocket(socket, endpoint), true).listen({ onLink });
    return {
      endpoint: open.endpoint,
      send: (topic, body) => open.send([topic, body]),
      get refused() {
        return open.refused;
      },
      close: () => open.close(),
    };
  }

  connectSubscriber(endpoints: readonly string[], events: SubscriberEvents): SubscriberSocket {
    const socket = subscriberSocket(this.#options);
    const open = this.keep(socket, endpoints.join(','), false);
    open.listen({ onFrames: (frames) => events.onFrames(frames), onLink: events.onLink?.bind(events) });
    for (const endpoint of endpoints) open.connect(endpoint);
    return {
      subscribe: (prefix) => unlessClosed(socket, () => socket.subscribe(prefix)),
      unsubscribe: (prefix) => unlessClosed(socket, () => socket.unsubscribe(prefix)),
      close: () => open.close(),
    };
  }

  async bindService(endpoint: string, events: ServiceSocketEvents): Promise<ServiceSocket> {
    const socket = routerSocket();
    const open = this.keep(socket, await bindSocket(socket, endpoint), true);
    const onFrames = ([peer, ...frames]: Uint8Array[]): void => {
      if (peer !== undefined) events.onRequest(Buffer.from(peer).toString('hex'), frames);
    };
    open.listen({ onFrames, onLink: events.onLink?.bind(events) });
    return {
      endpoint: open.endpoint,
      reply: (peer, body) => open.send([Buffer.from(peer, 'hex'), body]),
      get refused() {
        return open.refused;
      },
      close: () => open.close(),
    };
  }

  connectService(endpoint: string, events: SubscriberEvents): ServiceClientSocket {
    const socket = dealerSocket();
    const open = this.keep(socket, endpoint, false);
    open.listen({ onFrames: (frames) => events.onFrames(frames), onLink: events.onLink?.bind(events) });
    open.connect(endpoint);
    return {
      send: (body) => open.send([body]),
      get refused() {
        return open.refused;
      },
      close: () => open.close(),
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((socket) => socket.close()));
  }

  /** Closed with the bus. */
  keep(socket: Socket, endpoint: string, isBound: boolean): OpenSocket {
    const open = new OpenSocket(socket, endpoint, isBound, this.#options.log, (closed) => this.#open.delete(closed));
    this.#open.add(open);
    return open;
  }
}

function unlessClosed(socket: Socket, work: () => void): void {
  if (!socket.closed) work();
}
