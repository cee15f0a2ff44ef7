/** Control command about sockets: cut them, close them, make them half-open, ping them hard or not at all. */
import type { JsonValue } from '../numbers/json.ts';
import { Refusal, refuse } from '../order/refusal.ts';
import type { DrilledSocket } from '../stream/socket-life.ts';
import type { ControlCall } from './control-api.ts';

const PINGS_IN_A_FLOOD = 100;
const GOING_AWAY = 1001;

const DRILLS: Readonly<Record<string, (connection: DrilledSocket) => void>> = {
  /** Without a closing handshake. */
  cut: (connection) => connection.cut(),
  close: (connection) => connection.socket.close(GOING_AWAY, 'server is going away'),
  /** Half-open: no frames, no pongs, no end. */
  silence: (connection) => {
    connection.silent = true;
    connection.socket.pausePongs(true);
  },
  'no-ping': (connection) => {
    connection.pingless = true;
  },
  'ping-flood': (connection) => {
    for (let n = 0; n < PINGS_IN_A_FLOOD; n += 1) connection.socket.ping(Buffer.from(String(n)));
  },
};

/** `action` (cut, close, silence, no-ping, ping-flood), optional `route` (also ws-api), `account` (its user stream), `stream`. */
export function actOnSockets(call: ControlCall): JsonValue {
  const { params, venue } = call;
  const action = params.required('action');
  const drill = DRILLS[action] ?? refuse(new Refusal(400, `unknown action; known: ${Object.keys(DRILLS).join(' ')}`));
  const route = params.text('route');
  const accountName = params.text('account');
  const account = accountName === undefined ? undefined : venue.engine.account(accountName);
  if (accountName !== undefined && account === undefined) refuse(new Refusal(404, `no account ${accountName}`, 404));
  const stream = account === undefined ? params.text('stream') : (venue.listenKeys.keyOf(account) ?? '');
  const struck = [...venue.sockets()].filter(
    (connection) => (route === undefined || connection.route === route) && (stream === undefined || connection.streams.has(stream)),
  );
  for (const connection of struck) drill(connection);
  return { action, connections: struck.length };
}
