import { packValue } from '@fillwright/messages';
import { expect, it } from '@jest/globals';
import { MessageRing } from '../../src/bus/message-ring.ts';

it('keeps the newest messages, and none of what its maker uses again', () => {
  const ring = new MessageRing(2);
  const reused = new Uint8Array(64);
  for (const seq of [1, 2, 3]) {
    const body = packValue({ seq });
    reused.set(body);
    ring.push(seq, reused.subarray(0, body.length));
  }
  reused.fill(0);
  expect(ring.slice(2, 10)).toEqual({ messages: [{ seq: 2 }, { seq: 3 }], next: 4, complete: true, tooOld: false });
  expect(ring.slice(1, 10).tooOld).toBe(true);
});
