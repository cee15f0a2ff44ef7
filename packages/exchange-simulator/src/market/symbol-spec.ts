/** A symbol's rules as the venue publishes them, with the integer grids that everything inside counts in. */
import type { Regime } from '../flow/regimes.ts';
import { divideRounded, integerText, trimmedText, type Units, unitsOf } from '../numbers/units.ts';

/** One row of the leverage table: above `floor` this share of the notional is maintenance margin. */
export interface Bracket {
  readonly bracket: number;
  readonly initialLeverage: number;
  readonly floor: Units;
  readonly cap: Units;
  /** Maintenance margin rate in 10^-8. */
  readonly rate: Units;
  /** Amount that keeps the maintenance margin continuous across brackets. */
  readonly cum: Units;
}

/** Highest leverage, notional cap in whole quote, maintenance rate. */
export type BracketOption = readonly [leverage: number, capQuote: number, rate: string];

export interface SymbolOptions {
  readonly symbol: string;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  readonly tickSize: string;
  readonly stepSize: string;
  readonly pricePrecision: number;
  readonly quantityPrecision: number;
  readonly minPrice: string;
  readonly maxPrice: string;
  readonly minQty: string;
  readonly maxQty: string;
  readonly marketMaxQty: string;
  readonly minNotional: string;
  /** Highest buy price as a multiple of the mark price. */
  readonly multiplierUp: string;
  /** Lowest sell price as a multiple of the mark price. */
  readonly multiplierDown: string;
  /** A market order may not trade farther than this share from the mark price. */
  readonly marketTakeBound: string;
  readonly triggerProtect: string;
  readonly liquidationFee: string;
  /** Where mark, index and synthetic flow start. */
  readonly markPrice: string;
  /** First order id of the symbol; above 2^53 it shows who parses ids as doubles. */
  readonly firstOrderId: string;
  readonly firstTradeId: number;
  /** A regime of synthetic makers and takers; a recording; a real exchange's public streams; `none`: a quiet, empty book. */
  readonly flow: Regime | 'replay' | 'paper' | 'none';
  /** For `replay`: files of trades, of the book, or both, and whether the first record comes at the start or at its own time. */
  readonly replay?: { readonly trades?: string; readonly book?: string; readonly timing?: 'start' | 'recorded' };
  /** Leverage table, lowest notional first; absent = one in the shape of the largest symbols'. */
  readonly brackets?: readonly BracketOption[];
  /** Steps of synthetic flow per second, about. */
  readonly flowRate: number;
}

/** Filters that may change while the venue runs. Ticks and steps stay: everything inside counts in them. */
export const CHANGEABLE_FILTERS = [
  ...(['minPrice', 'maxPrice', 'minQty', 'maxQty', 'marketMaxQty', 'minNotional'] as const),
  ...(['multiplierUp', 'multiplierDown', 'marketTakeBound', 'triggerProtect'] as const),
] as const satisfies readonly (keyof SymbolOptions)[];

export type FilterChanges = { readonly [name in (typeof CHANGEABLE_FILTERS)[number]]?: string | undefined };

export interface SymbolSpec {
  readonly options: SymbolOptions;
  readonly symbol: string;
  /** What it is margined and settled in. */
  readonly marginAsset: string;
  readonly tickUnits: number;
  readonly stepUnits: number;
  readonly unitsPerTickLot: Units;
  readonly minPriceUnits: number;
  readonly maxPriceUnits: number;
  readonly minQtyUnits: number;
  readonly maxQtyUnits: number;
  readonly marketMaxQtyUnits: number;
  readonly minNotional: Units;
  readonly multiplierUp: Units;
  readonly multiplierDown: Units;
  readonly marketTakeBound: Units;
  readonly triggerProtect: Units;
  readonly liquidationFee: Units;
  readonly brackets: readonly Bracket[];
  /** `ticks × priceFactor` is the price at `pricePrecision` places. */
  readonly priceFactor: number;
  readonly lotFactor: number;
}

/** A plausible table in the shape of Binance's for its largest symbols. */
const BRACKETS: readonly BracketOption[] = [
  [125, 50_000, '0.004'],
  [100, 600_000, '0.005'],
  [75, 3_000_000, '0.0065'],
  [50, 12_000_000, '0.01'],
  [25, 70_000_000, '0.02'],
  [20, 100_000_000, '0.025'],
  [10, 230_000_000, '0.05'],
  [5, 480_000_000, '0.1'],
  [4, 600_000_000, '0.125'],
  [3, 800_000_000, '0.15'],
  [2, 1_200_000_000, '0.25'],
  [1, 1_800_000_000, '0.5'],
];

function brackets(table: readonly BracketOption[]): Bracket[] {
  const rows: Bracket[] = [];
  for (const [initialLeverage, capQuote, rateText] of table) {
    const last = rows[rows.length - 1];
    const rate = unitsOf(rateText);
    const floor = last?.cap ?? 0n;
    const cum = last === undefined ? 0n : last.cum + divideRounded(floor * (rate - last.rate), 100_000_000n);
    rows.push({ bracket: rows.length + 1, initialLeverage, floor, cap: unitsOf(String(capQuote)), rate, cum });
  }
  return rows;
}

/** @throws RangeError when the grid does not fit exact 10^-8 money. */
export function symbolSpec(options: SymbolOptions): SymbolSpec {
  const tickUnits = Number(unitsOf(options.tickSize));
  const stepUnits = Number(unitsOf(options.stepSize));
  const product = BigInt(tickUnits) * BigInt(stepUnits);
  if (product === 0n || product % 100_000_000n !== 0n) throw new RangeError(`${options.symbol}: tick × step must be a multiple of 10^-8`);
  const priceFactor = tickUnits / 10 ** (8 - options.pricePrecision);
  const lotFactor = stepUnits / 10 ** (8 - options.quantityPrecision);
  if (!Number.isInteger(priceFactor) || !Number.isInteger(lotFactor))
    throw new RangeError(`${options.symbol}: precision is coarser than tick or step`);
  if (unitsOf(options.minPrice) % BigInt(tickUnits) !== 0n)
    throw new RangeError(`${options.symbol}: minPrice must be a multiple of tickSize`);
  return {
    options,
    symbol: options.symbol,
    marginAsset: options.quoteAsset,
    tickUnits,
    stepUnits,
    unitsPerTickLot: product / 100_000_000n,
    minPriceUnits: Number(unitsOf(options.minPrice)),
    maxPriceUnits: Number(unitsOf(options.maxPrice)),
    minQtyUnits: Number(unitsOf(options.minQty)),
    maxQtyUnits: Number(unitsOf(options.maxQty)),
    marketMaxQtyUnits: Number(unitsOf(options.marketMaxQty)),
    minNotional: unitsOf(options.minNotional),
    multiplierUp: unitsOf(options.multiplierUp),
    multiplierDown: unitsOf(options.multiplierDown),
    marketTakeBound: unitsOf(options.marketTakeBound),
    triggerProtect: unitsOf(options.triggerProtect),
    liquidationFee: unitsOf(options.liquidationFee),
    brackets: brackets(options.brackets ?? BRACKETS),
    priceFactor,
    lotFactor,
  };
}

export function priceText(spec: SymbolSpec, ticks: number): string {
  return integerText(ticks * spec.priceFactor, spec.options.pricePrecision);
}

export function qtyText(spec: SymbolSpec, lots: number): string {
  return integerText(lots * spec.lotFactor, spec.options.quantityPrecision);
}

export function notionalOf(spec: SymbolSpec, ticks: number, lots: number): Units {
  const product = ticks * lots;
  return (Number.isSafeInteger(product) ? BigInt(product) : BigInt(ticks) * BigInt(lots)) * spec.unitsPerTickLot;
}

/** Value of `lots` at a price in 10^-8, rounded half-even to money. */
export function worthOf(spec: SymbolSpec, lots: number, price: Units): Units {
  const units = lots * spec.stepUnits;
  return divideRounded(price * (Number.isSafeInteger(units) ? BigInt(units) : BigInt(lots) * BigInt(spec.stepUnits)), 100_000_000n);
}

/** Price in 10^-8 of a notional over lots; 0 for no lots. */
export function averagePrice(spec: SymbolSpec, notional: Units, lots: number): Units {
  return lots === 0 ? 0n : divideRounded(notional * 100_000_000n, BigInt(lots) * BigInt(spec.stepUnits));
}

/** An average with at least the symbol's customary places. */
export function averageText(spec: SymbolSpec, notional: Units, lots: number): string {
  return trimmedText(averagePrice(spec, notional, lots), spec.options.pricePrecision);
}
