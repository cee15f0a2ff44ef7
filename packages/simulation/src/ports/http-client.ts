/** The HttpClient port on the simulated network: kept-alive connections per origin, one request at a time on each. */
import type { HttpClient, HttpFailureReason, HttpRequest, HttpResult } from '@fillwright/runtime/ports';
import type { ConnectionEnd } from '../kernel/connection.ts';
import type { KernelEvent } from '../kernel/event-queue.ts';
import type { Incarnation, Settle } from '../kernel/incarnation.ts';
import type { Network } from '../kernel/network.ts';
import { type AnswerUnit, addressOf, HEAD_BYTES, lowerCaseNames, type RequestUnit, targetOf } from './http-wire.ts';

/** The bounds of the live client. */
const MAX_SOCKETS = 16;
const MAX_PENDING = 512;
const MAX_IDLE_US = 30_000_000;
const DEFAULT_MAX_BYTES = 8 * 1024 * 1024;

export function simulatedHttpClient(incarnation: Incarnation, network: Network): HttpClient {
  const origins = new Map<string, Origin>();
  let pending = 0;
  return {
    request: (request) =>
      incarnation.callAsync('http.request', `${request.method} ${request.url.split('?', 1)[0]}`, (settle) => {
        incarnation.note('http.request', `${request.method} ${request.url}\n${request.body ?? ''}`);
        const answer = settleOnce(settle, () => pending--);
        const address = addressOf(request.url, ['http:', 'https:']);
        if (address === undefined) failLater(incarnation, answer, 'malformed', `not an address of HTTP: ${request.url.slice(0, 100)}`);
        else if (pending >= MAX_PENDING) failLater(incarnation, answer, 'refused', `${pending} requests are already without an outcome`);
        else {
          const key = `${address.host}:${address.port}`;
          const origin = origins.get(key) ?? new Origin(incarnation, network, address);
          origins.set(key, origin);
          origin.start(new Call(incarnation, request, answer));
        }
        pending++;
      }),
  };
}

type Answer = (result: HttpResult) => void;

function settleOnce(settle: Settle<HttpResult>, done: () => void): Answer {
  let settled = false;
  return (result) => {
    if (settled) return;
    settled = true;
    done();
    settle.resolve(result);
  };
}

function failLater(incarnation: Incarnation, answer: Answer, reason: HttpFailureReason, message: string): void {
  incarnation.later(0, 'http.failed', () => answer({ type: 'failure', reason, sent: 'no', message }));
}

/** One request under way. */
class Call {
  readonly unit: RequestUnit;
  readonly maxBytes: number;
  /** Set while a connection is its own. */
  release: (() => void) | undefined;
  written = false;
  settled = false;
  readonly #incarnation: Incarnation;
  readonly #startedUs: number;
  readonly #answer: Answer;
  readonly #deadline: KernelEvent;

  constructor(incarnation: Incarnation, request: HttpRequest, answer: Answer) {
    const { method, url, body = '', timeoutMs } = request;
    const length = request.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const headers = { host: new URL(url).host, 'user-agent': 'fillwright', ...length, ...lowerCaseNames(request.headers) };
    this.unit = { type: 'request', method, target: targetOf(url), headers, body };
    this.maxBytes = request.maxBytes ?? DEFAULT_MAX_BYTES;
    this.#incarnation = incarnation;
    this.#startedUs = incarnation.nowUs;
    this.#answer = answer;
    this.#deadline = incarnation.later(timeoutMs * 1000, 'http.timeout', () => this.fail('timeout', `no answer within ${timeoutMs} ms`));
  }

  succeed(unit: AnswerUnit): void {
    const { status, headers, body } = unit;
    this.#finish({ type: 'response', status, headers, body, elapsedUs: this.#incarnation.nowUs - this.#startedUs });
  }

  fail(reason: HttpFailureReason, message: string): void {
    this.#finish({ type: 'failure', reason, sent: this.written ? 'maybe' : 'no', message });
    this.release?.();
  }

  #finish(result: HttpResult): void {
    if (this.settled) return;
    this.settled = true;
    this.#incarnation.kernel.cancel(this.#deadline);
    this.#answer(result);
  }
}

interface IdleConnection {
  readonly end: ConnectionEnd;
  readonly sinceUs: number;
}

/** The connections to one host and port, and the calls that wait for one. */
class Origin {
  readonly #incarnation: Incarnation;
  readonly #network: Network;
  readonly #address: { readonly host: string; readonly port: number };
  readonly #idle: IdleConnection[] = [];
  readonly #waiting: Call[] = [];
  #connections = 0;

  constructor(incarnation: Incarnation, network: Network, address: { readonly host: string; readonly port: number }) {
    this.#incarnation = incarnation;
    this.#network = network;
    this.#address = address;
  }

  start(call: Call): void {
    const end = this.#takeIdle();
    if (end !== undefined) this.#write(call, end);
    else if (this.#connections < MAX_SOCKETS) this.#connect(call);
    else this.#waiting.push(call);
  }

  #takeIdle(): ConnectionEnd | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.end.open && this.#incarnation.nowUs - idle.sinceUs <= MAX_IDLE_US) return idle.end;
      this.#drop(idle.end);
    }
    return undefined;
  }

  #connect(call: Call): void {
    this.#connections++;
    const { host, port } = this.#address;
    const where = `${host}:${port}`;
    const end = this.#network.connect(
      this.#incarnation,
      { host, port, protocol: 'http' },
      {
        onOpen: () => this.#write(call, end),
        onFailed: (failure) => {
          this.#gone();
          call.release = undefined;
          call.fail(failure, failure === 'refused' ? `${where} refused the connection` : `the name ${host} does not resolve`);
        },
        onUnit: () => undefined,
        onCut: (reason) => {
          this.#gone();
          call.release = undefined;
          call.fail('cut', `the connection to ${where} was cut (${reason})`);
        },
      },
    );
    call.release = () => this.#drop(end);
  }

  #write(call: Call, end: ConnectionEnd): void {
    if (call.settled) {
      this.#drop(end);
      return;
    }
    call.release = () => this.#drop(end);
    end.events = {
      onUnit: (unit) => this.#answered(call, end, unit as AnswerUnit),
      onCut: (reason) => {
        this.#gone();
        call.release = undefined;
        call.fail('cut', `the connection was cut (${reason}) before the answer was complete`);
      },
    };
    call.written = true;
    end.send(call.unit, HEAD_BYTES + call.unit.target.length + call.unit.body.length);
  }

  #answered(call: Call, end: ConnectionEnd, unit: AnswerUnit): void {
    if (Buffer.byteLength(unit.body) > call.maxBytes) {
      call.fail('too-large', `the answer is larger than ${call.maxBytes} bytes`);
      return;
    }
    // The cut that follows tells the rest.
    if (!unit.complete) return;
    call.release = undefined;
    if (unit.keepAlive) this.#keep(end);
    else this.#drop(end);
    call.succeed(unit);
  }

  #keep(end: ConnectionEnd): void {
    const next = this.#nextWaiting();
    if (next !== undefined) {
      this.#write(next, end);
      return;
    }
    end.events = { onUnit: () => this.#drop(end), onCut: () => this.#gone() };
    this.#idle.push({ end, sinceUs: this.#incarnation.nowUs });
  }

  /** Closes a connection that is not usable any more. */
  #drop(end: ConnectionEnd): void {
    if (!end.open) return;
    end.reset();
    this.#gone();
  }

  /** One connection less: room for one that waits. */
  #gone(): void {
    this.#connections--;
    const next = this.#nextWaiting();
    if (next !== undefined) this.#connect(next);
  }

  #nextWaiting(): Call | undefined {
    for (let call = this.#waiting.shift(); call !== undefined; call = this.#waiting.shift()) if (!call.settled) return call;
    return undefined;
  }
}
