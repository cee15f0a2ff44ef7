/**
 * Messages by topic prefix, as they come: no proof, no order, no repair. For what needs none — commands (known by their id, answered copy
 * by copy), marks (the newest wins), tools that only look.
 */
import { decodeMessage, type Message } from '@fillwright/messages';
import type { Bus, LinkEvent, PeerOrigin } from '../ports/bus.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from '../ports/metrics.ts';
import { MALFORMED_COUNTER } from './_malformed-counter.ts';
import { Refusals } from './curve/refusals.ts';

export interface MessageTapOptions {
  /** For logs and metrics. */
  readonly name: string;
  readonly endpoints: readonly string[];
  readonly prefixes: readonly string[];
  onMessage(message: Message): void;
  onLink?(event: LinkEvent): void;
}

/** Frames that are no message of the contract are logged once in this many, and always counted. */
const LOG_EVERY = 1_000;

export class MessageTap {
  readonly #socket: { close(): Promise<void> };
  #malformed = 0;

  constructor(ports: { readonly bus: Bus; readonly log: Log; readonly metrics: Metrics }, options: MessageTapOptions) {
    const counter = ports.metrics.counter(...MALFORMED_COUNTER);
    const refusals = new Refusals(ports.log, ports.metrics);
    const onFrames = (frames: readonly Uint8Array[], origin?: PeerOrigin): void => {
      const decoded =
        frames.length === 2 ? decodeMessage(frames) : ({ ok: false, code: 'malformed', detail: `${frames.length} frames` } as const);
      if (decoded.ok) {
        if (refusals.isWelcome(origin, decoded.message)) options.onMessage(decoded.message);
        return;
      }
      counter.add(1, options.name);
      if (this.#malformed % LOG_EVERY === 0) {
        ports.log.warn('bus-frame-malformed', {
          code: 'BUS_MALFORMED',
          link: options.name,
          reason: decoded.code,
          detail: decoded.detail,
          seen: this.#malformed + 1,
        });
      }
      this.#malformed += 1;
    };
    const socket = ports.bus.connectSubscriber(options.endpoints, { onFrames, onLink: (event) => options.onLink?.(event) });
    for (const prefix of options.prefixes) socket.subscribe(prefix);
    this.#socket = socket;
  }

  get malformed(): number {
    return this.#malformed;
  }

  close(): Promise<void> {
    return this.#socket.close();
  }
}
