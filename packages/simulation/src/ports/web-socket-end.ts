/**
 * One end of a WebSocket on a simulated connection, client or server: pongs before `onPing`, `onClose` exactly once and last, and no
 * closing that hangs. The same rules as the live one.
 */
import type { WebSocketClose } from '@fillwright/runtime/ports';
import type { ConnectionEnd } from '../kernel/connection.ts';
import type { KernelEvent } from '../kernel/event-queue.ts';
import type { Incarnation } from '../kernel/incarnation.ts';
import type { FrameUnit } from './http-wire.ts';

/** How long a peer may take to answer a closing handshake. */
const CLOSE_TIMEOUT_US = 2_000_000;
const FRAME_HEAD_BYTES = 8;
/** Unsent bytes at which a peer that pings but does not read is cut. */
const MAX_BYTES_BEHIND_PONG = 1024 * 1024;

export interface WebSocketEndEvents {
  onMessage(text: string): void;
  onPing(payload: Uint8Array): void;
  onPong(payload: Uint8Array): void;
  onClose(close: WebSocketClose): void;
}

export class WebSocketEnd {
  pongsPaused = false;
  readonly #incarnation: Incarnation;
  readonly #end: ConnectionEnd;
  readonly #maxMessageBytes: number;
  readonly #events: WebSocketEndEvents;
  #state: 'connecting' | 'open' | 'closing' | 'closed';
  #closeTimer: KernelEvent | undefined;
  #opened: boolean;
  #cut = false;

  constructor(incarnation: Incarnation, end: ConnectionEnd, maxMessageBytes: number, opened: boolean, events: WebSocketEndEvents) {
    this.#incarnation = incarnation;
    this.#end = end;
    this.#maxMessageBytes = maxMessageBytes;
    this.#opened = opened;
    this.#state = opened ? 'open' : 'connecting';
    this.#events = events;
  }

  get state(): 'connecting' | 'open' | 'closing' | 'closed' {
    return this.#state;
  }

  get bufferedBytes(): number {
    return this.#state === 'closed' ? 0 : this.#end.bufferedBytes;
  }

  /** The handshake succeeded. */
  opened(): void {
    this.#opened = true;
    this.#state = 'open';
  }

  /** False when it is not open: then nothing was sent. */
  send(text: string): boolean {
    if (this.#state !== 'open') return false;
    this.#incarnation.note('ws.text', text);
    this.#end.send({ type: 'text', text } satisfies FrameUnit, FRAME_HEAD_BYTES + text.length);
    return true;
  }

  ping(payload: Uint8Array): void {
    if (this.#state === 'open')
      this.#end.send({ type: 'ping', payload: payload.slice() } satisfies FrameUnit, FRAME_HEAD_BYTES + payload.length);
  }

  close(code: number, reason: string): void {
    if (this.#state === 'connecting') this.cut('closed before it was open');
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#end.send({ type: 'close', code, reason } satisfies FrameUnit, FRAME_HEAD_BYTES + reason.length);
    this.#closeTimer = this.#incarnation.later(CLOSE_TIMEOUT_US, 'ws.close-timeout', () =>
      this.cut(`the peer did not answer the closing within ${CLOSE_TIMEOUT_US / 1000} ms`),
    );
  }

  /** Ends it without a closing handshake; `onClose` follows by an event, with `why` as its error. */
  cut(why: string, httpStatus?: number): void {
    if (this.#state === 'closed' || this.#cut) return;
    this.#cut = true;
    this.#state = 'closing';
    this.#end.reset();
    const status = httpStatus === undefined ? {} : { httpStatus };
    this.#incarnation.later(0, 'ws.cut', () => this.#finish({ code: 1006, reason: '', error: why, ...status }));
  }

  receive(unit: FrameUnit): void {
    if (this.#state === 'closed' || this.#cut) return;
    switch (unit.type) {
      case 'text':
        if (Buffer.byteLength(unit.text) > this.#maxMessageBytes) this.#refuse(1009, 'Max payload size exceeded');
        else this.#events.onMessage(unit.text);
        return;
      case 'ping':
        this.#pinged(unit.payload);
        return;
      case 'pong':
        this.#events.onPong(unit.payload);
        return;
      case 'close':
        this.#closedByPeer(unit.code, unit.reason);
        return;
    }
  }

  /** The connection below is gone. */
  lost(): void {
    if (this.#cut) return;
    this.#finish({ code: 1006, reason: '', error: 'the connection was cut' });
  }

  #pinged(payload: Uint8Array): void {
    if (this.#state !== 'open') return;
    if (this.#end.bufferedBytes > MAX_BYTES_BEHIND_PONG) {
      this.cut('the peer pings but does not read');
      return;
    }
    if (!this.pongsPaused) this.#end.send({ type: 'pong', payload } satisfies FrameUnit, FRAME_HEAD_BYTES + payload.length);
    this.#events.onPing(payload);
  }

  #closedByPeer(code: number, reason: string): void {
    if (this.#state === 'open') this.#end.send({ type: 'close', code, reason } satisfies FrameUnit, FRAME_HEAD_BYTES);
    this.#end.end();
    this.#finish({ code, reason });
  }

  /** The peer broke a bound: it is told the code, and the connection ends. */
  #refuse(code: number, error: string): void {
    if (this.#state === 'open') this.#end.send({ type: 'close', code, reason: '' } satisfies FrameUnit, FRAME_HEAD_BYTES);
    this.#end.end();
    this.#finish({ code, reason: '', error });
  }

  #finish(close: Omit<WebSocketClose, 'opened'>): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    if (this.#closeTimer !== undefined) this.#incarnation.kernel.cancel(this.#closeTimer);
    this.#events.onClose({ ...close, opened: this.#opened });
  }
}
