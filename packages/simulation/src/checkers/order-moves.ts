/** Orders make only moves that make sense: a table of its own, over the journal, where every move of every incarnation stands. */
import { decimal } from '@fillwright/domain/decimal';
import type { MakeCheck } from './check.ts';
import type { SeenFill, SeenOrder } from './evidence.ts';

const CLOSED: readonly string[] = ['filled', 'canceled', 'expired', 'rejected', 'denied'];

/** From phase to phase. Staying is always allowed, except that nothing is initialized twice. */
const MOVES: Readonly<Record<string, readonly string[]>> = {
  none: ['intent', 'sending'],
  intent: ['waiting', 'sending', 'canceled', 'denied'],
  waiting: ['sending', 'canceled', 'denied'],
  // Never back to where it was not sent yet.
  sending: ['unknown', 'new', 'partially-filled', 'filled', 'canceled', 'expired', 'rejected', 'denied'],
  unknown: ['sending', 'new', 'partially-filled', 'filled', 'canceled', 'expired', 'rejected'],
  new: ['partially-filled', 'filled', 'canceled', 'expired', 'rejected'],
  'partially-filled': ['filled', 'canceled', 'expired'],
  filled: [],
  // Late fills: all of it was filled in the end.
  canceled: ['filled'],
  expired: ['filled'],
  // The venue took its refusal back.
  rejected: ['filled', 'canceled'],
  denied: [],
};

interface Story {
  order: SeenOrder;
  /** Σ of its fills. */
  filled: string;
}

export const orderMoves: MakeCheck = (report, { engine }) => {
  const stories = new Map<string, Story>();

  const judge = (us: number, change: string, order: SeenOrder, fill: SeenFill | undefined): void => {
    const { clientOrderId: id, phase } = order;
    const story = stories.get(id);
    const before = story?.order.phase ?? 'none';
    const isMove = before !== phase || (change === 'initialized') === (story !== undefined);
    if (isMove && !MOVES[before]?.includes(phase)) report(us, `order ${id} went from ${before} to ${phase} (${change})`);
    const closedBefore = story !== undefined && CLOSED.includes(before);
    if (closedBefore && change !== 'filled') report(us, `closed order ${id} (${before}) was changed by ${change}`);
    if ((order.state === 'closed') !== CLOSED.includes(phase)) report(us, `order ${id} is ${order.state} and ${phase} at the same time`);
    const filled = decimal(story?.filled ?? '0').plus(fill ? decimal(fill.qty) : 0);
    if (!filled.eq(decimal(order.filledQty)))
      report(us, `order ${id} says ${order.filledQty} filled, its fills sum up to ${filled.toFixed()}`);
    if (filled.gt(decimal(order.qty)) && order.qty !== '0') report(us, `order ${id} is filled ${filled.toFixed()} of ${order.qty}`);
    stories.set(id, { order, filled: filled.toFixed() });
  };

  return {
    see: (evidence) => {
      if (evidence.type !== 'journaled' || evidence.process !== engine || evidence.record.change === undefined) return;
      const { change, order, fill } = evidence.record.change;
      judge(evidence.us, change, order, fill ?? evidence.record.claims);
    },
    end: (us) => {
      for (const { order } of stories.values()) {
        if (order.state !== 'closed' && order.owner !== 'EXTERNAL')
          report(us, `order ${order.clientOrderId} never ended: it is still ${order.phase}`);
      }
    },
  };
};
