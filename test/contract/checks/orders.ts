/** Checks: the life of orders from placement to fill, cancel or expiry, and what the client knows of them. */
import { DEMO_ACCOUNTS } from '@fillwright/exchange-simulator';
import { expect } from '@jest/globals';
import { answer, notDone, replaced, setUp, unitMore } from '../breaks/break.ts';
import { CANCELS_ALL_BUT_ONE, FEE_FORGOTTEN, IOC_RESTS, LOT_TOO_MANY } from '../breaks/core-breaks.ts';
import type { ClientDesk } from '../clients/client-desk.ts';
import { DESK_SYMBOLS, LONG_IDS, SYMBOL } from '../clients/desk-venue.ts';
import type { Check } from './check.ts';

/** Answers to a request for one order, to one for placing, to one for what is open. */
const SHOWN = /GET .*v1\/order$/;
const PLACED = /POST .*v1\/order$/;
const OPEN = /GET .*openOrders/;

const WHOLE_LIFE: Check = {
  id: 'whole-life',
  area: 'orders',
  name: 'lives through place, partial fill, amend, fill and close, with position and money right after each step',
  breaks: [
    answer('a partial fill is not reported', SHOWN, replaced('PARTIALLY_FILLED', 'NEW')),
    answer('a filled quantity is a unit off', SHOWN, unitMore('executedQty')),
    answer('an open order is told with another price', OPEN, unitMore('price')),
    answer('the wallet is a unit off', /GET .*(account|balance)/, unitMore('walletBalance', 'balance')),
    answer('what is available is a unit off', /GET .*(account|balance)/, unitMore('availableBalance')),
    answer('the entry price is a unit off', /GET .*positionRisk/, unitMore('entryPrice')),
    answer('a trade of the maker is told as a taker’s', /GET .*userTrades/, replaced('"maker":true', '"maker":false')),
    answer('the fee of a trade is a unit off', /GET .*userTrades/, unitMore('commission')),
    notDone('an amend is answered and not done', /PUT .*v1\/order$/, { method: 'GET' }),
    setUp('makers pay another fee', { accounts: DEMO_ACCOUNTS.map((account) => ({ ...account, makerFee: '0.0003' })) }),
    LOT_TOO_MANY,
    FEE_FORGOTTEN,
  ],
  run: wholeLife,
};

async function wholeLife({ ours, theirs, id }: ClientDesk): Promise<void> {
  const money = async () => [await ours.balance(), await ours.position(SYMBOL)];
  expect(await money()).toMatchObject([{ wallet: '100000', available: '100000' }, { amount: '0' }]);

  const placed = await ours.place({ side: 'BUY', price: '180', quantity: '1', clientId: id('life') });
  expect(placed).toMatchObject({ clientId: id('life'), status: 'NEW', price: '180', quantity: '1', filled: '0' });
  expect(await ours.openOrders(SYMBOL)).toEqual([placed]);
  // 180 at 20 x.
  expect(await money()).toMatchObject([{ wallet: '100000', available: '99991' }, { amount: '0' }]);

  const taken = await theirs.place({ side: 'SELL', price: '180', quantity: '0.4', timeInForce: 'IOC' });
  expect(taken).toMatchObject({ status: 'FILLED', filled: '0.4' });
  expect(await ours.order(placed)).toMatchObject({ status: 'PARTIALLY_FILLED', filled: '0.4' });
  // Maker fee 72 x 0.02 %; theirs, the taker's, 72 x 0.05 %.
  expect(await money()).toMatchObject([
    { wallet: '99999.9856', available: '99990.9856' },
    { amount: '0.4', entryPrice: '180', unrealized: '0' },
  ]);
  expect([await theirs.balance(), await theirs.position(SYMBOL)]).toMatchObject([{ wallet: '99999.964' }, { amount: '-0.4' }]);

  const amended = await ours.amend(placed, { side: 'BUY', price: '179.5', quantity: '1.2' });
  expect(amended).toMatchObject({ orderId: placed.orderId, price: '179.5', quantity: '1.2', filled: '0.4' });
  await theirs.place({ side: 'SELL', price: '179.5', quantity: '0.8' });
  expect(await ours.order(placed)).toMatchObject({ status: 'FILLED', filled: '1.2', price: '179.5' });
  expect(await ours.openOrders(SYMBOL)).toEqual([]);
  // (0.4 x 180 + 0.8 x 179.5) / 1.2; marked at 180.
  expect(await money()).toMatchObject([{ wallet: '99999.95688' }, { amount: '1.2', entryPrice: '179.66666667', unrealized: '0.4' }]);

  await theirs.place({ side: 'BUY', price: '181', quantity: '1.2' });
  const closed = await ours.place({ side: 'SELL', quantity: '1.2', reduceOnly: true });
  expect(closed).toMatchObject({ status: 'FILLED', filled: '1.2' });
  // Profit 217.2 - 215.6, taker fee 0.1086.
  expect(await money()).toMatchObject([{ wallet: '100001.44828', available: '100001.44828' }, { amount: '0' }]);

  expect(await ours.trades(SYMBOL)).toEqual([
    { orderId: placed.orderId, price: '180', quantity: '0.4', fee: '0.0144', profit: '0', maker: true },
    { orderId: placed.orderId, price: '179.5', quantity: '0.8', fee: '0.02872', profit: '0', maker: true },
    { orderId: closed.orderId, price: '181', quantity: '1.2', fee: '0.1086', profit: '1.6', maker: false },
  ]);
}

const CANCELS: Check = {
  id: 'cancels',
  area: 'orders',
  name: 'cancels one, and all',
  breaks: [
    notDone('a cancel is answered and not done', /DELETE .*v1\/order$/, { method: 'GET' }),
    notDone('cancel-all is answered and not done', /DELETE .*allOpenOrders/, '{"code":200,"msg":"done"}'),
    CANCELS_ALL_BUT_ONE,
    answer('a cancelled order is told as new', SHOWN, replaced('CANCELED', 'NEW')),
  ],
  async run({ ours }) {
    const [first, second, third] = [
      await ours.place({ side: 'BUY', price: '175', quantity: '1' }),
      await ours.place({ side: 'BUY', price: '176', quantity: '2' }),
      await ours.place({ side: 'SELL', price: '185', quantity: '3' }),
    ];
    expect(await ours.cancel(first)).toEqual({ ...first, status: 'CANCELED' });
    expect((await ours.openOrders(SYMBOL)).map(({ orderId }) => orderId)).toEqual([second.orderId, third.orderId]);
    await ours.cancelAll(SYMBOL);
    expect(await ours.openOrders(SYMBOL)).toEqual([]);
    expect(await ours.order(third)).toMatchObject({ status: 'CANCELED', filled: '0' });
    await ours.cancelAll(SYMBOL); // also when nothing is open
  },
};

const EXPIRES: Check = {
  id: 'expires',
  area: 'orders',
  name: 'expires what an immediate-or-cancel order and a market order leave',
  breaks: [
    IOC_RESTS,
    answer('what expired is told as filled', PLACED, replaced('"EXPIRED"', '"FILLED"')),
    answer('the filled part is a unit off', PLACED, unitMore('executedQty')),
  ],
  async run({ ours, theirs }) {
    await theirs.place({ side: 'SELL', price: '181', quantity: '0.5' });
    expect(await ours.place({ side: 'BUY', price: '181', quantity: '1', timeInForce: 'IOC' })).toMatchObject({
      status: 'EXPIRED',
      filled: '0.5',
    });
    await theirs.place({ side: 'SELL', price: '181', quantity: '0.5' });
    expect(await ours.place({ side: 'BUY', quantity: '2' })).toMatchObject({ status: 'EXPIRED', filled: '0.5' });
    expect(await ours.place({ side: 'BUY', price: '181', quantity: '1', timeInForce: 'IOC' })).toMatchObject({
      status: 'EXPIRED',
      filled: '0',
    });
    expect(await ours.position(SYMBOL)).toMatchObject({ amount: '1', entryPrice: '181' });
  },
};

const FILLS_OR_KILLS: Check = {
  id: 'fills-whole',
  area: 'orders',
  name: 'fills a fill-or-kill order whole',
  breaks: [
    LOT_TOO_MANY,
    answer('it is told as partly filled', PLACED, replaced('"FILLED"', '"PARTIALLY_FILLED"')),
    answer('the entry price is a unit off', /GET .*positionRisk/, unitMore('entryPrice')),
  ],
  async run({ ours, theirs }) {
    await theirs.place({ side: 'SELL', price: '180', quantity: '0.5' });
    await theirs.place({ side: 'SELL', price: '180.5', quantity: '0.5' });
    expect(await ours.place({ side: 'BUY', price: '180.5', quantity: '1', timeInForce: 'FOK' })).toMatchObject({ status: 'FILLED' });
    expect(await ours.position(SYMBOL)).toMatchObject({ amount: '1', entryPrice: '180.25' });
  },
};

const BATCH: Check = {
  id: 'batch',
  area: 'orders',
  name: 'batches: orders and refusals in the order sent',
  codes: [-4016],
  breaks: [
    answer(
      'the rows come in another order',
      /POST .*batchOrders/,
      (body) =>
        `[${body
          .slice(1, -1)
          .split(/(?<=\}),/)
          .reverse()
          .join()}]`,
    ),
    answer('the refusal of a row has another code', /POST .*batchOrders/, replaced('-4016', '-4015')),
    notDone('the placed orders are not listed', /GET .*openOrders/, '[]'),
  ],
  async run({ ours }) {
    const rows = await ours.batch([
      { side: 'BUY', price: '175', quantity: '1' },
      { side: 'BUY', price: '190', quantity: '1' },
      { side: 'SELL', price: '185', quantity: '2' },
    ]);
    expect(rows).toMatchObject([
      { status: 'NEW', price: '175' },
      { code: -4016, msg: "Limit price can't be higher than 189.0000." },
      { status: 'NEW', price: '185' },
    ]);
    expect(await ours.openOrders(SYMBOL)).toHaveLength(2);
  },
};

const SHORT_IDS = DESK_SYMBOLS.map((symbol) => (symbol.symbol === LONG_IDS ? { ...symbol, firstOrderId: '100000001' } : symbol));

const LONG_ORDER_IDS: Check = {
  id: 'long-ids',
  area: 'orders',
  name: 'keeps the 19 digits of an order id, or is told that the order it means is not there',
  codes: [-2011],
  breaks: [
    {
      ...answer('ids are told as doubles', /POST .*v1\/order$/, (body) => body.replace(/\d{19}/g, (id) => String(BigInt(Number(id))))),
      showsTo: ({ keepsLongIds }) => keepsLongIds,
    },
    { ...setUp('ids are short', { symbols: SHORT_IDS }), showsTo: ({ keepsLongIds }) => !keepsLongIds },
  ],
  async run({ candidate, ours, venue, id }) {
    const placed = await ours.place({ symbol: LONG_IDS, side: 'BUY', price: '3000', quantity: '0.1', clientId: id('long') });
    const cancel = () => ours.cancel({ symbol: LONG_IDS, orderId: placed.orderId });
    if (candidate.keepsLongIds) {
      expect(placed.orderId).toBe(venue.newestOrderId('demo', LONG_IDS));
      expect(await cancel()).toMatchObject({ status: 'CANCELED' });
      return;
    }
    // The client holds another order's id: the venue does not know it. Its own client id finds the order.
    await expect(cancel().catch((error) => candidate.refusalOf(error))).resolves.toMatchObject({ code: -2011 });
    expect(venue.openOrders('demo')).toBe(1);
    await ours.raw('DELETE', 'v1/order', { symbol: LONG_IDS, origClientOrderId: id('long') });
    expect(venue.openOrders('demo')).toBe(0);
  },
};

export const ORDER_CHECKS: readonly Check[] = [WHOLE_LIFE, CANCELS, EXPIRES, FILLS_OR_KILLS, BATCH, LONG_ORDER_IDS];
