/**
 * Orders over the venue's WebSocket API: one connection kept up, each request registered before it is written, each answer read as a
 * REST answer is, so that one outcome table serves both. What was written and not answered when the connection ends is unknown.
 * Facts: Binance futures, WebSocket API general info (envelope, sorted unencoded signature payload, `session.logon` for Ed25519 only).
 */
import { type UsTime, usTime } from '@fillwright/domain';
import type { Clock, Log, Random, Timer, WebSocketConnector } from '@fillwright/runtime/ports';
import type { AdapterObserver } from '@fillwright/venue';
import { parseLosslessJson } from '../common/lossless-json.ts';
import type { Params } from '../common/query-text.ts';
import { NOT_AFTER, stamp } from '../common/recv-window.ts';
import { banEnd, isBan } from '../http/bans.ts';
import { poolOf } from '../http/rate-limit-rows.ts';
import { type Credentials, isClockDoubt, type RestResult, venueError } from '../http/rest-client.ts';
import { KeptLink } from './kept-link.ts';
import type { LivenessOptions } from './liveness.ts';

export interface OrderChannelPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly webSocket: WebSocketConnector;
  readonly log: Log;
}

export interface OrderChannelOptions {
  /** e.g. `wss://ws-fapi.binance.com/ws-fapi/v1`. */
  readonly url: string;
  readonly connectTimeoutMs: number;
  /** Requests on their way at once; with more the channel is not ready. */
  readonly maxInFlight: number;
  readonly credentials: Credentials;
  /** The key is an Ed25519 key: the session logs on once, and requests need no signature of their own. */
  readonly canLogOn: boolean;
  readonly observer: AdapterObserver;
  readonly liveness?: LivenessOptions;
  readonly maxMessageBytes?: number;
  readonly reconnectMs?: number;
}

interface Pending {
  readonly endpoint: string;
  readonly startUs: number;
  readonly timer: Timer;
  readonly settle: (result: RestResult) => void;
}

/** Numbers on the wire, as the venue's own examples write them; all else is text. Ids keep all their digits. */
const NUMERIC: ReadonlySet<string> = new Set(['timestamp', 'recvWindow', 'orderId', 'algoId', 'goodTillDate']);
const LOGON_TIMEOUT_MS = 5_000;
const MAX_ERROR_TEXT = 500;

export class OrderChannel {
  readonly #ports: OrderChannelPorts;
  readonly #options: OrderChannelOptions;
  readonly #link: KeptLink;
  readonly #pending = new Map<string, Pending>();
  #nextId = 1;
  #firstAttempt: Promise<void> | undefined;
  #onFirstAttempt: () => void = () => undefined;
  #session: 'none' | 'logging-on' | 'logged-on' = 'none';

  constructor(ports: OrderChannelPorts, options: OrderChannelOptions) {
    this.#ports = ports;
    this.#options = options;
    const { url, connectTimeoutMs, liveness, maxMessageBytes, reconnectMs } = options;
    const link = {
      ...{ name: 'order channel', url, connectTimeoutMs },
      ...(liveness !== undefined && { liveness }),
      ...(maxMessageBytes !== undefined && { maxMessageBytes }),
      ...(reconnectMs !== undefined && { reconnectMs }),
    };
    this.#link = new KeptLink(ports, link, {
      onUp: () => this.#opened(),
      onFrame: (text) => this.#received(text),
      onDown: (reason) => this.#lost(reason),
      isBusy: () => this.#pending.size > 0,
    });
  }

  /** Settles when the first attempt to connect succeeded or failed; it goes on trying for ever. */
  start(): Promise<void> {
    this.#firstAttempt ??= new Promise((settle) => {
      this.#onFirstAttempt = settle;
      this.#link.start();
    });
    return this.#firstAttempt;
  }

  /** A request can be written now. */
  get isReady(): boolean {
    return this.#link.isUsable && this.#session !== 'logging-on' && this.#pending.size < this.#options.maxInFlight;
  }

  /** Registered and handed to the network before this returns; call it only when `isReady`. Never rejects. */
  async call(endpoint: string, method: string, params: Params, timeoutMs: number): Promise<RestResult> {
    const result = await this.#write(endpoint, method, params, timeoutMs, this.#session !== 'logged-on');
    if (isClockDoubt(result)) await this.#options.credentials.onClockDoubt();
    return result;
  }

  /** A session that logged on did so with credentials that are not ours any more: a new connection, once nothing is on its way. */
  renew(reason: string): void {
    if (this.#session !== 'none') this.#link.retire(reason);
  }

  close(): void {
    this.#link.close();
    this.#onFirstAttempt();
    this.#giveUp('closed', 'the order channel was closed');
  }

  #write(endpoint: string, method: string, params: Params, timeoutMs: number, isSigned: boolean): Promise<RestResult> {
    const { clock } = this.#ports;
    const id = String(this.#nextId++);
    return new Promise((settle) => {
      const timer = clock.after(timeoutMs, () =>
        this.#finish(id, 'failed', notAnswered('timeout', `no answer to ${method} within ${timeoutMs} ms`)),
      );
      this.#pending.set(id, { endpoint, startUs: clock.monotonicUs(), timer, settle });
      try {
        this.#link.send(this.#frame(id, method, params, isSigned));
      } catch (error) {
        const text = `${method} was not written: ${error instanceof Error ? error.message : String(error)}`;
        this.#finish(id, 'failed', { type: 'failure', failure: { kind: 'transport', sent: 'no', reason: 'refused', text } });
      }
    });
  }

  #frame(id: string, method: string, params: Params, isSigned: boolean): string {
    const { credentials } = this.#options;
    const { apiKey, sign } = credentials;
    const all: [name: string, value: string][] = Object.entries(stamp(params, credentials));
    if (isSigned) all.push(['apiKey', apiKey.reveal()]);
    for (const [name, value] of Object.entries(params)) if (value !== undefined && name !== NOT_AFTER) all.push([name, value]);
    if (isSigned) {
      // The venue signs the values as they are, in the order of their names.
      all.sort(([a], [b]) => (a < b ? -1 : 1));
      all.push(['signature', sign(all.map(([name, value]) => `${name}=${value}`).join('&'))]);
    }
    const members = all.map(([name, value]) => `${JSON.stringify(name)}:${NUMERIC.has(name) ? value : JSON.stringify(value)}`);
    return `{"id":"${id}","method":"${method}","params":{${members.join(',')}}}`;
  }

  #opened(): void {
    if (!this.#options.canLogOn) {
      this.#onFirstAttempt();
      return;
    }
    this.#session = 'logging-on';
    void this.#write('session-logon', 'session.logon', {}, LOGON_TIMEOUT_MS, true).then((result) => {
      if (this.#session !== 'logging-on') return;
      this.#session = result.type === 'answer' ? 'logged-on' : 'none';
      if (result.type !== 'answer') this.#ports.log.warn('venue-logon-failed', { text: result.failure.text });
      this.#onFirstAttempt();
    });
  }

  #lost(reason: string): void {
    this.#session = 'none';
    this.#onFirstAttempt();
    this.#giveUp('cut', `the order channel went down: ${reason}`);
  }

  #giveUp(reason: 'cut' | 'closed', text: string): void {
    for (const id of [...this.#pending.keys()]) this.#finish(id, 'failed', notAnswered(reason, text));
  }

  #received(text: string): void {
    const frame = parseLosslessJson(text);
    if (frame.type === 'malformed' || typeof frame.value !== 'object' || frame.value === null) {
      // Whose answer it was cannot be told: that one runs into its timeout and is unknown.
      this.#ports.log.warn('venue-answer-unreadable', { text: text.slice(0, 120) });
      return;
    }
    const { id, event, status, result, error, rateLimits } = frame.value as Readonly<Record<string, unknown>>;
    if (isShutdown(event)) {
      this.#link.retire('the venue announced that it ends this connection');
      return;
    }
    this.#readRateLimits(rateLimits, typeof id === 'string' ? this.#pending.get(id)?.startUs : undefined);
    const code = Number(status);
    if (isBan(code)) this.#readBan(code, error);
    if (typeof id === 'string') this.#finish(id, code, answerOf(code, result, error));
    else this.#ports.log.warn('venue-answer-unasked', { text: text.slice(0, 120) });
  }

  /** An answer that comes after its timeout finds nobody: the engine has begun to ask. */
  #finish(id: string, status: number | 'failed', result: RestResult): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    pending.timer.cancel();
    this.#options.observer.onRequest?.(pending.endpoint, status, this.#ports.clock.monotonicUs() - pending.startUs);
    pending.settle(result);
  }

  #readRateLimits(rows: unknown, askedUs: number | undefined): void {
    // Of an answer to nothing that we know it cannot be told which window it is about.
    if (!Array.isArray(rows) || askedUs === undefined) return;
    const ts = this.#ports.clock.wallUs();
    for (const row of rows as readonly Readonly<Record<string, unknown>>[]) {
      const pool = poolOf(row);
      if (pool !== undefined && Number.isSafeInteger(row.count))
        this.#options.observer.onRateUsage?.({ pool, used: row.count as number, ts, askedUs });
    }
  }

  #readBan(status: 418 | 429, error: unknown): void {
    const { credentials, observer } = this.#options;
    const { msg, data } = Object(error) as { readonly msg?: unknown; readonly data?: unknown };
    const text = String(msg ?? '').slice(0, MAX_ERROR_TEXT);
    const { retryAfter } = Object(data) as { readonly retryAfter?: unknown };
    const toWall = (serverMs: number): UsTime => credentials.toWall(serverMs);
    const until = Number.isSafeInteger(retryAfter)
      ? toWall(retryAfter as number)
      : banEnd({ status, text, retryAfterS: Number.NaN }, usTime(this.#ports.clock.wallUs()), toWall);
    observer.onBan?.(until, text);
  }
}

function notAnswered(reason: 'timeout' | 'cut' | 'closed', text: string): RestResult {
  return { type: 'failure', failure: { kind: 'transport', sent: 'maybe', reason, text } };
}

function answerOf(status: number, result: unknown, error: unknown): RestResult {
  if (status >= 200 && status < 300 && result !== undefined) return { type: 'answer', value: result };
  if (error === undefined || !Number.isSafeInteger(status))
    return { type: 'failure', failure: { kind: 'unreadable', text: 'an answer without result and error' } };
  const read = venueError(error) ?? { text: JSON.stringify(error).slice(0, MAX_ERROR_TEXT) };
  return { type: 'failure', failure: { kind: 'error', status, ...read } };
}

function isShutdown(event: unknown): boolean {
  return (Object(event) as { readonly e?: unknown }).e === 'serverShutdown';
}
