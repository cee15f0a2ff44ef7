/**
 * HTTP over axios. One request is one attempt: nothing is followed, retried, rewritten or thrown, and a failure says whether the peer
 * may have seen the request.
 */
import http from 'node:http';
import https from 'node:https';
import axios, { type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import type { Clock } from '../ports/clock.ts';
import type { HttpClient, HttpRequest, HttpResult } from '../ports/http-client.ts';
import { createPools, type Pools } from './_http-agents.ts';
import { DEFAULT_MAX_BYTES, HttpCall } from './_http-call.ts';
import { httpFailure } from './_http-failure.ts';

export interface HttpClientOptions {
  readonly clock: Clock;
  /** Connections per origin; further requests wait for one. Default 16. */
  readonly maxSockets?: number;
  /** Requests without an outcome, waiting ones included; one more fails as `refused`, not sent. Default 512. */
  readonly maxPending?: number;
  /** Keep connections for later requests. Default true. */
  readonly keepAlive?: boolean;
  /** An unused connection is closed after this long, before most peers do it (a peer's close may cross a request). Default 30 s. */
  readonly idleSocketMs?: number;
  /** Certificates to trust instead of the built-in ones, PEM. For venues behind a private authority. */
  readonly ca?: string;
}

export interface ClosableHttpClient extends HttpClient {
  /** Gives up what is under way (`closed`) and closes every connection; later requests fail as `closed`, not sent. Idempotent. */
  close(): void;
}

const USER_AGENT = 'fillwright';
const ACCEPT_ENCODING = 'gzip, deflate, br';

const HTTP_ADDRESS = /^https?:\/\/./i;
const EVERY_STATUS = (): boolean => true;

export function createHttpClient(options: HttpClientOptions): ClosableHttpClient {
  return new AxiosHttpClient(options);
}

class AxiosHttpClient implements ClosableHttpClient {
  readonly #clock: Clock;
  readonly #pools: Pools;
  readonly #maxPending: number;
  readonly #pending = new Set<HttpCall>();
  // The adapter itself, given a finished configuration: the layers above it merge defaults, add headers and parse bodies, all of which
  // would have to be switched off again, and they double the time to the first byte.
  readonly #send = axios.getAdapter('http');
  #closed = false;

  constructor(options: HttpClientOptions) {
    this.#clock = options.clock;
    this.#maxPending = options.maxPending ?? 512;
    this.#pools = createPools({
      keepAlive: options.keepAlive ?? true,
      maxSockets: options.maxSockets ?? 16,
      idleSocketMs: options.idleSocketMs ?? 30_000,
      ca: options.ca,
    });
  }

  request(request: HttpRequest): Promise<HttpResult> {
    if (this.#closed) return Promise.resolve(httpFailure('closed', 'queued', 'the HTTP client is closed'));
    // Left to itself, axios answers some other schemes (`data:`) out of its own head.
    if (!HTTP_ADDRESS.test(request.url)) {
      return Promise.resolve(httpFailure('malformed', 'queued', 'the address does not begin with http:// or https://'));
    }
    if (this.#pending.size >= this.#maxPending) {
      const message = `${this.#pending.size} requests are already without an outcome; send fewer at once`;
      return Promise.resolve(httpFailure('refused', 'queued', message));
    }
    return new Promise((resolve) => this.#start(request, resolve));
  }

  close(): void {
    this.#closed = true;
    for (const call of [...this.#pending]) call.abort('closed', 'the HTTP client was closed');
    this.#pools.close();
  }

  #start(request: HttpRequest, resolve: (result: HttpResult) => void): void {
    const call = new HttpCall(this.#clock, request.timeoutMs, request.maxBytes ?? DEFAULT_MAX_BYTES, (result) => {
      this.#pending.delete(call);
      resolve(result);
    });
    this.#pending.add(call);
    this.#send(this.#configuration(request, call)).then(
      (response: AxiosResponse<string>) =>
        call.answer(response.status, response.headers as Readonly<Record<string, unknown>>, response.data),
      (error: unknown) => call.fail(error),
    );
  }

  #configuration(request: HttpRequest, call: HttpCall): InternalAxiosRequestConfig {
    const configuration = {
      method: request.method,
      url: request.url,
      data: request.body,
      headers: {},
      maxRedirects: 0,
      proxy: false,
      validateStatus: EVERY_STATUS,
      responseType: 'text',
      maxContentLength: call.maxBytes,
      transport: { request: (target: Target, onResponse: OnResponse) => this.#open(request, call, target, onResponse) },
    };
    // What the adapter reads of it is complete; axios' own type asks for its header class, which would rewrite names and values.
    return configuration as unknown as InternalAxiosRequestConfig;
  }

  /** Opens the request with path and headers as the caller gave them: a signature covers them byte for byte. */
  #open(request: HttpRequest, call: HttpCall, target: Target, onResponse: OnResponse): http.ClientRequest {
    const secure = target.protocol === 'https:';
    const options: https.RequestOptions = {
      hostname: target.hostname,
      port: target.port,
      method: request.method,
      path: pathOf(request.url),
      headers: completeHeaders(request),
      agent: secure ? this.#pools.secure : this.#pools.plain,
    };
    const opened = secure ? https.request(options, onResponse) : http.request(options, onResponse);
    call.watch(opened);
    return opened;
  }
}

interface Target {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
}

type OnResponse = (response: http.IncomingMessage) => void;

/** Path and query as written; `new URL` would escape, fold and reorder characters that a signature covers. */
function pathOf(url: string): string {
  const authority = url.indexOf('//') + 2;
  for (let index = authority; index < url.length; index += 1) {
    const character = url[index];
    if (character === '/') return url.slice(index);
    if (character === '?') return `/${url.slice(index)}`;
  }
  return '/';
}

/** The caller's headers, and those without which the transport cannot work or the peer would guess. */
function completeHeaders(request: HttpRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  const present = new Set<string>();
  for (const name of Object.keys(request.headers)) {
    headers[name] = request.headers[name] ?? '';
    present.add(name.toLowerCase());
  }
  if (!present.has('user-agent')) headers['user-agent'] = USER_AGENT;
  if (!present.has('accept-encoding')) headers['accept-encoding'] = ACCEPT_ENCODING;
  if (request.body !== undefined && !present.has('content-length')) headers['content-length'] = String(Buffer.byteLength(request.body));
  return headers;
}
