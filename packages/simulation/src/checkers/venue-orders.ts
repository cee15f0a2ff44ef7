/** At most one order at the venue per client order id, over all crashes and retries, and never more filled than was ordered. */
import { decimal } from '@fillwright/domain/decimal';
import type { MakeCheck } from './check.ts';

export const venueOrders: MakeCheck = (report, { venueAccount }) => {
  const orderIds = new Map<string, string>();
  return {
    see: (evidence) => {
      if (evidence.type !== 'venue' || evidence.line.account !== venueAccount) return;
      const { type, event, clientId, orderId, symbol } = evidence.line;
      if (type === 'order' && event === 'NEW') {
        const key = String(clientId);
        const first = orderIds.get(key);
        if (first === undefined) orderIds.set(key, `${symbol} ${orderId}`);
        else report(evidence.us, `client order id ${key} has two orders at the venue: ${first} and ${symbol} ${orderId}`);
      }
      if (type === 'final-order') {
        const order = evidence.line.order as { readonly clientOrderId: string; readonly origQty: string; readonly executedQty: string };
        if (decimal(order.executedQty).gt(decimal(order.origQty)))
          report(evidence.us, `order ${order.clientOrderId} filled ${order.executedQty} of ${order.origQty}`);
      }
    },
  };
};
