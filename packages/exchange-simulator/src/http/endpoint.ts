/** What an endpoint is: who may call it, what it costs, which parameters it demands, and what it does. REST and WS-API share them. */
import type { Account } from '../account/account.ts';
import type { Maintenance } from '../core/maintenance.ts';
import type { Countdowns } from '../engine/countdowns.ts';
import type { Engine } from '../engine/engine.ts';
import type { Past } from '../fault/bent-run.ts';
import type { Market } from '../market/market.ts';
import type { JsonValue } from '../numbers/json.ts';
import type { Prng } from '../numbers/prng.ts';
import type { DelayOptions, SimulatorOptions } from '../options/options.ts';
import { REFUSALS, Refusal, refuse } from '../order/refusal.ts';
import type { ListenKeys } from '../stream/listen-keys.ts';
import type { Params } from './params.ts';
import type { RateLimits } from './rate-limits.ts';

/** Everything an endpoint may touch. */
export interface Venue {
  readonly engine: Engine;
  readonly options: SimulatorOptions;
  readonly limits: RateLimits;
  readonly listenKeys: ListenKeys;
  readonly countdowns: Countdowns;
  /** As they are now. */
  readonly delays: DelayOptions;
  readonly maintenance: Maintenance;
  /** For faults that look back. */
  readonly past: Past;
  /** For ids that the venue makes up. */
  readonly prng: Prng;
}

export interface Call {
  readonly venue: Venue;
  readonly params: Params;
  readonly nowMs: number;
  /** A drill: which items of a batch the venue refuses for no reason of their own. */
  refusesItem?(index: number): boolean;
}

export interface AccountCall extends Call {
  readonly account: Account;
}

interface Common {
  readonly weight: number | ((params: Params) => number);
  readonly mandatory?: readonly string[];
  /** Limited by a pool of its own instead of weight. */
  readonly pool?: 'funding';
}

export interface PublicEndpoint extends Common {
  readonly security: 'none';
  run(call: Call): JsonValue;
}

export interface AccountEndpoint extends Common {
  /** `key` asks for the header only, `signed` for a signature too. */
  readonly security: 'key' | 'signed';
  /** Counted against the account's order limits when the call succeeds: per 10 s, per minute. */
  readonly orders?: readonly [number, number];
  run(call: AccountCall): JsonValue;
}

export type Endpoint = PublicEndpoint | AccountEndpoint;

export function runEndpoint(endpoint: Endpoint, call: Call, account: Account | undefined): JsonValue {
  if (endpoint.security === 'none') return endpoint.run(call);
  if (account === undefined) throw new Error('an endpoint for accounts ran without one');
  return endpoint.run({ ...call, account });
}

/** Keyed by `METHOD path`. */
export type EndpointTable = Readonly<Record<string, Endpoint>>;

export function marketOf({ venue, params }: Call): Market {
  return venue.engine.market(params.required('symbol')) ?? refuse(REFUSALS.symbol);
}

/** The market named, or all of them. */
export function marketsOf({ venue, params }: Call): Market[] {
  const symbol = params.text('symbol');
  if (symbol === undefined) return [...venue.engine.markets()];
  return [venue.engine.market(symbol) ?? refuse(REFUSALS.symbol)];
}

/** Turns a refused command into the request's refusal. */
export function granted<T>(result: T | Refusal): T {
  return result instanceof Refusal ? refuse(result) : result;
}

/** Lower weight when one symbol is named. */
export function weightBySymbol(one: number, all: number): (params: Params) => number {
  return (params) => (params.text('symbol') === undefined ? all : one);
}

type Extras = { readonly mandatory?: readonly string[]; readonly orders?: readonly [number, number] };

/** Market data, for everybody. */
export function open(weight: Common['weight'], run: PublicEndpoint['run'], mandatory: readonly string[] = []): PublicEndpoint {
  return { security: 'none', weight, run, mandatory };
}

/** Market data that costs no weight but counts against the funding pool. */
export function pooled(run: PublicEndpoint['run'], mandatory: readonly string[] = []): PublicEndpoint {
  return { security: 'none', weight: 0, run, mandatory, pool: 'funding' };
}

/** With the key header alone. */
export function keyed(weight: Common['weight'], run: AccountEndpoint['run'], mandatory: readonly string[] = []): AccountEndpoint {
  return { security: 'key', weight, run, mandatory };
}

/** With key and signature. */
export function signed(weight: Common['weight'], run: AccountEndpoint['run'], extras: Extras = {}): AccountEndpoint {
  return { security: 'signed', weight, run, ...extras };
}
