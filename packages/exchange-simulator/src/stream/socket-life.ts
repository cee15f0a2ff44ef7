/** What every socket of the venue lives by: pings, the deadline for their pongs, the end after a day, and how much a client may send. */
import type { Clock, ServerSocket, Timer } from '@fillwright/runtime/ports';
import type { StreamOptions } from '../options/options.ts';

const GOING_AWAY = 1001;
export const POLICY_VIOLATION = 1008;

/** A socket that drills may act on. */
export interface DrilledSocket {
  readonly route: string;
  readonly socket: ServerSocket;
  /** What its client asked for. */
  readonly streams: ReadonlySet<string>;
  /** A drill: nothing is sent any more and pings go unanswered, but the connection stays. */
  silent: boolean;
  /** A drill: it gets no pings. */
  pingless: boolean;
  /** Ends it without a closing handshake. */
  cut(): void;
}

/** A socket as planned maintenance sees it. */
export interface LiveSocket {
  /** In the form that its route has for it. */
  tellShutdown(nowMs: number): void;
  close(code: number, reason: string): void;
}

export class SocketLife {
  readonly #clock: Clock;
  readonly #socket: DrilledSocket;
  readonly #options: StreamOptions;
  /** What the last ping carried: any other pong is unasked for. */
  #awaited: string | undefined;
  #pinger: Timer;
  #pongTimer: Timer | undefined;
  readonly #end: Timer;

  constructor(clock: Clock, socket: DrilledSocket, options: StreamOptions) {
    this.#clock = clock;
    this.#socket = socket;
    this.#options = options;
    this.#pinger = clock.after(options.pingIntervalMs, () => this.#ping());
    this.#end = clock.after(options.lifeMs, () => socket.socket.close(GOING_AWAY, 'connection is valid for 24 hours'));
  }

  #ping(): void {
    this.#pinger = this.#clock.after(this.#options.pingIntervalMs, () => this.#ping());
    if (this.#socket.silent || this.#socket.pingless) return;
    this.#awaited = String(Math.floor(this.#clock.wallUs() / 1000));
    this.#pongTimer ??= this.#clock.after(this.#options.pongTimeoutMs, () => this.#socket.cut());
    this.#socket.socket.ping(Buffer.from(this.#awaited));
  }

  pong(payload: Uint8Array): void {
    if (Buffer.from(payload).toString() !== this.#awaited) return;
    this.#pongTimer?.cancel();
    this.#pongTimer = undefined;
  }

  stop(): void {
    this.#pinger.cancel();
    this.#pongTimer?.cancel();
    this.#end.cancel();
  }
}

/** Incoming frames in aligned seconds. */
export class MessageLimiter {
  readonly #clock: Clock;
  readonly #perSecond: number;
  #second = -1;
  #count = 0;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
  }

  /** Counts one frame; true when it is over the limit. */
  exceeded(): boolean {
    const second = Math.floor(this.#clock.monotonicUs() / 1_000_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count > this.#perSecond;
  }
}
