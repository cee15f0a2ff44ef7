/**
 * No order passes that could, filled together with everything then open, in flight or unknown, take a position beyond its limit. Judged from
 * the journal: what the engine knew when it took the order on.
 */
import { type Decimal, decimal, ZERO } from '@fillwright/domain/decimal';
import type { MakeCheck } from './check.ts';
import type { SeenFill, SeenOrder } from './evidence.ts';

export const limits: MakeCheck = (report, { engine, maxPosition }) => {
  const limit = maxPosition === undefined ? undefined : decimal(maxPosition);
  const orders = new Map<string, SeenOrder>();
  const booked = new Set<string>();
  const positions = new Map<string, Decimal>();
  /** Taken on beyond the limit; a violation once it is sent. */
  const beyond = new Map<string, string>();

  const book = ({ instrument, tradeId, side, qty, beforeLedger }: SeenFill): void => {
    const key = `${instrument} ${tradeId} ${side}`;
    if (booked.has(key) || beforeLedger) return;
    booked.add(key);
    const signed = side === 'buy' ? decimal(qty) : decimal(qty).negated();
    positions.set(instrument, (positions.get(instrument) ?? ZERO).plus(signed));
  };

  const worst = ({ instrument, side }: SeenOrder): Decimal => {
    let sum = positions.get(instrument) ?? ZERO;
    for (const other of orders.values()) {
      if (other.instrument !== instrument || other.side !== side || other.state === 'closed') continue;
      // The venue lets it do nothing but shrink what is held.
      if (other.reduceOnly) continue;
      const left = decimal(other.qty).minus(decimal(other.filledQty));
      sum = side === 'buy' ? sum.plus(left) : sum.minus(left);
    }
    return side === 'buy' ? sum : sum.negated();
  };

  return {
    see: (evidence) => {
      if (limit === undefined || evidence.type !== 'journaled' || evidence.process !== engine) return;
      const { change, fill } = evidence.record;
      const trade = fill ?? change?.fill;
      if (trade !== undefined) book(trade);
      if (change === undefined) return;
      const { order } = change;
      if (order.state === 'closed') orders.delete(order.clientOrderId);
      else orders.set(order.clientOrderId, order);
      if (order.owner === 'EXTERNAL' || order.reduceOnly) return;
      if (change.change === 'initialized' && worst(order).gt(limit))
        beyond.set(
          order.clientOrderId,
          `order ${order.clientOrderId} could take ${order.instrument} to ${worst(order).toFixed()}, limit ${limit.toFixed()}`,
        );
      const text = beyond.get(order.clientOrderId);
      if (change.change === 'sending' && text !== undefined) report(evidence.us, text);
    },
  };
};
