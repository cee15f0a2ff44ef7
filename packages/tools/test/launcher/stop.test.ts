import { AppError } from '@fillwright/runtime';
import { describe, expect, it } from '@jest/globals';
import type { ExchangeAccount, ExchangeOrder } from '../../src/compare/books.ts';
import type { ProcessName } from '../../src/launcher/plan.ts';
import { type StopSummary, stopDesk } from '../../src/launcher/stop.ts';
import { waitMs } from '../../src/launcher/wait.ts';
import { TestClock } from '../_clock.ts';

const FOREVER = 1_000_000;

function order(clientOrderId: string): ExchangeOrder {
  return { symbol: 'BTCUSDT', clientOrderId, side: 'BUY', price: '92000', origQty: '0.003', executedQty: '0' };
}

/** A desk whose processes take the given time to stop. */
class SlowDesk {
  readonly story: string[] = [];
  readonly #clock: TestClock;
  readonly #takesMs: Readonly<Partial<Record<ProcessName, number>>>;
  readonly #ended = new Map<ProcessName, Promise<boolean>>();
  #running: readonly ProcessName[] = ['trader', 'trading-engine', 'position-server', 'market-server', 'exchange-simulator'];
  openOrders: readonly ExchangeOrder[] = [];
  left: readonly string[] = [];

  constructor(clock: TestClock, takesMs: Readonly<Partial<Record<ProcessName, number>>>) {
    this.#clock = clock;
    this.#takesMs = takesMs;
  }

  stop(name: ProcessName, budgetMs: number): Promise<boolean> {
    if (!this.#running.includes(name)) return Promise.resolve(true);
    const known = this.#ended.get(name);
    if (known === undefined) this.story.push(`stop ${name}`);
    const ended =
      known ??
      waitMs(this.#clock, this.#takesMs[name] ?? 10).then(() => {
        this.#running = this.#running.filter((other) => other !== name);
        return true;
      });
    this.#ended.set(name, ended);
    return Promise.race([ended, waitMs(this.#clock, budgetMs).then(() => false)]);
  }

  killAll(): readonly ProcessName[] {
    const killed = this.#running;
    this.#running = [];
    for (const name of killed) this.story.push(`kill ${name}`);
    return killed;
  }

  retire(): void {
    this.story.push('retire');
  }

  leftBy(name: ProcessName): readonly string[] {
    return name === 'trading-engine' ? this.left : [];
  }

  account(): Promise<ExchangeAccount> {
    this.story.push('ask exchange');
    if (!this.#running.includes('exchange-simulator')) return Promise.reject(new AppError('TOL_NOT_REACHABLE', 'gone'));
    const positions = [{ symbol: 'BTCUSDT', positionAmt: '-0.003', entryPrice: '92000.5' }];
    const counts = { ordersAccepted: 1, trades: 1, positions, openOrders: this.openOrders };
    return Promise.resolve({ name: 'demo', asset: 'USDT', walletBalance: '1', ...counts });
  }

  isOwn({ clientOrderId }: ExchangeOrder): boolean {
    return clientOrderId.startsWith('q1');
  }
}

async function stopped(desk: SlowDesk, clock: TestClock): Promise<StopSummary> {
  const summary = stopDesk(desk, clock);
  await clock.advance(10_000);
  return summary;
}

describe('stopping the desk', () => {
  it('stops who wants orders first and the exchange last, after asking it', async () => {
    const clock = new TestClock();
    const desk = new SlowDesk(clock, {});
    const summary = await stopped(desk, clock);

    expect(desk.story).toEqual([
      'retire',
      'stop trader',
      'stop trading-engine',
      'stop position-server',
      'stop market-server',
      'ask exchange',
      'stop exchange-simulator',
    ]);
    expect(summary).toMatchObject({ clean: true, openOrders: [] });
    expect(summary.lines).toEqual([
      'no order of ours is open at the exchange',
      'left at the exchange: position -0.003 BTCUSDT, entry 92000.5',
    ]);
  });

  it.each([
    ['nobody stops', { trader: FOREVER, 'trading-engine': FOREVER, 'market-server': FOREVER, 'exchange-simulator': FOREVER }],
    ['the engine hangs', { 'trading-engine': FOREVER }],
    ['all take long', { trader: 1_400, 'trading-engine': 1_700, 'position-server': 500, 'exchange-simulator': 400 }],
  ])('is over within 5 s when %s', async (_, takesMs) => {
    const clock = new TestClock();
    const summary = await stopped(new SlowDesk(clock, takesMs), clock);

    expect(summary.tookMs).toBeLessThanOrEqual(5_000);
  });

  it('says who was killed and goes on with the others', async () => {
    const clock = new TestClock();
    const desk = new SlowDesk(clock, { 'trading-engine': FOREVER });
    const summary = await stopped(desk, clock);

    expect(summary.clean).toBe(false);
    expect(summary.lines[0]).toBe('trading-engine did not stop in time and was killed');
    expect(desk.story).toContain('stop exchange-simulator');
  });

  it('names own orders that are still open, and leaves those of others out', async () => {
    const clock = new TestClock();
    const desk = new SlowDesk(clock, {});
    desk.openOrders = [order('q1tkr3x01a'), order('web_1')];
    desk.left = ['order q1tkr3x01a (unknown) on BTCUSDT-PERP.BINANCE'];
    const summary = await stopped(desk, clock);

    expect(summary.clean).toBe(false);
    expect(summary.lines).toEqual([
      'trading-engine left: order q1tkr3x01a (unknown) on BTCUSDT-PERP.BINANCE',
      'still open at the exchange: q1tkr3x01a BUY 0.003 BTCUSDT at 92000',
      'left at the exchange: position -0.003 BTCUSDT, entry 92000.5',
    ]);
  });

  it('does not call unknown clean: an exchange that does not answer may hold orders', async () => {
    const clock = new TestClock();
    const desk = new SlowDesk(clock, {});
    desk.account = () => Promise.reject(new AppError('TOL_NOT_REACHABLE', 'gone'));
    const summary = await stopped(desk, clock);

    expect(summary).toMatchObject({ clean: false, openOrders: undefined, lines: ['the exchange could not be asked for open orders'] });
  });
});
