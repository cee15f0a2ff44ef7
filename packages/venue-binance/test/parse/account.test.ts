import { describe, expect, it } from '@jest/globals';
import { parseBalances, parseHedgeMode, parsePositions } from '../../src/parse/account.ts';

const ROW = {
  symbol: 'BTCUSDT',
  positionSide: 'BOTH',
  positionAmt: '-0.010',
  entryPrice: '92000.0',
  markPrice: '92110.00000000',
  updateTime: 1_794_400_003_000,
};

describe('positions over REST', () => {
  it('are signed', () => {
    const result = parsePositions([ROW]);
    expect(result).toMatchObject({ type: 'parsed', value: [{ instrument: 'BTCUSDT-PERP.BINANCE', venueTs: 1_794_400_003_000_000 }] });
    expect(result.type === 'parsed' && result.value[0]?.qty.toString()).toBe('-0.01');
  });

  it('keep a row of zero: it says flat, and an empty list says that all are', () => {
    expect(parsePositions([{ ...ROW, positionAmt: '0.000', entryPrice: '0.0', updateTime: 0 }])).toMatchObject({ value: [{ venueTs: 0 }] });
    expect(parsePositions([])).toEqual({ type: 'parsed', value: [] });
  });

  it('of hedge mode are no answer, unless empty', () => {
    expect(parsePositions([{ ...ROW, positionSide: 'LONG', positionAmt: '1' }])).toMatchObject({
      problem: expect.stringContaining('hedge'),
    });
    expect(parsePositions([ROW, { ...ROW, positionSide: 'SHORT', positionAmt: '0' }])).toMatchObject({ value: [{}] });
  });

  it('are no answer as a whole when one row cannot be read: a row left out would look flat', () => {
    for (const bad of [null, {}, { ...ROW, positionAmt: -0.01 }, { ...ROW, positionAmt: '' }, { ...ROW, symbol: '' }])
      expect(parsePositions([ROW, bad]).type).toBe('malformed');
    expect(parsePositions({ code: 0 }).type).toBe('malformed');
  });
});

describe('the rest of the account', () => {
  it('reads wallets as snapshots', () => {
    expect(parseBalances([{ asset: 'USDT', balance: '100.5', updateTime: 0 }])).toMatchObject({
      value: [{ asset: 'USDT', cause: 'snapshot' }],
    });
    expect(parseBalances([{ asset: 'USDT', balance: 100.5, updateTime: 0 }]).type).toBe('malformed');
  });

  it('takes nothing but true or false for the position mode', () => {
    expect(parseHedgeMode({ dualSidePosition: true })).toEqual({ type: 'parsed', value: true });
    expect(parseHedgeMode({ dualSidePosition: false })).toEqual({ type: 'parsed', value: false });
    expect(parseHedgeMode({ dualSidePosition: 'false' }).type).toBe('malformed');
    expect(parseHedgeMode(null).type).toBe('malformed');
  });
});
