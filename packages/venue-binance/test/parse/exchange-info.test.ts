import { describe, expect, it } from '@jest/globals';
import { parseExchangeInfo } from '../../src/parse/exchange-info.ts';
import { EXCHANGE_INFO } from '../payloads.ts';

describe('instruments', () => {
  it('reads symbols with their filters', () => {
    const result = parseExchangeInfo(EXCHANGE_INFO);
    if (result.type === 'malformed') throw new Error(result.problem);
    const [btc, , quarter] = result.value.instruments;
    expect(btc).toMatchObject({
      id: 'BTCUSDT-PERP.BINANCE',
      symbol: 'BTCUSDT',
      kind: 'linear-perpetual',
      settleAsset: 'USDT',
      trading: true,
      maxOpenOrders: 200,
    });
    expect([btc?.tickSize, btc?.lotSize, btc?.marketMaxQty, btc?.minNotional, btc?.priceBandUp].map(String)).toEqual([
      '0.1',
      '0.001',
      '120',
      '50',
      '1.05',
    ]);
    expect(quarter).toMatchObject({ id: 'BTCUSDT_261225.BINANCE', kind: 'linear-delivery' });
  });

  it('leaves out and names a symbol that cannot be read, and keeps the others', () => {
    const [first, ...others] = EXCHANGE_INFO.symbols;
    const bad = { ...first, filters: [{ filterType: 'PRICE_FILTER', tickSize: 0.1 }] };
    const result = parseExchangeInfo({ symbols: [bad, ...others, null, 'x'] });
    expect(result).toMatchObject({ type: 'parsed', value: { instruments: [{ symbol: 'ETHUSDT' }, { symbol: 'BTCUSDT_261225' }] } });
    expect(result.type === 'parsed' && result.value.problems[0]).toContain('BTCUSDT: PRICE_FILTER: tickSize');
  });

  it('reads symbols beyond ASCII and halted ones', () => {
    const [first] = EXCHANGE_INFO.symbols;
    const result = parseExchangeInfo({ symbols: [{ ...first, symbol: '币安人生USDT', status: 'TRADING_HALT' }] });
    expect(result).toMatchObject({ value: { instruments: [{ id: '币安人生USDT-PERP.BINANCE', trading: false }] } });
  });

  it('is no answer without symbols', () => {
    for (const raw of [null, {}, { symbols: [] }, { symbols: [{}] }, []]) expect(parseExchangeInfo(raw).type).toBe('malformed');
  });
});
