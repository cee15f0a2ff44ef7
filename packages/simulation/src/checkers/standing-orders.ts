/**
 * What may not be sent is not sent: no new order and no modify after trading was halted or paused, and no order of a command that was made
 * for another engine epoch.
 */
import type { MakeCheck } from './check.ts';
import type { Requested } from './evidence.ts';

const STANDSTILL: readonly string[] = ['halted', 'paused'];
const ORDER_PATHS: readonly string[] = ['/fapi/v1/order', '/fapi/v1/batchOrders', '/fapi/v1/algoOrder'];

function isOrder({ method, path }: Requested): boolean {
  return (method === 'POST' || method === 'PUT') && ORDER_PATHS.includes(path);
}

export const standingOrders: MakeCheck = (report, { engine }) => {
  let mode = 'normal';
  let epoch = 0;
  /** Order id → the engine epochs that its commands were made for. */
  const madeFor = new Map<string, Set<number>>();
  return {
    see: (evidence) => {
      if (evidence.type === 'published' && evidence.message.type === 'command.place') {
        const { clientOrderId, engineEpoch } = evidence.message.data as { readonly clientOrderId: string; readonly engineEpoch: number };
        madeFor.set(clientOrderId, (madeFor.get(clientOrderId) ?? new Set()).add(engineEpoch));
      }
      if (evidence.type === 'requested' && evidence.process === engine && isOrder(evidence) && STANDSTILL.includes(mode))
        report(evidence.us, `${evidence.method} ${evidence.path} was written although trading is ${mode}`);
      if (evidence.type !== 'journaled' || evidence.process !== engine) return;
      const { us, record } = evidence;
      if (record.k === 'mode' && record.mode !== undefined) mode = record.mode;
      if (record.k === 'boot' && record.epoch !== undefined) epoch = record.epoch;
      if (record.change === undefined) return;
      const { change, order } = record.change;
      const isModify = change === 'request-sending' && order.request?.type === 'modify';
      if (STANDSTILL.includes(mode) && (change === 'sending' || isModify))
        report(us, `${change} of ${order.clientOrderId} although trading is ${mode}`);
      const epochs = madeFor.get(order.clientOrderId);
      if (change === 'sending' && epochs !== undefined && !epochs.has(epoch))
        report(us, `order ${order.clientOrderId} was made for engine epoch ${[...epochs].join()} and sent in ${epoch}`);
    },
  };
};
