/**
 * The service socket of a process: proves subscriptions (hello), gives snapshots and replays, answers pings, and hands everything else to
 * the handlers of the process. Every readable request is answered, an unusable one with `service.error`.
 */
import {
  type DecodeCode,
  decodeMessage,
  encodeEnvelope,
  type Message,
  MessageError,
  type MessageInput,
  type MessageOf,
  type MessageType,
} from '@fillwright/messages';
import type { Bus, PeerId, PeerOrigin, ServiceSocket } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Counter, Metrics } from '../ports/metrics.ts';
import { PeerRate } from './_peer-rate.ts';
import { requestRefusal } from './curve/roles.ts';
import type { FeedPublisher, PublisherState } from './feed-publisher.ts';
import type { ReplaySlice } from './message-ring.ts';
import type { Sender } from './sender.ts';

/** What a process puts into a snapshot; topic, epoch and sequence number are added here, in the same turn. */
export type SnapshotContent = Omit<MessageInput<'service.snapshot'>, 'topic' | 'epoch' | 'seq'>;

/** Answers one request; the first call counts, also when it comes later. */
export type Respond = <T extends MessageType>(type: T, data: MessageInput<T>) => void;

export type ServiceHandlers = { readonly [T in MessageType]?: (request: MessageOf<T>, respond: Respond) => void };

export interface ServiceServerOptions {
  readonly bus: Bus;
  readonly endpoint: string;
  readonly clock: Clock;
  readonly sender: Sender;
  readonly version: string;
  readonly publishers: readonly FeedPublisher[];
  readonly state: () => PublisherState;
  readonly log?: Log;
  /** Counts refusals by their code. */
  readonly metrics?: Metrics;
  /** Must read the state of this very turn. Absent or `undefined`: no snapshots of that topic. */
  readonly snapshot?: (topic: string) => SnapshotContent | undefined;
  /** Replay by journal position. */
  readonly replayFromPos?: (request: {
    readonly topic: string;
    readonly fromPos: number;
    readonly limit: number;
  }) => ReplaySlice | undefined;
  /** A durable consumer stored everything up to `pos`. */
  readonly acknowledge?: (consumer: string, pos: number) => void;
  /** Control, queries. */
  readonly handlers?: ServiceHandlers;
  /** Per peer; what exceeds it is refused. Default 500, far above any consumer of ours. */
  readonly maxRequestsPerSecond?: number;
}

export interface ServiceCounts {
  readonly requests: number;
  readonly refused: number;
  readonly byCode: Readonly<Record<string, number>>;
}

const CODE_OF: Readonly<Record<DecodeCode, string>> = {
  malformed: 'BUS_MALFORMED',
  'unknown-type': 'BUS_UNKNOWN_REQUEST',
  'unknown-version': 'BUS_UNKNOWN_VERSION',
  invalid: 'BUS_INVALID_REQUEST',
  'topic-mismatch': 'BUS_MALFORMED',
  oversized: 'BUS_MALFORMED',
};

export class ServiceServer {
  readonly #options: ServiceServerOptions;
  readonly #startedTs;
  readonly #rate: PeerRate;
  readonly #refusals = new Map<string, number>();
  readonly #refused: Counter | undefined;
  #socket: ServiceSocket | undefined;
  #requests = 0;

  /** @throws AppError `RUN_PORT_IN_USE` | `RUN_BIND_FAILED` (as a rejection). */
  static async bind(options: ServiceServerOptions): Promise<ServiceServer> {
    const server = new ServiceServer(options);
    const onRequest = (peer: PeerId, frames: readonly Uint8Array[], origin?: PeerOrigin): void => server.#take(peer, frames, origin);
    server.#socket = await options.bus.bindService(options.endpoint, { onRequest });
    return server;
  }

  private constructor(options: ServiceServerOptions) {
    this.#options = options;
    this.#startedTs = options.clock.wallUs();
    this.#refused = options.metrics?.counter(
      'fillwright_service_refused_total',
      'Requests on the service socket that were refused',
      'code',
    );
    this.#rate = new PeerRate(options.clock, options.maxRequestsPerSecond ?? 500);
  }

  get endpoint(): string {
    return this.#socket?.endpoint ?? this.#options.endpoint;
  }

  get counts(): ServiceCounts {
    const byCode = Object.fromEntries([...this.#refusals].sort());
    return { requests: this.#requests, refused: [...this.#refusals.values()].reduce((sum, count) => sum + count, 0), byCode };
  }

  async close(): Promise<void> {
    await this.#socket?.close();
  }

  #take(peer: PeerId, frames: readonly Uint8Array[], origin: PeerOrigin | undefined): void {
    this.#requests += 1;
    if (!this.#rate.admit(peer)) {
      this.#refuse(peer, undefined, 'BUS_TOO_MANY_REQUESTS', 'more requests a second than any consumer needs');
      return;
    }
    const decoded = frames.length === 1 ? decodeMessage(frames) : undefined;
    if (decoded?.ok) this.#serveAllowed(peer, decoded.message, origin);
    else if (decoded === undefined) this.#refuse(peer, undefined, 'BUS_MALFORMED', `${frames.length} frames; a request is one`);
    else this.#refuse(peer, decoded.envelope?.id, CODE_OF[decoded.code], decoded.detail);
  }

  #serveAllowed(peer: PeerId, request: Message, origin: PeerOrigin | undefined): void {
    if (origin !== undefined && requestRefusal(origin, request) !== undefined) {
      const text = `the key of ${origin.name} (${origin.roles.join(', ')}) may not ask for ${request.type}`;
      this.#options.log?.warn('bus-refused', {
        code: 'BUS_NOT_ALLOWED',
        reason: 'request-not-allowed',
        peer: origin.name,
        type: request.type,
      });
      this.#refuse(peer, request.id, 'BUS_NOT_ALLOWED', text);
      return;
    }
    this.#serve(peer, origin === undefined ? request : signedBy(request, origin));
  }

  #serve(peer: PeerId, request: Message): void {
    if (request.type === 'service.hello') this.#hello(peer, request);
    else if (request.type === 'service.snapshot-request') this.#snapshot(peer, request);
    else if (request.type === 'service.replay-request') this.#replay(peer, request);
    else if (request.type === 'service.acknowledge') this.#acknowledge(peer, request);
    else if (request.type === 'service.ping') this.#pong(peer, request);
    else this.#handle(peer, request);
  }

  #hello(peer: PeerId, request: MessageOf<'service.hello'>): void {
    const { topic, nonce } = request.data;
    const publisher = this.#publisherOf(peer, request.id, topic);
    if (publisher === undefined) return;
    if (!publisher.hasRoomFor(topic)) {
      this.#refuse(peer, request.id, 'BUS_TOO_MANY_TOPICS', `too many topics were asked for; '${topic}' is not opened`);
      return;
    }
    publisher.marker(topic, nonce);
    const { lastPos } = publisher.state;
    const known = { topic, epoch: this.#options.sender.epoch, lastSeq: publisher.sentSeq(topic) };
    this.#reply(peer, request.id, 'service.hello-ok', lastPos === undefined ? known : { ...known, lastPos });
  }

  #snapshot(peer: PeerId, request: MessageOf<'service.snapshot-request'>): void {
    const { topic } = request.data;
    const publisher = this.#publisherOf(peer, request.id, topic);
    if (publisher === undefined) return;
    const content = this.#options.snapshot?.(topic);
    if (content === undefined) {
      this.#refuse(peer, request.id, 'BUS_NO_SNAPSHOT', `there is no snapshot of '${topic}' here, or not yet`);
      return;
    }
    const seq = publisher.allocatedSeq(topic);
    this.#reply(peer, request.id, 'service.snapshot', { topic, epoch: this.#options.sender.epoch, seq, ...content });
  }

  #replay(peer: PeerId, request: MessageOf<'service.replay-request'>): void {
    const { topic, fromPos, fromSeq, limit } = request.data;
    const publisher = this.#publisherOf(peer, request.id, topic);
    if (publisher === undefined) return;
    let slice: ReplaySlice | undefined;
    if (fromPos !== undefined) slice = this.#options.replayFromPos?.({ topic, fromPos, limit });
    else if (fromSeq !== undefined) slice = publisher.replay(topic, fromSeq, limit);
    if (slice === undefined) {
      this.#refuse(peer, request.id, 'BUS_NO_REPLAY', `'${topic}' is not replayed that way: give fromPos (journaled topics) or fromSeq`);
      return;
    }
    this.#replySlice(peer, request.id, topic, slice);
  }

  /** A slice too large for one message is halved until it fits; the consumer asks for the rest. */
  #replySlice(peer: PeerId, cause: string, topic: string, slice: ReplaySlice): void {
    try {
      const { messages, ...rest } = slice;
      this.#send(peer, cause, 'service.replay', { topic, messages: [...messages], ...rest });
    } catch (error) {
      if (!isOversized(error) || slice.messages.length < 2) throw error;
      const kept = slice.messages.slice(0, slice.messages.length >> 1);
      const first = slice.messages[kept.length] as { readonly pos?: number; readonly seq: number };
      this.#replySlice(peer, cause, topic, { messages: kept, next: first.pos ?? first.seq, complete: false, tooOld: slice.tooOld });
    }
  }

  #acknowledge(peer: PeerId, request: MessageOf<'service.acknowledge'>): void {
    const { acknowledge } = this.#options;
    if (acknowledge === undefined) {
      this.#unknown(peer, request);
      return;
    }
    acknowledge(request.data.consumer, request.data.pos);
    this.#reply(peer, request.id, 'service.ok', {});
  }

  #pong(peer: PeerId, request: Message): void {
    const { state, reasons } = this.#options.state();
    const { sender, version } = this.#options;
    this.#reply(peer, request.id, 'service.pong', {
      state,
      reasons: [...reasons],
      process: sender.src,
      startedTs: this.#startedTs,
      version,
    });
  }

  #handle(peer: PeerId, request: Message): void {
    const handler = this.#options.handlers?.[request.type] as ((request: Message, respond: Respond) => void) | undefined;
    if (handler === undefined) {
      this.#unknown(peer, request);
      return;
    }
    let answered = false;
    handler(request, (type, data) => {
      if (answered) return;
      answered = true;
      this.#reply(peer, request.id, type, data);
    });
  }

  #publisherOf(peer: PeerId, cause: string, topic: string): FeedPublisher | undefined {
    const publisher = this.#options.publishers.find((candidate) => candidate.carries(topic));
    if (publisher === undefined) this.#refuse(peer, cause, 'BUS_UNKNOWN_TOPIC', `no publisher of this process carries '${topic}'`);
    return publisher;
  }

  #unknown(peer: PeerId, request: Message): void {
    this.#refuse(peer, request.id, 'BUS_UNKNOWN_REQUEST', `${request.type} is not served by ${this.#options.sender.src}`);
  }

  #refuse(peer: PeerId, cause: string | undefined, code: string, text: string): void {
    const seen = this.#refusals.get(code) ?? 0;
    this.#refusals.set(code, seen + 1);
    this.#refused?.add(1, code);
    if (seen === 0) this.#options.log?.warn('service-request-refused', { code, text, peer });
    this.#reply(peer, cause, 'service.error', { code, text: text.slice(0, 2000) });
  }

  #reply<T extends MessageType>(peer: PeerId, cause: string | undefined, type: T, data: MessageInput<T>): void {
    try {
      this.#send(peer, cause, type, data);
    } catch (error) {
      if (!isOversized(error)) throw error;
      this.#refuse(peer, cause, 'BUS_TOO_LARGE', `the ${type} does not fit in one message`);
    }
  }

  #send<T extends MessageType>(peer: PeerId, cause: string | undefined, type: T, data: MessageInput<T>): void {
    this.#socket?.reply(peer, encodeEnvelope(this.#options.sender.envelope(type, '', 0, data, { cause })));
  }
}

function isOversized(error: unknown): boolean {
  return error instanceof MessageError && error.code === 'MSG_OVERSIZED';
}

/** The audit record of what somebody asked for names the key it came with, whatever the request says. */
function signedBy(request: Message, origin: PeerOrigin): Message {
  const { data } = request;
  if (!('who' in data) || typeof data.who !== 'string') return request;
  const who = `${data.who.slice(0, 120)} (key ${origin.name})`;
  // The same message with one text longer; its schema bounds that text at 200.
  return { ...request, data: { ...data, who } } as Message;
}
