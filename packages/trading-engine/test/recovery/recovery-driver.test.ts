import { decimal, usTime } from '@fillwright/domain';
import { confirmed, type OrderReport, unknown, type VenueEvent } from '@fillwright/venue';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { BTC, type FakeStream, World } from '../_world.ts';

const ID = 'q1tkr3x01';

let world: World;
let ups: number;
let downs: string[];

beforeEach(() => {
  world = new World();
  ups = 0;
  downs = [];
  world.recovery.onUp = () => {
    ups += 1;
  };
  world.recovery.onDown = (reason) => downs.push(reason);
});

function trigger(reason = 'start'): void {
  world.context.inputs.run(() => world.recovery.trigger(reason));
}

function stream(at = -1): FakeStream {
  const found = world.streams.at(at);
  if (!found) throw new Error('no stream was asked for');
  return found;
}

async function opened(): Promise<void> {
  await world.lastCall('openPrivateStream').answer(confirmed(stream()));
}

async function lists(orders: readonly OrderReport[] = []): Promise<void> {
  await world.answer('openOrders', orders);
  await world.answer('openAlgoOrders', []);
  await world.answer('balances', []);
  await world.answer('positions', []);
}

/** Everything answered; nothing there but `orders`. */
async function recovered(orders: readonly OrderReport[] = []): Promise<void> {
  await opened();
  await lists(orders);
  while (world.count('trades') > world.tradesAnswered) await world.answerTrades([]);
}

async function up(): Promise<void> {
  trigger();
  await recovered();
  expect(world.recovery.up).toBe(true);
}

const filledEvent = (tradeId: number, filled: string): VenueEvent => ({
  type: 'order',
  report: world.report(ID, {
    phase: filled === '1' ? 'filled' : 'partially-filled',
    filledQty: decimal(filled),
    fill: world.fill(tradeId, '0.5', { venueOrderId: world.order(ID).venueOrderId as never }),
    source: 'stream',
  }),
});

describe('bringing the private stream up', () => {
  it('opens the stream before it asks for anything, and asks only once it is open', async () => {
    trigger();
    expect(world.calls.map(({ name }) => name)).toEqual(['openPrivateStream']);
    await opened();

    expect(world.calls.map(({ name }) => name)).toEqual(['openPrivateStream', 'openOrders', 'openAlgoOrders', 'balances', 'positions']);
    expect(world.recovery.up).toBe(false);
  });

  it('is up when all was answered, and leaves a summary in the journal', async () => {
    trigger();
    await recovered();

    expect(ups).toBe(1);
    expect(world.recordsOf('recovery')).toMatchObject([{ summary: { complete: true, applied: 0, dropped: 0 } }]);
  });

  it('holds events back until the account was read, then takes them in their order, each trade once', async () => {
    await world.open(ID);
    trigger();
    await opened();
    await stream().say(filledEvent(1, '0.5'));
    await stream().say(filledEvent(2, '1'));
    expect(world.order(ID).filledQty.toString()).toBe('0');
    await lists([world.report(ID, { phase: 'partially-filled', filledQty: decimal('0.5'), source: 'query' })]);
    const { venueOrderId } = world.order(ID);
    await world.answerTrades([world.fill(1, '0.5', { venueOrderId: venueOrderId as never })]);

    expect(world.order(ID)).toMatchObject({ phase: 'filled' });
    expect(world.qty()).toBe('1');
    expect(world.changes(ID).filter((change) => change === 'filled')).toHaveLength(2);
  });

  it('lets events through at once from then on', async () => {
    await world.open(ID);
    trigger();
    await recovered([world.report(ID, { source: 'query' })]);
    await stream().say(filledEvent(1, '0.5'));

    expect(world.order(ID).filledQty.toString()).toBe('0.5');
  });

  it('looks up every live order that the lists lack, and does not take silence for an end', async () => {
    await world.open(ID);
    const missing: string[] = [];
    world.recovery.onMissing = ({ clientOrderId }) => missing.push(clientOrderId);
    trigger();
    await opened();
    await lists([]);
    await world.lastCall('lookUpOrder').answer({ type: 'absent' });
    await world.answerTrades([]);

    expect(world.order(ID).phase).toBe('new');
    expect(missing).toEqual([ID]);
    expect(world.recovery.up).toBe(true);
  });

  it('takes an answer to an order that was on its way during the snapshot, whichever comes first', async () => {
    world.place(ID);
    trigger();
    await opened();
    await world.lastCall('submit').answer(confirmed(world.report(ID, { venueTs: usTime(world.clock.wallUs() + 1) })));
    await lists([]);
    await world.lastCall('lookUpOrder').answer({ type: 'absent' });
    await world.answerTrades([]);

    expect(world.order(ID)).toMatchObject({ state: 'open', phase: 'new' });
    expect(world.broken).toEqual([]);
  });

  it('finds whose a trade is that happened while nobody listened', async () => {
    world.place(ID);
    await world.lastCall('submit').answer(unknown('CUT', 'connection lost'));
    trigger();
    await opened();
    await lists([]);
    const report = world.report(ID, { phase: 'filled', filledQty: decimal('1'), source: 'query' });
    await world.answer('lookUpOrder', report);
    await world.answerTrades([world.fill(1, '1', { venueOrderId: report.venueOrderId as never })]);

    expect(world.order(ID).phase).toBe('filled');
    expect(world.recordsOf('stray-fill')).toEqual([]);
    expect(world.missing.isHunting(BTC)).toBe(false);
  });
});

describe('an attempt that fails', () => {
  it.each(['openOrders', 'openAlgoOrders', 'balances', 'positions'] as const)(
    'because %s got no answer is incomplete and tried again',
    async (part) => {
      await world.open(ID);
      trigger();
      await opened();
      for (const name of ['openOrders', 'openAlgoOrders', 'balances', 'positions'] as const) {
        if (name === part) await world.fail(name);
        else await world.answer(name, []);
      }

      expect(world.recovery).toMatchObject({ up: false, failures: 1 });
      expect(stream().closed).toBe(true);
      expect(world.order(ID).phase).toBe('new');
      expect(world.recordsOf('recovery')).toMatchObject([{ summary: { complete: false } }]);
      await world.clock.advance(1_000);
      expect(world.streams).toHaveLength(2);
      await recovered([world.report(ID, { source: 'query' })]);
      expect(world.recovery).toMatchObject({ up: true, failures: 0 });
    },
  );

  it('waits longer each time, up to half a minute, for ever', async () => {
    trigger();
    const pauses: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      await world.lastCall('openPrivateStream').answer(unknown('STREAM_NOT_OPEN', 'refused'));
      const startUs = world.clock.monotonicUs();
      const tries = world.streams.length;
      while (world.streams.length === tries) await world.clock.advance(250);
      pauses.push((world.clock.monotonicUs() - startUs) / 1000);
    }

    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
  });

  it('because the venue told us to be quiet comes again when that is over, not when the longer pause is', async () => {
    trigger();
    for (let round = 0; round < 5; round += 1) {
      await world.lastCall('openPrivateStream').answer(unknown('STREAM_NOT_OPEN', 'refused'));
      await world.clock.advance(30_000);
    }
    const tries = world.streams.length;
    Object.assign(world.context.adapter, { quietUntilTs: usTime(world.clock.wallUs() + 7_000_000) });
    await world.lastCall('openPrivateStream').answer(unknown('STREAM_NOT_OPEN', 'quiet'));
    await world.clock.advance(7_000);
    expect(world.streams).toHaveLength(tries);
    await world.clock.advance(1);
    expect(world.streams).toHaveLength(tries + 1);
  });

  it('because more came than the buffer holds believes nothing of it', async () => {
    await world.open(ID);
    trigger();
    await opened();
    for (let round = 0; round <= world.context.options.streamBuffer; round += 1)
      await stream().say({ type: 'trade-hint', clientOrderId: ID, instrument: BTC });
    await lists([world.report(ID, { source: 'query' })]);
    await world.answerTrades([]);

    expect(world.recovery).toMatchObject({ up: false, failures: 1 });
    expect(stream().closed).toBe(true);
  });

  it('because the stream was lost while the account was read is not taken for recovered', async () => {
    trigger();
    await opened();
    await stream().drop();
    await lists();

    expect(world.recovery).toMatchObject({ up: false, failures: 1 });
  });
});

describe('doubts', () => {
  it('while it is being recovered merge into one more round', async () => {
    trigger();
    trigger('a');
    await opened();
    trigger('b');
    await lists();
    expect(world.recovery.up).toBe(false);
    await world.clock.advance(1_000);
    expect(world.streams).toHaveLength(2);
    await recovered();

    expect(world.recovery.up).toBe(true);
    expect([world.streams.length, ups]).toEqual([2, 1]);
  });

  it('that come back with every attempt do not become a storm of questions', async () => {
    world.reports.onUnreadable = (text) => world.recovery.trigger(text);
    trigger();
    for (let round = 0; round < 4; round += 1) {
      await opened();
      await stream().say({ type: 'unreadable', text: 'new schema' });
      const tries = world.streams.length;
      await lists();
      await world.clock.advance(999);
      expect(world.streams).toHaveLength(tries);
      await world.clock.advance(1);
    }

    expect(world.streams).toHaveLength(5);
  });

  it('about a stream that is up take it down for orders at once, and the old one lives until the new one is there', async () => {
    await up();
    const old = stream();
    trigger('silence');
    expect([world.recovery.up, downs, old.closed]).toEqual([false, ['silence'], false]);
    await world.clock.advance(1_000);
    await recovered();

    expect([world.recovery.up, old.closed, stream().closed]).toEqual([true, true, false]);
  });

  it('start with the end of the stream, and not with the end of one that was replaced', async () => {
    await up();
    const old = stream();
    await old.drop('24 hours');
    expect(downs).toEqual(['stream down: 24 hours']);
    await world.clock.advance(1_000);
    await recovered();
    old.closed = false;
    await old.drop('late');

    expect(world.recovery.up).toBe(true);
    expect(downs).toHaveLength(1);
  });

  it('keep the events of the old stream flowing, and those of both are taken once', async () => {
    await world.open(ID);
    trigger();
    await recovered([world.report(ID, { source: 'query' })]);
    const old = stream();
    trigger('silence');
    await world.clock.advance(1_000);
    await opened();
    const event = filledEvent(1, '0.5');
    await old.say(event);
    await stream().say(event);
    expect(world.qty()).toBe('0.5');
    await lists([world.report(ID, { phase: 'partially-filled', filledQty: decimal('0.5'), source: 'query' })]);
    await world.answerTrades([]);

    expect(world.qty()).toBe('0.5');
    expect(world.recovery.up).toBe(true);
  });
});

describe('stopping', () => {
  const phases: readonly (readonly [string, () => Promise<void>])[] = [
    ['before anything', async () => undefined],
    ['while the stream opens', async () => trigger()],
    [
      'while the account is read',
      async () => {
        trigger();
        await opened();
      },
    ],
    ['when it is up', up],
    [
      'while it waits to try again',
      async () => {
        trigger();
        stream().wasRefused = true;
        await world.lastCall('openPrivateStream').answer(unknown('STREAM_NOT_OPEN', 'refused'));
      },
    ],
  ];

  it.each(phases)('%s closes every stream and asks nothing more', async (_when, reach) => {
    await reach();
    world.recovery.stop();
    const calls = world.calls.length;
    trigger('late');
    // What was asked before may still be answered.
    if (calls === 1) await opened();
    else if (calls > 1) await lists();
    await world.clock.advance(60_000);

    expect(world.streams.filter(({ wasRefused }) => !wasRefused).every(({ closed }) => closed)).toBe(true);
    expect(world.calls).toHaveLength(calls);
    expect([world.recovery.up, world.broken]).toEqual([false, []]);
  });
});
