/** The Binance adapter against the exchange simulator over real sockets: whole lives of orders, faults, streams and books. */

import type { Fill } from '@fillwright/domain';
import { decimal, usTime } from '@fillwright/domain';
import type { OrderRef } from '@fillwright/venue';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { confirmedValue, Listener, limit, SimulatedVenue, SOL, stopMarket, waitUntil } from './simulated-venue.ts';

let venue: SimulatedVenue;

beforeEach(async () => {
  venue = await SimulatedVenue.start();
});

afterEach(async () => {
  await venue.stop();
});

function ref(clientOrderId: string, conditional = false): OrderRef {
  return { instrument: SOL, clientOrderId, conditional };
}

function facts(fill: Fill | undefined) {
  const { clientOrderId: _, ...rest } = fill ?? {};
  return JSON.parse(JSON.stringify(rest));
}

type Transport = 'rest' | 'ws';

async function traders(count: number, orderTransport: Transport = 'rest') {
  const adapters = Array.from({ length: count }, (_, index) => venue.execution(index, { orderTransport }));
  for (const adapter of adapters) confirmedValue(await adapter.prepare());
  return adapters as [
    ReturnType<SimulatedVenue['execution']>,
    ReturnType<SimulatedVenue['execution']>,
    ReturnType<SimulatedVenue['execution']>,
  ];
}

describe.each<Transport>(['rest', 'ws'])('the life of orders over %s', (transport) => {
  it('prepares: instruments, one-way mode, a clock that agrees', async () => {
    const { instruments, clockOffsetMs } = confirmedValue(await venue.execution().prepare());
    expect(instruments.map(({ id }) => id)).toContain(SOL);
    expect(Math.abs(clockOffsetMs)).toBeLessThan(50);
  });

  it('places, fills in part by another account, modifies and cancels, and the stream tells the same story in order', async () => {
    const [ours, theirs] = await traders(2, transport);
    const { listener } = await Listener.open(venue, ours);
    const id = venue.nextId();

    const placed = confirmedValue(await ours.submit({ clientOrderId: id, terms: limit('buy', '180', '1') }));
    expect(placed).toMatchObject({ phase: 'new', clientOrderId: id });
    confirmedValue(await theirs.submit({ clientOrderId: venue.nextId(), terms: limit('sell', '180', '0.4', { timeInForce: 'IOC' }) }));
    await listener.until(() => listener.orderTexts().length === 2);

    const found = await ours.lookUpOrder(ref(id));
    expect(found).toMatchObject({ type: 'answered', value: { phase: 'partially-filled', venueOrderId: placed.venueOrderId } });
    expect(found.type === 'answered' && found.value.averagePrice?.toString()).toBe('180');

    const modified = confirmedValue(
      await ours.modify({ order: ref(id), terms: limit('buy', '180', '1'), price: decimal('179.5'), qty: decimal('1.2') }),
    );
    expect([modified.terms.price, modified.terms.qty].map(String)).toEqual(['179.5', '1.2']);
    const open = await ours.openOrders();
    expect(open.type === 'answered' && open.value.map((report) => [report.clientOrderId, String(report.terms.price)])).toEqual([
      [id, '179.5'],
    ]);

    expect(confirmedValue(await ours.cancel(ref(id)))).toMatchObject({ phase: 'canceled' });
    expect(await ours.cancel(ref(id))).toMatchObject({ type: 'unknown', reason: { code: 'BINANCE_2011' } });
    expect(await ours.lookUpOrder(ref(id))).toMatchObject({ type: 'answered', value: { phase: 'canceled' } });
    expect(await ours.openOrders()).toEqual({ type: 'answered', value: [] });

    await listener.until(() => listener.orderTexts().length === 4);
    expect(listener.orderTexts()).toEqual([
      'order new new 0',
      'order partially-filled trade 0.4',
      'order partially-filled amended 0.4',
      'order canceled canceled 0.4',
    ]);
    expect(listener.events.every((event) => event.type !== 'unreadable')).toBe(true);
  });

  it('shows one trade alike in the stream and in the list of trades, and the position and wallet that follow', async () => {
    const [ours, theirs] = await traders(2, transport);
    const { listener } = await Listener.open(venue, ours);
    const id = venue.nextId();
    confirmedValue(await ours.submit({ clientOrderId: id, terms: limit('buy', '180', '1') }));
    confirmedValue(await theirs.submit({ clientOrderId: venue.nextId(), terms: limit('sell', '179', '1') }));
    await listener.until(() => ['position', 'balance', 'order filled trade 1'].every((text) => listener.texts().includes(text)));

    const fill = listener.events.flatMap((event) => (event.type === 'order' ? [event.report.fill] : [])).find((one) => one !== undefined);
    expect(fill).toMatchObject({ clientOrderId: id, liquidity: 'maker', side: 'buy', feeAsset: 'USDT' });
    const trades = await ours.trades(SOL, { sinceTs: usTime(venue.clock.wallUs() - 3_600_000_000) });
    expect(trades.type === 'answered' && trades.value.map(facts)).toEqual([facts(fill)]);
    const after = fill && (await ours.trades(SOL, { afterId: fill.tradeId }));
    expect(after).toEqual({ type: 'answered', value: [] });

    const positions = await ours.positions();
    const position = positions.type === 'answered' ? positions.value.find(({ instrument }) => instrument === SOL) : undefined;
    expect([position?.qty, position?.entryPrice].map(String)).toEqual(['1', '180']);
    const balances = await ours.balances();
    const wallet = balances.type === 'answered' ? balances.value.find(({ asset }) => asset === 'USDT')?.wallet : undefined;
    const streamed = listener.events.findLast((event) => event.type === 'balance');
    expect(String(wallet)).toBe(
      decimal('100000')
        .minus(fill?.fee ?? 0)
        .toString(),
    );
    expect(streamed?.type === 'balance' && streamed.report.wallet.toString()).toBe(String(wallet));
  });

  it('keeps the 19 digits of an order id', async () => {
    const [ours] = await traders(1, transport);
    const instrument = (confirmedValue(await ours.prepare()).instruments.find(({ symbol }) => symbol === 'ETHUSDT') ?? { id: SOL }).id;
    const id = venue.nextId();
    const placed = confirmedValue(await ours.submit({ clientOrderId: id, terms: limit('buy', '3000', '0.1', { instrument }) }));
    expect(placed.venueOrderId).toMatch(/^\d{19}$/);
    expect(await ours.cancel({ ...ref(id), instrument, ...(placed.venueOrderId && { venueOrderId: placed.venueOrderId }) })).toMatchObject({
      type: 'confirmed',
      value: { venueOrderId: placed.venueOrderId },
    });
  });

  it('fires a stop: Algo order, the order it becomes, its fill, and one report that joins them', async () => {
    const [ours, theirs, third] = await traders(3, transport);
    const { listener } = await Listener.open(venue, ours);
    confirmedValue(await theirs.submit({ clientOrderId: venue.nextId(), terms: limit('sell', '180', '0.4') }));
    confirmedValue(await ours.submit({ clientOrderId: venue.nextId(), terms: limit('buy', '180', '0.4') }));
    const stopId = venue.nextId();

    const placed = confirmedValue(await ours.submit({ clientOrderId: stopId, terms: stopMarket('sell', '179', '0.4') }));
    expect(placed).toMatchObject({ phase: 'new', clientOrderId: stopId, terms: { type: 'stop-market' } });
    expect(await ours.openAlgoOrders()).toMatchObject({ type: 'answered', value: [{ clientOrderId: stopId, algoId: placed.algoId }] });
    expect(await ours.openOrders()).toEqual({ type: 'answered', value: [] });

    confirmedValue(await theirs.submit({ clientOrderId: venue.nextId(), terms: limit('buy', '178.9', '5') }));
    confirmedValue(await third.submit({ clientOrderId: venue.nextId(), terms: limit('sell', '178.9', '0.05', { timeInForce: 'IOC' }) }));
    await listener.until(() => listener.orderTexts().filter((text) => text === 'order filled trade 0.4').length === 2);

    const algo = listener.events.flatMap((event) => (event.type === 'order' && event.report.algoId !== undefined ? [event.report] : []));
    const childId = algo.find((report) => report.phase === 'triggered')?.venueOrderId;
    expect(childId).toBeDefined();
    expect(await ours.lookUpOrder(ref(stopId, true))).toMatchObject({
      type: 'answered',
      value: { phase: 'filled', algoId: placed.algoId, venueOrderId: childId, clientOrderId: stopId, terms: { type: 'stop-market' } },
    });
    const positions = await ours.positions();
    expect(positions.type === 'answered' && positions.value.filter(({ qty }) => !qty.isZero())).toEqual([]);
    expect(await ours.cancel(ref(stopId, true))).toMatchObject({ type: 'unknown' });
  });

  it('cancels a stop that waits', async () => {
    const [ours, theirs] = await traders(2, transport);
    confirmedValue(await theirs.submit({ clientOrderId: venue.nextId(), terms: limit('sell', '180', '0.4') }));
    confirmedValue(await ours.submit({ clientOrderId: venue.nextId(), terms: limit('buy', '180', '0.4') }));
    const stopId = venue.nextId();
    confirmedValue(await ours.submit({ clientOrderId: stopId, terms: stopMarket('sell', '170', '0.4') }));
    expect(await ours.cancel(ref(stopId, true))).toEqual({ type: 'confirmed', value: undefined });
    expect(await ours.lookUpOrder(ref(stopId, true))).toMatchObject({ type: 'answered', value: { phase: 'canceled' } });
    expect(await ours.openAlgoOrders()).toEqual({ type: 'answered', value: [] });
  });

  it('reads refusals as refusals and a known client id as unknown', async () => {
    const [ours, theirs] = await traders(2, transport);
    confirmedValue(await theirs.submit({ clientOrderId: venue.nextId(), terms: limit('sell', '180', '1') }));
    const submit = (terms: ReturnType<typeof limit>, id = venue.nextId()) => ours.submit({ clientOrderId: id, terms });

    expect(await submit(limit('buy', '181', '1', { timeInForce: 'GTX' }))).toMatchObject({
      type: 'refused',
      reason: { code: 'BINANCE_5022' },
    });
    expect(await submit(limit('buy', '181', '5', { timeInForce: 'FOK' }))).toMatchObject({
      type: 'refused',
      reason: { code: 'BINANCE_5021' },
    });
    expect(await submit(limit('buy', '180', '600000'))).toMatchObject({ type: 'refused', retry: false });
    expect(await submit(limit('buy', '179.005', '1'))).toMatchObject({ type: 'refused', reason: { code: 'BINANCE_4014' } });
    expect(await submit(limit('sell', '180', '1', { reduceOnly: true }))).toMatchObject({
      type: 'refused',
      reason: { code: 'BINANCE_2022' },
    });
    const id = venue.nextId();
    confirmedValue(await submit(limit('buy', '170.5', '1'), id));
    expect(await submit(limit('buy', '170.5', '1'), id)).toMatchObject({ type: 'unknown', reason: { code: 'BINANCE_4116' } });
    expect(await ours.lookUpOrder(ref(venue.nextId()))).toEqual({ type: 'absent' });
    expect(await ours.lookUpOrder(ref(venue.nextId(), true))).toEqual({ type: 'absent' });
  });
});

describe('faults', () => {
  /** What the adapter must say, and whether the order is at the venue. */
  const FAULTS = [
    ['executed-reply-lost', 'unknown', true],
    ['not-executed-reply-lost', 'unknown', false],
    ['unknown-executed', 'unknown', true],
    ['unknown-not-executed', 'unknown', false],
    ['timeout-executed', 'unknown', true],
    ['timeout-not-executed', 'unknown', false],
    ['bad-gateway-executed', 'unknown', true],
    ['gateway-timeout-not-executed', 'unknown', false],
    ['request-timeout-executed', 'unknown', true],
    ['invalid-json', 'unknown', true],
    ['truncated', 'unknown', true],
    ['empty-body', 'unknown', true],
    ['service-unavailable', 'retry', false],
    ['internal-error', 'retry', false],
    ['throttled', 'retry', false],
    ['clock-skew', 'retry', false],
    ['rate-limit', 'retry', false],
    ['ban', 'retry', false],
    ['forbidden', 'refused', false],
  ] as const;

  it.each(FAULTS.flatMap((row) => [['rest', ...row] as const, ['ws', ...row] as const]))(
    'over %s, %s on a new order: %s',
    async (transport, kind, expected, isAtVenue) => {
      const [ours] = await traders(1, transport);
      const id = venue.nextId();
      const target = transport === 'rest' ? { method: 'POST', path: '/fapi/v1/order' } : { method: 'WS', path: 'order.place' };
      venue.simulator.faults.add({ kind, ...target, probability: 1, delayMs: 0, left: 1 });

      const outcome = await ours.submit({ clientOrderId: id, terms: limit('buy', '175', '1') });

      expect(outcome.type === 'refused' && outcome.retry ? 'retry' : outcome.type).toBe(expected);
      expect(venue.simulator.faults.rules()[0]?.left).toBe(0);
      const banned = kind === 'ban' || kind === 'rate-limit';
      expect(venue.bans.length > 0).toBe(banned);
      // One that is banned asks nothing more; the other's question shows what became of the order.
      if (banned) expect(await ours.lookUpOrder(ref(id))).toMatchObject({ type: 'failed' });
      const asking = banned ? (await traders(1))[0] : ours;
      expect(await asking.lookUpOrder(ref(id))).toMatchObject(
        isAtVenue ? { type: 'answered', value: { phase: 'new' } } : { type: 'absent' },
      );
    },
  );

  it('does not know the fate of an order whose answer takes too long', async () => {
    const [ours] = await traders(1);
    const id = venue.nextId();
    venue.simulator.faults.add({ kind: 'delay', method: 'POST', path: '/fapi/v1/order', probability: 1, delayMs: 3_000, left: 1 });
    expect(await ours.submit({ clientOrderId: id, terms: limit('buy', '175', '1') })).toMatchObject({ type: 'unknown' });
    expect(await ours.lookUpOrder(ref(id))).toMatchObject({ type: 'answered', value: { phase: 'new' } });
  });

  it('finds its way after the venue moved its clock', async () => {
    const [ours] = await traders(1);
    await venue.control('clock', { skewMs: 30_000 });
    const first = await ours.submit({ clientOrderId: venue.nextId(), terms: limit('buy', '175', '1') });
    expect(first).toMatchObject({ type: 'refused', retry: true, reason: { code: 'BINANCE_1021' } });
    expect(await ours.submit({ clientOrderId: venue.nextId(), terms: limit('buy', '175', '1') })).toMatchObject({ type: 'confirmed' });
    await venue.control('clock', { skewMs: -30_000 });
    expect((await ours.openOrders()).type).toBe('answered');
  });

  it('calls an order absent that is executed later than its failed answer: absence needs time', async () => {
    const [ours] = await traders(1);
    const { listener } = await Listener.open(venue, ours);
    const id = venue.nextId();
    venue.simulator.faults.add({ kind: 'late-execution', method: 'POST', path: '/fapi/v1/order', probability: 1, delayMs: 2_000, left: 1 });
    expect(await ours.submit({ clientOrderId: id, terms: limit('buy', '175', '1') })).toMatchObject({ type: 'unknown' });
    expect(await ours.lookUpOrder(ref(id))).toEqual({ type: 'absent' });
    await listener.until(() => listener.orderTexts().length === 1);
    expect(await ours.lookUpOrder(ref(id))).toMatchObject({ type: 'answered', value: { phase: 'new' } });
  });

  it('may send again what came too late at the engine', async () => {
    const [ours] = await traders(1);
    const id = venue.nextId();
    const submitWithin = (ms: number) =>
      ours.submit({ clientOrderId: id, terms: limit('buy', '175', '1'), notAfterTs: usTime(venue.clock.wallUs() + ms * 1_000) });
    venue.simulator.faults.add({ kind: 'delay-before', method: 'POST', path: '/fapi/v1/order', probability: 1, delayMs: 300, left: 1 });
    let late = await submitWithin(100);
    // On a busy machine its time may be over when it comes to the gate.
    for (let again = 0; again < 20 && late.type === 'refused' && late.reason.code === 'BINANCE_1021'; again += 1)
      late = await submitWithin(100);
    expect(late).toMatchObject({ type: 'refused', retry: true, reason: { code: 'BINANCE_5028' } });
    expect(await ours.submit({ clientOrderId: id, terms: limit('buy', '175', '1') })).toMatchObject({ type: 'confirmed' });
  });

  it('proves that nothing was sent when the venue is not there', async () => {
    const [ours] = await traders(1);
    await venue.simulator.stop();
    // The first requests find connections that are kept from before: whether those were written is not known.
    for (let left = 4; left > 0; left--) expect((await ours.openOrders()).type).toBe('failed');
    expect(await ours.submit({ clientOrderId: venue.nextId(), terms: limit('buy', '175', '1') })).toMatchObject({
      type: 'refused',
      retry: true,
      reason: { code: 'NOT_SENT' },
    });
  });
});

describe('private streams', () => {
  it('runs two at once on one key, and the old one until it is closed', async () => {
    const [ours] = await traders(1);
    const first = await Listener.open(venue, ours);
    const second = await Listener.open(venue, ours);
    confirmedValue(await ours.submit({ clientOrderId: venue.nextId(), terms: limit('buy', '175', '1') }));
    for (const { listener } of [first, second]) await listener.until(() => listener.orderTexts().length === 1);

    first.stream.close();
    confirmedValue(await ours.submit({ clientOrderId: venue.nextId(), terms: limit('buy', '175', '1') }));
    await second.listener.until(() => second.listener.orderTexts().length === 2);
    expect(first.listener.orderTexts().length).toBe(1);
    expect(first.listener.downs).toEqual([]);
  });

  it.each(['cut', 'close'])('goes down once when the venue does: %s', async (action) => {
    const [ours] = await traders(1);
    const { listener } = await Listener.open(venue, ours);
    await venue.control('sockets', { action, route: 'private' });
    await listener.until(() => listener.downs.length === 1);
    const again = await Listener.open(venue, ours);
    confirmedValue(await ours.submit({ clientOrderId: venue.nextId(), terms: limit('buy', '175', '1') }));
    await again.listener.until(() => again.listener.orderTexts().length === 1);
    expect(listener.downs.length).toBe(1);
    expect(listener.events).toEqual([]);
  });

  it('goes down when its key expires, and a new one works', async () => {
    const [ours] = await traders(1);
    const { listener } = await Listener.open(venue, ours);
    await venue.control('listen-keys', { account: 'demo' });
    await listener.until(() => listener.downs.length === 1);
    expect(listener.downs).toEqual(['the listen key expired']);
    const again = await Listener.open(venue, ours);
    confirmedValue(await ours.submit({ clientOrderId: venue.nextId(), terms: limit('buy', '175', '1') }));
    await again.listener.until(() => again.listener.orderTexts().length === 1);
  });
});

describe('market data', () => {
  it('keeps a moving book exactly in step with the venue, across a cut', async () => {
    const seen = { ticker: 0, trade: 0, mark: 0, up: 0 };
    let own = '';
    let looks: (() => void)[] = [];
    const look = (): void => {
      for (const one of looks) one();
    };
    const until = async (holds: () => boolean): Promise<void> => {
      await waitUntil(
        venue,
        holds,
        (one) => looks.push(one),
        () => JSON.stringify([seen, own, venueBook(10)]),
      );
      looks = [];
    };
    const count = (name: keyof typeof seen) => () => {
      seen[name]++;
      look();
    };
    venue.market().start(
      ['BTCUSDT'],
      { depthLevels: 10 },
      {
        onTicker: count('ticker'),
        onTrade: count('trade'),
        onMark: count('mark'),
        onLink: (link) => link.up && link.name.startsWith('book') && count('up')(),
        onDepth: (one) => {
          own = JSON.stringify([ticksAndLots(one.bids), ticksAndLots(one.asks)]);
          look();
        },
      },
    );

    await until(() => seen.ticker > 3 && seen.trade > 0 && seen.mark > 0 && seen.up === 1);
    await venue.control('sockets', { action: 'cut', route: 'public' });
    await until(() => seen.up === 2);
    const tickers = seen.ticker;
    await until(() => seen.ticker > tickers + 3);
    venue.simulator.setFlow(false);
    await until(() => own === venueBook(10));
    expect(JSON.parse(own)[0].length).toBe(10);
  });
});

/** The venue's own book as ticks and lots, from its core, not over its API. */
function venueBook(levels: number): string {
  const market = [...venue.simulator.engine.markets()].find((one) => one.spec.symbol === 'BTCUSDT');
  if (market === undefined) throw new Error('no market');
  const rows = (side: typeof market.book.bids) =>
    Array.from({ length: levels }, (_, index) => side.nth(index)).flatMap((level) =>
      level === undefined ? [] : [[level.ticks, level.lots]],
    );
  return JSON.stringify([rows(market.book.bids), rows(market.book.asks)]);
}

/** BTCUSDT has a tick of 0.10 and a lot of 0.001. */
function ticksAndLots(rows: readonly (readonly [string, string])[]): readonly (readonly number[])[] {
  return rows.map(([price, qty]) => [decimal(price).times(10).toNumber(), decimal(qty).times(1000).toNumber()]);
}
