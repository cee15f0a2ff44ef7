import { setSendValidation } from '@fillwright/messages';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Engine, FeedWorld, numberOf, type Reader, TOPIC } from './_feed-world.ts';

beforeAll(() => setSendValidation(true));
afterAll(() => setSendValidation(false));

let world: FeedWorld;
beforeEach(() => {
  world = new FeedWorld();
});

const numbers = (reader: Reader): number[] => reader.messages.map(numberOf);
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** 1, 2, 3 … */
function counter(): () => number {
  let count = 0;
  return () => {
    count += 1;
    return count;
  };
}

describe('a subscription with snapshots', () => {
  it('goes live on a silent topic: hello, marker, snapshot', async () => {
    await Engine.start(world, 100);
    const reader = world.read('snapshot');

    world.clock.advance(5000);

    expect(reader.states).toEqual(['proving', 'syncing', 'live']);
    expect(reader.known.snapshots).toBe(1);
  });

  it('starts from the state of the publisher and follows it', async () => {
    const engine = await Engine.start(world, 100);
    engine.publish(7);
    const reader = world.read('snapshot');
    world.clock.advance(500);
    engine.publish(3);
    world.clock.advance(500);

    expect(reader.known).toMatchObject({ value: 10, snapshots: 1 });
    expect(numbers(reader)).toEqual([8, 9, 10]);
  });

  it('loses nothing that is published while it goes live', async () => {
    const engine = await Engine.start(world, 100);
    const reader = world.read('snapshot');
    for (let i = 0; i < 100; i += 1) {
      engine.publish();
      world.clock.advance(0.05);
    }
    world.clock.advance(500);

    expect(reader.subscription.state).toBe('live');
    expect(reader.known.value).toBe(100);
    expect(reader.subscription.statistics).toMatchObject({ gaps: 0, duplicates: 0 });
  });

  it('waits for a publisher that comes later', async () => {
    const reader = world.read('snapshot');
    world.clock.advance(10_000);
    expect(reader.subscription.state).toBe('proving');

    await Engine.start(world, 100);
    world.clock.advance(1500);

    expect(reader.subscription.state).toBe('live');
  });

  it('says hello again when the first one, or its marker, was lost', async () => {
    await Engine.start(world, 100);
    const first = counter();
    world.network.faults.loseRequest = () => first() <= 3;
    const lost = world.loseNext(1, (message) => message.type === 'marker');
    const reader = world.read('snapshot');

    world.clock.advance(900);
    expect(reader.subscription.state).toBe('proving');
    world.clock.advance(5000);

    expect(lost()).toBe(1);
    expect(reader.subscription.state).toBe('live');
  });

  it('asks again when the snapshot request, or its answer, was lost', async () => {
    await Engine.start(world, 100);
    const reply = counter();
    world.network.faults.loseReply = () => reply() === 2;
    const reader = world.read('snapshot');

    world.clock.advance(500);
    expect(reader.subscription.state).toBe('syncing');
    world.clock.advance(5000);

    expect(reader.subscription.state).toBe('live');
  });

  it('mends a gap by replay: in order, without a second snapshot', async () => {
    const engine = await Engine.start(world, 100);
    const reader = world.read('snapshot');
    world.clock.advance(500);
    world.loseNext(2);
    engine.publish(5);
    world.clock.advance(500);

    expect(numbers(reader)).toEqual([1, 2, 3, 4, 5]);
    expect(reader.known.snapshots).toBe(1);
    expect(reader.subscription.statistics).toMatchObject({ gaps: 1, missed: 2, state: 'live' });
    expect(reader.states).toEqual(['proving', 'syncing', 'live', 'syncing', 'live']);
  });

  it('mends a gap of thousands in chunks', async () => {
    const engine = await Engine.start(world, 100, 5000);
    const reader = world.read('snapshot');
    world.clock.advance(500);
    world.loseNext(2100);
    engine.publish(2200);
    world.clock.advance(500);

    expect(numbers(reader)).toEqual(range(1, 2200));
    expect(reader.known.snapshots).toBe(1);
  });

  it('takes a snapshot when the ring no longer has what is missing, or is not to be asked', async () => {
    for (const mode of ['snapshot', 'no-replay'] as const) {
      world = new FeedWorld();
      const engine = await Engine.start(world, 100, mode === 'snapshot' ? 3 : 1000);
      const reader = world.read(mode);
      world.clock.advance(500);
      world.loseNext(10);
      engine.publish(12);
      world.clock.advance(500);

      expect(reader.known).toMatchObject({ value: 12, snapshots: 2 });
      expect(reader.subscription.state).toBe('live');
    }
  });

  it('sees by the heartbeat that the newest messages were lost', async () => {
    const engine = await Engine.start(world, 100);
    const reader = world.read('snapshot');
    world.clock.advance(500);
    world.loseNext(3);
    engine.publish(3);
    world.clock.advance(400);
    expect(numbers(reader)).toEqual([]);

    world.clock.advance(2000);

    expect(numbers(reader)).toEqual([1, 2, 3]);
    expect(reader.subscription.statistics).toMatchObject({ lostTails: 1, state: 'live' });
  });

  it('drops duplicates', async () => {
    const engine = await Engine.start(world, 100);
    world.network.faults.copies = (topic) => (topic === TOPIC ? 3 : 1);
    const reader = world.read('snapshot');
    world.clock.advance(500);
    engine.publish(4);
    world.clock.advance(500);

    expect(numbers(reader)).toEqual([1, 2, 3, 4]);
    expect(reader.known.value).toBe(4);
  });

  it('is stale after three seconds of silence, and live again without a resync when nothing was lost', async () => {
    const engine = await Engine.start(world, 100);
    engine.publish(2);
    const reader = world.read('snapshot');
    world.clock.advance(1500);
    world.network.faults.copies = () => 0;
    world.network.faults.loseRequest = () => true;
    world.clock.advance(2400);
    expect(reader.subscription.state).toBe('live');
    world.clock.advance(1000);
    expect(reader.subscription.state).toBe('stale');

    delete world.network.faults.copies;
    delete world.network.faults.loseRequest;
    world.clock.advance(2000);

    expect(reader.subscription.state).toBe('live');
    expect(reader.known.snapshots).toBe(1);
  });

  it('mends what it lost while the publisher was not heard', async () => {
    const engine = await Engine.start(world, 100);
    const reader = world.read('snapshot');
    world.clock.advance(500);
    world.network.faults.copies = () => 0;
    world.clock.advance(2000);
    engine.publish(5);
    world.clock.advance(3000);
    expect(reader.subscription.state).toBe('stale');
    delete world.network.faults.copies;
    world.clock.advance(3000);

    expect(numbers(reader)).toEqual([1, 2, 3, 4, 5]);
    expect(reader.subscription.state).toBe('live');
  });

  it('takes a snapshot of a reborn publisher and ignores what the dead one still says', async () => {
    const first = await Engine.start(world, 100);
    first.publish(3);
    const reader = world.read('snapshot');
    world.clock.advance(500);
    await first.crash();
    const second = await Engine.start(world, 101);
    second.publish(2);
    world.clock.advance(3000);

    expect(reader.known).toMatchObject({ value: 5, snapshots: 2 });
    expect(reader.subscription.statistics).toMatchObject({ epoch: 101, state: 'live', epochs: 1 });

    const late = { epoch: 100, seq: 99, pos: undefined, message: undefined, fault: 'unknown-type' } as const;
    reader.subscription.take(late);
    expect(reader.subscription.statistics).toMatchObject({ outdated: 1, state: 'live', epoch: 101 });
  });

  it('halts at the third loss within a minute, delivers nothing more, and goes on when an operator says so', async () => {
    const engine = await Engine.start(world, 100);
    const reader = world.read('snapshot');
    world.clock.advance(500);
    for (let round = 0; round < 3; round += 1) {
      world.loseNext(1);
      engine.publish(2);
      world.clock.advance(5000);
    }
    expect(reader.halts).toEqual(['too-many-resyncs']);
    expect(reader.subscription.state).toBe('halted');
    const before = reader.messages.length;
    engine.publish(5);
    world.clock.advance(5000);
    expect(reader.messages.length).toBe(before);

    reader.subscription.resume();
    world.clock.advance(5000);
    expect(reader.known.value).toBe(engine.value);
    expect(reader.subscription.state).toBe('live');
  });

  it('does not halt for three losses that lie far apart, nor for a publisher that restarts often', async () => {
    let engine = await Engine.start(world, 100);
    const reader = world.read('snapshot');
    world.clock.advance(500);
    for (let round = 1; round <= 5; round += 1) {
      world.loseNext(1);
      engine.publish(2);
      world.clock.advance(31_000);
    }
    for (let round = 1; round <= 5; round += 1) {
      await engine.crash();
      engine = await Engine.start(world, 100 + round);
      world.clock.advance(3000);
    }

    expect(reader.halts).toEqual([]);
    expect(reader.subscription.state).toBe('live');
  });

  it('holds no more than its bound while it catches up', async () => {
    const engine = await Engine.start(world, 100, 50_000);
    let isHeldBack = true;
    world.network.faults.loseReply = (body) => isHeldBack && body.length > 0;
    const reader = world.read('snapshot', { holdBound: 10 });
    for (let i = 0; i < 25; i += 1) {
      engine.publish();
      world.clock.advance(1);
    }
    expect(reader.subscription.statistics.held).toBeLessThanOrEqual(10);

    isHeldBack = false;
    world.clock.advance(10_000);

    expect(reader.known.value).toBe(25);
    expect(reader.subscription.state).toBe('live');
  });

  it('asks again when messages were lost between a snapshot and its arrival', async () => {
    const engine = await Engine.start(world, 100);
    world.network.faults.replyDelayMs = 300;
    const reader = world.read('snapshot');
    world.clock.advance(150);
    expect(reader.subscription.state).toBe('syncing');
    world.loseNext(1, (message) => numberOf(message) === 2);
    engine.publish(3);
    world.clock.advance(2000);

    expect(reader.known).toMatchObject({ value: 3, snapshots: 1 });
    expect(reader.subscription.state).toBe('live');
  });

  it('counts a message it does not understand as seen, instead of resyncing for ever', async () => {
    const engine = await Engine.start(world, 100);
    const reader = world.read('snapshot');
    world.clock.advance(500);
    setSendValidation(false);
    engine.publisher.publish(TOPIC, 'account.moon' as never, {} as never);
    setSendValidation(true);
    engine.publish();
    world.clock.advance(3000);

    expect(numbers(reader)).toEqual([1]);
    expect(reader.subscription.statistics).toMatchObject({ gaps: 0, notUnderstood: 1, state: 'live' });
  });

  it('does nothing after it was closed, even from inside its own callback', async () => {
    const engine = await Engine.start(world, 100);
    const reader: Reader = world.read('snapshot', { onMessage: () => reader.subscription.close() });
    world.clock.advance(500);
    engine.publish(3);
    world.clock.advance(5000);

    expect(reader.subscription.statistics.delivered).toBe(1);
    expect(reader.link.subscriptions).toEqual([]);
  });

  it('knows exactly what the publisher knows once losses stop, whatever was lost, doubled or crashed before', async () => {
    const step = fc.record({ publish: fc.nat(5), advanceMs: fc.constantFrom(0, 0.05, 1, 700, 3100), crash: fc.nat(20) });
    const property = fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.array(fc.nat(9), { minLength: 1, maxLength: 50 }),
      async (steps, dice) => {
        world = new FeedWorld();
        const next = counter();
        const roll = (): number => dice[next() % dice.length] ?? 5;
        world.network.faults.copies = () => (roll() === 0 ? 0 : roll() === 1 ? 2 : 1);
        world.network.faults.loseRequest = () => roll() === 2;
        world.network.faults.loseReply = () => roll() === 3;
        let engine = await Engine.start(world, 100, 20);
        const readers = [world.read('snapshot'), world.read('no-replay'), world.read({ fromPos: 1 })];
        for (const { publish, advanceMs, crash } of steps) {
          engine.publish(publish);
          world.clock.advance(advanceMs);
          if (crash !== 0) continue;
          await engine.crash();
          engine = await Engine.start(world, engine.epoch + 1, 20);
        }
        world.network.faults.copies = () => 1;
        delete world.network.faults.loseRequest;
        delete world.network.faults.loseReply;
        world.clock.advance(5000);
        for (const reader of readers) if (reader.subscription.state === 'halted') reader.subscription.resume();
        world.clock.advance(20_000);
        for (const reader of readers) {
          expect(reader.subscription.state).toBe('live');
          expect(reader.known.value).toBe(engine.value);
        }
        const durable = readers[2];
        if (durable !== undefined) expect(numbers(durable)).toEqual(range(1, engine.value));
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });
});

describe('a subscription to the latest', () => {
  it('is live with the first message, counts gaps and goes on at once', async () => {
    const engine = await Engine.start(world, 100);
    const reader = world.read('latest');
    world.clock.advance(10);
    engine.publish(2);
    world.loseNext(3);
    engine.publish(5);
    world.clock.advance(10);

    expect(numbers(reader)).toEqual([1, 2, 6, 7]);
    expect(reader.subscription.statistics).toMatchObject({ gaps: 1, missed: 3, state: 'live', snapshots: 0, replayed: 0 });
  });

  it('counts a lost tail, and is live on a silent topic thanks to hello', async () => {
    const engine = await Engine.start(world, 100);
    const reader = world.read('latest');
    world.clock.advance(1500);
    expect(reader.subscription.state).toBe('live');

    world.loseNext(2);
    engine.publish(2);
    world.clock.advance(2000);

    expect(reader.subscription.statistics).toMatchObject({ lostTails: 1, missed: 2, state: 'live' });
  });

  it('is stale when the publisher falls silent and live again with its successor', async () => {
    const first = await Engine.start(world, 100);
    const reader = world.read('latest');
    world.clock.advance(1500);
    await first.crash();
    world.clock.advance(4500);
    expect(reader.subscription.state).toBe('stale');

    const second = await Engine.start(world, 101);
    world.clock.advance(1500);
    second.publish();
    world.clock.advance(10);

    expect(reader.subscription.state).toBe('live');
    expect(numbers(reader)).toEqual([1]);
  });
});
