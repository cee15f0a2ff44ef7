/** Who a process is on the bus, and the envelopes it makes. */
import type { UsTime } from '@fillwright/domain/time';
import { type Envelope, encodeEnvelope, type MessageInput, type MessageType, WIRE_VERSION } from '@fillwright/messages';
import type { Clock } from '../ports/clock.ts';

export interface FeedIdentity {
  /** PROCESS_NAME. */
  readonly src: string;
  readonly exchange: string;
  readonly account: string;
  /** Incarnation; rises with each start. */
  readonly epoch: number;
}

/** What an envelope may carry besides its data. */
export interface EnvelopeExtras {
  readonly pos?: number | undefined;
  readonly id?: string | undefined;
  readonly cause?: string | undefined;
  readonly ts?: UsTime | undefined;
}

/** Makes envelopes of one sender; ids are unique per sender over all its incarnations. */
export class EnvelopeMaker {
  readonly identity: FeedIdentity;
  readonly #clock: Clock;
  readonly #prefix: string;
  #count = 0;

  /** `channel` tells the makers of one process apart. */
  constructor(identity: FeedIdentity, clock: Clock, channel: string) {
    this.identity = identity;
    this.#clock = clock;
    this.#prefix = `${channel}.${identity.epoch.toString(36)}.`;
  }

  nextId(): string {
    this.#count += 1;
    return this.#prefix + this.#count.toString(36);
  }

  make<T extends MessageType>(type: T, data: MessageInput<T>, topic: string, seq: number, extras: EnvelopeExtras = {}): Envelope {
    const { src, account, epoch } = this.identity;
    return {
      v: WIRE_VERSION,
      type,
      src,
      account,
      epoch,
      topic,
      seq,
      ...(extras.pos !== undefined && { pos: extras.pos }),
      ts: extras.ts ?? this.#clock.wallUs(),
      id: extras.id ?? this.nextId(),
      ...(extras.cause !== undefined && { cause: extras.cause }),
      data,
    };
  }

  encode<T extends MessageType>(
    type: T,
    data: MessageInput<T>,
    extras: EnvelopeExtras = {},
  ): { readonly id: string; readonly bytes: Uint8Array } {
    const envelope = this.make(type, data, '', 0, extras);
    return { id: envelope.id, bytes: encodeEnvelope(envelope) };
  }
}
