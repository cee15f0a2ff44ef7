/** Positions with what they earn and cost, their sum, and the balance. */
import { type Decimal, decimal, fixedText, ZERO } from '@fillwright/domain/decimal';
import type { BalanceView, PositionView } from '@fillwright/messages';
import type { MarketRow } from '../watch/desk-watch.ts';
import { grouped, signed } from './figures.ts';
import { placesOf, priceText, shortName } from './market-section.ts';
import { type Column, table } from './table.ts';
import { type Line, type Span, span, type Tone } from './text.ts';

const MONEY_PLACES = 2;
/** Fees of one small fill are fractions of a cent. */
const FEE_PLACES = 4;

const COLUMNS: readonly Column[] = [
  { title: 'POSITIONS', align: 'left', least: 12 },
  { title: 'QTY', align: 'right', least: 7 },
  { title: 'ENTRY', align: 'right', least: 9 },
  { title: 'MARK', align: 'right', least: 9, spare: 1 },
  { title: 'OPEN PNL', align: 'right' },
  { title: 'REALISED', align: 'right' },
  { title: 'FEES', align: 'right', least: 7 },
  { title: 'FUNDING', align: 'right', spare: 3 },
  { title: 'VALUE', align: 'right', least: 8, spare: 2 },
];

export function positionLines(
  positions: readonly PositionView[],
  balances: readonly BalanceView[],
  markets: readonly MarketRow[],
  width: number,
): readonly Line[] {
  const places = new Map(markets.map(({ instrument, tick }) => [instrument, placesOf(tick)]));
  const rows = positions.map((position) => row(position, places.get(position.instrument)));
  return [...table(COLUMNS, [...rows, sumRow(positions)], width), balanceLine(positions, balances)];
}

function row(position: PositionView, places: number | undefined): readonly Span[] {
  const { qty, entryPrice, markPrice, unrealisedPnl, realisedPnl, fees, funding } = position;
  const flat = decimal(qty).isZero();
  const value = markPrice === undefined ? undefined : decimal(qty).abs().times(decimal(markPrice));
  return [
    span(shortName(position.instrument), 'bold'),
    flat ? span('flat', 'dim') : span(decimal(qty).isPositive() ? `+${qty}` : qty, decimal(qty).isPositive() ? 'good' : 'bad'),
    span(flat ? '–' : priceText(fixedText(decimal(entryPrice), places ?? MONEY_PLACES), undefined), flat ? 'dim' : 'plain'),
    span(markPrice === undefined ? '–' : priceText(markPrice, places), markPrice === undefined ? 'dim' : 'plain'),
    unrealisedPnl === undefined ? span('mark stale', 'warn') : moneySpan(decimal(unrealisedPnl)),
    moneySpan(decimal(realisedPnl)),
    span(grouped(fixedText(decimal(fees), FEE_PLACES)), 'dim'),
    span(signed(decimal(funding), MONEY_PLACES), 'dim'),
    span(value === undefined ? '–' : grouped(fixedText(value, MONEY_PLACES)), 'dim'),
  ];
}

function sumRow(positions: readonly PositionView[]): readonly Span[] {
  const open = positions.some(({ unrealisedPnl }) => unrealisedPnl === undefined)
    ? undefined
    : total(positions, ({ unrealisedPnl }) => unrealisedPnl);
  return [
    span('total', 'dim'),
    span(''),
    span(''),
    span(''),
    open === undefined ? span('–', 'dim') : moneySpan(open),
    moneySpan(total(positions, ({ realisedPnl }) => realisedPnl)),
    span(
      grouped(
        fixedText(
          total(positions, ({ fees }) => fees),
          FEE_PLACES,
        ),
      ),
      'dim',
    ),
    span(
      signed(
        total(positions, ({ funding }) => funding),
        MONEY_PLACES,
      ),
      'dim',
    ),
    span(''),
  ];
}

/** Wallet, what it would be worth now, and what is left of the session after fees. */
function balanceLine(positions: readonly PositionView[], balances: readonly BalanceView[]): Line {
  if (balances.length === 0) return [span(' balance –', 'dim')];
  const open = total(positions, ({ unrealisedPnl }) => unrealisedPnl);
  const net = open
    .plus(total(positions, ({ realisedPnl }) => realisedPnl))
    .plus(total(positions, ({ funding }) => funding))
    .minus(total(positions, ({ fees }) => fees));
  const wallets = balances.flatMap(({ asset, wallet }): Span[] => [
    span('  wallet ', 'dim'),
    span(`${grouped(fixedText(decimal(wallet), MONEY_PLACES))} ${asset}`, 'bold'),
  ]);
  return [span(' BALANCE', 'title'), ...wallets, span('  net PnL after fees ', 'dim'), moneySpan(net)];
}

function total(positions: readonly PositionView[], of: (position: PositionView) => string | undefined): Decimal {
  return positions.reduce((sum, position) => sum.plus(decimal(of(position) ?? '0')), ZERO);
}

function moneySpan(value: Decimal): Span {
  const tone: Tone = value.isZero() ? 'dim' : value.isPositive() ? 'good' : 'bad';
  return span(signed(value, MONEY_PLACES), tone);
}
