import { describe, expect, it } from '@jest/globals';
import { parsePaidInstruments } from '../../src/parse/account.ts';

const row = (symbol: string, incomeType: string) => ({
  symbol,
  incomeType,
  income: '-0.1',
  asset: 'USDT',
  time: 1_794_412_800_000,
  tranId: 9,
});

describe('the income history', () => {
  it('names each instrument once, and none for a transfer', () => {
    const rows = [row('ETHUSDT', 'COMMISSION'), row('BTCUSDT', 'COMMISSION'), row('ETHUSDT', 'REALIZED_PNL'), row('', 'TRANSFER')];
    expect(parsePaidInstruments(rows)).toEqual({ type: 'parsed', value: ['BTCUSDT-PERP.BINANCE', 'ETHUSDT-PERP.BINANCE'] });
  });

  it('is no answer when a row cannot be read', () => {
    expect(parsePaidInstruments([{ symbol: 7 }]).type).toBe('malformed');
    expect(parsePaidInstruments({ code: -1 }).type).toBe('malformed');
  });
});
