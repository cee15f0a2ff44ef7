/** What no peer of ours would ever send: bytes and frames for sockets that must not mind. The same seed, the same garbage. */
import { connect, type Socket } from 'node:net';
import { encodeEnvelope, packValue } from '@fillwright/messages';

/** Numerical Recipes' linear congruential generator: garbage needs no better one. */
export function seededBytes(seed: number): (length: number) => Buffer {
  let state = seed >>> 0;
  return (length) => {
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length; at += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      bytes[at] = state >>> 24;
    }
    return bytes;
  };
}

const random = seededBytes(2_026);

/** ZMTP 3.1, mechanism NULL, as far as it goes before the handshake. */
const GREETING = Buffer.concat([
  Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1]),
  Buffer.from('NULL'.padEnd(20, '\0')),
  Buffer.alloc(32),
]);
const READY_SUB = zmtpCommand('READY', [
  ['Socket-Type', 'SUB'],
  ['Identity', ''],
]);
const READY_DEALER = zmtpCommand('READY', [
  ['Socket-Type', 'DEALER'],
  ['Identity', ''],
]);

/** A reader as it introduces itself: it wants everything. Whether it ever reads is another matter. */
export const NEVER_READING = Buffer.concat([GREETING, READY_SUB, Buffer.from([0x00, 1, 1])]);

/** Byte streams for a port behind which ZeroMQ or HTTP listens. */
export const BYTE_STREAMS: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['nothing at all', Buffer.alloc(0)],
  ['random bytes', random(65_536)],
  ['zeros', Buffer.alloc(65_536)],
  ['half a greeting', GREETING.subarray(0, 11)],
  ['a greeting and random bytes', Buffer.concat([GREETING, random(4_096)])],
  ['a handshake and random bytes', Buffer.concat([GREETING, READY_SUB, random(4_096)])],
  ['a frame of 2^62 bytes', Buffer.concat([GREETING, READY_DEALER, Buffer.from([0x02, 0x40, 0, 0, 0, 0, 0, 0, 0]), random(1_000)])],
  ['a subscription of 1 MiB', Buffer.concat([GREETING, READY_SUB, longFrame(Buffer.concat([Buffer.from([1]), random(1_048_576)]))])],
  ['a reader that sends messages', Buffer.concat([GREETING, READY_SUB, longFrame(random(10_000)), longFrame(random(10_000))])],
  ['a cut frame', Buffer.concat([GREETING, READY_DEALER, Buffer.from([0x02, 0, 0, 0, 0, 0, 0, 0x27, 0x10]), random(50)])],
  ['a web page request', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
  ['a request for what is not there', Buffer.from('DELETE /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n')],
  ['a body that never comes', Buffer.from('POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\nx')],
  [
    'a body of 1 MiB',
    Buffer.concat([Buffer.from('POST /health/ready HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n'), random(1_048_576)]),
  ],
  ['a header of 1 MiB', Buffer.concat([Buffer.from('GET /metrics HTTP/1.1\r\nx: '), Buffer.alloc(1_048_576, 0x61)])],
  ['two lengths', Buffer.from('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET')],
  ['an upgrade to nothing', Buffer.from('GET /private/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')],
];

/** Bodies that are no message, each a frame of its own. `topic`: where a message of the contract would travel, '' for service sockets. */
export function badBodies(topic: string): readonly (readonly [name: string, body: Buffer])[] {
  const envelope = { v: 1, type: 'heartbeat', src: 'hostile', account: 'main', epoch: 1, topic, seq: 1, ts: 1, id: 'x', data: {} };
  const packed = (change: object) => Buffer.from(packValue({ ...envelope, ...change }));
  return [
    ['nothing', Buffer.alloc(0)],
    ['random bytes', random(300)],
    ['a byte that msgpack never uses', Buffer.from([0xc1])],
    ['only a number', Buffer.from([0x07])],
    ['nil', Buffer.from([0xc0])],
    ['a float', Buffer.from([0xcb, 0x40, 9, 0x21, 0xfb, 0x54, 0x44, 0x2d, 0x18])],
    ['an extension', Buffer.from([0xc7, 4, 1, 1, 2, 3, 4])],
    ['a list said to have 2^32 - 1 items', Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff])],
    ['a map said to have 2^32 - 1 members', Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff])],
    ['a text said to have 2^32 - 1 bytes', Buffer.from([0xdb, 0xff, 0xff, 0xff, 0xff, 0x61])],
    ['100 000 lists in lists', Buffer.alloc(100_000, 0x91)],
    ['an empty map', Buffer.from([0x80])],
    ['a map with a number for a key', Buffer.from([0x81, 0x01, 0x01])],
    ['a map with __proto__', Buffer.concat([Buffer.from([0x81, 0xa9]), Buffer.from('__proto__'), Buffer.from([0x80])])],
    ['a map with the same key twice', Buffer.from([0x82, 0xa1, 0x76, 1, 0xa1, 0x76, 2])],
    ['a cut message', Buffer.from(encodeEnvelope(envelope as never)).subarray(0, 40)],
    ['a message and a byte more', Buffer.concat([packed({}), Buffer.from([0])])],
    ['an unknown type', packed({ type: 'no.such.type' })],
    ['a type that objects have', packed({ type: 'constructor' })],
    ['an unknown version', packed({ v: 99 })],
    ['a negative epoch', packed({ epoch: -1 })],
    ['a topic that is not the one of the frame', packed({ topic: 'order.BINANCE.other.' })],
    ['a heartbeat without data', packed({})],
    ['an order without anything', packed({ type: 'order.event', data: { change: 'filled', order: {} } })],
    ['a command without anything', packed({ type: 'command.place' })],
    ['a request without anything', packed({ type: 'service.hello' })],
    ['a type of another stream', packed({ type: 'market.mark' })],
    ['a text of 1 MiB for an id', packed({ id: 'x'.repeat(1_048_576) })],
  ];
}

/** Writes `bytes`, and waits until the other side ends it, or a moment if it does not mind. */
export function pourInto(port: number, bytes: Buffer, patienceMs = 250): Promise<void> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ port, host: '127.0.0.1' });
    const done = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve();
    };
    const timer = setTimeout(done, patienceMs);
    socket.on('error', done);
    socket.on('close', done);
    socket.on('data', () => {});
    socket.once('connect', () => socket.write(bytes));
  });
}

function longFrame(body: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head[0] = 0x02;
  head.writeBigUInt64BE(BigInt(body.length), 1);
  return Buffer.concat([head, body]);
}

function zmtpCommand(name: string, properties: readonly (readonly [string, string])[]): Buffer {
  const parts = [Buffer.from([name.length]), Buffer.from(name)];
  for (const [key, value] of properties) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(value.length);
    parts.push(Buffer.from([key.length]), Buffer.from(key), length, Buffer.from(value));
  }
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([0x04, body.length]), body]);
}
