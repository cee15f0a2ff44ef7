import { usTime } from '@fillwright/domain';
import { confirmed, type ExecutionAdapter, type OrderBatches, refused } from '@fillwright/venue';
import { expect, it } from '@jest/globals';
import { VenueGuard } from '../src/venue-guard.ts';
import { BTC, TestClock, World } from './_world.ts';

const REF = { instrument: BTC, clientOrderId: 'q1a', conditional: false };

function everyRequest(adapter: ExecutionAdapter): readonly Promise<{ readonly type: string }>[] {
  return [
    adapter.prepare(),
    adapter.submit({ clientOrderId: 'q1a' as never, terms: {} as never }),
    adapter.cancel(REF),
    adapter.modify({ order: REF } as never),
    adapter.lookUpOrder(REF),
    adapter.openOrders(),
    adapter.openAlgoOrders(),
    adapter.trades(BTC, {}),
    adapter.positions(),
    adapter.balances(),
    adapter.openPrivateStream({ onEvent: () => undefined, onDown: () => undefined }),
  ];
}

it('lets nothing leave until the time that the venue named, and everything after it', async () => {
  const clock = new TestClock();
  const world = new World();
  const asked: string[] = [];
  const inner = new Proxy(world.context.adapter, {
    get: (adapter, name) => {
      const value = Reflect.get(adapter, name);
      if (typeof value !== 'function') return value;
      return () => {
        asked.push(String(name));
        return Promise.resolve(refused('X', 'x'));
      };
    },
  });
  const guard = new VenueGuard(clock);
  const adapter = guard.guard(inner);
  guard.banned(usTime(clock.wallUs() + 5_000_000));
  guard.banned(usTime(clock.wallUs() + 2_000_000));
  expect(adapter.quietUntilTs).toBe(clock.wallUs() + 5_000_000);
  const answers = await Promise.all(everyRequest(adapter));

  expect(asked).toEqual([]);
  expect(answers.map(({ type }) => type)).toEqual([
    ...['refused', 'refused', 'refused', 'refused'],
    ...['failed', 'failed', 'failed', 'failed', 'failed', 'failed'],
    'refused',
  ]);
  expect(answers).toContainEqual({ type: 'refused', retry: true, reason: { code: 'VENUE_BAN', text: expect.stringContaining('5 s') } });
  await clock.advance(5_000);
  await Promise.all(everyRequest(adapter));
  expect(asked).toHaveLength(11);
  expect(adapter.quietUntilTs).toBeUndefined();
});

it('holds back every order of a batch, as one outcome of all', async () => {
  const clock = new TestClock();
  const handed: number[] = [];
  const outcome = refused('X', 'x');
  const batches: OrderBatches = {
    most: 5,
    isOpen: true,
    submit: (orders) => {
      handed.push(orders.length);
      return orders.map(() => ({ outcome: Promise.resolve(outcome), isCompanion: false }));
    },
  };
  const guard = new VenueGuard(clock);
  const adapter = guard.guard({ ...new World().context.adapter, batches });
  const three = ['q1a', 'q1b', 'q1c'].map((id) => ({ request: { clientOrderId: id as never, terms: {} as never } }));
  guard.banned(usTime(clock.wallUs() + 5_000_000));
  const submit = () => Promise.all((adapter.batches?.submit(three) ?? []).map((one) => one.outcome));
  const held = await submit();
  expect(held).toHaveLength(3);
  expect(new Set(held).size).toBe(1);
  expect(held[0]).toMatchObject({ type: 'refused', retry: true, reason: { code: 'VENUE_BAN' } });
  expect(handed).toEqual([]);

  await clock.advance(5_000);
  expect(await submit()).toEqual([outcome, outcome, outcome]);
  expect([handed, adapter.batches?.most, adapter.batches?.isOpen]).toEqual([[3], 5, true]);
});

it('holds back the dead man’s switch and questions for the time as well, and offers them only where the venue does', async () => {
  const clock = new TestClock();
  const world = new World();
  expect(new VenueGuard(clock).guard(world.context.adapter)).not.toHaveProperty('cancelAllAfter');
  const asked: string[] = [];
  const guard = new VenueGuard(clock);
  const adapter = guard.guard({
    ...world.context.adapter,
    venueClock: { offsetMs: 3, errorMs: 1, roundTripMs: 2, ageMs: 0 },
    cancelAllAfter: (instrument, countdownMs) => {
      asked.push(`${instrument} ${countdownMs}`);
      return Promise.resolve(confirmed(undefined));
    },
    sampleClock: () => {
      asked.push('time');
      return Promise.resolve(true);
    },
  });
  expect(adapter.venueClock?.offsetMs).toBe(3);
  guard.banned(usTime(clock.wallUs() + 5_000_000));
  expect([(await adapter.cancelAllAfter?.(BTC, 60_000))?.type, await adapter.sampleClock?.()]).toEqual(['refused', false]);
  expect(asked).toEqual([]);
  await clock.advance(5_000);
  expect([(await adapter.cancelAllAfter?.(BTC, 60_000))?.type, await adapter.sampleClock?.()]).toEqual(['confirmed', true]);
});
