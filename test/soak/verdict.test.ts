import { describe, expect, it } from '@jest/globals';
import { judge, type Sample, type Watched } from './verdict.ts';

const MINUTE_MS = 60_000;
const HOUR = 60;
const series = (change: (minute: number) => Partial<Sample>): readonly Sample[] =>
  Array.from({ length: HOUR + 1 }, (_, minute) => ({
    atMs: minute * MINUTE_MS,
    rssMb: 150,
    anonMb: 100,
    fds: 40,
    cpuMs: minute * 6_000,
    ...change(minute),
  }));
const lag = (us: number): Watched['lagAfter'] =>
  new Map([
    [us, 1_000],
    [Number.POSITIVE_INFINITY, 1_000],
  ]);
const watched = (given: Partial<Watched>): Watched => ({
  name: 'trading-engine',
  samples: series(() => ({})),
  lagBefore: new Map(),
  lagAfter: lag(1_000),
  restarts: 0,
  errors: 0,
  ...given,
});

describe('the verdict on a soak', () => {
  it('is good for a process that stands still', () => {
    const row = judge(watched({}));

    expect(row.broken).toEqual([]);
    expect(row).toMatchObject({ rssStartMb: 150, rssEndMb: 150, mbPerHour: 0, fdsStart: 40, fdsEnd: 40 });
    expect(row.cpuPercent).toBeCloseTo(10, 9);
  });

  it('leaves out how the first quarter grows', () => {
    const samples = series((minute) => ({ rssMb: Math.min(150, 90 + 4 * minute) }));

    expect(judge(watched({ samples })).broken).toEqual([]);
  });

  it.each([
    ['memory that rises by 2 MB an hour', { samples: series((minute) => ({ rssMb: 150 + minute / 30 })) }, 'memory rises'],
    ['a file left open', { samples: series((minute) => ({ fds: minute > 36 ? 41 : 40 })) }, 'open files rise'],
    ['a slow loop', { lagAfter: lag(20_100) }, 'loop lag'],
    ['a death', { restarts: 1 }, 'started again'],
    ['an error', { errors: 2 }, '2 errors in its log'],
    ['nothing seen', { samples: [] }, 'never seen'],
  ])('breaks on %s', (_what, given, said) => {
    expect(judge(watched(given)).broken.join(' ')).toContain(said);
  });

  it('forgives a connection that is open just then, or just being replaced', () => {
    const samples = series((minute) => ({ fds: minute % 11 === 0 ? 43 : minute === 20 ? 39 : 40 }));

    expect(judge(watched({ samples })).broken).toEqual([]);
  });

  it('does not count the lateness of before', () => {
    const lagBefore = new Map([
      [1_000, 0],
      [100_000, 500],
      [Number.POSITIVE_INFINITY, 500],
    ]);
    const lagAfter = new Map([
      [1_000, 9_000],
      [100_000, 9_500],
      [Number.POSITIVE_INFINITY, 9_500],
    ]);

    expect(judge(watched({ lagBefore, lagAfter })).lagP999Ms).toBeLessThan(1.01);
  });
});
