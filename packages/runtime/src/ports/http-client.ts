/** HTTP requests. A transport failure is a value that says whether the venue may have seen the request. */

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface HttpRequest {
  readonly method: HttpMethod;
  /** Absolute, with its query string, already encoded: path and query are sent byte for byte (a signature covers them). */
  readonly url: string;
  /** Sent as they are; the transport adds only what it needs (host, connection, lengths, accept-encoding, user-agent), never a type. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as it is; absent for no body. */
  readonly body?: string;
  /** From the call to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Default 8 MiB; a larger answer is a failure `too-large`. */
  readonly maxBytes?: number;
}

export interface HttpResponse {
  readonly type: 'response';
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** UTF-8 text, decompressed. */
  readonly body: string;
  /** Microseconds from the call until the whole answer was there. */
  readonly elapsedUs: number;
}

/**
 * `refused`: no connection came about (refused, unreachable, certificate not trusted, too many requests waiting here) · `unresolved`: no
 * address for the name · `timeout` · `cut`: the connection ended before the whole answer was there · `too-large`: the answer exceeds a
 * bound · `malformed`: the answer is not HTTP, or the request cannot be written (address, header) · `closed`: this client was closed.
 */
export type HttpFailureReason = 'refused' | 'unresolved' | 'timeout' | 'cut' | 'too-large' | 'malformed' | 'closed';

export interface HttpFailure {
  readonly type: 'failure';
  readonly reason: HttpFailureReason;
  /**
   * `no` only with proof that no byte of the request can have reached the peer (it was never written: no connection, no TLS session, or
   * it still waited for one); else `maybe`, also on a kept connection that turns out to be dead.
   */
  readonly sent: 'no' | 'maybe';
  readonly message: string;
}

export type HttpResult = HttpResponse | HttpFailure;

export interface HttpClient {
  /**
   * Starts the request synchronously and never rejects. Redirects are answers like any other (3xx is returned, never followed),
   * any status is a response, bodies are text, nothing is retried.
   */
  request(request: HttpRequest): Promise<HttpResult>;
}
