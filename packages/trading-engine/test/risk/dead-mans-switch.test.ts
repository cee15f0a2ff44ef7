import { confirmed, type Outcome } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { NO_ANSWER, Watching } from './_watching.ts';

const WIND = 'BTCUSDT-PERP.BINANCE 60000';
const OFF = 'BTCUSDT-PERP.BINANCE 0';
const ID = 'q1tkr3x01';

function watching(): Watching {
  return new Watching({ deadManCountdownMs: 60_000, deadManRefreshMs: 15_000 });
}

/** The order is cancelled, and the exchange says so. */
async function ends({ world }: Watching): Promise<void> {
  world.cancel(ID);
  await world.lastCall('cancel').answer(confirmed(world.report(ID, { phase: 'canceled' })));
}

describe("the dead man's switch", () => {
  it('is left alone where no order of ours is, and where it is off', async () => {
    const idle = watching();
    await idle.seconds(40);
    expect(idle.countdowns).toEqual([]);

    const off = new Watching({});
    await off.world.open(ID);
    await off.seconds(40);
    expect(off.countdowns).toEqual([]);
  });

  it('is wound up within a second of the first order, and again and again by the loop while that lives', async () => {
    const desk = watching();
    await desk.world.open(ID);
    await desk.seconds(1);
    expect(desk.countdowns).toEqual([WIND]);
    await desk.seconds(45);

    expect(desk.countdowns).toEqual([WIND, WIND, WIND, WIND]);
    expect(desk.gauges.get('fillwright_engine_dead_man_wound')).toBe(1);
  });

  it('is not wound up any more by a loop that stands still', async () => {
    const desk = watching();
    await desk.world.open(ID);
    await desk.seconds(1);
    await desk.world.clock.advance(600_000);
    expect(desk.countdowns).toEqual([WIND]);
  });

  it('is taken back when no order of ours is left, before it could strike others', async () => {
    const desk = watching();
    await desk.world.open(ID);
    await desk.seconds(1);
    await ends(desk);
    expect(desk.world.order(ID).state).toBe('closed');
    await desk.seconds(16);
    expect(desk.countdowns).toEqual([WIND, OFF]);
    await desk.seconds(60);
    expect(desk.countdowns).toEqual([WIND, OFF]);
  });

  it('tries again with growing pauses while the venue does not confirm, and alarms when the countdown has run out meanwhile', async () => {
    const desk = watching();
    await desk.world.open(ID);
    await desk.seconds(1);
    desk.verdict = NO_ANSWER;
    await desk.seconds(40);
    const tries = desk.countdowns.length - 1;
    expect(tries).toBeGreaterThan(2);
    expect(tries).toBeLessThan(8);
    expect(desk.gauges.get('fillwright_engine_dead_man_late')).toBe(0);
    await desk.seconds(30);
    expect(desk.watches.facts).toMatchObject({ deadMan: { late: ['BTCUSDT-PERP.BINANCE'] } });

    desk.verdict = confirmed(undefined);
    await desk.seconds(20);
    expect(desk.watches.facts).toMatchObject({ deadMan: { wound: ['BTCUSDT-PERP.BINANCE'], late: [] } });
  });

  it.each([
    ['is never answered', 'never' as const],
    ['is never confirmed, not even the first', NO_ANSWER],
  ])('alarms when a word to the venue %s', async (_how, verdict) => {
    const desk = watching();
    desk.verdict = verdict;
    await desk.world.open(ID);
    await desk.seconds(58);
    expect(desk.watches.facts).toMatchObject({ deadMan: { wound: [], late: [] } });
    await desk.seconds(4);
    expect(desk.watches.facts).toMatchObject({ deadMan: { wound: [], late: ['BTCUSDT-PERP.BINANCE'] } });
  });

  it('is taken back where an engine before left it and only a position is left', async () => {
    const desk = watching();
    desk.world.context.records.strayFill(desk.world.fill(1, '1'), 'EXTERNAL');
    await desk.seconds(40);
    expect(desk.countdowns).toEqual([OFF]);
  });

  it('is taken back by an orderly stop, and left to strike where an order of ours stays', async () => {
    const clean = watching();
    await clean.world.open(ID);
    await clean.seconds(1);
    await ends(clean);
    await clean.watches.release();
    expect(clean.countdowns).toEqual([WIND, OFF]);

    const left = watching();
    await left.world.open(ID);
    await left.seconds(1);
    await left.watches.release();
    await left.seconds(20);
    expect(left.countdowns).toEqual([WIND]);
  });

  it.each([
    ['confirmed', confirmed(undefined)],
    ['not answered, so it may be wound', NO_ANSWER],
  ] as const)('is taken back also when a stop begins while it is being wound up, which is then %s', async (_, verdict) => {
    const desk = watching();
    await desk.world.open(ID);
    const { promise, resolve } = Promise.withResolvers<typeof verdict>();
    desk.verdict = promise;
    await desk.seconds(1);
    desk.verdict = confirmed(undefined);
    await ends(desk);
    const released = desk.watches.release();
    expect(desk.countdowns).toEqual([WIND]);
    resolve(verdict);
    await released;
    expect(desk.countdowns).toEqual([WIND, OFF]);
  });

  it('is wound up again by a stop that leaves an order behind while it is being taken back', async () => {
    const desk = watching();
    await desk.world.open(ID);
    await desk.seconds(1);
    await ends(desk);
    const { promise, resolve } = Promise.withResolvers<Outcome<undefined>>();
    desk.verdict = promise;
    await desk.seconds(15);
    expect(desk.countdowns).toEqual([WIND, OFF]);
    desk.verdict = confirmed(undefined);
    await desk.world.open('q1tkr3x02');
    let isReleased = false;
    const released = desk.watches.release().then(() => {
      isReleased = true;
    });
    await desk.world.clock.advance(100);
    expect(isReleased).toBe(false);
    resolve(confirmed(undefined));
    await released;

    expect(desk.countdowns).toEqual([WIND, OFF, WIND]);
  });

  it('does not hold up a stop when the venue is silent', async () => {
    const desk = watching();
    await desk.world.open(ID);
    await desk.seconds(1);
    await ends(desk);
    desk.verdict = 'never';
    const released = desk.watches.release();
    await desk.world.clock.advance(1_000);
    await expect(released).resolves.toBeUndefined();
  });
});
