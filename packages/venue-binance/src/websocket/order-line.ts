/**
 * One connection of the venue's WebSocket API, kept up: each request registered before it is written, each answer read as a REST answer is,
 * so that one outcome table serves both. What was written and not answered when the connection ends is unknown.
 * Facts: Binance futures, WebSocket API general info (envelope, sorted unencoded signature payload, `session.logon` for Ed25519 only).
 */
import { type UsTime, usTime } from '@fillwright/domain';
import type { Clock, Log, Random, Timer, WebSocketConnector } from '@fillwright/runtime/ports';
import type { AdapterObserver } from '@fillwright/venue';
import { parseLosslessJson } from '../common/lossless-json.ts';
import type { Params } from '../common/query-text.ts';
import { NOT_AFTER, stamp } from '../common/recv-window.ts';
import { banEnd, isBan } from '../http/bans.ts';
import type { Endpoint } from '../http/endpoints.ts';
import { poolOf } from '../http/rate-limit-rows.ts';
import { type Credentials, isClockDoubt, type RestResult, venueError } from '../http/rest-client.ts';
import { KeptLink } from './kept-link.ts';
import type { LivenessOptions } from './liveness.ts';

export interface OrderLinePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly webSocket: WebSocketConnector;
  readonly log: Log;
}

export interface OrderLineOptions {
  /** e.g. `wss://ws-fapi.binance.com/ws-fapi/v1`. */
  readonly url: string;
  readonly connectTimeoutMs: number;
  /** Orders and changes on their way at once; cancels and questions do not count. */
  readonly maxInFlight: number;
  readonly credentials: Credentials;
  /** The key is an Ed25519 key: the session logs on once, and requests need no signature of their own. */
  readonly canLogOn: boolean;
  readonly observer: AdapterObserver;
  readonly liveness?: LivenessOptions;
  readonly maxMessageBytes?: number;
  readonly reconnectMs?: number;
}

/** An endpoint that the WebSocket API has, too. */
export type WebSocketEndpoint = Pick<Endpoint, 'name' | 'method'> & { readonly webSocketMethod: string };

/** What the owner of a line wants to hear. */
export interface OrderLineEvents {
  /** It takes requests now. */
  onReady(): void;
  /** It became stale; perhaps before it was ready. */
  onStale(): void;
}

interface Pending {
  readonly endpoint: WebSocketEndpoint;
  readonly startUs: number;
  readonly timer: Timer;
  readonly settle: (result: RestResult) => void;
}

/** Numbers on the wire, as the venue's own examples write them; all else is text. Ids keep all their digits. */
const NUMERIC: ReadonlySet<string> = new Set(['timestamp', 'recvWindow', 'orderId', 'algoId', 'goodTillDate']);
const LOGON: WebSocketEndpoint = { name: 'session-logon', method: 'GET', webSocketMethod: 'session.logon' };
const LOGON_TIMEOUT_MS = 5_000;
const MAX_ERROR_TEXT = 500;

export class OrderLine {
  readonly #ports: OrderLinePorts;
  readonly #options: OrderLineOptions;
  readonly #events: OrderLineEvents;
  readonly #link: KeptLink;
  readonly #pending = new Map<string, Pending>();
  #nextId = 1;
  /** Orders and changes among those that are pending. */
  #orders = 0;
  #isLeaving = false;
  #firstAttempt: Promise<void> | undefined;
  #onFirstAttempt: () => void = () => undefined;
  #session: 'none' | 'logging-on' | 'logged-on' = 'none';
  #isStale = false;

  constructor(ports: OrderLinePorts, options: OrderLineOptions, events: OrderLineEvents) {
    this.#ports = ports;
    this.#options = options;
    this.#events = events;
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
      onAged: () => this.#age(),
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

  /** Up, and logged on where that is due. */
  get isReady(): boolean {
    return this.#link.isUsable && this.#session !== 'logging-on';
  }

  /** A request can be written now. */
  takes(endpoint: WebSocketEndpoint): boolean {
    return this.isReady && (!isOrder(endpoint) || this.#orders < this.#options.maxInFlight);
  }

  /** Registered and handed to the network before this returns; call it only when it `takes` that. Never rejects. */
  async call(endpoint: WebSocketEndpoint, params: Params, timeoutMs: number): Promise<RestResult> {
    const result = await this.#write(endpoint, params, timeoutMs, this.#session !== 'logged-on' || this.#isStale);
    if (isClockDoubt(result)) await this.#options.credentials.onClockDoubt();
    return result;
  }

  /** It works, and another one would be better: the venue ends it soon, or its session logged on with credentials that are not ours any more. */
  get isStale(): boolean {
    return this.#isStale;
  }

  /** The credentials are others now. What is written from here on carries its own, which counts for more than those of the session. */
  renew(): void {
    if (this.#session !== 'none') this.#age();
  }

  /** Closed as soon as nothing is on its way. */
  leave(): void {
    this.#isLeaving = true;
    if (this.#pending.size === 0) this.close();
  }

  close(): void {
    this.#link.close();
    this.#onFirstAttempt();
    this.#giveUp('closed', 'the order channel was closed');
  }

  #write(endpoint: WebSocketEndpoint, params: Params, timeoutMs: number, isSigned: boolean): Promise<RestResult> {
    const { clock } = this.#ports;
    const method = endpoint.webSocketMethod;
    const id = String(this.#nextId++);
    return new Promise((settle) => {
      const timer = clock.after(timeoutMs, () =>
        this.#finish(id, 'failed', notAnswered('timeout', `no answer to ${method} within ${timeoutMs} ms`)),
      );
      this.#pending.set(id, { endpoint, startUs: clock.monotonicUs(), timer, settle });
      if (isOrder(endpoint)) this.#orders += 1;
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

  #age(): void {
    this.#isStale = true;
    this.#events.onStale();
  }

  #opened(): void {
    this.#isStale = false;
    if (!this.#options.canLogOn) {
      this.#onFirstAttempt();
      this.#events.onReady();
      return;
    }
    this.#session = 'logging-on';
    void this.#write(LOGON, {}, LOGON_TIMEOUT_MS, true).then((result) => {
      if (this.#session !== 'logging-on') return;
      this.#session = result.type === 'answer' ? 'logged-on' : 'none';
      if (result.type !== 'answer') this.#ports.log.warn('venue-logon-failed', { text: result.failure.text });
      this.#onFirstAttempt();
      this.#events.onReady();
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
      this.#age();
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
    if (isOrder(pending.endpoint)) this.#orders -= 1;
    pending.timer.cancel();
    this.#options.observer.onRequest?.(pending.endpoint.name, status, this.#ports.clock.monotonicUs() - pending.startUs);
    pending.settle(result);
    if (this.#isLeaving && this.#pending.size === 0) this.close();
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

/** As in the lanes before it: what opens or changes an order waits for its turn, what ends one or asks does not. */
function isOrder({ method }: WebSocketEndpoint): boolean {
  return method === 'POST' || method === 'PUT';
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
