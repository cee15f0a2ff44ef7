/** The audit of what was turned away: each kind and peer is logged the first time and then once in a thousand, and always counted. */
import type { PeerOrigin } from '../../ports/bus.ts';
import type { Log, LogFields } from '../../ports/log.ts';
import type { Counter, Metrics } from '../../ports/metrics.ts';
import { type Claim, publicationRefusal, type Refusal } from './roles.ts';

export type RefusalKind = Refusal | 'unknown-key' | 'revoked-key' | 'not-curve' | 'bad-seal' | 'no-server-key';

const LOG_EVERY = 1_000;
/** Keys of strangers are endless; beyond it they share one row. */
const MAX_ROWS = 1_000;

export const REFUSAL_COUNTER = [
  'fillwright_bus_refused_total',
  'Peers, messages and requests turned away on the bus, by reason',
  'reason',
] as const;

export class Refusals {
  readonly #log: Log | undefined;
  readonly #counter: Counter | undefined;
  readonly #rows = new Map<string, number>();

  constructor(log: Log | undefined, metrics: Metrics | undefined) {
    this.#log = log;
    this.#counter = metrics?.counter(...REFUSAL_COUNTER);
  }

  note(kind: RefusalKind, fields: LogFields): void {
    this.#counter?.add(1, kind);
    const full = `${kind} ${JSON.stringify(fields)}`;
    const row = this.#rows.has(full) || this.#rows.size < MAX_ROWS ? full : kind;
    const seen = this.#rows.get(row) ?? 0;
    this.#rows.set(row, seen + 1);
    if (seen % LOG_EVERY === 0) this.#log?.warn('bus-refused', { code: 'BUS_REFUSED', reason: kind, ...fields, seen: seen + 1 });
  }

  /** Whether a publication may be from who sent it; noted when not. Without keys nobody is asked for any. */
  isWelcome(origin: PeerOrigin | undefined, claim: Claim): boolean {
    const kind = origin === undefined ? undefined : publicationRefusal(origin, claim);
    if (kind === undefined || origin === undefined) return true;
    this.note(kind, { peer: origin.name, src: claim.src, topic: claim.topic, type: claim.type });
    return false;
  }
}
