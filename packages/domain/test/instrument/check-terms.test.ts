import { describe, expect, it } from '@jest/globals';
import { checkTerms, decimal, type Instrument, type OrderTerms, usTime } from '../../src/mod.ts';
import { INSTRUMENT, terms } from '../arbitraries.ts';

const instrument: Instrument = {
  id: INSTRUMENT,
  symbol: 'BTCUSDT',
  kind: 'linear-perpetual',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  settleAsset: 'USDT',
  trading: true,
  tickSize: decimal('0.1'),
  minPrice: decimal('10'),
  maxPrice: decimal('1000'),
  lotSize: decimal('0.001'),
  minQty: decimal('0.002'),
  maxQty: decimal('50'),
  marketLotSize: decimal('0.01'),
  marketMinQty: decimal('0.01'),
  marketMaxQty: decimal('20'),
  minNotional: decimal('5'),
  maxOpenOrders: 200,
  priceBandUp: decimal('1.05'),
  priceBandDown: decimal('0.95'),
  pricePrecision: 2,
  qtyPrecision: 3,
};
const MARK = decimal('100');
const limit = (change: Partial<OrderTerms> = {}): OrderTerms => ({ ...terms('1'), ...change });
const { price: _price, ...unpriced } = terms('1');
const market = (change: Partial<OrderTerms> = {}): OrderTerms => ({ ...unpriced, type: 'market', ...change });
const stop = (change: Partial<OrderTerms> = {}): OrderTerms => ({
  ...unpriced,
  type: 'stop-market',
  trigger: { price: decimal('90'), working: 'mark' },
  ...change,
});

describe('checkTerms', () => {
  it.each<[string, OrderTerms]>([
    ['a limit order on tick, step and above the notional', limit()],
    ['the smallest quantity and notional', limit({ qty: decimal('0.05') })],
    ['a reduce-only order below the notional', limit({ qty: decimal('0.002'), reduceOnly: true })],
    ['a limit buy at the band', limit({ price: decimal('105') })],
    ['a limit sell far above the mark: only the dangerous side is banded', limit({ side: 'sell', price: decimal('200') })],
    ['a market order', market()],
    ['a stop', stop()],
    ['a stop that closes the position', stop({ closePosition: true, qty: decimal('0') })],
    ['a trailing stop', stop({ type: 'trailing-stop-market', trigger: { working: 'last', callbackPercent: decimal('1') } })],
    ['good till a date', limit({ timeInForce: 'GTD', goodTillTs: usTime(1) })],
  ])('passes %s', (_name, given) => {
    expect(checkTerms(instrument, given, MARK)).toBeUndefined();
  });

  it.each<[string, string, OrderTerms]>([
    ['PRICE_MISSING', 'a limit order without a price', { ...market(), type: 'limit' }],
    ['PRICE_NOT_ALLOWED', 'a market order with a price', market({ price: decimal('100') })],
    ['TRIGGER_MISMATCH', 'a limit order with a trigger', limit({ trigger: { price: decimal('90'), working: 'mark' } })],
    ['TRIGGER_MISMATCH', 'a stop without a trigger price', stop({ trigger: { working: 'mark' } })],
    ['TRIGGER_MISMATCH', 'a trailing stop without a distance', stop({ type: 'trailing-stop-market' })],
    ['TIME_IN_FORCE', 'a post-only market order', market({ timeInForce: 'GTX' })],
    ['TIME_IN_FORCE', 'GTD without a date', limit({ timeInForce: 'GTD' })],
    ['TIME_IN_FORCE', 'a date without GTD', limit({ goodTillTs: usTime(1) })],
    ['CLOSE_POSITION', 'closePosition on a limit order', limit({ closePosition: true, qty: decimal('0') })],
    ['CLOSE_POSITION', 'closePosition with a quantity', stop({ closePosition: true })],
    ['PRICE_RANGE', 'a price below the minimum', limit({ price: decimal('9.9') })],
    ['PRICE_RANGE', 'a price above the maximum', limit({ side: 'sell', price: decimal('1000.1') })],
    ['PRICE_TICK', 'a price off the tick', limit({ price: decimal('100.05') })],
    ['PRICE_TICK', 'a trigger off the tick', stop({ trigger: { price: decimal('90.01'), working: 'mark' } })],
    ['PRICE_BAND', 'a buy above the band', limit({ price: decimal('105.1') })],
    ['PRICE_BAND', 'a sell below the band', limit({ side: 'sell', price: decimal('94.9') })],
    ['QTY_RANGE', 'nothing', limit({ qty: decimal('0') })],
    ['QTY_RANGE', 'less than the minimum', limit({ qty: decimal('0.001') })],
    ['QTY_RANGE', 'more than the maximum', limit({ qty: decimal('50.001') })],
    ['QTY_RANGE', 'more than a market order may', market({ qty: decimal('20.01') })],
    ['QTY_STEP', 'a quantity off the step', limit({ qty: decimal('1.0005') })],
    ['QTY_STEP', 'a market quantity off its own step', market({ qty: decimal('1.005') })],
    ['MIN_NOTIONAL', 'a notional below the minimum', limit({ qty: decimal('0.049') })],
    ['MIN_NOTIONAL', 'a market order below it at the mark', market({ qty: decimal('0.04') })],
  ])('denies with %s: %s', (code, _name, given) => {
    expect(checkTerms(instrument, given, MARK)?.code).toBe(code);
  });

  it('denies on an instrument that is not trading all but what closes a position, which the venue may judge', () => {
    expect(checkTerms({ ...instrument, trading: false }, limit(), MARK)?.code).toBe('INSTRUMENT_HALTED');
    expect(checkTerms({ ...instrument, trading: false }, limit({ reduceOnly: true }), MARK)).toBeUndefined();
  });

  it('leaves bands and the notional of market orders to the venue while there is no mark', () => {
    expect(checkTerms(instrument, limit({ price: decimal('500') }))).toBeUndefined();
    expect(checkTerms(instrument, market({ qty: decimal('0.01') }))).toBeUndefined();
  });

  it('has no rule where the venue states zero', () => {
    const free = { ...instrument, tickSize: decimal('0'), maxPrice: decimal('0'), lotSize: decimal('0'), priceBandUp: decimal('0') };

    expect(checkTerms(free, limit({ price: decimal('4321.123'), qty: decimal('1.00001') }), MARK)).toBeUndefined();
  });
});
