/**
 * What is published is in order: sequence numbers without a hole per incarnation and topic, epochs that rise with each life, and every
 * journaled event told once, under its position, after it was journaled.
 */
import type { MakeCheck } from './check.ts';
import type { Published, SeenOrder } from './evidence.ts';

export const publications: MakeCheck = (report, { engine }) => {
  const seqs = new Map<string, number>();
  const epochs = new Map<string, { readonly incarnation: string; readonly epoch: number }>();
  /** Position → what the engine wrote there: order views by change, and trade ids. */
  const journal = new Map<number, string>();
  const told = new Set<string>();

  const numbered = ({ us, incarnation, process, topic, message }: Published): void => {
    const key = `${incarnation} ${topic}`;
    const expected = (seqs.get(key) ?? 0) + 1;
    if (message.seq !== expected) report(us, `${incarnation} published ${message.seq} on ${topic}; ${expected} was next`);
    seqs.set(key, message.seq);
    if (message.topic !== topic) report(us, `${incarnation} published a message of ${message.topic} on ${topic}`);
    const last = epochs.get(process);
    const isSameLife = last?.incarnation === incarnation;
    if (last !== undefined && (isSameLife ? message.epoch !== last.epoch : message.epoch <= last.epoch))
      report(us, `${incarnation} speaks in epoch ${message.epoch} after ${last.incarnation} in ${last.epoch}`);
    epochs.set(process, { incarnation, epoch: message.epoch });
  };

  const placed = ({ us, topic, message }: Published): void => {
    const { pos } = message;
    if (pos === undefined) return;
    const key = `${topic} ${message.type} ${pos}`;
    if (told.has(key)) report(us, `${message.type} of position ${pos} was published twice on ${topic}`);
    told.add(key);
    const said = summaryOf(message);
    const written = journal.get(pos);
    if (written === undefined) report(us, `${message.type} was published under position ${pos}, where nothing is journaled`);
    else if (said !== undefined && !written.includes(said))
      report(us, `${message.type} of position ${pos} says ${said}, the journal ${written}`);
  };

  return {
    see: (evidence) => {
      if (evidence.type === 'published') {
        numbered(evidence);
        if (evidence.process === engine) placed(evidence);
      }
      if (evidence.type !== 'journaled' || evidence.process !== engine) return;
      const { record, pos } = evidence;
      if (journal.has(pos)) report(evidence.us, `position ${pos} was journaled twice`);
      const fill = record.fill ?? record.change?.fill;
      const order = record.change && orderText(record.change.order);
      journal.set(pos, [record.k, order, fill && `trade ${fill.tradeId}`].filter((part) => part !== undefined).join(', '));
    },
  };
};

function summaryOf({ type, data }: Published['message']): string | undefined {
  if (type === 'order.event' || type === 'order.status') return orderText(data.order as SeenOrder);
  if (type === 'account.fill') return `trade ${(data.fill as { readonly tradeId: string }).tradeId}`;
  return undefined;
}

function orderText({ clientOrderId, phase, filledQty }: SeenOrder): string {
  return `${clientOrderId} ${phase} ${filledQty} filled`;
}
