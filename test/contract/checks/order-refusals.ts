/** Every refusal of an order: by the state of things, by the filters, by its parameters. */
import { COARSE, SYMBOL } from '../clients/desk-venue.ts';
import type { Check } from './check.ts';
import { BUY, exactly, inside, long, MISSING, type RefusalCase, refusalCheck, sets } from './refusal-case.ts';

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
    ...{ name: 'an order while the symbol is halted', code: -4140, msg: 'Invalid symbol status for opening position.' },
    act: async ({ ours, venue }) => {
      await venue.control('POST', 'status', { symbol: SYMBOL, status: 'TRADING_HALT' });
      await ours.place(BUY);
    },
  },
  {
    ...{ name: 'an order for a symbol that is no more', code: -4141, msg: 'Symbol is closed.' },
    act: async ({ ours, venue }) => {
      await venue.control('POST', 'status', { symbol: SYMBOL, status: 'CLOSE' });
      await ours.place(BUY);
    },
  },
  {
    ...{ name: 'an order while being liquidated', code: -2023, msg: 'User in liquidation mode now.' },
    act: async (desk) => {
      inside(desk).account.liquidating = true;
      await desk.ours.place(BUY);
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
    name: 'client id too long',
    code: -4015,
    msg: 'Client order id length should not be more than 36 chars',
    act: exactly({ newClientOrderId: 'x'.repeat(37) }),
  },
  { name: 'position side', code: -4060, msg: 'Invalid position side.', act: exactly({ positionSide: 'UP' }) },
  {
    ...{ name: 'an empty symbol', code: -1105, msg: "Parameter 'symbol' was empty." },
    act: sets('v1/order', { symbol: '', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '180', quantity: '1' }),
  },
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

export const ORDER_REFUSALS: readonly Check[] = [...MARKET_STATE, ...FILTERS, ...PARAMETERS].map(refusalCheck);
