/** `/ws-fapi/v1`: the same commands as REST inside one socket, with its own envelope, signature form and session logon. */
import type { Clock, ServerSocket, ServerSocketEvents, UpgradeRequest } from '@fillwright/runtime/ports';
import type { Account } from '../account/account.ts';
import { runBent } from '../fault/bent-run.ts';
import type { FaultDesk, FaultRule } from '../fault/fault-desk.ts';
import { BACKWARD_FAULTS, type FaultKind, isRequestFault, REQUEST_FAULTS } from '../fault/fault-kinds.ts';
import { bentText, faultReply } from '../fault/fault-reply.ts';
import { type JsonValue, jsonText } from '../numbers/json.ts';
import { invalidParameter, missingParameter, REFUSALS, Refusal, RefusedRequest, refuse } from '../order/refusal.ts';
import { rateLimitRows } from '../render/market-json.ts';
import { MessageLimiter, POLICY_VIOLATION, SocketLife } from '../stream/socket-life.ts';
import type { VenueLog } from '../venue-log/venue-log.ts';
import { ApiConnection } from './api-connection.ts';
import { type Call, type Endpoint, runEndpoint, type Venue } from './endpoint.ts';
import { ENDPOINTS } from './endpoints.ts';
import { Params } from './params.ts';
import { checkTime, isReducing } from './pipeline.ts';
import { signatureMatches, sortedPayload } from './signature.ts';
import { WEB_SOCKET_METHODS } from './web-socket-methods.ts';

/** Weight of a handshake. */
const CONNECT_WEIGHT = 5;
/** Pings and pongs of a client. */
const CONTROL_FRAMES_PER_SECOND = 5;
/** Faults whose answer is the venue's own, bent or late. */
const AS_ANSWERED: readonly FaultKind[] = [
  ...['delay', 'stale-fill', 'new-fields', 'new-enum', 'filled-first', 'half-filled-first', 'batch-half-refused'],
  ...['read-lag', 'stale-depth'],
] as FaultKind[];

interface Frame {
  readonly id: string | number | null;
  readonly method: string;
  readonly params: Params;
}

/** What goes back, or nothing when a fault swallowed it. */
type Outcome =
  | {
      readonly status: number;
      readonly result?: JsonValue;
      readonly error?: Refusal;
      /** Seconds, of a client that asked for too much. */
      readonly retryAfter?: number | undefined;
    }
  | undefined;

export class WebSocketApi {
  readonly #clock: Clock;
  readonly #venue: Venue;
  readonly #accountsByKey: ReadonlyMap<string, Account>;
  readonly #faults: FaultDesk;
  readonly #log: VenueLog;
  readonly #connections = new Set<ApiConnection>();

  constructor(init: { clock: Clock; venue: Venue; accountsByKey: ReadonlyMap<string, Account>; faults: FaultDesk; log: VenueLog }) {
    this.#clock = init.clock;
    this.#venue = init.venue;
    this.#accountsByKey = init.accountsByKey;
    this.#faults = init.faults;
    this.#log = init.log;
  }

  #nowMs(): number {
    return Math.floor(this.#clock.wallUs() / 1000);
  }

  /** Open ones, for drills and maintenance. */
  connections(): IterableIterator<ApiConnection> {
    return this.#connections.values();
  }

  accept(upgrade: UpgradeRequest, socket: ServerSocket): ServerSocketEvents | undefined {
    if (upgrade.path !== '/ws-fapi/v1') return undefined;
    this.#venue.limits.charge(upgrade.remoteAddress, CONNECT_WEIGHT, this.#nowMs());
    const session = new ApiConnection(socket, new URLSearchParams(upgrade.query).get('returnRateLimits') !== 'false');
    const life = new SocketLife(this.#clock, session, this.#venue.options.streams);
    const limiter = new MessageLimiter(this.#clock, CONTROL_FRAMES_PER_SECOND);
    const countControl = (): void => {
      if (limiter.exceeded()) socket.close(POLICY_VIOLATION, 'Too many requests');
    };
    this.#connections.add(session);
    return {
      onMessage: (text) => {
        if (!session.silent) this.#handle(session, text);
      },
      onPing: countControl,
      onPong: (payload) => {
        life.pong(payload);
        countControl();
      },
      onClose: () => {
        session.closed = true;
        life.stop();
        this.#connections.delete(session);
      },
    };
  }

  #handle(session: ApiConnection, text: string): void {
    const frame = parseFrame(text);
    const nowMs = this.#nowMs();
    if (frame instanceof Refusal) {
      session.answer(this.#envelope(session, null, { status: 400, error: frame }, undefined, nowMs));
      return;
    }
    const fault = this.#faults.idle ? undefined : this.#faultOf(session, frame);
    if (fault === undefined)
      this.#answer(session, this.#envelope(session, frame.id, this.#outcome(session, frame, nowMs), frame, nowMs), 0);
    else this.#faulty(session, frame, fault, nowMs);
  }

  #answer(session: ApiConnection, text: string, delayMs: number): void {
    const { replyMs } = this.#venue.delays;
    if (delayMs + replyMs <= 0) session.answer(text);
    else this.#clock.after(delayMs + replyMs, () => session.answer(text));
  }

  #faultOf(session: ApiConnection, { method, params }: Frame): FaultRule | undefined {
    const account = session.account?.name ?? this.#accountsByKey.get(params.text('apiKey') ?? '')?.name;
    return this.#faults.request({ method: 'WS', path: method, symbol: params.text('symbol'), account, reducing: isReducing(params) });
  }

  #faulty(session: ApiConnection, frame: Frame, fault: FaultRule, nowMs: number): void {
    const { kind, delayMs } = fault;
    if (!isRequestFault(kind)) throw new Error(`not a request fault: ${kind}`);
    const run = (): Outcome => this.#outcome(session, frame, this.#nowMs(), fault);
    if (kind === 'late-execution') this.#clock.after(delayMs, () => void run());
    if (kind === 'delay-before') {
      this.#clock.after(delayMs, () => this.#answer(session, this.#envelope(session, frame.id, run(), frame, this.#nowMs()), 0));
      return;
    }
    const honest = REQUEST_FAULTS[kind].executes ? run() : undefined;
    const outcome = AS_ANSWERED.includes(kind) ? honest : faultOutcome(faultReply(kind, undefined, nowMs));
    if (outcome === undefined) session.cut();
    else {
      const text = bentText(kind, this.#envelope(session, frame.id, outcome, frame, nowMs));
      this.#answer(session, text, BACKWARD_FAULTS.includes(kind) ? 0 : delayMs);
    }
  }

  #outcome(session: ApiConnection, frame: Frame, nowMs: number, fault?: FaultRule): Outcome {
    let outcome: NonNullable<Outcome>;
    const blocked = this.#venue.limits.blocked(session.ip, nowMs);
    try {
      if (blocked !== undefined) refuse(blocked.refusal);
      if (this.#venue.maintenance.active) refuse(REFUSALS.maintenance);
      outcome = { status: 200, result: this.#run(session, frame, nowMs, fault) };
    } catch (error) {
      if (!(error instanceof RefusedRequest)) throw error;
      const { refusal } = error;
      outcome = { status: refusal.status, error: refusal, retryAfter: blocked?.retryAfterSeconds };
    }
    const seen = {
      method: 'WS',
      target: frame.method,
      path: frame.method,
      query: sortedPayload(frame.params.entries()),
      headers: {},
      body: '',
    };
    const account = session.account?.name ?? this.#accountsByKey.get(frame.params.text('apiKey') ?? '')?.name;
    const { status, error } = outcome;
    this.#log.request({ ...seen, remoteAddress: session.ip }, { params: frame.params, account, status, code: error?.code });
    return outcome;
  }

  #run(session: ApiConnection, frame: Frame, nowMs: number, fault: FaultRule | undefined): JsonValue {
    const { method, params } = frame;
    switch (method) {
      case 'ping':
        return {};
      case 'time':
        return { serverTime: nowMs };
      case 'session.logon':
        session.account = this.#authenticate(session, params, nowMs, true);
        session.sinceMs = nowMs;
        return this.#sessionState(session, nowMs);
      case 'session.status':
        return this.#sessionState(session, nowMs);
      case 'session.logout':
        session.account = undefined;
        return this.#sessionState(session, nowMs);
      default: {
        const name = WEB_SOCKET_METHODS[method] ?? '';
        const endpoint = ENDPOINTS.get(name);
        if (endpoint === undefined) return refuse(new Refusal(-1000, `Unknown method '${method.slice(0, 40)}'.`));
        return this.#endpoint(session, { venue: this.#venue, params, nowMs }, endpoint, (call, account) =>
          fault === undefined ? runEndpoint(endpoint, call, account) : runBent(fault, name, endpoint, call, account),
        );
      }
    }
  }

  #endpoint(
    session: ApiConnection,
    call: Call,
    endpoint: Endpoint,
    run: (call: Call, account: Account | undefined) => JsonValue,
  ): JsonValue {
    const { params, nowMs } = call;
    const { limits } = this.#venue;
    limits.charge(session.ip, typeof endpoint.weight === 'number' ? endpoint.weight : endpoint.weight(params), nowMs);
    if (endpoint.mandatory !== undefined) params.demand(endpoint.mandatory);
    if (endpoint.security === 'none') return run(call, undefined);
    const account = endpoint.security === 'key' ? this.#byKey(session, params) : this.#authenticate(session, params, nowMs, false);
    const { orders } = endpoint;
    const limited = orders === undefined ? undefined : limits.orderLimit(account.name, nowMs);
    if (limited !== undefined) refuse(limited.refusal);
    const result = run(call, account);
    if (orders !== undefined) limits.countOrders(account.name, orders[0], orders[1], nowMs);
    return result;
  }

  #byKey(session: ApiConnection, params: Params): Account {
    const key = params.text('apiKey');
    if (key === undefined) return session.account ?? refuse(REFUSALS.keyFormat);
    return this.#accountsByKey.get(key) ?? refuse(REFUSALS.keyUnknown);
  }

  /** A logged-on session needs no signature; logon itself is for Ed25519 keys only. */
  #authenticate(session: ApiConnection, params: Params, nowMs: number, logon: boolean): Account {
    const account = this.#byKey(session, params);
    if (params.text('timestamp') === undefined) refuse(missingParameter('timestamp'));
    checkTime(params, nowMs);
    const signature = params.text('signature');
    if (!logon && signature === undefined && account === session.account) return account;
    if (signature === undefined) return refuse(missingParameter('signature'));
    const { apiKey } = account;
    if (logon && apiKey?.type !== 'ed25519') refuse(new Refusal(-4056, 'Only Ed25519 keys may log on.'));
    if (apiKey === undefined || !signatureMatches(apiKey, sortedPayload(params.entries()), signature)) refuse(REFUSALS.signature);
    return account;
  }

  #sessionState({ account, sinceMs, returnsLimits }: ApiConnection, nowMs: number): JsonValue {
    const loggedOn = account !== undefined;
    return {
      ...{ apiKey: account?.apiKey?.key ?? null, authorizedSince: loggedOn ? sinceMs : null, connectedSince: sinceMs },
      ...{ returnRateLimits: returnsLimits, serverTime: nowMs },
    };
  }

  #envelope(session: ApiConnection, id: string | number | null, outcome: Outcome, frame: Frame | undefined, nowMs: number): string {
    const { status = 500, result, error, retryAfter } = outcome ?? {};
    const later = retryAfter === undefined ? {} : { data: { serverTime: nowMs, retryAfter: nowMs + retryAfter * 1_000 } };
    const body: JsonValue =
      error === undefined ? { id, status, result: result ?? {} } : { id, status, error: { code: error.code, msg: error.msg, ...later } };
    const wanted = session.returnsLimits && frame?.params.text('returnRateLimits') !== 'false';
    if (!wanted) return jsonText(body);
    const { limits } = this.#venue;
    const counts = session.account === undefined ? undefined : limits.orderCounts(session.account.name, nowMs);
    const used = [limits.charge(session.ip, 0, nowMs), counts?.minute ?? 0, counts?.tenSeconds ?? 0];
    return jsonText({ ...body, rateLimits: rateLimitRows(limits.options).map((row, index) => ({ ...row, count: used[index] ?? 0 })) });
  }
}

function faultOutcome(reply: ReturnType<typeof faultReply>): Outcome {
  if (reply.type !== 'reply') return undefined;
  const said: unknown = reply.headers?.['content-type'] === 'text/html' ? {} : safeJson(reply.body);
  const { code = -1000, msg = 'Unknown error.' } = said as { code?: number; msg?: string };
  return { status: reply.status, error: new Refusal(code, msg, reply.status) };
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {}; // a fault that sends broken bytes over REST is an unknown error here
  }
}

/** Long integers are kept as text, so that an order id keeps all its digits. */
function parseFrame(text: string): Frame | Refusal {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/([:[,]\s*)(\d{16,})(?=\s*[,}\]])/g, '$1"$2"'));
  } catch {
    return invalidParameter('request');
  }
  if (typeof value !== 'object' || value === null) return invalidParameter('request');
  const { id, method, params } = value as Record<string, unknown>;
  if (typeof method !== 'string') return missingParameter('method');
  const values = new Map<string, string>();
  if (typeof params === 'object' && params !== null) {
    for (const [name, member] of Object.entries(params))
      if (member !== null && typeof member !== 'object') values.set(name, String(member));
  }
  return { id: typeof id === 'string' || typeof id === 'number' ? id : null, method, params: new Params(values) };
}
