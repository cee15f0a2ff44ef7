/** Paper trading over real sockets: another simulator is the real exchange. */
import { createHmac } from 'node:crypto';
import { createHttpClient, createHttpServer, createSystemClock, createSystemRandom, createWebSocketConnector } from '@fillwright/runtime';
import type { WebSocketConnector } from '@fillwright/runtime/ports';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEMO_ACCOUNTS, DEMO_SYMBOLS, ExchangeSimulator, type SimulatorOptions, simulatorOptions } from '../../src/mod.ts';
import { type Loose, MemoryDisk, SILENT_LOG, TestVenue } from '../kit.ts';

const DEADLINE_MS = 10_000;
const clock = createSystemClock();
const http = createHttpClient({ clock });
const disk = new MemoryDisk();

let upstream: ExchangeSimulator;
let paper: ExchangeSimulator;
/** Frames from upstream that never arrive. */
let loses: (text: string) => boolean;

const connector = createWebSocketConnector({ clock });
const webSocket: WebSocketConnector = {
  connect: (options, events) =>
    connector.connect(options, {
      onOpen: () => events.onOpen(),
      onMessage: (text) => void (loses(text) || events.onMessage(text)),
      onPing: (payload) => events.onPing(payload),
      onPong: (payload) => events.onPong(payload),
      onClose: (close) => events.onClose(close),
    }),
};

function venue(options: Partial<SimulatorOptions>): ExchangeSimulator {
  const ports = { clock, log: SILENT_LOG, random: createSystemRandom(), httpServer: createHttpServer({ clock }), disk, http, webSocket };
  return new ExchangeSimulator(ports, simulatorOptions({ futuresPort: 0, controlPort: 0, ...options }));
}

function papered(changes: Partial<(typeof DEMO_SYMBOLS)[0]> = {}): ExchangeSimulator {
  const { rest, ws } = upstream.info.futures;
  const symbols = DEMO_SYMBOLS.slice(0, 1).map((symbol) => ({ ...symbol, flow: 'paper' as const, ...changes }));
  return venue({ symbols, paper: { restUrl: rest, streamUrl: ws, silenceMs: 2_000 } });
}

/** Resolves once it holds. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = clock.monotonicUs() + DEADLINE_MS * 1000;
  while (!(await holds())) {
    if (clock.monotonicUs() > end) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise<void>((resolve) => void clock.after(10, resolve));
  }
}

async function get(of: ExchangeSimulator, path: string): Promise<Loose> {
  const answer = await http.request({ method: 'GET', url: `${of.info.futures.rest}${path}`, headers: {}, timeoutMs: 5_000 });
  return answer.type === 'response' ? JSON.parse(answer.body) : undefined;
}

async function control(of: ExchangeSimulator, method: 'GET' | 'POST', path: string, body: unknown = undefined): Promise<Loose> {
  const { url, token } = of.info.control;
  const headers = { authorization: `Bearer ${token}` };
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await http.request({ method, url: `${url}/${path}`, headers, timeoutMs: 5_000, ...text });
  return answer.type === 'response' ? JSON.parse(answer.body) : undefined;
}

async function order(of: ExchangeSimulator, values: Readonly<Record<string, string>>): Promise<Loose> {
  const [account] = DEMO_ACCOUNTS;
  const query = new URLSearchParams({ symbol: 'BTCUSDT', ...values, timestamp: String(Math.floor(clock.wallUs() / 1000)) }).toString();
  const signature = createHmac('sha256', account?.apiSecret ?? '')
    .update(query)
    .digest('hex');
  const url = `${of.info.futures.rest}/fapi/v1/order?${query}&signature=${signature}`;
  const answer = await http.request({ method: 'POST', url, headers: { 'x-mbx-apikey': account?.apiKey ?? '' }, timeoutMs: 5_000 });
  return answer.type === 'response' ? JSON.parse(answer.body) : undefined;
}

const market = async () => (await control(paper, 'GET', 'markets'))[0];
const live = () => until('paper is live', async () => (await market()).feed === 'live');
const touch = (of: ExchangeSimulator) => get(of, '/fapi/v1/depth?symbol=BTCUSDT&limit=50');

/** With upstream at rest both books are one. */
async function sameBook(): Promise<void> {
  upstream.setFlow(false);
  const { bids, asks } = await touch(upstream);
  await until('the books are one', async () => {
    const mine = await touch(paper);
    return JSON.stringify([mine.bids, mine.asks]) === JSON.stringify([bids, asks]);
  });
  expect(bids.length).toBeGreaterThan(10);
}

beforeEach(async () => {
  loses = () => false;
  upstream = venue({ symbols: DEMO_SYMBOLS.slice(0, 1).map((symbol) => ({ ...symbol, flowRate: 40 })), venueLog: 'upstream.ndjson' });
  await upstream.start();
  paper = papered();
  await paper.start();
});

afterEach(async () => {
  await paper.stop();
  await upstream.stop();
});

describe('paper trading', () => {
  it("follows the exchange's book, trades, mark and funding, and matches orders here, telling the exchange nothing", async () => {
    await live();
    const { bids } = await touch(paper);
    const placed = await order(paper, { side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: bids[0][0], quantity: '0.010' });
    expect(placed).toMatchObject({ symbol: 'BTCUSDT' });
    // By itself the market might not come back to that price in time.
    const below = (Number(bids[0][0]) - 1).toFixed(1);
    await control(upstream, 'POST', 'trades', { symbol: 'BTCUSDT', side: 'SELL', quantity: '500', price: below });
    const traded = async () => (await control(paper, 'GET', 'accounts/demo')).trades > 0;
    await until('the order is in a trade of the exchange', traded);
    expect((await order(paper, { side: 'SELL', type: 'MARKET', quantity: '0.005', newOrderRespType: 'RESULT' })).status).toBe('FILLED');
    await until('trades of the exchange are told here', async () => (await get(paper, '/fapi/v1/trades?symbol=BTCUSDT')).length > 10);
    upstream.setFlow(false);
    await until('the mark is the same', async () => {
      const [mine, its] = [
        await get(paper, '/fapi/v1/premiumIndex?symbol=BTCUSDT'),
        await get(upstream, '/fapi/v1/premiumIndex?symbol=BTCUSDT'),
      ];
      return mine.markPrice === its.markPrice && mine.lastFundingRate === its.lastFundingRate;
    });

    expect((await control(upstream, 'GET', 'accounts/demo')).ordersAccepted).toBe(0);
    const asked = disk.lines('upstream.ndjson').filter(({ type, path }) => type === 'request' && path !== '/fapi/v1/premiumIndex');
    expect(new Set(asked.map(({ method, path }) => `${method} ${path}`))).toEqual(new Set(['GET /fapi/v1/depth']));
    expect(JSON.stringify(asked)).not.toContain(DEMO_ACCOUNTS[0]?.apiKey);
  }, 20_000);

  it('has the same book as the exchange, level by level', async () => {
    await live();
    await sameBook();
  }, 20_000);

  it('halts when the exchange is lost, refuses orders, and joins again', async () => {
    await live();
    await control(upstream, 'POST', 'sockets', { action: 'cut' });
    await until('the loss is seen', async () => (await market()).status === 'TRADING_HALT');
    expect((await market()).feed).not.toBe('live');
    expect(paper.health().reasons).toEqual([expect.stringMatching(/^BTCUSDT is halted: /)]);
    const refused = await order(paper, { side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '90000.0', quantity: '0.010' });
    expect(refused.code).toBeLessThan(0);
    await live();
    expect((await market()).status).toBe('TRADING');
    expect(paper.health().reasons).toEqual([]);
    await sameBook();
  }, 20_000);

  it('halts when the exchange falls silent', async () => {
    await live();
    await control(upstream, 'POST', 'sockets', { action: 'silence' });
    await until('the silence is seen', async () => (await market()).feed === 'nothing came for 2000 ms');
    await live();
  }, 20_000);

  it('joins anew after a gap', async () => {
    await live();
    let lost = 0;
    let halted = 0;
    loses = (text) => {
      if (lost > 0 || !text.includes('depthUpdate')) return false;
      lost += 1;
      return true;
    };
    await until('the gap is seen', async () => {
      const { feed } = await market();
      if (feed === 'a gap in the stream of the book') halted += 1;
      return halted > 0;
    });
    await live();
    await sameBook();
  }, 20_000);

  it('says so when the grid of the symbol is not that of the exchange', async () => {
    await paper.stop();
    paper = papered({ tickSize: '10', minPrice: '300' });
    await paper.start();
    await until('it is told', async () => /not on the grid of TICK_SIZE 10/.test((await market()).feed));
    expect((await market()).status).toBe('TRADING_HALT');
  }, 20_000);

  it('needs connections and the real clock', () => {
    const symbols = DEMO_SYMBOLS.map((symbol) => ({ ...symbol, flow: 'paper' as const }));
    expect(() => new TestVenue({ symbols })).toThrow(/was given no connections/);
    expect(() => venue({ symbols, clock: { mode: 'stepped' } })).toThrow(/set CLOCK=real/);
  });
});
