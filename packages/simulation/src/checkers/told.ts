/** A trader is never told that an order was denied which lives or lived at the venue. */
import type { MakeCheck } from './check.ts';

const ANSWER_TYPE = 'command.answer';

export const told: MakeCheck = (report, { engine, venueAccount }) => {
  /** Order id → when and by whom its trader was told that it never was and never will be. */
  const denied = new Map<string, { readonly us: number; readonly by: string }>();
  const atVenue = new Set<string>();
  return {
    see: (evidence) => {
      if (evidence.type === 'venue' && evidence.line.account === venueAccount && evidence.line.type === 'order') {
        atVenue.add(String(evidence.line.clientId));
      }
      if (evidence.type !== 'published' || evidence.process !== engine || evidence.message.type !== ANSWER_TYPE) return;
      const { commandId, verdict } = evidence.message.data as { readonly commandId: string; readonly verdict: string };
      // The id of a command to place is the id of its order.
      if (verdict === 'denied') denied.set(commandId, { us: evidence.us, by: evidence.incarnation });
    },
    end: () => {
      for (const [id, { us, by }] of denied)
        if (atVenue.has(id)) report(us, `${by} told the trader that order ${id} was denied, and the venue has it`);
    },
  };
};
