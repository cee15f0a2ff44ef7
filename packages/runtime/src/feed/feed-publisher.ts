/**
 * One PUB socket as a feed: gives sequence numbers per topic that never skip, beats once a second with the last number of each topic,
 * proves subscriptions with markers, and keeps a bounded ring per topic for those who missed something.
 */
import { encodeEnvelope, heartbeatTopic, type MessageInput, type MessageType, type ProcessState, unpackValue } from '@fillwright/messages';
import type { Bus, PublisherSocket } from '../ports/bus.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { type EnvelopeExtras, EnvelopeMaker, type FeedIdentity } from './identity.ts';

const HEARTBEAT_MS = 1_000;

export interface FeedHealth {
  readonly state: ProcessState;
  readonly reasons: readonly string[];
}

export interface FeedPublisherOptions {
  readonly endpoint: string;
  readonly identity: FeedIdentity;
  /** Tells the sockets of one process apart in heartbeats, e.g. `orders`. */
  readonly channel: string;
  readonly health: () => FeedHealth;
  /** Newest journal position, for heartbeats of an engine. */
  readonly lastPos?: () => number;
  /** Topics of this socket that exist before anything is published on them. */
  readonly topics?: readonly string[];
  /** Messages kept per topic for replay; 0 = none. */
  readonly ringSize?: number;
}

export interface RingReplay {
  readonly messages: readonly unknown[];
  readonly next: number;
  readonly complete: boolean;
  readonly tooOld: boolean;
}

interface TopicState {
  seq: number;
  /** Encoded messages; the newest is number `seq`. */
  readonly ring: Uint8Array[];
}

export class FeedPublisher {
  readonly #socket: PublisherSocket;
  readonly #clock: Clock;
  readonly #maker: EnvelopeMaker;
  readonly #options: FeedPublisherOptions;
  readonly #topics = new Map<string, TopicState>();
  readonly #heartbeatTopic: string;
  #timer: Timer | undefined;
  #dueUs = 0;
  #closed = false;

  private constructor(ports: { readonly clock: Clock }, options: FeedPublisherOptions, socket: PublisherSocket) {
    this.#socket = socket;
    this.#clock = ports.clock;
    this.#options = options;
    const { identity, channel } = options;
    this.#maker = new EnvelopeMaker(identity, ports.clock, channel);
    this.#heartbeatTopic = heartbeatTopic(identity.exchange, identity.account, `${identity.src}-${channel}`);
    for (const topic of options.topics ?? []) this.#topic(topic);
    this.#beat(0);
  }

  /** @throws AppError `RUN_PORT_IN_USE` | `RUN_BIND_FAILED` (as a rejection). */
  static async bind(ports: { readonly bus: Bus; readonly clock: Clock }, options: FeedPublisherOptions): Promise<FeedPublisher> {
    return new FeedPublisher(ports, options, await ports.bus.bindPublisher(options.endpoint));
  }

  get endpoint(): string {
    return this.#socket.endpoint;
  }

  get epoch(): number {
    return this.#options.identity.epoch;
  }

  /** Frames the transport did not take. */
  get refused(): number {
    return this.#socket.refused;
  }

  /** Topics published on so far, in order of first use. */
  topics(): readonly string[] {
    return [...this.#topics.keys()];
  }

  owns(topic: string): boolean {
    return this.#topics.has(topic);
  }

  lastSeq(topic: string): number {
    return this.#topics.get(topic)?.seq ?? 0;
  }

  /** Returns the message id. Nothing is published after `close`. */
  publish<T extends MessageType>(topic: string, type: T, data: MessageInput<T>, extras: EnvelopeExtras = {}): string {
    const state = this.#topic(topic);
    state.seq += 1;
    const envelope = this.#maker.make(type, data, topic, state.seq, extras);
    const bytes = encodeEnvelope(envelope);
    this.#keep(state, bytes);
    if (!this.#closed) this.#socket.send(topic, bytes);
    return envelope.id;
  }

  /** Answers a hello: whoever sees this nonce on the topic receives the topic. */
  marker(topic: string, nonce: string): void {
    this.publish(topic, 'marker', { nonce });
  }

  /** Messages from the ring, oldest first. */
  replay(topic: string, fromSeq: number, limit: number): RingReplay {
    const state = this.#topics.get(topic);
    if (!state) return { messages: [], next: fromSeq, complete: true, tooOld: false };
    const oldest = state.seq - state.ring.length + 1;
    if (fromSeq < oldest) return { messages: [], next: oldest, complete: false, tooOld: true };
    const slice = state.ring.slice(fromSeq - oldest, fromSeq - oldest + limit);
    const next = fromSeq + slice.length;
    return { messages: slice.map(unpackValue), next, complete: next > state.seq, tooOld: false };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#beatNow(0);
    this.#closed = true;
    this.#timer?.cancel();
    await this.#socket.close();
  }

  #topic(topic: string): TopicState {
    let state = this.#topics.get(topic);
    if (!state) {
      state = { seq: 0, ring: [] };
      this.#topics.set(topic, state);
    }
    return state;
  }

  #keep(state: TopicState, bytes: Uint8Array): void {
    const size = this.#options.ringSize ?? 0;
    if (size === 0) return;
    state.ring.push(bytes);
    if (state.ring.length > size * 2) state.ring.splice(0, state.ring.length - size);
  }

  #beat(lagUs: number): void {
    this.#beatNow(lagUs);
    this.#dueUs = this.#clock.monotonicUs() + HEARTBEAT_MS * 1000;
    this.#timer = this.#clock.after(HEARTBEAT_MS, () => {
      if (!this.#closed) this.#beat(Math.max(0, Math.round(this.#clock.monotonicUs() - this.#dueUs)));
    });
  }

  #beatNow(loopLagUs: number): void {
    const { state, reasons } = this.#options.health();
    const lastSeqs: Record<string, number> = {};
    for (const [topic, { seq }] of this.#topics) if (topic !== this.#heartbeatTopic) lastSeqs[topic] = seq;
    const lastPos = this.#options.lastPos?.();
    this.publish(this.#heartbeatTopic, 'heartbeat', {
      state,
      reasons: reasons.slice(0, 20).map((reason) => reason.slice(0, 200)),
      loopLagUs,
      lastSeqs,
      ...(lastPos !== undefined && { lastPos }),
    });
  }
}
