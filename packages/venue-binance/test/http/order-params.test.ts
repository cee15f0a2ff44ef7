import { decimal, type OrderTerms, usTime } from '@fillwright/domain';
import { describe, expect, it } from '@jest/globals';
import { placeParams } from '../../src/http/order-params.ts';
import { ID, LIMIT_BUY, STOP_SELL } from '../adapter-world.ts';

const { price: _none, ...UNPRICED } = LIMIT_BUY;
const { trigger: _trigger, ...PLAIN_SELL } = STOP_SELL;
const stop = { ...STOP_SELL, reduceOnly: false };
const trigger = (text: string) => ({ price: decimal(text), working: 'last' }) as const;

function bodyOf(terms: OrderTerms): Readonly<Record<string, string>> {
  const params = placeParams({ clientOrderId: ID, terms }, 'EXPIRE_MAKER');
  if (params.type === 'malformed') throw new Error(params.problem);
  const { symbol, newOrderRespType, selfTradePreventionMode, newClientOrderId, clientAlgoId, ...rest } = params.value;
  expect([symbol, newOrderRespType, selfTradePreventionMode]).toEqual(['BTCUSDT', 'RESULT', 'EXPIRE_MAKER']);
  expect([newClientOrderId, clientAlgoId].filter((id) => id !== undefined)).toEqual([ID]);
  return Object.fromEntries(Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
}

/** Whole bodies: a parameter too many is refused by the venue as well. */
const BODIES: readonly (readonly [string, OrderTerms, Readonly<Record<string, string>>])[] = [
  ['limit', LIMIT_BUY, { side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '0.01', price: '92000' }],
  [
    'post-only, reduce-only limit',
    { ...LIMIT_BUY, timeInForce: 'GTX', reduceOnly: true },
    { side: 'BUY', type: 'LIMIT', timeInForce: 'GTX', quantity: '0.01', price: '92000', reduceOnly: 'true' },
  ],
  [
    'limit good till a date',
    { ...LIMIT_BUY, timeInForce: 'GTD', goodTillTs: usTime(1_794_500_000_000_000) },
    { side: 'BUY', type: 'LIMIT', timeInForce: 'GTD', quantity: '0.01', price: '92000', goodTillDate: '1794500000000' },
  ],
  ['market', { ...UNPRICED, type: 'market' }, { side: 'BUY', type: 'MARKET', quantity: '0.01' }],
  [
    'stop with a limit price',
    { ...stop, type: 'stop', price: decimal('89990'), trigger: trigger('90000') },
    {
      ...{ algoType: 'CONDITIONAL', side: 'SELL', type: 'STOP', timeInForce: 'GTC', quantity: '0.01', price: '89990' },
      ...{ triggerPrice: '90000', workingType: 'CONTRACT_PRICE' },
    },
  ],
  [
    'stop at the mark',
    STOP_SELL,
    {
      ...{ algoType: 'CONDITIONAL', side: 'SELL', type: 'STOP_MARKET', quantity: '0.01', reduceOnly: 'true' },
      ...{ triggerPrice: '90000', workingType: 'MARK_PRICE' },
    },
  ],
  [
    'take-profit that closes the position: neither quantity nor reduce-only beside it',
    { ...stop, type: 'take-profit-market', reduceOnly: true, closePosition: true, qty: decimal('0') },
    {
      ...{ algoType: 'CONDITIONAL', side: 'SELL', type: 'TAKE_PROFIT_MARKET', closePosition: 'true' },
      ...{ triggerPrice: '90000', workingType: 'MARK_PRICE' },
    },
  ],
  [
    'trailing stop: distance in percent as given, activation price, no trigger price',
    {
      ...PLAIN_SELL,
      type: 'trailing-stop-market',
      trigger: { working: 'last', callbackPercent: decimal('0.5'), activationPrice: decimal('93000') },
    },
    {
      ...{ algoType: 'CONDITIONAL', side: 'SELL', type: 'TRAILING_STOP_MARKET', quantity: '0.01', reduceOnly: 'true' },
      ...{ callbackRate: '0.5', activatePrice: '93000', workingType: 'CONTRACT_PRICE' },
    },
  ],
  [
    'trailing stop that is active at once',
    { ...PLAIN_SELL, reduceOnly: false, type: 'trailing-stop-market', trigger: { working: 'mark', callbackPercent: decimal('1') } },
    {
      ...{ algoType: 'CONDITIONAL', side: 'SELL', type: 'TRAILING_STOP_MARKET', quantity: '0.01' },
      ...{ callbackRate: '1', workingType: 'MARK_PRICE' },
    },
  ],
];

describe('the body of a new order', () => {
  it.each(BODIES)('of type %s is exactly what the venue asks for', (_name, terms, body) => {
    expect(bodyOf(terms)).toEqual(body);
  });

  it('never names a side of the position: in one-way mode the venue refuses that', () => {
    for (const [, terms] of BODIES) expect(bodyOf(terms)).not.toHaveProperty('positionSide');
  });
});
