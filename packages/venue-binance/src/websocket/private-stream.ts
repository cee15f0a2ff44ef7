/**
 * One private connection on an existing listen key: frames in order to one consumer, the key kept alive, and exactly one `onDown` for
 * whatever ends it: cut, silence, expired key, failed keep-alive, age. Several may be open on one key; none of them ever deletes it.
 */
import {
  AppError,
  type Clock,
  type Timer,
  type WebSocketClose,
  type WebSocketConnection,
  type WebSocketConnector,
} from '@fillwright/runtime/ports';
import type { PrivateStream, PrivateStreamEvents } from '@fillwright/venue';
import type { FeeAssetOf } from '../parse/order-update.ts';
import { readUserFrame } from '../parse/user-frame.ts';
import { DEFAULT_LIVENESS, Liveness, type LivenessOptions } from './liveness.ts';

/** `gone` = the venue does not know the key any more (−1125). */
export type ExtendResult = { readonly type: 'extended' } | { readonly type: 'gone' | 'failed'; readonly text: string };

export interface PrivateStreamPorts {
  readonly clock: Clock;
  readonly webSocket: WebSocketConnector;
  /** Asks the venue to prolong the key by an hour. Never rejects. */
  extendKey(): Promise<ExtendResult>;
  readonly feeAssetOf: FeeAssetOf;
  /** An event type that says nothing to us; `known` = expected. */
  onSkipped(event: string, known: boolean): void;
}

export interface PrivateStreamOptions {
  readonly url: string;
  readonly connectTimeoutMs: number;
  readonly liveness?: LivenessOptions;
}

/** Keys live 60 minutes; the venue advises to prolong them every 20 to 30. */
const EXTEND_EVERY_MS = 25 * 60_000;
const EXTEND_RETRY_MS = 60_000;
const KEY_LIFE_MS = 58 * 60_000;
/** The venue cuts every connection after 24 h; we go first, at a moment of our own. */
const MAX_AGE_MS = (24 * 60 - 10) * 60_000;
/** Frames between the opening and the first turn of the consumer. */
const MAX_EARLY_FRAMES = 10_000;
const MAX_MESSAGE_BYTES = 4 << 20;

export type OpenedStream = { readonly type: 'open'; readonly stream: PrivateStream } | { readonly type: 'failed'; readonly text: string };

/** Settles once the connection is open or has failed; never rejects. */
export function openPrivateStream(
  ports: PrivateStreamPorts,
  options: PrivateStreamOptions,
  events: PrivateStreamEvents,
): Promise<OpenedStream> {
  return new Promise((settle) => {
    new PrivateConnection(ports, options, events, settle);
  });
}

class PrivateConnection implements PrivateStream {
  readonly #ports: PrivateStreamPorts;
  readonly #events: PrivateStreamEvents;
  readonly #settle: (opened: OpenedStream) => void;
  readonly #connection: WebSocketConnection;
  readonly #liveness: Liveness;
  readonly #timers: { flush?: Timer; extend?: Timer; age?: Timer } = {};
  #state: 'connecting' | 'holding' | 'flowing' | 'ended' = 'connecting';
  #held: string[] = [];
  #extendedUs = 0;

  constructor(
    ports: PrivateStreamPorts,
    options: PrivateStreamOptions,
    events: PrivateStreamEvents,
    settle: (opened: OpenedStream) => void,
  ) {
    this.#ports = ports;
    this.#events = events;
    this.#settle = settle;
    this.#liveness = new Liveness(
      ports.clock,
      options.liveness ?? DEFAULT_LIVENESS,
      () => this.#connection.ping(),
      (silentMs) => this.#down(`silent for ${silentMs} ms, no answer to a ping`),
    );
    this.#connection = ports.webSocket.connect(
      { url: options.url, connectTimeoutMs: options.connectTimeoutMs, maxMessageBytes: MAX_MESSAGE_BYTES },
      {
        onOpen: () => this.#opened(),
        onMessage: (text) => this.#received(text),
        onPing: () => this.#heard(),
        onPong: () => this.#heard(),
        onClose: (close) => this.#closed(close),
      },
    );
  }

  close(): void {
    this.#end();
  }

  #opened(): void {
    if (this.#state !== 'connecting') return;
    const { clock } = this.#ports;
    this.#state = 'holding';
    this.#extendedUs = clock.monotonicUs();
    this.#liveness.start();
    this.#timers.extend = clock.after(EXTEND_EVERY_MS, () => this.#extend());
    this.#timers.age = clock.after(MAX_AGE_MS, () => this.#down('nearly 24 h old; the venue would cut it'));
    // The consumer learns of the stream in the microtasks after `settle`; a timer comes later, so nothing overtakes that.
    this.#timers.flush = clock.after(0, () => this.#flush());
    this.#settle({ type: 'open', stream: this });
  }

  #flush(): void {
    if (this.#state !== 'holding') return;
    this.#state = 'flowing';
    const held = this.#held;
    this.#held = [];
    for (const text of held) this.#deliver(text);
  }

  #received(text: string): void {
    if (this.#state === 'ended') return;
    this.#heard();
    if (this.#state === 'flowing') this.#deliver(text);
    else if (this.#held.push(text) > MAX_EARLY_FRAMES) this.#down(`more than ${MAX_EARLY_FRAMES} frames before the stream could be used`);
  }

  #deliver(text: string): void {
    if (this.#state === 'ended') return;
    const frame = readUserFrame(text, this.#ports.feeAssetOf);
    if (frame.type === 'events') {
      for (const event of frame.events) {
        // A consumer may close the stream while it handles an event.
        if (this.#isEnded()) return;
        this.#events.onEvent(event);
      }
    } else if (frame.type === 'expired') this.#down('the listen key expired');
    else this.#ports.onSkipped(frame.event, frame.known);
  }

  #isEnded(): boolean {
    return this.#state === 'ended';
  }

  #heard(): void {
    if (this.#state === 'ended') return;
    this.#liveness.heard();
    this.#events.onAlive?.();
  }

  #extend(): void {
    void this.#ports.extendKey().then((result) => this.#extended(result));
  }

  #extended(result: ExtendResult): void {
    if (this.#state === 'ended') return;
    const { clock } = this.#ports;
    if (result.type === 'extended') this.#extendedUs = clock.monotonicUs();
    const ageMs = (clock.monotonicUs() - this.#extendedUs) / 1000;
    if (result.type === 'gone') {
      this.#down(`the venue does not know the listen key any more: ${result.text}`);
      return;
    }
    if (result.type === 'failed' && ageMs + EXTEND_RETRY_MS > KEY_LIFE_MS) {
      this.#down(`the listen key could not be kept alive for ${Math.round(ageMs / 60_000)} minutes: ${result.text}`);
      return;
    }
    this.#timers.extend = clock.after(result.type === 'extended' ? EXTEND_EVERY_MS : EXTEND_RETRY_MS, () => this.#extend());
  }

  #closed(close: WebSocketClose): void {
    const why = [close.error ?? 'closed by the venue', `code ${close.code}`, close.reason].filter((part) => part !== '').join(', ');
    if (this.#state === 'connecting') {
      this.#state = 'ended';
      this.#settle({ type: 'failed', text: why });
    } else this.#down(why);
  }

  #down(reason: string): void {
    if (this.#state === 'ended') return;
    this.#end();
    this.#events.onDown(reason);
  }

  #end(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#held = [];
    this.#liveness.stop();
    for (const timer of Object.values(this.#timers)) timer.cancel();
    this.#connection.close(1000, 'done');
  }
}

/** @throws AppError `BIN_BAD_URL` when it is no WebSocket address. */
export function privateStreamUrl(base: string, listenKey: string): string {
  if (!/^wss?:\/\/[^\s/]+/.test(base)) throw new AppError('BIN_BAD_URL', `${base} is no WebSocket address; use e.g. wss://host/private`);
  return `${base.replace(/\/+$/, '')}/ws?listenKey=${encodeURIComponent(listenKey)}`;
}
