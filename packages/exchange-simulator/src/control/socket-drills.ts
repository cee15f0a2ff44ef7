/** Control command about sockets: cut them, close them, make them half-open, ping them hard or not at all. */
import type { JsonValue } from '../numbers/json.ts';
import { Refusal, refuse } from '../order/refusal.ts';
import { drillSocket, SOCKET_DRILLS } from '../stream/socket-drills.ts';
import type { ControlCall } from './control-api.ts';

/** `action` (cut, close, silence, no-ping, ping-flood), optional `route` (also ws-api), `account` (its user stream), `stream`. */
export function actOnSockets(call: ControlCall): JsonValue {
  const { params, venue } = call;
  const action = params.required('action');
  const drill = SOCKET_DRILLS.find((known) => known === action);
  if (drill === undefined) return refuse(new Refusal(400, `unknown action; known: ${SOCKET_DRILLS.join(' ')}`));
  const route = params.text('route');
  const accountName = params.text('account');
  const account = accountName === undefined ? undefined : venue.engine.account(accountName);
  if (accountName !== undefined && account === undefined) refuse(new Refusal(404, `no account ${accountName}`, 404));
  const stream = account === undefined ? params.text('stream') : (venue.listenKeys.keyOf(account) ?? '');
  const struck = [...venue.sockets()].filter(
    (connection) => (route === undefined || connection.route === route) && (stream === undefined || connection.streams.has(stream)),
  );
  for (const connection of struck) drillSocket(drill, connection);
  return { action, connections: struck.length };
}
