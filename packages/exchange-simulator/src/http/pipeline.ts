/**
 * A REST request from the wire to its answer, in the venue's order: ban, weight, path, key, parameters, time, signature, limits, fault
 * rules, engine. Everything is synchronous; only a delayed answer is a promise.
 */
import type { Clock, ServerReply, ServerRequest } from '@fillwright/runtime/ports';
import type { Account } from '../account/account.ts';
import { runBent } from '../fault/bent-run.ts';
import type { FaultDesk, FaultRule } from '../fault/fault-desk.ts';
import { BACKWARD_FAULTS, isRequestFault, REQUEST_FAULTS } from '../fault/fault-kinds.ts';
import { faultReply } from '../fault/fault-reply.ts';
import { type JsonValue, jsonText } from '../numbers/json.ts';
import { REFUSALS, Refusal, RefusedRequest, refuse } from '../order/refusal.ts';
import type { VenueLog } from '../venue-log/venue-log.ts';
import { type AccountEndpoint, type Endpoint, runEndpoint, type Venue } from './endpoint.ts';
import { ENDPOINTS } from './endpoints.ts';
import { Params } from './params.ts';
import type { Blocked } from './rate-limits.ts';
import { signatureMatches, signedPayload } from './signature.ts';

const DEFAULT_RECV_WINDOW_MS = 5_000;
const MAX_RECV_WINDOW_MS = 60_000;
/** A timestamp may be this far ahead. */
const AHEAD_MS = 1_000;
const MAX_KEY_LENGTH = 128;

/** One request on its way; filled in as the steps pass. */
interface Passage {
  readonly request: ServerRequest;
  readonly nowMs: number;
  readonly headers: Record<string, string>;
  params: Params;
  account: Account | undefined;
  code: number | undefined;
}

export class Pipeline {
  readonly #clock: Clock;
  readonly #venue: Venue;
  readonly #accountsByKey: ReadonlyMap<string, Account>;
  readonly #faults: FaultDesk;
  readonly #log: VenueLog;
  #dateMs = -1;
  #dateText = '';

  constructor(init: {
    clock: Clock;
    venue: Venue;
    accountsByKey: ReadonlyMap<string, Account>;
    faults: FaultDesk;
    log: VenueLog;
  }) {
    this.#clock = init.clock;
    this.#venue = init.venue;
    this.#accountsByKey = init.accountsByKey;
    this.#faults = init.faults;
    this.#log = init.log;
  }

  #nowMs(): number {
    return Math.floor(this.#clock.wallUs() / 1000);
  }

  /** The venue's own date, not the machine's: by it clients correct their clocks, and without it answers would differ between runs. */
  #date(nowMs: number): string {
    const second = nowMs - (nowMs % 1_000);
    if (second !== this.#dateMs) {
      this.#dateMs = second;
      this.#dateText = new Date(second).toUTCString();
    }
    return this.#dateText;
  }

  handle(request: ServerRequest): ServerReply | Promise<ServerReply> {
    const nowMs = this.#nowMs();
    const passage: Passage = {
      request,
      nowMs,
      headers: { 'content-type': 'application/json;charset=UTF-8', date: this.#date(nowMs) },
      params: NO_PARAMS,
      account: undefined,
      code: undefined,
    };
    try {
      return this.#pass(passage);
    } catch (error) {
      if (error instanceof RefusedRequest) return this.#refused(passage, error.refusal);
      throw error;
    }
  }

  #pass(passage: Passage): ServerReply | Promise<ServerReply> {
    const { request, nowMs } = passage;
    const ip = request.remoteAddress;
    const blocked = this.#venue.limits.blocked(ip, nowMs);
    if (blocked !== undefined) return this.#blocked(passage, blocked);
    if (this.#venue.maintenance.active) return this.#refused(passage, REFUSALS.maintenance);
    const endpoint = ENDPOINTS.get(`${request.method} ${request.path}`);
    if (endpoint === undefined) {
      this.#charge(passage, 1);
      return this.#refused(passage, new Refusal(-5000, `Path ${request.path}, Method ${request.method} is invalid`, 404));
    }
    passage.params = Params.ofForms(request.query, request.body);
    this.#charge(passage, typeof endpoint.weight === 'number' ? endpoint.weight : endpoint.weight(passage.params));
    const dry = endpoint.pool === undefined ? undefined : this.#venue.limits.fundingLimit(ip, nowMs);
    if (dry !== undefined) return this.#blocked(passage, dry);
    if (endpoint.security !== 'none') passage.account = this.#authenticate(passage, endpoint);
    else if (endpoint.mandatory !== undefined) passage.params.demand(endpoint.mandatory);
    const limited = this.#orderLimit(passage, endpoint);
    if (limited !== undefined) return this.#blocked(passage, limited);
    const fault = this.#faults.idle ? undefined : this.#faultOf(passage);
    if (fault !== undefined) return this.#faulty(passage, endpoint, fault);
    return this.#later(this.#execute(passage, endpoint), this.#replyDelayMs());
  }

  #faultOf({ request, params, account }: Passage): FaultRule | undefined {
    const [symbol, reducing] = [params.text('symbol'), isReducing(params)];
    return this.#faults.request({ method: request.method, path: request.path, symbol, account: account?.name, reducing });
  }

  #charge(passage: Passage, weight: number): void {
    const used = this.#venue.limits.charge(passage.request.remoteAddress, weight, passage.nowMs);
    passage.headers['x-mbx-used-weight-1m'] = String(used);
  }

  #authenticate(passage: Passage, endpoint: AccountEndpoint): Account {
    const { request, params, nowMs } = passage;
    const key = request.headers['x-mbx-apikey'];
    const account = this.#accountsByKey.get(key ?? '') ?? refuse(isKey(key) ? REFUSALS.keyUnknown : REFUSALS.keyFormat);
    if (endpoint.mandatory !== undefined) params.demand(endpoint.mandatory);
    if (endpoint.security === 'key') return account;
    params.demand(SIGNED);
    checkTime(params, nowMs);
    const signature = params.required('signature');
    const { apiKey } = account;
    if (apiKey === undefined || !signatureMatches(apiKey, signedPayload(request.query, request.body), signature))
      refuse(REFUSALS.signature);
    return account;
  }

  #orderLimit({ account, nowMs }: Passage, endpoint: Endpoint): Blocked | undefined {
    if (endpoint.security === 'none' || endpoint.orders === undefined || account === undefined) return undefined;
    return this.#venue.limits.orderLimit(account.name, nowMs);
  }

  /** Runs the command and words the honest answer. */
  #execute(passage: Passage, endpoint: Endpoint, fault?: FaultRule): ServerReply {
    let result: JsonValue;
    try {
      result = this.#run(passage, endpoint, fault);
    } catch (error) {
      if (error instanceof RefusedRequest) return this.#refused(passage, error.refusal);
      throw error;
    }
    if (endpoint.security !== 'none' && endpoint.orders !== undefined) this.#countOrders(passage, endpoint.orders);
    return this.#reply(passage, 200, jsonText(result));
  }

  #run({ request, account, params, nowMs }: Passage, endpoint: Endpoint, fault: FaultRule | undefined): JsonValue {
    const call = { venue: this.#venue, params, nowMs };
    if (fault !== undefined) return runBent(fault, `${request.method} ${request.path}`, endpoint, call, account);
    return runEndpoint(endpoint, call, account);
  }

  #countOrders({ account, nowMs, headers }: Passage, [ten, minute]: readonly [number, number]): void {
    if (account === undefined) return;
    const { limits } = this.#venue;
    limits.countOrders(account.name, ten, minute, nowMs);
    const counts = limits.orderCounts(account.name, nowMs);
    headers['x-mbx-order-count-10s'] = String(counts.tenSeconds);
    headers['x-mbx-order-count-1m'] = String(counts.minute);
  }

  #faulty(passage: Passage, endpoint: Endpoint, fault: FaultRule): ServerReply | Promise<ServerReply> {
    const { kind, delayMs } = fault;
    if (!isRequestFault(kind)) throw new Error(`not a request fault: ${kind}`);
    if (kind === 'delay-before') return this.#executeLate(passage, endpoint, delayMs);
    if (kind === 'late-execution') {
      this.#clock.after(delayMs, () => void this.#execute(passage, endpoint));
      return this.#fault(passage, kind, undefined);
    }
    const honest = REQUEST_FAULTS[kind].executes ? this.#execute(passage, endpoint, fault) : undefined;
    const reply = kind === 'delay' && honest !== undefined ? honest : this.#fault(passage, kind, honest);
    // Of a fault that looks back it is no delay of the answer.
    return this.#later(reply, (BACKWARD_FAULTS.includes(kind) ? 0 : delayMs) + this.#replyDelayMs());
  }

  #fault(passage: Passage, kind: keyof typeof REQUEST_FAULTS, honest: ServerReply | undefined): ServerReply {
    const reply = faultReply(kind, honest, this.#nowMs());
    this.#log.fault(passage.request, kind, passage.account?.name);
    return reply;
  }

  /** The request waits before the engine, which then checks its age again. */
  #executeLate(passage: Passage, endpoint: Endpoint, delayMs: number): Promise<ServerReply> {
    return new Promise((resolve) => {
      this.#clock.after(delayMs, () => {
        const timestamp = passage.params.integer('timestamp');
        const late = timestamp !== undefined && this.#nowMs() - timestamp > recvWindowOf(passage.params);
        const counted = endpoint.security !== 'none' && endpoint.orders !== undefined;
        resolve(late && counted ? this.#refused(passage, REFUSALS.engineRecvWindow) : this.#execute(passage, endpoint));
      });
    });
  }

  #replyDelayMs(): number {
    const { replyMs, jitterMs } = this.#venue.delays;
    return replyMs + (jitterMs > 0 ? this.#venue.prng.float() * jitterMs : 0);
  }

  #later(reply: ServerReply, delayMs: number): ServerReply | Promise<ServerReply> {
    if (delayMs <= 0) return reply;
    return new Promise((resolve) => void this.#clock.after(delayMs, () => resolve(reply)));
  }

  #blocked(passage: Passage, { refusal, retryAfterSeconds }: Blocked): ServerReply {
    passage.headers['retry-after'] = String(retryAfterSeconds);
    this.#charge(passage, 0);
    return this.#refused(passage, refusal);
  }

  #refused(passage: Passage, refusal: Refusal): ServerReply {
    passage.code = refusal.code;
    return this.#reply(passage, refusal.status, jsonText({ code: refusal.code, msg: refusal.msg }));
  }

  #reply(passage: Passage, status: number, body: string): ServerReply {
    this.#log.request(passage.request, { params: passage.params, account: passage.account?.name, status, code: passage.code });
    return { type: 'reply', status, headers: passage.headers, body };
  }
}

/** An order that says of itself that it only makes a position smaller. */
export function isReducing(params: Params): boolean {
  const [side, position] = [params.text('side'), params.text('positionSide')];
  const closes = (position === 'LONG' && side === 'SELL') || (position === 'SHORT' && side === 'BUY');
  return closes || params.text('reduceOnly') === 'true' || params.text('closePosition') === 'true';
}

const NO_PARAMS = new Params(new Map());
const SIGNED = ['timestamp', 'signature'] as const;

function isKey(text: string | undefined): boolean {
  return text !== undefined && text.length <= MAX_KEY_LENGTH && /^[\w-]+$/.test(text);
}

export function recvWindowOf(params: Params): number {
  return params.integer('recvWindow') ?? DEFAULT_RECV_WINDOW_MS;
}

/** Both texts of −1021, and the bound of recvWindow. */
export function checkTime(params: Params, nowMs: number): void {
  const timestamp = params.integer('timestamp') ?? 0;
  const recvWindow = recvWindowOf(params);
  if (recvWindow > MAX_RECV_WINDOW_MS) refuse(REFUSALS.recvWindowTooBig);
  if (timestamp >= nowMs + AHEAD_MS) refuse(REFUSALS.timestampAhead);
  if (nowMs - timestamp > recvWindow) refuse(REFUSALS.timestampLate);
}
