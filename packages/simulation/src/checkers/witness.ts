/** All checks over one run. It watches what the kernel notes and shares no state and no rules with the services it judges. */
import type { TraceNote } from '../kernel/trace.ts';
import type { Check, MakeCheck, Setting } from './check.ts';
import { type Evidence, evidenceOf } from './evidence.ts';
import { fills } from './fills.ts';
import { finalOrders } from './final-orders.ts';
import { intents } from './intents.ts';
import { orderMoves } from './order-moves.ts';
import { publications } from './publications.ts';
import { sendingFirst } from './sending-first.ts';
import { venueOrders } from './venue-orders.ts';
import type { Violation } from './violation.ts';

export const CHECKS: Readonly<Record<string, MakeCheck>> = {
  'venue-orders': venueOrders,
  'sending-first': sendingFirst,
  'order-moves': orderMoves,
  intents,
  fills,
  publications,
  'final-orders': finalOrders,
};

/** Violations kept; a run that is wrong is often wrong many times. */
const KEPT = 100;

export class Witness {
  readonly #checks: readonly Check[];
  readonly #account: string;
  readonly #violations: Violation[] = [];
  #violated = 0;
  #orders = 0;
  #fills = 0;

  constructor(setting: Setting) {
    this.#account = setting.venueAccount;
    this.#checks = Object.entries(CHECKS).map(([name, make]) => make((us, text) => this.report({ check: name, us, text }), setting));
  }

  /** New orders accepted and trades made, as the venue counts them. */
  get counts(): { readonly orders: number; readonly fills: number } {
    return { orders: this.#orders, fills: this.#fills };
  }

  /** The first ones, in the order of their discovery. */
  get violations(): readonly Violation[] {
    return this.#violations;
  }

  get violated(): number {
    return this.#violated;
  }

  take(note: TraceNote): void {
    for (const evidence of evidenceOf(note)) {
      this.#count(evidence);
      for (const check of this.#checks) check.see(evidence);
    }
  }

  /** Everything was stopped in order, and the venue wrote its closing lines. */
  end(us: number): void {
    for (const check of this.#checks) check.end?.(us);
  }

  report(violation: Violation): void {
    this.#violated++;
    if (this.#violations.length < KEPT) this.#violations.push(violation);
  }

  #count(evidence: Evidence): void {
    if (evidence.type !== 'venue' || evidence.line.account !== this.#account) return;
    if (evidence.line.type === 'order' && evidence.line.event === 'NEW') this.#orders++;
    if (evidence.line.type === 'fill') this.#fills++;
  }
}
