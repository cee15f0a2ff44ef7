/**
 * One connection kept up until `close`: reconnects for ever with growing, jittered waits, leaves before the venue's 24 h cut, and gives up a
 * connection that is silent. What the frames mean is its owner's business.
 */
import {
  AppError,
  type Clock,
  type Random,
  type Timer,
  type WebSocketConnection,
  type WebSocketConnector,
} from '@fillwright/runtime/ports';
import { Backoff } from '../recovery/backoff.ts';
import { DEFAULT_LIVENESS, Liveness, type LivenessOptions } from './liveness.ts';

export interface KeptLinkPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly webSocket: WebSocketConnector;
}

export interface KeptLinkOptions {
  readonly name: string;
  readonly url: string;
  readonly connectTimeoutMs: number;
  readonly liveness?: LivenessOptions;
  /** Default 4 MiB; a larger message closes the connection. */
  readonly maxMessageBytes?: number;
  /** Default 1 s: the first wait before a new connection; it doubles up to 30 s. */
  readonly reconnectMs?: number;
}

export interface KeptLinkEvents {
  onUp(): void;
  onFrame(text: string): void;
  /** Before the wait for the next attempt; also for attempts that never opened. */
  onDown(reason: string): void;
  /** The venue would cut this connection soon: its owner replaces the link. Absent: it makes a new connection at once. */
  onAged?(): void;
}

/** The venue cuts every connection after 24 h; we go first. */
const MAX_AGE_MS = (24 * 60 - 10) * 60_000;
const DEFAULT_MAX_MESSAGE_BYTES = 4 << 20;

export class KeptLink {
  readonly #ports: KeptLinkPorts;
  readonly #options: KeptLinkOptions;
  readonly #events: KeptLinkEvents;
  readonly #backoff: Backoff;
  readonly #liveness: Liveness;
  #connection: WebSocketConnection | undefined;
  /** Counts connections: what an older one still says is not heard. */
  #generation = 0;
  #retry: Timer | undefined;
  #age: Timer | undefined;
  #isProven = false;
  #closed = false;

  constructor(ports: KeptLinkPorts, options: KeptLinkOptions, events: KeptLinkEvents) {
    this.#ports = ports;
    this.#options = options;
    this.#events = events;
    this.#backoff = new Backoff(ports.random, options.reconnectMs);
    this.#liveness = new Liveness(
      ports.clock,
      options.liveness ?? DEFAULT_LIVENESS,
      () => this.#connection?.ping(),
      (silentMs) => this.restart(`silent for ${silentMs} ms, no answer to a ping`),
    );
  }

  get isUsable(): boolean {
    return this.#connection?.state === 'open';
  }

  /** Hands the frame to the network in this call. @throws AppError `RUN_SOCKET_NOT_OPEN` when not open; ask `isUsable` first. */
  send(text: string): void {
    if (this.#connection === undefined) throw new AppError('RUN_SOCKET_NOT_OPEN', `${this.#options.name} has no connection`);
    this.#connection.send(text);
  }

  start(): void {
    if (this.#closed || this.#connection !== undefined) return;
    const generation = ++this.#generation;
    const isCurrent = (): boolean => generation === this.#generation && !this.#closed;
    const { url, connectTimeoutMs, maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES } = this.#options;
    this.#isProven = false;
    this.#connection = this.#ports.webSocket.connect(
      { url, connectTimeoutMs, maxMessageBytes },
      {
        onOpen: () => isCurrent() && this.#opened(),
        onMessage: (text) => isCurrent() && this.#received(text),
        onPing: () => isCurrent() && this.#liveness.heard(),
        onPong: () => isCurrent() && this.#liveness.heard(),
        onClose: (close) =>
          isCurrent() && this.#lost(`${close.error ?? 'closed by the venue'}, code ${close.code} ${close.reason}`.trimEnd()),
      },
    );
  }

  /** Gives up the present connection, if any, and makes a new one after the wait that is due. */
  restart(reason: string): void {
    this.#leave(reason);
  }

  close(): void {
    this.#closed = true;
    this.#retry?.cancel();
    this.#stopWatching();
    this.#connection?.close(1000, 'done');
    this.#connection = undefined;
  }

  #opened(): void {
    this.#liveness.start();
    this.#age = this.#ports.clock.after(MAX_AGE_MS, () => this.#aged());
    this.#events.onUp();
  }

  /** Only data proves a connection: an unrouted subscription opens fine and stays silent. */
  #received(text: string): void {
    this.#liveness.heard();
    if (!this.#isProven) {
      this.#isProven = true;
      this.#backoff.reset();
    }
    this.#events.onFrame(text);
  }

  #aged(): void {
    if (this.#events.onAged) this.#events.onAged();
    // Nothing is wrong with the venue: the next connection need not wait.
    else this.#leave('nearly 24 h old; the venue would cut it', 0);
  }

  #leave(reason: string, waitMs?: number): void {
    const connection = this.#connection;
    if (connection === undefined || this.#closed) return;
    this.#lost(reason, waitMs);
    connection.close(1000, 'restart');
  }

  #lost(reason: string, waitMs = this.#backoff.nextMs()): void {
    this.#generation++;
    this.#connection = undefined;
    this.#stopWatching();
    this.#retry = this.#ports.clock.after(waitMs, () => this.start());
    this.#events.onDown(reason);
  }

  #stopWatching(): void {
    this.#liveness.stop();
    this.#age?.cancel();
  }
}
