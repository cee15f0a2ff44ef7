/** Asks one service socket; each question ends with an answer, a refusal or a time-out, never with an exception. */
import { decodeMessage, type Message, type MessageInput, type MessageType } from '@fillwright/messages';
import type { Bus, LinkEvent, ServiceClientSocket } from '../ports/bus.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { EnvelopeMaker, type FeedIdentity } from './identity.ts';

/** Questions under way at once; one more fails at once. */
const BOUND = 1_000;

export type ServiceReply =
  | { readonly ok: true; readonly message: Message }
  /** `error`: the service refused, with its code. */
  | { readonly ok: false; readonly reason: 'timeout' | 'closed' | 'busy' | 'error'; readonly code: string; readonly text: string };

interface Waiting {
  readonly settle: (reply: ServiceReply) => void;
  readonly timer: Timer;
}

export class ServiceClient {
  readonly endpoint: string;
  readonly #socket: ServiceClientSocket;
  readonly #clock: Clock;
  readonly #maker: EnvelopeMaker;
  readonly #waiting = new Map<string, Waiting>();
  #closed = false;

  /** `name` makes the ids of this client distinct from those of others in the process. */
  constructor(
    ports: { readonly bus: Bus; readonly clock: Clock },
    options: {
      readonly endpoint: string;
      readonly identity: FeedIdentity;
      readonly name: string;
      readonly onLink?: (event: LinkEvent) => void;
    },
  ) {
    this.endpoint = options.endpoint;
    this.#clock = ports.clock;
    this.#maker = new EnvelopeMaker(options.identity, ports.clock, options.name);
    const { onLink } = options;
    this.#socket = ports.bus.connectService(options.endpoint, { onFrames: (frames) => this.#received(frames), ...(onLink && { onLink }) });
  }

  request<T extends MessageType>(type: T, data: MessageInput<T>, timeoutMs = 2_000): Promise<ServiceReply> {
    if (this.#closed) return Promise.resolve(failed('closed', 'the client is closed'));
    if (this.#waiting.size >= BOUND) return Promise.resolve(failed('busy', `${BOUND} questions are under way`));
    const { id, bytes } = this.#maker.encode(type, data);
    return new Promise((resolve) => {
      const timer = this.#clock.after(timeoutMs, () =>
        this.#settle(id, failed('timeout', `no answer from ${this.endpoint} in ${timeoutMs} ms`)),
      );
      this.#waiting.set(id, { settle: resolve, timer });
      this.#socket.send(bytes);
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const id of [...this.#waiting.keys()]) this.#settle(id, failed('closed', 'the client is closed'));
    await this.#socket.close();
  }

  #received(frames: readonly Uint8Array[]): void {
    const decoded = decodeMessage(frames);
    // Nonsense, or an answer that came after its time: the question has ended.
    if (!decoded.ok || decoded.message.cause === undefined) return;
    const { message } = decoded;
    const reply: ServiceReply =
      message.type === 'service.error'
        ? { ok: false, reason: 'error', code: message.data.code, text: message.data.text }
        : { ok: true, message };
    this.#settle(decoded.message.cause, reply);
  }

  #settle(id: string, reply: ServiceReply): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    waiting.timer.cancel();
    waiting.settle(reply);
  }
}

function failed(reason: 'timeout' | 'closed' | 'busy', text: string): ServiceReply {
  return { ok: false, reason, code: `BUS_${reason.toUpperCase()}`, text };
}
