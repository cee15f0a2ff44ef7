/**
 * A TCP server that speaks HTTP and WebSocket wrongly on purpose. It works on bytes alone, so that it shares no understanding of the
 * protocols with what it tests.
 */
import { createHash } from 'node:crypto';
import net, { type AddressInfo, type Socket } from 'node:net';

const HOST = '127.0.0.1';
const WEB_SOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** What it does with the n-th request (from 1) of the server; `head` is that request's text up to the empty line. */
export type Misbehaviour = (socket: Socket, head: string, nth: number) => void;

export interface MisbehavingServer {
  readonly port: number;
  readonly url: string;
  readonly wsUrl: string;
  /** Heads of all requests that arrived, in order. */
  readonly heads: readonly string[];
  /** All bytes that came after the heads, per connection. */
  readonly tails: readonly Buffer[];
  readonly connections: number;
  readonly openConnections: number;
  close(): Promise<void>;
}

export async function startMisbehaving(misbehave: Misbehaviour): Promise<MisbehavingServer> {
  const sockets = new Set<Socket>();
  const heads: string[] = [];
  const tails: Buffer[] = [];
  let connections = 0;
  const server = net.createServer((socket) => {
    const index = connections;
    connections += 1;
    tails[index] = Buffer.alloc(0);
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    let upgraded = false;
    let pending = '';
    socket.on('data', (bytes: Buffer) => {
      if (upgraded) {
        tails[index] = Buffer.concat([tails[index] ?? Buffer.alloc(0), bytes]);
        return;
      }
      pending += bytes.toString('latin1');
      const end = pending.indexOf('\r\n\r\n');
      if (end === -1) return;
      const head = pending.slice(0, end);
      pending = '';
      upgraded = /^upgrade:/im.test(head);
      heads.push(head);
      misbehave(socket, head, heads.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${HOST}:${port}/order`,
    wsUrl: `ws://${HOST}:${port}/ws`,
    heads,
    tails,
    get connections() {
      return connections;
    },
    get openConnections() {
      return sockets.size;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export function reply(body: string, headers = ''): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}

const then =
  (bytes: string | Buffer, end: 'keep' | 'end' | 'reset'): Misbehaviour =>
  (socket) => {
    socket.write(bytes, () => {
      if (end === 'end') socket.end();
      if (end === 'reset') socket.resetAndDestroy();
    });
  };

/** Ways to spoil an HTTP answer. */
export const HTTP_MISBEHAVIOURS = {
  closesAtOnce: then('', 'end'),
  resets: (socket) => void socket.resetAndDestroy(),
  cutsHead: then('HTTP/1.1 200 OK\r\nContent-Le', 'end'),
  resetsInHead: then('HTTP/1.1 200 OK\r\nContent-Le', 'reset'),
  cutsBody: then('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"orderId":', 'end'),
  resetsInBody: then('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"orderId":', 'reset'),
  cutsChunks: then('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n', 'end'),
  cutsInsideChunk: then('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\nhello', 'end'),
  garblesChunks: then('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n', 'keep'),
  speaksGarbage: then('\u0000\u0001 this is not HTTP\r\n\r\n', 'keep'),
  speaksTls: then(Buffer.from('15030100020228', 'hex'), 'keep'),
  contradictsLength: then('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc', 'keep'),
  negativeLength: then('HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', 'keep'),
  lengthTooShort: then('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{"orderId":1}', 'keep'),
  redirects: then('HTTP/1.1 307 Temporary Redirect\r\nLocation: /order\r\nContent-Length: 0\r\n\r\n', 'keep'),
  giantHeader: then(`HTTP/1.1 200 OK\r\nX-Giant: ${'x'.repeat(200_000)}\r\nContent-Length: 0\r\n\r\n`, 'keep'),
  giantBody: then(reply('x'.repeat(100_000)), 'keep'),
  endlessBody: (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    const chunk = `1000\r\n${'x'.repeat(0x1000)}\r\n`;
    const more = (): void => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', more);
    more();
  },
  badCompression: then('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello', 'keep'),
  switchesProtocols: then('HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: upgrade\r\n\r\n', 'keep'),
  continuesOnly: then('HTTP/1.1 100 Continue\r\n\r\n', 'end'),
  twoAnswers: then(reply('first') + reply('second'), 'keep'),
  headOnly: then('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 'keep'),
  neverAnswers: then('', 'keep'),
} as const satisfies Readonly<Record<string, Misbehaviour>>;

/** Sends `bytes` one by one, each after the one before it has left: the peer sees as many pieces as the kernel lets it. */
export function drip(socket: Socket, bytes: string | Buffer): void {
  const all = Buffer.from(bytes as string, 'latin1');
  socket.setNoDelay(true);
  const next = (index: number): void => {
    if (socket.destroyed || index >= all.length) return;
    socket.write(all.subarray(index, index + 1), () => setImmediate(() => next(index + 1)));
  };
  next(0);
}

export function upgradeAnswer(head: string): string {
  const key = /^sec-websocket-key:\s*(\S+)/im.exec(head)?.[1] ?? '';
  const accept = createHash('sha1').update(key).update(WEB_SOCKET_GUID).digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

interface FrameOptions {
  /** Default true: the last fragment. */
  readonly fin?: boolean;
  /** Reserved bits, 0–7. */
  readonly reserved?: number;
  /** Announced instead of the true length. */
  readonly length?: number;
  /** Masked like a client's, which a server must not do. */
  readonly masked?: boolean;
}

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A WebSocket frame, right or wrong. */
export function frame(opcode: number, payload: string | Buffer, options: FrameOptions = {}): Buffer {
  const body = Buffer.from(payload as string);
  const length = options.length ?? body.length;
  const first = ((options.fin ?? true) ? 0x80 : 0) | ((options.reserved ?? 0) << 4) | opcode;
  const maskBit = options.masked === true ? 0x80 : 0;
  const mask = options.masked === true ? Buffer.alloc(4) : Buffer.alloc(0);
  return Buffer.concat([frameHead(first, maskBit, length), mask, body]);
}

function frameHead(first: number, maskBit: number, length: number): Buffer {
  if (length < 126) return Buffer.from([first, maskBit | length]);
  if (length < 65_536) {
    const head = Buffer.from([first, maskBit | 126, 0, 0]);
    head.writeUInt16BE(length, 2);
    return head;
  }
  const head = Buffer.alloc(10);
  head[0] = first;
  head[1] = maskBit | 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

/** Accepts the upgrade and, in the same segment, sends `frames`. */
export function upgradesAndSends(...frames: readonly Buffer[]): Misbehaviour {
  return (socket, head) => void socket.write(Buffer.concat([Buffer.from(upgradeAnswer(head)), ...frames]));
}
