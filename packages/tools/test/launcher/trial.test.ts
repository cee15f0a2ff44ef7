import type { MessageOf } from '@fillwright/messages';
import { AppError } from '@fillwright/runtime';
import { describe, expect, it } from '@jest/globals';
import type { ExchangeAccount } from '../../src/compare/books.ts';
import { runTrial, type TrialDesk, type TrialReport } from '../../src/launcher/trial.ts';
import { TestClock } from '../_clock.ts';
import { order, process } from '../view/_sample-state.ts';

type EngineAccount = MessageOf<'service.account'>['data'];

const BTC = 'BTCUSDT-PERP.BINANCE' as EngineAccount['positions'][number]['instrument'];

/** A desk that holds one order and one position, and counts a journal position up while it trades. */
class TestDesk implements TrialDesk {
  readonly clock = new TestClock();
  readonly exchangeName = 'BINANCE';
  readonly story: string[] = [];
  engineOrders: EngineAccount['orders'] = [order('q1a')];
  positions = [{ instrument: BTC, qty: '0.003', entryPrice: '92000' }];
  ledgerQty = '0.003';
  inFlight = 0;
  unknownOrders = 0;
  isPaused = false;
  away: readonly string[] = [];
  /** Looks after a pause during which what the trader had sent before still arrives. */
  arrivals = 0;
  #pos = 100;

  async pauseTrader(): Promise<void> {
    this.#hear('trader');
    this.story.push('pause');
    this.isPaused = true;
  }

  async resumeTrader(): Promise<void> {
    this.story.push('resume');
    this.isPaused = false;
  }

  async setFlow(running: boolean): Promise<void> {
    this.story.push(running ? 'flow on' : 'flow off');
  }

  async exchange(): Promise<ExchangeAccount> {
    if (this.arrivals > 0) this.story.push('compared too early');
    return {
      ...{ name: 'demo', asset: 'USDT', walletBalance: '1000.5', ordersAccepted: 128, trades: 31 },
      positions: [{ symbol: 'BTCUSDT', positionAmt: '0.003', entryPrice: '92000.00000000' }],
      openOrders: [{ symbol: 'BTCUSDT', clientOrderId: 'q1a', side: 'BUY', price: '91998.30', origQty: '0.003', executedQty: '0.000' }],
    };
  }

  async engine(): Promise<EngineAccount> {
    this.#hear('engine');
    if (!this.isPaused || this.arrivals > 0) this.#pos += 1;
    if (this.isPaused && this.arrivals > 0) this.arrivals -= 1;
    const balances = [{ asset: 'USDT', wallet: '1000.5', updatedTs: 1 as never }];
    const { positions, unknownOrders, inFlight: ordersInFlight } = this;
    return { pos: this.#pos, orders: this.engineOrders, positions, balances, unknownOrders, ordersInFlight };
  }

  async ledger() {
    const positions = [{ instrument: BTC, qty: this.ledgerQty, entryPrice: '92000' }];
    const balances = [{ asset: 'USDT', wallet: '1000.5', updatedTs: 1 }];
    return { topic: 'position.', epoch: 1, seq: 1, positions, balances } as unknown as MessageOf<'service.snapshot'>['data'];
  }

  roundTripUs() {
    return { p50: 1_240, p99: 6_900, n: 120 };
  }

  processes() {
    return [process('trader', { linkAgeMs: 400.6 })];
  }

  onComparing(): void {}

  #hear(name: string): void {
    if (this.away.includes(name)) throw new AppError('TOL_NOT_REACHABLE', `${name} does not answer`);
  }
}

async function judge(
  desk: TestDesk,
  seconds = 10,
  meanwhile?: () => void,
): Promise<{ readonly report: TrialReport; readonly tookMs: number }> {
  const startUs = desk.clock.monotonicUs();
  let endUs: number | undefined;
  const running = runTrial(desk, seconds);
  void running.then(() => {
    endUs = desk.clock.monotonicUs();
  });
  await desk.clock.advance(2_000);
  meanwhile?.();
  await desk.clock.advance(seconds * 1_000 + 40_000);
  return { report: await running, tookMs: ((endUs ?? 0) - startUs) / 1000 };
}

describe('a timed run', () => {
  it('compares in the middle and at the end, holding trader and flow each time, and reports what the exchange counted', async () => {
    const desk = new TestDesk();
    const { report, tookMs } = await judge(desk);

    expect(desk.story).toEqual(['pause', 'flow off', 'flow on', 'resume', 'pause', 'flow off']);
    expect(report).toMatchObject({
      ...{ ok: true, orders: 128, fills: 31, openOrdersAgree: true, positionsAgree: true, balancesAgree: true, unknownOrders: 0 },
      roundTripUs: { p50: 1_240, p99: 6_900 },
      processes: { trader: { pid: 4_711, state: 'ready', restarts: 0, linkAgeMs: 401 } },
      compared: { mid: { differences: [] }, end: { differences: [] } },
      problems: [],
    });
    expect(report.compared.mid?.orders.exchange).toEqual(report.compared.mid?.orders.engine);
    expect(report.compared.mid?.positions.positionServer).toEqual([{ instrument: BTC, qty: '0.003', entryPrice: '92000' }]);
    expect(tookMs).toBeLessThan(10_500);
  });

  it('is not ok when the ledger differs, and says where', async () => {
    const desk = new TestDesk();
    desk.ledgerQty = '0.004';
    const { report } = await judge(desk);

    expect([report.ok, report.openOrdersAgree, report.positionsAgree]).toEqual([false, true, false]);
    expect(report.problems).toEqual([
      'mid-run: position BTCUSDT-PERP.BINANCE qty: exchange 0.003, engine 0.003, positionServer 0.004',
      'at the end: position BTCUSDT-PERP.BINANCE qty: exchange 0.003, engine 0.003, positionServer 0.004',
    ]);
  });

  it('compares only when what had been sent before the pause has arrived', async () => {
    const desk = new TestDesk();
    desk.arrivals = 5;
    const { report } = await judge(desk);

    expect([report.ok, desk.arrivals]).toEqual([true, 0]);
    expect(desk.story).not.toContain('compared too early');
  });

  it('gives a feed that lags a moment to catch up', async () => {
    const desk = new TestDesk();
    desk.ledgerQty = '0.002';
    const { report } = await judge(desk, 4, () => {
      desk.ledgerQty = '0.003';
    });

    expect(report.ok).toBe(true);
  });

  it('does not pretend to have compared when there was no order open with a position held', async () => {
    const desk = new TestDesk();
    desk.positions = [];
    desk.ledgerQty = '0';
    const { report, tookMs } = await judge(desk);

    expect([report.ok, report.openOrdersAgree, report.compared.mid]).toEqual([false, false, null]);
    expect(report.problems[0]).toBe('mid-run: there was no moment with an order open and a position held');
    expect(tookMs).toBeLessThanOrEqual(10_000 + 4_000 + 7_500);
  });

  it.each([
    ['a request in flight', { inFlight: 1 }],
    ['an order that is not proven open', { engineOrders: [order('q1a'), order('q1b', { state: 'pending', phase: 'sending' })] }],
    ['a trader that cannot be paused', { away: ['trader'] }],
  ])('does not call it agreement while there is %s', async (_, trouble: Partial<TestDesk>) => {
    const desk = Object.assign(new TestDesk(), trouble);
    const { report, tookMs } = await judge(desk);

    expect([report.ok, report.positionsAgree]).toEqual([false, false]);
    expect(report.problems).toContain('at the end: paused, the desk did not come to rest: something stayed under way');
    expect(tookMs).toBeLessThanOrEqual(10_000 + 4_000 + 3_500 + 7_500);
  });

  it('waits for a process that was killed and comes back', async () => {
    const desk = new TestDesk();
    desk.away = ['engine'];
    const { report } = await judge(desk, 4, () => {
      desk.away = [];
    });

    expect(report.ok).toBe(true);
  });

  it('is not ok with an order whose outcome is unknown', async () => {
    const desk = new TestDesk();
    desk.unknownOrders = 1;

    expect((await judge(desk)).report).toMatchObject({ ok: false, unknownOrders: 1, problems: ['1 orders have an unknown outcome'] });
  });
});
