/**
 * One end of an open WebSocket of `ws`, client or server: text only, pongs before `onPing`, `onClose` exactly once and last, and no
 * closing that hangs.
 */
import type { WebSocket } from 'ws';
import type { Clock, Timer } from '../ports/clock.ts';
import type { WebSocketClose } from '../ports/web-socket.ts';
import { errorCode, errorText } from './_error-text.ts';

/** How long a peer may take to answer a closing handshake. */
export const CLOSE_TIMEOUT_MS = 2_000;

/** Unsent bytes at which a peer that pings but does not read is cut: pongs queue up for it. */
const MAX_BYTES_BEHIND_PONG = 1024 * 1024;

/** What both ends ask of `ws`; pongs are ours so that they can be withheld and come before `onPing`. */
export const END_OPTIONS = {
  perMessageDeflate: false,
  skipUTF8Validation: false,
  autoPong: false,
  // For a closing that the peer began; our own is timed by the clock.
  closeTimeout: CLOSE_TIMEOUT_MS,
} as const;

export interface EndEvents {
  onOpen?(): void;
  onMessage(text: string): void;
  onPing(payload: Uint8Array): void;
  onPong(payload: Uint8Array): void;
  onClose(close: WebSocketClose): void;
}

const CODE_OF_ERROR: Readonly<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: 1007,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 1009,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1008,
};

function codeOf(error: Error): number {
  const code = errorCode(error);
  return CODE_OF_ERROR[code] ?? (code.startsWith('WS_ERR_') ? 1002 : 1006);
}

export class WebSocketEnd {
  pongsPaused = false;
  readonly #ws: WebSocket;
  readonly #clock: Clock;
  readonly #events: EndEvents;
  #opened: boolean;
  /** Set by a local cut: nothing but `onClose` follows, with this text. */
  #cut: string | undefined;
  #closed = false;
  #closeTimer: Timer | undefined;
  #httpStatus: number | undefined;

  constructor(ws: WebSocket, clock: Clock, events: EndEvents) {
    this.#ws = ws;
    this.#clock = clock;
    this.#events = events;
    this.#opened = ws.readyState === ws.OPEN;
    this.#listen();
  }

  get state(): 'connecting' | 'open' | 'closing' | 'closed' {
    if (this.#closed || this.#ws.readyState === this.#ws.CLOSED) return 'closed';
    if (this.#cut !== undefined || this.#ws.readyState === this.#ws.CLOSING) return 'closing';
    return this.#ws.readyState === this.#ws.OPEN ? 'open' : 'connecting';
  }

  get bufferedBytes(): number {
    return this.state === 'closed' ? 0 : this.#ws.bufferedAmount;
  }

  /** @returns whether it was handed to the network */
  send(text: string): boolean {
    if (this.state !== 'open') return false;
    this.#ws.send(text);
    return true;
  }

  ping(payload: Uint8Array): void {
    if (this.state === 'open') this.#ws.ping(payload);
  }

  close(code: number, reason: string): void {
    const state = this.state;
    if (state === 'connecting') this.cut('closed before it was open');
    if (state !== 'open') return;
    this.#ws.close(code, reason);
    this.#closeTimer = this.#clock.after(CLOSE_TIMEOUT_MS, () =>
      this.cut(`the peer did not answer the closing within ${CLOSE_TIMEOUT_MS} ms`),
    );
  }

  /** Ends the connection without a closing handshake; `why` becomes the error of `onClose`. */
  cut(why: string): void {
    if (this.#closed) return;
    this.#cut ??= why;
    this.#ws.terminate();
  }

  #listen(): void {
    const ws = this.#ws;
    ws.on('open', () => {
      if (this.#silent) return;
      this.#opened = true;
      this.#events.onOpen?.();
    });
    ws.on('message', (data, isBinary) => {
      if (this.#silent) return;
      if (isBinary) this.#refuse(1003, 'the peer sent a binary frame');
      else this.#events.onMessage(data.toString());
    });
    ws.on('ping', (payload) => this.#onPing(payload));
    ws.on('pong', (payload) => {
      if (!this.#silent) this.#events.onPong(payload);
    });
    ws.on('unexpected-response', (_request, response) => {
      this.#httpStatus = response.statusCode ?? 0;
      this.cut(`the server answered ${this.#httpStatus} instead of upgrading`);
    });
    ws.on('error', (error) => this.#onError(error));
    ws.on('close', (code, reason) => this.#onClose(code, reason.toString()));
  }

  get #silent(): boolean {
    return this.#closed || this.#cut !== undefined;
  }

  #onPing(payload: Uint8Array): void {
    if (this.#silent || this.#ws.readyState !== this.#ws.OPEN) return;
    if (this.#ws.bufferedAmount > MAX_BYTES_BEHIND_PONG) {
      this.cut('the peer pings but does not read');
      return;
    }
    if (!this.pongsPaused) this.#ws.pong(payload);
    this.#events.onPing(payload);
  }

  /** Before the opening: the handshake failed. After it: the peer broke the protocol, and `ws` has begun to close with the code. */
  #onError(error: Error): void {
    const broken = this.#opened ? codeOf(error) : 1006;
    this.#finish({ code: broken, reason: '', error: this.#cut ?? errorText(error) });
  }

  #onClose(code: number, reason: string): void {
    if (code === 1006) this.#finish({ code, reason: '', error: this.#cut ?? 'the connection was cut' });
    else this.#finish({ code, reason });
  }

  #refuse(code: number, why: string): void {
    this.#ws.close(code, why);
    this.#finish({ code, reason: '', error: why });
  }

  /** The peer is told the code, but whether it listens changes nothing here: the connection goes, at the latest after the timeout. */
  #finish(close: { readonly code: number; readonly reason: string; readonly error?: string }): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closeTimer?.cancel();
    const status = this.#httpStatus === undefined ? {} : { httpStatus: this.#httpStatus };
    this.#events.onClose({ ...close, ...status, opened: this.#opened });
  }
}
