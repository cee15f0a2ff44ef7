/** Checks: every refusal of an order, a change, a query and a setting, with its exact code and text, as the client tells it. */
import { describe, expect, it } from '@jest/globals';
import { type ClientDesk, openDesk } from './client-desk.ts';
import type { Candidate, OrderSpec } from './client-under-test.ts';
import { COARSE, SYMBOL } from './desk-venue.ts';

interface RefusalCase {
  readonly name: string;
  readonly code: number;
  /** Whole text, or its beginning when it ends in `…`. */
  readonly msg: string;
  act(desk: ClientDesk): Promise<unknown>;
}

const BUY: OrderSpec = { side: 'BUY', price: '180', quantity: '1' };

/** The order exactly as written: some clients correct prices and sizes in their own order functions. */
function exactly(spec: Readonly<Record<string, string>>, path = 'v1/order') {
  const order = { symbol: SYMBOL, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '180', quantity: '1', ...spec };
  const params = Object.fromEntries(Object.entries(order).filter(([, value]) => value !== ''));
  return ({ ours }: ClientDesk) => ours.raw('POST', path, params);
}

function algo(spec: Readonly<Record<string, string>>) {
  const stop = { algoType: 'CONDITIONAL', symbol: SYMBOL, side: 'SELL', type: 'STOP_MARKET', triggerPrice: '170', quantity: '1', ...spec };
  const params = Object.fromEntries(Object.entries(stop).filter(([, value]) => value !== ''));
  return ({ ours }: ClientDesk) => ours.raw('POST', 'v1/algoOrder', params);
}

async function long({ ours, theirs }: ClientDesk): Promise<void> {
  await theirs.place({ side: 'SELL', price: '180', quantity: '1' });
  await ours.place(BUY);
}

const MISSING = (name: string) => `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`;
const POST_ONLY = 'Due to the order could not be executed as maker, the Post Only order will be rejected.';
const FOK =
  'Due to the order could not be filled immediately, the FOK order has been rejected. The order will not be recorded in the order history';
const ELSEWHERE = 'Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.';

const MARKET_STATE: readonly RefusalCase[] = [
  {
    ...{ name: 'post-only that would take', code: -5022, msg: POST_ONLY },
    act: async ({ ours, theirs }) => {
      await theirs.place({ side: 'SELL', price: '180', quantity: '1' });
      await ours.place({ ...BUY, timeInForce: 'GTX' });
    },
  },
  {
    ...{ name: 'fill-or-kill that cannot', code: -5021, msg: FOK },
    act: async ({ ours, theirs }) => {
      await theirs.place({ side: 'SELL', price: '180', quantity: '0.5' });
      await ours.place({ ...BUY, timeInForce: 'FOK' });
    },
  },
  { name: 'too little margin', code: -2019, msg: 'Margin is insufficient.', act: ({ ours }) => ours.place({ ...BUY, quantity: '12000' }) },
  {
    ...{ name: 'over the bracket', code: -2027, msg: 'Exceeded the maximum allowable position at current leverage.' },
    act: async ({ ours }) => {
      await ours.setLeverage(SYMBOL, 125);
      await ours.place({ ...BUY, quantity: '300' });
    },
  },
  {
    ...{ name: 'reduce-only while flat', code: -2022, msg: 'ReduceOnly Order is rejected.' },
    act: ({ ours }) => ours.place({ ...BUY, reduceOnly: true }),
  },
  {
    ...{ name: 'reduce-only that would enlarge', code: -2022, msg: 'ReduceOnly Order is rejected.' },
    act: async (desk) => {
      await long(desk);
      await desk.ours.place({ ...BUY, reduceOnly: true });
    },
  },
  {
    ...{ name: 'position side in one-way mode', code: -4061, msg: "Order's position side does not match user's setting." },
    act: ({ ours }) => ours.place({ ...BUY, extra: { positionSide: 'LONG' } }),
  },
  {
    ...{ name: 'client id of an open order', code: -4116, msg: 'ClientOrderId is duplicated.' },
    act: async ({ ours, id }) => {
      await ours.place({ ...BUY, price: '175', clientId: id('twice') });
      await ours.place({ ...BUY, price: '174', clientId: id('twice') });
    },
  },
  {
    ...{
      name: 'market order against a far price',
      code: -4131,
      msg: "The counterparty's best price does not meet the PERCENT_PRICE filter limit.",
    },
    act: async ({ ours, venue }) => {
      await venue.control('POST', 'book', { symbol: SYMBOL, bids: [], asks: [['200', '5']] });
      await ours.place({ side: 'BUY', quantity: '1' });
    },
  },
  {
    ...{ name: 'the 201st open order', code: -2025, msg: 'Reach max open order limit.' },
    act: async ({ ours, venue }) => {
      for (let n = 0; n < 200; n += 1) {
        await venue.control('POST', 'orders', { symbol: SYMBOL, account: 'demo', side: 'BUY', price: '175', quantity: '0.1' });
      }
      await ours.place(BUY);
    },
  },
  {
    name: 'price match without a level',
    code: -5041,
    msg: 'No depth matches this BBO order',
    act: exactly({ price: '', priceMatch: 'QUEUE_5' }),
  },
];

const FILTERS: readonly RefusalCase[] = [
  { name: 'price off the tick', code: -4014, msg: 'Price not increased by tick size.', act: exactly({ price: '180.005' }) },
  {
    name: 'price too precise',
    code: -1111,
    msg: 'Precision is over the maximum defined for this asset.',
    act: exactly({ price: '180.00001' }),
  },
  {
    name: 'size too precise',
    code: -1111,
    msg: 'Precision is over the maximum defined for this asset.',
    act: exactly({ quantity: '1.001' }),
  },
  {
    ...{ name: 'size off the step', code: -4023, msg: 'Quantity not increased by step size.' },
    act: exactly({ symbol: COARSE, price: '100', quantity: '1.003' }),
  },
  { name: 'no size', code: -4003, msg: 'Quantity less than or equal to zero.', act: exactly({ quantity: '0' }) },
  {
    ...{ name: 'size below the minimum', code: -4004, msg: 'Quantity less than min quantity.' },
    act: exactly({ symbol: COARSE, price: '100', quantity: '0.005' }),
  },
  { name: 'size above the maximum', code: -4005, msg: 'Quantity greater than max quantity.', act: exactly({ quantity: '1000001' }) },
  {
    ...{ name: 'market size above its maximum', code: -4005, msg: 'Quantity greater than max quantity.' },
    act: exactly({ type: 'MARKET', price: '', timeInForce: '', quantity: '5001' }),
  },
  {
    ...{ name: 'notional', code: -4164, msg: "Order's notional must be no smaller than 5 (unless you choose reduce only)." },
    act: ({ ours }) => ours.place({ ...BUY, quantity: '0.02' }),
  },
  { name: 'negative price', code: -4001, msg: 'Price less than 0.', act: exactly({ price: '-1' }) },
  { name: 'price below the minimum', code: -4013, msg: 'Price less than min price.', act: exactly({ price: '0.41' }) },
  { name: 'price above the maximum', code: -4002, msg: 'Price greater than max price.', act: exactly({ price: '6857.01' }) },
  {
    ...{ name: 'buy above the band', code: -4016, msg: "Limit price can't be higher than 189.0000." },
    act: ({ ours }) => ours.place({ ...BUY, price: '189.01' }),
  },
  {
    ...{ name: 'sell below the band', code: -4024, msg: "Limit price can't be lower than 171.0000." },
    act: ({ ours }) => ours.place({ ...BUY, side: 'SELL', price: '170.99' }),
  },
];

const PARAMETERS: readonly RefusalCase[] = [
  { name: 'symbol', code: -1121, msg: 'Invalid symbol.', act: exactly({ symbol: 'NOSUCHUSDT' }) },
  { name: 'side', code: -1117, msg: 'Invalid side.', act: exactly({ side: 'HOLD' }) },
  { name: 'type', code: -1116, msg: 'Invalid orderType.', act: exactly({ type: 'ICEBERG' }) },
  { name: 'time in force', code: -1115, msg: 'Invalid timeInForce.', act: exactly({ timeInForce: 'GFD' }) },
  { name: 'missing symbol', code: -1102, msg: MISSING('symbol'), act: exactly({ symbol: '' }) },
  { name: 'missing price', code: -1102, msg: MISSING('price'), act: exactly({ price: '' }) },
  { name: 'missing quantity', code: -1102, msg: MISSING('quantity'), act: exactly({ quantity: '' }) },
  { name: 'missing time in force', code: -1102, msg: MISSING('timeInForce'), act: exactly({ timeInForce: '' }) },
  {
    ...{ name: 'time in force of a market order', code: -1106, msg: "Parameter 'timeinforce' sent when not required." },
    act: exactly({ type: 'MARKET', price: '' }),
  },
  {
    name: 'size that is no number',
    code: -1100,
    msg: "Illegal characters found in parameter 'quantity'; legal range is …",
    act: exactly({ quantity: 'abc' }),
  },
  { name: 'answer type', code: -1136, msg: 'Invalid newOrderRespType.', act: exactly({ newOrderRespType: 'FULL' }) },
  { name: 'client id', code: -4015, msg: 'Client order id is not valid.', act: exactly({ newClientOrderId: 'not#allowed' }) },
  {
    name: 'price match with a price',
    code: -1106,
    msg: "Parameter 'price' sent when not required.",
    act: exactly({ priceMatch: 'QUEUE' }),
  },
  { name: 'price match', code: -5037, msg: 'Invalid price match', act: exactly({ price: '', priceMatch: 'BEST' }) },
  {
    ...{ name: 'price match of a market order', code: -5038, msg: 'Price match only supports order type: LIMIT, STOP AND TAKE_PROFIT' },
    act: exactly({ type: 'MARKET', price: '', timeInForce: '', priceMatch: 'QUEUE' }),
  },
  {
    name: 'self-trade mode',
    code: -5039,
    msg: 'Invalid self trade prevention mode',
    act: exactly({ selfTradePreventionMode: 'SOMETIMES' }),
  },
  {
    ...{ name: 'good-till date', code: -5040, msg: 'The goodTillDate timestamp must be greater than the current time plus 600 seconds…' },
    act: exactly({ timeInForce: 'GTD', goodTillDate: '1700000000000' }),
  },
  {
    name: 'conditional type as an order',
    code: -4120,
    msg: ELSEWHERE,
    act: exactly({ type: 'STOP_MARKET', price: '', timeInForce: '', stopPrice: '170' }),
  },
  {
    ...{ name: 'a window too wide', code: -1131, msg: 'recvWindow must be less than 60000' },
    act: ({ ours }) => ours.raw('GET', 'v1/openOrders', { symbol: SYMBOL, recvWindow: '60001' }),
  },
  {
    ...{ name: 'six orders in a batch', code: -4082, msg: 'Invalid number of batch place orders.' },
    act: ({ ours }) => ours.batch(Array.from({ length: 6 }, () => BUY)),
  },
];

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
  { name: 'cancel an unknown one', code: -2011, msg: 'Unknown order sent.', act: ({ ours }) => ours.cancelStop('17') },
  { name: 'ask for an unknown one', code: -2013, msg: 'Order does not exist.', act: ({ ours }) => ours.stop('17') },
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

const GROUPS = { MARKET_STATE, FILTERS, PARAMETERS, CHANGES, CONDITIONAL, SETTINGS } as const;
const TITLES = {
  MARKET_STATE: 'of orders by the state of things',
  FILTERS: 'of orders by the filters',
  PARAMETERS: 'of parameters',
  CHANGES: 'of changes and queries',
  CONDITIONAL: 'of conditional orders',
  SETTINGS: 'of settings',
} as const satisfies Record<keyof typeof GROUPS, string>;

async function refused({ candidate }: ClientDesk, act: Promise<unknown>) {
  try {
    await act;
  } catch (error) {
    return candidate.refusalOf(error) ?? { code: 0, msg: `not the venue's refusal: ${String(error)}` };
  }
  return { code: 0, msg: 'granted' };
}

export function describeRefusals(candidate: Candidate): void {
  for (const group of Object.keys(GROUPS) as (keyof typeof GROUPS)[]) {
    describe(`refusals ${TITLES[group]}`, () => {
      const desk = openDesk(candidate);

      it.each(GROUPS[group].map((one) => [one.code, one.name, one] as const))('%i: %s', async (code, _name, { msg, act }) => {
        const answer = await refused(desk(), act(desk()));
        const text = msg.endsWith('…') ? answer.msg.slice(0, msg.length - 1) : answer.msg;
        expect({ code: answer.code, msg: text }).toEqual({ code, msg: msg.replace(/…$/, '') });
      });
    });
  }
}
