import { decimal, type Fill, type OrderTerms, parseVenueOrderId, usTime } from '@fillwright/domain';
import { type OrderReport, refused, unknown } from '@fillwright/venue';
import { describe, expect, it } from '@jest/globals';
import { AccountBook } from '../../src/account/account-book.ts';
import { BTC, World } from '../_world.ts';

const ID = 'q1tkr3x01';
const HAND = parseVenueOrderId('4711');

const TERMS: OrderTerms = {
  instrument: BTC,
  side: 'buy',
  type: 'limit',
  timeInForce: 'GTC',
  qty: decimal('2'),
  price: decimal('100'),
  reduceOnly: false,
  closePosition: false,
};

/** Of an order that is not in our journal. */
function foreign(world: World, change: Partial<OrderReport> = {}): OrderReport {
  return {
    clientOrderId: 'web_1',
    venueOrderId: HAND,
    terms: TERMS,
    phase: 'new',
    filledQty: decimal('0'),
    venueTs: world.clock.wallUs(),
    source: 'stream',
    ...change,
  };
}

function handFill(world: World, tradeId: number, qty: string, change: Partial<Fill> = {}): Fill {
  return world.fill(tradeId, qty, { venueOrderId: HAND, ...change });
}

/** A trader whose tag is known, and none of its orders in the way. */
async function withOwner(): Promise<World> {
  const world = new World();
  await world.open(ID);
  return world;
}

describe('an order that is not in our journal', () => {
  it('is taken on under the id the venue shows, as nobody’s of ours', async () => {
    const world = await withOwner();
    world.reports.report(foreign(world));

    expect(world.order('web_1')).toMatchObject({ owner: 'EXTERNAL', state: 'open', phase: 'new', venueOrderId: HAND });
    expect(world.changes('web_1')).toEqual(['initialized', 'accepted']);
  });

  it('is taken on once, however often it is reported, and follows what happens to it', () => {
    const world = new World();
    for (let round = 0; round < 3; round += 1) world.reports.report(foreign(world));
    world.reports.report(foreign(world, { phase: 'partially-filled', filledQty: decimal('0.5'), fill: handFill(world, 1, '0.5') }));
    world.reports.report(foreign(world, { phase: 'canceled', filledQty: decimal('0.5') }));

    expect(world.changes('web_1')).toEqual(['initialized', 'accepted', 'filled', 'canceled']);
    expect(world.qty()).toBe('0.5');
  });

  it('without a client id goes by the number of the venue', () => {
    const world = new World();
    world.reports.report(foreign(world, { clientOrderId: '' }));
    world.reports.report(foreign(world, { clientOrderId: '' }));

    expect(world.order('#4711')).toMatchObject({ owner: 'EXTERNAL', phase: 'new' });
    expect(world.book.liveCount).toBe(1);
  });

  it('with a client id that cannot be shown on the wire goes by the number of the venue', () => {
    const world = new World();
    world.reports.report(foreign(world, { clientOrderId: 'drücken sie hier' }));

    expect(world.order('#4711').phase).toBe('new');
  });

  it.each([
    ['composed with a tag we know', 'q1tkr3x0zz', 'q1'],
    ['that only begins with the letters of a tag', 'q1Xy7RtZq0LmN4aPs9Wv2B', 'EXTERNAL'],
    ['too short to be ours', 'q1tkr3x0', 'EXTERNAL'],
    ['from a time in which we did not exist', 'q100000z1', 'EXTERNAL'],
    ['of a tag nobody has', 'zztkr3x01', 'EXTERNAL'],
  ])('and an id %s belongs to its maker', async (_which, clientOrderId, owner) => {
    const world = await withOwner();
    world.reports.report(foreign(world, { clientOrderId }));

    expect(world.order(clientOrderId).owner).toBe(owner);
  });

  it.each([
    ['new under a tag we know', 'q1tkr3x0zz', { change: 'new' }, ['other-engine']],
    ['found by asking: a former run may have left it', 'q1tkr3x0zz', { source: 'query' }, []],
    ['new, made by hand', 'web_1', { change: 'new' }, []],
  ] as const)('%s: another engine is suspected only if somebody must have made it just now', async (_which, clientOrderId, how, alarms) => {
    const world = await withOwner();
    for (const venueOrderId of ['4711', '4712'])
      world.reports.report(
        foreign(world, { clientOrderId: `${clientOrderId}${venueOrderId}`, ...how, venueOrderId: parseVenueOrderId(venueOrderId) }),
      );

    // Once a minute is enough.
    expect(world.alarms).toEqual(alarms);
  });

  it('raises no suspicion of another engine when we sent it ourselves and were told that it was refused', async () => {
    const world = await withOwner();
    world.place('q1tkr3x02');
    await world.lastCall('submit').answer(refused('REFUSED', 'refused'));
    world.reports.report(foreign(world, { clientOrderId: 'q1tkr3x02', change: 'new' }));

    expect(world.order('q1tkr3x02#4711')).toMatchObject({ phase: 'new', owner: 'q1' });
    expect(world.alarms).toEqual([]);
  });

  it.each(['liquidation', 'adl', 'settlement'] as const)('made by the venue (%s) is booked with its real trade', (venueMade) => {
    const world = new World();
    const fill = handFill(world, 9, '2', { side: 'sell' });
    const terms = { ...TERMS, side: 'sell' as const, type: 'market' as const };
    world.reports.report(
      foreign(world, { clientOrderId: 'autoclose-1', venueMade, terms, phase: 'filled', filledQty: decimal('2'), fill }),
    );

    expect(world.order('autoclose-1')).toMatchObject({ owner: 'EXTERNAL', phase: 'filled' });
    expect(world.recordsOf('order').at(-1)?.change.fill).toMatchObject({ tradeId: '9', owner: 'EXTERNAL' });
    expect(world.qty()).toBe('-2');
  });

  it('of quantity zero moves nothing and breaks nothing', () => {
    const world = new World();
    world.reports.report(foreign(world, { terms: { ...TERMS, qty: decimal('0') }, phase: 'expired' }));

    expect(world.order('web_1').phase).toBe('expired');
    expect(world.qty()).toBe('0');
    expect(world.broken).toEqual([]);
  });

  it('that was only half written down before a crash is completed, not taken on again', () => {
    const world = new World();
    const said = foreign(world, { clientOrderId: '' });
    world.reports.report(said);
    const half = new World();
    for (const record of world.records.slice(0, 1)) half.context.records.write(record);

    half.reports.report(said);

    expect(half.order('#4711').phase).toBe('new');
    expect(half.book.liveCount).toBe(1);
  });

  it('is named to the venue as the venue knows it', async () => {
    const world = new World();
    world.reports.report(foreign(world, { clientOrderId: '' }));
    world.context.inputs.run(() => world.desk.cancelOwned(() => true, 'ctl'));

    expect(world.lastCall('cancel').args[0]).toMatchObject({ clientOrderId: '', venueOrderId: HAND });
  });
});

describe('a client id that is used again', () => {
  async function closed(): Promise<World> {
    const world = await withOwner();
    world.reports.report(world.report(ID, { phase: 'canceled', source: 'stream' }));
    return world;
  }

  it('after the first order closed is another order', async () => {
    const world = await closed();
    world.reports.report(foreign(world, { clientOrderId: ID }));
    world.reports.report(foreign(world, { clientOrderId: ID, phase: 'filled', filledQty: decimal('2'), fill: handFill(world, 1, '2') }));

    expect(world.order(ID).phase).toBe('canceled');
    expect(world.order(`${ID}#4711`).phase).toBe('filled');
  });

  it('never reopens the closed one, also when an old report says it is open', async () => {
    const world = await closed();
    world.reports.report(world.report(ID, { phase: 'new', venueTs: usTime(1) }));

    expect(world.order(ID).phase).toBe('canceled');
    expect(world.book.liveCount).toBe(0);
  });

  it('of an order that was given up as never taken is that order, when its end is told after all', async () => {
    const world = new World();
    world.place(ID);
    await world.lastCall('submit').answer(unknown('NO_ANSWER', 'timeout'));
    world.context.inputs.run(() => world.context.records.order(ID as never, { type: 'rejected', reason: { code: 'NOT_FOUND', text: '' } }));
    const fill = handFill(world, 1, '1');
    world.reports.report(world.report(ID, { venueOrderId: HAND, phase: 'filled', filledQty: decimal('1'), fill }));

    expect(world.order(ID)).toMatchObject({ state: 'closed', phase: 'filled' });
    expect(world.qty()).toBe('1');
  });

  it('of an order that was given up and lives has a record of its own, to its end', async () => {
    const world = new World();
    world.place(ID);
    await world.lastCall('submit').answer(unknown('NO_ANSWER', 'timeout'));
    world.context.inputs.run(() => world.context.records.order(ID as never, { type: 'rejected', reason: { code: 'NOT_FOUND', text: '' } }));
    world.reports.report(world.report(ID, { venueOrderId: HAND, source: 'query' }));
    expect(world.order(`${ID}#4711`)).toMatchObject({ owner: 'q1', phase: 'new' });
    world.reports.report(world.report(ID, { venueOrderId: HAND, phase: 'canceled', source: 'stream' }));

    expect(world.order(ID).phase).toBe('rejected');
    expect(world.order(`${ID}#4711`).phase).toBe('canceled');
    expect(world.book.liveCount).toBe(0);
  });

  it('of an order that was never sent is somebody else’s', () => {
    const world = new World();
    world.place(ID, { deadlineTs: usTime(1) });
    world.reports.report(foreign(world, { clientOrderId: ID, phase: 'filled', filledQty: decimal('2'), fill: handFill(world, 1, '2') }));

    expect(world.order(ID).phase).toBe('denied');
    expect(world.order(`${ID}#4711`).phase).toBe('filled');
  });
});

describe('a number of the venue that is used again, by an exchange that began anew', () => {
  const LATER = 'q1tkr3x02';

  /** The second order, not answered yet; the first closed under the number that the second gets. */
  async function begunAnew() {
    const world = await withOwner();
    world.reports.report(world.report(ID, { phase: 'canceled', source: 'stream' }));
    world.place(LATER);
    const { venueOrderId = HAND } = world.order(ID);
    const tell = (change: Partial<OrderReport> = {}) => world.reports.report(world.report(LATER, { venueOrderId, ...change }));
    return { world, venueOrderId, tell };
  }

  it('is the open order’s, not the closed one’s', async () => {
    const { world, venueOrderId, tell } = await begunAnew();
    tell({ change: 'new' });
    world.reports.trade(world.fill(1, '0.5', { venueOrderId }));
    tell({ phase: 'partially-filled', filledQty: decimal('0.5') });

    expect(world.order(LATER)).toMatchObject({ phase: 'partially-filled', venueOrderId });
    expect(world.order(ID).phase).toBe('canceled');
    expect(world.recordsOf('stray-fill')).toEqual([]);
    expect(world.missing.isHunting(BTC)).toBe(false);
  });

  it('stays the open order’s behind a snapshot', async () => {
    const { world, venueOrderId, tell } = await begunAnew();
    tell({ change: 'new' });
    const again = new AccountBook();
    again.restore(world.book.state());

    expect(again.orderByVenueId(BTC, venueOrderId)?.clientOrderId).toBe(LATER);
  });

  it('says nothing about an open order that has another', async () => {
    const { world, tell } = await begunAnew();
    world.reports.report(world.report(LATER, { venueOrderId: HAND }));
    tell({ phase: 'canceled' });

    expect(world.order(LATER).phase).toBe('new');
  });
});

describe('a trade', () => {
  it('is booked once, whether the stream or the history tells it first', async () => {
    const world = await withOwner();
    const { venueOrderId = HAND } = world.order(ID);
    const fill = world.fill(1, '0.4', { venueOrderId });
    world.reports.trade(fill);
    world.reports.report(world.report(ID, { phase: 'partially-filled', filledQty: decimal('0.4'), fill, source: 'stream' }));
    world.reports.trade(fill);

    expect(world.qty()).toBe('0.4');
    expect(world.changes(ID).filter((change) => change === 'filled')).toHaveLength(1);
  });

  it('of an unknown order is booked as nobody’s, and becomes its order’s when that turns up', () => {
    const world = new World();
    const fill = handFill(world, 1, '2');
    world.reports.trade(fill);
    world.reports.report(foreign(world, { phase: 'filled', filledQty: decimal('2'), fill }));

    expect(world.order('web_1')).toMatchObject({ phase: 'filled' });
    expect(world.qty()).toBe('2');
    expect(world.missing.isHunting(BTC)).toBe(false);
  });

  it('that became its order’s later is published once, and a restart does not give it to the order again', () => {
    const world = new World();
    world.reports.trade(handFill(world, 1, '1'));
    world.reports.report(foreign(world, { phase: 'partially-filled', filledQty: decimal('1') }));
    const fills = world.records.filter((record) => record.k === 'stray-fill' || (record.k === 'order' && record.change.fill));
    const again = new World();
    for (const record of world.records) again.context.records.write(record);
    again.reports.report(foreign(again, { phase: 'partially-filled', filledQty: decimal('2') }));

    expect(fills).toHaveLength(1);
    expect(again.order('web_1').filledQty.toString()).toBe('1');
    expect(again.missing.isHunting(BTC)).toBe(true);
  });

  it('that contradicts its order moves the position all the same', async () => {
    const world = await withOwner();
    world.reports.report(
      world.report(ID, { phase: 'partially-filled', filledQty: decimal('0'), fill: world.fill(1, '3'), source: 'stream' }),
    );

    expect(world.order(ID).filledQty.toString()).toBe('0');
    expect(world.recordsOf('stray-fill')).toMatchObject([{ fill: { qty: '3', owner: 'q1' } }]);
    expect(world.qty()).toBe('3');
  });

  it('of both sides of a self-trade is two trades', async () => {
    const world = new World();
    world.reports.trade(handFill(world, 1, '1'));
    world.reports.trade(handFill(world, 1, '1', { side: 'sell', venueOrderId: parseVenueOrderId('4712') }));

    expect(world.recordsOf('stray-fill')).toHaveLength(2);
    expect(world.qty()).toBe('0');
  });
});

describe('trades from before the ledger', () => {
  function begun(): World {
    const world = new World();
    world.ledgerStartTs = world.clock.wallUs();
    return world;
  }
  const EARLIER = usTime(1_000_000);

  it('of an order made by hand count for the order and not for the position', () => {
    const world = begun();
    const fill = handFill(world, 1, '0.5', { venueTs: EARLIER });
    world.reports.report(foreign(world, { phase: 'partially-filled', filledQty: decimal('0.5'), fill }));

    expect(world.order('web_1').filledQty.toString()).toBe('0.5');
    expect(world.qty()).toBe('0');
  });

  it('of orders nobody knows are not even written down', () => {
    const world = begun();
    world.reports.trade(handFill(world, 1, '0.5', { venueTs: EARLIER }));

    expect(world.records).toEqual([]);
  });

  it('cannot be those of an order we made, whatever our clock says', async () => {
    const world = begun();
    await world.open(ID);
    world.reports.report(
      world.report(ID, { phase: 'filled', filledQty: decimal('1'), fill: world.fill(1, '1', { venueTs: EARLIER }), source: 'stream' }),
    );

    expect(world.qty()).toBe('1');
  });
});

describe('balances', () => {
  const at = (ms: number) => usTime(1_795_000_000_000_000 + ms * 1000);
  const say = (world: World, wallet: string, ms: number, change: object = {}) =>
    world.reports.balance({ asset: 'USDT', wallet: decimal(wallet), cause: 'trade', venueTs: at(ms), ...change });

  it('follow the venue’s time: what is older is no news', () => {
    const world = new World();
    say(world, '100', 5);
    say(world, '90', 4, { cause: 'snapshot' });
    say(world, '100', 9, { cause: 'snapshot' });

    expect(world.recordsOf('balance').map(({ balance }) => balance.wallet)).toEqual(['100']);
  });

  it('count a funding once, also when two streams tell it', () => {
    const world = new World();
    const funding = { cause: 'funding', delta: decimal('-1') };
    say(world, '100', 5);
    say(world, '99', 6, funding);
    say(world, '99', 6, funding);
    say(world, '98', 7, funding);

    expect(world.recordsOf('balance').map(({ balance }) => balance.delta)).toEqual([undefined, '-1', '-1']);
  });

  it('are kept by asset', () => {
    const world = new World();
    say(world, '100', 5);
    say(world, '7', 1, { asset: 'BNB' });

    expect(world.book.balances().map(({ asset, wallet }) => `${asset} ${wallet}`)).toEqual(['BNB 7', 'USDT 100']);
  });
});

it('says when an event of the stream could not be read', () => {
  const world = new World();
  const heard: string[] = [];
  world.reports.onUnreadable = (text) => heard.push(text);
  world.reports.event({ type: 'unreadable', text: '{"e":' });
  world.reports.event({ type: 'trade-hint', clientOrderId: ID, instrument: BTC });
  world.reports.event({ type: 'notice', code: 'LEVERAGE', text: 'changed', venueTs: usTime(1) });

  expect(heard).toEqual(['{"e":']);
  expect(world.records).toEqual([]);
});
