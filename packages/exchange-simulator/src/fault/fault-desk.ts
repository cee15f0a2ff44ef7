/** Faults by rule: which requests and user events go wrong, how often, and in which way. Deterministic by seed. */
import type { Prng } from '../numbers/prng.ts';

/** What happens to a matching request. `executes` says whether the command reaches the engine. */
export const REQUEST_FAULTS = {
  'executed-reply-lost': { executes: true },
  'not-executed-reply-lost': { executes: false },
  'unknown-executed': { executes: true },
  'unknown-not-executed': { executes: false },
  'service-unavailable': { executes: false },
  'internal-error': { executes: false },
  throttled: { executes: false },
  'timeout-executed': { executes: true },
  'timeout-not-executed': { executes: false },
  'request-timeout-executed': { executes: true },
  'request-timeout-not-executed': { executes: false },
  'gateway-timeout-executed': { executes: true },
  'gateway-timeout-not-executed': { executes: false },
  'bad-gateway-executed': { executes: true },
  'bad-gateway-not-executed': { executes: false },
  'late-execution': { executes: false },
  delay: { executes: true },
  'delay-before': { executes: true },
  'rate-limit': { executes: false },
  ban: { executes: false },
  forbidden: { executes: false },
  'clock-skew': { executes: false },
  maintenance: { executes: false },
  'empty-body': { executes: true },
  'invalid-json': { executes: true },
  truncated: { executes: true },
  'stale-fill': { executes: true },
} as const satisfies Readonly<Record<string, { readonly executes: boolean }>>;

/** What happens to a matching user event. */
export const EVENT_FAULTS = ['event-drop', 'event-duplicate', 'event-delay'] as const;

export type RequestFaultKind = keyof typeof REQUEST_FAULTS;
export type EventFaultKind = (typeof EVENT_FAULTS)[number];
export type FaultKind = RequestFaultKind | EventFaultKind;

export interface FaultRule {
  readonly id: number;
  readonly kind: FaultKind;
  readonly method?: string;
  /** Exact path, e.g. `/fapi/v1/order`. */
  readonly path?: string;
  readonly symbol?: string;
  readonly account?: string;
  /** User event type, e.g. `ORDER_TRADE_UPDATE`; for event faults. */
  readonly event?: string;
  /** Of a matching request or event; default 1. */
  readonly probability: number;
  readonly delayMs: number;
  /** Times it may still strike; `undefined` = for ever. */
  left: number | undefined;
  struck: number;
}

export interface Target {
  readonly method?: string;
  readonly path?: string;
  readonly symbol?: string | undefined;
  readonly account?: string | undefined;
  readonly event?: string;
}

/** Rules kept at once; more are refused. */
export const MAX_FAULT_RULES = 1_000;

export function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(REQUEST_FAULTS, text) || (EVENT_FAULTS as readonly string[]).includes(text);
}

export function isRequestFault(kind: FaultKind): kind is RequestFaultKind {
  return Object.hasOwn(REQUEST_FAULTS, kind);
}

export class FaultDesk {
  readonly #prng: Prng;
  readonly #rules: FaultRule[] = [];
  #nextId = 1;

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  /** `undefined` when there are too many. */
  add(rule: Omit<FaultRule, 'id' | 'struck'>): FaultRule | undefined {
    if (this.#rules.length >= MAX_FAULT_RULES) return undefined;
    const added: FaultRule = { ...rule, id: this.#nextId, struck: 0 };
    this.#nextId += 1;
    this.#rules.push(added);
    return added;
  }

  /** Without any nobody need tell it of requests. */
  get idle(): boolean {
    return this.#rules.length === 0;
  }

  rules(): readonly FaultRule[] {
    return this.#rules;
  }

  /** Removes one rule, or all. */
  clear(id?: number): void {
    if (id === undefined) this.#rules.length = 0;
    else {
      const index = this.#rules.findIndex((rule) => rule.id === id);
      if (index >= 0) this.#rules.splice(index, 1);
    }
  }

  /** The first rule that strikes this request. */
  request(target: Target): FaultRule | undefined {
    return this.#strike(target, true);
  }

  /** The first rule that strikes this user event. */
  event(target: Target): FaultRule | undefined {
    return this.#strike(target, false);
  }

  #strike(target: Target, request: boolean): FaultRule | undefined {
    for (const rule of this.#rules) {
      if (rule.left === 0 || isRequestFault(rule.kind) !== request || !matches(rule, target)) continue;
      if (rule.probability < 1 && !this.#prng.chance(rule.probability)) continue;
      if (rule.left !== undefined) rule.left -= 1;
      rule.struck += 1;
      return rule;
    }
    return undefined;
  }

  /** What a dump of the venue keeps of the private fields (`state/`). */
  hiddenState() {
    return { rules: this.#rules, nextId: this.#nextId };
  }

  restoreHidden({ rules, nextId }: ReturnType<FaultDesk['hiddenState']>): void {
    this.#rules.push(...rules);
    this.#nextId = nextId;
  }
}

function matches(rule: FaultRule, target: Target): boolean {
  return (
    (rule.method === undefined || rule.method === target.method) &&
    (rule.path === undefined || rule.path === target.path) &&
    (rule.symbol === undefined || rule.symbol === target.symbol) &&
    (rule.account === undefined || rule.account === target.account) &&
    (rule.event === undefined || rule.event === target.event)
  );
}
