/** Small rules about one or two orders that the engine applies. Pure. */
import type { Prevention } from '../matching/order-book.ts';
import type { Sign } from '../numbers/units.ts';
import { EXPIRY, type ExpiryReason, type Order, type OrderRequest } from '../order/order.ts';

/** Self-trade prevention goes by the taker's mode, and only where the venue honours it. */
export function prevent(taker: Order, maker: Order): Prevention {
  if (taker.account !== maker.account || taker.tif === 'FOK' || taker.tif === 'GTX') return 'trade';
  switch (taker.stp) {
    case 'EXPIRE_TAKER':
      return 'expire-taker';
    case 'EXPIRE_MAKER':
      return 'expire-maker';
    case 'EXPIRE_BOTH':
      return 'expire-both';
    default:
      return 'trade';
  }
}

/** Why what a market order could not trade goes. */
export function remainderReason(order: Order): ExpiryReason {
  return order.origType === order.type ? EXPIRY.marketRemainder : EXPIRY.childAfterTrigger;
}

/** The order as it would be asked for now. */
export function requestOf(order: Order): OrderRequest {
  const { account, market, type, tif, lots, ticks, reduceOnly, positionSide, clientId, stp, priceMatch, goodTillMs } = order;
  const sign: Sign = order.sign;
  return { account, market, sign, type, tif, lots, ticks, reduceOnly, positionSide, clientId, stp, priceMatch, goodTillMs };
}
