/**
 * The connection to the PUB sockets of one process: decodes what arrives, watches heartbeats, and hands messages to whoever listens.
 * What is not a message of the contract is counted and dropped.
 */
import { type DecodeCode, decodeMessage, HEARTBEAT_STREAM, type HeartbeatMessage, type Message } from '@fillwright/messages';
import type { Bus, LinkEvent, SubscriberSocket } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Counter, Metrics } from '../ports/metrics.ts';

export interface Listener {
  onMessage(message: Message): void;
  /** A heartbeat of the socket this link is connected to. */
  onHeartbeat?(heartbeat: HeartbeatMessage, epoch: number, src: string): void;
}

export interface FeedLinkOptions {
  readonly name: string;
  readonly endpoints: readonly string[];
  readonly exchange: string;
  readonly account: string;
  readonly onLink?: (event: LinkEvent) => void;
}

/** Malformed frames are logged at most once in this many. */
const LOG_EVERY = 1_000;

export class FeedLink {
  readonly name: string;
  readonly #socket: SubscriberSocket;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #malformed: Counter;
  readonly #listeners: { readonly prefix: string; readonly listener: Listener }[] = [];
  #badFrames = 0;
  #heardUs: number | undefined;
  #heartbeat: HeartbeatMessage | undefined;

  constructor(ports: { readonly bus: Bus; readonly clock: Clock; readonly log: Log; readonly metrics: Metrics }, options: FeedLinkOptions) {
    this.name = options.name;
    this.#clock = ports.clock;
    this.#log = ports.log;
    this.#malformed = ports.metrics.counter(
      'fillwright_bus_malformed_total',
      'Frames that are no message of the contract, by socket',
      'socket',
    );
    const { onLink } = options;
    this.#socket = ports.bus.connectSubscriber(options.endpoints, {
      onFrames: (frames) => this.#received(frames),
      ...(onLink && { onLink }),
    });
    this.#socket.subscribe(`${HEARTBEAT_STREAM}.${options.exchange}.${options.account}.`);
  }

  /** Messages whose topic begins with `prefix`. Heartbeats go to every listener. */
  listen(prefix: string, listener: Listener): void {
    this.#listeners.push({ prefix, listener });
    this.#socket.subscribe(prefix);
  }

  /** Newest heartbeat; undefined before the first. */
  get heartbeat(): HeartbeatMessage | undefined {
    return this.#heartbeat;
  }

  /** Microseconds since the last heartbeat; undefined before the first. */
  get heartbeatAgeUs(): number | undefined {
    return this.#heardUs === undefined ? undefined : this.#clock.monotonicUs() - this.#heardUs;
  }

  get badFrames(): number {
    return this.#badFrames;
  }

  async close(): Promise<void> {
    this.#listeners.length = 0;
    await this.#socket.close();
  }

  #received(frames: readonly Uint8Array[]): void {
    const decoded = decodeMessage(frames);
    if (!decoded.ok) {
      this.#bad(decoded.code, decoded.detail);
      // It took a sequence number all the same: the gap it leaves is seen by the subscription, which takes a fresh state.
      return;
    }
    const { message } = decoded;
    if (message.type === 'heartbeat') {
      this.#heardUs = this.#clock.monotonicUs();
      this.#heartbeat = message.data;
      for (const { listener } of this.#listeners) listener.onHeartbeat?.(message.data, message.epoch, message.src);
      return;
    }
    for (const { prefix, listener } of this.#listeners) if (message.topic.startsWith(prefix)) listener.onMessage(message);
  }

  #bad(code: DecodeCode, detail: string): void {
    this.#malformed.add(1, this.name);
    if (this.#badFrames % LOG_EVERY === 0)
      this.#log.warn('bus-frame-malformed', { code: 'BUS_MALFORMED', link: this.name, reason: code, detail, seen: this.#badFrames + 1 });
    this.#badFrames += 1;
  }
}
