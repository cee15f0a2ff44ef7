import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type DepthFrame, levelsOf, UpstreamBook } from '../../src/paper/upstream-book.ts';
import { TestVenue } from '../kit.ts';

const frame = (firstId: number, lastId: number, previousId: number): DepthFrame => ({
  ...{ firstId, lastId, previousId },
  changes: [{ sign: 1, ticks: lastId, lots: 1 }],
});
const applied = (lastId: number) => [{ sign: 1, ticks: lastId, lots: 1 }];

describe('joining frames to a snapshot', () => {
  it('drops what is older, begins with the frame that contains it, and follows from there', () => {
    const book = new UpstreamBook();
    for (const one of [frame(1, 4, 0), frame(6, 9, 4), frame(11, 14, 9)]) expect(book.frame(one)).toEqual({ type: 'wait' });
    expect(book.snapshot(8, [])).toEqual({ type: 'replace', levels: [], changes: [applied(9), applied(14)] });
    expect(book.frame(frame(20, 23, 14))).toEqual({ type: 'apply', changes: applied(23) });
    expect(book.frame(frame(30, 33, 24))).toEqual({ type: 'gap' });
  });

  it('begins with a frame that follows the snapshot exactly', () => {
    const book = new UpstreamBook();
    expect(book.snapshot(8, [])).toEqual({ type: 'replace', levels: [], changes: [] });
    expect(book.frame(frame(10, 12, 8))).toEqual({ type: 'apply', changes: applied(12) });
  });

  it('is a gap when the snapshot is older than the first frame, or too much waits for it', () => {
    const book = new UpstreamBook();
    book.frame(frame(11, 14, 9));
    expect(book.snapshot(5, [])).toEqual({ type: 'gap' });
    const slow = new UpstreamBook();
    let step = slow.frame(frame(1, 1, 0));
    for (let n = 2; n < 6_000 && step.type === 'wait'; n += 1) step = slow.frame(frame(n, n, n - 1));
    expect(step).toEqual({ type: 'gap' });
  });

  it('never skips a frame, whatever comes when', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 40 }), fc.nat(), fc.nat(), (steps, at, lost) => {
        let previous = 0;
        const frames = steps.map((step) => {
          const one = frame(previous + 1, previous + step, previous);
          previous += step;
          return one;
        });
        const missing = lost % (frames.length * 2);
        const snapshotAt = at % frames.length;
        const snapshotId = frames[snapshotAt]?.lastId ?? 0;
        const book = new UpstreamBook();
        const seen: number[] = [];
        let gap = false;
        frames.forEach((one, n) => {
          if (gap) return;
          if (n !== missing) {
            const step = book.frame(one);
            if (step.type === 'gap') gap = true;
            if (step.type === 'apply') seen.push(one.lastId);
          }
          if (n !== snapshotAt || gap) return;
          const step = book.snapshot(snapshotId, []);
          if (step.type === 'gap') gap = true;
          else if (step.type === 'replace') seen.push(...step.changes.map(([change]) => change?.ticks ?? 0));
        });
        const wanted = frames.filter(({ lastId }) => lastId > snapshotId).map(({ lastId }) => lastId);
        const applied = seen.filter((id) => id > snapshotId);
        expect(applied).toEqual(wanted.slice(0, applied.length));
        if (missing <= snapshotAt || missing >= frames.length) expect(gap ? wanted : applied).toEqual(wanted);
        else expect(applied.length).toBeLessThan(wanted.length);
      }),
    );
  });
});

describe('levels from upstream', () => {
  it('are whole ticks and lots, or nothing', async () => {
    const spec = (await TestVenue.quiet()).venue.engine.market('SOLUSDT')?.spec;
    if (spec === undefined) throw new Error('no symbol');
    expect(
      levelsOf(spec, -1, [
        ['180.0100', '2.50'],
        ['180.02', '0'],
      ]),
    ).toEqual([
      { sign: -1, ticks: 18_001, lots: 250 },
      { sign: -1, ticks: 18_002, lots: 0 },
    ]);
    for (const rows of [[['180.005', '1']], [['180', '0.001']], [[180, '1']], [['-1', '1']], [['0', '1']], 'rows', undefined]) {
      expect(levelsOf(spec, 1, rows)).toBeUndefined();
    }
  });
});
