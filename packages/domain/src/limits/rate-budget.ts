/**
 * The room in a venue's rate limits as one process may use it: windows of the venue's clock, a pace of our own, and the time until which
 * the venue wants to hear nothing. Says how long a request must wait and counts what leaves; it starts nothing itself. Pure: all times are
 * given, in microseconds of the venue's clock.
 */
import type { Lane } from './lane.ts';
import { Pace, type PaceLimit } from './pace.ts';
import { type RateLimit, type RateRoom, RateWindow } from './rate-window.ts';

/** What one request costs, by the name of the limit; what is not named costs nothing. */
export type RateCost = Readonly<Record<string, number>>;

export interface NamedRateLimit extends RateLimit {
  readonly pool: string;
}

export interface NamedRateRoom extends RateRoom {
  readonly pool: string;
}

export interface RateBudgetOptions {
  readonly limits: readonly NamedRateLimit[];
  /** Our idea of the venue's time may be wrong by so much. */
  readonly skewUs: number;
  /** For requests of every kind but cancels. */
  readonly pace?: PaceLimit;
}

/** Room that was taken for one request. Opaque; goes back to the budget that gave it. */
export interface RateTicket {
  readonly cost: RateCost;
  readonly isPaced: boolean;
  state: 'held' | 'sent' | 'done';
}

export class RateBudget {
  readonly #windows: ReadonlyMap<string, RateWindow>;
  readonly #pace: Pace | undefined;
  #quietUntilUs = 0;

  constructor({ limits, skewUs, pace }: RateBudgetOptions) {
    for (const { pool, windowUs } of limits)
      if (windowUs <= 2 * skewUs) throw new Error(`${pool}: a window of ${windowUs} µs is too short for a doubt of ${skewUs} µs`);
    this.#windows = new Map(limits.map((limit) => [limit.pool, new RateWindow(limit, skewUs)]));
    this.#pace = pace === undefined ? undefined : new Pace(pace);
  }

  /** The venue states its limits. A limit that we know stays; one that we do not know is none of ours. */
  change(limits: readonly NamedRateLimit[]): void {
    for (const limit of limits) this.#windows.get(limit.pool)?.change(limit);
  }

  /** Microseconds until such a request fits into every limit; 0 = now. Says nothing of `quietUntilUs`. */
  waitUs(cost: RateCost, lane: Lane, nowUs: number): number {
    let wait = lane === 'cancel' ? 0 : (this.#pace?.waitUs(nowUs) ?? 0);
    for (const [pool, window] of this.#windows) wait = Math.max(wait, window.waitUs(cost[pool] ?? 0, lane, nowUs));
    return wait;
  }

  /** Counts a request, also one for which there is no room: what leaves is counted. */
  charge(cost: RateCost, lane: Lane, nowUs: number): RateTicket {
    for (const [pool, window] of this.#windows) window.charge(cost[pool] ?? 0, nowUs);
    const isPaced = lane !== 'cancel';
    if (isPaced) this.#pace?.charge(nowUs);
    return { cost, isPaced, state: 'held' };
  }

  /** Nothing was written for it. Only before `sent`; later it does nothing. */
  refund(ticket: RateTicket, nowUs: number): void {
    if (ticket.state !== 'held') return;
    ticket.state = 'done';
    for (const [pool, window] of this.#windows) window.refund(ticket.cost[pool] ?? 0, nowUs);
    if (ticket.isPaced) this.#pace?.refund();
  }

  /**
   * One request in place of several that have room. Undefined when it takes more of a limit than they do and than there is, or when one of them
   * is not held any more: then nothing changed.
   */
  merge(tickets: readonly RateTicket[], cost: RateCost, lane: Lane, nowUs: number): RateTicket | undefined {
    if (tickets.some(({ state }) => state !== 'held')) return undefined;
    const beyond = [...this.#windows].map(([pool, window]) => {
      const held = tickets.reduce((sum, ticket) => sum + (ticket.cost[pool] ?? 0), 0);
      return { window, more: (cost[pool] ?? 0) - held };
    });
    if (beyond.some(({ window, more }) => more > 0 && window.waitUs(more, lane, nowUs) > 0)) return undefined;
    for (const { window, more } of beyond) {
      if (more > 0) window.charge(more, nowUs);
      else window.refund(-more, nowUs);
    }
    const isPaced = lane !== 'cancel';
    for (const ticket of tickets) {
      ticket.state = 'done';
      if (ticket.isPaced) this.#pace?.refund();
    }
    if (isPaced) this.#pace?.charge(nowUs);
    return { cost, isPaced, state: 'held' };
  }

  /** Its bytes are about to be written. */
  sent(ticket: RateTicket): void {
    if (ticket.state === 'held') ticket.state = 'sent';
  }

  /** The venue answered; or nobody waits for that any more. */
  land(ticket: RateTicket, isAnswered: boolean, nowUs: number): void {
    if (ticket.state !== 'sent') return;
    ticket.state = 'done';
    for (const [pool, window] of this.#windows) window.land(ticket.cost[pool] ?? 0, isAnswered, nowUs);
  }

  /** What left before this budget began to count, at a time of the venue. */
  recall(cost: RateCost, atUs: number, nowUs: number): void {
    for (const [pool, window] of this.#windows) window.recall(cost[pool] ?? 0, atUs, nowUs);
  }

  /** The venue's own count, stated in the answer to what was asked at `askedUs`. */
  correct(pool: string, used: number, askedUs: number, nowUs: number): void {
    this.#windows.get(pool)?.correct(used, askedUs, nowUs);
  }

  /** Our idea of the venue's time was wrong by more than the skew: what was charged may belong to the window that comes. */
  clockMoved(): void {
    for (const window of this.#windows.values()) window.carryOver();
  }

  /** The venue wants to hear nothing before then; of several times the latest stands. */
  ban(untilUs: number): void {
    this.#quietUntilUs = Math.max(this.#quietUntilUs, untilUs);
  }

  /** Undefined when the venue may be asked. */
  quietUntilUs(nowUs: number): number | undefined {
    return nowUs < this.#quietUntilUs ? this.#quietUntilUs : undefined;
  }

  room(nowUs: number): readonly NamedRateRoom[] {
    return [...this.#windows].map(([pool, window]) => ({ pool, ...window.room(nowUs) }));
  }
}
