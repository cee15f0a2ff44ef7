/** Asks a service socket and pairs answers with questions. Each question ends: by its answer, by its timeout, or by closing. */
import { decodeMessage, encodeEnvelope, type Message, type MessageInput, type MessageOf, type MessageType } from '@fillwright/messages';
import type { Bus, LinkEvent, ServiceClientSocket } from '../ports/bus.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Sender } from './sender.ts';

export type ServiceResult =
  | { readonly ok: true; readonly message: Message }
  /** `error`: the service refused, with its own code. `full`: too many questions are open here. Else nothing is known. */
  | { readonly ok: false; readonly reason: 'timeout' | 'closed' | 'full' }
  | { readonly ok: false; readonly reason: 'error'; readonly code: string; readonly text: string };

export interface ServiceClientOptions {
  readonly bus: Bus;
  readonly endpoint: string;
  readonly sender: Sender;
  readonly clock: Clock;
  readonly onLink?: (event: LinkEvent) => void;
}

interface Question {
  readonly timer: Timer;
  readonly onResult: (result: ServiceResult) => void;
}

const MAX_OPEN = 5000;

export class ServiceClient {
  readonly endpoint: string;
  readonly #sender: Sender;
  readonly #clock: Clock;
  readonly #socket: ServiceClientSocket;
  readonly #open = new Map<string, Question>();
  #closed = false;
  #unexpected = 0;

  constructor(options: ServiceClientOptions) {
    this.endpoint = options.endpoint;
    this.#sender = options.sender;
    this.#clock = options.clock;
    const onFrames = (frames: readonly Uint8Array[]): void => this.#take(frames);
    const { onLink } = options;
    this.#socket = options.bus.connectService(options.endpoint, onLink === undefined ? { onFrames } : { onFrames, onLink });
  }

  /** Answers that nobody waited for any more, or that could not be read. */
  get unexpected(): number {
    return this.#unexpected;
  }

  /** `onResult` runs once, never inside this call save for `closed` and `full`. */
  ask<T extends MessageType>(type: T, data: MessageInput<T>, timeoutMs: number, onResult: (result: ServiceResult) => void): void {
    if (this.#closed || this.#open.size >= MAX_OPEN) {
      onResult({ ok: false, reason: this.#closed ? 'closed' : 'full' });
      return;
    }
    const envelope = this.#sender.envelope(type, '', 0, data);
    const body = encodeEnvelope(envelope);
    const timer = this.#clock.after(timeoutMs, () => this.#settle(envelope.id, { ok: false, reason: 'timeout' }));
    this.#open.set(envelope.id, { timer, onResult });
    this.#socket.send(body);
  }

  /** Like `ask`, for who can wait. Never rejects. */
  request<T extends MessageType>(type: T, data: MessageInput<T>, options: { readonly timeoutMs: number }): Promise<ServiceResult> {
    return new Promise((resolve) => this.ask(type, data, options.timeoutMs, resolve));
  }

  /** Open questions end as `closed`; idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const id of [...this.#open.keys()]) this.#settle(id, { ok: false, reason: 'closed' });
    await this.#socket.close();
  }

  #take(frames: readonly Uint8Array[]): void {
    const decoded = decodeMessage(frames);
    const message = decoded.ok ? decoded.message : undefined;
    if (message?.cause === undefined || !this.#open.has(message.cause)) {
      this.#unexpected += 1;
      return;
    }
    this.#settle(message.cause, resultFrom(message));
  }

  #settle(id: string, result: ServiceResult): void {
    const question = this.#open.get(id);
    if (question === undefined) return;
    this.#open.delete(id);
    question.timer.cancel();
    question.onResult(result);
  }
}

function resultFrom(message: Message): ServiceResult {
  return message.type === 'service.error' ? { ok: false, reason: 'error', ...message.data } : { ok: true, message };
}

/** Narrows an answer to the type that was expected. */
export function answerOf<T extends MessageType>(result: ServiceResult, type: T): MessageOf<T> | undefined {
  return result.ok && result.message.type === type ? (result.message as MessageOf<T>) : undefined;
}
