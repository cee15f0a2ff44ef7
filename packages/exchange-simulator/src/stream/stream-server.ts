/** Stream sockets: routes and paths, SUBSCRIBE and friends, pings, the 24 h cut, message limits. */
import type { Clock, ServerSocket, ServerSocketEvents, UpgradeRequest } from '@fillwright/runtime/ports';
import type { FaultDesk } from '../fault/fault-desk.ts';
import { type JsonValue, jsonText } from '../numbers/json.ts';
import type { Prng } from '../numbers/prng.ts';
import type { DelayOptions, SimulatorOptions } from '../options/options.ts';
import { Connection, type Route } from './connection.ts';
import type { Hub } from './hub.ts';
import { Lane } from './lane.ts';
import { MessageLimiter, POLICY_VIOLATION, SocketLife } from './socket-life.ts';

/** `/public/ws/…`, `/market/stream`, and the older paths without a route, which are public since April 2026. */
const PATH = /^(?:\/(public|market|private))?\/(ws|stream)(?:\/(.*))?$/;
/** An answer that waits for a frame waits no longer, unless its rule says otherwise. */
const LATE_REPLY_MS = 1_000;

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
  readonly #delays: DelayOptions;
  readonly #faults: FaultDesk;
  #nextId = 1;

  constructor(init: {
    readonly clock: Clock;
    readonly hub: Hub;
    readonly prng: Prng;
    readonly options: SimulatorOptions;
    readonly delays: DelayOptions;
    readonly faults: FaultDesk;
  }) {
    this.#clock = init.clock;
    this.#hub = init.hub;
    this.#prng = init.prng;
    this.#options = init.options;
    this.#delays = init.delays;
    this.#faults = init.faults;
  }

  /** `undefined` when the path is no stream path. */
  accept(upgrade: UpgradeRequest, socket: ServerSocket): ServerSocketEvents | undefined {
    const match = PATH.exec(upgrade.path);
    if (match === null) return undefined;
    const route = (match[1] ?? 'public') as Route;
    const query = new URLSearchParams(upgrade.query);
    const { streams } = this.#options;
    const delays = this.#delays;
    const connection = new Connection({
      id: this.#nextId,
      route,
      socket,
      combined: match[2] === 'stream',
      events: eventFilter(query.get('events')),
      lane: new Lane(this.#clock, this.#prng, () => {
        return { delayMs: route === 'private' ? delays.userMs : delays.marketMs, jitterMs: delays.jitterMs };
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
    const life = new SocketLife(this.#clock, connection, streams);
    const limiter = new MessageLimiter(this.#clock, streams.messagesPerSecond);
    const overLimit = (): boolean => {
      if (!limiter.exceeded()) return false;
      connection.socket.close(POLICY_VIOLATION, 'Too many requests');
      return true;
    };
    return {
      onMessage: (text) => {
        if (!overLimit() && !connection.silent) this.#answer(connection, text);
      },
      onPing: () => void overLimit(),
      onPong: (payload) => life.pong(payload),
      onClose: () => {
        life.stop();
        this.#hub.remove(connection);
      },
    };
  }

  #answer(connection: Connection, text: string): void {
    const answer = this.#request(connection, text);
    const subscribes = !this.#faults.idle && text.includes('"SUBSCRIBE"');
    const late = subscribes ? this.#faults.socket({ method: 'SUBSCRIBE', path: `/${connection.route}` }) : undefined;
    if (late === undefined) connection.answer(answer);
    else connection.answerBehind(answer, late.delayMs === 0 ? LATE_REPLY_MS : late.delayMs);
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
