import { describe, expect, it } from '@jest/globals';
import { createBinanceFuturesMarket } from '../src/mod.ts';
import { FakeConnector, FakeHttp, quietLog } from './fake-venue.ts';
import { EXCHANGE_INFO } from './payloads.ts';
import { fixedRandom, settle, VirtualClock } from './virtual-clock.ts';

const DEPTH = 'GET /fapi/v1/depth';
const SECOND = 1_000;

function createWorld(symbols: readonly string[] = ['BTCUSDT'], depthLevels = 2) {
  const http = new FakeHttp();
  const connector = new FakeConnector();
  const clock = new VirtualClock();
  const adapter = createBinanceFuturesMarket(
    { clock, random: fixedRandom, http, webSocket: connector, log: quietLog() },
    { baseUrl: 'http://venue.test', wsPublicUrl: 'ws://venue.test/public', wsMarketUrl: 'ws://venue.test/market' },
  );
  const seen: string[] = [];
  const links: string[] = [];
  const bans: number[] = [];
  adapter.start(
    symbols,
    { depthLevels },
    {
      onTicker: (one) => seen.push(`ticker ${one.instrument} ${one.bid} ${one.ask}`),
      onDepth: (one) =>
        seen.push(`depth ${one.updateId} ${one.bids.map((level) => level.join('x'))} | ${one.asks.map((level) => level.join('x'))}`),
      onTrade: (one) => seen.push(`trade ${one.tradeId} ${one.aggressor}`),
      onMark: (one) => seen.push(`mark ${one.mark}`),
      onLink: (link) => links.push(`${link.name} ${link.up ? 'up' : 'down'}`),
      onBan: (untilTs) => bans.push(untilTs),
    },
  );
  return { adapter, http, connector, clock, seen, links, bans };
}

function diff(U: number, u: number, pu: number, b: readonly (readonly string[])[] = [], a: readonly (readonly string[])[] = []) {
  return {
    stream: 'btcusdt@depth@100ms',
    data: { e: 'depthUpdate', E: 1_794_400_000_001, T: 1_794_400_000_000, s: 'BTCUSDT', U, u, pu, b, a },
  };
}

function snapshot(
  lastUpdateId: number,
  bids: readonly (readonly string[])[] = [['10', '1']],
  asks: readonly (readonly string[])[] = [['11', '1']],
) {
  return { lastUpdateId, E: 1_794_400_000_001, T: 1_794_400_000_000, bids, asks };
}

const MARK = { e: 'markPriceUpdate', E: 1_794_400_000_000, s: 'BTCUSDT', p: '92001', i: '92000', r: '0.0001', T: 1_794_412_800_000 };

async function synced(world = createWorld()) {
  const socket = world.connector.to('/public');
  socket.open();
  world.http.last(DEPTH).answer(200, snapshot(100));
  await settle();
  return { ...world, socket };
}

describe('the market adapter', () => {
  it('lists instruments', async () => {
    const { adapter, http } = createWorld();
    const answer = adapter.instruments();
    http.last('GET /fapi/v1/exchangeInfo').answer(200, EXCHANGE_INFO);
    expect(await answer).toMatchObject({
      type: 'answered',
      value: [{ symbol: 'BTCUSDT' }, { symbol: 'ETHUSDT' }, { symbol: 'BTCUSDT_261225' }],
    });
    expect(http.last('GET /fapi/v1/exchangeInfo').request.headers).toEqual({});
  });

  it('asks each stream on its own route', () => {
    const { connector } = createWorld(['BTCUSDT', '币安人生USDT']);
    expect(connector.sockets.map(({ options }) => options.url)).toEqual([
      'ws://venue.test/public/stream?streams=btcusdt@bookTicker/btcusdt@depth@100ms/%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9Fusdt@bookTicker/%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9Fusdt@depth@100ms',
      'ws://venue.test/market/stream?streams=btcusdt@aggTrade/btcusdt@markPrice@1s/%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9Fusdt@aggTrade/%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9Fusdt@markPrice@1s',
    ]);
  });

  it('spreads many symbols over several connections', () => {
    const { connector } = createWorld(Array.from({ length: 120 }, (_, index) => `S${index}USDT`));
    expect(connector.sockets.length).toBe(6);
  });

  it('passes tickers, trades and marks on', async () => {
    const world = createWorld();
    world.connector.to('/public').open();
    world.connector.to('/market').open();
    world.connector.to('/public').receive({ e: 'bookTicker', u: 1, E: 1, T: 1, s: 'BTCUSDT', b: '10', B: '1', a: '11', A: '1' });
    world.connector.to('/market').receive({ e: 'aggTrade', E: 1, T: 1, a: 7, s: 'BTCUSDT', p: '10', q: '1', m: false });
    world.connector.to('/market').receive(MARK);
    expect(world.seen).toEqual(['ticker BTCUSDT-PERP.BINANCE 10 11', 'trade 7 buy', 'mark 92001']);
  });

  it('gives the book after the snapshot and at each change of the levels asked for', async () => {
    const { socket, seen, links } = await synced();
    socket.receive(diff(99, 101, 98, [['10.5', '2']]));
    socket.receive(diff(102, 103, 101, [['1', '5']]));
    socket.receive(diff(104, 105, 103, [['9', '5']]));
    socket.receive(diff(106, 107, 105, [], [['11', '0.0']]));
    expect(seen).toEqual(['depth 100 10x1 | 11x1', 'depth 101 10.5x2,10x1 | 11x1', 'depth 107 10.5x2,10x1 | ']);
    expect(links).toEqual(['public-1 up', 'book BTCUSDT-PERP.BINANCE up']);
  });

  it('takes a new snapshot after a gap and says that the book was lost', async () => {
    const { socket, http, seen, links } = await synced();
    socket.receive(diff(99, 101, 98));
    socket.receive(diff(110, 111, 109, [['10', '9']]));
    expect(http.count(DEPTH)).toBe(2);
    expect(links.at(-1)).toBe('book BTCUSDT-PERP.BINANCE down');
    socket.receive(diff(112, 113, 111, [['10', '8']]));
    http.last(DEPTH).answer(200, snapshot(111));
    await settle();
    expect(links.at(-1)).toBe('book BTCUSDT-PERP.BINANCE up');
    expect(seen.at(-1)).toBe('depth 113 10x8 | 11x1');
  });

  it('asks again, later and later, when the snapshot fails or is too old', async () => {
    const { connector, http, clock, seen } = createWorld();
    connector.to('/public').open();
    connector.to('/public').receive(diff(200, 201, 199));
    http.last(DEPTH).answer(200, snapshot(100));
    await clock.pass(400);
    expect(http.count(DEPTH)).toBe(2);
    http.last(DEPTH).answer(502, '');
    await clock.pass(400);
    expect(http.count(DEPTH)).toBe(2);
    await clock.pass(400);
    expect(http.count(DEPTH)).toBe(3);
    http.last(DEPTH).answer(200, snapshot(201));
    await settle();
    expect(seen).toEqual(['depth 201 10x1 | 11x1']);
  });

  it('sends no request during a ban', async () => {
    const { connector, http, clock, bans } = createWorld();
    connector.to('/public').open();
    http.last(DEPTH).answer(429, { code: -1003, msg: 'Too many requests.' }, { 'retry-after': '60' });
    await clock.pass(50 * SECOND);
    expect(bans).toEqual([1_794_400_060_000_000]);
    expect(http.count(DEPTH)).toBe(1);
    connector.to('/public').receive(diff(1, 2, 0));
    await clock.pass(20 * SECOND);
    expect(http.count(DEPTH)).toBe(2);
  });

  it('asks one snapshot at a time', async () => {
    const { connector, http } = createWorld(['BTCUSDT', 'ETHUSDT', 'BNBUSDT']);
    connector.to('/public').open();
    expect(http.count(DEPTH)).toBe(1);
    http.last(DEPTH).answer(200, snapshot(1));
    await settle();
    expect(http.count(DEPTH)).toBe(2);
    expect(http.last(DEPTH).params.get('symbol')).toBe('ETHUSDT');
  });

  it('reconnects for ever, waiting longer and longer up to 30 s, and at once after data came', async () => {
    const { connector, clock, links } = createWorld();
    const attempts = () => connector.sockets.filter(({ options }) => options.url.includes('/public')).length;
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      connector.to('/public').cut('ECONNREFUSED');
      let waited = 0;
      const before = attempts();
      while (attempts() === before && waited < 60_000) {
        await clock.pass(250);
        waited += 250;
      }
      waits.push(waited);
    }
    // Three quarters of 1, 2, 4 … 30 s with the random number of this test.
    expect(waits).toEqual([750, 1_500, 3_000, 6_000, 12_000, 22_500, 22_500, 22_500]);
    expect(links.filter((link) => link === 'public-1 down').length).toBe(8);

    const socket = connector.to('/public');
    socket.open();
    socket.receive({ e: 'bookTicker', u: 1, E: 1, T: 1, s: 'BTCUSDT', b: '10', B: '1', a: '11', A: '1' });
    socket.cut();
    const before = attempts();
    await clock.pass(750);
    expect(attempts()).toBe(before + 1);
  });

  it('drops the books with the connection and fills them anew', async () => {
    const { socket, connector, clock, http, seen } = await synced();
    socket.cut();
    socket.receive(diff(99, 101, 98));
    await clock.pass(SECOND);
    connector.to('/public').open();
    expect(http.count(DEPTH)).toBe(2);
    http.last(DEPTH).answer(200, snapshot(500));
    await settle();
    expect(seen.at(-1)).toBe('depth 500 10x1 | 11x1');
  });

  it('does not use a snapshot that was asked for on an older connection', async () => {
    const world = createWorld();
    world.connector.to('/public').open();
    const old = world.http.last(DEPTH);
    world.connector.to('/public').cut();
    await world.clock.pass(SECOND);
    world.connector.to('/public').open();
    old.answer(200, snapshot(100));
    await settle();
    expect(world.seen).toEqual([]);
    expect(world.http.count(DEPTH)).toBe(2);
  });

  it('reconnects when a mark price is silent: an unrouted stream opens fine and says nothing', async () => {
    const { connector, clock, links } = createWorld();
    connector.to('/market').open();
    for (let i = 0; i < 20; i++) {
      connector.to('/market').receive(MARK);
      await clock.pass(SECOND);
    }
    expect(links).toEqual(['market-1 up']);
    await clock.pass(16 * SECOND);
    expect(links).toEqual(['market-1 up', 'market-1 down']);
  });

  it('tells a quiet market from a silent stream by asking', async () => {
    const quiet = await synced();
    quiet.http.auto = (what, params) => (what === DEPTH && params.get('limit') === '5' ? [200, snapshot(100)] : undefined);
    await quiet.clock.pass(300 * SECOND);
    expect(quiet.links).toEqual(['public-1 up', 'book BTCUSDT-PERP.BINANCE up']);
    expect(quiet.http.count(DEPTH)).toBeGreaterThan(3);

    const silent = await synced();
    silent.http.auto = (what, params) => (what === DEPTH && params.get('limit') === '5' ? [200, snapshot(150)] : undefined);
    await silent.clock.pass(70 * SECOND);
    expect(silent.links).toContain('public-1 down');
  });

  it('leaves before the venue cuts it after 24 h, and is back within a second', async () => {
    const { connector, clock, links } = createWorld();
    connector.to('/public').open();
    await clock.pass(23 * 3600 * SECOND);
    expect(links).toEqual(['public-1 up']);
    await clock.pass(51 * 60 * SECOND);
    expect(links[1]).toBe('public-1 down');
    expect(connector.sockets.filter(({ options }) => options.url.includes('/public')).length).toBe(2);
  });

  it('is still after close', async () => {
    const { adapter, connector, clock, socket, seen } = await synced();
    await adapter.close();
    const before = seen.length;
    socket.receive(diff(99, 101, 98));
    await clock.pass(600 * SECOND);
    expect(seen.length).toBe(before);
    expect(connector.sockets.every(({ state }) => state === 'closed')).toBe(true);
    expect(clock.timers).toBe(0);
    expect(() => adapter.start(['BTCUSDT'], { depthLevels: 5 }, {} as never)).toThrow(
      expect.objectContaining({ code: 'BIN_ALREADY_STARTED' }),
    );
  });
});
