/** What a restart makes of orders the last incarnation left behind. Pure. */
import type { ClientOrderId, Order } from '@fillwright/domain';
import type { OrderEventBody } from './account-log.ts';

export interface RestartEvent {
  readonly clientOrderId: ClientOrderId;
  readonly body: OrderEventBody;
}

const REASON = { code: 'RESTART', text: 'the engine was restarted' };

/**
 * `intent` without `sending` was never sent: denied. `sending` without an outcome may have been: unknown. The same for requests;
 * a cancel that was not written yet stays wanted and goes out when the account is in sync.
 */
export function restartEvents(live: readonly Order[]): readonly RestartEvent[] {
  return live.flatMap((order): readonly RestartEvent[] => {
    const { clientOrderId } = order;
    if (order.state === 'closed') return [];
    if (order.phase === 'intent' || order.phase === 'waiting') return [{ clientOrderId, body: { type: 'denied', reason: REASON } }];
    const events: RestartEvent[] = [];
    if (order.phase === 'sending') events.push({ clientOrderId, body: { type: 'outcome-unknown', reason: REASON } });
    if (order.request?.phase === 'sending') {
      events.push({ clientOrderId, body: { type: 'request-unknown', commandId: order.request.commandId, reason: REASON } });
    } else if (order.request?.phase === 'waiting' && order.request.type === 'modify') {
      events.push({ clientOrderId, body: { type: 'request-refused', commandId: order.request.commandId, reason: REASON } });
    }
    return events;
  });
}
