/** Checks: a book that the client keeps from its feeds stays equal to the core's. */
import { expect } from '@jest/globals';
import { answer, type Break, frames, lost } from '../breaks/break.ts';
import type { ClientDesk } from '../clients/client-desk.ts';
import type { KeptBook, Loose } from '../clients/client-under-test.ts';
import { MOVING } from '../clients/desk-venue.ts';
import type { Check } from './check.ts';

const DIFF = /"e":"depthUpdate"/;
const SNAPSHOT = /GET .*\/depth$/;

/** Update ids fit in a double here. */
function told(text: string, change: (value: Loose) => void): string {
  const value = JSON.parse(text) as Loose;
  change(value.data ?? value);
  return JSON.stringify(value);
}

const GONE_UNTOLD: Break = frames('levels that are gone are not told', DIFF, (text) => [
  told(text, (frame) => {
    for (const side of ['b', 'a']) frame[side] = frame[side].filter(([, quantity]: string[]) => Number(quantity) > 0);
  }),
]);

const WRONG_SNAPSHOT: Break = answer('the snapshot lists levels that are not there', SNAPSHOT, (body) =>
  told(body, (book) => {
    book.bids.push(['1000.10', '5.000']);
    book.asks.push(['200000.10', '5.000']);
  }),
);

/** Lets flow run, disturbs it, and compares at the end. */
async function inStep({ ours, venue }: ClientDesk, disturb: () => Promise<unknown>): Promise<KeptBook> {
  const book = await ours.keepBook(MOVING);
  const frames = async (count: number) => {
    const target = book.frames + count;
    await venue.until(`${count} more frames`, () => book.frames >= target);
  };
  venue.simulator.setFlow(true, MOVING);
  await frames(6);
  await disturb();
  await frames(3);
  venue.simulator.setFlow(false);
  const core = venue.book(MOVING, 1_000);
  expect(core.bids.length).toBeGreaterThan(10);
  // The last frames are on their way; a difference that stays is shown by the comparison.
  await venue.until('the book equals the core', () => JSON.stringify(book.rows(1_000)) === JSON.stringify(core)).catch(() => {});
  expect(book.rows(1_000)).toEqual(core);
  return book;
}

export const LOCAL_BOOK_CHECKS: readonly Check[] = [
  {
    id: 'book-in-step',
    area: 'local book',
    name: 'equals the core level by level after flow, without having started over',
    breaks: [
      lost('a difference is lost', DIFF, 4),
      frames('differences do not join', DIFF, (text) => [told(text, (frame) => (frame.pu -= 1))]),
      GONE_UNTOLD,
      WRONG_SNAPSHOT,
    ],
    async run(desk) {
      const { restarts } = await inStep(desk, async () => {});
      expect(restarts).toBe(0);
    },
  },
  {
    id: 'book-reconnects',
    area: 'local book',
    name: 'finds its way back after a cut connection',
    patienceMs: 8_000, // one of them waits 4 s before it connects again
    breaks: [
      GONE_UNTOLD,
      WRONG_SNAPSHOT,
      answer('snapshots are of the far future', SNAPSHOT, (body) => told(body, (book) => (book.lastUpdateId += 1_000_000_000))),
    ],
    async run(desk) {
      await inStep(desk, () => desk.venue.control('POST', 'sockets', { action: 'cut', route: 'public' }));
    },
  },
];
