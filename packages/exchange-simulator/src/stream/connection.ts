/** One client's stream connection: its route, what it asked for, and the frames it gets. */
import type { ServerSocket } from '@fillwright/runtime/ports';
import type { Lane } from './lane.ts';

export type Route = 'public' | 'market' | 'private';

export class Connection {
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
  /** Nothing more goes out after the close. */
  closed = false;
  readonly #lane: Lane;
  readonly #maxBufferedBytes: number;

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

  /** Sends event JSON under the name of its stream, after this connection's delay. */
  deliver(stream: string, text: string, extraMs = 0): void {
    this.#lane.send(() => this.#write(this.combined ? `{"stream":"${stream}","data":${text}}` : text), extraMs);
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
