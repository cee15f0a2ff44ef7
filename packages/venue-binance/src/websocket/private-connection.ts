/** One private connection: its frames as text, in order, signs of life, and one word when it ends, in whatever way. */
import type { Clock, WebSocketClose, WebSocketConnection, WebSocketConnector } from '@fillwright/runtime/ports';
import { DEFAULT_LIVENESS, Liveness, type LivenessOptions } from './liveness.ts';

export interface PrivateConnectionOptions {
  readonly url: string;
  readonly connectTimeoutMs: number;
  readonly maxMessageBytes: number;
  readonly liveness?: LivenessOptions;
}

export interface PrivateConnectionEvents {
  onOpen(): void;
  onText(text: string): void;
  /** Any sign of life, frames included. */
  onAlive(): void;
  /** Once, also when it never opened; nothing comes after it. Not after `close`. */
  onDown(reason: string): void;
}

export class PrivateConnection {
  readonly #clock: Clock;
  readonly #events: PrivateConnectionEvents;
  readonly #connection: WebSocketConnection;
  readonly #liveness: Liveness;
  #ended = false;
  /** Undefined before it is open. */
  openedUs: number | undefined;
  /** Newest sign of life. */
  heardUs = 0;

  constructor(
    ports: { readonly clock: Clock; readonly webSocket: WebSocketConnector },
    options: PrivateConnectionOptions,
    events: PrivateConnectionEvents,
  ) {
    this.#clock = ports.clock;
    this.#events = events;
    this.#liveness = new Liveness(
      ports.clock,
      options.liveness ?? DEFAULT_LIVENESS,
      () => this.#connection.ping(),
      (silentMs) => this.#down(`silent for ${silentMs} ms, no answer to a ping`),
    );
    this.#connection = ports.webSocket.connect(
      { url: options.url, connectTimeoutMs: options.connectTimeoutMs, maxMessageBytes: options.maxMessageBytes },
      {
        onOpen: () => this.#opened(),
        onMessage: (text) => this.#received(text),
        onPing: () => this.#heard(),
        onPong: () => this.#heard(),
        onClose: (close) => this.#down(reasonOf(close)),
      },
    );
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#liveness.stop();
    this.#connection.close(1000, 'done');
  }

  #opened(): void {
    if (this.#ended) return;
    this.openedUs = this.#clock.monotonicUs();
    this.heardUs = this.openedUs;
    this.#liveness.start();
    this.#events.onOpen();
  }

  #received(text: string): void {
    if (this.#ended) return;
    this.#heard();
    this.#events.onText(text);
  }

  #heard(): void {
    if (this.#ended) return;
    this.heardUs = this.#clock.monotonicUs();
    this.#liveness.heard();
    this.#events.onAlive();
  }

  #down(reason: string): void {
    if (this.#ended) return;
    this.close();
    this.#events.onDown(reason);
  }
}

function reasonOf(close: WebSocketClose): string {
  return [close.error ?? 'closed by the venue', `code ${close.code}`, close.reason].filter((part) => part !== '').join(', ');
}
