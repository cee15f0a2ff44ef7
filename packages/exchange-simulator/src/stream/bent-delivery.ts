/** What becomes of a user event under a fault rule. */
import type { FaultRule } from '../fault/fault-desk.ts';
import { bentText } from '../fault/fault-reply.ts';
import type { Connection } from './connection.ts';

/** An event that waits for the next one waits no longer, unless its rule says otherwise. */
const HELD_MS = 1_000;

export function deliverBent(connection: Connection, stream: string, text: string, { kind, delayMs }: FaultRule): void {
  switch (kind) {
    case 'event-drop':
      return;
    // Lost, and with it the connection: what happens until the client is back is lost, too.
    case 'event-gap':
      connection.cut();
      return;
    case 'event-duplicate':
      connection.deliver(stream, text);
      connection.deliver(stream, text);
      return;
    case 'event-delay':
      connection.deliver(stream, text, delayMs);
      return;
    case 'event-reorder':
      connection.deliverBehind(stream, text, delayMs === 0 ? HELD_MS : delayMs);
      return;
    case 'event-truncate':
      connection.deliver(stream, text, 0, (frame) => frame.slice(0, frame.length >> 1));
      return;
    case 'event-unknown':
      connection.deliver(stream, text.replace(/^\{"e":"\w+"/, '{"e":"SOMETHING_NEW"'));
      connection.deliver(stream, text);
      return;
    default:
      connection.deliver(stream, bentText(kind, text));
  }
}
