import { packValue } from '@fillwright/messages';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MessageRing } from '../../src/bus/message-ring.ts';

it('keeps the newest messages, and none of what its maker uses again', () => {
  const ring = new MessageRing(2);
  const reused = new Uint8Array(64);
  for (const seq of [1, 2, 3]) {
    const body = packValue({ seq });
    reused.set(body);
    ring.push(seq, reused.subarray(0, body.length), 0);
  }
  reused.fill(0);
  expect(ring.slice(2, 10)).toEqual({ messages: [{ seq: 2 }, { seq: 3 }], next: 4, complete: true, tooOld: false });
  expect(ring.slice(1, 10).tooOld).toBe(true);
});

const message = (seq: number, bytes: number) => packValue({ seq, pad: 'x'.repeat(bytes) });
const seqs = (ring: MessageRing, fromSeq: number) => ring.slice(fromSeq, 10_000).messages.map((one) => (one as { seq: number }).seq);

it('holds what a list of the newest messages holds, whatever their sizes', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 9_000 }), { maxLength: 120 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), sizes, (capacity, padding) => {
      const ring = new MessageRing(capacity);
      for (const [index, bytes] of padding.entries()) {
        ring.push(index + 1, message(index + 1, bytes), 0);
        const newest = Array.from({ length: Math.min(capacity, index + 1) }, (_, back) => index + 1 - back).reverse();
        expect(seqs(ring, newest[0] ?? 1)).toEqual(newest);
        if (index + 1 > capacity) expect(ring.slice(index + 1 - capacity, 1).tooOld).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

it('forgets the oldest of large messages before it has as many as it may', () => {
  const ring = new MessageRing(1_000);
  for (let seq = 1; seq <= 50; seq += 1) ring.push(seq, message(seq, 300_000), 0);

  expect(ring.slice(30, 1)).toMatchObject({ tooOld: true, next: 38 });
  expect(seqs(ring, 38)).toEqual(Array.from({ length: 13 }, (_, index) => 38 + index));
});

it('keeps one message that is larger than all it may hold', () => {
  const ring = new MessageRing(10);
  for (const seq of [1, 2]) ring.push(seq, message(seq, 5_000_000), 0);

  expect(seqs(ring, 2)).toEqual([2]);
  expect(ring.slice(1, 1).tooOld).toBe(true);
});

it('forgets what is older than two minutes, but never the newest sixty', () => {
  const ring = new MessageRing(1_000);
  const second = 1_000_000;
  for (let seq = 1; seq <= 500; seq += 1) ring.push(seq, message(seq, 10), seq * second);

  expect(seqs(ring, 380)).toEqual(Array.from({ length: 121 }, (_, index) => 380 + index));
  expect(ring.slice(379, 1)).toMatchObject({ tooOld: true, next: 380 });

  ring.push(501, message(501, 10), 10_000 * second);
  expect(seqs(ring, 442)).toEqual(Array.from({ length: 60 }, (_, index) => 442 + index));
});
