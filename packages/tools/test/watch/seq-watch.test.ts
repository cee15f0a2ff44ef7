import { describe, expect, it } from '@jest/globals';
import { SeqWatch } from '../../src/watch/seq-watch.ts';

const at = (seq: number, change: { readonly epoch?: number; readonly topic?: string; readonly src?: string } = {}) => {
  return { src: 'engine', topic: 'order.BINANCE.main.', epoch: 7, seq, ...change };
};

describe('the watch over sequence numbers', () => {
  it('begins with whatever it hears first and finds no fault in an unbroken row', () => {
    const watch = new SeqWatch();

    expect([41, 42, 43].map((seq) => watch.note(at(seq)))).toEqual([0, 0, 0]);
    expect(watch.total).toEqual({ missed: 0, gaps: 0, seen: 3 });
  });

  it('counts a hole once, with all that is missing', () => {
    const watch = new SeqWatch();
    watch.note(at(1));

    expect(watch.note(at(5))).toBe(3);
    expect(watch.note(at(6))).toBe(0);
    expect(watch.countOf('engine')).toEqual({ missed: 3, gaps: 1, seen: 3 });
  });

  it('keeps topics and sources apart', () => {
    const watch = new SeqWatch();
    watch.note(at(1));

    expect(watch.note(at(9, { topic: 'account.BINANCE.main.' }))).toBe(0);
    expect(watch.note(at(9, { src: 'other' }))).toBe(0);
    expect(watch.note(at(2))).toBe(0);
  });

  it('starts over with a new incarnation and ignores what an old one still says', () => {
    const watch = new SeqWatch();
    watch.note(at(500));

    expect(watch.note(at(3, { epoch: 8 }))).toBe(0);
    expect(watch.note(at(501))).toBe(0);
    expect(watch.note(at(6, { epoch: 8 }))).toBe(2);
    expect(watch.lastSeq('engine', 'order.BINANCE.main.', 8)).toBe(6);
  });

  it('learns from a heartbeat that the tail was lost', () => {
    const watch = new SeqWatch();
    watch.note(at(10));

    expect(watch.heartbeat('engine', 7, { lastSeqs: { 'order.BINANCE.main.': 12, 'not.followed.': 99 } })).toBe(2);
    expect(watch.heartbeat('engine', 7, { lastSeqs: { 'order.BINANCE.main.': 12 } })).toBe(0);
    expect(watch.total).toMatchObject({ missed: 2, gaps: 1 });
  });

  it('does not hold replies of services, which have no number, against anybody', () => {
    const watch = new SeqWatch();

    expect([watch.note(at(0)), watch.note(at(0))]).toEqual([0, 0]);
  });
});
