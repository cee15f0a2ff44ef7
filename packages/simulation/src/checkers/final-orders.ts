/**
 * When everything was stopped: what the engine holds to be the end of each order is what the venue says, and none of ours is left open.
 * An order that was denied never reached the venue.
 */
import { decimal } from '@fillwright/domain/decimal';
import type { MakeCheck } from './check.ts';
import type { SeenOrder } from './evidence.ts';

interface FinalOrder {
  readonly clientOrderId: string;
  readonly status: string;
  readonly executedQty: string;
}

/** Our word → the venue's. `rejected` and `denied` have no order there, save one that was refused and lived all the same. */
const STATUSES: Readonly<Record<string, readonly string[]>> = {
  filled: ['FILLED'],
  canceled: ['CANCELED'],
  expired: ['EXPIRED', 'EXPIRED_IN_MATCH'],
  new: ['NEW'],
  'partially-filled': ['PARTIALLY_FILLED'],
};

export const finalOrders: MakeCheck = (report, { engine, venueAccount }) => {
  const ours = new Map<string, SeenOrder>();
  const venue = new Map<string, FinalOrder>();
  /** Ids that the engine wrote to the venue. */
  const asked = new Set<string>();
  /** What the engine calls an order that lives although its id was settled by hand as ended (`id#order id`) → its id at the venue. */
  const contradicted = new Map<string, string>();
  return {
    see: (evidence) => {
      if (evidence.type === 'requested' && evidence.process === engine && evidence.method === 'POST') {
        const id = evidence.params.get('newClientOrderId') ?? evidence.params.get('clientAlgoId');
        if (id !== undefined) asked.add(id);
      }
      if (evidence.type === 'journaled' && evidence.process === engine && evidence.record.change !== undefined) {
        const { order } = evidence.record.change;
        ours.set(order.clientOrderId, order);
      }
      if (evidence.type !== 'venue' || evidence.line.account !== venueAccount) return;
      const { type, clientId, orderId } = evidence.line;
      if (type === 'order') contradicted.set(`${clientId}#${orderId}`, String(clientId));
      if (type === 'final-order') {
        const order = evidence.line.order as FinalOrder;
        venue.set(order.clientOrderId, order);
      }
    },
    end: (us) => {
      for (const [name, id] of contradicted) {
        const lives = ours.get(name);
        if (lives === undefined) continue;
        ours.set(id, lives);
        ours.delete(name);
      }
      for (const [id, { status, executedQty }] of venue) {
        const order = ours.get(id);
        if (order === undefined) {
          // Made and ended by hand while nobody looked: its trades are booked, which another check holds.
          const isOpen = status === 'NEW' || status === 'PARTIALLY_FILLED';
          if (!isOpen && !asked.has(id)) continue;
          report(us, `the venue has order ${id} (${status}), the engine never heard of it`);
          continue;
        }
        if (!STATUSES[order.phase]?.includes(status)) report(us, `order ${id} ended as ${order.phase} here and as ${status} at the venue`);
        if (!decimal(order.filledQty).eq(decimal(executedQty)))
          report(us, `order ${id} is filled ${order.filledQty} here and ${executedQty} at the venue`);
        if ((status === 'NEW' || status === 'PARTIALLY_FILLED') && order.owner !== 'EXTERNAL')
          report(us, `order ${id} is still open at the venue`);
      }
      for (const [id, { phase, filledQty }] of ours) {
        // Cancelled before it was sent: no trace at the venue either.
        const isUnsent = phase === 'denied' || phase === 'rejected' || (phase === 'canceled' && filledQty === '0');
        if (!venue.has(id) && !isUnsent) report(us, `order ${id} is ${phase} here, the venue has none`);
      }
    },
  };
};
