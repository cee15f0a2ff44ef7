/** The venue's filters, applied before anything leaves: what the venue would refuse is denied here, with the figure that failed. */
import { type Decimal, decimalText, isMultipleOf } from '../decimal.ts';
import type { Reason } from '../order/order.ts';
import { hasLimitPrice, isConditional, type OrderTerms } from '../order/terms.ts';
import type { Instrument } from './instrument.ts';

/** Undefined when all filters pass. `mark` is used for bands and for the notional of market orders; those rules are skipped without it. */
export function checkTerms(instrument: Instrument, terms: OrderTerms, mark?: Decimal): Reason | undefined {
  return (
    shape(terms) ??
    status(instrument, terms) ??
    price(instrument, terms, mark) ??
    quantity(instrument, terms) ??
    notional(instrument, terms, mark)
  );
}

function deny(code: string, text: string): Reason {
  return { code, text };
}

function shape(terms: OrderTerms): Reason | undefined {
  const limit = hasLimitPrice(terms.type);
  if (limit && !terms.price) return deny('PRICE_MISSING', `a ${terms.type} order needs a price`);
  if (!limit && terms.price) return deny('PRICE_NOT_ALLOWED', `a ${terms.type} order takes no price`);
  if (isConditional(terms.type) !== (terms.trigger !== undefined)) {
    return deny(
      'TRIGGER_MISMATCH',
      isConditional(terms.type) ? `a ${terms.type} order needs a trigger` : `a ${terms.type} order takes no trigger`,
    );
  }
  if (terms.type === 'trailing-stop-market' ? !terms.trigger?.callbackPercent : terms.trigger && !terms.trigger.price) {
    return deny('TRIGGER_MISMATCH', `the trigger of a ${terms.type} order is incomplete`);
  }
  if (!limit && terms.timeInForce === 'GTX') return deny('TIME_IN_FORCE', 'post-only needs a limit price');
  if (terms.type === 'market' && terms.timeInForce === 'GTD') return deny('TIME_IN_FORCE', 'a market order cannot be good till a date');
  if ((terms.timeInForce === 'GTD') !== (terms.goodTillTs !== undefined)) return deny('TIME_IN_FORCE', 'GTD and goodTillTs go together');
  if (terms.closePosition && (terms.type === 'limit' || terms.type === 'market' || limit)) {
    return deny('CLOSE_POSITION', 'closePosition exists only for conditional market orders');
  }
  if (terms.closePosition && (!terms.qty.isZero() || terms.reduceOnly))
    return deny('CLOSE_POSITION', 'closePosition takes no quantity and no reduceOnly');
  return undefined;
}

/** What closes a position goes out: our list may be old, and whether a halt is over is the venue's to say. */
function status(instrument: Instrument, terms: OrderTerms): Reason | undefined {
  return instrument.trading || terms.reduceOnly || terms.closePosition
    ? undefined
    : deny('INSTRUMENT_HALTED', `${instrument.id} is not trading`);
}

function price(instrument: Instrument, terms: OrderTerms, mark: Decimal | undefined): Reason | undefined {
  for (const [name, value] of [
    ['price', terms.price],
    ['trigger price', terms.trigger?.price],
    ['activation price', terms.trigger?.activationPrice],
  ] as const) {
    if (!value) continue;
    if (!value.isPositive() || value.isZero()) return deny('PRICE_RANGE', `${name} ${decimalText(value)} is not positive`);
    if (!instrument.minPrice.isZero() && value.lt(instrument.minPrice))
      return deny('PRICE_RANGE', `${name} ${decimalText(value)} is below ${decimalText(instrument.minPrice)}`);
    if (!instrument.maxPrice.isZero() && value.gt(instrument.maxPrice))
      return deny('PRICE_RANGE', `${name} ${decimalText(value)} is above ${decimalText(instrument.maxPrice)}`);
    if (!isMultipleOf(value.minus(instrument.minPrice), instrument.tickSize))
      return deny('PRICE_TICK', `${name} ${decimalText(value)} is not on the tick ${decimalText(instrument.tickSize)}`);
  }
  if (!mark || !terms.price || isConditional(terms.type)) return undefined;
  const band = terms.side === 'buy' ? instrument.priceBandUp : instrument.priceBandDown;
  const bound = mark.times(band);
  const outside = terms.side === 'buy' ? terms.price.gt(bound) : terms.price.lt(bound);
  return !band.isZero() && outside
    ? deny('PRICE_BAND', `price ${decimalText(terms.price)} is beyond ${decimalText(bound)} (mark × ${decimalText(band)})`)
    : undefined;
}

function quantity(instrument: Instrument, terms: OrderTerms): Reason | undefined {
  if (terms.closePosition) return undefined;
  const limit = hasLimitPrice(terms.type);
  const [step, min, max] = limit
    ? [instrument.lotSize, instrument.minQty, instrument.maxQty]
    : [instrument.marketLotSize, instrument.marketMinQty, instrument.marketMaxQty];
  const qty = terms.qty;
  if (!qty.isPositive() || qty.isZero()) return deny('QTY_RANGE', `quantity ${decimalText(qty)} is not positive`);
  if (!min.isZero() && qty.lt(min)) return deny('QTY_RANGE', `quantity ${decimalText(qty)} is below ${decimalText(min)}`);
  if (!max.isZero() && qty.gt(max)) return deny('QTY_RANGE', `quantity ${decimalText(qty)} is above ${decimalText(max)}`);
  return isMultipleOf(qty.minus(min), step)
    ? undefined
    : deny('QTY_STEP', `quantity ${decimalText(qty)} is not on the step ${decimalText(step)}`);
}

function notional(instrument: Instrument, terms: OrderTerms, mark: Decimal | undefined): Reason | undefined {
  const at = terms.price ?? terms.trigger?.price ?? mark;
  if (terms.reduceOnly || terms.closePosition || !at) return undefined;
  const value = terms.qty.times(at);
  return value.lt(instrument.minNotional)
    ? deny('MIN_NOTIONAL', `notional ${decimalText(value)} is below ${decimalText(instrument.minNotional)}`)
    : undefined;
}
