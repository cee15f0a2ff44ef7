/** PUB and SUB on the simulated network: a subscription takes effect when it has travelled, and dies with its connection. */
import type { LinkEvent, PublisherSocket, SubscriberEvents, SubscriberSocket } from '@fillwright/runtime/ports';
import type { ConnectionEnd } from '../kernel/connection.ts';
import type { Incarnation } from '../kernel/incarnation.ts';
import type { Listener, Network } from '../kernel/network.ts';
import { FRAME_HEAD_BYTES, LastingConnection } from './bus-endpoint.ts';

/** Frames kept per subscriber that does not keep up; what comes after is dropped for that one. As live. */
const PUBLISHER_HIGH_WATER_MARK = 20_000;

type SubscriptionUnit = { readonly type: 'subscribe' | 'unsubscribe'; readonly prefix: string };
interface FramesUnit {
  readonly topic: string;
  readonly frames: readonly Uint8Array[];
}

/** Prefixes, each counted: what was subscribed twice must be unsubscribed twice. */
class Prefixes {
  readonly #counts = new Map<string, number>();

  get all(): readonly string[] {
    return [...this.#counts.keys()];
  }

  /** True when this is its first subscription. */
  add(prefix: string): boolean {
    const count = this.#counts.get(prefix) ?? 0;
    this.#counts.set(prefix, count + 1);
    return count === 0;
  }

  /** True when no subscription of it is left now. */
  remove(prefix: string): boolean {
    const count = this.#counts.get(prefix);
    if (count === undefined) return false;
    if (count > 1) this.#counts.set(prefix, count - 1);
    else this.#counts.delete(prefix);
    return count === 1;
  }

  match(topic: string): boolean {
    for (const prefix of this.#counts.keys()) if (topic.startsWith(prefix)) return true;
    return false;
  }
}

const encoder = new TextEncoder();

export class SimulatedPublisher implements PublisherSocket {
  readonly endpoint: string;
  readonly #incarnation: Incarnation;
  readonly #listener: Listener;
  readonly #subscribers = new Map<ConnectionEnd, Prefixes>();
  #refused = 0;
  #closed = false;

  constructor(incarnation: Incarnation, listener: Listener, endpoint: string) {
    this.endpoint = endpoint;
    this.#incarnation = incarnation;
    this.#listener = listener;
  }

  accept(end: ConnectionEnd, onLink: ((event: LinkEvent) => void) | undefined): void {
    const prefixes = new Prefixes();
    this.#subscribers.set(end, prefixes);
    end.events = {
      onUnit: (unit) => {
        const { type, prefix } = unit as SubscriptionUnit;
        if (type === 'subscribe') prefixes.add(prefix);
        else prefixes.remove(prefix);
      },
      onCut: () => {
        this.#subscribers.delete(end);
        onLink?.({ endpoint: this.endpoint, type: 'disconnected' });
      },
    };
    onLink?.({ endpoint: this.endpoint, type: 'accepted' });
    onLink?.({ endpoint: this.endpoint, type: 'handshake' });
  }

  send(topic: string, body: Uint8Array): void {
    this.#incarnation.call('bus.send', () => {
      if (this.#closed) {
        this.#refused++;
        return;
      }
      this.#incarnation.note(topic, body);
      const unit: FramesUnit = { topic, frames: [encoder.encode(topic), body] };
      const bytes = FRAME_HEAD_BYTES + topic.length + body.length;
      for (const [end, prefixes] of this.#subscribers) {
        if (!prefixes.match(topic)) continue;
        if (end.undelivered >= PUBLISHER_HIGH_WATER_MARK) this.#refused++;
        else end.send(unit, bytes);
      }
    });
  }

  get refused(): number {
    return this.#incarnation.call('bus.refused', () => this.#refused);
  }

  close(): Promise<void> {
    return this.#incarnation.callAsync('bus.close', `closing ${this.endpoint}`, (settle) => {
      this.#closed = true;
      this.#listener.close();
      for (const end of this.#subscribers.keys()) end.end();
      this.#subscribers.clear();
      this.#incarnation.later(0, 'bus.closed', () => settle.resolve());
    });
  }
}

export class SimulatedSubscriber implements SubscriberSocket {
  readonly #incarnation: Incarnation;
  readonly #connections: readonly LastingConnection[];
  readonly #prefixes = new Prefixes();
  #closed = false;

  constructor(incarnation: Incarnation, network: Network, endpoints: readonly string[], events: SubscriberEvents) {
    this.#incarnation = incarnation;
    this.#connections = endpoints.map(
      (endpoint) =>
        new LastingConnection(incarnation, network, endpoint, 'bus', {
          onOpen: (end) => {
            for (const prefix of this.#prefixes.all) tell(end, { type: 'subscribe', prefix });
          },
          onUnit: (unit) => {
            const { topic, frames } = unit as FramesUnit;
            // What was on its way when it was unsubscribed ends here.
            if (!this.#closed && this.#prefixes.match(topic)) events.onFrames(frames);
          },
          onLink: (event) => events.onLink?.(event),
        }),
    );
    for (const connection of this.#connections) connection.connect();
  }

  subscribe(topicPrefix: string): void {
    this.#incarnation.call('bus.subscribe', () => {
      if (this.#prefixes.add(topicPrefix)) this.#tellAll({ type: 'subscribe', prefix: topicPrefix });
    });
  }

  unsubscribe(topicPrefix: string): void {
    this.#incarnation.call('bus.unsubscribe', () => {
      if (this.#prefixes.remove(topicPrefix)) this.#tellAll({ type: 'unsubscribe', prefix: topicPrefix });
    });
  }

  close(): Promise<void> {
    return this.#incarnation.callAsync('bus.close', 'closing a subscriber', (settle) => {
      this.#closed = true;
      for (const connection of this.#connections) connection.close();
      this.#incarnation.later(0, 'bus.closed', () => settle.resolve());
    });
  }

  #tellAll(unit: SubscriptionUnit): void {
    for (const { end } of this.#connections) if (end !== undefined) tell(end, unit);
  }
}

function tell(end: ConnectionEnd, unit: SubscriptionUnit): void {
  end.send(unit, FRAME_HEAD_BYTES + unit.prefix.length);
}
