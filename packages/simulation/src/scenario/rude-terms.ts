/** Orders as the rude trader likes them: every type, most of them legal. */
import type { SeededRandom } from '../kernel/seeded-random.ts';

export const SYMBOL_NAMES = ['BTCUSDT-PERP.BINANCE', 'ETHUSDT-PERP.BINANCE'] as const;

export interface RudeTerms {
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  readonly qty: string;
  readonly type: string;
  readonly timeInForce: string;
  readonly price?: string;
  readonly trigger?: { readonly price?: string; readonly callbackPercent?: string; readonly working: 'mark' | 'last' };
  readonly reduceOnly: boolean;
  readonly closePosition: boolean;
  readonly goodTillTs?: number;
}

export function rudeTerms(random: SeededRandom, nowUs: number): RudeTerms {
  const isBtc = random.chance(0.5);
  const side = random.pick(['buy', 'sell'] as const);
  const away = (random.float() - 0.3) * (side === 'buy' ? -1 : 1) * 0.004;
  const priceAt = (share: number): string => {
    const price = (isBtc ? 92_000 : 3_100) * (1 + share);
    return isBtc ? price.toFixed(1) : price.toFixed(2);
  };
  const base = {
    instrument: SYMBOL_NAMES[isBtc ? 0 : 1],
    side,
    qty: isBtc ? `0.00${random.between(2, 5)}` : `0.0${random.between(30, 90)}`,
    reduceOnly: random.chance(0.15),
    closePosition: false,
  } as const;
  const price = priceAt(away);
  // Beyond the market on the side where a stop waits.
  const beyond = priceAt((side === 'buy' ? 1 : -1) * random.float() * 0.002);
  return random.pick([
    { ...base, type: 'limit', timeInForce: 'GTC', price },
    { ...base, type: 'limit', timeInForce: 'GTX', price },
    { ...base, type: 'limit', timeInForce: 'IOC', price },
    { ...base, type: 'limit', timeInForce: 'FOK', price },
    { ...base, type: 'limit', timeInForce: 'GTD', price, goodTillTs: nowUs + 900_000_000 },
    { ...base, type: 'market', timeInForce: 'GTC' },
    { ...base, type: 'stop-market', timeInForce: 'GTC', trigger: { price: beyond, working: 'mark' } },
    { ...base, type: 'stop', timeInForce: 'GTC', price: beyond, trigger: { price: beyond, working: 'last' } },
    { ...base, type: 'trailing-stop-market', timeInForce: 'GTC', trigger: { callbackPercent: '0.1', working: 'last' } },
  ] as const);
}
