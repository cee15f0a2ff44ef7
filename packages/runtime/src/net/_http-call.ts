/** One request under way: knows how far it came, settles exactly once, and leaves nothing behind. */
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock, Timer } from '../ports/clock.ts';
import type { HttpFailureReason, HttpResult } from '../ports/http-client.ts';
import { failureFromError, httpFailure, type Progress } from './_http-failure.ts';

export const DEFAULT_MAX_BYTES = 8 * 1024 * 1024;

export class HttpCall {
  readonly maxBytes: number;
  readonly #startedUs: number;
  readonly #clock: Clock;
  readonly #settle: (result: HttpResult) => void;
  readonly #timeoutMs: number;
  readonly #deadline: Timer;
  #progress: Progress = 'queued';
  #request: ClientRequest | undefined;
  #settled = false;

  /** @param settle called once, with the outcome */
  constructor(clock: Clock, timeoutMs: number, maxBytes: number, settle: (result: HttpResult) => void) {
    this.maxBytes = maxBytes;
    this.#clock = clock;
    this.#settle = settle;
    this.#startedUs = clock.monotonicUs();
    this.#timeoutMs = timeoutMs;
    this.#deadline = clock.after(timeoutMs, () => this.abort('timeout', `no answer within ${timeoutMs} ms`));
  }

  /** Follows `request` from its place in the queue to the connection that carries it. */
  watch(request: ClientRequest): void {
    this.#request = request;
    request.once('socket', (socket: Socket | TLSSocket) => {
      const secure = 'secureConnecting' in socket;
      const ready = !(socket.connecting || (secure && socket.secureConnecting));
      if (ready) {
        this.#mayWrite();
        return;
      }
      this.#progress = 'connecting';
      socket.once(secure ? 'secureConnect' : 'connect', () => this.#mayWrite());
    });
    // Unasked for, and without this listener Node drops the connection without a word to the request.
    request.once('upgrade', (_response, socket) => {
      socket.destroy();
      this.abort('malformed', 'the server switched protocols');
    });
  }

  /**
   * Called before Node writes. A process that was stopped learns of its connection before its timers: what nobody waits for any more
   * is not written then.
   */
  #mayWrite(): void {
    const isLate = this.#clock.monotonicUs() - this.#startedUs >= this.#timeoutMs * 1000;
    if (isLate) this.abort('timeout', `no connection within ${this.#timeoutMs} ms`);
    else this.#progress = 'writing';
  }

  answer(status: number, headers: Readonly<Record<string, unknown>>, body: string): void {
    const elapsedUs = this.#clock.monotonicUs() - this.#startedUs;
    this.#finish({ type: 'response', status, headers: flatHeaders(headers), body, elapsedUs });
  }

  fail(error: unknown): void {
    if (!this.#settled) this.#finish(failureFromError(error, this.#progress, this.maxBytes));
  }

  /** Gives the request up and cuts its connection. */
  abort(reason: HttpFailureReason, message: string): void {
    if (this.#settled) return;
    this.#finish(httpFailure(reason, this.#progress, message));
    this.#request?.destroy();
  }

  #finish(result: HttpResult): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#deadline.cancel();
    this.#settle(result);
  }
}

/** `set-cookie` is the one header that Node gives as a list. */
function flatHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value !== undefined && value !== null) flat[name] = Array.isArray(value) ? value.join(', ') : String(value);
  }
  return flat;
}
