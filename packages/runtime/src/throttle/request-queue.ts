/**
 * The waiting room before a venue: bottleneck orders, spaces and bounds requests, on our Clock and Random.
 * It decides when a request may start, never whether it should: whoever is called re-checks that.
 */
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import { type BottleneckInstance, loadBottleneck } from './_bottleneck.ts';

export const LANES = ['cancel', 'reduce', 'new', 'query'] as const;
export type Lane = (typeof LANES)[number];

/** Smaller is sooner. */
const PRIORITY: Readonly<Record<Lane, number>> = { cancel: 1, reduce: 3, new: 5, query: 7 };

export interface RequestQueueOptions {
  /** Requests in flight at once. */
  readonly maxInFlight: number;
  /** Requests started per second; cancels do not count against it. */
  readonly perSecond: number;
  /** Waiting requests; more are refused. Cancels are never refused. */
  readonly bound: number;
}

export interface RequestQueue {
  /**
   * Calls `start` when its turn comes, never inside this call; the slot is held until its promise settles.
   * False: the queue is full, `start` will never be called.
   */
  schedule(lane: Lane, start: () => Promise<unknown>): boolean;
  readonly waiting: number;
  /** Drops what waits; nothing is started any more. */
  stop(): void;
}

export function createRequestQueue(
  ports: { readonly clock: Clock; readonly random: Random; readonly log: Log },
  options: RequestQueueOptions,
): RequestQueue {
  const Bottleneck = loadBottleneck(ports.clock, ports.random);
  const limiter: BottleneckInstance = new Bottleneck({
    maxConcurrent: options.maxInFlight,
    reservoir: options.perSecond,
    reservoirRefreshAmount: options.perSecond,
    reservoirRefreshInterval: 1_000,
  });
  let stopped = false;
  // bottleneck counts a job as queued only some microtasks after `schedule`; the bound must hold at once.
  let waiting = 0;
  return {
    schedule(lane, start) {
      if (stopped || (lane !== 'cancel' && waiting >= options.bound)) return false;
      waiting += 1;
      const run = () => {
        waiting -= 1;
        return stopped ? Promise.resolve() : start();
      };
      limiter.schedule({ priority: PRIORITY[lane], weight: lane === 'cancel' ? 0 : 1 }, run).catch((error: unknown) => {
        // Jobs report their outcomes as values; what arrives here is a bug in one of them.
        if (!stopped) ports.log.error('request-failed', { lane, error });
      });
      return true;
    },
    get waiting() {
      return waiting;
    },
    stop() {
      stopped = true;
      limiter.disconnect();
    },
  };
}
