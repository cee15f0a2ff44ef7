/** Who listens to which stream. A stream subscribed on a foreign route is remembered but never delivered, as on the real exchange. */
import type { Connection, Route } from './connection.ts';

const PUBLIC_KINDS = /@(bookTicker|depth|rpiDepth|trade)/;

/** The route on which a stream is delivered. */
export function routeOf(stream: string): Route {
  if (stream === '!bookTicker' || PUBLIC_KINDS.test(stream)) return 'public';
  return stream.includes('@') || stream.startsWith('!') ? 'market' : 'private';
}

export interface HubListener {
  /** The first connection came to a stream. */
  opened(stream: string): void;
  /** The last one left. */
  closed(stream: string): void;
}

export class Hub {
  readonly #connections = new Map<string, Set<Connection>>();
  readonly #all = new Set<Connection>();
  listener: HubListener = { opened: () => {}, closed: () => {} };

  add(connection: Connection): void {
    this.#all.add(connection);
  }

  connections(): IterableIterator<Connection> {
    return this.#all.values();
  }

  subscribe(connection: Connection, stream: string): void {
    if (connection.streams.has(stream)) return;
    connection.streams.add(stream);
    if (routeOf(stream) !== connection.route) return;
    let listening = this.#connections.get(stream);
    if (listening === undefined) {
      listening = new Set();
      this.#connections.set(stream, listening);
      this.listener.opened(stream);
    }
    listening.add(connection);
  }

  unsubscribe(connection: Connection, stream: string): void {
    connection.streams.delete(stream);
    const listening = this.#connections.get(stream);
    if (listening?.delete(connection) !== true || listening.size > 0) return;
    this.#connections.delete(stream);
    this.listener.closed(stream);
  }

  remove(connection: Connection): void {
    connection.closed = true;
    for (const stream of [...connection.streams]) this.unsubscribe(connection, stream);
    this.#all.delete(connection);
  }

  has(stream: string): boolean {
    return this.#connections.has(stream);
  }

  listening(stream: string): ReadonlySet<Connection> | undefined {
    return this.#connections.get(stream);
  }

  /** Subscriptions that are delivered on a route now. */
  deliveries(route: Route): number {
    let count = 0;
    for (const [stream, listening] of this.#connections) if (routeOf(stream) === route) count += listening.size;
    return count;
  }

  publish(stream: string, text: string): void {
    const listening = this.#connections.get(stream);
    if (listening !== undefined) for (const connection of listening) connection.deliver(stream, text);
  }
}
