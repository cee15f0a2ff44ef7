/** HTTP requests. A transport failure is a value that says whether the venue may have seen the request. */

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface HttpRequest {
  readonly method: HttpMethod;
  /** Absolute, with its query string, already encoded. Sent as it is. */
  readonly url: string;
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
  readonly body: string;
  /** Microseconds from the call until the whole answer was there. */
  readonly elapsedUs: number;
}

export type HttpFailureReason = 'refused' | 'unresolved' | 'timeout' | 'cut' | 'too-large' | 'malformed' | 'closed';

export interface HttpFailure {
  readonly type: 'failure';
  readonly reason: HttpFailureReason;
  /**
   * `no` only with proof that no byte of the request can have reached the peer (connection refused, name not resolved, client
   * closed before the write); else `maybe`.
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
