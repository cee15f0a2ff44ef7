/** All checks over one run. It watches what the kernel notes and shares no state and no rules with the services it judges. */
import type { TraceNote } from '../kernel/trace.ts';
import { balances } from './balances.ts';
import type { Check, MakeCheck, Setting } from './check.ts';
import { DurableEvidence } from './durable-evidence.ts';
import { type Evidence, evidenceOf } from './evidence.ts';
import { fills } from './fills.ts';
import { finalOrders } from './final-orders.ts';
import { intents } from './intents.ts';
import { limits } from './limits.ts';
import { orderMoves } from './order-moves.ts';
import { owners } from './owners.ts';
import { publications } from './publications.ts';
import { sendingFirst } from './sending-first.ts';
import { standingOrders } from './standing-orders.ts';
import { type Counts, Tally } from './tally.ts';
import { told } from './told.ts';
import { venueOrders } from './venue-orders.ts';
import { type OrderTruth, VenueTruth } from './venue-truth.ts';
import type { Violation } from './violation.ts';

export const CHECKS: Readonly<Record<string, MakeCheck>> = {
  'venue-orders': venueOrders,
  'sending-first': sendingFirst,
  'order-moves': orderMoves,
  intents,
  fills,
  publications,
  'final-orders': finalOrders,
  told,
  limits,
  balances,
  owners,
  'standing-orders': standingOrders,
};

/** Violations kept; a run that is wrong is often wrong many times. */
const KEPT = 100;

export class Witness {
  readonly #checks: readonly Check[];
  readonly #tally: Tally;
  readonly #truth: VenueTruth;
  readonly #violations: Violation[] = [];
  readonly #durable: DurableEvidence | undefined;
  #violated = 0;

  constructor(setting: Setting) {
    this.#durable = setting.isSynced ? new DurableEvidence(setting.engine) : undefined;
    this.#tally = new Tally(setting);
    this.#truth = new VenueTruth(setting.venueAccount);
    this.#checks = Object.entries(CHECKS).map(([name, make]) => make((us, text) => this.report({ check: name, us, text }), setting));
  }

  get counts(): Counts {
    return this.#tally.counts;
  }

  /** The first ones, in the order of their discovery. */
  get violations(): readonly Violation[] {
    return this.#violations;
  }

  get violated(): number {
    return this.#violated;
  }

  /** How an order stands at the venue; `undefined`: it has none of that name. */
  truthOf(clientOrderId: string): OrderTruth | undefined {
    return this.#truth.of(clientOrderId);
  }

  take(note: TraceNote): void {
    for (const evidence of this.#durable?.take(note) ?? evidenceOf(note)) this.#see(evidence);
  }

  /** Everything was stopped in order, and the venue wrote its closing lines. */
  end(us: number): void {
    for (const evidence of this.#durable?.rest() ?? []) this.#see(evidence);
    for (const check of this.#checks) check.end?.(us);
  }

  #see(evidence: Evidence): void {
    this.#tally.see(evidence);
    this.#truth.see(evidence);
    for (const check of this.#checks) check.see(evidence);
  }

  report(violation: Violation): void {
    this.#violated++;
    if (this.#violations.length < KEPT) this.#violations.push(violation);
  }
}
