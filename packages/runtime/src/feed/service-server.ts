/** The service socket of a process: hello, snapshot, replay, ping, query and control. Bad requests are counted and answered with an error. */
import type { UsTime } from '@fillwright/domain/time';
import { decodeMessage, type Message, type MessageInput, type MessageType } from '@fillwright/messages';
import type { Bus, PeerId, ServiceSocket } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Counter, Metrics } from '../ports/metrics.ts';
import type { FeedHealth, FeedPublisher, RingReplay } from './feed-publisher.ts';
import { EnvelopeMaker, type FeedIdentity } from './identity.ts';

/** Requests per peer and second; more are answered `BUS_TOO_MANY`. */
const PER_SECOND = 2_000;
/** Peers whose rate is remembered. */
const PEERS = 1_000;

export type ServiceRefusal = { readonly code: string; readonly text: string };
type SnapshotFields = Omit<MessageInput<'service.snapshot'>, 'topic' | 'epoch' | 'seq'>;
type Control = Extract<Message, { type: 'service.control' }>['data'];

/** What a process can answer besides hello, ping and replay from the ring. */
export interface ServiceHandlers {
  /** State of a topic, taken now; undefined = this topic has no snapshot. */
  snapshot?(topic: string): SnapshotFields | undefined;
  /** Replay by journal position; undefined = not kept for this topic. */
  replayByPos?(topic: string, fromPos: number, limit: number): RingReplay | ServiceRefusal | undefined;
  acknowledge?(consumer: string, pos: number): void;
  control?(control: Control): { readonly text: string; readonly count?: number } | ServiceRefusal;
  order?(clientOrderId: string): MessageInput<'service.order'>;
  account?(): MessageInput<'service.account'>;
}

export interface ServiceServerOptions {
  readonly endpoint: string;
  readonly identity: FeedIdentity;
  readonly publishers: readonly FeedPublisher[];
  readonly handlers: ServiceHandlers;
  readonly health: () => FeedHealth;
  readonly startedTs: UsTime;
  readonly version: string;
  readonly lastPos?: () => number;
}

export class ServiceServer {
  readonly #options: ServiceServerOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #maker: EnvelopeMaker;
  readonly #malformed: Counter;
  readonly #rates = new Map<PeerId, { second: number; count: number }>();
  #socket: ServiceSocket | undefined;

  private constructor(ports: { readonly clock: Clock; readonly log: Log; readonly metrics: Metrics }, options: ServiceServerOptions) {
    this.#options = options;
    this.#clock = ports.clock;
    this.#log = ports.log;
    this.#maker = new EnvelopeMaker(options.identity, ports.clock, 'svc');
    this.#malformed = ports.metrics.counter(
      'fillwright_bus_malformed_total',
      'Frames that are no message of the contract, by socket',
      'socket',
    );
  }

  static async bind(
    ports: { readonly bus: Bus; readonly clock: Clock; readonly log: Log; readonly metrics: Metrics },
    options: ServiceServerOptions,
  ): Promise<ServiceServer> {
    const server = new ServiceServer(ports, options);
    server.#socket = await ports.bus.bindService(options.endpoint, { onRequest: (peer, frames) => server.#request(peer, frames) });
    return server;
  }

  get endpoint(): string {
    return this.#socket?.endpoint ?? this.#options.endpoint;
  }

  async close(): Promise<void> {
    await this.#socket?.close();
  }

  #request(peer: PeerId, frames: readonly Uint8Array[]): void {
    if (this.#tooMany(peer)) return;
    const decoded = decodeMessage(frames);
    if (!decoded.ok) {
      this.#malformed.add(1, 'service');
      this.#log.debug('service-request-malformed', { peer, reason: decoded.code, detail: decoded.detail });
      this.#send(peer, decoded.envelope?.id, error(`BUS_${decoded.code.toUpperCase().replaceAll('-', '_')}`, decoded.detail));
      return;
    }
    this.#send(peer, decoded.message.id, this.#answer(decoded.message));
  }

  #answer(message: Message): Reply {
    const { handlers } = this.#options;
    switch (message.type) {
      case 'service.hello':
        return this.#hello(message.data.topic, message.data.nonce);
      case 'service.ping':
        return this.#pong();
      case 'service.snapshot-request':
        return this.#snapshot(message.data.topic);
      case 'service.replay-request':
        return this.#replay(message.data);
      case 'service.acknowledge':
        handlers.acknowledge?.(message.data.consumer, message.data.pos);
        return reply('service.ok', {});
      case 'service.control':
        return this.#control(message.data, message.src);
      case 'service.query-order': {
        const order = handlers.order?.(message.data.clientOrderId);
        return order ? reply('service.order', order) : error('BUS_NOT_SERVED', 'no orders here');
      }
      case 'service.query-account': {
        const account = handlers.account?.();
        return account ? reply('service.account', account) : error('BUS_NOT_SERVED', 'no account here');
      }
      default:
        return error('BUS_NOT_SERVED', `${message.type} is not a request`);
    }
  }

  #publisherOf(topic: string): FeedPublisher | undefined {
    const { publishers } = this.#options;
    return publishers.find((publisher) => publisher.owns(topic));
  }

  #pong(): Reply {
    const { state, reasons } = this.#options.health();
    const { startedTs, version, identity } = this.#options;
    return reply('service.pong', {
      state,
      reasons: reasons.map((reason) => reason.slice(0, 200)),
      process: identity.src,
      startedTs,
      version,
    });
  }

  #hello(topic: string, nonce: string): Reply {
    const publisher = this.#publisherOf(topic);
    if (!publisher) return error('BUS_UNKNOWN_TOPIC', `${topic} is not published here; known: ${this.#topics()}`);
    publisher.marker(topic, nonce);
    const lastPos = this.#options.lastPos?.();
    return reply('service.hello-ok', {
      topic,
      epoch: publisher.epoch,
      lastSeq: publisher.lastSeq(topic),
      ...(lastPos !== undefined && { lastPos }),
    });
  }

  #snapshot(topic: string): Reply {
    const publisher = this.#publisherOf(topic);
    const fields = publisher && this.#options.handlers.snapshot?.(topic);
    if (!publisher || !fields) return error('BUS_NO_SNAPSHOT', `${topic} has no snapshot here`);
    return reply('service.snapshot', { topic, epoch: publisher.epoch, seq: publisher.lastSeq(topic), ...fields });
  }

  #replay(request: Extract<Message, { type: 'service.replay-request' }>['data']): Reply {
    const { topic, fromPos, fromSeq, limit } = request;
    const bySeq = () => (fromSeq === undefined ? undefined : this.#publisherOf(topic)?.replay(topic, fromSeq, limit));
    const found = fromPos === undefined ? bySeq() : this.#options.handlers.replayByPos?.(topic, fromPos, limit);
    if (!found) return error('BUS_NO_REPLAY', `${topic} is not kept here; ask by fromPos on engine topics, else by fromSeq`);
    if ('code' in found) return error(found.code, found.text);
    return reply('service.replay', { topic, ...found, messages: [...found.messages] });
  }

  #control(control: Control, from: string): Reply {
    const done = this.#options.handlers.control?.(control);
    if (!done) return error('BUS_NOT_SERVED', 'this process takes no control requests');
    this.#log.warn('control-request', { action: control.action, who: control.who, why: control.why, from });
    return 'code' in done ? error(done.code, done.text) : reply('service.ok', done);
  }

  #topics(): string {
    return this.#options.publishers
      .flatMap((publisher) => publisher.topics())
      .slice(0, 20)
      .join(' ');
  }

  #tooMany(peer: PeerId): boolean {
    const second = Math.floor(this.#clock.monotonicUs() / 1_000_000);
    const rate = this.#rates.get(peer);
    if (!rate || rate.second !== second) {
      if (this.#rates.size >= PEERS) this.#rates.clear();
      this.#rates.set(peer, { second, count: 1 });
      return false;
    }
    rate.count += 1;
    if (rate.count === PER_SECOND + 1) this.#send(peer, undefined, error('BUS_TOO_MANY', `more than ${PER_SECOND} requests a second`));
    return rate.count > PER_SECOND;
  }

  #send(peer: PeerId, cause: string | undefined, answer: Reply): void {
    this.#socket?.reply(peer, this.#maker.encode(answer.type, answer.data, { cause }).bytes);
  }
}

/** Type and data belong together: only `reply` makes them. */
interface Reply {
  readonly type: MessageType;
  readonly data: MessageInput<MessageType>;
}

function reply<T extends MessageType>(type: T, data: MessageInput<T>): Reply {
  return { type, data };
}

function error(code: string, text: string): Reply {
  return reply('service.error', { code, text: text.slice(0, 2_000) });
}
