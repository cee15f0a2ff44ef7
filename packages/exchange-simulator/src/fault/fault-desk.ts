/** Faults by rule: which requests and user events go wrong, how often, and in which way. Deterministic by seed. */
import type { Prng } from '../numbers/prng.ts';
import { type FaultGroup, type FaultKind, groupOf } from './fault-kinds.ts';

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
  /** An order that can only make a position smaller. */
  readonly reducing?: boolean;
}

/** Rules kept at once; more are refused. */
export const MAX_FAULT_RULES = 1_000;

export class FaultDesk {
  readonly #prng: Prng;
  readonly #rules: FaultRule[] = [];
  #nextId = 1;
  /** Told of each rule as it is added. */
  onAdded: (rule: FaultRule) => void = () => {};

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  /** `undefined` when there are too many. */
  add(rule: Omit<FaultRule, 'id' | 'struck'>): FaultRule | undefined {
    if (this.#rules.length >= MAX_FAULT_RULES) return undefined;
    const added: FaultRule = { ...rule, id: this.#nextId, struck: 0 };
    this.#nextId += 1;
    this.#rules.push(added);
    this.onAdded(added);
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
    return this.#strike(target, 'request');
  }

  /** The first rule that strikes this user event. */
  event(target: Target): FaultRule | undefined {
    return this.#strike(target, 'event');
  }

  /** The first rule that strikes this frame of a client. */
  socket(target: Target): FaultRule | undefined {
    return this.#strike(target, 'socket');
  }

  #strike(target: Target, group: FaultGroup): FaultRule | undefined {
    for (const rule of this.#rules) {
      if (rule.left === 0 || groupOf(rule.kind) !== group || !matches(rule, target)) continue;
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
    (rule.event === undefined || rule.event === target.event) &&
    !(rule.kind === 'throttled' && target.reducing === true)
  );
}
