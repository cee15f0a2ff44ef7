/** Instruments and their filters. A symbol that cannot be read is left out and named: one bad listing must not stop the house. */
import { decimalFromInteger, type Instrument } from '@fillwright/domain';
import { Fields } from '../common/fields.ts';
import { describe, malformed, type Parsed, parsed } from '../common/parsed.ts';
import { poolOf, type StatedLimits } from '../http/rate-limit-rows.ts';

export interface ExchangeInfo {
  readonly instruments: readonly Instrument[];
  /** What was wrong with the symbols left out. */
  readonly problems: readonly string[];
  readonly limits: StatedLimits;
}

const NO_FILTER = {};

export function parseExchangeInfo(raw: unknown): Parsed<ExchangeInfo> {
  const rows = (raw as { readonly symbols?: unknown } | null)?.symbols;
  if (!Array.isArray(rows) || rows.length === 0) return malformed(`exchange info: expected a list of symbols, got ${describe(rows)}`);
  const instruments: Instrument[] = [];
  const problems: string[] = [];
  for (const row of rows) {
    const result = parseInstrument(row);
    if (result.type === 'parsed') instruments.push(result.value);
    else problems.push(result.problem);
  }
  if (instruments.length === 0) return malformed(`exchange info: no symbol could be read; first problem: ${problems[0]}`);
  return parsed({ instruments, problems, limits: parseRateLimits((raw as { readonly rateLimits?: unknown }).rateLimits) });
}

/** Rows that we do not know are left out: the usual limit stands then. */
function parseRateLimits(rows: unknown): StatedLimits {
  if (!Array.isArray(rows)) return {};
  return Object.fromEntries(
    (rows as readonly unknown[]).flatMap((row) => {
      const { limit } = Object(row) as { readonly limit?: unknown };
      const pool = poolOf(Object(row) as Readonly<Record<string, unknown>>);
      return pool !== undefined && Number.isSafeInteger(limit) && (limit as number) > 0 ? [[pool, limit]] : [];
    }),
  );
}

function parseInstrument(row: unknown): Parsed<Instrument> {
  const fields = new Fields(row, 'symbol');
  const symbol = fields.text('symbol');
  const filter = (type: string): Fields => filterOf(fields, type);
  const price = filter('PRICE_FILTER');
  const lot = filter('LOT_SIZE');
  const marketLot = filter('MARKET_LOT_SIZE');
  const band = filter('PERCENT_PRICE');
  const openOrders = filter('MAX_NUM_ORDERS');
  const instrument: Instrument = {
    id: fields.instrument('symbol'),
    symbol,
    kind: isPerpetual(fields.textOrEmpty('contractType')) ? 'linear-perpetual' : 'linear-delivery',
    baseAsset: fields.text('baseAsset'),
    quoteAsset: fields.text('quoteAsset'),
    settleAsset: fields.text('marginAsset'),
    trading: fields.text('status') === 'TRADING',
    tickSize: price.decimal('tickSize'),
    minPrice: price.decimalOrZero('minPrice'),
    maxPrice: price.decimalOrZero('maxPrice'),
    lotSize: lot.decimal('stepSize'),
    minQty: lot.decimal('minQty'),
    maxQty: lot.decimal('maxQty'),
    marketLotSize: marketLot.decimalOrZero('stepSize'),
    marketMinQty: marketLot.decimalOrZero('minQty'),
    marketMaxQty: marketLot.decimalOrZero('maxQty'),
    minNotional: notionalOf(filter('MIN_NOTIONAL')),
    maxOpenOrders: openOrders.has('limit') ? openOrders.integer('limit') : 0,
    priceBandUp: band.decimalOrZero('multiplierUp'),
    priceBandDown: band.decimalOrZero('multiplierDown'),
    pricePrecision: fields.integer('pricePrecision'),
    qtyPrecision: fields.integer('quantityPrecision'),
  };
  const problem = [price, lot, marketLot, band, openOrders].find((part) => part.problem !== undefined)?.problem;
  if (problem !== undefined) fields.reject(`${symbol}: ${problem}`);
  return fields.result(instrument);
}

function isPerpetual(contractType: string): boolean {
  return contractType.includes('PERPETUAL');
}

function filterOf(fields: Fields, type: string): Fields {
  const filters = fields.raw('filters');
  const found: unknown = Array.isArray(filters)
    ? filters.find((one) => (one as { filterType?: unknown } | null)?.filterType === type)
    : undefined;
  return new Fields(found ?? NO_FILTER, type);
}

/** Text on most symbols, a bare number on some. */
function notionalOf(filter: Fields): Instrument['minNotional'] {
  const value = filter.raw('notional');
  return typeof value === 'number' && Number.isSafeInteger(value) ? decimalFromInteger(value) : filter.decimalOrZero('notional');
}
