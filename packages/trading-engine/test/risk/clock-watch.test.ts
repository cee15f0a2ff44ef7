import type { VenueClock } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { Watching } from './_watching.ts';

function reading(change: Partial<VenueClock> = {}): VenueClock {
  return { offsetMs: 12, errorMs: 4, roundTripMs: 6, ageMs: 1_000, driftPpm: 3.5, ...change };
}

async function seen(desk: Watching, clock: VenueClock): Promise<string | undefined> {
  desk.venueClock = clock;
  await desk.seconds(1);
  return desk.watches.doubt()?.code;
}

describe("a clock that is not the venue's", () => {
  it('forbids what adds risk beyond the limit, with the figures, and asks for the time anew', async () => {
    const desk = new Watching({ maxClockOffsetMs: 1_000 });
    expect(await seen(desk, reading({ offsetMs: -1_000 }))).toBeUndefined();
    expect(desk.clockSamples).toBe(0);
    expect(await seen(desk, reading({ offsetMs: -1_001 }))).toBe('CLOCK_OFF');

    expect(desk.watches.doubt()?.text).toBe(
      "our clock is 1001 ms ahead of the venue's (give or take 4 ms, round trip 6 ms, drift 3.5 ppm); the limit is 1000 ms",
    );
    await desk.seconds(25);
    expect(desk.clockSamples).toBe(3);
  });

  it('lets trading go on only when it is well again, not when it is just below', async () => {
    const desk = new Watching({ maxClockOffsetMs: 1_000 });
    await seen(desk, reading({ offsetMs: 5_000 }));
    expect(await seen(desk, reading({ offsetMs: 900 }))).toBe('CLOCK_OFF');
    expect(await seen(desk, reading({ offsetMs: 800 }))).toBeUndefined();
  });

  it('counts a difference that is not known well enough as too large', async () => {
    const desk = new Watching({ maxClockOffsetMs: 1_000 });
    expect(await seen(desk, reading({ errorMs: 1_500 }))).toBe('CLOCK_OFF');
  });

  it('is shown also where it is not watched, and before the venue was asked nothing is said', async () => {
    const desk = new Watching({});
    await desk.seconds(1);
    expect(desk.watches.facts).not.toHaveProperty('venueClock');
    expect(await seen(desk, reading({ offsetMs: 5_000 }))).toBeUndefined();
    expect(desk.gauges.get('fillwright_engine_clock_offset_ms')).toBe(5_000);
    expect(desk.gauges.get('fillwright_engine_clock_drift_ppm')).toBe(3.5);
  });
});
