/** Every refusal of a change, a query, a conditional order and a setting. */
import { DEMO_ACCOUNTS } from '@fillwright/exchange-simulator';
import { SYMBOL } from '../clients/desk-venue.ts';
import type { Check } from './check.ts';
import { ago, algo, asks, BUY, inside, long, MISSING, type RefusalCase, refusalCheck, sets } from './refusal-case.ts';

const CHANGES: readonly RefusalCase[] = [
  {
    ...{ name: 'modify to the same', code: -5027, msg: 'No need to modify the order.' },
    act: async ({ ours }) => {
      const order = await ours.place({ ...BUY, price: '175' });
      await ours.amend(order, { side: 'BUY', price: '175', quantity: '1' });
    },
  },
  {
    ...{ name: 'modify a market order', code: -5025, msg: 'Only limit order is supported.' },
    act: async ({ ours, theirs }) => {
      await theirs.place({ side: 'SELL', price: '180', quantity: '1' });
      const order = await ours.place({ side: 'BUY', quantity: '1' });
      await ours.amend(order, { side: 'BUY', price: '175', quantity: '2' });
    },
  },
  {
    ...{ name: 'modify a closed order', code: -2011, msg: 'Unknown order sent.' },
    act: async ({ ours }) => {
      const order = await ours.place({ ...BUY, price: '175' });
      await ours.cancel(order);
      await ours.amend(order, { side: 'BUY', price: '176', quantity: '1' });
    },
  },
  {
    ...{ name: 'modify an unknown order', code: -2013, msg: 'Order does not exist.' },
    act: ({ ours }) => ours.amend({ orderId: '17' }, { side: 'BUY', price: '176', quantity: '1' }),
  },
  {
    ...{ name: 'modify below the notional', code: -5029, msg: "Order's notional must be no smaller than 5…" },
    act: async ({ ours }) => {
      const order = await ours.place({ ...BUY, price: '175' });
      await ours.amend(order, { side: 'BUY', price: '175', quantity: '0.02' });
    },
  },
  {
    ...{ name: 'modify as reduce-only what is not', code: -5047, msg: 'The original order is not a reduce-only order' },
    act: async ({ ours }) => {
      const { orderId } = await ours.place({ ...BUY, price: '175' });
      const change = { symbol: SYMBOL, orderId, side: 'BUY', price: '176', quantity: '1', reduceOnly: 'true' };
      await ours.raw('PUT', 'v1/order', change);
    },
  },
  {
    ...{
      name: 'modify while the symbol is halted',
      code: -5024,
      msg: 'Symbol is not in trading status. Order amendment is not permitted.',
    },
    act: async ({ ours, venue }) => {
      const order = await ours.place({ ...BUY, price: '175' });
      await venue.control('POST', 'status', { symbol: SYMBOL, status: 'TRADING_HALT' });
      await ours.amend(order, { side: 'BUY', price: '176', quantity: '1' });
    },
  },
  {
    ...{ name: 'modify for the 10 001st time', code: -5026, msg: 'Exceed maximum modify order limit.' },
    act: async (desk) => {
      const order = await desk.ours.place({ ...BUY, price: '175' });
      await desk.ours.amend(order, { side: 'BUY', price: '175.5', quantity: '1' });
      const { account, market } = inside(desk);
      for (const { amendments } of account.holding(market).open) {
        const [first] = amendments;
        while (first !== undefined && amendments.length < 10_000) amendments.push(first);
      }
      await desk.ours.amend(order, { side: 'BUY', price: '176', quantity: '1' });
    },
  },
  {
    ...{ name: 'cancel eleven orders at once', code: -4032, msg: 'Exceed maximum cancel order size.' },
    act: ({ ours }) => {
      const orderIdList = JSON.stringify(Array.from({ length: 11 }, (_, n) => n + 1));
      return ours.raw('DELETE', 'v1/batchOrders', { symbol: SYMBOL, orderIdList });
    },
  },
  { name: 'cancel an unknown order', code: -2011, msg: 'Unknown order sent.', act: ({ ours }) => ours.cancel({ orderId: '17' }) },
  {
    ...{ name: 'cancel a filled order', code: -2011, msg: 'Unknown order sent.' },
    act: async (desk) => {
      await desk.theirs.place({ side: 'SELL', price: '180', quantity: '1' });
      await desk.ours.cancel(await desk.ours.place(BUY));
    },
  },
  { name: 'ask for an unknown order', code: -2013, msg: 'Order does not exist.', act: ({ ours }) => ours.order({ orderId: '17' }) },
];

const QUERIES: readonly RefusalCase[] = [
  {
    ...{
      name: 'an order without any id',
      code: -1102,
      msg: "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
    },
    act: asks('v1/order', { symbol: SYMBOL }),
  },
  {
    ...{ name: 'trades that begin after their end', code: -1023, msg: 'Start time is greater than end time.' },
    act: asks('v1/userTrades', { symbol: SYMBOL, startTime: '1700000002000', endTime: '1700000001000' }),
  },
  {
    ...{ name: 'trades of more than a week', code: -4165, msg: 'Invalid time interval. Maximum time interval is 7 days.' },
    act: (desk) => asks('v1/userTrades', { symbol: SYMBOL, startTime: ago(desk, 9), endTime: ago(desk, 1) })(desk),
  },
  {
    ...{ name: 'trades of long ago', code: -4166, msg: 'Search window is restricted to recent 90 days only.' },
    act: (desk) => asks('v1/userTrades', { symbol: SYMBOL, startTime: ago(desk, 100) })(desk),
  },
  {
    ...{ name: 'trades by id and time', code: -1128, msg: 'Combination of optional parameters invalid.' },
    act: (desk) => asks('v1/userTrades', { symbol: SYMBOL, fromId: '1', startTime: ago(desk, 1) })(desk),
  },
  {
    ...{ name: 'public trades of more than an hour', code: -1127, msg: 'More than 1 hours between startTime and endTime.' },
    act: (desk) => asks('v1/aggTrades', { symbol: SYMBOL, startTime: ago(desk, 1), endTime: ago(desk, 0) })(desk),
  },
  { name: 'a depth there is not', code: -4021, msg: '7 is not valid depth limit.', act: asks('v1/depth', { symbol: SYMBOL, limit: '7' }) },
  { name: 'a candle there is not', code: -1120, msg: 'Invalid interval.', act: asks('v1/klines', { symbol: SYMBOL, interval: '7m' }) },
  { name: 'an asset there is not', code: -1108, msg: 'Invalid asset.', act: asks('v1/pmAccountInfo', { asset: 'NOPE' }) },
];

const CONDITIONAL: readonly RefusalCase[] = [
  { name: 'a trigger already passed', code: -2021, msg: 'Order would immediately trigger.', act: algo({ triggerPrice: '185' }) },
  { name: 'a trigger off the tick', code: -4014, msg: 'Price not increased by tick size.', act: algo({ triggerPrice: '170.005' }) },
  { name: 'a missing trigger', code: -1102, msg: MISSING('triggerPrice'), act: algo({ triggerPrice: '' }) },
  { name: 'a trigger of nought', code: -4006, msg: 'Stop price less than zero.', act: algo({ triggerPrice: '0' }) },
  {
    name: 'close-position with a quantity',
    code: -4137,
    msg: 'Quantity must be zero with closePosition equals true.',
    act: algo({ closePosition: 'true' }),
  },
  {
    name: 'callback rate',
    code: -1130,
    msg: "Data sent for parameter 'callbackRate' is not valid.",
    act: algo({ type: 'TRAILING_STOP_MARKET', triggerPrice: '', callbackRate: '30' }),
  },
  { name: 'working type', code: -4031, msg: 'Invalid parameter working type', act: algo({ workingType: 'INDEX_PRICE' }) },
  {
    ...{ name: 'a client id twice', code: -4116, msg: 'ClientOrderId is duplicated.' },
    act: async (desk) => {
      await algo({ clientAlgoId: 'twice' })(desk);
      await algo({ clientAlgoId: 'twice' })(desk);
    },
  },
  { name: 'a trigger above the maximum', code: -4007, msg: 'Stop price greater than max price.', act: algo({ triggerPrice: '7000' }) },
  {
    ...{ name: 'a limit far above its trigger', code: -4183, msg: "Limit price can't be higher than 199.5000." },
    act: algo({ side: 'BUY', type: 'STOP', triggerPrice: '190', price: '220' }),
  },
  {
    ...{ name: 'a limit far below its trigger', code: -4184, msg: "Limit price can't be lower than 161.5000." },
    act: algo({ type: 'STOP', price: '100' }),
  },
  {
    ...{ name: 'an activation price of nought', code: -4135, msg: 'Invalid activation price' },
    act: algo({ type: 'TRAILING_STOP_MARKET', triggerPrice: '', callbackRate: '1', activatePrice: '0' }),
  },
  {
    ...{ name: 'close-position as reduce-only', code: -4138, msg: 'Reduce only must be true with closePosition equals true.' },
    act: algo({ closePosition: 'true', quantity: '', reduceOnly: 'true' }),
  },
  {
    ...{ name: 'close-position with a price', code: -4139, msg: 'Order type can not be market if its unable to cancel.' },
    act: algo({ type: 'STOP', price: '169', closePosition: 'true', quantity: '' }),
  },
  {
    ...{
      name: 'close-position twice',
      code: -4130,
      msg: 'An open stop or take profit order with GTE and closePosition in the direction is existing.',
    },
    act: async (desk) => {
      await algo({ closePosition: 'true', quantity: '' })(desk);
      await algo({ closePosition: 'true', quantity: '', triggerPrice: '169' })(desk);
    },
  },
  {
    ...{ name: 'the 201st that waits', code: -4045, msg: 'Reach max stop order limit.' },
    act: async (desk) => {
      await algo({})(desk);
      const { engine, account } = inside(desk);
      const [first] = engine.algo.open(account);
      for (let n = 0; first !== undefined && n < 199; n += 1) engine.algo.place({ ...first.request, clientId: `filler${n}` });
      await algo({})(desk);
    },
  },
  { name: 'cancel an unknown one', code: -2011, msg: 'Unknown order sent.', act: ({ ours }) => ours.cancelStop('17') },
  { name: 'ask for an unknown one', code: -2013, msg: 'Order does not exist.', act: ({ ours }) => ours.stop('17') },
];

/** Little of the quote asset, much of another. */
const OTHER_MONEY = {
  accounts: DEMO_ACCOUNTS.map((account) =>
    account.name === 'demo' ? { ...account, balanceUsdt: '0.01', otherBalances: { USDC: '100000' } } : account,
  ),
};

const ISOLATED = sets('v1/marginType', { symbol: SYMBOL, marginType: 'ISOLATED' });
const PARTED = sets('v1/multiAssetsMargin', { multiAssetsMargin: 'false' });
const JOINED = sets('v1/multiAssetsMargin', { multiAssetsMargin: 'true' });

function moves(amount: string) {
  return sets('v1/positionMargin', { symbol: SYMBOL, amount, type: '1' });
}

const MARGIN: readonly RefusalCase[] = [
  {
    ...{ name: 'the margin type with open orders', code: -4047, msg: 'Margin type cannot be changed if there exists open orders.' },
    act: async (desk) => {
      await desk.ours.place(BUY);
      await ISOLATED(desk);
    },
  },
  {
    ...{ name: 'isolated margin moved to a cross position', code: -4049, msg: 'Add margin only support for isolated position.' },
    act: async (desk) => {
      await long(desk);
      await moves('1')(desk);
    },
  },
  {
    ...{ name: 'more margin than there is money', code: -4050, msg: 'Cross balance insufficient.' },
    act: async (desk) => {
      await ISOLATED(desk);
      await long(desk);
      await moves('1000000')(desk);
    },
  },
  {
    ...{ name: 'margin for no position', code: -4054, msg: 'Cannot add position margin: position is 0.' },
    act: async (desk) => {
      await ISOLATED(desk);
      await moves('1')(desk);
    },
  },
  { name: 'no margin', code: -4055, msg: 'Amount must be positive.', act: moves('0') },
  {
    ...{
      name: 'less leverage for an isolated position',
      code: -4161,
      msg: 'Leverage reduction is not supported in Isolated Margin Mode with open positions.',
    },
    act: async (desk) => {
      await ISOLATED(desk);
      await long(desk);
      await desk.ours.setLeverage(SYMBOL, 5);
    },
  },
  {
    ...{ name: 'less leverage than the orders need', code: -2028, msg: 'Leverage is smaller than permitted: insufficient margin balance.' },
    act: async ({ ours }) => {
      await ours.place({ ...BUY, price: '175', quantity: '5000' });
      await ours.setLeverage(SYMBOL, 5);
    },
  },
  {
    ...{ name: 'the position mode with a position', code: -4068, msg: 'Position side cannot be changed if there exists position.' },
    act: async (desk) => {
      await long(desk);
      await sets('v1/positionSide/dual', { dualSidePosition: 'true' })(desk);
    },
  },
  {
    ...{
      name: 'the assets mode with open orders',
      code: -4170,
      msg: 'Unable to adjust Multi-Assets Mode with open orders in USDⓈ-M Futures.',
    },
    act: async (desk) => {
      await desk.ours.place(BUY);
      await JOINED(desk);
    },
  },
  {
    ...{
      name: 'the assets mode with a debt',
      code: -4172,
      msg: 'Unable to adjust Multi-Assets Mode with a negative wallet balance of margin available asset in USDⓈ-M Futures account.',
    },
    options: OTHER_MONEY,
    act: async (desk) => {
      await JOINED(desk);
      await long(desk);
      await PARTED(desk);
    },
  },
  {
    ...{
      name: 'the assets mode with too little of one asset',
      code: -4169,
      msg: 'Unable to adjust Multi-Assets Mode with insufficient margin balance in USDⓈ-M Futures.',
    },
    options: OTHER_MONEY,
    act: async (desk) => {
      await JOINED(desk);
      await desk.venue.control('POST', 'deposit', { account: 'demo', amount: '1' });
      await long(desk);
      await PARTED(desk);
    },
  },
];

const SETTINGS: readonly RefusalCase[] = [
  {
    ...{ name: 'the margin type it has', code: -4046, msg: 'No need to change margin type.' },
    act: ({ ours }) => ours.raw('POST', 'v1/marginType', { symbol: SYMBOL, marginType: 'CROSSED' }),
  },
  {
    ...{ name: 'the position mode it has', code: -4059, msg: 'No need to change position side.' },
    act: ({ ours }) => ours.raw('POST', 'v1/positionSide/dual', { dualSidePosition: 'false' }),
  },
  {
    ...{
      name: 'the assets mode it has',
      code: -4171,
      msg: 'Adjusted asset mode is currently set and does not need to be adjusted repeatedly.',
    },
    act: ({ ours }) => ours.raw('POST', 'v1/multiAssetsMargin', { multiAssetsMargin: 'false' }),
  },
  {
    ...{ name: 'leverage', code: -4028, msg: 'Leverage 126 is not valid' },
    act: ({ ours }) => ours.raw('POST', 'v1/leverage', { symbol: SYMBOL, leverage: '126' }),
  },
  {
    ...{ name: 'a listen key that is not there', code: -1125, msg: 'This listenKey does not exist.' },
    act: ({ ours }) => ours.raw('PUT', 'v1/listenKey', {}),
  },
  {
    name: 'a path that is not there',
    code: -5000,
    msg: 'Path /fapi/v1/nothing, Method GET is invalid',
    act: ({ ours }) => ours.raw('GET', 'v1/nothing', {}),
  },
];

export const OTHER_REFUSALS: readonly Check[] = [...CHANGES, ...QUERIES, ...CONDITIONAL, ...MARGIN, ...SETTINGS].map(refusalCheck);
