/** Outgoing WebSockets over `ws`. */
import { type ClientOptions, WebSocket } from 'ws';
import { AppError } from '../app-error.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { WebSocketConnection, WebSocketConnector, WebSocketEvents, WebSocketOptions } from '../ports/web-socket.ts';
import { errorText } from './_error-text.ts';
import { TlsSessions } from './_tls-sessions.ts';
import { END_OPTIONS, WebSocketEnd } from './_web-socket-end.ts';

/** As its types have it: options of HTTP, where those of TLS come in. */
type CreateConnection = NonNullable<ClientOptions['createConnection']>;

const NO_BYTES = new Uint8Array(0);

export interface WebSocketConnectorOptions {
  readonly clock: Clock;
  /** Certificates to trust instead of the built-in ones, PEM. For venues behind a private authority. */
  readonly ca?: string;
}

export function createWebSocketConnector(options: WebSocketConnectorOptions): WebSocketConnector {
  const sessions = new TlsSessions();
  return {
    connect(target, events) {
      try {
        return new Connection(dial(target, options.ca, sessions), options.clock, target, events);
      } catch (error) {
        // Not a network reason, but the same to the caller: this address cannot be connected to.
        return stillborn(errorText(error), target.url, events);
      }
    },
  };
}

function dial(target: WebSocketOptions, ca: string | undefined, sessions: TlsSessions): WebSocket {
  const isSecure = /^wss:/i.test(target.url);
  return new WebSocket(target.url, {
    ...END_OPTIONS,
    ...(isSecure && {
      createConnection: ((options: Parameters<TlsSessions['connect']>[0]) => sessions.connect(options)) as CreateConnection,
    }),
    ...(ca === undefined ? {} : { ca }),
    headers: { ...target.headers },
    maxPayload: target.maxMessageBytes,
    followRedirects: false,
  });
}

class Connection implements WebSocketConnection {
  readonly #end: WebSocketEnd;
  readonly #url: string;
  readonly #connectTimer: Timer;

  constructor(ws: WebSocket, clock: Clock, target: WebSocketOptions, events: WebSocketEvents) {
    this.#url = target.url;
    // The whole handshake, name look-up to answer; the limit of `ws` itself starts anew with every byte.
    this.#connectTimer = clock.after(target.connectTimeoutMs, () => this.#end.cut(`not open within ${target.connectTimeoutMs} ms`));
    this.#end = new WebSocketEnd(ws, clock, {
      onOpen: () => {
        this.#connectTimer.cancel();
        events.onOpen();
      },
      onMessage: (text) => events.onMessage(text),
      onPing: (payload) => events.onPing(payload),
      onPong: (payload) => events.onPong(payload),
      onClose: (close) => {
        this.#connectTimer.cancel();
        events.onClose(close);
      },
    });
  }

  get state(): WebSocketConnection['state'] {
    return this.#end.state;
  }

  get bufferedBytes(): number {
    return this.#end.bufferedBytes;
  }

  send(text: string): void {
    if (!this.#end.send(text)) throw notOpen(this.#url, this.state);
  }

  ping(payload: Uint8Array = NO_BYTES): void {
    this.#end.ping(payload);
  }

  close(code = 1000, reason = ''): void {
    this.#end.close(code, reason);
  }

  terminate(): void {
    this.#end.cut('terminated by this side');
  }
}

function stillborn(error: string, url: string, events: WebSocketEvents): WebSocketConnection {
  queueMicrotask(() => events.onClose({ code: 1006, reason: '', opened: false, error }));
  return {
    state: 'closed',
    bufferedBytes: 0,
    send: () => {
      throw notOpen(url, 'closed');
    },
    ping: () => {},
    close: () => {},
    terminate: () => {},
  };
}

/** The query is left out: it may carry a key. */
function notOpen(url: string, state: string): AppError {
  const [address = url] = url.split('?');
  return new AppError('RUN_SOCKET_NOT_OPEN', `the WebSocket to ${address} is ${state}; send only between onOpen and onClose`, {
    details: { state },
  });
}
