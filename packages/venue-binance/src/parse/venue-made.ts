/** Tells orders that the venue made itself. The client id decides: an ADL may come with execution type TRADE. */
import type { OrderReport } from '@fillwright/venue';

const PREFIXES: readonly (readonly [prefix: string, maker: NonNullable<OrderReport['venueMade']>])[] = [
  ['adl_autoclose', 'adl'],
  ['settlement_autoclose-', 'settlement'],
  ['delivery_autoclose-', 'settlement'],
  ['autoclose-', 'liquidation'],
];

/** `undefined` = made by somebody with an account. `status` and `type` are the venue's words. */
export function venueMadeBy(clientOrderId: string, status: string, type: string): OrderReport['venueMade'] {
  const byPrefix = PREFIXES.find(([prefix]) => clientOrderId.startsWith(prefix))?.[1];
  if (byPrefix !== undefined) return byPrefix;
  if (status === 'NEW_ADL') return 'adl';
  return status === 'NEW_INSURANCE' || type === 'LIQUIDATION' ? 'liquidation' : undefined;
}
