import { decimal, parseInstrumentId, parseVenueOrderId, usTime } from '@fillwright/domain';
import { confirmed, type PositionReport, unknown } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { BTC, HORIZON_MS, settle, World } from '../_world.ts';

const ID = 'q1tkr3x01';
const ETH = parseInstrumentId('ETHUSDT-PERP.BINANCE');

function at(world: World, qty: string, entry = '100', instrument = BTC): PositionReport {
  return { instrument, qty: decimal(qty), entryPrice: decimal(entry), venueTs: world.clock.wallUs() };
}

function compare(world: World, ...reports: PositionReport[]): void {
  world.context.inputs.run(() => world.audit.compare(reports));
}

/** One more look a second later, in which the venue says the same. */
async function look(world: World, ...reports: PositionReport[]): Promise<void> {
  const asked = world.count('positions');
  await world.clock.advance(1_000);
  expect(world.count('positions')).toBe(asked + 1);
  await world.answer('positions', reports);
}

async function noTrades(world: World): Promise<void> {
  while (world.count('trades') > world.tradesAnswered) await world.answerTrades([]);
}

const repairs = (world: World) => world.recordsOf('stray-fill').filter(({ fill }) => fill.synthetic);

describe('positions', () => {
  it('are in doubt until they were compared once, and while they differ', async () => {
    const world = new World();
    expect(world.audit.positionsInDoubt).toBe(true);
    compare(world);
    expect(world.audit.positionsInDoubt).toBe(false);
    compare(world, at(world, '1'));
    expect(world.audit.positionsInDoubt).toBe(true);
  });

  it('that differ are explained by missing trades first', async () => {
    const world = new World();
    compare(world, at(world, '1'));
    await world.answerTrades([world.fill(1, '1')]);
    await look(world, at(world, '1'));

    expect(world.audit.positionsInDoubt).toBe(false);
    expect(world.qty()).toBe('1');
    expect(repairs(world)).toEqual([]);
  });

  it('that nothing explains become ours by one synthetic fill, and stay so', async () => {
    const world = new World();
    compare(world, at(world, '2', '90'));
    for (let round = 0; round < 3; round += 1) {
      await noTrades(world);
      await look(world, at(world, '2', '90'));
    }

    expect(repairs(world)).toMatchObject([{ fill: { qty: '2', price: '90', side: 'buy', owner: 'EXTERNAL' } }]);
    expect([world.qty(), world.audit.positionsInDoubt]).toEqual(['2', false]);
  });

  it('of an account that begins with a position are taken over without moving what happens meanwhile', async () => {
    const world = new World();
    world.ledgerStartTs = world.clock.wallUs();
    compare(world, at(world, '5', '90'));
    await noTrades(world);
    await look(world, at(world, '5', '90'));
    world.reports.trade(world.fill(1, '1'));
    await noTrades(world);
    for (let round = 0; round < 4; round += 1) {
      await look(world, at(world, '6', '92'));
      await noTrades(world);
      if (!world.audit.positionsInDoubt) break;
    }

    expect(world.qty()).toBe('6');
    expect(repairs(world)).toMatchObject([{ fill: { qty: '5' } }]);
  });

  it('are not repaired on one look, nor when the difference changes, nor when something was booked in between', async () => {
    const world = new World();
    compare(world, at(world, '1'));
    await noTrades(world);
    await look(world, at(world, '2'));
    await noTrades(world);
    await look(world, at(world, '1'));
    world.reports.trade(world.fill(1, '0.5'));
    await noTrades(world);
    await look(world, at(world, '1.5'));

    expect(repairs(world)).toEqual([]);
  });

  it('are repaired although another instrument trades all the time', async () => {
    const world = new World();
    compare(world, at(world, '1'));
    for (let round = 0; round < 3; round += 1) {
      await noTrades(world);
      world.reports.trade(world.fill(round, '1', { instrument: ETH, side: round % 2 ? 'sell' : 'buy' }));
      await look(world, at(world, '1'), at(world, round % 2 ? '0' : '1', '100', ETH));
    }

    expect(repairs(world)).toHaveLength(1);
  });

  it('are not repaired before the trades could be read', async () => {
    const world = new World();
    compare(world, at(world, '1'));
    for (let round = 0; round < 6; round += 1) {
      await world.fail('trades');
      await look(world, at(world, '1'));
    }

    expect(repairs(world)).toEqual([]);
    expect(world.audit.positionsInDoubt).toBe(true);
  });

  it.each([
    ['an order is on its way', async (world: World) => void world.place(ID)],
    [
      'an order is unknown',
      async (world: World) => {
        world.place(ID);
        await world.lastCall('submit').answer(unknown('NO_ANSWER', 'timeout'));
      },
    ],
    [
      'trades of an order are missing',
      async (world: World) => {
        await world.open(ID);
        world.reports.report(world.report(ID, { phase: 'filled', filledQty: decimal('1') }));
      },
    ],
    [
      'the account is not in sync',
      async (world: World) => {
        world.streamUp = false;
      },
    ],
  ])('are not repaired while %s', async (_why, cause) => {
    const world = new World();
    await cause(world);
    compare(world, at(world, '1'));
    for (let round = 0; round < 5; round += 1) {
      await noTrades(world);
      await look(world, at(world, '1'));
    }

    expect(repairs(world)).toEqual([]);
    expect(world.audit.positionsInDoubt).toBe(true);
  });

  it('are never flat because a question failed, and are asked for again', async () => {
    const world = new World();
    compare(world);
    world.reports.trade(world.fill(1, '1'));
    world.context.inputs.run(() => world.audit.checkPositions());
    await world.fail('positions');
    expect([world.qty(), world.audit.positionsInDoubt]).toEqual(['1', false]);

    compare(world, at(world, '2'));
    await world.clock.advance(1_000);
    await world.fail('positions');
    await world.clock.advance(1_000);
    expect(world.count('positions')).toBe(3);
    expect(world.audit.positionsInDoubt).toBe(true);
  });

  it('that differ because a fill lay between two answers hold trading up for a moment only', async () => {
    const world = new World();
    world.reports.trade(world.fill(1, '1'));
    compare(world);
    await noTrades(world);
    await world.clock.advance(100);
    await world.answer('positions', [at(world, '1')]);

    expect(world.audit.positionsInDoubt).toBe(false);
  });

  it('end the same when the venue agrees again by itself', async () => {
    const world = new World();
    compare(world, at(world, '1'));
    await noTrades(world);
    await look(world);
    await world.clock.advance(10_000);

    expect(repairs(world)).toEqual([]);
    expect(world.audit.positionsInDoubt).toBe(false);
    expect(world.count('positions')).toBe(1);
  });
});

describe('open orders', () => {
  async function listed(world: World, reports: readonly unknown[]): Promise<void> {
    await world.clock.advance(10_000);
    await world.answer('openOrders', reports);
    await world.answer('openAlgoOrders', []);
  }

  it('that the venue lists and we lack are taken on; those it lists as we know them change nothing', async () => {
    const world = new World();
    await world.open(ID);
    world.audit.start();
    const records = world.records.length;
    await listed(world, [world.report(ID, { source: 'query' })]);
    expect(world.records).toHaveLength(records);
    await listed(world, [world.report(ID, { clientOrderId: 'web_1', venueOrderId: parseVenueOrderId('4711'), source: 'query' })]);

    expect(world.order('web_1')).toMatchObject({ owner: 'EXTERNAL', phase: 'new' });
  });

  it('that the list lacks are looked up, unless something happened to them just now', async () => {
    const world = new World();
    await world.open(ID);
    world.audit.start();
    await world.clock.advance(9_000);
    await world.open('q1tkr3x02');
    await world.clock.advance(1_000);
    await world.answer('openOrders', []);
    await world.answer('openAlgoOrders', []);

    expect(world.calls.filter(({ name }) => name === 'lookUpOrder').map(({ id }) => id)).toEqual([ID]);
    await world.answer('lookUpOrder', world.report(ID, { phase: 'canceled', source: 'query' }));
    expect(world.order(ID).phase).toBe('canceled');
  });

  it('that the venue neither lists nor finds are given up only when their absence is proven', async () => {
    const world = new World();
    await world.open(ID);
    world.audit.start();
    const startUs = world.clock.monotonicUs();
    await listed(world, []);
    while (world.order(ID).state === 'open') {
      await world.lastCall('lookUpOrder').answer({ type: 'absent' });
      await world.clock.advance(500);
    }

    expect(world.order(ID)).toMatchObject({ phase: 'canceled', reason: { code: 'NOT_FOUND' } });
    expect((world.clock.monotonicUs() - startUs) / 1000).toBeGreaterThan(HORIZON_MS);
  });

  it('are left alone when one of the two lists failed', async () => {
    const world = new World();
    await world.open(ID);
    world.audit.start();
    await world.clock.advance(10_000);
    await world.answer('openOrders', []);
    await world.fail('openAlgoOrders');

    expect(world.count('lookUpOrder')).toBe(0);
    expect(world.order(ID).phase).toBe('new');
  });

  it('are looked up a few at a time', async () => {
    const world = new World();
    for (let number = 0; number < 30; number += 1) {
      world.place(`q1tkr3x${number}`);
      await world.lastCall('submit').answer(confirmed(world.report(`q1tkr3x${number}`)));
    }
    world.audit.start();
    await listed(world, []);

    expect(world.count('lookUpOrder')).toBe(20);
  });
});

it('asks on for ever and stops when told', async () => {
  const world = new World();
  world.audit.start();
  await world.clock.advance(120_000);
  const asked = world.calls.map(({ name }) => name);
  world.audit.stop();
  await world.clock.advance(120_000);
  await settle();

  expect(asked.filter((name) => name === 'openOrders')).toHaveLength(12);
  expect(asked.filter((name) => name === 'balances')).toHaveLength(2);
  expect(world.calls).toHaveLength(asked.length);
});

describe('a wallet that changed without a word', () => {
  const wallet = (amount: string) => [{ asset: 'USDT', wallet: decimal(amount), cause: 'snapshot', venueTs: usTime(1) }] as const;

  async function moneyMoved(): Promise<World> {
    const world = new World();
    world.reports.trade(world.fill(1, '1'));
    for (const report of wallet('100')) world.reports.balance(report);
    world.audit.start();
    await world.clock.advance(60_000);
    await world.answer('balances', wallet('99.9'));
    return world;
  }

  it('lets trades be read that opened and closed a position between two looks, before it is believed', async () => {
    const world = await moneyMoved();
    expect(world.book.balance('USDT')?.wallet).toBe('100');
    await world.answerTrades([world.fill(1, '1'), world.fill(2, '1'), world.fill(3, '1', { side: 'sell' })]);
    expect(world.recordsOf('stray-fill').map(({ fill }) => fill.tradeId)).toEqual(['1', '2', '3']);
    expect(world.book.balance('USDT')?.wallet).toBe('99.9');
  });

  it('is not believed while the trades cannot be read', async () => {
    const world = await moneyMoved();
    await world.fail('trades');
    expect(world.book.balance('USDT')?.wallet).toBe('100');
  });
});

it('takes balances from the venue', async () => {
  const world = new World();
  world.audit.start();
  await world.clock.advance(60_000);
  await world.answer('balances', [{ asset: 'USDT', wallet: decimal('5'), cause: 'snapshot', venueTs: usTime(1) }]);

  expect(world.book.balance('USDT')?.wallet).toBe('5');
});
