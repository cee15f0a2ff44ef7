/** Who is speaking: one per process incarnation. Every envelope of the process is made here, so its ids never repeat. */
import { type Envelope, type MessageInput, type MessageType, WIRE_VERSION } from '@fillwright/messages';
import type { Clock } from '../ports/clock.ts';

export interface SenderIdentity {
  /** PROCESS_NAME, e.g. `trading_engine_binance`. */
  readonly src: string;
  readonly exchange: string;
  readonly account: string;
  /** Incarnation of this process: `max(stored + 1, unix seconds at boot)`. */
  readonly epoch: number;
}

export interface EnvelopeExtras {
  readonly pos?: number | undefined;
  /** Given by who resends a message or names it after an order; else made here. */
  readonly id?: string | undefined;
  readonly cause?: string | undefined;
  /** Stands for the data: the same, as a whole or in parts encoded already. */
  readonly packed?: unknown;
  /** Given by who resends a message: the time it was first made. */
  readonly ts?: Envelope['ts'] | undefined;
}

export class Sender {
  readonly src: string;
  readonly exchange: string;
  readonly account: string;
  readonly epoch: number;
  readonly #clock: Clock;
  readonly #idPrefix: string;
  #ids = 0;

  constructor(identity: SenderIdentity, clock: Clock) {
    this.src = identity.src;
    this.exchange = identity.exchange;
    this.account = identity.account;
    this.epoch = identity.epoch;
    this.#clock = clock;
    this.#idPrefix = `${identity.epoch.toString(36)}-`;
  }

  nextId(): string {
    this.#ids += 1;
    return this.#idPrefix + this.#ids.toString(36);
  }

  envelope<T extends MessageType>(type: T, topic: string, seq: number, data: MessageInput<T>, extras: EnvelopeExtras = {}): Envelope {
    const { src, account, epoch } = this;
    const { pos, cause, packed = data } = extras;
    const envelope = { v: WIRE_VERSION, type, src, account, epoch, topic, seq } as { -readonly [K in keyof Envelope]: Envelope[K] };
    if (pos !== undefined) envelope.pos = pos;
    if (cause !== undefined) envelope.cause = cause;
    envelope.ts = extras.ts ?? this.#clock.wallUs();
    envelope.id = extras.id ?? this.nextId();
    envelope.data = packed;
    return envelope;
  }
}
