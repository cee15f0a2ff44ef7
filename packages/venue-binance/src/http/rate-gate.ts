/**
 * The one gate to the venue of a process: every request over every transport is counted in the rate budget here, whoever asks. What comes
 * with a ticket was admitted before and passes at once; everything else waits for room, most urgent lane first, within a bound and a time.
 * While the venue wants to hear nothing, nothing passes.
 */
import {
  LANES,
  type Lane,
  type NamedRateLimit,
  type NamedRateRoom,
  type PaceLimit,
  RateBudget,
  type RateCost,
  type RateTicket,
  type UsTime,
  usTime,
} from '@fillwright/domain';
import type { Clock, Timer } from '@fillwright/runtime/ports';
import type { CommandLane, RateDesk, RateUsage } from '@fillwright/venue';
import { commandCost, type EndpointCost, POOLS } from './endpoint-costs.ts';
import type { StatedLimits } from './rate-limit-rows.ts';
import type { RestResult } from './rest-client.ts';

export interface RateGateOptions {
  /** Our part of the address' request weight, 0 to 1. Default 1. */
  readonly weightShare?: number;
  /** Ceilings of our own, for requests of every kind but cancels. Default: none. */
  readonly requestsPerMinute?: number;
  readonly pace?: PaceLimit;
}

/** The limits of Binance futures until `exchangeInfo` states them. */
const USUAL = { [POOLS.weight]: 2_400, [POOLS.orders10s]: 300, [POOLS.orders1m]: 1_200 } as const;
/** For a minute with an audit, a recovery and a few hundred cancels; listen keys and the venue's time are a handful. */
const WEIGHT_FOR_CANCELS = 0.2;
const WEIGHT_FOR_FIRST = 0.05;
const ORDERS_FOR_REDUCING = 0.1;
/** How wrong our idea of the venue's time may be: half of a slow round trip, and the drift of ten minutes. */
const SKEW_US = 500_000;
/** A little longer than the longest window: a request that waits so long will not be better off later. */
const LONGEST_WAIT_MS = 65_000;
/** Questions that wait; one more fails at once. */
const BOUND = 1_000;
/** A venue bans for three days at the most. */
const LONGEST_BAN_US = 3 * 86_400_000_000;

interface Waiting {
  readonly cost: RateCost;
  readonly lane: Lane;
  readonly sinceUs: number;
  readonly settle: (admitted: Admitted) => void;
}

/** A ticket, or why nothing may be written. */
export type Admitted = RateTicket | { readonly refusal: string };

export class RateGate implements RateDesk {
  readonly #clock: Clock;
  readonly #venueMs: () => number;
  readonly #share: number;
  readonly #requestsPerMinute: number | undefined;
  readonly #budget: RateBudget;
  /** Until the venue states its limits. */
  #areGuessed = true;
  readonly #waiting: Readonly<Record<Lane, Waiting[]>> = { cancel: [], reduce: [], new: [], query: [] };
  #count = 0;
  #timer: Timer | undefined;
  #last: { readonly venueUs: number; readonly monotonicUs: number } | undefined;
  #isClosed = false;

  /** `venueMs`: the venue's time as far as it is known. */
  constructor(clock: Clock, venueMs: () => number, { weightShare = 1, requestsPerMinute, pace }: RateGateOptions = {}) {
    this.#clock = clock;
    this.#venueMs = venueMs;
    this.#share = weightShare;
    this.#requestsPerMinute = requestsPerMinute;
    this.#budget = new RateBudget({ limits: this.#limits(USUAL), skewUs: SKEW_US, ...(pace && { pace }) });
  }

  /** `exchangeInfo` states the limits. */
  state(limits: StatedLimits): void {
    this.#areGuessed = false;
    this.#budget.change(this.#limits({ ...USUAL, ...limits }));
    this.#pump();
  }

  /**
   * The venue's count of what the address or the account used. One beyond the limit we guessed shows that the guess is too low; to hold to it
   * would keep us for a minute from asking what the limit is.
   */
  correct({ pool, used, askedUs }: RateUsage): void {
    const nowUs = this.#nowUs();
    if (this.#areGuessed && used > USUAL[pool]) this.#budget.change(this.#limits({ ...USUAL, [pool]: 2 * used }));
    const ageUs = askedUs === undefined ? 0 : this.#clock.monotonicUs() - askedUs;
    this.#budget.correct(pool, used, nowUs - ageUs, nowUs);
  }

  /** From a 418 or 429, ours or another's of this address. What waits is refused. */
  keepQuiet(untilTs: UsTime): void {
    const forUs = Math.min(LONGEST_BAN_US, untilTs - this.#clock.wallUs());
    if (forUs <= 0) return;
    this.#budget.ban(this.#nowUs() + forUs);
    this.#pump();
  }

  /** On our wall clock. */
  get quietUntilTs(): UsTime | undefined {
    const nowUs = this.#nowUs();
    const untilUs = this.#budget.quietUntilUs(nowUs);
    return untilUs === undefined ? undefined : usTime(this.#clock.wallUs() + Math.round(untilUs - nowUs));
  }

  waitUs(lane: CommandLane): number {
    return this.#budget.waitUs(commandCost(lane), lane, this.#nowUs());
  }

  take(lane: CommandLane): RateTicket {
    return this.#budget.charge(commandCost(lane), lane, this.#nowUs());
  }

  giveBack(ticket: RateTicket): void {
    this.#budget.refund(ticket, this.#nowUs());
  }

  /** One request in place of several that have tickets; undefined when it has no room, and they are still good. */
  merge(tickets: readonly RateTicket[], { cost, lane }: EndpointCost): RateTicket | undefined {
    return this.#budget.merge(tickets, cost, lane, this.#nowUs());
  }

  /** At least three quarters of the orders that we may place in ten seconds are left. */
  get hasPlenty(): boolean {
    const { left, quota } = this.room().find(({ pool }) => pool === POOLS.orders10s) ?? { left: 0, quota: 0 };
    return 4 * left >= 3 * quota;
  }

  recall(agesUs: readonly number[]): void {
    const nowUs = this.#nowUs();
    for (const ageUs of agesUs) this.#budget.recall(commandCost('new'), nowUs - ageUs, nowUs);
  }

  room(): readonly NamedRateRoom[] {
    return this.#budget.room(this.#nowUs());
  }

  /**
   * Writes when it may: in this call when there is room or a ticket, else when there is. The ticket is used up when this settles. `write`
   * never rejects.
   */
  pass({ cost, lane }: EndpointCost, write: () => Promise<RestResult>, ticket?: RateTicket): Promise<RestResult> {
    const admitted = this.#refusal() ?? ticket ?? this.#admit(cost, lane);
    if (admitted instanceof Promise) return admitted.then((late) => this.#write(late, write));
    return this.#write(admitted, write);
  }

  /** Counts what nobody could ask about: the handshake of a WebSocket. */
  note({ cost, lane }: EndpointCost): void {
    const ticket = this.#budget.charge(cost, lane, this.#nowUs());
    this.#budget.sent(ticket);
    this.#budget.land(ticket, false, this.#nowUs());
  }

  close(): void {
    this.#isClosed = true;
    this.#pump();
  }

  async #write(admitted: Admitted, write: () => Promise<RestResult>): Promise<RestResult> {
    if ('refusal' in admitted)
      return { type: 'failure', failure: { kind: 'transport', sent: 'no', reason: 'refused', text: admitted.refusal } };
    this.#budget.sent(admitted);
    const result = await write();
    const isAnswered = result.type === 'answer' || result.failure.kind !== 'transport' || result.failure.sent === 'no';
    this.#budget.land(admitted, isAnswered, this.#nowUs());
    return result;
  }

  #refusal(): { readonly refusal: string } | undefined {
    if (this.#isClosed) return { refusal: 'the adapter was closed' };
    const nowUs = this.#nowUs();
    const untilUs = this.#budget.quietUntilUs(nowUs);
    if (untilUs === undefined) return undefined;
    return { refusal: `the venue wants to hear nothing from this address for another ${Math.ceil((untilUs - nowUs) / 1e6)} s` };
  }

  #admit(cost: RateCost, lane: Lane): Admitted | Promise<Admitted> {
    const nowUs = this.#nowUs();
    const isFirst = LANES.every((other) => this.#waiting[other].length === 0 || isAfter(other, lane));
    if (isFirst && this.#budget.waitUs(cost, lane, nowUs) === 0) return this.#budget.charge(cost, lane, nowUs);
    if (this.#count >= BOUND) return { refusal: `more than ${BOUND} requests wait for room in the rate limits` };
    return new Promise((settle) => {
      this.#waiting[lane].push({ cost, lane, settle, sinceUs: this.#clock.monotonicUs() });
      this.#count += 1;
      this.#pump();
    });
  }

  /** Lets through what has room now, refuses what waited in vain, and comes back when more may pass. */
  #pump(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#count === 0) return;
    const refusal = this.#refusal();
    let nextMs = LONGEST_WAIT_MS;
    for (const lane of LANES) {
      for (let first = this.#waiting[lane][0]; first !== undefined; first = this.#waiting[lane][0]) {
        const nowUs = this.#nowUs();
        const leftMs = LONGEST_WAIT_MS - (this.#clock.monotonicUs() - first.sinceUs) / 1000;
        const waitMs = Math.ceil(this.#budget.waitUs(first.cost, lane, nowUs) / 1000);
        if (refusal === undefined && waitMs > 0 && leftMs > 0) {
          nextMs = Math.min(nextMs, waitMs, Math.ceil(leftMs));
          break;
        }
        this.#waiting[lane].shift();
        this.#count -= 1;
        const tooLong = { refusal: `no room in the rate limits of the venue within ${LONGEST_WAIT_MS / 1000} s` };
        first.settle(refusal ?? (waitMs > 0 ? tooLong : this.#budget.charge(first.cost, lane, nowUs)));
      }
    }
    if (this.#count > 0) this.#timer = this.#clock.after(nextMs, () => this.#pump());
  }

  #nowUs(): number {
    const venueUs = this.#venueMs() * 1000;
    const monotonicUs = this.#clock.monotonicUs();
    const last = this.#last;
    this.#last = { venueUs, monotonicUs };
    if (last !== undefined && Math.abs(venueUs - last.venueUs - (monotonicUs - last.monotonicUs)) > SKEW_US / 2) this.#budget.clockMoved();
    return venueUs;
  }

  #limits(quotas: Readonly<Record<RateUsage['pool'], number>>): readonly NamedRateLimit[] {
    const orders = { share: 1, forCancels: 0, forReducing: ORDERS_FOR_REDUCING };
    const limits: readonly NamedRateLimit[] = [
      {
        ...{ pool: POOLS.weight, windowUs: 60e6, quota: quotas.weight, share: this.#share },
        ...{ forCancels: WEIGHT_FOR_CANCELS, forReducing: WEIGHT_FOR_FIRST },
      },
      { pool: POOLS.orders10s, windowUs: 10e6, quota: quotas['orders-10s'], ...orders },
      { pool: POOLS.orders1m, windowUs: 60e6, quota: quotas['orders-1m'], ...orders },
    ];
    if (this.#requestsPerMinute === undefined) return limits;
    return [...limits, { pool: POOLS.requests, windowUs: 60e6, quota: this.#requestsPerMinute, ...orders }];
  }
}

function isAfter(lane: Lane, other: Lane): boolean {
  return LANES.indexOf(lane) > LANES.indexOf(other);
}
