import { type UsTime, usTime } from '@fillwright/domain';
import type { Message, VenueEventMessage } from '@fillwright/messages';
import type { Disk, Metrics } from '@fillwright/runtime';
import type { ExecutionAdapter } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { VenueStanding } from '../src/venue-standing.ts';
import { TestClock, World } from './_world.ts';

function ban(untilTs: UsTime): Message {
  return { type: 'venue.event', src: 'market', data: { event: 'ban', untilTs, text: 'HTTP 418' } } as Message;
}

function makeStanding(files = new Map<string, Uint8Array>()) {
  const clock = new TestClock();
  const world = new World();
  const told: VenueEventMessage[] = [];
  const gauges = new Map<string, number>();
  const recalled: number[] = [];
  let quietUntilTs: UsTime | undefined;
  const adapter = {
    ...world.context.adapter,
    get quietUntilTs() {
      return quietUntilTs;
    },
    keepQuiet: (untilTs: UsTime) => {
      quietUntilTs = untilTs;
    },
    rates: {
      waitUs: () => 0,
      take: () => ({ cost: {}, isPaced: false, state: 'held' }),
      giveBack: () => undefined,
      recall: (agesUs: readonly number[]) => void recalled.push(...agesUs),
      room: () => [{ pool: 'weight', quota: 1_200, left: 700, resetUs: 5 }],
    },
  } as ExecutionAdapter;
  const metrics = { gauge: (name: string) => ({ set: (value: number, label: string) => gauges.set(`${name} ${label}`, value) }) };
  const disk = {
    writeAtomic: (path: string, bytes: Uint8Array) => void files.set(path, bytes),
    readWhole: (path: string) => {
      const bytes = files.get(path);
      if (!bytes) throw new Error('no such file');
      return bytes;
    },
  };
  const ports = { clock, log: world.context.log, metrics: metrics as unknown as Metrics, disk: disk as unknown as Disk };
  const parts = { publish: (event: VenueEventMessage) => void told.push(event), sentLately: (sinceTs: UsTime) => [usTime(sinceTs + 58e6)] };
  const standing = new VenueStanding(ports, adapter, parts);
  const venueTells = (untilTs: UsTime) => {
    quietUntilTs = untilTs;
  };
  return { recalled, clock, standing, told, gauges, adapter, files, venueTells, in: (ms: number) => usTime(clock.wallUs() + ms * 1000) };
}

describe('how the engine stands with the venue', () => {
  it('tells once of a ban that the venue told it', () => {
    const { standing, told, venueTells, ...world } = makeStanding();
    standing.look();
    venueTells(world.in(60_000));
    standing.look();
    standing.look();

    expect(told).toEqual([{ event: 'ban', untilTs: world.in(60_000), text: expect.any(String) }]);
    expect(standing.rates.quietUntilTs).toBe(world.in(60_000));
  });

  it('obeys a ban that another was told, without telling it again', () => {
    const { standing, told, adapter, ...world } = makeStanding();
    standing.heard(ban(world.in(30_000)));
    standing.look();

    expect(adapter.quietUntilTs).toBe(world.in(30_000));
    expect(told).toEqual([]);
  });

  it('does not take an older end for a newer one, nor one that is past', () => {
    const { standing, adapter, ...world } = makeStanding();
    standing.heard(ban(usTime(world.in(0) - 1)));
    expect(adapter.quietUntilTs).toBeUndefined();
    standing.heard(ban(world.in(30_000)));
    standing.heard(ban(world.in(10_000)));
    expect(adapter.quietUntilTs).toBe(world.in(30_000));
  });

  it('states the room that is left, in its state and as a metric', () => {
    const { standing, gauges } = makeStanding();
    standing.look();

    expect(standing.rates.rates).toEqual([{ pool: 'weight', quota: 1_200, left: 700, resetTs: 5 }]);
    expect(gauges.get('fillwright_venue_rate_left weight')).toBe(700);
  });

  it('has orders counted that were sent before a restart, by their age', () => {
    const { standing, recalled } = makeStanding();
    standing.prepared();

    expect(recalled).toEqual([2e6]);
  });

  it('knows of a ban after a restart, and not for longer than it lasts', async () => {
    const before = makeStanding();
    before.standing.heard(ban(before.in(30_000)));
    const after = makeStanding(before.files);
    after.standing.start();
    after.standing.look();
    expect(after.adapter.quietUntilTs).toBe(after.in(30_000));
    expect(after.told).toEqual([]);

    const late = makeStanding(before.files);
    await late.clock.advance(30_000);
    late.standing.start();
    expect(late.adapter.quietUntilTs).toBeUndefined();
  });
});
