import { beforeEach, describe, expect, it } from '@jest/globals';
import type { BracketOption } from '../../src/market/symbol-spec.ts';
import { DEMO_SYMBOLS, SYMBOL_DEFAULTS } from '../../src/options/options.ts';
import { type FakeSocket, type Loose, type TestClient, TestVenue } from '../kit.ts';

/** Prices of the example: USDT at 0.99 with buffers of 1 % and 0.5 %, USDC at 1 with none; BTC with a haircut of 5 %. */
const ASSETS = [
  { asset: 'USDT', index: '0.99', bidBuffer: '0.01', askBuffer: '0.005', autoExchangeBidBuffer: '0.01', autoExchangeAskBuffer: '0.01' },
  { asset: 'USDC', index: '1', bidBuffer: '0', askBuffer: '0', autoExchangeBidBuffer: '0', autoExchangeAskBuffer: '0' },
  { asset: 'BTC', index: '20000', bidBuffer: '0.05', askBuffer: '0.05', autoExchangeBidBuffer: '0.025', autoExchangeAskBuffer: '0.025' },
];
const BTC_BRACKETS: readonly BracketOption[] = [[100, 1_000_000, '0.008']];
const ETH_BRACKETS: readonly BracketOption[] = [[50, 1_000_000, '0.01']];
const [BTCUSDT, ETHUSDT] = DEMO_SYMBOLS;
if (BTCUSDT === undefined || ETHUSDT === undefined) throw new Error('the demo has these symbols');
const SYMBOLS = [
  { ...BTCUSDT, markPrice: '20000', flow: 'none' as const, brackets: BTC_BRACKETS },
  {
    ...SYMBOL_DEFAULTS,
    ...ETHUSDT,
    symbol: 'ETHUSDC',
    quoteAsset: 'USDC',
    markPrice: '600',
    flow: 'none' as const,
    brackets: ETH_BRACKETS,
  },
];

let test: TestVenue;
let client: TestClient;
let other: TestClient;
let stream: FakeSocket;

async function open(balances: { readonly usdt: string; readonly others?: Readonly<Record<string, string>> }): Promise<void> {
  test = await TestVenue.open({
    ...{ symbols: SYMBOLS, marginAssets: ASSETS, accountUpdateOrder: 'after' },
    accounts: [
      {
        ...{ name: 'demo', apiKey: 'a', apiSecret: 'b', balanceUsdt: balances.usdt, makerFee: '0', takerFee: '0' },
        otherBalances: balances.others ?? {},
      },
      {
        ...{ name: 'second', apiKey: 'c', apiSecret: 'd', balanceUsdt: '1000000', makerFee: '0', takerFee: '0' },
        otherBalances: { USDC: '1000000' },
      },
    ],
  });
  client = test.client('demo');
  other = test.client('second');
  stream = client.userStream();
}

function join(on = true): Loose {
  return client.call('POST', '/fapi/v1/multiAssetsMargin', { multiAssetsMargin: on }).json;
}

function trade(symbol: string, side: 'BUY' | 'SELL', price: string, quantity: string): Loose {
  const order = { symbol, type: 'LIMIT', timeInForce: 'GTC', price, quantity };
  expect(other.order({ ...order, side: side === 'BUY' ? 'SELL' : 'BUY' }).status).toBe(200);
  return client.order({ ...order, side }).json;
}

function account(): Loose {
  return client.call('GET', '/fapi/v3/account').json;
}

function asset(name: string): Loose {
  return account().assets.find((row: Loose) => row.asset === name);
}

function mark(symbol: string, price: string): void {
  test.control('POST', 'mark', { symbol, price });
}

/**
 * "How to Calculate Margin Ratio in the Multi-Assets Mode?"
 * (https://www.binance.com/en/support/faq/c983a9268cfa4e70a4916c276bb3b7bc): 200 USDT and 220 USDC, BTCUSDT at 100×, ETHUSDC at 50×.
 */
describe('the published example of joint margin', () => {
  beforeEach(async () => {
    await open({ usdt: '200', others: { USDC: '220' } });
    client.call('POST', '/fapi/v1/leverage', { symbol: 'BTCUSDT', leverage: 100 });
    client.call('POST', '/fapi/v1/leverage', { symbol: 'ETHUSDC', leverage: 50 });
  });

  it('counts each asset by itself in single-asset mode', () => {
    expect(account()).toMatchObject({ totalMarginBalance: '200.00000000', availableBalance: '200.00000000' });
    expect([asset('USDT').availableBalance, asset('USDC').availableBalance]).toEqual(['200.00000000', '220.00000000']);
  });

  it('has an equity of 416.02, available as 418.13 USDT or 416.02 USDC', () => {
    expect(join()).toEqual({ code: 200, msg: 'success' });
    expect(account()).toMatchObject({ totalMarginBalance: '416.02000000', availableBalance: '416.02000000' });
    expect(asset('USDT')).toMatchObject({ walletBalance: '200.00000000', availableBalance: '418.13156440' });
    expect(asset('USDC')).toMatchObject({ walletBalance: '220.00000000', availableBalance: '416.02000000' });
  });

  it('has 76.525 left with 0.5 BTC and 20 ETH, and a margin ratio of 199.596 / 416.02', () => {
    join();
    trade('BTCUSDT', 'BUY', '20000', '0.5');
    trade('ETHUSDC', 'BUY', '600', '20');
    expect(account()).toMatchObject({
      totalMarginBalance: '416.02000000',
      totalInitialMargin: '339.49500000', // 0.5 × 20 000 × 1 % × 0.99495 + 20 × 600 × 2 %
      totalMaintMargin: '199.59600000',
      availableBalance: '76.52500000',
    });
    expect(asset('USDT').availableBalance).toBe('76.91341273');
    expect(asset('USDC').availableBalance).toBe('76.52500000');
    // To take collateral away is to lose its bid rate: 76.525 / 0.9801 of the one, 76.525 of the other.
    expect([asset('USDT').maxWithdrawAmount, asset('USDC').maxWithdrawAmount]).toEqual(['78.07876747', '76.52500000']);
  });

  it('sets the profit of one asset against the loss of the other', () => {
    join();
    trade('BTCUSDT', 'BUY', '20000', '0.5');
    trade('ETHUSDC', 'BUY', '600', '20');
    mark('BTCUSDT', '20200');
    mark('ETHUSDC', '596');
    // (200 + 100) × 0.9801 + (220 − 80) × 1
    expect(account()).toMatchObject({ totalMarginBalance: '434.03000000', totalUnrealizedProfit: '18.01000000' });
    // 95.14 are available, less 98.01 of profit that is not realised.
    expect(account()).toMatchObject({ availableBalance: '95.14005000', maxWithdrawAmount: '0.00000000' });
    // (200 − 300) × 0.99495, for a debt counts at the ask rate: −99.495 + 220 + 20 × 4
    mark('ETHUSDC', '604');
    mark('BTCUSDT', '19400');
    expect(account().totalMarginBalance).toBe('200.50500000');
  });

  it('refuses what the joint margin does not carry', () => {
    join();
    trade('BTCUSDT', 'BUY', '20000', '0.5');
    trade('ETHUSDC', 'BUY', '600', '20');
    const more = { symbol: 'ETHUSDC', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '600' };
    expect(client.order({ ...more, quantity: '6.38' }).json.code).toBe(-2019); // 76.56
    expect(client.order({ ...more, quantity: '6.37' }).status).toBe(200); // 76.44
  });

  it('is liquidated at the price that was told, not before', () => {
    join();
    trade('BTCUSDT', 'BUY', '20000', '0.5');
    const [{ liquidationPrice }] = client.call('GET', '/fapi/v3/positionRisk', { symbol: 'BTCUSDT' }).json;
    // The USDC leave 220, so USDT are in debt: (200 − 10 000 + 0.5 p) × 0.99495 + 220 = 0.5 p × 0.008 × 0.99495
    const exact = (9_800 - 220 / 0.99495) / (0.5 * (1 - 0.008));
    expect(Number(liquidationPrice)).toBeCloseTo(exact, 6);
    mark('BTCUSDT', (Math.ceil(exact * 10) / 10).toFixed(1));
    expect(client.call('GET', '/fapi/v3/positionRisk').json).toHaveLength(1);
    mark('BTCUSDT', (Math.floor(exact * 10) / 10).toFixed(1));
    expect(client.call('GET', '/fapi/v3/positionRisk').json).toHaveLength(0);
    // Nobody bids: the fund takes the position where nothing is left, and the USDC pay the debt.
    expect(asset('USDT').walletBalance).toBe('0.00000000');
    expect(Number(asset('USDC').walletBalance)).toBeLessThan(5);
    const exchanged = client.call('GET', '/fapi/v1/income', { incomeType: 'AUTO_EXCHANGE' }).json;
    expect(exchanged.map((row: Loose) => row.asset)).toEqual(['USDC', 'USDT']);
    expect(stream.take().some(({ a }) => a?.m === 'AUTO_EXCHANGE')).toBe(true);
  });
});

describe('the assets mode', () => {
  it('is told by every place that tells it, and on the stream', async () => {
    await open({ usdt: '1000' });
    expect(client.call('GET', '/fapi/v1/multiAssetsMargin').json).toEqual({ multiAssetsMargin: false });
    join();
    expect(client.call('GET', '/fapi/v1/multiAssetsMargin').json).toEqual({ multiAssetsMargin: true });
    expect(client.call('GET', '/fapi/v1/accountConfig').json.multiAssetsMargin).toBe(true);
    expect(client.call('GET', '/fapi/v2/account').json.multiAssetsMargin).toBe(true);
    expect(stream.take()).toMatchObject([{ e: 'ACCOUNT_CONFIG_UPDATE', ai: { j: true } }]);
    expect(join().code).toBe(-4171);
  });

  it('does not go with isolated margin', async () => {
    await open({ usdt: '1000' });
    const isolate = (marginType: string) => client.call('POST', '/fapi/v1/marginType', { symbol: 'BTCUSDT', marginType }).json.code;
    expect(isolate('ISOLATED')).toBe(200);
    expect(join().code).toBe(-4167);
    expect(isolate('CROSSED')).toBe(200);
    expect(join().code).toBe(200);
    expect(isolate('ISOLATED')).toBe(-4168);
  });

  it('is not changed with open orders, a debt, or positions that an asset alone cannot carry', async () => {
    await open({ usdt: '100', others: { USDC: '10000' } });
    client.order({ symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '19500', quantity: '0.01' });
    expect(join().code).toBe(-4170);
    client.call('DELETE', '/fapi/v1/allOpenOrders', { symbol: 'BTCUSDT' });
    join();
    trade('BTCUSDT', 'BUY', '20000', '1');
    expect(join(false).code).toBe(-4169); // 1 000 of initial margin on 100 USDT
    trade('BTCUSDT', 'SELL', '19800', '1');
    expect(asset('USDT').walletBalance).toBe('-100.00000000');
    expect(join(false).code).toBe(-4172);
    test.control('POST', 'deposit', { account: 'demo', amount: '100' });
    expect(join(false).code).toBe(200);
  });

  it('takes coins as collateral, less their haircut, at the price of their own market', async () => {
    await open({ usdt: '0', others: { BTC: '1' } });
    expect(account().availableBalance).toBe('0.00000000');
    join();
    expect(account().availableBalance).toBe('18810.00000000'); // 20 000 × 0.99 × 0.95
    mark('BTCUSDT', '21000');
    expect(account().availableBalance).toBe('19750.50000000');
    expect(test.now(test.raw('GET', '/fapi/v1/assetIndex?symbol=BTCUSD')).json).toMatchObject({
      ...{ symbol: 'BTCUSD', index: '20790.00000000', bidBuffer: '0.05000000', bidRate: '19750.50000000', askRate: '21829.50000000' },
    });
    test.control('POST', 'asset-index', { asset: 'BTC', price: '10000' });
    expect(account().availableBalance).toBe('9500.00000000');
  });

  it('exchanges what is left when a debt outgrows its collateral, and the fund pays the rest', async () => {
    await open({ usdt: '0', others: { BTC: '1' } });
    join();
    trade('BTCUSDT', 'BUY', '20000', '9');
    trade('BTCUSDT', 'SELL', '19000', '9');
    expect(asset('USDT').walletBalance).toBe('-9000.00000000'); // on 18 810 dollars of BTC
    test.control('POST', 'asset-index', { asset: 'BTC', price: '9000' });
    expect([asset('USDT').walletBalance, asset('BTC').walletBalance]).toEqual(['0.00000000', '0.00000000']);
    // 9 000 × 0.975 dollars bought 8 775 / (0.99 × 1.01) USDT.
    const [row] = client.call('GET', '/fapi/v1/income', { incomeType: 'INSURANCE_CLEAR' }).json;
    expect(Number(row.income)).toBeCloseTo(9_000 - 8_775 / 0.9999, 6);
  });

  it('exchanges other assets into a debt of more than 10 000 dollars', async () => {
    await open({ usdt: '0', others: { USDC: '30000', BTC: '1' } });
    join();
    trade('BTCUSDT', 'BUY', '20000', '10');
    trade('BTCUSDT', 'SELL', '19000', '10');
    expect(asset('USDT').walletBalance).toBe('-10000.00000000'); // 9 949.5 dollars: not yet
    trade('BTCUSDT', 'BUY', '19010', '10');
    trade('BTCUSDT', 'SELL', '19000', '10');
    expect(asset('USDT').walletBalance).toMatch(/^0\.000/); // the smallest amount of BTC is 0.0002 dollars
    // 10 100 USDT at the venue's ask rate, shared by what each of the others is worth.
    const [usdc, btc] = [30_000 - Number(asset('USDC').walletBalance), 1 - Number(asset('BTC').walletBalance)];
    const rate = 20_000 * 0.99 * 0.975;
    expect(usdc + btc * rate).toBeCloseTo(10_100 * 0.99 * 1.01, 3);
    expect(usdc / 30_000).toBeCloseTo(btc, 6);
  });
});
