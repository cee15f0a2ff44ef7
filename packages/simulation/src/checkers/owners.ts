/**
 * Nobody's order is touched by another: a cancel or modify that is journaled comes from the owner of the order, from an operator or from a
 * stop; orders that nobody of ours made belong to nobody. And each command is carried out once, however often it came.
 */
import type { MakeCheck } from './check.ts';
import type { Journaled, Published } from './evidence.ts';

const EXTERNAL = 'EXTERNAL';
/** Tags of orders that the engine makes itself, to close positions when an operator asks for it. */
const ENGINE_TAGS: readonly string[] = ['FLAT', 'EXIT', 'SHUT'];
const REQUESTS: readonly string[] = ['cancel-requested', 'modify-requested'];

export const owners: MakeCheck = (report, { engine }) => {
  /** Owner tag → who holds it, as the engine wrote down. */
  const holders = new Map<string, string>();
  /** Command id → who sent it. Ids are unique per sender only. */
  const senders = new Map<string, Set<string>>();
  /** Ids that somebody asked to place. */
  const placed = new Set<string>();
  /** Requests taken on, by order and command. */
  const taken = new Set<string>();

  const said = ({ message }: Published): void => {
    const { type, id, src, data } = message;
    if (!type.startsWith('command.') || type === 'command.answer') return;
    senders.set(id, (senders.get(id) ?? new Set()).add(src));
    if (type === 'command.place') placed.add(String(data.clientOrderId));
  };

  const requested = ({ us, record: { change } }: Journaled): void => {
    if (change === undefined || !REQUESTS.includes(change.change)) return;
    const { order } = change;
    const commandId = order.request?.commandId ?? '';
    const key = `${order.clientOrderId} ${commandId}`;
    if (taken.has(key)) report(us, `${change.change} of ${order.clientOrderId} under ${commandId} was taken on twice`);
    taken.add(key);
    if (order.owner === EXTERNAL) report(us, `${change.change} of ${order.clientOrderId}, which nobody of ours made, under ${commandId}`);
    const from = senders.get(commandId);
    const holder = holders.get(order.owner);
    if (from !== undefined && holder !== undefined && !from.has(holder))
      report(us, `${change.change} of ${order.clientOrderId}, which belongs to ${holder}, came from ${[...from].join()}`);
  };

  return {
    see: (evidence) => {
      if (evidence.type === 'published') said(evidence);
      if (evidence.type !== 'journaled' || evidence.process !== engine) return;
      const { us, record } = evidence;
      if (record.k === 'owner' && record.tag !== undefined && record.src !== undefined) holders.set(record.tag, record.src);
      const order = record.change?.change === 'initialized' ? record.change.order : undefined;
      // A second order of the venue under one id is told apart by `#` and its number there.
      if (
        order !== undefined &&
        order.owner !== EXTERNAL &&
        !ENGINE_TAGS.includes(order.owner) &&
        !placed.has(order.clientOrderId.split('#')[0] ?? '')
      )
        report(us, `order ${order.clientOrderId} counts as one of ${order.owner}, who never asked for it`);
      requested(evidence);
    },
  };
};
