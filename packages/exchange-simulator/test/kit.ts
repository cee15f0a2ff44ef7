/** A venue in memory: virtual clock, fake listener, memory disk, and a client that signs. No sockets, no waiting. */
import { createHmac } from 'node:crypto';
import { usTime } from '@fillwright/domain/time';
import type {
  Clock,
  Disk,
  DiskFile,
  HttpServer,
  Log,
  Random,
  ServerHandlers,
  ServerReply,
  ServerSocket,
  ServerSocketEvents,
  Timer,
} from '@fillwright/runtime/ports';
import { ExchangeSimulator, type SimulatorOptions, simulatorOptions } from '../src/mod.ts';

/** 2026-11-01T00:00:00Z */
export const START_MS = 1_793_491_200_000;

interface Due {
  readonly dueUs: number;
  readonly order: number;
  readonly callback: () => void;
  live: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: answers and frames of many shapes, asserted by the tests
export type Loose = any;

export class VirtualClock implements Clock {
  #nowUs = START_MS * 1000;
  #order = 0;
  #queue: Due[] = [];
  #setBackUs = 0;

  wallUs() {
    return usTime(this.#nowUs - this.#setBackUs);
  }

  /** The wall clock only: timers do not hear of it. */
  setBack(ms: number): void {
    this.#setBackUs += ms * 1000;
  }

  monotonicUs() {
    return this.#nowUs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const entry = { dueUs: this.#nowUs + Math.max(0, Math.round(delayMs * 1000)), order: this.#order, callback, live: true };
    this.#order += 1;
    this.#queue.push(entry);
    return {
      cancel: () => {
        entry.live = false;
      },
    };
  }

  get nowMs() {
    return Math.floor(this.#nowUs / 1000);
  }

  /** Runs everything due within this span, in order. */
  advance(ms: number): void {
    const untilUs = this.#nowUs + ms * 1000;
    for (;;) {
      this.#queue = this.#queue.filter((entry) => entry.live);
      let next: Due | undefined;
      for (const entry of this.#queue) {
        if (entry.dueUs > untilUs) continue;
        if (next === undefined || entry.dueUs < next.dueUs || (entry.dueUs === next.dueUs && entry.order < next.order)) next = entry;
      }
      if (next === undefined) break;
      next.live = false;
      this.#nowUs = Math.max(this.#nowUs, next.dueUs);
      next.callback();
    }
    this.#nowUs = untilUs;
  }
}

export const SILENT_LOG: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => SILENT_LOG };

const FIXED_RANDOM: Random = {
  float: () => 0.5,
  below: (bound) => Math.floor(bound / 2),
  bytes: (length) => new Uint8Array(length).fill(7),
};

export class MemoryDisk implements Disk {
  readonly files = new Map<string, Uint8Array>();
  /** Pieces of files that were asked for. */
  readonly reads: { readonly path: string; readonly length: number }[] = [];

  open(path: string): DiskFile {
    const { files, reads } = this;
    const bytes = () => files.get(path) ?? new Uint8Array();
    return {
      get size() {
        return bytes().length;
      },
      append: (more) => void files.set(path, Buffer.concat([bytes(), more])),
      read: (offset, length) => {
        reads.push({ path, length });
        return bytes().subarray(offset, offset + length);
      },
      truncate: (size) => void files.set(path, bytes().slice(0, size)),
      sync: () => {},
      close: () => {},
    };
  }

  list = () => [...this.files.keys()].sort();
  exists = (path: string) => this.files.has(path);
  writeAtomic = (path: string, bytes: Uint8Array) => void this.files.set(path, bytes);
  readWhole = (path: string) => this.files.get(path) ?? new Uint8Array();
  remove = (path: string) => void this.files.delete(path);

  lines(path: string): Record<string, unknown>[] {
    const text = Buffer.from(this.readWhole(path)).toString();
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

/** A client's end of a fake WebSocket: frames as they were sent, parsed on demand. */
export class FakeSocket {
  readonly frames: string[] = [];
  readonly pings: string[] = [];
  closed: { code: number; reason: string } | undefined;
  pongsPaused = false;
  answersPings = true;
  #events: ServerSocketEvents | undefined;

  readonly server: ServerSocket = {
    remoteAddress: '10.0.0.1',
    bufferedBytes: 0,
    send: (text) => void this.frames.push(text),
    ping: (payload) => {
      this.pings.push(Buffer.from(payload).toString());
      if (this.answersPings) this.#events?.onPong(payload);
    },
    pausePongs: (paused) => {
      this.pongsPaused = paused;
    },
    close: (code, reason) => this.end(code, reason),
    terminate: () => this.end(1006, 'terminated'),
  };

  attach(events: ServerSocketEvents): void {
    this.#events = events;
  }

  send(value: unknown): void {
    this.#events?.onMessage(typeof value === 'string' ? value : JSON.stringify(value));
  }

  pong(payload: string): void {
    this.#events?.onPong(Buffer.from(payload));
  }

  end(code: number, reason: string): void {
    if (this.closed !== undefined) return;
    this.closed = { code, reason };
    this.#events?.onClose(code, reason);
  }

  /** Takes all frames received so far. */
  take(): Record<string, Loose>[] {
    return this.frames.splice(0).map((frame) => JSON.parse(quoteLong(frame)) as Record<string, unknown>);
  }
}

/** Long integers as text, so that tests see every digit. */
export function quoteLong(text: string): string {
  return text.replace(/([:[,])(\d{16,})(?=[,}\]])/g, '$1"$2"');
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly json: Loose;
}

type Values = Readonly<Record<string, string | number | boolean | undefined>>;

export class TestVenue {
  readonly clock = new VirtualClock();
  readonly disk: MemoryDisk;
  readonly venue: ExchangeSimulator;
  readonly #handlers = new Map<number, ServerHandlers>();

  constructor(changes: Partial<SimulatorOptions> = {}, disk = new MemoryDisk()) {
    this.disk = disk;
    const httpServer: HttpServer = {
      listen: async ({ host, port }, handlers) => {
        this.#handlers.set(port, handlers);
        return { host, port, close: async () => void this.#handlers.delete(port) };
      },
    };
    const ports = { clock: this.clock, random: FIXED_RANDOM, httpServer, log: SILENT_LOG, disk: this.disk };
    this.venue = new ExchangeSimulator(ports, simulatorOptions({ controlToken: 'token', ...changes }));
  }

  static async open(changes: Partial<SimulatorOptions> = {}): Promise<TestVenue> {
    const test = new TestVenue(changes);
    await test.venue.start();
    return test;
  }

  /** A venue whose books nobody but the test moves. */
  static quiet(changes: Partial<SimulatorOptions> = {}): Promise<TestVenue> {
    const symbols = simulatorOptions().symbols.map((symbol) => ({ ...symbol, flow: 'none' as const }));
    return TestVenue.open({ symbols, ...changes });
  }

  raw(method: string, target: string, headers: Readonly<Record<string, string>> = {}, body = '', port = 5080, ip = '10.0.0.1') {
    const [path = '', query = ''] = target.split('?');
    const handlers = this.#handlers.get(port);
    if (handlers === undefined) throw new Error(`nobody listens on ${port}`);
    return handlers.request({ method, target, path, query, headers, body, remoteAddress: ip });
  }

  now(reply: ServerReply | Promise<ServerReply>): Reply {
    if (reply instanceof Promise) throw new Error('the answer is delayed');
    if (reply.type !== 'reply') throw new Error(`no answer but a ${reply.type}`);
    return { status: reply.status, headers: reply.headers ?? {}, text: reply.body, json: JSON.parse(quoteLong(reply.body)) };
  }

  client(name = 'demo'): TestClient {
    const account = this.venue.info.accounts.find((candidate) => candidate.name === name);
    if (account === undefined) throw new Error(`no account ${name}`);
    return new TestClient(this, account.key, account.secret);
  }

  connect(target: string, port = 5080): FakeSocket {
    const [path = '', query = ''] = target.split('?');
    const socket = new FakeSocket();
    const events = this.#handlers.get(port)?.socket?.({ path, query, headers: {}, remoteAddress: '10.0.0.1' }, socket.server);
    if (events === undefined) throw new Error(`no socket at ${target}`);
    socket.attach(events);
    return socket;
  }

  control(method: string, path: string, body?: unknown): Reply {
    const headers = { authorization: 'Bearer token' };
    return this.now(this.raw(method, `/__sim/${path}`, headers, body === undefined ? '' : JSON.stringify(body), 5090));
  }
}

export class TestClient {
  readonly key: string;
  readonly #test: TestVenue;
  readonly #secret: string;

  constructor(test: TestVenue, key: string, secret: string) {
    this.#test = test;
    this.key = key;
    this.#secret = secret;
  }

  /** The signed target of a request; the WS-API wants its parameters sorted. */
  target(path: string, values: Values = {}, sorted = false): string {
    const pairs = Object.entries({ ...values, timestamp: this.#test.clock.nowMs }).filter(([, value]) => value !== undefined);
    if (sorted) pairs.sort(([a], [b]) => (a < b ? -1 : 1));
    const query = pairs.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&');
    return `${path}?${query}&signature=${createHmac('sha256', this.#secret).update(query).digest('hex')}`;
  }

  start(method: string, path: string, values: Values = {}): ServerReply | Promise<ServerReply> {
    return this.#test.raw(method, this.target(path, values), { 'x-mbx-apikey': this.key });
  }

  call(method: string, path: string, values: Values = {}): Reply {
    return this.#test.now(this.start(method, path, values));
  }

  order(values: Values): Reply {
    return this.call('POST', '/fapi/v1/order', { newOrderRespType: 'RESULT', ...values });
  }

  /** A limit order on the quiet symbol. */
  limit(side: 'BUY' | 'SELL', price: string, quantity: string, more: Values = {}): Reply {
    return this.order({ symbol: 'SOLUSDT', side, type: 'LIMIT', timeInForce: 'GTC', price, quantity, ...more });
  }

  market(side: 'BUY' | 'SELL', quantity: string, more: Values = {}): Reply {
    return this.order({ symbol: 'SOLUSDT', side, type: 'MARKET', quantity, ...more });
  }

  keyed(method: string, path: string): Reply {
    return this.#test.now(this.#test.raw(method, path, { 'x-mbx-apikey': this.key }));
  }

  /** Opens the user stream. */
  userStream(): FakeSocket {
    const { listenKey } = this.keyed('POST', '/fapi/v1/listenKey').json;
    return this.#test.connect(`/private/ws/${listenKey}`);
  }

  position(symbol = 'SOLUSDT') {
    return this.call('GET', '/fapi/v2/positionRisk', { symbol }).json[0];
  }

  wallet(): string {
    return this.call('GET', '/fapi/v3/balance').json[0].balance;
  }
}
