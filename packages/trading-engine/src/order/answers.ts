/** What a sender is told. */
import type { Order, Reason } from '@fillwright/domain';
import { type CommandAnswer, orderView } from '@fillwright/messages';

/** Who sent a command and under which message id. */
export interface Sender {
  readonly src: string;
  readonly commandId: string;
}

export function tell(sender: Sender, verdict: 'known' | 'accepted', order: Order): CommandAnswer {
  return { commandId: sender.commandId, verdict, order: orderView(order) };
}

export function deny(sender: Sender, reason: Reason, order?: Order): CommandAnswer {
  return { commandId: sender.commandId, verdict: 'denied', reason, ...(order && { order: orderView(order) }) };
}

export function notFound(sender: Sender, clientOrderId: string): CommandAnswer {
  const reason = { code: 'UNKNOWN_ORDER', text: `no order ${clientOrderId} here` };
  return { commandId: sender.commandId, verdict: 'not-found', reason };
}

export function notYours(what: string, owner: string): Reason {
  return { code: 'NOT_YOURS', text: `${what} does not belong to owner tag ${owner}` };
}
