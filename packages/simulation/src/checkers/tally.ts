/** How much happened in a run: what its figures are made of, and proof that faults did bite. */
import type { Setting } from './check.ts';
import type { Evidence, Journaled } from './evidence.ts';
import { SetupTally } from './setup-tally.ts';

export interface Counts {
  /** Orders that the engine took on from traders. */
  readonly orders: number;
  /** New orders accepted and trades made, as the venue counts them. */
  readonly ordersAtVenue: number;
  readonly fills: number;
  /** Orders, cancels and modifies whose outcome was unknown for a while, and those of them that were settled. */
  readonly unknownOutcomes: number;
  readonly unknownResolved: number;
  /** Orders that left in one request with others, and those of them whose outcome was unknown then. */
  readonly ordersBatched: number;
  readonly batchedUnknown: number;
  /** Fills booked on orders that had ended otherwise. */
  readonly lateFills: number;
  /** What only some desks are set up for, by `SetupEvent`. */
  readonly setups: Readonly<Record<string, number>>;
}

const ENDED_OTHERWISE: readonly string[] = ['canceled', 'expired', 'rejected'];

export class Tally {
  readonly #engine: string;
  readonly #account: string;
  /** Order id → its phase. */
  readonly #phases = new Map<string, string>();
  /** Order id → what about it is unknown: itself, or a command. */
  readonly #unknown = new Map<string, string>();
  /** Orders that left with others, and have no outcome yet. */
  readonly #batched = new Set<string>();
  #ordersBatched = 0;
  #batchedUnknown = 0;
  #orders = 0;
  #ordersAtVenue = 0;
  #fills = 0;
  #unknownOutcomes = 0;
  #unknownResolved = 0;
  #lateFills = 0;
  readonly #setups: SetupTally;

  constructor(setting: Setting) {
    const { engine, venueAccount } = setting;
    this.#setups = new SetupTally(setting);
    this.#engine = engine;
    this.#account = venueAccount;
  }

  get counts(): Counts {
    return {
      orders: this.#orders,
      ordersAtVenue: this.#ordersAtVenue,
      fills: this.#fills,
      unknownOutcomes: this.#unknownOutcomes,
      unknownResolved: this.#unknownResolved,
      ordersBatched: this.#ordersBatched,
      batchedUnknown: this.#batchedUnknown,
      lateFills: this.#lateFills,
      setups: this.#setups.counts,
    };
  }

  see(evidence: Evidence): void {
    this.#setups.see(evidence);
    if (evidence.type === 'journaled' && evidence.process === this.#engine) this.#journaled(evidence);
    if (evidence.type === 'requested' && evidence.process === this.#engine && evidence.isBatched === true) {
      this.#ordersBatched++;
      this.#batched.add(evidence.params.get('newClientOrderId') ?? '');
    }
    if (evidence.type !== 'venue' || evidence.line.account !== this.#account) return;
    if (evidence.line.type === 'order' && evidence.line.event === 'NEW') this.#ordersAtVenue++;
    if (evidence.line.type === 'fill') this.#fills++;
  }

  #journaled({ record }: Journaled): void {
    if (record.change === undefined) return;
    const { change, order, fill } = record.change;
    const id = order.clientOrderId;
    if (change === 'initialized' && order.owner !== 'EXTERNAL') this.#orders++;
    if (fill !== undefined && ENDED_OTHERWISE.includes(this.#phases.get(id) ?? '')) this.#lateFills++;
    this.#phases.set(id, order.phase);
    if (change !== 'sending' && this.#batched.delete(id) && order.phase === 'unknown') this.#batchedUnknown++;
    const before = this.#unknown.get(id);
    const now = order.phase === 'unknown' ? id : order.request?.phase === 'unknown' ? order.request.commandId : undefined;
    if (before === now) return;
    if (before !== undefined) this.#unknownResolved++;
    if (now === undefined) {
      this.#unknown.delete(id);
      return;
    }
    this.#unknownOutcomes++;
    this.#unknown.set(id, now);
  }
}
