import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DEMO_SYMBOLS, type SimulatorOptions } from '../../src/mod.ts';
import { type FakeSocket, START_MS, TestVenue } from '../kit.ts';

const FILE = 'venue.state';

function dumped(test: TestVenue): string {
  const reply = test.control('POST', 'dump', { file: FILE });
  expect(reply.json).toEqual({ file: FILE });
  return Buffer.from(test.disk.readWhole(FILE)).toString();
}

/** Equality of long texts that shows where they part. */
function same(one: string, other: string): void {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  expect(one.slice(Math.max(0, at - 150), at + 150)).toBe(other.slice(Math.max(0, at - 150), at + 150));
  expect(one === other).toBe(true);
}

/** Another venue, at the same time of day, that goes on from the state. */
async function loaded(state: string, atMs: number, changes: Partial<SimulatorOptions> = {}): Promise<TestVenue> {
  const other = await TestVenue.open(changes);
  other.clock.advance(atMs - START_MS);
  other.disk.writeAtomic(FILE, Buffer.from(state));
  expect(other.control('POST', 'load', { file: FILE }).json).toEqual({ file: FILE });
  return other;
}

/** A bit of everything that a venue remembers. */
function live(test: TestVenue): void {
  const [demo, second] = [test.client('demo'), test.client('second')];
  demo.keyed('POST', '/fapi/v1/listenKey');
  test.clock.advance(1_500);
  second.call('POST', '/fapi/v1/positionSide/dual', { dualSidePosition: true });
  second.call('POST', '/fapi/v1/marginType', { symbol: 'SOLUSDT', marginType: 'ISOLATED' });
  second.call('POST', '/fapi/v1/leverage', { symbol: 'SOLUSDT', leverage: 7 });
  second.limit('SELL', '181.0000', '5', { positionSide: 'SHORT', newClientOrderId: 'ask' });
  demo.limit('BUY', '179.0000', '3', { newClientOrderId: 'first' });
  test.control('POST', 'orders', { symbol: 'SOLUSDT', side: 'BUY', price: '179.0000', quantity: '4' });
  demo.limit('BUY', '179.0000', '2', { newClientOrderId: 'third' });
  demo.limit('BUY', '178.5000', '1', { timeInForce: 'GTD', goodTillDate: test.clock.nowMs + 700_000, newClientOrderId: 'till' });
  demo.market('BUY', '2');
  test.control('POST', 'trades', { symbol: 'SOLUSDT', side: 'SELL', quantity: '1', price: '179.0000' });
  const algo = { symbol: 'SOLUSDT', algoType: 'CONDITIONAL', side: 'SELL', quantity: '1' };
  demo.call('POST', '/fapi/v1/algoOrder', { ...algo, type: 'STOP_MARKET', triggerPrice: '170.0000', clientAlgoId: 'stop' });
  demo.call('POST', '/fapi/v1/algoOrder', { ...algo, type: 'TRAILING_STOP_MARKET', callbackRate: '2', workingType: 'MARK_PRICE' });
  demo.call('POST', '/fapi/v1/countdownCancelAll', { symbol: 'BTCUSDT', countdownTime: 90_000 });
  demo.order({ symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '91000.0', quantity: '0.01' });
  demo.order({ symbol: 'ETHUSDT', side: 'BUY', type: 'MARKET', quantity: '1.5' });
  test.control('POST', 'faults', { kind: 'unknown-not-executed', method: 'POST', path: '/fapi/v1/order', probability: 0.3 });
  test.control('POST', 'clock', { skewMs: 250 });
  test.control('POST', 'funding', { symbol: 'ETHUSDT', rate: '0.0003' });
  test.clock.advance(2_500);
}

/** The same commands wherever they are given, and everything that a client sees of it. */
function transcript(test: TestVenue): string {
  const demo = test.client('demo');
  const second = test.client('second');
  const sockets: FakeSocket[] = [
    demo.userStream(),
    test.connect('/public/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker/solusdt@depth5/ethusdt@trade'),
    test.connect('/market/stream?streams=btcusdt@kline_1m/ethusdt@markPrice@1s/!ticker@arr/btcusdt@aggTrade'),
  ];
  const answers: string[] = [];
  const answer = (reply: { readonly text: string; readonly headers: unknown }) => answers.push(JSON.stringify(reply.headers), reply.text);
  for (let round = 0; round < 16; round += 1) {
    test.clock.advance(50_000);
    // A request under a fault rule may be lost; which one is part of the state.
    answer(demo.limit('BUY', '178.9000', '1'));
    answer(second.limit('SELL', '181.0000', '1', { positionSide: 'SHORT' }));
    answer(demo.order({ symbol: 'BTCUSDT', side: round % 2 === 0 ? 'BUY' : 'SELL', type: 'MARKET', quantity: '0.005' }));
    if (round === 8) test.control('POST', 'trades', { symbol: 'SOLUSDT', side: 'SELL', quantity: '5', price: '178.5000' });
    if (round === 9) test.control('POST', 'mark', { symbol: 'SOLUSDT', price: '169.0000' });
    answer(demo.call('GET', '/fapi/v3/account'));
    answer(demo.call('GET', '/fapi/v1/openOrders'));
  }
  for (const path of ['allOrders', 'userTrades']) answer(demo.call('GET', `/fapi/v1/${path}`, { symbol: 'SOLUSDT' }));
  for (const path of ['allAlgoOrders', 'income', 'openAlgoOrders']) answer(demo.call('GET', `/fapi/v1/${path}`, { symbol: 'SOLUSDT' }));
  for (const path of ['depth', 'trades', 'aggTrades', 'klines']) {
    answer(test.now(test.raw('GET', `/fapi/v1/${path}?symbol=BTCUSDT&interval=1m`)));
  }
  return [...answers, ...sockets.flatMap(({ frames }) => frames)].join('\n');
}

describe('a dumped state', () => {
  it('is the same after it was loaded, and the venue goes on from it as if nothing had been', async () => {
    const options = { seed: 'state', symbols: DEMO_SYMBOLS.map((symbol) => ({ ...symbol, flowRate: 2 })) };
    const test = await TestVenue.open(options);
    live(test);
    const state = dumped(test);
    const other = await loaded(state, test.clock.nowMs, options);

    same(dumped(other), state);
    const [here, there] = [transcript(test), transcript(other)];
    expect(here).toContain('"X":"EXPIRED"'); // the order that was good till a date
    expect(here).toContain('ALGO_UPDATE');
    expect(here.length).toBeGreaterThan(100_000);
    same(there, here);
    same(dumped(other), dumped(test));
  });

  it('keeps who was first in the queue', async () => {
    const test = await TestVenue.quiet();
    live(test);
    const other = await loaded(dumped(test), test.clock.nowMs, quiet());
    const [demo, house] = [other.client('demo'), other.venue.engine.account('external')];
    other.control('DELETE', 'faults');
    // In front stand 2 left of `first`, then 4 of the house, then `third`.
    other.control('POST', 'trades', { symbol: 'SOLUSDT', side: 'SELL', quantity: '4', price: '179.0000' });

    const filled = (origClientOrderId: string) => demo.call('GET', '/fapi/v1/order', { symbol: 'SOLUSDT', origClientOrderId }).json;
    expect(filled('first')).toMatchObject({ status: 'FILLED', executedQty: '3.00' });
    expect(filled('third')).toMatchObject({ status: 'NEW', executedQty: '0.00' });
    expect(house).toBeDefined();
  });

  it('keeps closed orders where both their ids find them', async () => {
    const test = await TestVenue.quiet();
    const { orderId } = test.client().limit('BUY', '179.0000', '3', { newClientOrderId: 'gone' }).json;
    test.client().call('DELETE', '/fapi/v1/order', { symbol: 'SOLUSDT', orderId });
    const demo = (await loaded(dumped(test), test.clock.nowMs, quiet())).client();

    for (const key of [{ orderId }, { origClientOrderId: 'gone' }]) {
      expect(demo.call('GET', '/fapi/v1/order', { symbol: 'SOLUSDT', ...key }).json).toMatchObject({ orderId, status: 'CANCELED' });
    }
  });

  it.each([1, 2, 3])('is kept whole whatever happened before (%i)', async (run) => {
    await fc.assert(
      fc.asyncProperty(fc.array(COMMAND, { minLength: 1, maxLength: 60 }), async (commands) => {
        const test = await TestVenue.quiet({ seed: String(run) });
        for (const command of commands) act(test, command);
        const state = dumped(test);
        const other = await loaded(state, test.clock.nowMs, quiet({ seed: String(run) }));
        same(dumped(other), state);
        for (const command of commands) expect(act(other, command)).toBe(act(test, command));
        same(dumped(other), dumped(test));
      }),
      { numRuns: 15 },
    );
  });
});

interface Command {
  readonly who: 'demo' | 'second';
  readonly side: 'BUY' | 'SELL';
  readonly ticks: number;
  readonly quantity: number;
  readonly kind: 'limit' | 'market' | 'cancel' | 'stop' | 'modify' | 'wait' | 'mark' | 'countdown';
}

const COMMAND: fc.Arbitrary<Command> = fc.record({
  who: fc.constantFrom('demo', 'second'),
  side: fc.constantFrom('BUY', 'SELL'),
  ticks: fc.integer({ min: -8, max: 8 }),
  quantity: fc.integer({ min: 1, max: 400 }),
  kind: fc.constantFrom('limit', 'limit', 'limit', 'market', 'cancel', 'stop', 'modify', 'wait', 'mark', 'countdown'),
});

function act(test: TestVenue, { who, side, ticks, quantity, kind }: Command): string {
  const client = test.client(who);
  const price = (180 + ticks / 100).toFixed(4);
  const symbol = 'SOLUSDT';
  switch (kind) {
    case 'limit':
      return client.limit(
        side,
        price,
        String(quantity),
        ticks === 3 ? { timeInForce: 'GTD', goodTillDate: test.clock.nowMs + 700_000 } : {},
      ).text;
    case 'market':
      return client.market(side, String(quantity)).text;
    case 'cancel':
      return client.call('DELETE', '/fapi/v1/allOpenOrders', { symbol }).text;
    case 'stop': {
      const terms = {
        symbol,
        algoType: 'CONDITIONAL',
        side,
        type: 'STOP_MARKET',
        quantity,
        triggerPrice: price,
        workingType: 'MARK_PRICE',
      };
      return client.call('POST', '/fapi/v1/algoOrder', terms).text;
    }
    case 'modify': {
      const [order] = client.call('GET', '/fapi/v1/openOrders', { symbol }).json;
      if (order === undefined) return '';
      return client.call('PUT', '/fapi/v1/order', { symbol, orderId: order.orderId, side: order.side, price, quantity }).text;
    }
    case 'wait':
      test.clock.advance(quantity * 1_000);
      return '';
    case 'mark':
      return test.control('POST', 'mark', { symbol, price }).text;
    case 'countdown':
      return client.call('POST', '/fapi/v1/countdownCancelAll', { symbol, countdownTime: quantity * 100 }).text;
  }
}

/** As `TestVenue.quiet`. */
function quiet(changes: Partial<SimulatorOptions> = {}): Partial<SimulatorOptions> {
  return { symbols: DEMO_SYMBOLS.map((symbol) => ({ ...symbol, flow: 'none' as const })), ...changes };
}

describe('loading a state', () => {
  it('cuts clients off, who find their orders and their listen key when they come back', async () => {
    const test = await TestVenue.quiet();
    const demo = test.client();
    const user = demo.userStream();
    const key = demo.keyed('POST', '/fapi/v1/listenKey').json.listenKey;
    const api = test.connect('/ws-fapi/v1');
    const { orderId } = demo.limit('BUY', '179.0000', '1').json;
    dumped(test);
    demo.call('DELETE', '/fapi/v1/order', { symbol: 'SOLUSDT', orderId });
    test.control('POST', 'load', { file: FILE });

    expect([user.closed?.code, api.closed?.code]).toEqual([1006, 1006]);
    expect(demo.keyed('POST', '/fapi/v1/listenKey').json.listenKey).toBe(key);
    expect(demo.call('GET', '/fapi/v1/openOrders').json).toMatchObject([{ orderId, status: 'NEW' }]);
  });

  it('goes on from the state file at a start, which an orderly stop has written', async () => {
    const first = await TestVenue.quiet({ stateFile: FILE });
    const { orderId } = first.client().limit('BUY', '179.0000', '1').json;
    await first.venue.stop();
    const next = new TestVenue(quiet({ stateFile: FILE }));
    next.disk.writeAtomic(FILE, first.disk.readWhole(FILE));
    await next.venue.start();

    expect(next.client().call('GET', '/fapi/v1/openOrders').json).toMatchObject([{ orderId }]);
  });

  it('runs at once what fell due while the state lay in its file', async () => {
    const test = await TestVenue.quiet();
    const demo = test.client();
    demo.limit('BUY', '179.0000', '1', { timeInForce: 'GTD', goodTillDate: test.clock.nowMs + 700_000 });
    const state = dumped(test);
    const other = await loaded(state, test.clock.nowMs + 800_000, quiet());
    expect(other.client().call('GET', '/fapi/v1/openOrders').json).toHaveLength(1);
    other.clock.advance(0);
    expect(other.client().call('GET', '/fapi/v1/openOrders').json).toEqual([]);
  });

  it.each<[string, (state: string) => string | undefined, RegExp]>([
    ['absent', () => undefined, /no such file/],
    ['something else', () => '[GLOBAL]\n', /no state of a venue/],
    ['empty', () => '', /no state of a venue/],
    ['of a later release', (state) => state.replace('"version":2', '"version":3'), /of version 3, this release reads version 2/],
    ['cut short', (state) => state.slice(0, -100), /damaged/],
    ['damaged', (state) => state.replace('179.0000', '178.0000').replace('"wallet"', '"Wallet"'), /damaged/],
  ])('refuses a file that is %s, and nothing has changed', async (_what, spoilt, why) => {
    const test = await TestVenue.quiet();
    const state = dumped(test);
    const text = spoilt(state);
    test.client().limit('BUY', '179.0000', '1');
    const before = dumped(test);
    if (text === undefined) test.disk.remove(FILE);
    else test.disk.writeAtomic(FILE, Buffer.from(text));
    const reply = test.control('POST', 'load', { file: FILE });

    expect(reply.status).toBe(400);
    expect(reply.json.error).toMatch(why);
    expect(reply.json.error).toContain(FILE);
    same(dumped(test), before);
  });

  it('refuses the state of a venue with other accounts or symbols', async () => {
    const test = await TestVenue.quiet();
    const state = dumped(test);
    const other = await TestVenue.open({ seed: '2' });
    other.disk.writeAtomic(FILE, Buffer.from(state));
    expect(other.control('POST', 'load', { file: FILE }).json.error).toMatch(/belongs to a venue with seed "1", this one has "2"/);
  });

  it('does not start from a state file that cannot be used', async () => {
    const test = new TestVenue({ stateFile: FILE });
    test.disk.writeAtomic(FILE, Buffer.from('nothing'));
    await expect(test.venue.start()).rejects.toMatchObject({ code: 'XSM_STATE_UNUSABLE' });
  });
});
