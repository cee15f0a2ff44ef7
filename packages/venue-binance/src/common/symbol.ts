/** Symbols of USDⓈ-M futures and our instrument ids: `BTCUSDT` ↔ `BTCUSDT-PERP.BINANCE`, `BTCUSDT_261225` ↔ `BTCUSDT_261225.BINANCE`. */
import type { InstrumentId } from '@fillwright/domain';
import { AppError } from '@fillwright/runtime/ports';

export const EXCHANGE = 'BINANCE';
const PERPETUAL_ENDING = `-PERP.${EXCHANGE}`;
const ENDING = `.${EXCHANGE}`;
/** Non-ASCII symbols exist; blanks and dots would break topics and ids. */
const SYMBOL = /^[^\s.]{1,35}$/;
const DELIVERY = /_\d{6}$/;

/** Parsed at each frame: a small cache saves the checks. Bounded: symbols of one exchange; above the bound it starts anew. */
const MAX_CACHED = 5_000;
const cache = new Map<string, InstrumentId>();

/** `undefined` when it cannot be a symbol. */
export function tryInstrumentOf(symbol: unknown): InstrumentId | undefined {
  if (typeof symbol !== 'string') return undefined;
  const known = cache.get(symbol);
  if (known !== undefined) return known;
  if (!SYMBOL.test(symbol)) return undefined;
  const id = `${symbol}${DELIVERY.test(symbol) ? ENDING : PERPETUAL_ENDING}` as InstrumentId;
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(symbol, id);
  return id;
}

/** @throws AppError `BIN_FOREIGN_INSTRUMENT` when the id is not one of this exchange's futures. */
export function symbolOf(instrument: InstrumentId): string {
  const symbol = instrument.endsWith(PERPETUAL_ENDING)
    ? instrument.slice(0, -PERPETUAL_ENDING.length)
    : instrument.endsWith(ENDING)
      ? instrument.slice(0, -ENDING.length)
      : '';
  if (tryInstrumentOf(symbol) !== instrument)
    throw new AppError(
      'BIN_FOREIGN_INSTRUMENT',
      `${instrument} is no ${EXCHANGE} futures instrument; use ids such as BTCUSDT-PERP.BINANCE`,
    );
  return symbol;
}
