/** The last look before an order is taken on: size limits, with everything in flight, waiting or unknown counted as filled. */
import { type Decimal, decimalText, type InstrumentId, type Order, type OrderTerms, type Reason, ZERO } from '@fillwright/domain';
import type { AccountBook } from '../account/account-book.ts';
import type { EngineOptions } from '../options.ts';

/** Undefined when the order may pass. `replaces` = quantity of the same side it stands in for (a modify). */
export function checkExposure(
  book: AccountBook,
  options: EngineOptions['risk'],
  terms: OrderTerms,
  replaces: Decimal = ZERO,
): Reason | undefined {
  if (terms.reduceOnly || terms.closePosition) return undefined;
  const before = book.exposure(terms.instrument);
  const added = terms.qty.minus(replaces);
  const after = terms.side === 'buy' ? before.long.plus(added) : before.short.minus(added);
  // An order that leaves the worse side no worse than the position limit, or only shrinks it, passes.
  const worst = after.abs();
  const limit = options.maxPositionPerSymbol;
  if (!limit.isZero() && worst.gt(limit) && growsSide(terms, after)) {
    return {
      code: 'MAX_POSITION_PER_SYMBOL',
      text: `${terms.instrument}: up to ${decimalText(worst)} if all filled, limit ${decimalText(limit)}`,
    };
  }
  const total = options.maxPositionSize;
  if (total.isZero() || !growsSide(terms, after)) return undefined;
  const sum = totalExposure(book, terms.instrument).plus(worst);
  return sum.gt(total)
    ? { code: 'MAX_POSITION_SIZE', text: `up to ${decimalText(sum)} over all instruments if all filled, limit ${decimalText(total)}` }
    : undefined;
}

/** Whether an order can only shrink what is held, given everything else of its side that is open; `ownId` when it is in the book already. */
export function isReducing(book: AccountBook, terms: OrderTerms, ownId?: string): boolean {
  if (terms.reduceOnly || terms.closePosition) return true;
  const before = book.exposure(terms.instrument, ownId);
  return terms.side === 'buy' ? before.long.plus(terms.qty).lte(0) : before.short.minus(terms.qty).gte(0);
}

/** Whether a modify can only lower the risk: less quantity at the same price, or an order that only shrinks what is held. */
export function isHarmless(
  book: AccountBook,
  order: Order,
  change: { readonly price?: Decimal | undefined; readonly qty?: Decimal | undefined },
): boolean {
  const { price = order.terms.price, qty = order.terms.qty } = change;
  const samePrice = price === order.terms.price || (order.terms.price !== undefined && price?.eq(order.terms.price) === true);
  if (samePrice && qty.lte(order.terms.qty)) return true;
  return isReducing(book, { ...order.terms, qty: qty.minus(order.filledQty) }, order.clientOrderId);
}

function growsSide(terms: OrderTerms, after: Decimal): boolean {
  return terms.side === 'buy' ? after.isPositive() : after.isNegative();
}

function totalExposure(book: AccountBook, except: InstrumentId): Decimal {
  return book
    .exposedInstruments()
    .filter((instrument) => instrument !== except)
    .reduce((sum, instrument) => {
      const { long, short } = book.exposure(instrument);
      return sum.plus(long.abs().gt(short.abs()) ? long.abs() : short.abs());
    }, ZERO);
}
