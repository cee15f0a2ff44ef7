/**
 * What one PUB socket says: gives each message its sequence number per topic, sends in that order without a hole, remembers the newest for
 * replay, and beats once a second so that a lost tail, a stuck loop and a dead process are all seen.
 */
import {
  type Envelope,
  encodeEnvelope,
  heartbeatTopic,
  type MessageInput,
  type MessageType,
  type ProcessState,
  streamOf,
} from '@fillwright/messages';
import { AppError } from '../app-error.ts';
import type { PublisherSocket } from '../ports/bus.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { MessageRing, type ReplaySlice } from './message-ring.ts';
import type { EnvelopeExtras, Sender } from './sender.ts';

export interface PublisherState {
  readonly state: ProcessState;
  readonly reasons: readonly string[];
  /** Engine only: newest journal position. */
  readonly lastPos?: number;
}

export interface FeedPublisherOptions {
  readonly socket: PublisherSocket;
  readonly clock: Clock;
  readonly sender: Sender;
  /** Tells the sockets of one process apart in heartbeat topics, e.g. `6002`. */
  readonly channel: string;
  /** Streams carried here (first part of their topics), e.g. `['order', 'answer', 'engine']`. */
  readonly streams: readonly string[];
  readonly state: () => PublisherState;
  /** Messages kept per topic for replay, see `MessageRing`; 0 = never replayed (commands). Default 1000. */
  readonly ringSize?: number | ((topic: string) => number);
}

export interface PublishExtras extends EnvelopeExtras {
  /** Given out before by `reserve`; else the next one. */
  readonly seq?: number | undefined;
}

export interface PublisherCounts {
  readonly published: number;
  readonly bytes: number;
  readonly refused: number;
  readonly topics: number;
}

interface TopicState {
  /** Newest sequence number given out, and newest one sent; between them lie reservations. */
  allocated: number;
  sent: number;
  readonly ring: MessageRing;
  /** Ready to go, waiting for an earlier reservation. */
  readonly waiting: Map<number, Uint8Array>;
}

/** Has its sequence number, and waits for the end of the turn to be encoded and sent. */
interface Later {
  readonly topic: string;
  readonly state: TopicState;
  readonly seq: number;
  readonly envelope: Envelope;
}

const HEARTBEAT_MS = 1000;
/** Far above all symbols of a venue times all market streams. */
const MAX_TOPICS = 20_000;
/** Reservations that were never published are a bug; it must show before memory does. */
const MAX_WAITING = 10_000;
/** A turn that says more than this is no turn that is in a hurry. */
const MAX_LATER = 200;

export class FeedPublisher {
  readonly streams: readonly string[];
  readonly heartbeatTopic: string;
  readonly #options: FeedPublisherOptions;
  readonly #topics = new Map<string, TopicState>();
  #published = 0;
  #bytes = 0;
  #timer: Timer | undefined;
  #later: Later[] = [];
  #laterTimer: Timer | undefined;
  #nextBeatUs = 0;
  #loopLagUs = 0;

  constructor(options: FeedPublisherOptions) {
    const { sender } = options;
    this.#options = options;
    this.streams = options.streams;
    this.heartbeatTopic = heartbeatTopic(sender.exchange, sender.account, `${sender.src}-${options.channel}`);
  }

  get endpoint(): string {
    return this.#options.socket.endpoint;
  }

  get counts(): PublisherCounts {
    return { published: this.#published, bytes: this.#bytes, refused: this.#options.socket.refused, topics: this.#topics.size };
  }

  /** The first heartbeat goes out now, then one each second. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#nextBeatUs = this.#options.clock.monotonicUs();
    this.#beatOnTime();
  }

  /** Whether `topic` is one that this socket may ever carry. */
  carries(topic: string): boolean {
    const { exchange, account } = this.#options.sender;
    const stream = streamOf(topic);
    return this.streams.includes(stream) && topic.startsWith(`${stream}.${exchange}.${account}.`) && topic.endsWith('.');
  }

  /** False when strangers asked for so many topics that no further one may be opened at their wish. */
  hasRoomFor(topic: string): boolean {
    return this.#topics.has(topic) || this.#topics.size < MAX_TOPICS / 2;
  }

  /**
   * Gives out the next sequence number of `topic`, for who must write it down before publishing. Everything after it on this topic
   * waits until it is published, so publish it in the same turn or soon.
   */
  reserve(topic: string): number {
    const state = this.#stateOf(topic);
    state.allocated += 1;
    return state.allocated;
  }

  /**
   * Sends a message, or keeps it until the reservations before it are published.
   * @throws MessageError when `data` has no place on the wire; AppError `BUS_SEQ_ORDER` on a sequence number not given out here.
   */
  publish<T extends MessageType>(topic: string, type: T, data: MessageInput<T>, extras: PublishExtras = {}): { seq: number; id: string } {
    this.#sendLater();
    const state = this.#stateOf(topic);
    const seq = extras.seq ?? state.allocated + 1;
    if (seq <= state.sent || seq > state.allocated + 1 || state.waiting.has(seq)) {
      const text = `${seq} was not reserved on ${topic} or was published before (sent ${state.sent}, given out ${state.allocated})`;
      throw new AppError('BUS_SEQ_ORDER', text, { details: { topic, seq } });
    }
    const envelope = this.#options.sender.envelope(type, topic, seq, data, extras);
    const body = encodeEnvelope(envelope);
    state.allocated = Math.max(state.allocated, seq);
    this.#dispatch(topic, state, seq, body);
    return { seq, id: envelope.id };
  }

  /**
   * Gives the message its place now, and encodes and sends it when this turn is over: for news about what the turn is doing for somebody
   * who waits (an order on its way to the venue). What is published after it follows it. `data` must not change any more.
   */
  publishLater<T extends MessageType>(topic: string, type: T, data: MessageInput<T>, extras: EnvelopeExtras = {}): void {
    const state = this.#stateOf(topic);
    state.allocated += 1;
    const seq = state.allocated;
    this.#later.push({ topic, state, seq, envelope: this.#options.sender.envelope(type, topic, seq, data, extras) });
    if (this.#later.length >= MAX_LATER) this.#sendLater();
    else this.#laterTimer ??= this.#options.clock.after(0, () => this.#sendLater());
  }

  /** Puts the nonce of a consumer on the topic it said hello for. */
  marker(topic: string, nonce: string): void {
    this.publish(topic, 'marker', { nonce });
  }

  /** Newest sequence number sent; 0 before the first. */
  sentSeq(topic: string): number {
    return this.#topics.get(topic)?.sent ?? 0;
  }

  /** Newest sequence number given out: what a snapshot taken in this turn contains. */
  allocatedSeq(topic: string): number {
    return this.#topics.get(topic)?.allocated ?? 0;
  }

  replay(topic: string, fromSeq: number, limit: number): ReplaySlice {
    this.#sendLater();
    const state = this.#topics.get(topic);
    if (state === undefined) return { messages: [], next: 1, complete: true, tooOld: fromSeq > 1 };
    return state.ring.slice(fromSeq, limit);
  }

  get state(): PublisherState {
    return this.#options.state();
  }

  /** A heartbeat out of turn, so that a change of state is known at once. */
  beat(): void {
    const { state, reasons, lastPos } = this.#options.state();
    const lastSeqs: Record<string, number> = {};
    for (const [topic, { sent }] of this.#topics) if (topic !== this.heartbeatTopic) lastSeqs[topic] = sent;
    const facts = { state, reasons: reasons.slice(0, 20), loopLagUs: this.#loopLagUs, lastSeqs };
    this.publish(this.heartbeatTopic, 'heartbeat', lastPos === undefined ? facts : { ...facts, lastPos });
  }

  /** Ends the heartbeat and closes the socket; idempotent. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#sendLater();
    await this.#options.socket.close();
  }

  #beatOnTime(): void {
    const now = this.#options.clock.monotonicUs();
    this.#loopLagUs = Math.max(0, now - this.#nextBeatUs);
    this.#nextBeatUs = Math.max(this.#nextBeatUs + HEARTBEAT_MS * 1000, now);
    this.#timer = this.#options.clock.after((this.#nextBeatUs - now) / 1000, () => this.#beatOnTime());
    this.beat();
  }

  #sendLater(): void {
    if (this.#later.length === 0) return;
    const later = this.#later;
    this.#later = [];
    this.#laterTimer?.cancel();
    this.#laterTimer = undefined;
    for (const { topic, state, seq, envelope } of later) this.#dispatch(topic, state, seq, encodeEnvelope(envelope));
  }

  #dispatch(topic: string, state: TopicState, seq: number, body: Uint8Array): void {
    if (seq !== state.sent + 1) {
      if (state.waiting.size >= MAX_WAITING) {
        throw new AppError('BUS_SEQ_ORDER', `${topic} waits for sequence number ${state.sent + 1}, which was reserved and never published`);
      }
      state.waiting.set(seq, body);
      return;
    }
    this.#send(topic, state, seq, body);
    for (let next = state.waiting.get(state.sent + 1); next !== undefined; next = state.waiting.get(state.sent + 1)) {
      state.waiting.delete(state.sent + 1);
      this.#send(topic, state, state.sent + 1, next);
    }
  }

  #send(topic: string, state: TopicState, seq: number, body: Uint8Array): void {
    state.sent = seq;
    state.ring.push(seq, body, this.#options.clock.monotonicUs());
    this.#published += 1;
    this.#bytes += body.length;
    this.#options.socket.send(topic, body);
  }

  #stateOf(topic: string): TopicState {
    const known = this.#topics.get(topic);
    if (known !== undefined) return known;
    if (this.#topics.size >= MAX_TOPICS)
      throw new AppError('BUS_TOO_MANY_TOPICS', `no more than ${MAX_TOPICS} topics on ${this.endpoint}: ${topic}`);
    const { ringSize = 1000 } = this.#options;
    const capacity = topic === this.heartbeatTopic ? 0 : typeof ringSize === 'number' ? ringSize : ringSize(topic);
    const state: TopicState = { allocated: 0, sent: 0, ring: new MessageRing(capacity), waiting: new Map() };
    this.#topics.set(topic, state);
    return state;
  }
}
