import type { Metrics } from '@fillwright/runtime';
import { unknown } from '@fillwright/venue';
import { expect, it, jest } from '@jest/globals';
import { UnknownWatch } from '../../src/risk/unknown-watch.ts';
import { World } from '../_world.ts';

const ID = 'q1tkr3x01';
const OTHER = 'q1tkr3x02';
const NO_ANSWER = unknown('NO_ANSWER', 'timeout');

function gauges(): { readonly metrics: Metrics; readonly values: Map<string, number> } {
  const values = new Map<string, number>();
  const gauge = (name: string) => ({ set: (value: number) => void values.set(name, value) });
  return { metrics: { gauge } as unknown as Metrics, values };
}

it('tells how many outcomes are unknown and how old the oldest is, and when there are none any more', async () => {
  const world = new World();
  const { metrics, values } = gauges();
  const watch = new UnknownWatch(world.book, world.clock, metrics);
  world.place(ID);
  await world.lastCall('submit').answer(NO_ANSWER);
  const sinceTs = world.clock.wallUs();
  await world.clock.advance(3_000);
  await world.open(OTHER);
  world.cancel(OTHER);
  await world.lastCall('cancel').answer(NO_ANSWER);
  watch.measure();
  expect(watch.oldestTs).toBe(sinceTs);
  expect([...values.values()]).toEqual([2, 3]);
  for (const id of [ID, OTHER]) world.reports.report(world.report(id, { phase: 'canceled', venueTs: world.clock.wallUs() }));
  watch.measure();

  expect(watch.oldestTs).toBeUndefined();
  expect([...values.values()]).toEqual([0, 0]);
});

it('is an alarm once after 15 s, not sooner', async () => {
  const world = new World();
  const alarms: unknown[] = [];
  const spy = jest.spyOn(world.context.log, 'error').mockImplementation((event) => void alarms.push(event));
  world.place(ID);
  await world.lastCall('submit').answer(NO_ANSWER);
  const answers = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      await world.clock.advance(1_000);
      if (world.count('lookUpOrder') > 0) await world.fail('lookUpOrder');
    }
  };
  await answers(14);
  expect(alarms).toEqual([]);
  await answers(30);
  spy.mockRestore();

  expect(alarms).toEqual(['order-still-unknown']);
});
