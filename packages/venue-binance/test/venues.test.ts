import { parseInstrumentId } from '@fillwright/domain';
import { describe, expect, it } from '@jest/globals';
import { symbolOf, tryInstrumentOf } from '../src/common/symbol.ts';
import { createBinanceFuturesExecution, venueOf } from '../src/mod.ts';

describe('the table of venues', () => {
  it('finds adapters by the words of the configuration', () => {
    expect(venueOf('BINANCE', 'FUTURES').createExecution).toBe(createBinanceFuturesExecution);
    expect(venueOf('binance', 'futures').exchange).toBe('BINANCE');
  });

  it('names what exists when asked for something else', () => {
    expect(() => venueOf('KRAKEN', 'SPOT')).toThrow(
      expect.objectContaining({ code: 'BIN_NO_SUCH_VENUE', message: expect.stringContaining('BINANCE FUTURES') }),
    );
  });
});

describe('instrument ids', () => {
  it('maps symbols both ways', () => {
    for (const symbol of ['BTCUSDT', 'BTCUSDT_261225', '1000PEPEUSDT', '币安人生USDT']) {
      const id = tryInstrumentOf(symbol);
      expect(id && symbolOf(id)).toBe(symbol);
    }
    expect(tryInstrumentOf('BTCUSDT')).toBe('BTCUSDT-PERP.BINANCE');
    expect(tryInstrumentOf('BTCUSDT_261225')).toBe('BTCUSDT_261225.BINANCE');
  });

  it('refuses what is not of this exchange', () => {
    for (const id of ['BTCUSDT-PERP.KRAKEN', 'BTCUSDT.BINANCE', 'BTCUSDT_261225-PERP.BINANCE'])
      expect(() => symbolOf(parseInstrumentId(id))).toThrow(expect.objectContaining({ code: 'BIN_FOREIGN_INSTRUMENT' }));
    for (const symbol of ['', 'A B', 'A.B', 5, null]) expect(tryInstrumentOf(symbol)).toBeUndefined();
  });
});
