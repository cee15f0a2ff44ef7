/** What drills do to a socket: cut it, close it, make it half-open, ping it hard or not at all. */
import type { DrilledSocket } from './socket-life.ts';

const PINGS_IN_A_FLOOD = 100;
const GOING_AWAY = 1001;

const DRILLS = {
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
} as const satisfies Readonly<Record<string, (connection: DrilledSocket) => void>>;

export type SocketDrill = keyof typeof DRILLS;

export const SOCKET_DRILLS = Object.keys(DRILLS) as readonly SocketDrill[];

export function drillSocket(drill: SocketDrill, connection: DrilledSocket): void {
  DRILLS[drill](connection);
}
