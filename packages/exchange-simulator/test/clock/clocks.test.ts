import { describe, expect, it } from '@jest/globals';
import { AcceleratedClock } from '../../src/clock/accelerated-clock.ts';
import { SteppedClock } from '../../src/clock/stepped-clock.ts';
import { rearmed, VenueClock } from '../../src/clock/venue-clock.ts';
import { START_MS, TestVenue, VirtualClock } from '../kit.ts';

const BEGIN_MS = Date.parse('2026-01-31T23:59:00.000Z');
const HOUR_MS = 3_600_000;

describe('a stepped clock', () => {
  it('runs what is due in order of time, then of setting, at the time it is due', () => {
    const clock = new SteppedClock(1_000);
    const seen: string[] = [];
    const note = (name: string) => () => void seen.push(`${name}@${clock.wallUs()}`);
    clock.after(2, note('b'));
    clock.after(1, () => {
      note('a')();
      clock.after(1, note('d'));
      clock.after(0, note('now'));
    });
    clock.after(2, note('c'));
    clock.after(2, note('never')).cancel();
    clock.advance(1_999);
    expect(seen).toEqual(['a@2000', 'now@2000']);
    clock.advance(1);
    expect(seen.slice(2)).toEqual(['b@3000', 'c@3000', 'd@3000']);
    clock.advance(500);
    expect(clock.wallUs()).toBe(3_500);
  });
});

describe("the venue's clock", () => {
  it('runs restored timers at their time, those of one time in the order in which they were once set', () => {
    const source = new SteppedClock(1_000_000);
    const before = new VenueClock(source, 0);
    const saved = ['first', 'second', 'late'].map((name, n) => ({ name, timer: before.saved(before.after(n === 2 ? 20 : 10, () => {})) }));
    const after = new VenueClock(new SteppedClock(1_000_000), 0);
    const later = new SteppedClock(1_015_000);
    const overdue = new VenueClock(later, 0);
    const seen: string[] = [];
    for (const { name, timer } of saved.toReversed()) {
      expect(after.saved(after.restored(timer))).toEqual(timer);
      rearmed(overdue.restored(timer), () => void seen.push(name));
    }
    overdue.armRestored();
    later.advance(0);
    expect(seen).toEqual(['first', 'second']);
    later.advance(5_000);
    expect(seen).toEqual(['first', 'second', 'late']);
  });

  it('is over when it is halted', () => {
    const source = new SteppedClock(0);
    const clock = new VenueClock(source, 0);
    let ran = false;
    clock.after(1, () => {
      ran = true;
    });
    clock.halt();
    source.advance(10_000);
    expect(ran).toBe(false);
  });
});

describe('an accelerated clock', () => {
  it('runs as many times as fast, and nothing early, even when the machine wakes early', () => {
    const machine = new VirtualClock();
    const early = {
      wallUs: () => machine.wallUs(),
      monotonicUs: () => machine.monotonicUs(),
      after: (delayMs: number, callback: () => void) => machine.after(delayMs > 1 ? delayMs - 0.4 : delayMs, callback),
    };
    const clock = new AcceleratedClock(early, 60, BEGIN_MS * 1000);
    const fired: number[] = [];
    clock.after(HOUR_MS, () => fired.push(clock.wallUs() - BEGIN_MS * 1000));
    clock.after(HOUR_MS, () => fired.push(0)).cancel();
    machine.advance(59_999);
    expect(fired).toEqual([]);
    expect(clock.wallUs()).toBe(BEGIN_MS * 1000 + 59_999_000 * 60);
    machine.advance(2);
    expect(fired).toHaveLength(1);
    expect(fired[0]).toBeGreaterThanOrEqual(HOUR_MS * 1000);
  });
});

async function stepped(): Promise<TestVenue> {
  return TestVenue.quiet({ clock: { mode: 'stepped', startMs: BEGIN_MS } });
}

describe('a venue on a stepped clock', () => {
  it('stands still while the machine goes on, and moves by the control API alone', async () => {
    const test = await stepped();
    const time = () => test.now(test.raw('GET', '/fapi/v1/time')).json.serverTime;
    test.clock.advance(HOUR_MS);
    expect(time()).toBe(BEGIN_MS);
    expect(test.control('POST', 'clock/advance', { ms: 1_500 }).json).toEqual({ timeUs: String((BEGIN_MS + 1_500) * 1000) });
    expect(time()).toBe(BEGIN_MS + 1_500);
    expect(test.control('POST', 'clock/advance', { ms: -1 }).status).toBe(400);
    expect((await TestVenue.quiet()).control('POST', 'clock/advance', { ms: 1 }).json.error).toMatch(/set CLOCK=stepped/);
  });

  it('brings funding, good-till dates, listen keys, candles and the 24 h cut at their time', async () => {
    const test = await stepped();
    const api = (path: string) => test.now(test.raw('GET', path)).json;
    const go = (ms: number) => advance(test, ms);
    const demo = test.client();
    const socket = demo.userStream();
    const order = { symbol: 'SOLUSDT', side: 'BUY', quantity: '2', account: 'demo' };
    test.control('POST', 'orders', { ...order, side: 'SELL', price: '180.0000', account: 'second' });
    test.control('POST', 'orders', { ...order, price: '180.0000' });
    await go(60_000);
    // Midnight: a funding hour.
    const events = socket.take();
    expect(events.filter(({ e, a }) => e === 'ACCOUNT_UPDATE' && a.m === 'FUNDING_FEE')).toMatchObject([{ T: BEGIN_MS + 60_000 }]);
    expect(api('/fapi/v1/klines?symbol=SOLUSDT&interval=1m')).toEqual([expect.arrayContaining([BEGIN_MS, '180.0000'])]);
    await go(HOUR_MS);
    expect(socket.take()).toContainEqual(expect.objectContaining({ e: 'listenKeyExpired' }));
    expect(socket.closed).toBeUndefined();
    await go(23 * HOUR_MS);
    expect(socket.closed).toMatchObject({ code: 1001, reason: expect.stringContaining('24 hours') });
    expect(api('/fapi/v1/premiumIndex?symbol=SOLUSDT').nextFundingTime).toBe(BEGIN_MS + 60_000 + 32 * HOUR_MS);
  });
});

/** A long step goes in pieces between which the machine's clock must run. */
async function advance(test: TestVenue, ms: number): Promise<void> {
  const reply = test.raw('POST', '/__sim/clock/advance', { authorization: 'Bearer token' }, JSON.stringify({ ms }), 5090);
  let over = false;
  const done = Promise.resolve(reply).then(() => {
    over = true;
  });
  while (!over) {
    test.clock.advance(1);
    await Promise.resolve();
  }
  await done;
}

describe('a venue on an accelerated clock', () => {
  it('lives a day in an hour of the machine', async () => {
    const test = await TestVenue.quiet({ clock: { mode: 'accelerated', factor: 24, startMs: BEGIN_MS } });
    const time = () => test.now(test.raw('GET', '/fapi/v1/time')).json.serverTime;
    const user = test.client().userStream();
    test.clock.advance(HOUR_MS / 24 - 1);
    expect(user.take()).toEqual([]);
    test.clock.advance(1);
    expect(time()).toBe(BEGIN_MS + HOUR_MS);
    expect(user.take()).toMatchObject([{ e: 'listenKeyExpired' }]);
    test.clock.advance(HOUR_MS - HOUR_MS / 24);
    expect(time()).toBe(BEGIN_MS + 24 * HOUR_MS);
    expect(user.closed).toMatchObject({ code: 1001 });
    expect(test.clock.nowMs).toBe(START_MS + HOUR_MS);
  });
});
