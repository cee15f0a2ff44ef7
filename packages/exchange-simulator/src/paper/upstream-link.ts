/** One stream connection to the real exchange: JSON frames in, and a loud end when it is cut, refused, or silent too long. */
import type { Clock, Timer, WebSocketConnection, WebSocketConnector } from '@fillwright/runtime/ports';

export interface LinkEvents {
  opened(): void;
  /** The frame's own part, out of its `{"stream","data"}`. */
  received(data: Readonly<Record<string, unknown>>): void;
  /** Once. */
  lost(why: string): void;
}

const CONNECT_TIMEOUT_MS = 10_000;
const LARGEST_FRAME = 8 * 1024 * 1024;

export class UpstreamLink {
  readonly #clock: Clock;
  readonly #silenceMs: number;
  readonly #events: LinkEvents;
  readonly #connection: WebSocketConnection;
  #watch: Timer | undefined;
  #over = false;

  constructor(
    ports: { readonly clock: Clock; readonly webSocket: WebSocketConnector },
    url: string,
    silenceMs: number,
    events: LinkEvents,
  ) {
    this.#clock = ports.clock;
    this.#silenceMs = silenceMs;
    this.#events = events;
    this.#connection = ports.webSocket.connect(
      { url, connectTimeoutMs: CONNECT_TIMEOUT_MS, maxMessageBytes: LARGEST_FRAME },
      {
        onOpen: () => {
          if (this.#over) return;
          this.#heard();
          events.opened();
        },
        onMessage: (text) => this.#message(text),
        onPing: () => {},
        onPong: () => {},
        onClose: ({ code, error }) => this.#end(error ?? `closed with ${code}`),
      },
    );
  }

  #message(text: string): void {
    if (this.#over) return;
    this.#heard();
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      this.close('a frame is not JSON');
      return;
    }
    const data = typeof frame === 'object' && frame !== null ? (frame as { readonly data?: unknown }).data : undefined;
    if (typeof data === 'object' && data !== null) this.#events.received(data as Record<string, unknown>);
  }

  #heard(): void {
    this.#watch?.cancel();
    this.#watch = this.#clock.after(this.#silenceMs, () => this.close(`nothing came for ${this.#silenceMs} ms`));
  }

  #end(why: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#watch?.cancel();
    this.#events.lost(why);
  }

  /** Cuts it and tells why, unless it is over. */
  close(why: string): void {
    this.#end(why);
    this.#connection.terminate();
  }

  /** Cuts it without a word. */
  stop(): void {
    this.#over = true;
    this.#watch?.cancel();
    this.#connection.terminate();
  }
}
