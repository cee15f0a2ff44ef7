/** Rows of our own trades over REST. */
import type { Fill, TradeId, VenueOrderId } from '@fillwright/domain';
import { Fields } from '../common/fields.ts';
import type { Parsed } from '../common/parsed.ts';
import { SIDE_WORDS } from './order-words.ts';

/** The venue does not state the client id here; the order id links the trade to its order. */
export function parseTrade(raw: unknown): Parsed<Fill> {
  const fields = new Fields(raw, 'trade');
  const qty = fields.decimal('qty');
  if (!qty.gt(0)) fields.reject('qty must be positive');
  return fields.result({
    instrument: fields.instrument('symbol'),
    tradeId: fields.id('id') as TradeId,
    venueOrderId: fields.id('orderId') as VenueOrderId,
    side: fields.word('side', SIDE_WORDS),
    qty,
    price: fields.decimal('price'),
    liquidity: fields.raw('maker') === true ? 'maker' : fields.raw('maker') === false ? 'taker' : 'unknown',
    fee: fields.decimal('commission'),
    feeAsset: fields.text('commissionAsset'),
    ...(fields.has('realizedPnl') ? { venueRealisedPnl: fields.decimal('realizedPnl') } : {}),
    venueTs: fields.time('time'),
  });
}
