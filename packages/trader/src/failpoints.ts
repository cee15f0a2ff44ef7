/** Where the trader can be killed by a test: wraps the desk's journal, sender and memory, only where a failpoint is armed. */
import { type Failpoints, replacing } from '@fillwright/runtime/ports';
import type { OrderDeskParts } from './orders/order-desk.ts';

export function withFailpoints(parts: OrderDeskParts, failpoints: Failpoints | undefined): OrderDeskParts {
  if (failpoints === undefined) return parts;
  const { journal, sender, own } = parts;
  return {
    ...parts,
    journal: replacing(journal, {
      intend: (command, ts) => {
        failpoints.reach('trader.intent-wanted', command.clientOrderId);
        journal.intend(command, ts);
        failpoints.reach('trader.intent-journaled', command.clientOrderId);
      },
      settle: (id) => {
        journal.settle(id);
        failpoints.reach('trader.end-journaled', id);
      },
    }),
    sender: replacing(sender, {
      send: (request, events) => {
        const sent = sender.send(request, events);
        if (request.type === 'command.place') failpoints.reachAfterTurn('trader.command-published', request.clientOrderId);
        return sent;
      },
    }),
    own: replacing(own, {
      update: (view) => {
        failpoints.reach('trader.news-received', view.clientOrderId);
        const order = own.update(view);
        if (order !== undefined) failpoints.reach('trader.news-taken', view.clientOrderId);
        return order;
      },
    }),
  };
}
