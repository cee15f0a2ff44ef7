import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EventQueue, type KernelEvent } from '../../src/kernel/event-queue.ts';

const eventAt = (atUs: number, order: number): KernelEvent => ({ atUs, order, kind: 'x', owner: undefined, run: () => {}, slot: -1 });

function drain(queue: EventQueue): readonly KernelEvent[] {
  const all: KernelEvent[] = [];
  for (let event = queue.pop(); event !== undefined; event = queue.pop()) all.push(event);
  return all;
}

it('gives events by time, then by insertion, whatever was taken out meanwhile', () => {
  const script = fc.array(fc.record({ atUs: fc.nat(20), remove: fc.boolean(), victim: fc.nat() }), { maxLength: 200 });
  fc.assert(
    fc.property(script, (steps) => {
      const queue = new EventQueue();
      let expected: KernelEvent[] = [];
      for (const [order, step] of steps.entries()) {
        const event = eventAt(step.atUs, order);
        queue.push(event);
        expected.push(event);
        if (!step.remove) continue;
        const victim = expected[step.victim % expected.length];
        if (victim !== undefined) queue.remove(victim);
        expected = expected.filter((other) => other !== victim);
      }
      expected.sort((a, b) => a.atUs - b.atUs || a.order - b.order);

      expect(queue.size).toBe(expected.length);
      expect(drain(queue).map(({ order }) => order)).toEqual(expected.map(({ order }) => order));
    }),
  );
});

it('does not mind when an event is taken out twice', () => {
  const queue = new EventQueue();
  const [first, second] = [eventAt(1, 0), eventAt(2, 1)];
  queue.push(first);
  queue.push(second);
  queue.remove(first);
  queue.remove(first);

  expect(drain(queue)).toEqual([second]);
});
