/**
 * How often what only some desks are set up for did happen: orders over the WebSocket API, private streams that outlived one of their
 * connections, countdowns that were wound up and ran out, traders that fell silent and what they held.
 */
import type { Setting } from './check.ts';
import type { Evidence, Journaled, Requested, VenueLine } from './evidence.ts';

export const SETUP_EVENTS = [
  'order-over-socket',
  'unknown-over-socket',
  'stream-spared',
  'countdown-wound',
  'countdown-ran-out',
  'trader-silent',
  'holding-reduced',
] as const;
export type SetupEvent = (typeof SETUP_EVENTS)[number];

const COUNTDOWN_PATH = '/fapi/v1/countdownCancelAll';
/** The venue counts from when it heard of it, which may be late under faults. */
const ON_THE_WAY_US = 2_000_000;
/** Strategy of the orders that close what a dead trader's fills built up, as the journal shows it. */
const REDUCE = /^reduce-/;

export class SetupTally {
  readonly #engine: string;
  readonly #account: string;
  readonly #counts = new Map<SetupEvent, number>();
  /** Orders that left over a socket, and have no outcome yet. */
  readonly #sent = new Set<string>();
  /** Symbol → when its countdown would run out. */
  readonly #dueUs = new Map<string, number>();

  constructor({ engine, venueAccount }: Pick<Setting, 'engine' | 'venueAccount'>) {
    this.#engine = engine;
    this.#account = venueAccount;
  }

  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(SETUP_EVENTS.flatMap((event) => (this.#counts.has(event) ? [[event, this.#counts.get(event) ?? 0]] : [])));
  }

  see(evidence: Evidence): void {
    if (evidence.type === 'venue') this.#canceled(evidence);
    if (evidence.process !== this.#engine) return;
    if (evidence.type === 'requested') this.#requested(evidence);
    if (evidence.type === 'journaled') this.#journaled(evidence);
    if (evidence.type === 'warned' && evidence.event === 'private-connection-lost') this.#count('stream-spared');
  }

  #requested({ us, method, path, params, isFrame }: Requested): void {
    if (isFrame === true && method === 'POST') {
      this.#count('order-over-socket');
      this.#sent.add(params.get('newClientOrderId') ?? params.get('clientAlgoId') ?? '');
    }
    if (path !== COUNTDOWN_PATH) return;
    const countdownMs = Number(params.get('countdownTime'));
    if (countdownMs > 0) this.#count('countdown-wound');
    this.#dueUs.set(params.get('symbol') ?? '', countdownMs > 0 ? us + countdownMs * 1000 : Number.POSITIVE_INFINITY);
  }

  #canceled({ us, line }: VenueLine): void {
    if (line.account !== this.#account || line.type !== 'order' || line.event !== 'CANCELED') return;
    const symbol = String(line.symbol);
    const lateUs = us - (this.#dueUs.get(symbol) ?? Number.POSITIVE_INFINITY);
    if (lateUs < 0 || lateUs > ON_THE_WAY_US) return;
    this.#dueUs.delete(symbol);
    this.#count('countdown-ran-out');
  }

  #journaled({ record }: Journaled): void {
    if (record.k === 'mode' && record.why?.includes('was not heard for')) this.#count('trader-silent');
    if (record.change === undefined) return;
    const { change, order } = record.change;
    if (change === 'initialized' && REDUCE.test(order.strategy ?? '')) this.#count('holding-reduced');
    if (change !== 'sending' && this.#sent.delete(order.clientOrderId) && order.phase === 'unknown') this.#count('unknown-over-socket');
  }

  #count(event: SetupEvent): void {
    this.#counts.set(event, (this.#counts.get(event) ?? 0) + 1);
  }
}
