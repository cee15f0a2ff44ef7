import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readMarketFrame } from '../../src/parse/market-frame.ts';

function read(message: unknown) {
  return readMarketFrame(typeof message === 'string' ? message : JSON.stringify(message));
}

const TICKER = {
  e: 'bookTicker',
  u: 400900217,
  E: 1_794_400_000_002,
  T: 1_794_400_000_001,
  s: 'BTCUSDT',
  b: '92000.1',
  B: '3.1',
  a: '92000.2',
  A: '4',
  st: 1,
};
const DEPTH = {
  e: 'depthUpdate',
  E: 1_794_400_000_002,
  T: 1_794_400_000_001,
  s: 'BTCUSDT',
  U: 157,
  u: 160,
  pu: 149,
  b: [['92000.1', '3']],
  a: [],
};
const TRADE = {
  e: 'aggTrade',
  E: 1_794_400_000_002,
  a: 5933014,
  s: 'BTCUSDT',
  p: '92000',
  q: '1.5',
  f: 100,
  l: 105,
  T: 1_794_400_000_001,
  m: true,
};
const MARK = {
  e: 'markPriceUpdate',
  E: 1_794_400_000_000,
  s: 'BTCUSDT',
  p: '92001',
  i: '92000',
  P: '92000',
  r: '-0.0001',
  T: 1_794_412_800_000,
};

describe('public frames', () => {
  it('reads each stream, plain or wrapped', () => {
    expect(read(TICKER)).toMatchObject({
      value: { type: 'ticker', ticker: { instrument: 'BTCUSDT-PERP.BINANCE', venueTs: 1_794_400_000_001_000 } },
    });
    expect(read({ stream: 'btcusdt@depth@100ms', data: DEPTH })).toMatchObject({
      value: { type: 'depth', diff: { firstId: 157, lastId: 160, previousLastId: 149, bids: [{ price: '92000.1', qty: '3' }] } },
    });
    expect(read(MARK)).toMatchObject({ value: { type: 'mark', mark: { nextFundingTs: 1_794_412_800_000_000 } } });
  });

  it('names the aggressor: the buyer as maker means that a seller took', () => {
    expect(read(TRADE)).toMatchObject({ value: { type: 'trade', trade: { tradeId: '5933014', aggressor: 'sell' } } });
    expect(read({ ...TRADE, m: false })).toMatchObject({ value: { trade: { aggressor: 'buy' } } });
  });

  it('takes an absent funding rate of a delivery contract as none', () => {
    expect(read({ ...MARK, s: 'BTCUSDT_261225', r: '', T: 0 })).toMatchObject({
      type: 'parsed',
      value: { mark: { instrument: 'BTCUSDT_261225.BINANCE' } },
    });
  });

  it('skips rows of the other product, other events and answers', () => {
    expect(read({ ...TICKER, st: 2 })).toEqual({ type: 'parsed', value: { type: 'skipped', event: 'coin-margined' } });
    expect(read({ e: 'kline', E: 1, s: 'BTCUSDT', k: {} })).toEqual({ type: 'parsed', value: { type: 'skipped', event: 'kline' } });
    expect(read({ result: null, id: 1 })).toEqual({ type: 'parsed', value: { type: 'skipped', event: 'answer' } });
  });

  it('never throws', () => {
    const frames = [TICKER, DEPTH, TRADE, MARK] as readonly Readonly<Record<string, unknown>>[];
    fc.assert(
      fc.property(fc.constantFrom(...frames), fc.constantFrom(...'eETspbBaAuUqmir'), fc.jsonValue(), (message, name, value) => {
        expect(['parsed', 'malformed']).toContain(read({ ...message, [name]: value }).type);
      }),
    );
    for (const text of ['', '{', 'null', '[1]', '{"stream":"x","data":null}']) expect(read(text).type).toBe('malformed');
  });
});
