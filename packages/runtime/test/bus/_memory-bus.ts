/** A bus in memory with the habits of the real one (late subscriptions, no memory, refusals) and faults on demand; one latency for all. */
import { AppError } from '../../src/app-error.ts';
import type {
  Bus,
  LinkEvent,
  PublisherSocket,
  ServiceClientSocket,
  ServiceSocket,
  ServiceSocketEvents,
  SubscriberEvents,
  SubscriberSocket,
} from '../../src/ports/bus.ts';
import type { VirtualClock } from './_virtual-clock.ts';

const LATENCY_MS = 0.1;

export interface Faults {
  /** How often a published message arrives: 0 = lost, 2 = twice. */
  copies?: (topic: string, body: Uint8Array) => number;
  loseRequest?: (body: Uint8Array) => boolean;
  loseReply?: (body: Uint8Array) => boolean;
  /** Replies take so much longer than everything else. */
  replyDelayMs?: number;
}

interface Publisher {
  readonly type: 'publisher';
  readonly ids: object;
}
interface Service {
  readonly type: 'service';
  readonly events: ServiceSocketEvents;
  readonly peers: Map<string, Client>;
}
interface Client {
  readonly events: SubscriberEvents;
  connectedTo: Service | undefined;
  closed: boolean;
}
interface Subscriber {
  readonly endpoints: readonly string[];
  readonly events: SubscriberEvents;
  /** Prefixes in force per bound publisher: a subscription takes a while to get there. */
  readonly wanted: Set<string>;
  readonly inForce: Map<Publisher, Set<string>>;
  closed: boolean;
}

const text = new TextEncoder();

export class MemoryNetwork {
  readonly clock: VirtualClock;
  readonly faults: Faults = {};
  readonly #bound = new Map<string, Publisher | Service>();
  readonly #subscribers = new Set<Subscriber>();
  readonly #clients = new Map<Client, string>();
  #peers = 0;
  #ports = 40_000;

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  endpoint(): string {
    this.#ports += 1;
    return `tcp://memory:${this.#ports}`;
  }

  makeBus(): Bus {
    return {
      bindPublisher: async (endpoint) => this.#publisher(endpoint),
      connectSubscriber: (endpoints, events) => this.#subscriber(endpoints, events),
      bindService: async (endpoint, events) => this.#service(endpoint, events),
      connectService: (endpoint, events) => this.#client(endpoint, events),
    };
  }

  #later(work: () => void, extraMs = 0): void {
    this.clock.after(LATENCY_MS + extraMs, work);
  }

  #bind(endpoint: string, owner: Publisher | Service): void {
    if (this.#bound.has(endpoint)) throw new AppError('RUN_PORT_IN_USE', `${endpoint} is in use`);
    this.#bound.set(endpoint, owner);
  }

  #publisher(endpoint: string): PublisherSocket {
    const publisher: Publisher = { type: 'publisher', ids: {} };
    this.#bind(endpoint, publisher);
    for (const subscriber of this.#subscribers) if (subscriber.endpoints.includes(endpoint)) this.#join(subscriber, endpoint);
    let refused = 0;
    let isOpen = true;
    return {
      endpoint,
      get refused() {
        return refused;
      },
      send: (topic, body) => {
        if (!isOpen) refused += 1;
        else this.#fanOut(publisher, topic, body);
      },
      close: async () => {
        if (!isOpen) return;
        isOpen = false;
        this.#bound.delete(endpoint);
        for (const subscriber of this.#subscribers) {
          if (subscriber.inForce.delete(publisher)) this.#later(() => subscriber.events.onLink?.({ endpoint, type: 'disconnected' }));
        }
      },
    };
  }

  #fanOut(publisher: Publisher, topic: string, body: Uint8Array): void {
    for (const subscriber of this.#subscribers) {
      const prefixes = [...(subscriber.inForce.get(publisher) ?? [])];
      if (!prefixes.some((prefix) => topic.startsWith(prefix))) continue;
      const copies = this.faults.copies?.(topic, body) ?? 1;
      for (let i = 0; i < copies; i += 1) {
        this.#later(() => {
          const isWanted = [...subscriber.wanted].some((prefix) => topic.startsWith(prefix));
          if (!subscriber.closed && isWanted) subscriber.events.onFrames([text.encode(topic), body]);
        });
      }
    }
  }

  #join(subscriber: Subscriber, endpoint: string): void {
    this.#later(() => {
      const publisher = this.#bound.get(endpoint);
      if (publisher?.type !== 'publisher' || subscriber.closed || subscriber.inForce.has(publisher)) return;
      subscriber.inForce.set(publisher, new Set(subscriber.wanted));
      subscriber.events.onLink?.({ endpoint, type: 'connected' });
    });
  }

  #subscriber(endpoints: readonly string[], events: SubscriberEvents): SubscriberSocket {
    const subscriber: Subscriber = { endpoints, events, wanted: new Set(), inForce: new Map(), closed: false };
    this.#subscribers.add(subscriber);
    for (const endpoint of endpoints) this.#join(subscriber, endpoint);
    return {
      subscribe: (prefix) => {
        subscriber.wanted.add(prefix);
        this.#later(() => {
          for (const prefixes of subscriber.inForce.values()) prefixes.add(prefix);
        });
      },
      unsubscribe: (prefix) => {
        subscriber.wanted.delete(prefix);
        for (const prefixes of subscriber.inForce.values()) prefixes.delete(prefix);
      },
      close: async () => {
        subscriber.closed = true;
        this.#subscribers.delete(subscriber);
      },
    };
  }

  #service(endpoint: string, events: ServiceSocketEvents): ServiceSocket {
    const service: Service = { type: 'service', events, peers: new Map() };
    this.#bind(endpoint, service);
    for (const [client, wanted] of this.#clients) if (wanted === endpoint) this.#attach(client, endpoint);
    let refused = 0;
    let isOpen = true;
    return {
      endpoint,
      get refused() {
        return refused;
      },
      reply: (peer, body) => {
        const client = service.peers.get(peer);
        if (!isOpen || client === undefined || client.closed) refused += 1;
        else if (!this.faults.loseReply?.(body)) {
          this.#later(() => client.closed || client.events.onFrames([body]), this.faults.replyDelayMs);
        }
      },
      close: async () => {
        if (!isOpen) return;
        isOpen = false;
        this.#bound.delete(endpoint);
        for (const client of service.peers.values()) {
          client.connectedTo = undefined;
          this.#later(() => client.events.onLink?.({ endpoint, type: 'disconnected' }));
        }
      },
    };
  }

  #attach(client: Client, endpoint: string): void {
    this.#later(() => {
      const service = this.#bound.get(endpoint);
      if (service?.type !== 'service' || client.closed || client.connectedTo === service) return;
      this.#peers += 1;
      service.peers.set(this.#peers.toString(16).padStart(10, '0'), client);
      client.connectedTo = service;
      client.events.onLink?.({ endpoint, type: 'connected' } satisfies LinkEvent);
    });
  }

  #client(endpoint: string, events: SubscriberEvents): ServiceClientSocket {
    const client: Client = { events, connectedTo: undefined, closed: false };
    this.#clients.set(client, endpoint);
    this.#attach(client, endpoint);
    let refused = 0;
    return {
      get refused() {
        return refused;
      },
      send: (body) => {
        const service = client.connectedTo;
        if (service === undefined || client.closed) {
          refused += 1;
          return;
        }
        if (this.faults.loseRequest?.(body)) return;
        this.#later(() => {
          const peer = [...service.peers].find(([, candidate]) => candidate === client)?.[0];
          if (peer !== undefined && client.connectedTo === service) service.events.onRequest(peer, [body]);
        });
      },
      close: async () => {
        client.closed = true;
        this.#clients.delete(client);
      },
    };
  }
}
