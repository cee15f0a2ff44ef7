import { beforeEach, describe, expect, it } from '@jest/globals';
import { unitsOf } from '../../src/numbers/units.ts';
import { type Loose, type TestClient, TestVenue } from '../kit.ts';

const SYMBOL = 'SOLUSDT';
const NAMES = ['long', 'rich', 'bold', 'even'] as const;

let test: TestVenue;
let clients: Readonly<Record<(typeof NAMES)[number], TestClient>>;

beforeEach(async () => {
  const accounts = NAMES.map((name) => ({
    ...{ name, apiKey: name, apiSecret: name, makerFee: '0.0002', takerFee: '0.0005' },
    balanceUsdt: name === 'rich' ? '100000' : '1000',
  }));
  test = await TestVenue.quiet({ accounts, insuranceFund: '0', accountUpdateOrder: 'after' });
  clients = Object.fromEntries(NAMES.map((name) => [name, test.client(name)])) as typeof clients;
});

function trade(buyer: TestClient, seller: TestClient, price: string, quantity: string): void {
  expect(seller.limit('SELL', price, quantity).status).toBe(200);
  expect(buyer.limit('BUY', price, quantity).status).toBe(200);
}

function mark(price: string): void {
  test.control('POST', 'mark', { symbol: SYMBOL, price });
}

function amounts(): Record<string, string> {
  return Object.fromEntries(NAMES.map((name) => [name, clients[name].position().positionAmt]));
}

function quantile(client: TestClient): Loose {
  return client.call('GET', '/fapi/v1/adlQuantile', { symbol: SYMBOL }).json[0]?.adlQuantile;
}

function money(): bigint {
  const { engine } = test.venue;
  let sum = engine.settlement.feesCollected;
  for (const account of engine.accounts()) {
    sum += account.wallet;
    for (const { positions } of account.holdings()) for (const { cost } of positions) sum -= cost;
  }
  return sum;
}

describe('the queue of deleveraging', () => {
  it('puts profit on little money first, and tells the rank', () => {
    trade(clients.long, clients.rich, '180', '20');
    trade(clients.long, clients.bold, '180', '20');
    expect(quantile(clients.bold)).toEqual({ LONG: 0, SHORT: 0, BOTH: 0 }); // no profit yet
    mark('170');
    expect(quantile(clients.rich)).toEqual({ LONG: 0, SHORT: 0, BOTH: 2 }); // last of two with profit
    expect(quantile(clients.bold)).toEqual({ LONG: 0, SHORT: 0, BOTH: 4 });
    expect(quantile(clients.long)).toEqual({ LONG: 0, SHORT: 0, BOTH: 0 }); // a loss
    expect(clients.bold.call('GET', '/fapi/v3/positionRisk').json[0].adl).toBe(4);
    expect(quantile(clients.even)).toBeUndefined();
  });

  it('counts both sides together in hedge mode', () => {
    const { bold } = clients;
    bold.call('POST', '/fapi/v1/positionSide/dual', { dualSidePosition: true });
    clients.rich.limit('BUY', '180', '20');
    bold.limit('SELL', '180', '20', { positionSide: 'SHORT' });
    clients.rich.limit('SELL', '180', '5');
    bold.limit('BUY', '180', '5', { positionSide: 'LONG' });
    mark('170');
    expect(quantile(bold)).toEqual({ LONG: 4, SHORT: 4, HEDGE: 0 });
  });
});

describe('a liquidation that neither the book nor the fund can take', () => {
  beforeEach(() => {
    trade(clients.long, clients.bold, '180', '30');
    trade(clients.long, clients.rich, '180', '20');
  });

  it('closes those on the other side at the price of the bankrupt, first in rank first, without a fee', () => {
    clients.bold.limit('SELL', '185', '1');
    const wallet = clients.bold.wallet();
    const stream = clients.bold.userStream();
    const tape = test.connect('/market/ws/solusdt@aggTrade');
    const forced = test.connect('/market/ws/solusdt@forceOrder');
    // 1 000 less 4.5 of fees behind 50 at 180: bankrupt at 160.09, rounded to the tick that leaves nothing negative.
    mark('155');
    expect(amounts()).toEqual({ long: '0.00', rich: '0.00', bold: '0.00', even: '0.00' });
    const [own] = clients.bold.call('GET', '/fapi/v1/userTrades', { symbol: SYMBOL, limit: 1 }).json;
    expect(own).toMatchObject({ price: '160.0900', qty: '30.00', commission: '0.00000000', realizedPnl: '597.3' });
    expect(Number(clients.bold.wallet())).toBeCloseTo(Number(wallet) + 597.3, 8);
    const shapes = stream.take().map(({ e, a, o }) => (o === undefined ? `${e} ${a?.m ?? ''}`.trim() : `${o.c} ${o.o} ${o.x}/${o.X}`));
    expect(shapes.map((shape) => shape.replace(/^\w{22} /, 'own '))).toEqual([
      'own LIMIT CANCELED/CANCELED',
      'TRADE_LITE',
      'adl_autoclose LIQUIDATION CALCULATED/FILLED',
      'ACCOUNT_UPDATE ORDER',
    ]);
    expect(tape.take()).toEqual([]); // not a trade of the market
    expect(forced.take()).toMatchObject([{ o: { S: 'SELL', z: '50.00', ap: '160.0900' } }]);
    const fund = test.venue.engine.insuranceFund;
    expect([...fund.holdings()].map(({ positions }) => positions[0]?.lots ?? 0)).not.toContain(5000);
    expect(money()).toBe(unitsOf('103000'));
  });

  it('goes no farther down the queue than needed', () => {
    trade(clients.rich, clients.even, '180', '5'); // shorts: bold 30, rich 15, even 5
    test.control('POST', 'book', { symbol: SYMBOL, bids: [['161.5', '15']], asks: [] });
    mark('159.5');
    expect(amounts()).toMatchObject({ long: '0.00', bold: '0.00', rich: '-15.00' });
    expect(clients.even.position().positionAmt).toBe('0.00'); // more profit on its money than rich has
    expect(money()).toBe(unitsOf('103000'));
  });

  it('never sets a position off against the other side of the same account', () => {
    const { even, rich } = clients;
    even.call('POST', '/fapi/v1/positionSide/dual', { dualSidePosition: true });
    rich.limit('SELL', '180', '60');
    even.limit('BUY', '180', '60', { positionSide: 'LONG' });
    rich.limit('BUY', '180', '10');
    even.limit('SELL', '180', '10', { positionSide: 'SHORT' });
    mark('150');
    const ids = even
      .call('GET', '/fapi/v1/forceOrders', { symbol: SYMBOL })
      .json.map((row: Loose) => [row.clientOrderId, row.positionSide]);
    expect(ids).toEqual([
      [expect.stringMatching(/^autoclose-/), 'LONG'],
      [expect.stringMatching(/^autoclose-/), 'SHORT'],
    ]);
    expect(money()).toBe(unitsOf('103000'));
  });

  it('lists forced orders by kind', () => {
    mark('155');
    const list = (client: TestClient, more: Record<string, string> = {}): Loose[] =>
      client.call('GET', '/fapi/v1/forceOrders', { symbol: SYMBOL, ...more }).json;
    expect(list(clients.bold)).toMatchObject([{ clientOrderId: 'adl_autoclose', status: 'FILLED', origQty: '30.00', pair: SYMBOL }]);
    expect(list(clients.bold, { autoCloseType: 'LIQUIDATION' })).toEqual([]);
    expect(list(clients.long, { autoCloseType: 'ADL' })).toEqual([]);
    expect(list(clients.long, { autoCloseType: 'LIQUIDATION' })).toHaveLength(1);
  });
});

describe('the insurance fund', () => {
  it('takes over while it stays above nothing at the mark, and shows its money', () => {
    test.control('POST', 'insurance-fund', { amount: '1000' });
    const balance = () => test.now(test.raw('GET', `/fapi/v1/insuranceBalance?symbol=${SYMBOL}`)).json.assets[0].marginBalance;
    const risk = () => test.now(test.raw('GET', `/fapi/v1/symbolAdlRisk?symbol=${SYMBOL}`)).json.adlRisk;
    trade(clients.long, clients.bold, '180', '30');
    trade(clients.long, clients.rich, '180', '20');
    expect([balance(), risk()]).toEqual(['1000.00000000', 'low']);
    mark('155'); // 50 × (160.09 − 155) = 254.5
    expect(amounts()).toMatchObject({ long: '0.00', bold: '-30.00', rich: '-20.00' });
    expect(balance()).toBe('745.50000000');
    mark('140.2'); // 50 × (160.09 − 140.2) = 994.5
    expect([balance(), risk()]).toEqual(['5.50000000', 'high']);
    expect(money()).toBe(unitsOf('103000'));
  });
});

describe('the end of a contract', () => {
  it('expires all orders, closes every position at one price without a fee, and closes the symbol', () => {
    trade(clients.long, clients.bold, '180', '10');
    clients.long.limit('BUY', '175', '1');
    const stop = { algoType: 'CONDITIONAL', symbol: SYMBOL, side: 'SELL', type: 'STOP_MARKET', triggerPrice: '170', quantity: '1' };
    clients.long.call('POST', '/fapi/v1/algoOrder', stop);
    const stream = clients.long.userStream();
    expect(test.control('POST', 'settle', { symbol: SYMBOL, price: '182.5' }).json).toMatchObject({ status: 'CLOSE' });
    expect(amounts()).toMatchObject({ long: '0.00', bold: '0.00' });
    const seen = stream.take();
    expect(seen.filter(({ e }) => e === 'ALGO_UPDATE')).toMatchObject([{ o: { X: 'EXPIRED' } }]);
    const orders = seen.filter(({ e }) => e === 'ORDER_TRADE_UPDATE').map(({ o }) => o);
    expect(orders[0]).toMatchObject({ x: 'EXPIRED', er: '7' });
    expect(orders[1]).toMatchObject({ x: 'CALCULATED', X: 'FILLED', L: '182.5000', n: '0.00000000', rp: '25' });
    expect(orders[1]?.c).toMatch(/^settlement_autoclose-\d+$/);
    expect(clients.long.limit('BUY', '175', '1').json.code).toBe(-4141);
    expect(money()).toBe(unitsOf('103000'));
  });

  it('refuses orders and changes while the symbol is halted, and takes cancels', () => {
    const { orderId } = clients.long.limit('BUY', '175', '1').json;
    test.control('POST', 'status', { symbol: SYMBOL, status: 'TRADING_HALT' });
    expect(clients.long.limit('BUY', '175', '1').json.code).toBe(-4140);
    const change = { symbol: SYMBOL, orderId, side: 'BUY', quantity: '2', price: '175' };
    expect(clients.long.call('PUT', '/fapi/v1/order', change).json.code).toBe(-5024);
    expect(clients.long.call('DELETE', '/fapi/v1/order', { symbol: SYMBOL, orderId }).status).toBe(200);
  });
});
