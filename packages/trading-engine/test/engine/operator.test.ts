import { decimal, parseInstrumentId, usTime } from '@fillwright/domain';
import { setSendValidation } from '@fillwright/messages';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { BTC, INSTRUMENT } from '../_world.ts';
import { Desk, type Reply } from './_desk.ts';

beforeAll(() => setSendValidation(true));

const ID = 'q1tkr3x01';
const OTHER = 'q1tkr3x02';
const NEW = parseInstrumentId('NEWUSDT-PERP.BINANCE');

async function ready(options: ConstructorParameters<typeof Desk>[0] = {}): Promise<Desk> {
  const desk = new Desk(options);
  await desk.ready();
  return desk;
}

/** A desk that holds `qty`. */
async function holding(qty: string, options: ConstructorParameters<typeof Desk>[0] = {}): Promise<Desk> {
  const desk = new Desk(options);
  desk.venue.fillsMarketOrders = true;
  desk.venue.positions = [{ instrument: BTC, qty: decimal(qty), entryPrice: decimal('90'), venueTs: usTime(1) }];
  await desk.ready();
  return desk;
}

function marker(desk: Desk, text = 'fire drill'): void {
  desk.engine.machine.disk('engine').replace('HALT', new TextEncoder().encode(text));
}

describe('a halt marker in the data folder', () => {
  it('stops an order in its last look, and stays in force when the file goes and over restarts', async () => {
    const desk = await ready({ orders: { perSecond: 1, inFlight: 1, queueBound: 10, retries: 0 } });
    await desk.place(ID);
    await desk.place(OTHER);
    expect(desk.verdicts(OTHER)).toEqual(['accepted']);
    marker(desk);
    await desk.run(1_500);

    expect(desk.venue.orders.map(({ clientOrderId }) => clientOrderId)).toEqual([ID]);
    expect(desk.changes(OTHER).at(-1)).toBe('denied');
    desk.engine.machine.disk('engine').remove('HALT');
    desk.engine.kill();
    desk.engine.restart();
    await desk.run(3_000);
    await desk.place('q1tkr3x03');
    expect(desk.verdicts('q1tkr3x03')).toEqual(['denied HALTED']);
    expect(desk.running().health().reasons).toContainEqual(expect.stringContaining('fire drill'));
  });

  it('is seen by the very next order', async () => {
    const desk = await ready();
    const told = desk.of('engine.state').length;
    await desk.world.runUntil(() => desk.of('engine.state').length > told, 'the look of every second');
    marker(desk);
    await desk.place(ID);

    expect(desk.verdicts(ID)).toEqual(['denied HALTED']);
    expect(desk.of('engine.state').at(-1)).toMatchObject({ data: { mode: 'halted' } });
  });

  it('halts an engine that starts, lets cancels pass, and goes at an operator’s word', async () => {
    const desk = await ready();
    await desk.place(ID);
    desk.engine.kill();
    marker(desk);
    desk.engine.restart();
    await desk.run(100);
    expect(desk.running().health().state).toBe('halted');
    await desk.run(3_000);
    await desk.cancel(ID);
    expect(desk.venue.live()).toEqual([]);
    expect(await desk.control('resume')).toMatchObject({ type: 'service.ok' });
    await desk.place(OTHER);

    expect(desk.verdicts(OTHER)).toEqual(['accepted']);
    expect(desk.engine.machine.disk('engine').paths).not.toContain('HALT');
  });
});

describe('flatten', () => {
  it.each([
    ['long', '2.5', 'sell'],
    ['short', '-2.5', 'buy'],
  ])('cancels our orders and closes a %s position by a reduce-only order of the engine’s own', async (_what, qty, side) => {
    const desk = await holding(qty);
    await desk.place(ID);
    await desk.venueDoes((venue) => venue.byHand('web_1'));
    expect(await desk.control('flatten')).toMatchObject({ type: 'service.ok', data: { count: 1 } });
    const [order] = desk.venue.orders.filter(({ terms }) => terms.type === 'market');

    expect(order).toMatchObject({ terms: { side, qty: decimal('2.5'), reduceOnly: true } });
    expect(order?.clientOrderId).toMatch(/^FLAT/);
    expect(desk.changes(order?.clientOrderId ?? '')).toEqual(['initialized', 'sending', 'accepted', 'filled']);
    expect(desk.venue.live()).toEqual(['web_1']);
    expect(await desk.ask('service.query-account', {})).toMatchObject({ data: { positions: [] } });
  });

  it('says so when nothing is held, and when it is not allowed', async () => {
    const flat = await ready();
    expect(await flat.control('flatten')).toMatchObject({ data: { text: 'nothing is held', count: 0 } });
    const desk = await holding('1');
    await desk.control('halt');

    expect(await desk.control('flatten')).toMatchObject({ type: 'refused', data: { code: 'ENG_FLATTEN_DENIED' } });
    expect(desk.venue.orders).toEqual([]);
  });

  it('looks again at what filled meanwhile', async () => {
    const desk = await holding('1');
    await desk.place(ID);
    let isFirst = true;
    desk.venue.onSubmit = () => {
      if (isFirst) desk.venue.fill(ID, '1', desk.now());
      isFirst = false;
    };
    await desk.control('flatten');
    await desk.run(3_000);

    expect(desk.venue.orders.filter(({ terms }) => terms.type === 'market')).toHaveLength(2);
    expect(await desk.ask('service.query-account', {})).toMatchObject({ data: { positions: [] } });
  });

  it('takes slices where one order may not be that large', async () => {
    const desk = await holding('250');
    await desk.control('flatten');
    await desk.run(500);

    expect(desk.venue.orders.map(({ terms }) => terms.qty.toString())).toEqual(['100', '100', '50']);
  });

  it('leaves its tag to nobody else', async () => {
    const desk = await ready();
    await desk.place('FLtkr3x01', { owner: 'FL' });

    expect(desk.verdicts('FLtkr3x01')).toEqual(['denied TAG_RESERVED']);
  });
});

describe('stopping', () => {
  it('closes what is held where that is configured', async () => {
    const desk = await holding('2.5', { flattenOnStop: true });
    await desk.place(ID);
    const stopped = desk.running().stop('test');
    await desk.run(800);

    expect(await stopped).toEqual({ clean: true, left: [] });
    expect(desk.venue.positions).toMatchObject([{ qty: decimal('0') }]);
    expect(desk.venue.live()).toEqual([]);
  });

  it('tries again after a moment when nobody trades, and ends as soon as it could', async () => {
    const desk = await holding('2.5', { flattenOnStop: true, stopBudgetMs: 10_000 });
    desk.venue.isBookEmpty = true;
    const stopped = desk.running().stop('test');
    await desk.run(300);
    expect(desk.venue.orders).toHaveLength(1);
    desk.venue.isBookEmpty = false;
    await desk.run(1_500);

    expect(await stopped).toEqual({ clean: true, left: [] });
    expect(desk.venue.orders).toHaveLength(2);
    expect(desk.venue.positions).toMatchObject([{ qty: decimal('0') }]);
  });

  it('waits at a stop until the account is in sync, and then closes what is held', async () => {
    const desk = await holding('2.5', { flattenOnStop: true, stopBudgetMs: 10_000 });
    await desk.venueDoes((venue) => venue.cut());
    const stopped = desk.running().stop('test');
    await desk.run(1_000);
    expect(desk.venue.orders).toEqual([]);
    desk.venue.isSilent = false;
    await desk.run(5_000);

    expect(await stopped).toEqual({ clean: true, left: [] });
    expect(desk.venue.positions).toMatchObject([{ qty: decimal('0') }]);
    expect(desk.venue.orders).toHaveLength(1);
  });

  it('says what is left when nobody trades at all', async () => {
    const desk = await holding('2.5', { flattenOnStop: true, stopBudgetMs: 60_000 });
    desk.venue.isBookEmpty = true;
    const stopped = desk.running().stop('test');
    await desk.run(5_000);

    expect(await stopped).toEqual({ clean: false, left: [`position 2.5 of ${BTC}`] });
    expect(desk.venue.orders).toHaveLength(3);
  });

  it('leaves what is held where it is not', async () => {
    const desk = await holding('2.5');
    const stopped = desk.running().stop('test');
    await desk.run(800);

    expect(await stopped).toEqual({ clean: true, left: [] });
    expect(desk.venue.orders).toEqual([]);
  });

  it('says which positions are left when they could not be closed', async () => {
    const desk = await holding('2.5', { flattenOnStop: true });
    await desk.control('halt');
    const stopped = desk.running().stop('test');
    await desk.run(1_500);

    expect(await stopped).toEqual({ clean: false, left: [`position 2.5 of ${BTC}`] });
  });

  it.each([false, true])(
    'cancels conditional orders as well, and takes no more orders, not even such that reduce; flattening: %s',
    async (flattenOnStop) => {
      const desk = await holding('2.5', { flattenOnStop });
      const stop = {
        type: 'stop-market',
        side: 'sell',
        trigger: { price: '80', working: 'mark' },
        price: undefined,
        reduceOnly: true,
      } as const;
      await desk.place(ID, stop as never);
      expect(desk.venue.live()).toEqual([ID]);
      await desk.venueDoes((venue) => {
        venue.isSilent = true;
      });
      const stopped = desk.running().stop('test');
      await desk.place(OTHER, { side: 'sell', reduceOnly: true });
      expect(desk.verdicts(OTHER)).toEqual(['denied STOPPING']);
      desk.venue.isSilent = false;
      await desk.run(1_500);
      await stopped;

      expect(desk.venue.cancels).toContain(ID);
    },
  );
});

describe('what is told', () => {
  it('of an unknown order: that there is one, and since when; and it can be settled', async () => {
    const desk = await ready();
    await desk.venueDoes((venue) => {
      venue.isSilent = true;
    });
    await desk.place(ID);
    await desk.run(1_000);
    expect(desk.of('engine.state').at(-1)).toMatchObject({ data: { unknownOrders: 1, oldestUnknownTs: expect.any(Number) } });
    expect(desk.running().health().facts).toMatchObject({ unknownOrders: 1, oldestUnknownTs: expect.any(Number) });
    const verdict = { clientOrderId: ID as never, outcome: 'never-existed', who: 'ann', why: 'not in the history' } as const;
    expect(await desk.ask('service.settle-order', verdict)).toMatchObject({ type: 'service.ok' });

    expect(desk.of('order.event').at(-1)).toMatchObject({
      data: { change: 'rejected', order: { clientOrderId: ID }, reason: { code: 'SETTLED_BY_HAND', text: expect.stringContaining('ann') } },
    });
    expect(await desk.ask('service.settle-order', verdict)).toMatchObject({ type: 'refused', data: { code: 'ENG_NOT_UNKNOWN' } });
  });

  it.each([
    ['a snapshot', 'service.snapshot-request', { topic: 'order.BINANCE.main.' }],
    ['the account', 'service.query-account', {}],
  ] as const)('in %s is durable: nothing that a power cut could take back', async (_what, type, asked) => {
    const desk = await ready({ journalSync: 'full' });
    const disk = desk.engine.machine.disk('engine');
    const files = disk.paths.filter((path) => path.startsWith('journal/')).map((path) => disk.file(path));
    disk.faults = { before: ({ name }) => (name === 'sync' ? { delayUs: 50_000 } : undefined) };
    let told: Reply | undefined;
    let unsynced = 0;
    await desk.placeAndAsk(ID, type, asked, (reply) => {
      told = reply;
      for (const file of files) unsynced += (file?.size ?? 0) - (file?.syncedSize ?? 0);
    });

    expect(told).toMatchObject({ data: { orders: [{ clientOrderId: ID }] } });
    expect(unsynced).toBe(0);
  });

  it('of the breaker: paused until the account is reconciled', async () => {
    const desk = await ready();
    await desk.venueDoes((venue) => venue.cut());
    await desk.run(32_000);
    expect(desk.of('engine.state').at(-1)).toMatchObject({ data: { mode: 'paused', streamUp: false } });
    expect(desk.running().health().reasons).toContainEqual(expect.stringContaining('paused until the account is reconciled'));
    desk.venue.isSilent = false;
    await desk.ready();
    await desk.run(1_500);

    expect(desk.of('engine.state').at(-1)).toMatchObject({ data: { mode: 'normal', state: 'ready' } });
    await desk.place(ID);
    expect(desk.verdicts(ID)).toEqual(['accepted']);
  });

  it('of a ban: why nothing is sent, and only until it ends', async () => {
    const desk = await ready();
    desk.venue.quietUntilTs = usTime(desk.now() + 60_000_000);
    await desk.place(ID);
    desk.venue.quietUntilTs = undefined;
    await desk.place(OTHER);

    expect(desk.verdicts(ID)).toEqual(['denied VENUE_BAN']);
    expect(desk.verdicts(OTHER)).toEqual(['accepted']);
  });
});

describe('an instrument that was not there at the start', () => {
  it('is denied clearly, read, and traded', async () => {
    const desk = await ready();
    await desk.run(60_000);
    desk.venue.instruments = [INSTRUMENT, { ...INSTRUMENT, id: NEW, symbol: 'NEWUSDT' }];
    await desk.place(ID, { instrument: NEW });
    await desk.place(OTHER, { instrument: NEW });

    expect(desk.verdicts(ID)).toEqual(['denied UNKNOWN_INSTRUMENT']);
    expect(desk.verdicts(OTHER)).toEqual(['accepted']);
    expect(desk.venue.preparations).toBe(2);
  });

  it('trades by hand: booked at once, and the list is read', async () => {
    const desk = await ready();
    await desk.run(60_000);
    await desk.venueDoes((venue, now) => {
      venue.byHand('web_1', NEW);
      venue.fill('web_1', '1', now);
    });

    expect(await desk.ask('service.query-account', {})).toMatchObject({ data: { positions: [{ instrument: NEW, qty: '1' }] } });
    expect(desk.venue.preparations).toBe(2);
  });
});
