import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DEMO_SYMBOLS, type SimulatorOptions, type SymbolOptions } from '../../src/mod.ts';
import { LineReader } from '../../src/replay/csv-reader.ts';
import { MemoryDisk, START_MS, TestVenue } from '../kit.ts';

/** As in the files of data.binance.vision: with names in newer ones, without in older ones. */
const AGG_TRADES = 'agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker';
const BOOK_TICKER = 'update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time';
const LEVELS = 'symbol,timestamp,first_update_id,last_update_id,side,update_type,price,qty,pu';
const T0 = 1_722_470_400_000;

const trade = (ms: number, price: string, quantity: string, maker: boolean) => `1,${price},${quantity},1,1,${T0 + ms},${maker}`;
const top = (ms: number, bid: string, bidQuantity: string, ask: string, askQuantity: string) =>
  `1,${bid},${bidQuantity},${ask},${askQuantity},${T0 + ms},${T0 + ms}`;
const level = (ms: number, side: 'a' | 'b', price: string, quantity: string, type = 'set') =>
  `SOLUSDT,${T0 + ms},1,1,${side},${type},${price},${quantity},0`;

type Files = Readonly<Record<string, readonly string[]>>;

function prepared(files: Files, replay: SymbolOptions['replay'] = {}, changes: Partial<SimulatorOptions> = {}): TestVenue {
  const disk = new MemoryDisk();
  for (const [path, lines] of Object.entries(files)) disk.writeAtomic(path, Buffer.from(`${lines.join('\n')}\n`));
  const named = { ...(files['trades.csv'] ? { trades: 'trades.csv' } : {}), ...(files['book.csv'] ? { book: 'book.csv' } : {}), ...replay };
  const symbols = DEMO_SYMBOLS.slice(2).map((symbol) => ({ ...symbol, flow: 'replay' as const, replay: named }));
  return new TestVenue({ symbols, ...changes }, disk);
}

async function replaying(files: Files, replay: SymbolOptions['replay'] = {}, changes: Partial<SimulatorOptions> = {}): Promise<TestVenue> {
  const test = prepared(files, replay, changes);
  await test.venue.start();
  test.clock.advance(0);
  return test;
}

const depth = (test: TestVenue) => {
  const { bids, asks } = test.now(test.raw('GET', '/fapi/v1/depth?symbol=SOLUSDT')).json;
  return { bids, asks };
};
const tape = (test: TestVenue) =>
  test
    .now(test.raw('GET', '/fapi/v1/trades?symbol=SOLUSDT'))
    .json.map(({ price, qty, time, isBuyerMaker }: Record<string, unknown>) => [price, qty, time, isBuyerMaker]);
const status = (test: TestVenue) => test.control('GET', 'markets').json[0];

describe('a recorded book of best prices', () => {
  let test: TestVenue;

  beforeEach(async () => {
    test = await replaying({
      'book.csv': [
        BOOK_TICKER,
        top(0, '180.00', '5', '180.01', '7'),
        top(100, '180.02', '1', '180.03', '2'),
        top(3_600_000, '170.00', '9', '170.05', '9'),
      ],
      'trades.csv': [trade(50, '180.01', '3', false), trade(100, '180.01', '4', false)],
    });
  });

  it('comes at the recorded times, shifted to the start, with its trades on the tape and the mark in its middle', () => {
    expect(depth(test)).toEqual({ bids: [['180.0000', '5.00']], asks: [['180.0100', '7.00']] });
    test.clock.advance(99);
    expect(depth(test).asks).toEqual([['180.0100', '4.00']]);
    test.clock.advance(1);
    expect(depth(test)).toEqual({ bids: [['180.0200', '1.00']], asks: [['180.0300', '2.00']] });
    expect(tape(test)).toEqual([
      ['180.0100', '3.00', START_MS + 50, false],
      ['180.0100', '4.00', START_MS + 100, false],
    ]);
    expect(test.now(test.raw('GET', '/fapi/v1/premiumIndex?symbol=SOLUSDT')).json.markPrice).toBe('180.02500000');
    expect(status(test)).toMatchObject({ flowing: true, feed: 'playing' });
    test.clock.advance(3_600_000);
    expect(status(test)).toMatchObject({ flowing: false, feed: 'ended' });
    expect(depth(test).bids).toEqual([['170.0000', '9.00']]);
  });

  it('stands still while it is paused, and goes on from there', () => {
    test.control('POST', 'flow', { state: 'off' });
    test.clock.advance(7_200_000);
    expect(depth(test).bids).toEqual([['180.0000', '5.00']]);
    test.control('POST', 'flow', { state: 'on' });
    test.clock.advance(100);
    expect(depth(test).bids).toEqual([['180.0200', '1.00']]);
  });

  it('fills a client in front of the price that comes to it, at the price of the client', () => {
    const client = test.client();
    client.limit('SELL', '180.0200', '4', { newClientOrderId: 'maker' });
    test.clock.advance(100);
    // The bid of 1 at 180.02 met it.
    const order = client.call('GET', '/fapi/v1/order', { symbol: 'SOLUSDT', origClientOrderId: 'maker' }).json;
    expect(order).toMatchObject({ executedQty: '1.00', avgPrice: '180.0200' });
    expect(depth(test).asks[0]).toEqual(['180.0200', '3.00']);
  });
});

describe('queues', () => {
  const BOOK = [LEVELS, level(0, 'b', '180.00', '10', 'snap'), level(0, 'a', '180.05', '10', 'snap')];
  const executed = (test: TestVenue) =>
    test.client().call('GET', '/fapi/v1/order', { symbol: 'SOLUSDT', origClientOrderId: 'mine' }).json.executedQty;

  it('let a client behind those who were there, and before those who came later', async () => {
    const test = await replaying({
      'book.csv': [...BOOK, level(100, 'b', '180.00', '15')],
      'trades.csv': [trade(200, '180.00', '9', true), trade(300, '180.00', '3', true), trade(400, '180.00', '1', true)],
    });
    test.client().limit('BUY', '180.0000', '2', { newClientOrderId: 'mine' });
    test.clock.advance(200);
    expect(executed(test)).toBe('0.00');
    test.clock.advance(100);
    expect(executed(test)).toBe('2.00');
    test.clock.advance(100);
    expect(depth(test).bids).toEqual([['180.0000', '4.00']]);
  });

  it('take what leaves without a trade from behind', async () => {
    const test = await replaying({
      'book.csv': [...BOOK, level(100, 'b', '180.00', '15'), level(200, 'b', '180.00', '8')],
      'trades.csv': [trade(300, '180.00', '8', true), trade(400, '180.00', '2', true)],
    });
    test.client().limit('BUY', '180.0000', '2', { newClientOrderId: 'mine' });
    test.clock.advance(300);
    // 15 became 8: the 5 that came later went first, then 2 of the 10 in front.
    expect(executed(test)).toBe('0.00');
    test.clock.advance(100);
    expect(executed(test)).toBe('2.00');
  });

  it('forget what a client took with the next news of the price', async () => {
    const test = await replaying({ 'book.csv': [...BOOK, level(100, 'a', '180.05', '9')] });
    expect(test.client().market('BUY', '4').json).toMatchObject({ executedQty: '4.00', status: 'FILLED' });
    expect(depth(test).asks).toEqual([['180.0500', '6.00']]);
    test.clock.advance(100);
    expect(depth(test).asks).toEqual([['180.0500', '9.00']]);
  });

  it('replace the whole book by a snapshot', async () => {
    const later = [level(100, 'b', '179.00', '1', 'snap'), level(100, 'a', '179.10', '2', 'snap'), level(200, 'a', '179.10', '0')];
    const test = await replaying({ 'book.csv': [...BOOK, ...later] });
    test.clock.advance(100);
    expect(depth(test)).toEqual({ bids: [['179.0000', '1.00']], asks: [['179.1000', '2.00']] });
    test.clock.advance(100);
    expect(depth(test).asks).toEqual([]);
  });
});

describe('recorded trades alone', () => {
  it('keep one level on each side of the last trade, and fill whom they pass', async () => {
    const test = await replaying({ 'trades.csv': [AGG_TRADES, trade(0, '180.00', '3', true), trade(100, '179.90', '5', true)] });
    expect(depth(test)).toEqual({ bids: [['180.0000', '3.00']], asks: [['180.0100', '3.00']] });
    test.client().limit('BUY', '179.9500', '2', { newClientOrderId: 'mine' });
    test.clock.advance(100);
    expect(tape(test).slice(-2)).toEqual([
      ['179.9500', '2.00', START_MS + 100, true],
      ['179.9000', '3.00', START_MS + 100, true],
    ]);
  });
});

describe('the clock of a recording', () => {
  it('is the recorded one where that is asked for', async () => {
    const clock = { mode: 'stepped', startMs: T0 - 1_000 } as const;
    const test = await replaying(
      { 'trades.csv': [trade(0, '180.00', '3', true), trade(500, '180.10', '1', false)] },
      { timing: 'recorded' },
      { clock },
    );
    expect(tape(test)).toEqual([]);
    test.control('POST', 'clock/advance', { ms: 1_000 });
    expect(tape(test)).toEqual([['180.0000', '3.00', T0, true]]);
    test.control('POST', 'clock/advance', { ms: 10_000 });
    expect(tape(test)).toHaveLength(2);
    expect(test.now(test.raw('GET', '/fapi/v1/klines?symbol=SOLUSDT&interval=1m')).json[0][0]).toBe(T0);
  });

  it('knows times in microseconds', async () => {
    const test = await replaying({ 'trades.csv': [`1,180.00,1,1,1,${T0}250,true`, `1,180.10,1,1,1,${T0 + 1}250,false`] });
    test.clock.advance(1);
    expect(tape(test)).toHaveLength(2);
  });
});

describe('a recording with a line that cannot be read', () => {
  it.each<[string, string]>([
    ['1,180.00,3,1,1,yesterday,true', "'yesterday' is no time in ms or µs since 1970"],
    [`1,dear,3,1,1,${T0 + 9},true`, "'dear' is no price or quantity"],
    [`1,180.005,3,1,1,${T0 + 9},true`, '180.005 is no multiple of TICK_SIZE; set it to that of the recording'],
    [`1,180.00,0,1,1,${T0 + 9},true`, 'a trade of nothing'],
    [`1,180.00,3,1,1,${T0 + 9},perhaps`, "is_buyer_maker must be true or false, not 'perhaps'"],
    [`1,180.00,3`, 'no transact_time'],
    [trade(-5, '180.00', '1', true), 'its time is before that of the line above'],
    ['x'.repeat(10_000), 'it is no line of text'],
  ])('halts the symbol and says where: %s', async (line, why) => {
    const test = await replaying({ 'trades.csv': [AGG_TRADES, trade(0, '180.00', '3', true), trade(8, '180.00', '3', true), line] });
    test.clock.advance(1_000);
    expect(status(test)).toMatchObject({ flowing: false, status: 'TRADING_HALT', feed: `trades.csv:4 cannot be replayed: ${why}` });
    expect(test.client().limit('BUY', '180.0000', '1').status).toBe(400);
  });

  it.each<[Files, RegExp]>([
    [{ 'trades.csv': ['a,b,c'] }, /trades.csv:1 .*names no column transact_time or/],
    [{ 'trades.csv': ['rubbish!'] }, /trades.csv:1 /],
    [{ 'book.csv': [BOOK_TICKER, top(0, '180.02', '1', '180.01', '1')] }, /book.csv:2 .*crossed/],
    [{}, /SOLUSDT has FLOW=replay and no file/],
  ])('does not even start when it is the first: %j', (files, why) => {
    expect(() => prepared(files)).toThrow(why);
  });

  it('does not start without its file', () => {
    expect(() => prepared({}, { trades: 'gone.csv' })).toThrow(/gone.csv cannot be replayed: there is no such file/);
  });
});

describe('a long recording', () => {
  it('is read piece by piece, never as a whole', async () => {
    const lines = Array.from({ length: 40_000 }, (_, n) => trade(n, '180.00', '1', true));
    const test = prepared({ 'trades.csv': lines });
    const sizes = test.disk.reads.map(({ length }) => length);
    await test.venue.start();
    test.clock.advance(10_000);
    const bytes = test.disk.reads.reduce((sum, { length }) => sum + length, 0);
    expect(Math.max(...sizes, ...test.disk.reads.map(({ length }) => length))).toBeLessThanOrEqual(64 * 1024);
    expect(bytes).toBeLessThan(test.disk.readWhole('trades.csv').length / 2);
  });

  it('goes on from a dumped state in the middle', async () => {
    const files = {
      'trades.csv': Array.from({ length: 400 }, (_, n) =>
        trade(n * 10, `180.${String(n % 90).padStart(2, '0')}`, String(1 + (n % 7)), n % 3 === 0),
      ),
      'book.csv': Array.from({ length: 300 }, (_, n) =>
        top(n * 13, '179.95', String(1 + (n % 5)), `181.${String(n % 80).padStart(2, '0')}`, '3'),
      ),
    };
    const test = await replaying(files);
    test.client().limit('BUY', '180.3000', '2');
    test.clock.advance(1_234);
    test.control('POST', 'dump', { file: 'state' });
    const other = prepared(files);
    await other.venue.start();
    other.clock.advance(1_234);
    other.disk.writeAtomic('state', test.disk.readWhole('state'));
    other.control('POST', 'load', { file: 'state' });
    for (const venue of [test, other]) venue.clock.advance(5_000);

    expect(tape(test).length).toBeGreaterThan(390);
    expect([tape(other), depth(other), status(other)]).toEqual([tape(test), depth(test), status(test)]);
  });
});

describe('lines of a file', () => {
  it('are the same however long, and from whatever place', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z,0-9é]{0,300}$/), { maxLength: 700 }), fc.boolean(), fc.nat(), (lines, ended, at) => {
        const disk = new MemoryDisk();
        disk.writeAtomic('f', Buffer.from(lines.join('\n') + (ended && lines.length > 0 ? '\n' : '')));
        const reader = new LineReader(disk, 'f');
        const read: string[] = [];
        let place = reader.place;
        for (let line = reader.next(); line !== undefined; line = reader.next()) {
          if (line === 'too long') throw new Error('no line is');
          expect(line.number).toBe(read.length + 1);
          read.push(line.text);
          if (read.length === at % 700) place = reader.place;
        }
        const expected = ended || lines.at(-1) !== '' ? lines : lines.slice(0, -1);
        expect(read).toEqual(expected);
        const second = new LineReader(disk, 'f');
        second.seek(place);
        const next = second.next();
        expect(next === 'too long' ? '' : next?.text).toEqual(expected[place.number]);
      }),
      { numRuns: 60 },
    );
  });
});
