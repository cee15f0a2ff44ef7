/** Checks: the markets that a client loads, with their grids. */
import { expect } from '@jest/globals';
import { answer, setUp } from '../breaks/break.ts';
import { DESK_SYMBOLS, SYMBOL } from '../clients/desk-venue.ts';
import type { Check } from './check.ts';

/** The quiet symbol with something else in its specification. */
function other(name: string, change: Partial<(typeof DESK_SYMBOLS)[number]>) {
  return setUp(name, { symbols: DESK_SYMBOLS.map((symbol) => (symbol.symbol === SYMBOL ? { ...symbol, ...change } : symbol)) });
}

export const MARKET_CHECKS: readonly Check[] = [
  {
    id: 'load-markets',
    area: 'markets',
    name: 'loads the markets with their grids',
    breaks: [
      other('the tick is another', { tickSize: '0.0200' }),
      other('the step is another', { stepSize: '0.02' }),
      other('the least notional is another', { minNotional: '6' }),
      answer('a symbol is missing', /GET .*exchangeInfo/, (body) => body.replace(/\{"symbol":"SOLUSDT"/, '{"symbol":"SOLXUSDT"')),
    ],
    async run({ ours }) {
      expect(await ours.markets()).toMatchObject({
        BTCUSDT: { tick: '0.1', step: '0.001', minNotional: '50' },
        SOLUSDT: { tick: '0.01', step: '0.01', minNotional: '5' },
      });
    },
  },
];
