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
});
