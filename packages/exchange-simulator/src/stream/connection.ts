/** One client's stream connection: its route, what it asked for, and the frames it gets. */
import type { ServerSocket } from '@fillwright/runtime/ports';
import type { Lane } from './lane.ts';
import type { DrilledSocket, LiveSocket } from './socket-life.ts';

export type Route = 'public' | 'market' | 'private';

export class Connection implements DrilledSocket, LiveSocket {
  readonly id: number;
  readonly route: Route;
  readonly socket: ServerSocket;
  /** Every name the client subscribed to, delivered here or not. */
  readonly streams = new Set<string>();
  /** Whether frames carry `{"stream","data"}`. */
  combined: boolean;
  /** User event types wanted; `undefined` = all. */
  readonly events: ReadonlySet<string> | undefined;
  /** A drill: nothing is sent any more and pings go unanswered, but the connection stays. */
  silent = false;
  /** A drill: it gets no pings. */
  pingless = false;
  /** Nothing more goes out after the close. */
  closed = false;
  readonly #lane: Lane;
  readonly #maxBufferedBytes: number;
  /** Frames that wait for another one to go first. */
  readonly #heldBack: string[] = [];

  constructor(init: {
    id: number;
    route: Route;
    socket: ServerSocket;
    combined: boolean;
    events: ReadonlySet<string> | undefined;
    lane: Lane;
    maxBufferedBytes: number;
  }) {
    this.id = init.id;
    this.route = init.route;
    this.socket = init.socket;
    this.combined = init.combined;
    this.events = init.events;
    this.#lane = init.lane;
    this.#maxBufferedBytes = init.maxBufferedBytes;
  }

  /** Sends event JSON under the name of its stream, after this connection's delay; `bent` spoils the whole frame. */
  deliver(stream: string, text: string, extraMs = 0, bent?: (frame: string) => string): void {
    this.#lane.send(() => {
      const frame = this.#framed(stream, text);
      this.#write(bent === undefined ? frame : bent(frame));
      for (const held of this.#heldBack.splice(0)) this.#write(held);
    }, extraMs);
  }

  #framed(stream: string, text: string): string {
    return this.combined ? `{"stream":"${stream}","data":${text}}` : text;
  }

  /** Event JSON that goes out right behind the next one, at the latest after `mostMs`. */
  deliverBehind(stream: string, text: string, mostMs: number): void {
    this.answerBehind(this.#framed(stream, text), mostMs);
  }

  /** An answer that comes behind the next frame of a stream, at the latest after `mostMs`. */
  answerBehind(frame: string, mostMs: number): void {
    this.#heldBack.push(frame);
    this.#lane.later(mostMs, () => {
      const at = this.#heldBack.indexOf(frame);
      if (at >= 0) for (const held of this.#heldBack.splice(at, 1)) this.#write(held);
    });
  }

  tellShutdown(nowMs: number): void {
    this.#write(this.#framed('!serverShutdown', `{"e":"serverShutdown","E":${nowMs}}`));
  }

  close(code: number, reason: string): void {
    if (!this.closed) this.socket.close(code, reason);
  }

  /** Answers a request frame at once. */
  answer(text: string): void {
    this.#write(text);
  }

  #write(frame: string): void {
    if (this.closed || this.silent) return;
    if (this.socket.bufferedBytes > this.#maxBufferedBytes) {
      this.cut();
      return;
    }
    this.socket.send(frame);
  }

  /** Ends the connection without a closing handshake. */
  cut(): void {
    if (this.closed) return;
    this.closed = true;
    this.socket.terminate();
  }
}
