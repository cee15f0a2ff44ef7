/** The ledger's positions as they stand on the wire: rounded where the wire has fewer digits, assets never added to each other. */
import { type Decimal, decimalText, entryPrice, ONE, type Position, quotient, unrealisedPnl, usTime, ZERO } from '@fillwright/domain';
import type { PositionView, StrategyBook } from '@fillwright/messages';
import type { BookFold, InstrumentAccount } from './instrument-account.ts';

/** Digits of profit on the wire; inside nothing is rounded. A division leaves more digits than a message may carry. */
const PROFIT_PLACES = 12;

/**
 * `settleAsset`: what fees and funding of this instrument are counted in. Amounts in other assets, and all of them while it is not
 * known, stand beside it under their own names.
 */
export function positionView(account: InstrumentAccount, settleAsset: string | undefined, mark: Decimal | undefined): PositionView {
  const { instrument, whole, funding, updatedTs } = account;
  const position = whole.current;
  const others = otherAssets(position.fees, funding, settleAsset);
  return {
    instrument,
    qty: decimalText(position.qty),
    entryPrice: decimalText(entryPrice(position)),
    realisedPnl: profitText(position.realisedPnl),
    fees: amountIn(settleAsset, position.fees),
    funding: amountIn(settleAsset, funding),
    ...(others.length > 0 && { otherAssets: others }),
    ...(mark && { markPrice: decimalText(mark), unrealisedPnl: profitText(unrealisedPnl(position, mark)) }),
    updatedTs: usTime(updatedTs),
  };
}

export function bookViews(account: InstrumentAccount, settleAsset: string | undefined): readonly StrategyBook[] {
  return [...account.books.keys()].sort().map((key) => bookView(account.books.get(key) as BookFold, settleAsset));
}

function bookView({ owner, strategy, current }: BookFold, settleAsset: string | undefined): StrategyBook {
  const others = otherAssets(current.fees, new Map(), settleAsset).map(({ asset, fees }) => ({ asset, fees }));
  return {
    owner,
    strategy,
    instrument: current.instrument,
    qty: decimalText(current.qty),
    entryPrice: decimalText(entryPrice(current)),
    realisedPnl: profitText(current.realisedPnl),
    fees: amountIn(settleAsset, current.fees),
    ...(others.length > 0 && { otherAssets: others }),
  };
}

/** Quantity and entry of a position that is not flat, for the comparison with the engine. */
export function openPosition(position: Position): { instrument: Position['instrument']; qty: string; entryPrice: string } {
  return { instrument: position.instrument, qty: decimalText(position.qty), entryPrice: decimalText(entryPrice(position)) };
}

function profitText(amount: Decimal): string {
  return decimalText(quotient(amount, ONE, PROFIT_PLACES));
}

function amountIn(asset: string | undefined, amounts: ReadonlyMap<string, Decimal>): string {
  return decimalText((asset === undefined ? undefined : amounts.get(asset)) ?? ZERO);
}

function otherAssets(fees: ReadonlyMap<string, Decimal>, funding: ReadonlyMap<string, Decimal>, settleAsset: string | undefined) {
  const assets = [...new Set([...fees.keys(), ...funding.keys()])].filter((asset) => asset !== settleAsset).sort();
  return assets.map((asset) => ({ asset, fees: amountIn(asset, fees), funding: amountIn(asset, funding) }));
}
