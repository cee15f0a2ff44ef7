import { decimal, usTime } from '@fillwright/domain';
import { setSendValidation } from '@fillwright/messages';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { TradingEngine } from '../../src/mod.ts';
import { NO_WATCHES } from '../../src/risk/watch-options.ts';
import { BTC, engineOptions } from '../_world.ts';
import { Desk, type Reply } from './_desk.ts';

beforeAll(() => setSendValidation(true));

const ID = 'q1tkr3x01';
const OTHER = 'q1tkr3x02';
const LOCAL = {
  orderEvents: 'tcp://0.0.0.0:6002',
  tradeEvents: 'tcp://0.0.0.0:6017',
  orderStatus: 'tcp://0.0.0.0:6018',
  service: 'tcp://0.0.0.0:8002',
  traders: [],
  positionServer: [],
  market: [],
};

async function ready(options: ConstructorParameters<typeof Desk>[0] = {}): Promise<Desk> {
  const desk = new Desk(options);
  await desk.ready();
  return desk;
}

function replayed(reply: Reply) {
  if (reply.type !== 'service.replay') throw new Error(`expected a replay, got ${reply.type}`);
  return reply.data;
}

describe('an engine', () => {
  it('takes an order, tells its story in order, and answers every copy', async () => {
    const desk = await ready();
    await desk.place(ID);
    await desk.place(ID);
    await desk.venueDoes((venue, now) => venue.fill(ID, '1', now));

    expect(desk.verdicts(ID)).toEqual(['accepted', 'known']);
    expect(desk.changes(ID)).toEqual(['initialized', 'sending', 'accepted', 'filled']);
    expect(desk.of('account.fill')).toMatchObject([{ data: { fill: { owner: 'q1', strategy: 's', qty: '1' } } }]);
    expect(desk.venue.orders).toHaveLength(1);
  });

  it('gives positions that never go back, and sequence numbers without a hole', async () => {
    const desk = await ready();
    for (let number = 1; number <= 5; number += 1) await desk.place(`q1tkr3x0${number}`);
    const events = desk.of('order.event');

    expect(events.map(({ seq }) => seq)).toEqual(events.map(({ seq }) => seq).sort((a, b) => a - b));
    expect(events.every(({ pos = 0 }, at) => at === 0 || pos > (events[at - 1]?.pos ?? 0))).toBe(true);
  });

  it('is not ready before positions were compared, and takes over what the account held', async () => {
    const desk = new Desk();
    desk.venue.positions = [{ instrument: BTC, qty: decimal('5'), entryPrice: decimal('90'), venueTs: usTime(1) }];
    await desk.run(300);
    await desk.place(ID);
    expect(desk.verdicts(ID)).toEqual(['denied POSITIONS_IN_DOUBT']);
    expect(desk.running().health()).toMatchObject({ ready: false, state: 'degraded' });
    await desk.ready();
    await desk.place(OTHER);

    expect(desk.verdicts(OTHER)).toEqual(['accepted']);
    expect(await desk.ask('service.query-account', {})).toMatchObject({ data: { positions: [{ qty: '5', entryPrice: '90' }] } });
  });

  it('denies while it is not in sync, and says why it is not ready', async () => {
    const desk = await ready();
    await desk.venueDoes((venue) => venue.cut());
    await desk.place(ID);

    expect(desk.verdicts(ID)).toEqual(['denied SYNCING']);
    expect(desk.running().health()).toMatchObject({ ready: false, state: 'syncing' });
    desk.venue.isSilent = false;
    await desk.ready();
    await desk.place(OTHER);
    expect(desk.verdicts(OTHER)).toEqual(['accepted']);
  });

  it('looks at the whole account after three outcomes in a row that stayed unknown', async () => {
    const desk = await ready();
    desk.venue.isSilent = true;
    for (const number of [1, 2, 3]) await desk.place(`q1tkr3x0${number}`);
    await desk.run(1_000);
    expect(desk.running().health().state).not.toBe('ready');
    desk.venue.isSilent = false;
    await desk.world.runUntil(() => desk.running().health().ready, 'ready again');
    await desk.run(20_000);

    expect(await desk.ask('service.query-account', {})).toMatchObject({ data: { orders: [], unknownOrders: 0 } });
    expect(desk.venue.orders).toEqual([]);
  });
});

describe('operators', () => {
  it('pause, resume, reduce and halt; it lasts over a restart, and cancels pass', async () => {
    const desk = await ready();
    await desk.place(ID);
    expect(await desk.control('halt')).toMatchObject({ type: 'service.ok', data: { text: 'mode is halted' } });
    desk.engine.kill();
    desk.engine.restart();
    await desk.run(3_000);
    await desk.place(OTHER);
    await desk.cancel(ID);

    expect(desk.verdicts(OTHER)).toEqual(['denied HALTED']);
    expect(desk.venue.live()).toEqual([]);
    await desk.control('resume');
    await desk.place('q1tkr3x03');
    expect(desk.verdicts('q1tkr3x03')).toEqual(['accepted']);
  });

  it('cancel one owner’s orders or all of ours, never those made by hand', async () => {
    const desk = await ready();
    await desk.place(ID);
    await desk.venueDoes((venue) => venue.byHand('web_1'));

    expect(await desk.control('cancel-mine')).toMatchObject({ type: 'refused', data: { code: 'ENG_OWNER_MISSING' } });
    expect(await desk.control('cancel-mine', { owner: 'zz' })).toMatchObject({ data: { count: 0 } });
    expect(await desk.control('cancel-all')).toMatchObject({ data: { count: 1 } });
    expect(desk.venue.live()).toEqual(['web_1']);
  });
});

describe('a crash', () => {
  it('between the write and the answer leaves one order at the venue, found at the next start', async () => {
    const desk = await ready();
    desk.venue.onSubmit = () => {
      // The bytes are on their way; the process is not there to hear what became of them.
      desk.venue.onSubmit = () => undefined;
      desk.venue.byHand(ID);
      desk.engine.kill();
    };
    await desk.place(ID);
    desk.engine.restart();
    await desk.ready();
    await desk.run(2_000);

    expect(desk.venue.orders.map(({ clientOrderId }) => clientOrderId)).toEqual([ID]);
    expect(await desk.ask('service.query-order', { clientOrderId: ID as never })).toMatchObject({
      data: { order: { phase: 'new', owner: 'q1' } },
    });
  });

  it('with the power gone in the moment of the write forgets nothing under JOURNAL_SYNC=full', async () => {
    const desk = await ready({ journalSync: 'full' });
    const machine = desk.engine.machine;
    desk.venue.onSubmit = () => {
      desk.venue.onSubmit = () => undefined;
      desk.world.cutPower(machine);
    };
    await desk.place(ID);
    desk.world.restorePower(machine);
    desk.engine.restart();
    // Links to a machine that fell silent are noticed late.
    await desk.run(20_000);
    const asked = await desk.ask('service.query-order', { clientOrderId: ID as never });

    expect(asked).toMatchObject({ data: { order: { clientOrderId: ID } } });
    expect(asked).not.toMatchObject({ data: { order: { phase: 'denied' } } });
  });

  it('denies what was never sent, and every copy of it later', async () => {
    const desk = await ready({ orders: { perSecond: 1, inFlight: 1, queueBound: 10, retries: 0 } });
    await desk.place(ID);
    await desk.place(OTHER);
    expect(desk.verdicts(OTHER)).toEqual(['accepted']);
    desk.engine.kill();
    desk.engine.restart();
    await desk.ready();
    await desk.place(OTHER);

    expect(desk.verdicts(OTHER)).toEqual(['accepted', 'known']);
    expect(desk.venue.orders.map(({ clientOrderId }) => clientOrderId)).toEqual([ID]);
  });
});

describe('a journal that cannot be written', () => {
  const fill = (desk: Desk) => {
    desk.engine.machine.disk('engine').capacityBytes = 0;
  };

  it('tells nothing of an order whose records a power cut could take back', async () => {
    const desk = await ready({ journalSync: 'full' });
    const disk = desk.engine.machine.disk('engine');
    disk.faults = { before: ({ name }) => (name === 'sync' ? { error: 'failed' } : undefined) };
    await desk.place(ID);
    await desk.place(ID);
    await desk.place(OTHER);
    await desk.run(100);

    expect(desk.running().health()).toMatchObject({ state: 'halted' });
    expect(desk.verdicts(ID)).toEqual([]);
    expect(desk.verdicts(OTHER)).toEqual(['denied JOURNAL_FAILED']);
    expect(desk.venue.orders).toEqual([]);
  });

  it('lets nothing new pass, and cancels straight through', async () => {
    const desk = await ready();
    await desk.place(ID);
    fill(desk);
    await desk.place(OTHER);
    await desk.place('q1tkr3x03');
    await desk.cancel(ID);
    await desk.run(100);

    expect(desk.verdicts('q1tkr3x03')).toEqual(['denied JOURNAL_FAILED']);
    expect(desk.venue.orders.map(({ clientOrderId }) => clientOrderId)).toEqual([ID]);
    expect(desk.venue.live()).toEqual([]);
    expect(desk.broken).toEqual([]);
    expect(desk.running().health()).toMatchObject({ ready: false, state: 'halted', reasons: [expect.stringContaining('disk full')] });
    expect(await desk.control('pause')).toMatchObject({ type: 'refused' });
  });

  it('ends the process when the disk takes records again; the restart learns what became of the cancels', async () => {
    const desk = await ready();
    await desk.place(ID);
    fill(desk);
    await desk.place(OTHER);
    expect(await desk.control('cancel-all')).toMatchObject({ type: 'service.ok', data: { count: 1 } });
    await desk.run(5_000);
    expect(desk.broken).toEqual([]);
    desk.engine.machine.disk('engine').capacityBytes = Number.POSITIVE_INFINITY;
    await desk.run(2_000);
    expect(desk.broken).toHaveLength(1);
    desk.engine.kill();
    desk.engine.restart();
    await desk.ready();

    expect(await desk.ask('service.query-order', { clientOrderId: ID as never })).toMatchObject({ data: { order: { phase: 'canceled' } } });
    expect(await desk.ask('service.query-order', { clientOrderId: OTHER as never })).toMatchObject({ data: {} });
  });

  it('does not keep a stop from cancelling', async () => {
    const desk = await ready();
    await desk.place(ID);
    fill(desk);
    await desk.place(OTHER);
    const stopped = desk.running().stop('test');
    await desk.run(500);

    expect(await stopped).toEqual({ clean: false, left: [] });
    expect(desk.venue.live()).toEqual([]);
  });

  it('found only by the stop itself does not keep it from waiting for the cancels', async () => {
    const desk = await ready();
    await desk.place(ID);
    fill(desk);
    const stopped = desk.running().stop('test');
    await desk.run(500);

    expect(await stopped).toEqual({ clean: false, left: [] });
    expect(desk.venue.live()).toEqual([]);
    expect(desk.venue.cancels).toEqual([ID]);
  });
});

describe('stopping', () => {
  it('cancels its own orders and leaves those made by hand', async () => {
    const desk = await ready();
    await desk.place(ID);
    await desk.venueDoes((venue) => venue.byHand('web_1'));
    const engine = desk.running();
    const stopped = engine.stop('test');
    await desk.run(500);

    expect(await stopped).toEqual({ clean: true, left: [] });
    expect(await engine.stop('again')).toEqual({ clean: true, left: [] });
    expect(desk.venue.live()).toEqual(['web_1']);
    expect(desk.of('engine.state').at(-1)).toMatchObject({ data: { state: 'stopping' } });
  });

  it("takes the dead man's switch back behind its orders", async () => {
    const desk = await ready({ watches: { ...NO_WATCHES, deadManCountdownMs: 60_000, deadManRefreshMs: 15_000 } });
    await desk.place(ID);
    await desk.run(1_500);
    expect(desk.venue.countdowns).toEqual([60_000]);
    const stopped = desk.running().stop('test');
    await desk.run(500);

    expect(await stopped).toEqual({ clean: true, left: [] });
    expect(desk.venue.countdowns).toEqual([60_000, 0]);
  });

  it('while the venue does not answer ends in time and says what is left', async () => {
    const desk = await ready();
    await desk.place(ID);
    await desk.venueDoes((venue) => venue.cut());
    const stopped = desk.running().stop('test');
    await desk.run(1_500);

    expect(await stopped).toEqual({ clean: false, left: [expect.stringContaining(ID)] });
  });

  it.each([
    ['before it is born', 0],
    ['while it starts', 10],
    ['while the venue is being asked', 12],
    ['while the account is read', 18],
  ])('%s is clean', async (_when, ms) => {
    const desk = new Desk();
    await desk.run(ms);
    const engine = desk.engine.service;
    const stopped = engine?.stop('test');
    await desk.run(3_000);

    expect(await stopped).toEqual(engine && { clean: true, left: [] });
    expect(engine?.health().state).toBe(engine && 'stopping');
    expect(desk.broken).toEqual([]);
  });

  it.each([
    ['in the turn in which it starts', (engine: TradingEngine) => [engine.start(), engine.stop('test')]],
    ['before it starts', (engine: TradingEngine) => [engine.stop('test'), engine.start()]],
  ])('%s ends it: the venue is not asked', async (_when, begin) => {
    const desk = new Desk();
    const asked: string[] = [];
    let engine: TradingEngine | undefined;
    desk.world.spawn('other/engine-2', (ports) => {
      const adapter = desk.venue.adapter(ports.clock);
      const prepare = () => {
        asked.push('prepare');
        return adapter.prepare();
      };
      const made = new TradingEngine(ports, { ...engineOptions(), endpoints: LOCAL }, { ...adapter, prepare });
      engine = made;
      return { start: () => Promise.all(begin(made)) };
    });
    await desk.run(3_000);

    expect(asked).toEqual([]);
    expect(engine?.health().ready).toBe(false);
  });

  it('while the venue was never reached is clean', async () => {
    const desk = new Desk();
    desk.venue.isSilent = true;
    await desk.run(5_000);
    expect(desk.running().health()).toMatchObject({ state: 'starting', reasons: ['the venue has not let us in yet: NO_ANSWER: timeout'] });
    const stopped = desk.running().stop('test');
    await desk.run(500);

    expect(await stopped).toEqual({ clean: true, left: [] });
  });
});

describe('the replay of its journal', () => {
  const TOPIC = 'order.BINANCE.main.';

  it('gives in pages what was published, whole, in its order, and says when that is all', async () => {
    const desk = await ready();
    for (const number of [1, 2, 3]) await desk.place(`q1tkr3x0${number}`);
    await desk.venueDoes((venue, now) => venue.fill(ID, '1', now));
    const published = desk.of('order.event').map(({ pos, data }) => ({ pos, data }));
    const pages: unknown[][] = [];
    let next = 1;
    for (let complete = false; !complete; ) {
      const page = replayed(await desk.ask('service.replay-request', { topic: TOPIC, fromPos: next, limit: 4 }));
      pages.push(page.messages);
      ({ next, complete } = page);
    }

    expect(pages.length).toBeGreaterThan(2);
    expect(pages.every((page) => page.length <= 4)).toBe(true);
    expect(pages.flat()).toMatchObject(published);
  });

  it('starts wherever it is asked to, on each of its topics', async () => {
    const desk = await ready();
    await desk.place(ID);
    await desk.venueDoes((venue, now) => venue.fill(ID, '1', now));
    const [fill] = desk.of('account.fill');
    const pos = fill?.pos ?? 0;
    const from = async (topic: string, fromPos: number) =>
      replayed(await desk.ask('service.replay-request', { topic, fromPos, limit: 500 })).messages;

    expect(await from('account.BINANCE.main.', pos)).toMatchObject([{ pos, type: 'account.fill' }]);
    expect(await from('account.BINANCE.main.', pos + 1)).toEqual([]);
    expect(await from('status.BINANCE.main.', pos)).toMatchObject([{ pos, type: 'order.status', data: { order: { phase: 'filled' } } }]);
  });

  it('says so when it is asked for what it never had', async () => {
    const desk = await ready();
    const { lastPos = 0 } = desk.of('heartbeat').at(-1)?.data ?? {};

    expect(replayed(await desk.ask('service.replay-request', { topic: TOPIC, fromPos: lastPos + 50, limit: 5 }))).toMatchObject({
      tooOld: true,
    });
    expect(await desk.ask('service.replay-request', { topic: 'engine.BINANCE.main.', fromPos: 1, limit: 5 })).toMatchObject({
      type: 'refused',
    });
  });
});
