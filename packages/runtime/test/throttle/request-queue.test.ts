import { usTime } from '@fillwright/domain';
import { describe, expect, it } from '@jest/globals';
import type { Clock, Log, Random, Timer } from '../../src/mod.ts';
import { createRequestQueue } from '../../src/throttle/request-queue.ts';

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

function makeQueue(options: Partial<{ maxInFlight: number; perSecond: number; bound: number }> = {}) {
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

  it('lets cancels overtake reducing orders, those new ones, those queries', async () => {
    const { clock, queue, started, job, end } = makeQueue();
    queue.schedule('new', job('first'));
    await clock.advance(0);
    for (const lane of ['query', 'new', 'reduce', 'cancel'] as const) queue.schedule(lane, job(lane));
    await clock.advance(0);
    for (let turn = 0; turn < 5; turn += 1) {
      end();
      await clock.advance(0);
    }

    expect(started.map((text) => text.split('@')[0])).toEqual(['first', 'cancel', 'reduce', 'new', 'query']);
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
