/** A venue in memory at the level of the ports: requests wait to be answered by the test, sockets are opened and fed by it. */
import type {
  HttpClient,
  HttpFailure,
  HttpRequest,
  HttpResult,
  Log,
  WebSocketConnection,
  WebSocketConnector,
  WebSocketEvents,
  WebSocketOptions,
} from '@fillwright/runtime/ports';

export interface Asked {
  readonly request: HttpRequest;
  /** `METHOD /path`. */
  readonly what: string;
  readonly params: URLSearchParams;
  answer(status: number, body: unknown, headers?: Record<string, string>): void;
  fail(failure: Omit<HttpFailure, 'type'>): void;
}

export class FakeHttp implements HttpClient {
  readonly asked: Asked[] = [];
  /** Answers at once instead of leaving it to the test; `undefined` = leave it. */
  auto: (
    what: string,
    params: URLSearchParams,
  ) => readonly [status: number, body: unknown, headers?: Readonly<Record<string, string>>] | undefined = () => undefined;

  request(request: HttpRequest): Promise<HttpResult> {
    return new Promise((resolve) => {
      const url = new URL(request.url);
      const asked: Asked = {
        request,
        what: `${request.method} ${url.pathname}`,
        params: url.searchParams,
        answer: (status, body, headers = {}) =>
          resolve({ type: 'response', status, headers, body: typeof body === 'string' ? body : JSON.stringify(body), elapsedUs: 100 }),
        fail: (failure) => resolve({ type: 'failure', ...failure }),
      };
      this.asked.push(asked);
      const auto = this.auto(asked.what, asked.params);
      if (auto !== undefined) asked.answer(...auto);
    });
  }

  /** The newest request of that kind. */
  last(what: string): Asked {
    const found = this.asked.findLast((one) => one.what === what);
    if (found === undefined) throw new Error(`nobody asked ${what}; asked: ${this.asked.map((one) => one.what).join(', ')}`);
    return found;
  }

  count(what: string): number {
    return this.asked.filter((one) => one.what === what).length;
  }
}

export class FakeSocket implements WebSocketConnection {
  state: WebSocketConnection['state'] = 'connecting';
  readonly bufferedBytes = 0;
  readonly sent: string[] = [];
  pings = 0;
  /** Answers pings of the client. */
  pongs = true;
  readonly options: WebSocketOptions;
  readonly #events: WebSocketEvents;

  constructor(options: WebSocketOptions, events: WebSocketEvents) {
    this.options = options;
    this.#events = events;
  }

  send(text: string): void {
    this.sent.push(text);
  }

  ping(): void {
    this.pings++;
    if (this.pongs) void Promise.resolve().then(() => this.state === 'open' && this.#events.onPong(new Uint8Array()));
  }

  close(): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    void Promise.resolve().then(() => this.#events.onClose({ code: 1000, reason: '', opened: true }));
  }

  terminate(): void {
    this.close();
  }

  open(): void {
    this.state = 'open';
    this.#events.onOpen();
  }

  receive(message: unknown): void {
    this.#events.onMessage(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Answers the upgrade with a status of its own. */
  refuse(httpStatus: number): void {
    this.state = 'closed';
    this.#events.onClose({ code: 1006, reason: '', opened: false, error: `HTTP ${httpStatus}`, httpStatus });
  }

  cut(reason = 'cut'): void {
    const opened = this.state === 'open';
    this.state = 'closed';
    this.#events.onClose({ code: 1006, reason: '', opened, error: reason });
  }
}

export class FakeConnector implements WebSocketConnector {
  readonly sockets: FakeSocket[] = [];

  connect(options: WebSocketOptions, events: WebSocketEvents): FakeSocket {
    const socket = new FakeSocket(options, events);
    this.sockets.push(socket);
    return socket;
  }

  get last(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error('nobody connected');
    return socket;
  }

  /** The newest socket whose address contains `part`. */
  to(part: string): FakeSocket {
    const socket = this.sockets.findLast((one) => one.options.url.includes(part));
    if (socket === undefined) throw new Error(`nobody connected to ${part}`);
    return socket;
  }
}

export function quietLog(): Log & { readonly events: string[] } {
  const events: string[] = [];
  const note = (event: string): void => void events.push(event);
  const log = { events, debug: note, info: note, warn: note, error: note, child: () => log };
  return log;
}
