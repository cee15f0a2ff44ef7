/** Top of book per instrument; a row whose feed went silent is greyed out and shows its age instead of its rate. */
import { decimal, fixedText } from '@fillwright/domain/decimal';
import type { MarketRow } from '../watch/desk-watch.ts';
import { ageText, distanceText, grouped } from './figures.ts';
import { type Column, table } from './table.ts';
import { type Line, type Span, span } from './text.ts';

/** A mark comes every second even when nobody trades. */
export const STALE_MS = 5_000;

const COLUMNS: readonly Column[] = [
  { title: 'MARKET', align: 'left' },
  { title: 'SIZE', align: 'right', least: 6, spare: 3 },
  { title: 'BID', align: 'right', least: 9 },
  { title: 'ASK', align: 'right', least: 9 },
  { title: 'SIZE', align: 'right', least: 6, spare: 3 },
  { title: 'SPREAD', align: 'right', least: 8, spare: 1 },
  { title: 'MARK', align: 'right', least: 9 },
  { title: 'UPD/S', align: 'right', spare: 2 },
];

export function marketLines(markets: readonly MarketRow[], width: number): readonly Line[] {
  return table(COLUMNS, markets.map(row), width);
}

function row(market: MarketRow): readonly Span[] {
  const stale = market.ageMs > STALE_MS;
  const tone = stale ? 'dim' : 'plain';
  const places = placesOf(market.tick);
  const hasBid = !decimal(market.bid).isZero();
  const hasAsk = !decimal(market.ask).isZero();
  return [
    span(shortName(market.instrument), stale ? 'dim' : 'bold'),
    span(hasBid ? market.bidQty : '', tone),
    hasBid ? span(priceText(market.bid, places), stale ? 'dim' : 'good') : span('no bid', 'dim'),
    hasAsk ? span(priceText(market.ask, places), stale ? 'dim' : 'bad') : span('no ask', 'dim'),
    span(hasAsk ? market.askQty : '', tone),
    span(hasBid && hasAsk ? distanceText(decimal(market.ask).minus(decimal(market.bid)), decimal(market.bid), market.tick) : '–', tone),
    span(market.mark === undefined ? '–' : priceText(market.mark, places), tone),
    stale ? span(`${ageText(market.ageMs)} old`, 'warn') : span(String(market.updatesPerSecond), 'plain'),
  ];
}

/** `BTCUSDT-PERP.BINANCE` → `BTCUSDT-PERP`: one exchange a screen. */
export function shortName(instrument: string): string {
  return instrument.split('.')[0] ?? instrument;
}

/** Decimal places of a tick; `undefined` when it is not known. */
export function placesOf(tick: string | undefined): number | undefined {
  return tick === undefined ? undefined : decimal(tick).decimalPlaces();
}

/** Grouped, with the places of the tick where it is known. */
export function priceText(price: string, places: number | undefined): string {
  return grouped(places === undefined ? price : fixedText(decimal(price), places));
}
