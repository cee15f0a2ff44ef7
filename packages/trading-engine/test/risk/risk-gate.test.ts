import { decimal, type OrderTerms, parseInstrumentId } from '@fillwright/domain';
import { describe, expect, it } from '@jest/globals';
import { checkExposure, isHarmless, isReducing } from '../../src/risk/risk-gate.ts';
import { BTC, World } from '../_world.ts';

const ETH = parseInstrumentId('ETHUSDT-PERP.BINANCE');

function terms(side: 'buy' | 'sell', qty: string, change: Partial<OrderTerms> = {}): OrderTerms {
  return {
    instrument: BTC,
    side,
    type: 'limit',
    timeInForce: 'GTC',
    qty: decimal(qty),
    price: decimal('100'),
    reduceOnly: false,
    closePosition: false,
    ...change,
  };
}

/** `qty` held, signed; `open` orders on the book, as `side qty`. */
async function holding(qty: string, ...open: readonly (readonly ['buy' | 'sell', string])[]): Promise<World> {
  const world = new World();
  const held = decimal(qty);
  if (!held.isZero()) world.reports.trade(world.fill(1, held.abs().toString(), { side: held.isNegative() ? 'sell' : 'buy' }));
  for (const [at, [side, size]] of open.entries()) await world.open(`q1tkr3x0${at}`, { side, qty: size });
  return world;
}

const LIMIT = { maxPositionPerSymbol: decimal('10'), maxPositionSize: decimal('0'), staleMs: 0 };

describe('the limit per instrument', () => {
  it.each([
    ['0', [], 'buy', '10', true],
    ['0', [], 'buy', '10.001', false],
    ['0', [], 'sell', '10.001', false],
    ['4', [['buy', '5']], 'buy', '1', true],
    ['4', [['buy', '5']], 'buy', '1.001', false],
    ['4', [['buy', '5']], 'sell', '14', true],
    ['4', [['buy', '5']], 'sell', '14.001', false],
    ['-20', [], 'buy', '5', true],
    ['-20', [], 'buy', '30', true],
    ['-20', [], 'buy', '30.001', false],
    ['-20', [], 'sell', '0.001', false],
  ] as const)('holding %s with %j: %s %s passes: %s', async (held, open, side, qty, passes) => {
    const world = await holding(held, ...open);

    expect(checkExposure(world.book, LIMIT, terms(side, qty)) === undefined).toBe(passes);
  });

  it('does not hold back what only reduces by the venue’s own rule', async () => {
    const world = await holding('20');

    expect(checkExposure(world.book, LIMIT, terms('sell', '50', { reduceOnly: true }))).toBeUndefined();
    expect(checkExposure(world.book, LIMIT, terms('sell', '0', { closePosition: true }))).toBeUndefined();
  });

  it('counts a modify by what it adds', async () => {
    const world = await holding('0', ['buy', '8']);

    expect(checkExposure(world.book, LIMIT, terms('buy', '10'), decimal('8'))).toBeUndefined();
    expect(checkExposure(world.book, LIMIT, terms('buy', '10.001'), decimal('8'))).toMatchObject({ code: 'MAX_POSITION_PER_SYMBOL' });
  });

  it('zero is no limit', async () => {
    const world = await holding('1000');

    expect(checkExposure(world.book, { ...LIMIT, maxPositionPerSymbol: decimal('0') }, terms('buy', '1000'))).toBeUndefined();
  });
});

describe('the limit over all instruments', () => {
  const total = { ...LIMIT, maxPositionPerSymbol: decimal('0'), maxPositionSize: decimal('10') };

  it('adds up the worse side of each', async () => {
    const world = await holding('3', ['sell', '8']);
    const eth = (qty: string) => terms('buy', qty, { instrument: ETH });

    expect(checkExposure(world.book, total, eth('5'))).toBeUndefined();
    expect(checkExposure(world.book, total, eth('5.001'))).toMatchObject({ code: 'MAX_POSITION_SIZE' });
    expect(checkExposure(world.book, total, terms('buy', '7'))).toBeUndefined();
    expect(checkExposure(world.book, total, terms('buy', '7.001'))).toMatchObject({ code: 'MAX_POSITION_SIZE' });
  });
});

describe('what reduces', () => {
  it.each([
    ['5', [], 'sell', '5', true],
    ['5', [], 'sell', '5.001', false],
    ['5', [['sell', '4']], 'sell', '1', true],
    ['5', [['sell', '4']], 'sell', '1.001', false],
    ['-5', [], 'buy', '5', true],
    ['-5', [], 'sell', '1', false],
    ['0', [], 'buy', '1', false],
  ] as const)('holding %s with %j: %s %s: %s', async (held, open, side, qty, reduces) => {
    const world = await holding(held, ...open);

    expect(isReducing(world.book, terms(side, qty))).toBe(reduces);
  });

  it('is a modify that asks for less at the same price, or an order that reduces whatever it becomes', async () => {
    const world = await holding('5', ['buy', '2'], ['sell', '2']);
    const buy = world.order('q1tkr3x00');
    const sell = world.order('q1tkr3x01');

    expect(isHarmless(world.book, buy, { qty: decimal('1') })).toBe(true);
    expect(isHarmless(world.book, buy, { qty: decimal('1'), price: decimal('100') })).toBe(true);
    expect(isHarmless(world.book, buy, { price: decimal('101') })).toBe(false);
    expect(isHarmless(world.book, buy, { qty: decimal('3') })).toBe(false);
    expect(isHarmless(world.book, sell, { price: decimal('90'), qty: decimal('5') })).toBe(true);
    expect(isHarmless(world.book, sell, { qty: decimal('5.001') })).toBe(false);
  });
});
