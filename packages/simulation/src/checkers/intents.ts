/** Every intent of a trader ends: the trader itself wrote down that it did. */
import type { MakeCheck } from './check.ts';

export const intents: MakeCheck = (report) => {
  const open = new Map<string, number>();
  return {
    see: (evidence) => {
      if (evidence.type !== 'intended') return;
      const { k, id, command } = evidence.record;
      if (k === 'intent' && command !== undefined) {
        if (open.has(command.clientOrderId))
          report(evidence.us, `${evidence.incarnation} used the order id ${command.clientOrderId} twice`);
        open.set(command.clientOrderId, evidence.us);
      }
      if (k === 'closed' && id !== undefined) open.delete(id);
    },
    end: (us) => {
      for (const [id, sinceUs] of open) report(us, `the intent ${id} of ${sinceUs} µs has no end for its trader`);
    },
  };
};
