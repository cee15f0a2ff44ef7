/** `/ws-fapi/v1`: the same commands as REST inside one socket, with its own envelope, signature form and session logon. */
import type { Clock, ServerSocket, ServerSocketEvents, UpgradeRequest } from '@fillwright/runtime/ports';
import type { Account } from '../account/account.ts';
import { type FaultDesk, isRequestFault, REQUEST_FAULTS } from '../fault/fault-desk.ts';
import { faultReply } from '../fault/fault-reply.ts';
import { type JsonValue, jsonText } from '../numbers/json.ts';
import { invalidParameter, missingParameter, REFUSALS, Refusal, RefusedRequest, refuse } from '../order/refusal.ts';
import { rateLimitRows } from '../render/market-json.ts';
import type { VenueLog } from '../venue-log/venue-log.ts';
import type { Endpoint, Venue } from './endpoint.ts';
import { ENDPOINTS } from './endpoints.ts';
import { Params } from './params.ts';
import { checkTime } from './pipeline.ts';
import { signatureMatches, sortedPayload } from './signature.ts';
import { WEB_SOCKET_METHODS } from './web-socket-methods.ts';

/** Weight of a handshake. */
const CONNECT_WEIGHT = 5;

interface Session {
  account: Account | undefined;
  sinceMs: number;
  readonly ip: string;
  readonly returnsLimits: boolean;
}

interface Frame {
  readonly id: string | number | null;
  readonly method: string;
  readonly params: Params;
}

/** What goes back, or nothing when a fault swallowed it. */
type Outcome = { readonly status: number; readonly result?: JsonValue; readonly error?: Refusal } | undefined;

export class WebSocketApi {
  readonly #clock: Clock;
  readonly #venue: Venue;
  readonly #accountsByKey: ReadonlyMap<string, Account>;
  readonly #faults: FaultDesk;
  readonly #log: VenueLog;

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

  accept(upgrade: UpgradeRequest, socket: ServerSocket): ServerSocketEvents | undefined {
    if (upgrade.path !== '/ws-fapi/v1') return undefined;
    this.#venue.limits.charge(upgrade.remoteAddress, CONNECT_WEIGHT, this.#nowMs());
    const session: Session = {
      ...{ account: undefined, sinceMs: 0, ip: upgrade.remoteAddress },
      returnsLimits: new URLSearchParams(upgrade.query).get('returnRateLimits') !== 'false',
    };
    const { streams } = this.#venue.options;
    const ping = (): void => {
      pinger = this.#clock.after(streams.pingIntervalMs, ping);
      socket.ping(Buffer.from(String(this.#nowMs())));
    };
    let pinger = this.#clock.after(streams.pingIntervalMs, ping);
    const end = this.#clock.after(streams.lifeMs, () => socket.close(1001, 'connection is valid for 24 hours'));
    let open = true;
    return {
      onMessage: (text) => {
        this.#handle(session, text, (reply, delayMs) => {
          if (reply === undefined) socket.terminate();
          else if (delayMs <= 0) socket.send(reply);
          else this.#clock.after(delayMs, () => open && socket.send(reply));
        });
      },
      onPing: () => {},
      onPong: () => {},
      onClose: () => {
        open = false;
        pinger.cancel();
        end.cancel();
      },
    };
  }

  #handle(session: Session, text: string, answer: (reply: string | undefined, delayMs: number) => void): void {
    const frame = parseFrame(text);
    const nowMs = this.#nowMs();
    if (frame instanceof Refusal) {
      answer(this.#envelope(session, null, { status: 400, error: frame }, undefined, nowMs), 0);
      return;
    }
    const target = { method: 'WS', path: frame.method, symbol: frame.params.text('symbol'), account: session.account?.name };
    const fault = this.#faults.request(target);
    const delays = this.#venue.options.delays;
    const run = (): Outcome => this.#outcome(session, frame, nowMs);
    if (fault === undefined || !isRequestFault(fault.kind)) {
      answer(this.#envelope(session, frame.id, run(), frame, nowMs), delays.replyMs);
      return;
    }
    const { kind, delayMs } = fault;
    if (kind === 'late-execution') this.#clock.after(delayMs, () => void run());
    const honest = REQUEST_FAULTS[kind].executes ? run() : undefined;
    const outcome = kind === 'delay' || kind === 'delay-before' ? honest : faultOutcome(faultReply(kind, undefined, nowMs));
    answer(outcome === undefined ? undefined : this.#envelope(session, frame.id, outcome, frame, nowMs), delayMs + delays.replyMs);
  }

  #outcome(session: Session, frame: Frame, nowMs: number): Outcome {
    let outcome: NonNullable<Outcome>;
    const blocked = this.#venue.limits.blocked(session.ip, nowMs);
    try {
      if (blocked !== undefined) refuse(blocked.refusal);
      outcome = { status: 200, result: this.#run(session, frame, nowMs) };
    } catch (error) {
      if (!(error instanceof RefusedRequest)) throw error;
      outcome = { status: error.refusal.status, error: error.refusal };
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

  #run(session: Session, frame: Frame, nowMs: number): JsonValue {
    const { method, params } = frame;
    const venue = this.#venue;
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
        const endpoint = ENDPOINTS.get(WEB_SOCKET_METHODS[method] ?? '');
        if (endpoint === undefined) return refuse(new Refusal(-1000, `Unknown method '${method.slice(0, 40)}'.`));
        return this.#endpoint(session, params, endpoint, nowMs, venue);
      }
    }
  }

  #endpoint(session: Session, params: Params, endpoint: Endpoint, nowMs: number, venue: Venue): JsonValue {
    venue.limits.charge(session.ip, typeof endpoint.weight === 'number' ? endpoint.weight : endpoint.weight(params), nowMs);
    if (endpoint.mandatory !== undefined) params.demand(endpoint.mandatory);
    if (endpoint.security === 'none') return endpoint.run({ venue, params, nowMs });
    const account = endpoint.security === 'key' ? this.#byKey(session, params) : this.#authenticate(session, params, nowMs, false);
    const { orders } = endpoint;
    const limited = orders === undefined ? undefined : venue.limits.orderLimit(account.name, nowMs);
    if (limited !== undefined) refuse(limited.refusal);
    const result = endpoint.run({ venue, params, nowMs, account });
    if (orders !== undefined) venue.limits.countOrders(account.name, orders[0], orders[1], nowMs);
    return result;
  }

  #byKey(session: Session, params: Params): Account {
    const key = params.text('apiKey');
    if (key === undefined) return session.account ?? refuse(REFUSALS.keyFormat);
    return this.#accountsByKey.get(key) ?? refuse(REFUSALS.keyUnknown);
  }

  /** A logged-on session needs no signature; logon itself is for Ed25519 keys only. */
  #authenticate(session: Session, params: Params, nowMs: number, logon: boolean): Account {
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

  #sessionState({ account, sinceMs, returnsLimits }: Session, nowMs: number): JsonValue {
    const loggedOn = account !== undefined;
    return {
      ...{ apiKey: account?.apiKey?.key ?? null, authorizedSince: loggedOn ? sinceMs : null, connectedSince: sinceMs },
      ...{ returnRateLimits: returnsLimits, serverTime: nowMs },
    };
  }

  #envelope(session: Session, id: string | number | null, outcome: Outcome, frame: Frame | undefined, nowMs: number): string {
    const { status = 500, result, error } = outcome ?? {};
    const body: JsonValue =
      error === undefined ? { id, status, result: result ?? {} } : { id, status, error: { code: error.code, msg: error.msg } };
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
