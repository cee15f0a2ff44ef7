/**
 * One public connection kept up until `close`: reconnects for ever with growing, jittered waits, leaves before the venue's 24 h cut,
 * and gives up a connection that is silent. What the frames mean is its owner's business.
 */
import type { Clock, Random, Timer, WebSocketConnection, WebSocketConnector } from '@fillwright/runtime/ports';
import { Backoff } from '../recovery/backoff.ts';
import { DEFAULT_LIVENESS, Liveness, type LivenessOptions } from './liveness.ts';

export interface MarketLinkPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly webSocket: WebSocketConnector;
}

export interface MarketLinkOptions {
  readonly name: string;
  readonly url: string;
  readonly connectTimeoutMs: number;
  readonly liveness?: LivenessOptions;
}

export interface MarketLinkEvents {
  onUp(): void;
  onFrame(text: string): void;
  /** Before the wait for the next attempt; also for attempts that never opened. */
  onDown(reason: string): void;
}

/** The venue cuts every connection after 24 h; we go first. */
const MAX_AGE_MS = (24 * 60 - 10) * 60_000;
const MAX_MESSAGE_BYTES = 4 << 20;

export class MarketLink {
  readonly #ports: MarketLinkPorts;
  readonly #options: MarketLinkOptions;
  readonly #events: MarketLinkEvents;
  readonly #backoff: Backoff;
  readonly #liveness: Liveness;
  #connection: WebSocketConnection | undefined;
  /** Counts connections: what an older one still says is not heard. */
  #generation = 0;
  #retry: Timer | undefined;
  #age: Timer | undefined;
  #isProven = false;
  #closed = false;

  constructor(ports: MarketLinkPorts, options: MarketLinkOptions, events: MarketLinkEvents) {
    this.#ports = ports;
    this.#options = options;
    this.#events = events;
    this.#backoff = new Backoff(ports.random);
    this.#liveness = new Liveness(
      ports.clock,
      options.liveness ?? DEFAULT_LIVENESS,
      () => this.#connection?.ping(),
      (silentMs) => this.restart(`silent for ${silentMs} ms, no answer to a ping`),
    );
  }

  start(): void {
    if (this.#closed || this.#connection !== undefined) return;
    const generation = ++this.#generation;
    const isCurrent = (): boolean => generation === this.#generation && !this.#closed;
    const { url, connectTimeoutMs } = this.#options;
    this.#isProven = false;
    this.#connection = this.#ports.webSocket.connect(
      { url, connectTimeoutMs, maxMessageBytes: MAX_MESSAGE_BYTES },
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
    const connection = this.#connection;
    if (connection === undefined || this.#closed) return;
    this.#lost(reason);
    connection.close(1000, 'restart');
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
    this.#age = this.#ports.clock.after(MAX_AGE_MS, () => {
      // Nothing is wrong with the venue: the next connection need not wait.
      this.#backoff.reset();
      this.restart('nearly 24 h old; the venue would cut it');
    });
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

  #lost(reason: string): void {
    this.#generation++;
    this.#connection = undefined;
    this.#stopWatching();
    this.#retry = this.#ports.clock.after(this.#backoff.nextMs(), () => this.start());
    this.#events.onDown(reason);
  }

  #stopWatching(): void {
    this.#liveness.stop();
    this.#age?.cancel();
  }
}
