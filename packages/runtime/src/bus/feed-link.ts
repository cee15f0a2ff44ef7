/** The connection to one publisher: one SUB socket, its heartbeats, and the subscriptions to its topics. Decodes each message once. */
import { decodeMessage, HEARTBEAT_STREAM, type HeartbeatMessage, type Message } from '@fillwright/messages';
import type { Bus, LinkEvent, PeerOrigin, SubscriberSocket } from '../ports/bus.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Counter, Metrics } from '../ports/metrics.ts';
import { itemFrom } from './_feed-item.ts';
import { MALFORMED_COUNTER } from './_malformed-counter.ts';
import { Refusals } from './curve/refusals.ts';
import type { FeedOptions } from './feed-options.ts';
import { type FeedHost, FeedSubscription } from './feed-subscription.ts';
import type { Sender } from './sender.ts';
import type { ServiceClient } from './service-client.ts';

export interface FeedLinkOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly sender: Sender;
  /** Of the publisher's PUB socket. */
  readonly endpoint: string;
  /** Of the same process; may be shared by the links to its other sockets. Without it only mode `latest` is possible. */
  readonly service?: ServiceClient;
  readonly log?: Log;
  /** Counts what is dropped, as the taps do. */
  readonly metrics?: Metrics;
  onHeartbeat?(heartbeat: HeartbeatMessage, message: Message): void;
  onLink?(event: LinkEvent): void;
}

export interface FeedLinkStatistics {
  readonly endpoint: string;
  readonly received: number;
  readonly heartbeats: number;
  readonly heartbeatAgeMs: number | undefined;
  readonly heartbeat: HeartbeatMessage | undefined;
  /** Messages that could not be read at all, by code. */
  readonly dropped: Readonly<Record<string, number>>;
}

const SILENCE_MS = 3000;

export class FeedLink {
  readonly endpoint: string;
  readonly #options: FeedLinkOptions;
  readonly #socket: SubscriberSocket;
  readonly #subscriptions = new Map<string, FeedSubscription>();
  readonly #dropped = new Map<string, number>();
  readonly #malformed: Counter | undefined;
  readonly #refusals: Refusals;
  readonly #host: FeedHost;
  #received = 0;
  #heartbeats = 0;
  #heartbeat: HeartbeatMessage | undefined;
  #heardUs: number | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(options: FeedLinkOptions) {
    this.endpoint = options.endpoint;
    this.#options = options;
    this.#malformed = options.metrics?.counter(...MALFORMED_COUNTER);
    this.#host = {
      clock: options.clock,
      service: options.service,
      nextNonce: () => options.sender.nextId(),
      heartbeatAgeMs: () => this.heartbeatAgeMs,
      forget: (subscription) => this.#forget(subscription),
    };
    this.#refusals = new Refusals(options.log, options.metrics);
    const onFrames = (frames: readonly Uint8Array[], origin?: PeerOrigin): void => this.#take(frames, origin);
    this.#socket = options.bus.connectSubscriber([options.endpoint], { onFrames, onLink: (event) => options.onLink?.(event) });
    this.#socket.subscribe(`${HEARTBEAT_STREAM}.`);
  }

  /** Age of the newest heartbeat, or of the very first message before it; `undefined` before any. */
  get heartbeatAgeMs(): number | undefined {
    return this.#heardUs === undefined ? undefined : (this.#options.clock.monotonicUs() - this.#heardUs) / 1000;
  }

  get statistics(): FeedLinkStatistics {
    const { endpoint, heartbeatAgeMs } = this;
    const dropped = Object.fromEntries([...this.#dropped].sort());
    return { endpoint, received: this.#received, heartbeats: this.#heartbeats, heartbeatAgeMs, heartbeat: this.#heartbeat, dropped };
  }

  get subscriptions(): readonly FeedSubscription[] {
    return [...this.#subscriptions.values()];
  }

  /** One subscription per topic. @throws RangeError when there is one, or when the mode needs a service socket that was not given. */
  subscribe(options: FeedOptions): FeedSubscription {
    if (this.#subscriptions.has(options.topic)) throw new RangeError(`subscribed twice to ${options.topic} of ${this.endpoint}`);
    if (options.mode.type !== 'latest' && this.#options.service === undefined) {
      throw new RangeError(`mode ${options.mode.type} of ${options.topic} needs the service socket of ${this.endpoint}`);
    }
    const subscription = new FeedSubscription(options, this.#host);
    this.#subscriptions.set(options.topic, subscription);
    this.#socket.subscribe(options.topic);
    subscription.start();
    return subscription;
  }

  /** Ends all subscriptions and closes the socket; idempotent. The service client is its owner's to close. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    for (const subscription of this.subscriptions) subscription.close();
    await this.#socket.close();
  }

  #forget(subscription: FeedSubscription): void {
    if (this.#subscriptions.get(subscription.topic) !== subscription) return;
    this.#subscriptions.delete(subscription.topic);
    if (!this.#closed) this.#socket.unsubscribe(subscription.topic);
  }

  #take(frames: readonly Uint8Array[], origin: PeerOrigin | undefined): void {
    if (this.#closed) return;
    this.#received += 1;
    const decoded =
      frames.length === 2 ? decodeMessage(frames) : ({ ok: false, code: 'malformed', detail: `${frames.length} frames` } as const);
    if (!decoded.ok) this.#noteDrop(decoded.code, decoded.detail);
    const claim = decoded.ok ? decoded.message : decoded.envelope;
    if (claim !== undefined && !this.#refusals.isWelcome(origin, claim)) return;
    if (this.#heardUs === undefined) this.#hearAnything();
    if (decoded.ok && decoded.message.type === 'heartbeat') {
      this.#hear(decoded.message, decoded.message.data);
      return;
    }
    const item = itemFrom(decoded);
    const topic = decoded.ok ? decoded.message.topic : decoded.envelope?.topic;
    if (item !== undefined && topic !== undefined) this.#subscriptions.get(topic)?.take(item);
  }

  #hear(message: Message, heartbeat: HeartbeatMessage): void {
    this.#heartbeats += 1;
    this.#heartbeat = heartbeat;
    this.#hearAnything();
    this.#options.onHeartbeat?.(heartbeat, message);
    for (const subscription of this.subscriptions) subscription.hear(message.epoch, heartbeat.lastSeqs[subscription.topic] ?? 0);
  }

  /** From the first sign of life on, silence counts. */
  #hearAnything(): void {
    this.#heardUs = this.#options.clock.monotonicUs();
    if (this.#timer === undefined) this.#watch(SILENCE_MS);
  }

  /** One timer for all topics, set again only when it ran. */
  #watch(delayMs: number): void {
    this.#timer = this.#options.clock.after(delayMs, () => {
      const left = SILENCE_MS - (this.heartbeatAgeMs ?? 0);
      if (left > 0) {
        this.#watch(Math.ceil(left));
        return;
      }
      this.#timer = undefined;
      this.#options.log?.warn('feed-silent', { endpoint: this.endpoint, ageMs: this.heartbeatAgeMs });
      for (const subscription of this.subscriptions) subscription.silence();
    });
  }

  #noteDrop(code: string, detail: string): void {
    const seen = this.#dropped.get(code) ?? 0;
    this.#dropped.set(code, seen + 1);
    this.#malformed?.add(1, this.endpoint);
    if (seen === 0) this.#options.log?.warn('feed-message-dropped', { endpoint: this.endpoint, code, detail });
  }
}
