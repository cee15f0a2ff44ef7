/** A client that says exactly what it is told, and keeps all that it hears. */
import net, { type Socket } from 'node:net';
import { until } from './live-world.ts';

export interface RawClient {
  readonly socket: Socket;
  readonly heard: string;
  readonly closed: boolean;
  write(bytes: string | Buffer): void;
  /** Waits until `text` was heard. */
  hears(text: string): Promise<void>;
  /** Waits for the end of the connection, gives all that was heard. */
  ends(): Promise<string>;
}

/** @param halfOpen go on sending after the server has ended its side */
export async function dialRaw(port: number, halfOpen = false): Promise<RawClient> {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: halfOpen });
  let heard = '';
  let closed = false;
  let connected = false;
  socket.on('error', () => {});
  socket.on('connect', () => {
    connected = true;
  });
  socket.on('data', (bytes: Buffer) => {
    heard += bytes.toString('latin1');
  });
  socket.on('close', () => {
    closed = true;
  });
  const client: RawClient = {
    socket,
    get heard() {
      return heard;
    },
    get closed() {
      return closed;
    },
    write: (bytes) => void socket.write(bytes as string),
    hears: (text) => until(() => heard.includes(text), `«${text}»`),
    ends: async () => {
      await until(() => closed, 'the end of the connection');
      return heard;
    },
  };
  await until(() => connected || closed, 'the connection');
  return client;
}
