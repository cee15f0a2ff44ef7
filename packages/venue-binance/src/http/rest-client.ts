/**
 * One REST host: builds and signs query strings, writes in the turn of the call, reads limits and bans from every answer. Repeats only
 * a GET, once, after the venue refused its timestamp; nothing else is ever sent twice.
 */
import type { RateTicket, UsTime } from '@fillwright/domain';
import type { Clock, HttpClient, HttpResponse, HttpResult, Secret } from '@fillwright/runtime/ports';
import type { AdapterObserver, RateUsage } from '@fillwright/venue';
import { parseLosslessJson } from '../common/lossless-json.ts';
import { type Params, queryText } from '../common/query-text.ts';
import { NOT_AFTER, stamp } from '../common/recv-window.ts';
import type { Signer } from '../common/sign.ts';
import { banEnd, isBan } from './bans.ts';
import { costOf } from './endpoint-costs.ts';
import type { Endpoint } from './endpoints.ts';
import type { RateGate } from './rate-gate.ts';
import type { VenueFailure } from './venue-failure.ts';

export type RestResult =
  | { readonly type: 'answer'; readonly value: unknown }
  | { readonly type: 'failure'; readonly failure: VenueFailure };

export interface Credentials {
  readonly apiKey: Secret;
  readonly sign: Signer;
  readonly recvWindowMs: number;
  /** Milliseconds of the venue. */
  nowMs(): number;
  /** A time of the venue on our wall clock. */
  toWall(serverMs: number): UsTime;
  /** The venue refused a timestamp: settles when the clock was sampled anew, or could not be. */
  onClockDoubt(): Promise<unknown>;
}

export interface RestOptions {
  /** e.g. `https://fapi.binance.com`, without a slash at the end. */
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly http: HttpClient;
  readonly observer: AdapterObserver;
  /** Counts every request, and holds back what has no room. */
  readonly gate: RateGate;
  /** Absent: public endpoints only. */
  readonly credentials?: Credentials;
}

const POOLS: readonly (readonly [header: string, pool: RateUsage['pool']])[] = [
  ['x-mbx-used-weight-1m', 'weight'],
  ['x-mbx-order-count-10s', 'orders-10s'],
  ['x-mbx-order-count-1m', 'orders-1m'],
];
/** −1021: refused at the gate; −5028: too late at the engine. Both say that our idea of the venue's time may be wrong. */
export const CLOCK_CODES: readonly number[] = [-1021, -5028];
const MAX_ERROR_TEXT = 500;

export class RestClient {
  readonly #options: RestOptions;

  constructor(options: RestOptions) {
    this.#options = options;
  }

  /**
   * The request is handed to the network before this returns, when it has a ticket or there is room for it; else it waits. It is signed
   * when it is written.
   */
  async call(endpoint: Endpoint, params: Params, timeoutMs: number, ticket?: RateTicket): Promise<RestResult> {
    const first = await this.#once(endpoint, params, timeoutMs, ticket);
    if (!isClockDoubt(first)) return first;
    await this.#options.credentials?.onClockDoubt();
    return endpoint.method === 'GET' ? this.#once(endpoint, params, timeoutMs) : first;
  }

  #once(endpoint: Endpoint, params: Params, timeoutMs: number, ticket?: RateTicket): Promise<RestResult> {
    return this.#options.gate.pass(costOf(endpoint, params), () => this.#write(endpoint, params, timeoutMs), ticket);
  }

  async #write(endpoint: Endpoint, params: Params, timeoutMs: number): Promise<RestResult> {
    const { http, clock, observer } = this.#options;
    const startUs = clock.monotonicUs();
    const pending = http.request({ method: endpoint.method, ...this.#target(endpoint, params), timeoutMs });
    const result = await pending;
    const status = result.type === 'response' ? result.status : 'failed';
    observer.onRequest?.(endpoint.name, status, result.type === 'response' ? result.elapsedUs : clock.monotonicUs() - startUs);
    if (result.type === 'response') this.#readLimits(result, startUs);
    return restResult(result);
  }

  #target(endpoint: Endpoint, params: Params): { url: string; headers: Record<string, string> } {
    const { baseUrl, credentials } = this.#options;
    const url = `${baseUrl}${endpoint.path}`;
    if (endpoint.security === 'public') {
      const query = queryText(params);
      return { url: query === '' ? url : `${url}?${query}`, headers: {} };
    }
    if (credentials === undefined) throw new Error(`${endpoint.name} needs credentials, but this client has none`);
    const headers = { 'X-MBX-APIKEY': credentials.apiKey.reveal() };
    if (endpoint.security === 'key') return { url, headers };
    const payload = queryText({ ...params, [NOT_AFTER]: undefined, ...stamp(params, credentials) });
    return { url: `${url}?${payload}&signature=${encodeURIComponent(credentials.sign(payload))}`, headers };
  }

  #readLimits(response: HttpResponse, askedUs: number): void {
    const { observer, clock, credentials } = this.#options;
    for (const [header, pool] of POOLS) {
      const used = Number(response.headers[header] ?? Number.NaN);
      if (Number.isSafeInteger(used)) observer.onRateUsage?.({ pool, used, ts: clock.wallUs(), askedUs });
    }
    const { status, body: text, headers } = response;
    if (!isBan(status)) return;
    const notice = { status, text, retryAfterS: Number(headers['retry-after'] ?? Number.NaN) };
    observer.onBan?.(banEnd(notice, clock.wallUs(), credentials?.toWall), text.slice(0, MAX_ERROR_TEXT));
  }
}

function restResult(result: HttpResult): RestResult {
  if (result.type === 'failure') {
    const { sent, reason, message } = result;
    return failed({ kind: 'transport', sent, reason, text: message });
  }
  const body = parseLosslessJson(result.body);
  const isSuccess = result.status >= 200 && result.status < 300;
  if (body.type === 'malformed') {
    if (isSuccess) return failed({ kind: 'unreadable', text: body.problem });
    return failed({ kind: 'error', status: result.status, text: result.body.trim().slice(0, MAX_ERROR_TEXT) });
  }
  const error = venueError(body.value);
  if (isSuccess && error?.code === undefined) return { type: 'answer', value: body.value };
  return failed({ kind: 'error', status: result.status, ...(error ?? { text: result.body.slice(0, MAX_ERROR_TEXT) }) });
}

function failed(failure: VenueFailure): RestResult {
  return { type: 'failure', failure };
}

/** `{code,msg}`; only a negative code is an error (`{code:200,…}` is a success), some gateways leave the code out. */
export function venueError(value: unknown): { readonly code?: number; readonly text: string } | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { code: rawCode, msg } = value as { readonly code?: unknown; readonly msg?: unknown };
  if (typeof msg !== 'string') return undefined;
  const code = Number(rawCode ?? 0);
  return { text: msg.slice(0, MAX_ERROR_TEXT), ...(Number.isSafeInteger(code) && code < 0 ? { code } : {}) };
}

export function isClockDoubt(result: RestResult): boolean {
  if (result.type !== 'failure' || result.failure.kind !== 'error') return false;
  return result.failure.code !== undefined && CLOCK_CODES.includes(result.failure.code);
}
