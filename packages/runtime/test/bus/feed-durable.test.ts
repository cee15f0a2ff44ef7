import { setSendValidation } from '@fillwright/messages';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Engine, FeedWorld, numberOf, type Reader, TOPIC } from './_feed-world.ts';

beforeAll(() => setSendValidation(true));
afterAll(() => setSendValidation(false));

let world: FeedWorld;
beforeEach(() => {
  world = new FeedWorld();
});

const numbers = (reader: Reader): number[] => reader.messages.map(numberOf);
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('a durable subscription', () => {
  it('reads the whole journal in chunks, then follows it, each message once', async () => {
    const engine = await Engine.start(world, 100);
    engine.publish(1234);
    const reader = world.read({ fromPos: 1 });
    world.clock.advance(500);
    engine.publish(10);
    world.clock.advance(500);

    expect(numbers(reader)).toEqual(range(1, 1244));
    expect(reader.subscription.statistics).toMatchObject({ state: 'live', lastPos: 1244 });
  });

  it('goes on from the position it stored', async () => {
    const engine = await Engine.start(world, 100);
    engine.publish(20);
    const reader = world.read({ fromPos: 16 });
    world.clock.advance(500);

    expect(numbers(reader)).toEqual(range(16, 20));
  });

  it('gets what a crashed publisher had journaled and not published, and is told that this was all', async () => {
    const first = await Engine.start(world, 100);
    const reader = world.read({ fromPos: 1 });
    world.clock.advance(500);
    first.publish(3);
    first.journal();
    first.journal();
    await first.crash();
    world.record(101, 1, 'epoch-end', { endedEpoch: 100, lastSeq: 7 });
    const second = await Engine.start(world, 101);
    second.publish(2);
    world.clock.advance(5000);

    expect(numbers(reader)).toEqual(range(1, 7));
    expect(reader.known.epochEnds).toBe(1);
    expect(reader.subscription.state).toBe('live');
  });

  it('does not miss what was reserved before its marker and published after it', async () => {
    const engine = await Engine.start(world, 100);
    world.clock.advance(50);
    engine.journal();
    const reserved = world.journal.at(-1);
    const reader = world.read({ fromPos: 1 });
    world.clock.advance(500);
    expect(reader.subscription.state).toBe('proving');

    if (reserved !== undefined)
      engine.publisher.publish(TOPIC, 'account.balance', reserved.data as never, { seq: reserved.seq, pos: reserved.pos });
    world.clock.advance(500);

    expect(numbers(reader)).toEqual([1]);
    expect(reader.subscription.state).toBe('live');
  });

  it('mends gaps and lost tails from the journal', async () => {
    const engine = await Engine.start(world, 100, 0);
    const reader = world.read({ fromPos: 1 });
    world.clock.advance(500);
    world.loseNext(3);
    engine.publish(5);
    world.clock.advance(500);
    world.loseNext(2);
    engine.publish(2);
    world.clock.advance(3000);

    expect(numbers(reader)).toEqual(range(1, 7));
    expect(reader.subscription.statistics).toMatchObject({ gaps: 1, lostTails: 1, state: 'live' });
  });

  it('asks again when messages were lost between a replay and its arrival', async () => {
    const engine = await Engine.start(world, 100);
    engine.publish(2);
    world.network.faults.replyDelayMs = 300;
    const reader = world.read({ fromPos: 1 });
    world.clock.advance(150);
    expect(reader.subscription.state).toBe('syncing');
    world.loseNext(1, (message) => numberOf(message) === 4);
    engine.publish(3);
    world.clock.advance(2000);

    expect(numbers(reader)).toEqual(range(1, 5));
    expect(reader.subscription.state).toBe('live');
  });

  it('halts when the journal no longer keeps what it needs', async () => {
    const engine = await Engine.start(world, 100);
    engine.publish(20);
    world.oldestPos = 10;
    const reader = world.read({ fromPos: 5 });
    world.clock.advance(500);

    expect(reader.halts).toEqual(['too-old']);
    expect(numbers(reader)).toEqual([]);
  });

  it('halts instead of skipping a message of a known type that it cannot read', async () => {
    const engine = await Engine.start(world, 100);
    const reader = world.read({ fromPos: 1 });
    world.clock.advance(500);
    setSendValidation(false);
    engine.publisher.publish(TOPIC, 'account.balance', { asset: 'USDT' } as never, { pos: 1 });
    setSendValidation(true);
    world.clock.advance(500);

    expect(reader.halts).toEqual(['not-understood']);
  });
});
