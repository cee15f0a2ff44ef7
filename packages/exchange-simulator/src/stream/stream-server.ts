/** Stream sockets: routes and paths, SUBSCRIBE and friends, pings, the 24 h cut, message limits. */
import type { Clock, ServerSocket, ServerSocketEvents, Timer, UpgradeRequest } from '@fillwright/runtime/ports';
import { type JsonValue, jsonText } from '../numbers/json.ts';
import type { Prng } from '../numbers/prng.ts';
import type { SimulatorOptions } from '../options/options.ts';
import { Connection, type Route } from './connection.ts';
import type { Hub } from './hub.ts';
import { Lane } from './lane.ts';

/** `/public/ws/…`, `/market/stream`, and the older paths without a route, which are public since April 2026. */
const PATH = /^(?:\/(public|market|private))?\/(ws|stream)(?:\/(.*))?$/;
const POLICY_VIOLATION = 1008;
const GOING_AWAY = 1001;

interface Request {
  readonly id: string | number | null;
  readonly method: string;
  readonly params: readonly unknown[];
}

export class StreamServer {
  readonly #clock: Clock;
  readonly #hub: Hub;
  readonly #prng: Prng;
  readonly #options: SimulatorOptions;
  #nextId = 1;

  constructor(clock: Clock, hub: Hub, prng: Prng, options: SimulatorOptions) {
    this.#clock = clock;
    this.#hub = hub;
    this.#prng = prng;
    this.#options = options;
  }

  /** `undefined` when the path is no stream path. */
  accept(upgrade: UpgradeRequest, socket: ServerSocket): ServerSocketEvents | undefined {
    const match = PATH.exec(upgrade.path);
    if (match === null) return undefined;
    const route = (match[1] ?? 'public') as Route;
    const query = new URLSearchParams(upgrade.query);
    const { delays, streams } = this.#options;
    const connection = new Connection({
      id: this.#nextId,
      route,
      socket,
      combined: match[2] === 'stream',
      events: eventFilter(query.get('events')),
      lane: new Lane(this.#clock, this.#prng, {
        delayMs: route === 'private' ? delays.userMs : delays.marketMs,
        jitterMs: delays.jitterMs,
      }),
      maxBufferedBytes: streams.maxBufferedBytes,
    });
    this.#nextId += 1;
    this.#hub.add(connection);
    const named = match[2] === 'ws' ? (match[3] ?? '').split('/') : (query.get('streams') ?? '').split('/');
    for (const name of [...named, ...query.getAll('listenKey')]) if (isStreamName(name)) this.#hub.subscribe(connection, name);
    return this.#serve(connection);
  }

  #serve(connection: Connection): ServerSocketEvents {
    const { streams } = this.#options;
    const { socket } = connection;
    let awaited: string | undefined;
    let pongTimer: Timer | undefined;
    const ping = (): void => {
      pinger = this.#clock.after(streams.pingIntervalMs, ping);
      if (connection.silent) return;
      awaited = String(Math.floor(this.#clock.wallUs() / 1000));
      pongTimer ??= this.#clock.after(streams.pongTimeoutMs, () => connection.cut());
      socket.ping(Buffer.from(awaited));
    };
    let pinger = this.#clock.after(streams.pingIntervalMs, ping);
    const end = this.#clock.after(streams.lifeMs, () => socket.close(GOING_AWAY, 'connection is valid for 24 hours'));
    const limiter = new MessageLimiter(this.#clock, streams.messagesPerSecond);
    return {
      onMessage: (text) => {
        if (limiter.exceeded()) socket.close(POLICY_VIOLATION, 'Too many requests');
        else if (!connection.silent) connection.answer(this.#request(connection, text));
      },
      onPing: () => {
        if (limiter.exceeded()) socket.close(POLICY_VIOLATION, 'Too many requests');
      },
      onPong: (payload) => {
        if (Buffer.from(payload).toString() !== awaited) return;
        pongTimer?.cancel();
        pongTimer = undefined;
      },
      onClose: () => {
        pinger.cancel();
        pongTimer?.cancel();
        end.cancel();
        this.#hub.remove(connection);
      },
    };
  }

  #request(connection: Connection, text: string): string {
    const request = parseRequest(text);
    if (typeof request === 'string') return failure(null, request);
    const { id, method, params } = request;
    const result = (value: JsonValue) => jsonText({ result: value, id });
    switch (method) {
      case 'SUBSCRIBE':
      case 'UNSUBSCRIBE': {
        const names = params.filter((name): name is string => typeof name === 'string');
        if (names.length === 0 || names.length !== params.length)
          return failure(id, 'Invalid request: params must be a list of stream names');
        if (method === 'SUBSCRIBE' && connection.streams.size + names.length > this.#options.streams.streamsPerConnection) {
          return failure(id, `Invalid request: at most ${this.#options.streams.streamsPerConnection} streams per connection`);
        }
        for (const name of names) {
          if (method === 'SUBSCRIBE') this.#hub.subscribe(connection, name);
          else this.#hub.unsubscribe(connection, name);
        }
        return result(null);
      }
      case 'LIST_SUBSCRIPTIONS':
        return result([...connection.streams]);
      case 'SET_PROPERTY':
        if (params[0] !== 'combined' || typeof params[1] !== 'boolean') return failure(id, 'Invalid request: unknown property');
        connection.combined = params[1];
        return result(null);
      case 'GET_PROPERTY':
        return result(connection.combined);
      default:
        return failure(id, `Invalid request: unknown variant \`${method.slice(0, 40)}\``);
    }
  }
}

/** A symbol or listen key; anything else after `/ws/` (ccxt appends a counter) means "no stream yet". */
function isStreamName(name: string): boolean {
  return name.includes('@') || name.startsWith('!') || name.length >= 32;
}

function eventFilter(text: string | null): ReadonlySet<string> | undefined {
  return text === null || text === '' ? undefined : new Set(text.split('/'));
}

function failure(id: string | number | null, msg: string): string {
  return jsonText({ error: { code: 2, msg }, id });
}

function parseRequest(text: string): Request | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'Invalid request: not valid JSON'; // the answer says so
  }
  if (typeof value !== 'object' || value === null) return 'Invalid request: not an object';
  const { id, method, params } = value as Record<string, unknown>;
  if (typeof id !== 'string' && typeof id !== 'number' && id !== null && id !== undefined)
    return 'Invalid request: request ID must be a number or text';
  if (typeof method !== 'string') return 'Invalid request: missing field `method`';
  return { id: id ?? null, method, params: Array.isArray(params) ? params : [] };
}

/** Incoming messages in aligned seconds. */
export class MessageLimiter {
  readonly #clock: Clock;
  readonly #perSecond: number;
  #second = -1;
  #count = 0;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
  }

  /** Counts one message; true when it is over the limit. */
  exceeded(): boolean {
    const second = Math.floor(this.#clock.monotonicUs() / 1_000_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count > this.#perSecond;
  }
}
