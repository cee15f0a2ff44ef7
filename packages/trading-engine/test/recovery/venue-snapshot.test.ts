import { decimal, type Order, parseInstrumentId, parseVenueOrderId, usTime } from '@fillwright/domain';
import { confirmed, unknown } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { missingOrders, type SnapshotResult, takeVenueSnapshot } from '../../src/recovery/venue-snapshot.ts';
import { BTC, settle, World } from '../_world.ts';

const ID = 'q1tkr3x01';
const ETH = parseInstrumentId('ETHUSDT-PERP.BINANCE');

class Taking {
  result: SnapshotResult | undefined;

  constructor(world: World, startTs = usTime(0)) {
    void takeVenueSnapshot(world.context, startTs).then((result) => {
      this.result = result;
    });
  }
}

async function lists(world: World, positions: readonly unknown[] = []): Promise<void> {
  for (const name of ['openOrders', 'openAlgoOrders', 'balances'] as const) await world.answer(name, []);
  await world.answer('positions', positions);
}

describe('a look at the whole account', () => {
  it('asks for trades after the orders, so that no fill falls between the two', async () => {
    const world = new World();
    await world.open(ID);
    const taking = new Taking(world);
    await lists(world);
    expect(world.count('trades')).toBe(0);
    await world.answer('lookUpOrder', world.report(ID));
    await world.answerTrades([]);

    expect(taking.result).toMatchObject({ type: 'complete', snapshot: { lookups: [{ answer: { type: 'answered' } }] } });
    expect(taking.result).toHaveProperty('snapshot.asked', [
      'open-orders',
      'algo-orders',
      'balances',
      'positions',
      `trades ${BTC}`,
      `order ${ID}`,
    ]);
  });

  it('asks for trades wherever something is held, worked or was traded, from a little before the newest one', async () => {
    const world = new World();
    const startTs = world.clock.wallUs();
    await world.clock.advance(3_600_000);
    world.reports.trade(world.fill(1, '1'));
    new Taking(world, startTs);
    await lists(world, [
      { instrument: ETH, qty: decimal('1'), entryPrice: decimal('1'), venueTs: startTs },
      { instrument: parseInstrumentId('XRPUSDT-PERP.BINANCE'), qty: decimal('0'), entryPrice: decimal('0'), venueTs: startTs },
    ]);
    await world.answerTrades([]);
    await settle();

    expect(world.calls.filter(({ name }) => name === 'trades').map(({ args }) => args)).toEqual([
      [BTC, { sinceTs: world.clock.wallUs() - 60_000_000 }],
      [ETH, { sinceTs: startTs - 60_000_000 }],
    ]);
  });

  it.each(['lookUpOrder', 'trades'] as const)('is incomplete when %s fails, and says what failed', async (name) => {
    const world = new World();
    await world.open(ID);
    const taking = new Taking(world);
    await lists(world);
    if (name === 'trades') await world.answer('lookUpOrder', world.report(ID));
    await world.fail(name);

    expect(taking.result).toMatchObject({ type: 'incomplete', reason: { code: 'NO_ANSWER' } });
    expect(taking.result).toHaveProperty('reason.text', expect.stringContaining(name === 'trades' ? 'trades' : ID));
  });

  it('does not begin the next question in the venue’s future because of a fill we dated ourselves', async () => {
    const world = new World();
    world.context.records.strayFill(
      { ...world.fill(1, '1'), synthetic: true, venueTs: usTime(world.clock.wallUs() + 3_600_000_000) },
      'EXTERNAL',
    );
    new Taking(world, usTime(60_000_000));
    await lists(world);

    expect(world.lastCall('trades').args).toEqual([BTC, { sinceTs: 0 }]);
  });
});

describe('orders that a list lacks', () => {
  async function live(): Promise<World> {
    const world = new World();
    await world.open(ID);
    return world;
  }

  it('are not those it names by any of their ids', async () => {
    const world = await live();
    const order = world.order(ID);
    const named = world.report(ID);
    const byNumber = { ...named, clientOrderId: 'other' };

    expect(missingOrders([order], [named])).toEqual([]);
    expect(missingOrders([order], [byNumber])).toEqual([]);
    expect(missingOrders([order], [])).toEqual([order]);
    expect(missingOrders([order], [{ ...byNumber, venueOrderId: parseVenueOrderId('1') }])).toEqual([order]);
  });

  it('are not those that were never sent, but those whose fate is unknown', async () => {
    const world = await live();
    world.held = true;
    world.place('q1tkr3x02');
    world.held = false;
    world.place('q1tkr3x03');
    await world.lastCall('submit').answer(unknown('NO_ANSWER', 'timeout'));

    expect(missingOrders(world.book.liveOrders(), [world.report(ID)]).map(({ clientOrderId }) => clientOrderId)).toEqual(['q1tkr3x03']);
  });

  it('are found under the Algo id too', async () => {
    const world = new World();
    world.place(ID, { type: 'stop-market', price: undefined, trigger: { price: '110', working: 'mark' } });
    const algoId = parseVenueOrderId('70');
    const { venueOrderId: _none, ...report } = world.report(ID, { algoId });
    await world.lastCall('submit').answer(confirmed(report));
    const order: Order = world.order(ID);

    expect(missingOrders([order], [{ ...report, clientOrderId: 'other' }])).toEqual([]);
  });
});
