/**
 * Nothing is written to the venue before `sending` is journaled: each place, cancel and modify has a journaled attempt of its own. Only
 * cancels pass a disk that takes no journal: they can do no harm, and what they did is read from the venue afterwards.
 */
import type { MakeCheck } from './check.ts';
import type { Requested } from './evidence.ts';

const ORDER_PATHS: readonly string[] = ['/fapi/v1/order', '/fapi/v1/batchOrders', '/fapi/v1/algoOrder'];

export const sendingFirst: MakeCheck = (report, { engine, venueAccount }) => {
  /** Attempts journaled and not yet used up by a request, by kind and client order id. */
  const allowed = new Map<string, number>();
  const clientIds = new Map<string, string>();
  let withoutJournal = false;
  const use = (key: string): boolean => {
    const left = allowed.get(key) ?? 0;
    allowed.set(key, left - 1);
    return left > 0;
  };
  const idOf = ({ params }: Requested): string =>
    params.get('newClientOrderId') ??
    params.get('clientAlgoId') ??
    params.get('origClientOrderId') ??
    clientIds.get(`${params.get('symbol')} ${params.get('orderId')}`) ??
    `order ${params.get('orderId')}`;
  return {
    see: (evidence) => {
      if (evidence.type === 'venue' && evidence.line.account === venueAccount && evidence.line.type === 'order') {
        const { symbol, orderId, clientId } = evidence.line;
        clientIds.set(`${symbol} ${orderId}`, String(clientId));
      }
      if (evidence.process !== engine) return;
      // An attempt of a former life excuses no request of a later one.
      if (evidence.type === 'killed') {
        allowed.clear();
        withoutJournal = false;
      }
      if (evidence.type === 'refused') withoutJournal = true;
      if (evidence.type === 'journaled' && evidence.record.change !== undefined) {
        const { change, order } = evidence.record.change;
        const kind = change === 'sending' ? 'place' : change === 'request-sending' ? order.request?.type : undefined;
        if (kind === undefined) return;
        allowed.set(`${kind} ${order.clientOrderId}`, 1);
      }
      if (evidence.type === 'requested' && evidence.method !== 'GET' && ORDER_PATHS.includes(evidence.path)) {
        const kind = evidence.method === 'POST' ? 'place' : evidence.method === 'DELETE' ? 'cancel' : 'modify';
        const id = idOf(evidence);
        if (kind === 'cancel' && withoutJournal) return;
        if (!use(`${kind} ${id}`)) report(evidence.us, `${kind} of ${id} was written without a journaled sending before it`);
      }
    },
  };
};
