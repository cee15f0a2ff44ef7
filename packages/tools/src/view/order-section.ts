/** Own orders with age and distance to the touch, doubtful ones first; and the last fills. */
import { decimal, ZERO } from '@fillwright/domain/decimal';
import type { FillView, OrderView } from '@fillwright/messages';
import type { MarketRow } from '../watch/desk-watch.ts';
import { ageText, clockText, distanceText } from './figures.ts';
import { placesOf, priceText, shortName } from './market-section.ts';
import { type Cell, type Column, table } from './table.ts';
import { type Line, type Span, span, type Tone } from './text.ts';

const FILL_COLUMNS: readonly Column[] = [
  { title: 'FILLS', align: 'left' },
  { title: '', align: 'left' },
  { title: 'SIDE', align: 'left', least: 4 },
  { title: 'QTY', align: 'right', least: 6 },
  { title: 'PRICE', align: 'right', least: 9 },
  { title: 'FEE', align: 'right', spare: 1 },
  { title: 'LIQUIDITY', align: 'left', spare: 2 },
  { title: 'BY', align: 'left', spare: 3 },
];

export function orderLines(orders: readonly OrderView[], markets: readonly MarketRow[], nowUs: number, width: number): readonly Line[] {
  const columns: readonly Column[] = [
    { title: `ORDERS ${orders.length}`, align: 'left', least: 12 },
    { title: 'AGE', align: 'right', least: 5 },
    { title: 'SIDE', align: 'left', least: 4 },
    { title: 'PRICE', align: 'right', least: 9 },
    { title: 'QTY', align: 'right', least: 6 },
    { title: 'FILLED', align: 'right' },
    { title: 'TO TOUCH', align: 'right', least: 8, spare: 1 },
    { title: 'STATE', align: 'left', least: 11 },
    { title: 'BY', align: 'left', spare: 2 },
    { title: 'ID', align: 'left', spare: 3 },
  ];
  const byInstrument = new Map(markets.map((market) => [market.instrument, market]));
  const doubtfulFirst = orders.toSorted((a, b) => Number(isUnknown(b)) - Number(isUnknown(a)));
  return table(
    columns,
    doubtfulFirst.map((order) => orderRow(order, byInstrument.get(order.instrument), nowUs)),
    width,
  );
}

export function fillLines(fills: readonly FillView[], markets: readonly MarketRow[], width: number): readonly Line[] {
  const ticks = new Map(markets.map(({ instrument, tick }) => [instrument, placesOf(tick)]));
  return table(
    FILL_COLUMNS,
    fills.map((fill) => fillRow(fill, ticks.get(fill.instrument))),
    width,
  );
}

/** Whether the outcome of the order, or of a change to it, is not proven. */
export function isUnknown(order: OrderView): boolean {
  return order.phase === 'unknown' || order.request?.phase === 'unknown';
}

function orderRow(order: OrderView, market: MarketRow | undefined, nowUs: number): readonly Cell[] {
  const { price, filledQty } = order;
  return [
    span(shortName(order.instrument), 'bold'),
    span(ageText((nowUs - order.createdTs) / 1000)),
    sideSpan(order.side),
    span(price === undefined ? 'market' : priceText(price, placesOf(market?.tick))),
    span(order.qty),
    span(filledQty, filledQty === '0' ? 'dim' : 'plain'),
    touchSpan(order, market),
    stateSpan(order, nowUs),
    span(order.owner, order.owner === 'EXTERNAL' ? 'warn' : 'dim'),
    span(order.clientOrderId, 'dim'),
  ];
}

function fillRow(fill: FillView, places: number | undefined): readonly Span[] {
  return [
    span(clockText(fill.venueTs), 'dim'),
    span(shortName(fill.instrument), 'bold'),
    sideSpan(fill.side),
    span(fill.qty),
    span(priceText(fill.price, places)),
    span(`${fill.fee} ${fill.feeAsset}`, 'dim'),
    span(fill.liquidity, fill.liquidity === 'taker' ? 'warn' : 'dim'),
    span(fill.owner, fill.owner === 'EXTERNAL' ? 'warn' : 'dim'),
  ];
}

function sideSpan(side: 'buy' | 'sell'): Span {
  return side === 'buy' ? span('BUY', 'good') : span('SELL', 'bad');
}

/** How far behind the best price of its own side: how long the queue is that must go first. */
function touchSpan({ side, price }: OrderView, market: MarketRow | undefined): Span {
  const best = side === 'buy' ? market?.bid : market?.ask;
  if (price === undefined || best === undefined || decimal(best).isZero()) return span('–', 'dim');
  const touch = decimal(best);
  const behind = side === 'buy' ? touch.minus(decimal(price)) : decimal(price).minus(touch);
  return behind.lte(ZERO) ? span('at touch', 'accent') : span(distanceText(behind, touch, market?.tick));
}

function stateSpan(order: OrderView, nowUs: number): Span {
  if (isUnknown(order)) {
    const sinceUs = order.unknownSinceTs ?? order.request?.sinceTs ?? order.updatedTs;
    return span(`UNKNOWN ${ageText((nowUs - sinceUs) / 1000)}`, 'alarm');
  }
  if (order.request !== undefined) return span(`${order.request.type} sent`, 'warn');
  const tones: Readonly<Partial<Record<OrderView['phase'], Tone>>> = { new: 'good', 'partially-filled': 'accent' };
  return span(order.phase === 'partially-filled' ? 'partial' : order.phase, tones[order.phase] ?? 'warn');
}
