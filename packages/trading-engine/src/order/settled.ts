/** What is unknown about an order, and how one is marked that an operator settled. */
import type { Order } from '@fillwright/domain';

/** Code of the reason of every order that was settled by hand. */
export const SETTLED_BY_HAND = 'SETTLED_BY_HAND';

/** Since when something about it is unknown; undefined when nothing is. */
export function unknownSince(order: Order): number | undefined {
  if (order.state === 'closed') return undefined;
  if (order.state === 'pending' && order.phase === 'unknown') return order.unknownSinceTs ?? order.updatedTs;
  return order.request?.phase === 'unknown' ? order.request.sinceTs : undefined;
}
