import { describe, expect, it } from '@jest/globals';
import { Account } from '../../src/account/account.ts';
import { accountMargin } from '../../src/account/account-margin.ts';
import { adlScore } from '../../src/account/adl-rank.ts';
import { liquidationPrice } from '../../src/account/liquidation-price.ts';
import { maintenanceOf } from '../../src/account/margin.ts';
import type { PositionSide } from '../../src/account/position.ts';
import { Market, UpdateIds } from '../../src/market/market.ts';
import { type BracketOption, type SymbolOptions, symbolSpec } from '../../src/market/symbol-spec.ts';
import { unitsOf, unitsText } from '../../src/numbers/units.ts';
import { DEMO_SYMBOLS } from '../../src/options/options.ts';
import { type Loose, TestVenue } from '../kit.ts';

function options(symbol: string): SymbolOptions {
  const found = DEMO_SYMBOLS.find((one) => one.symbol === symbol);
  if (found === undefined) throw new Error(`the demo has no ${symbol}`);
  return found;
}

function accountWith(wallet: string): Account {
  return new Account({ name: 'example', alias: 'x', fees: { maker: 0n, taker: 0n }, house: false, wallet: unitsOf(wallet) });
}

interface Leg {
  readonly side: PositionSide;
  /** Of the coin, positive. */
  readonly size: number;
  readonly entry: number;
  readonly sign: 1 | -1;
}

/** Puts legs on a market of SOL-like grid: 0.01 of the coin per lot. */
function hold(account: Account, market: Market, legs: readonly Leg[]): void {
  const { positions } = account.holding(market);
  for (const { side, size, entry, sign } of legs) {
    const position = positions.find((one) => one.side === side);
    if (position === undefined) throw new Error(`no ${side} in this mode`);
    position.lots = sign * Math.round(size * 100);
    position.cost = BigInt(sign) * unitsOf((size * entry).toFixed(6));
  }
}

function market(symbol: string, mark: string, brackets: readonly BracketOption[]): Market {
  return new Market(symbolSpec({ ...options('SOLUSDT'), symbol, markPrice: mark, brackets }), new UpdateIds());
}

/** "How to Calculate Cost Required to Open a Position" (https://www.binance.com/en/support/faq/87fa7ee33b574f7084d42bd2ce2e463b). */
describe('the published cost of opening: 1 BTC at 9 253.30 and 20×, mark at 9 259.84', () => {
  async function opens(side: 'BUY' | 'SELL', wallet: string): Promise<boolean> {
    const btc = { ...options('BTCUSDT'), markPrice: '9259.84', flow: 'none' as const, tickSize: '0.01', minPrice: '1' };
    const account = { name: 'demo', apiKey: 'a', apiSecret: 'b', balanceUsdt: wallet };
    const test = await TestVenue.open({ symbols: [btc], accounts: [account] });
    const order = { symbol: 'BTCUSDT', side, type: 'LIMIT', timeInForce: 'GTC', price: '9253.30', quantity: '1' };
    const { status, json } = test.client().order(order);
    if (status !== 200) expect(json.code).toBe(-2019);
    return status === 200;
  }

  it('is 462.66 for a long: initial margin alone', async () => {
    expect(await opens('BUY', '462.665')).toBe(true);
    expect(await opens('BUY', '462.66499999')).toBe(false);
  });

  it('is 6.54 more for a short, which opens with a loss', async () => {
    expect(await opens('SELL', '469.205')).toBe(true);
    expect(await opens('SELL', '469.20499999')).toBe(false);
  });
});

/** The table of https://www.binance.com/en/support/faq/b3c689c1f50a44cabb3a84e663b81d93: "250,000 * (1% - 0.5%) + 50 USDT = 1,300 USDT". */
describe('the published maintenance amounts', () => {
  const table: readonly BracketOption[] = [
    [125, 50_000, '0.004'],
    [100, 250_000, '0.005'],
    [50, 1_000_000, '0.01'],
  ];
  const { spec } = market('BTCUSDT', '10000', table);

  it('are 0, 50 and 1 300', () => {
    expect(spec.brackets.map(({ cum }) => unitsText(cum))).toEqual(['0.00000000', '50.00000000', '1300.00000000']);
  });

  it.each([
    ['50000', '200.00000000'], // 0.4 %
    ['50000.00000002', '200.00000000'], // the next bracket goes on where the last one ended
    ['264000', '1340.00000000'], // 1 % − 1 300
    ['500000', '3700.00000000'],
  ])('a notional of %s must be maintained with %s', (notional, expected) => {
    expect(unitsText(maintenanceOf(spec, unitsOf(notional)))).toBe(expected);
    expect(maintenanceOf(spec, -unitsOf(notional))).toBe(maintenanceOf(spec, unitsOf(notional)));
  });
});

/** The formula of https://www.binance.com/en/support/faq/b3c689c1f50a44cabb3a84e663b81d93, written out with its own names. */
function published(v: {
  readonly WB: number;
  readonly TMM1: number;
  readonly UPNL1: number;
  readonly both?: { readonly side: number; readonly size: number; readonly EP: number; readonly MMR: number; readonly cum: number };
  readonly long?: { readonly size: number; readonly EP: number; readonly MMR: number; readonly cum: number };
  readonly short?: { readonly size: number; readonly EP: number; readonly MMR: number; readonly cum: number };
}): number {
  const none = { side: 1, size: 0, EP: 0, MMR: 0, cum: 0 };
  const [B, L, S] = [v.both ?? none, v.long ?? none, v.short ?? none];
  const above = v.WB - v.TMM1 + v.UPNL1 + B.cum + L.cum + S.cum - B.side * B.size * B.EP - L.size * L.EP + S.size * S.EP;
  return above / (B.size * B.MMR + L.size * L.MMR + S.size * S.MMR - B.side * B.size - L.size + S.size);
}

const TABLE: readonly BracketOption[] = [
  [50, 10_000, '0.005'],
  [20, 100_000, '0.01'],
];
/** Maintenance amount of its second bracket: 10 000 × (1 % − 0.5 %). */
const CUM = 50;

describe('liquidation prices by the published formula', () => {
  const price = (account: Account, symbol: string): number => {
    const row = accountMargin(account).rows.find(({ position }) => position.spec.symbol === symbol);
    if (row === undefined) throw new Error('not held');
    return Number(unitsText(liquidationPrice(account, row) ?? 0n));
  };

  it.each([1, -1] as const)('one-way, cross, beside another symbol (side %i)', (sign) => {
    const account = accountWith('6000');
    const [one, other] = [market('AUSDT', '180', TABLE), market('BUSDT', '50', TABLE)];
    hold(account, one, [{ side: 'BOTH', size: 100, entry: 185, sign }]);
    hold(account, other, [{ side: 'BOTH', size: 40, entry: 60, sign: 1 }]);
    const [TMM1, UPNL1] = [40 * 50 * 0.005, 40 * (50 - 60)];
    const both = { side: sign, size: 100, EP: 185, MMR: 0.01, cum: CUM };
    expect(price(account, 'AUSDT')).toBeCloseTo(published({ WB: 6_000, TMM1, UPNL1, both }), 6);
  });

  it('hedge, cross: one price for both sides', () => {
    const account = accountWith('2000');
    account.setDual(true);
    const one = market('AUSDT', '180', TABLE);
    hold(account, one, [
      { side: 'LONG', size: 90, entry: 182, sign: 1 },
      { side: 'SHORT', size: 20, entry: 175, sign: -1 },
    ]);
    const long = { size: 90, EP: 182, MMR: 0.01, cum: CUM };
    const short = { size: 20, EP: 175, MMR: 0.005, cum: 0 };
    const rows = accountMargin(account).rows.map((row) => unitsText(liquidationPrice(account, row) ?? 0n));
    expect(rows[0]).toBe(rows[1]);
    expect(Number(rows[0])).toBeCloseTo(published({ WB: 2_000, TMM1: 0, UPNL1: 0, long, short }), 6);
  });

  it.each(['LONG', 'SHORT'] as const)('hedge, isolated: each side for itself (%s)', (side) => {
    const account = accountWith('100000');
    account.setDual(true);
    const one = market('AUSDT', '180', TABLE);
    account.holding(one).isolated = true;
    hold(account, one, [
      { side: 'LONG', size: 90, entry: 182, sign: 1 },
      { side: 'SHORT', size: 90, entry: 175, sign: -1 },
    ]);
    for (const position of account.holding(one).positions) position.isolatedWallet = unitsOf('1700');
    const row = accountMargin(account).rows.find(({ position }) => position.side === side);
    if (row === undefined) throw new Error('not held');
    const leg = { size: 90, EP: side === 'LONG' ? 182 : 175, MMR: 0.01, cum: CUM };
    const expected = published({ WB: 1_700, TMM1: 0, UPNL1: 0, ...(side === 'LONG' ? { long: leg } : { short: leg }) });
    expect(Number(unitsText(liquidationPrice(account, row) ?? 0n))).toBeCloseTo(expected, 6);
  });
});

/**
 * "PnL Percent = max(0, unrealized) / max(1, wallet); Margin Ratio = maintenance / (wallet + unrealized)"
 * (https://www.binance.com/en/support/faq/360033525471), with the figures of https://dev.binance.vision/t/17801: 40.2 of profit on 4.27
 * at a margin ratio of 13.42 % rank at 1.26.
 */
it('ranks for deleveraging by the published formula', () => {
  const account = accountWith('4.27');
  const one = market('AUSDT', '175.98', [[50, 10_000, '0.0033912']]);
  hold(account, one, [{ side: 'BOTH', size: 10, entry: 180, sign: -1 }]);
  const holding = account.holding(one);
  const [position] = holding.positions;
  if (position === undefined) throw new Error('one-way mode has one position');
  const margin = accountMargin(account);
  expect(Number(margin.maintenance) / Number(margin.balance)).toBeCloseTo(0.1342, 4);
  expect(Number(adlScore(account, holding, position)) / 1e8).toBeCloseTo(1.26, 2);
});

/**
 * "Breakeven Price = (Total Cost of Position − Total Gained from Position) / Current Holding Position Size"
 * (https://www.binance.com/en/support/faq/8a2bc34f411b414888fb10a2db851a9b); fees count as cost, as the API's `breakEvenPrice` shows them.
 */
it('puts the break-even price where what was paid and gained is earned back', async () => {
  const test = await TestVenue.quiet();
  const [client, other] = [test.client('demo'), test.client('second')];
  const trade = (side: 'BUY' | 'SELL', price: string, quantity: string): void => {
    other.limit(side === 'BUY' ? 'SELL' : 'BUY', price, quantity);
    client.limit(side, price, quantity);
  };
  const even = (): Loose => Number(client.position().breakEvenPrice);
  trade('BUY', '180', '10');
  trade('BUY', '182', '10');
  trade('SELL', '184', '5');
  const [cost, gained] = [10 * 180 + 10 * 182, 5 * 184];
  const fees = (cost + gained) * 0.0005;
  expect(even()).toBeCloseTo((cost - gained + fees) / 15, 6);
  trade('SELL', '184', '25'); // 15 close, 10 open short
  expect(even()).toBeCloseTo(184 - (10 * 184 * 0.0005) / 10, 6);
});
