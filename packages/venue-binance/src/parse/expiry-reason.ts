/** Why an order ended, from the `er` code of ORDER_TRADE_UPDATE (since October 2025) and the status word. */
import type { Reason } from '@fillwright/domain';

const BY_CODE: Readonly<Record<string, Reason>> = {
  '1': { code: 'SELF_TRADE_PREVENTION', text: 'would have traded with another order of this account' },
  '2': { code: 'IOC_REMAINDER', text: 'the rest of an immediate-or-cancel order' },
  '3': { code: 'SELF_TRADE_PREVENTION', text: 'immediate-or-cancel order met another order of this account' },
  '4': { code: 'REDUCE_ONLY_DISPLACED', text: 'pushed out by reduce-only or reverse orders of higher priority' },
  '5': { code: 'LIQUIDATION', text: 'cancelled by the liquidation of the account' },
  '6': { code: 'GTE_NOT_SATISFIED', text: 'the position it depended on is gone' },
  '7': { code: 'DELISTED', text: 'the symbol is being delisted' },
  '8': { code: 'CHILD_EXPIRED', text: 'the order fired by a stop expired' },
  '9': { code: 'MARKET_REMAINDER', text: 'the rest of a market order found no price within the bound' },
};

/** `undefined` for a plain cancel: nothing more is known than that it was cancelled. */
export function expiryReason(code: string, status: string): Reason | undefined {
  const known = BY_CODE[code];
  if (known !== undefined) return { code: known.code, text: `${known.text} (er ${code})` };
  if (code !== '' && code !== '0') return { code: 'VENUE_EXPIRY', text: `the venue ended it with er ${code}` };
  if (status === 'EXPIRED_IN_MATCH') return BY_CODE['1'];
  return status === 'CANCELED' ? undefined : { code: status, text: `the venue says ${status}` };
}
