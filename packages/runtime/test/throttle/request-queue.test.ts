import { type RateTicket, usTime } from '@fillwright/domain';
import { describe, expect, it } from '@jest/globals';
import type { Clock, Log, Random, Timer } from '../../src/mod.ts';
import { type Admission, createRequestQueue, type RequestClaim, type RequestQueueOptions } from '../../src/throttle/request-queue.ts';

/** Virtual time: timers fire in order of time, then of setting, with microtasks drained in between. */
class TestClock implements Clock {
  #nowMs = 0;
  #timers: { atMs: number; callback: () => void; cancelled: boolean }[] = [];

  wallUs() {
    return usTime(this.#nowMs * 1000);
  }

  monotonicUs() {
    return this.#nowMs * 1000;
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { atMs: this.#nowMs + delayMs, callback, cancelled: false };
    this.#timers.push(timer);
    return {
      cancel: () => {
        timer.cancelled = true;
      },
    };
  }

  async advance(ms: number): Promise<void> {
    const end = this.#nowMs + ms;
    for (;;) {
      await drain();
      const next = this.#timers.filter((timer) => !timer.cancelled && timer.atMs <= end).sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
    }
    this.#nowMs = end;
  }
}

async function drain(): Promise<void> {
  for (let turn = 0; turn < 500; turn += 1) await Promise.resolve();
}

let draws = 0;
/** Never the same twice: bottleneck names its jobs by it. */
const random: Random = {
  float: () => {
    draws += 1;
    return (draws * 0.618_033_988_7) % 1;
  },
  below: () => 0,
  bytes: (length) => new Uint8Array(length),
};
const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent } as Log;

function makeQueue(options: Partial<RequestQueueOptions> = {}) {
  const clock = new TestClock();
  const started: string[] = [];
  const endings: (() => void)[] = [];
  const queue = createRequestQueue({ clock, random, log: silent }, { maxInFlight: 1, perSecond: 100, bound: 10, ...options });
  const job = (name: string) => () => {
    started.push(`${name}@${clock.monotonicUs() / 1000}`);
    return new Promise<void>((resolve) => endings.push(resolve));
  };
  return { clock, queue, started, job, end: () => endings.shift()?.() };
}

describe('request queue', () => {
  it('starts a request without waiting when there is room', async () => {
    const { clock, queue, started, job } = makeQueue();
    queue.schedule('new', job('a'));

    await clock.advance(0);

    expect(started).toEqual(['a@0']);
  });

  it('lets cancels overtake reducing orders, and those new ones', async () => {
    const { clock, queue, started, job, end } = makeQueue();
    queue.schedule('new', job('first'));
    await clock.advance(0);
    for (const lane of ['new', 'reduce', 'cancel'] as const) queue.schedule(lane, job(lane));
    await clock.advance(0);
    for (let turn = 0; turn < 5; turn += 1) {
      end();
      await clock.advance(0);
    }

    expect(started.map((text) => text.split('@')[0])).toEqual(['first', 'cancel', 'reduce', 'new']);
  });

  it('holds what is above the rate until the next second, but not cancels', async () => {
    const { clock, queue, started, job } = makeQueue({ perSecond: 2, maxInFlight: 10 });
    for (const name of ['a', 'b', 'c']) queue.schedule('new', job(name));
    await clock.advance(500);
    queue.schedule('cancel', job('x'));
    await clock.advance(2_000);

    expect(started.slice(0, 3)).toEqual(['a@0', 'b@0', 'x@500']);
    expect(started[3]).toMatch(/^c@1/);
  });

  it('refuses above its bound, except cancels', async () => {
    const { clock, queue, job } = makeQueue({ bound: 2 });
    queue.schedule('new', job('running'));
    await clock.advance(0);

    expect([queue.schedule('new', job('1')), queue.schedule('new', job('2')), queue.schedule('new', job('3'))]).toEqual([
      true,
      true,
      false,
    ]);
    expect(queue.schedule('cancel', job('x'))).toBe(true);
  });

  it('holds orders apart from questions: neither takes the place of the other', async () => {
    const { clock, queue, started, job } = makeQueue({ maxInFlight: 1, maxQueries: 2, bound: 1 });
    for (const name of ['q1', 'q2', 'q3']) {
      queue.schedule('query', job(name));
      await clock.advance(0);
    }
    queue.schedule('new', job('a'));
    await clock.advance(0);

    expect(started).toEqual(['q1@0', 'q2@0', 'a@0']);
    expect(queue.schedule('query', job('q4'))).toBe(false);
    expect(queue.schedule('new', job('b'))).toBe(true);
  });

  it('serves owners in turn, and the symbols of each in turn', async () => {
    const { clock, queue, started, job } = makeQueue({ bound: 20 });
    const claims: readonly RequestClaim[] = [
      ...Array.from({ length: 3 }, () => ({ owner: 'busy', symbol: 'BTC' })),
      { owner: 'busy', symbol: 'ETH' },
      { owner: 'calm', symbol: 'BTC' },
      { owner: 'calm', symbol: 'BTC' },
    ];
    queue.schedule('new', () => new Promise<void>((resolve) => void clock.after(5, resolve)), { owner: 'first', symbol: 'X' });
    await clock.advance(1);
    claims.forEach((claim, index) => {
      const ended = () => {
        void job(`${claim.owner} ${claim.symbol} ${index}`)();
        return Promise.resolve();
      };
      queue.schedule('new', ended, claim);
    });
    await clock.advance(10);

    // The first of them stood at the door before the others came.
    expect(started.map((text) => text.split('@')[0])).toEqual([
      'busy BTC 0',
      'busy BTC 1',
      'calm BTC 4',
      'busy ETH 3',
      'calm BTC 5',
      'busy BTC 2',
    ]);
  });

  it('starts nothing after stop', async () => {
    const { clock, queue, started, job, end } = makeQueue();
    queue.schedule('new', job('running'));
    await clock.advance(0);
    queue.schedule('new', job('late'));
    queue.stop();
    end();
    await clock.advance(1_000);

    expect(started).toEqual(['running@0']);
    expect(queue.schedule('cancel', job('x'))).toBe(false);
  });
});

type LaneFigures = Partial<Record<'cancel' | 'reduce' | 'new', number>>;

describe('request queue before a rate budget', () => {
  /** Room for so many of each lane, and from a time on for all. */
  function makeBudget(room: LaneFigures, clock: { monotonicUs(): number }, opensAtMs: LaneFigures) {
    const left = { cancel: 0, reduce: 0, new: 0, ...room };
    const taken: RateTicket[] = [];
    const admission: Admission = {
      waitUs: (lane) => (left[lane] > 0 ? 0 : Math.max(0, (opensAtMs[lane] ?? 5_000) * 1000 - clock.monotonicUs())),
      take: (lane) => {
        left[lane] -= 1;
        const ticket: RateTicket = { cost: {}, isPaced: false, state: 'held' };
        taken.push(ticket);
        return ticket;
      },
      giveBack: (ticket) => {
        if (ticket.state === 'held') ticket.state = 'done';
      },
    };
    return { admission, taken };
  }

  function makeWorld(room: LaneFigures, opensAtMs: LaneFigures = {}) {
    const clock = new TestClock();
    const { admission, taken } = makeBudget(room, clock, opensAtMs);
    const queue = createRequestQueue({ clock, random, log: silent }, { maxInFlight: 10, perSecond: 100, bound: 10, admission });
    const started: string[] = [];
    const job = (name: string) => (ticket?: RateTicket) => {
      started.push(`${name}@${clock.monotonicUs() / 1000}`);
      if (ticket) ticket.state = 'sent';
      return Promise.resolve();
    };
    return { clock, queue, started, job, taken };
  }

  it('starts what has room, and the rest when there is some', async () => {
    const { clock, queue, started, job } = makeWorld({ new: 1 });
    for (const name of ['a', 'b']) queue.schedule('new', job(name));
    await clock.advance(4_000);
    expect(started).toEqual(['a@0']);

    await clock.advance(2_000);
    expect(started).toEqual(['a@0', 'b@5000']);
  });

  it('lets a cancel leave at once while orders wait for room, without a limit of its own', async () => {
    const { clock, queue, started, job } = makeWorld({ cancel: 5 });
    for (let index = 0; index < 10; index += 1) queue.schedule('new', job(`${index}`));
    await clock.advance(500);
    for (const name of ['x', 'y']) queue.schedule('cancel', job(name));
    await clock.advance(0);

    expect(started).toEqual(['x@500', 'y@500']);
    expect(queue.schedule('new', job('one too many'))).toBe(false);
  });

  it('looks again when the first lane has room, whichever began to wait first', async () => {
    const { clock, queue, started, job } = makeWorld({}, { new: 5_000, cancel: 260 });
    queue.schedule('new', job('new'));
    await clock.advance(100);
    queue.schedule('cancel', job('cancel'));
    await clock.advance(10_000);

    expect(started).toEqual(['cancel@260', 'new@5000']);
  });

  it('gives back the room of what was not written', async () => {
    const { clock, queue, taken } = makeWorld({ new: 1 });
    queue.schedule('new', () => Promise.resolve());
    await clock.advance(0);

    expect(taken.map(({ state }) => state)).toEqual(['done']);
  });

  it('ends what became moot while it waits, without room and within a second', async () => {
    const { clock, queue, started, job } = makeWorld({});
    let isMoot = false;
    queue.schedule('new', job('late'), { isMoot: () => isMoot });
    queue.schedule('new', job('wanted'));
    await clock.advance(100);
    isMoot = true;
    await clock.advance(1_000);
    expect(started).toEqual(['late@1000']);
    expect(queue.waiting).toBe(1);

    await clock.advance(5_000);
    expect(started).toEqual(['late@1000', 'wanted@5000']);
  });
});
