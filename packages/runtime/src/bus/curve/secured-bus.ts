/** The Bus port under CURVE. Beside what plain sockets do, whatever arrives comes with the name and rights of who sent it. */
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
} from '../../ports/bus.ts';
import type { OpenSocket } from '../_open-socket.ts';
import { dealerSocket, publisherSocket, routerSocket, type SocketSettings, subscriberSocket } from '../_sockets.ts';
import { SecuredBinding } from './secured-binding.ts';
import { SecuredConnection } from './secured-connection.ts';
import type { Security } from './security.ts';

export interface SecuredBusParts {
  readonly security: Security;
  readonly settings: SocketSettings;
  /** Has it closed with the bus. */
  keep(socket: Socket, endpoint: string, isBound: boolean): OpenSocket;
}

export function securedBus({ security, settings, keep }: SecuredBusParts): Bus {
  return {
    async bindPublisher(endpoint: string, onLink?: (event: LinkEvent) => void): Promise<PublisherSocket> {
      const binding = await SecuredBinding.bind(
        {
          security,
          onLink,
          make: (curve) => publisherSocket(settings, curve),
          open: (socket, bound, report) => keep(socket, bound, true).listen({ onLink: report }),
        },
        endpoint,
      );
      return {
        endpoint: binding.endpoint,
        send: (topic, body) => binding.send([topic, body]),
        get refused() {
          return binding.refused;
        },
        close: () => binding.close(),
      };
    },
    connectSubscriber: (endpoints, events) => connectSubscriber({ security, settings, keep }, endpoints, events),
    async bindService(endpoint: string, events: ServiceSocketEvents): Promise<ServiceSocket> {
      const onFrames = ([peer, ...frames]: Uint8Array[]): void => {
        const request = security.unseal(frames);
        if (peer !== undefined && request !== undefined)
          events.onRequest(Buffer.from(peer).toString('hex'), [request.body], request.origin);
      };
      const binding = await SecuredBinding.bind(
        {
          security,
          onLink: events.onLink?.bind(events),
          make: (curve) => routerSocket(curve),
          open: (socket, bound, onLink) => keep(socket, bound, true).listen({ onFrames, onLink }),
        },
        endpoint,
      );
      return {
        endpoint: binding.endpoint,
        reply: (peer, body) => binding.send([Buffer.from(peer, 'hex'), body]),
        get refused() {
          return binding.refused;
        },
        close: () => binding.close(),
      };
    },
    connectService(endpoint: string, events: SubscriberEvents): ServiceClientSocket {
      const onFrames = (frames: Uint8Array[]): void => events.onFrames(frames);
      const connection = new SecuredConnection({
        security,
        endpoint,
        make: (curve) => dealerSocket(curve),
        open: (socket) => keep(socket, endpoint, false).listen({ onFrames, onLink: events.onLink?.bind(events) }),
      });
      return {
        send: (body) => {
          const { server } = connection;
          connection.send(server === undefined ? [body] : security.seal(server, body));
        },
        get refused() {
          return connection.refused;
        },
        close: () => connection.close(),
      };
    },
  };
}

/** A socket for each publisher: so that what arrives is known to be from the owner of that one key. */
function connectSubscriber(
  { security, settings, keep }: SecuredBusParts,
  endpoints: readonly string[],
  events: SubscriberEvents,
): SubscriberSocket {
  const prefixes = new Set<string>();
  const links = endpoints.map(
    (endpoint) =>
      new SecuredConnection({
        security,
        endpoint,
        make: (curve) => {
          const socket = subscriberSocket(settings, curve);
          for (const prefix of prefixes) socket.subscribe(prefix);
          return socket;
        },
        open: (socket, origin) =>
          keep(socket, endpoint, false).listen({
            onFrames: (frames) => events.onFrames(frames, origin),
            onLink: events.onLink?.bind(events),
          }),
      }),
  );
  return {
    subscribe: (prefix) => {
      prefixes.add(prefix);
      for (const { socket } of links) if (socket?.closed === false) socket.subscribe(prefix);
    },
    unsubscribe: (prefix) => {
      prefixes.delete(prefix);
      for (const { socket } of links) if (socket?.closed === false) socket.unsubscribe(prefix);
    },
    close: async () => {
      await Promise.all(links.map((link) => link.close()));
    },
  };
}
