import { describe, expect, it } from '@jest/globals';
import { ServerClock } from '../../src/common/server-clock.ts';
import { settle, VirtualClock } from '../virtual-clock.ts';

const AHEAD_MS = 700;

/** Answers after the given round trips; the venue looks at its clock halfway. */
function slowVenue(clock: VirtualClock, roundTripsMs: readonly number[], skewMs: readonly number[] = []) {
  let asked = 0;
  const ask = () =>
    new Promise<number | undefined>((resolve) => {
      const roundTripMs = roundTripsMs[asked] ?? 10;
      const skew = skewMs[asked] ?? 0;
      asked++;
      clock.after(roundTripMs / 2 + skew, () => {
        const serverMs = Math.floor(clock.wallUs() / 1000) + AHEAD_MS;
        clock.after(roundTripMs / 2 - skew, () => resolve(serverMs));
      });
    });
  return { ask, asked: () => asked };
}

describe("the venue's clock", () => {
  it('takes the offset of the fastest of three round trips', async () => {
    const clock = new VirtualClock();
    const venue = slowVenue(clock, [400, 20, 900], [-150, 0, 300]);
    const serverClock = new ServerClock(clock, venue.ask);

    const sampled = serverClock.resample();
    await clock.pass(2_000);

    expect(await sampled).toBe(true);
    expect(venue.asked()).toBe(3);
    expect(Math.abs(serverClock.offsetMs - AHEAD_MS)).toBeLessThanOrEqual(1);
  });

  it('is not moved by a step of the wall clock', async () => {
    const clock = new VirtualClock();
    const serverClock = new ServerClock(clock, slowVenue(clock, []).ask);
    const sampled = serverClock.resample();
    await clock.pass(1_000);
    await sampled;
    const before = serverClock.nowMs();

    clock.stepWall(-60_000);
    await clock.pass(500);

    expect(serverClock.nowMs() - before).toBe(500);
    expect(Math.abs(serverClock.offsetMs - 60_700)).toBeLessThanOrEqual(1);
  });

  it('shares one sampling among all who ask, and keeps the old anchor when the venue is silent', async () => {
    const clock = new VirtualClock();
    let asked = 0;
    const serverClock = new ServerClock(clock, async () => {
      asked++;
      return undefined;
    });

    expect(await Promise.all([serverClock.resample(), serverClock.resample()])).toEqual([false, false]);
    expect(asked).toBe(1);
    expect(serverClock.offsetMs).toBe(0);
  });

  it('samples again every ten minutes until closed', async () => {
    const clock = new VirtualClock();
    let asked = 0;
    const serverClock = new ServerClock(clock, async () => {
      asked++;
      return 1_794_400_000_000;
    });
    serverClock.keepFresh();
    await clock.pass(600_000);
    expect(asked).toBe(3);
    serverClock.close();
    await clock.pass(3_600_000);
    await settle();
    expect(asked).toBe(3);
    expect(clock.timers).toBe(0);
  });

  it('keeps an exact sample when a later one over a slow line is less exact, unless both cannot be true', async () => {
    const clock = new VirtualClock();
    let aheadMs = AHEAD_MS;
    let roundTripMs = 10;
    const serverClock = new ServerClock(clock, async () => {
      const half = (): Promise<void> => new Promise((resolve) => void clock.after(roundTripMs / 2, resolve));
      await half();
      const serverMs = clock.wallUs() / 1000 + aheadMs;
      // The way back takes no time: half of the round trip is a wrong guess.
      return serverMs;
    });
    const sample = async (): Promise<boolean> => {
      const sampled = serverClock.resample();
      await clock.pass(5_000);
      return sampled;
    };
    await sample();
    const exact = serverClock.reading;
    roundTripMs = 1_200;
    expect(await sample()).toBe(true);
    expect(serverClock.reading?.roundTripMs).toBe(exact?.roundTripMs);
    expect(serverClock.reading?.errorMs).toBeLessThan(10);

    aheadMs += 60_000;
    await sample();
    expect(Math.abs(serverClock.offsetMs - aheadMs)).toBeLessThanOrEqual(601);
  });

  it('takes the newest sample when the venue refused a timestamp', async () => {
    const clock = new VirtualClock();
    const venue = slowVenue(clock, [10, 10, 10, 300, 300, 300]);
    const serverClock = new ServerClock(clock, venue.ask);
    void serverClock.resample();
    await clock.pass(1_000);
    void serverClock.distrust();
    await clock.pass(2_000);
    expect(serverClock.reading?.roundTripMs).toBe(300);
  });

  it('tells how fast the clocks drift apart once that is certain, and begins anew when one was set', async () => {
    const clock = new VirtualClock();
    let extraMs = 0;
    // 40 ppm fast, and 200 µs away.
    const ask = async (): Promise<number> => {
      await new Promise<void>((resolve) => void clock.after(0.4, resolve));
      return Math.floor((clock.wallUs() + clock.monotonicUs() * 40e-6) / 1000) + extraMs;
    };
    const serverClock = new ServerClock(clock, ask);
    serverClock.keepFresh();
    void serverClock.resample();
    await clock.pass(10_000);
    expect(serverClock.reading).toMatchObject({ roundTripMs: 0, offsetMs: 0 });
    expect(serverClock.reading).not.toHaveProperty('driftPpm');
    await clock.pass(3_600_000);
    expect(Math.abs((serverClock.reading?.driftPpm ?? 0) - 40)).toBeLessThan(2);

    extraMs = 5_000;
    await clock.pass(600_000);
    expect(serverClock.reading).not.toHaveProperty('driftPpm');
    expect(Math.abs(serverClock.offsetMs - 5_168)).toBeLessThan(10);
    serverClock.close();
  });
});
