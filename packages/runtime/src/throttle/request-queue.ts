/**
 * The waiting room before a venue. A request waits here, in fair order, until the rate budget has room for it; then it stands at the door of
 * its lane, where bottleneck, on our Clock and Random, lets in the most urgent of those that do, spaced and so many at a time. Decides when a
 * request may start, never whether it should: whoever is called re-checks that, and signs only then.
 */
import { LANES, type Lane, type RateTicket } from '@fillwright/domain';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import { type BottleneckInstance, loadBottleneck } from './_bottleneck.ts';
import { type Claim, FairRoom } from './fair-room.ts';

export { LANES, type Lane };

/** Smaller is sooner. */
const PRIORITY: Readonly<Record<Lane, number>> = { cancel: 1, reduce: 3, new: 5, query: 7 };
/** While something waits for room, what became moot is looked for so often. */
const SWEEP_MS = 1_000;

/** The rate budget, as commands meet it; questions are counted where they are asked. */
export interface Admission {
  /** Microseconds until a request of this lane has room; 0 = now. */
  waitUs(lane: Exclude<Lane, 'query'>): number;
  take(lane: Exclude<Lane, 'query'>): RateTicket;
  /** The request is over; does nothing when something was written. */
  giveBack(ticket: RateTicket): void;
}

export interface RequestQueueOptions {
  /** Orders and changes in flight at once; cancels do not count against it. */
  readonly maxInFlight: number;
  /** Questions in flight at once. Default: as `maxInFlight`. */
  readonly maxQueries?: number;
  /** Orders and changes started per second; cancels and questions do not count against it. */
  readonly perSecond: number;
  /** Orders and changes that wait; more are refused. As many questions may wait beside them. Cancels are never refused. */
  readonly bound: number;
  readonly admission?: Admission;
}

export interface RequestClaim extends Claim {
  /** There is nothing to wait for any more: then it starts at the next opportunity, without room, to find that out. */
  isMoot?(): boolean;
}

export interface RequestQueue {
  /**
   * Calls `start` when its turn comes, never inside this call; the slot is held until its promise settles, and so is the room, unless
   * something was written with the ticket. False: the queue is full, `start` will never be called.
   */
  schedule(lane: Lane, start: (ticket?: RateTicket) => Promise<unknown>, claim?: RequestClaim): boolean;
  readonly waiting: number;
  /** Drops what waits; nothing is started any more. */
  stop(): void;
}

interface Job {
  readonly start: (ticket?: RateTicket) => Promise<unknown>;
  readonly isMoot: (() => boolean) | undefined;
}

export function createRequestQueue(
  ports: { readonly clock: Clock; readonly random: Random; readonly log: Log },
  options: RequestQueueOptions,
): RequestQueue {
  return new Lanes(ports, options);
}

class Lanes implements RequestQueue {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #options: RequestQueueOptions;
  readonly #commands: BottleneckInstance;
  readonly #queries: BottleneckInstance;
  readonly #rooms: Readonly<Record<Lane, FairRoom<Job>>> = {
    cancel: new FairRoom(),
    reduce: new FairRoom(),
    new: new FairRoom(),
    query: new FairRoom(),
  };
  /** Lanes whose next request stands at the door. */
  readonly #atDoor = new Set<Lane>();
  #timer: Timer | undefined;
  /** When it is due; monotonic. */
  #lookUs = 0;
  #isStopped = false;

  constructor(ports: { readonly clock: Clock; readonly random: Random; readonly log: Log }, options: RequestQueueOptions) {
    const Bottleneck = loadBottleneck(ports.clock, ports.random);
    this.#clock = ports.clock;
    this.#log = ports.log;
    this.#options = options;
    this.#commands = new Bottleneck({
      maxConcurrent: options.maxInFlight,
      reservoir: options.perSecond,
      reservoirRefreshAmount: options.perSecond,
      reservoirRefreshInterval: 1_000,
    });
    this.#queries = new Bottleneck({ maxConcurrent: options.maxQueries ?? options.maxInFlight });
  }

  schedule(lane: Lane, start: (ticket?: RateTicket) => Promise<unknown>, claim: RequestClaim = {}): boolean {
    if (this.#isStopped || (lane !== 'cancel' && this.#waitingBeside(lane) >= this.#options.bound)) return false;
    this.#rooms[lane].put({ start, isMoot: claim.isMoot }, claim);
    this.#openDoor(lane);
    return true;
  }

  get waiting(): number {
    return this.#waitingBeside('new') + this.#waitingBeside('query') + this.#held('cancel');
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#commands.disconnect();
    this.#queries.disconnect();
  }

  #held(lane: Lane): number {
    return this.#rooms[lane].size + (this.#atDoor.has(lane) ? 1 : 0);
  }

  #waitingBeside(lane: Lane): number {
    return lane === 'query' ? this.#held('query') : this.#held('reduce') + this.#held('new');
  }

  /** The next of the lane goes to the door, when nobody stands there and there is room for it. */
  #openDoor(lane: Lane): void {
    const { admission } = this.#options;
    const room = this.#rooms[lane];
    if (this.#isStopped || room.size === 0 || this.#atDoor.has(lane)) return;
    if (lane === 'query' || admission === undefined) {
      this.#toDoor(lane, room.take(), undefined);
      return;
    }
    const waitUs = admission.waitUs(lane);
    if (waitUs === 0) this.#toDoor(lane, room.take(), admission.take(lane));
    else this.#lookAgainIn(Math.min(SWEEP_MS, Math.ceil(waitUs / 1000)));
  }

  #toDoor(lane: Lane, job: Job | undefined, ticket: RateTicket | undefined): void {
    if (job === undefined) return;
    this.#atDoor.add(lane);
    const limiter = lane === 'query' ? this.#queries : this.#commands;
    const run = () => {
      this.#atDoor.delete(lane);
      this.#openDoor(lane);
      return this.#isStopped ? Promise.resolve() : job.start(ticket);
    };
    const weight = lane === 'cancel' ? 0 : 1;
    const giveBack = () => {
      if (ticket !== undefined) this.#options.admission?.giveBack(ticket);
    };
    limiter.schedule({ priority: PRIORITY[lane], weight }, run).then(giveBack, (error: unknown) => {
      giveBack();
      // Jobs report their outcomes as values; what arrives here is a bug in one of them.
      if (!this.#isStopped) this.#log.error('request-failed', { lane, error });
    });
  }

  #lookAgainIn(delayMs: number): void {
    // The lane that waits for the shortest time sets it; the others are looked at then, too.
    const lookUs = this.#clock.monotonicUs() + delayMs * 1000;
    if (this.#timer !== undefined && this.#lookUs <= lookUs) return;
    this.#timer?.cancel();
    this.#lookUs = lookUs;
    this.#timer = this.#clock.after(delayMs, () => {
      this.#timer = undefined;
      if (this.#isStopped) return;
      this.#sweep();
      for (const lane of LANES) this.#openDoor(lane);
    });
  }

  /** What is past its time learns of it now, not when there is room for it. */
  #sweep(): void {
    for (const lane of ['reduce', 'new'] as const)
      for (const job of this.#rooms[lane].sweep(({ isMoot }) => isMoot?.() === true))
        void job.start().catch((error: unknown) => this.#log.error('request-failed', { lane, error }));
  }
}
