import { describe, expect, it } from '@jest/globals';
import { Account } from '../../src/account/account.ts';
import { accountMargin } from '../../src/account/account-margin.ts';
import { liquidationPrice } from '../../src/account/liquidation-price.ts';
import { maintenanceOf, type PositionMargin } from '../../src/account/margin.ts';
import { Market, UpdateIds } from '../../src/market/market.ts';
import { type BracketOption, type SymbolOptions, symbolSpec } from '../../src/market/symbol-spec.ts';
import { unitsOf, unitsText } from '../../src/numbers/units.ts';
import { DEMO_SYMBOLS } from '../../src/options/options.ts';

/**
 * The worked example of Binance's help page "How to Calculate Liquidation Price of USDⓈ-M Futures Contracts"
 * (https://www.binance.com/en/support/faq/b3c689c1f50a44cabb3a84e663b81d93): one-way mode, cross margin, two long positions.
 */
const WALLET = '1535443.01';
const ETH = { size: 3_683_979, entry: '1456.84', mark: '1335.18', maintenance: '0.1', cum: '135365' };
const BTC = { size: 109_488, entry: '32481.98', mark: '31967.27', maintenance: '0.025', cum: '16300' };

/** One bracket below and the one of the example: the amount `cum` fixes where the two meet. */
function brackets({ maintenance, cum }: typeof ETH): readonly BracketOption[] {
  const rate = Number(maintenance);
  return [
    [20, Math.round(Number(cum) / (rate - 0.005)), '0.005'],
    [10, 100_000_000, maintenance],
  ];
}

function hold(account: Account, symbol: string, example: typeof ETH): Market {
  const options = DEMO_SYMBOLS.find((one) => one.symbol === symbol) as SymbolOptions;
  const market = new Market(
    symbolSpec({ ...options, tickSize: '0.01', markPrice: example.mark, minPrice: '1', brackets: brackets(example) }),
    new UpdateIds(),
  );
  const [position] = account.holding(market).positions;
  if (position === undefined) throw new Error('one-way mode has one position');
  position.lots = example.size;
  position.cost = (unitsOf(example.entry) * BigInt(example.size)) / 1_000n;
  return market;
}

describe('a position that crosses into a lower bracket on its way down', () => {
  it('is liquidated by the bracket that holds there, where its margin equals its maintenance', () => {
    const options = DEMO_SYMBOLS.find((one) => one.symbol === 'SOLUSDT') as SymbolOptions;
    const table: readonly BracketOption[] = [
      [50, 150_000, '0.01'],
      [20, 1_000_000, '0.05'],
    ];
    const market = new Market(symbolSpec({ ...options, brackets: table }), new UpdateIds());
    const account = new Account({ name: 'example', alias: 'x', fees: { maker: 0n, taker: 0n }, house: false, wallet: unitsOf('50000') });
    const [position] = account.holding(market).positions;
    if (position === undefined) throw new Error('one-way mode has one position');
    position.lots = 100_000; // 1 000 SOL at 180: 180 000, in the second bracket
    position.cost = unitsOf('180000');
    const margin = accountMargin(account);
    const price = liquidationPrice(account, margin.rows[0] as PositionMargin) ?? 0n;
    expect(unitsText(price)).toBe('131.31313131'); // (50 000 − 180 000) / (1 000 × 0.01 − 1 000): 131 313 is in the first
    market.mark = price;
    const { cross } = accountMargin(account);
    expect(Math.abs(Number(cross.balance - cross.maintenance))).toBeLessThan(2_000);
  });
});

describe('the published example', () => {
  const account = new Account({ name: 'example', alias: 'x', fees: { maker: 0n, taker: 0n }, house: false, wallet: unitsOf(WALLET) });
  const markets = [hold(account, 'ETHUSDT', ETH), hold(account, 'BTCUSDT', BTC)];
  const margin = accountMargin(account);

  it.each([
    ['ETHUSDT', 0, '1153.26'],
    ['BTCUSDT', 1, '26316.89'],
  ] as const)('gives the liquidation price of %s', (_symbol, index, price) => {
    const row = margin.rows[index];
    if (row === undefined) throw new Error('not held');
    expect(Number(unitsText(liquidationPrice(account, row) ?? 0n))).toBeCloseTo(Number(price), 1);
  });

  it.each([
    [0, ETH],
    [1, BTC],
  ] as const)('maintains rate × notional − amount: position %i', (index, example) => {
    const row = margin.rows[index];
    const market = markets[index];
    if (row === undefined || market === undefined) throw new Error('not held');
    const notional = (example.size / 1_000) * Number(example.mark);
    const expected = notional * Number(example.maintenance) - Number(example.cum);
    expect(Math.abs(Number(unitsText(maintenanceOf(market.spec, row.notional))) - expected)).toBeLessThan(1);
  });
});
